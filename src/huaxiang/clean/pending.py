"""The personal values of accepted rows, which wait for it to be found out whose they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SCHEMA = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
Values = tuple[str, pa.Table]
"""The kind of identifier they are, "" for values that identify nobody; and node, kind, value."""


class Pending:
    """Values as they come, batch after batch; an identifier is kept the first time only."""

    def __init__(self) -> None:
        self._seen: dict[str, NDArray[np.int64]] = {}
        self._tables: list[pa.Table] = []

    def add(self, values: Iterable[Values]) -> None:
        """Add the values of a batch."""
        for kind, table in values:
            self._tables.append((self._new(kind, table) if kind else table).cast(SCHEMA))

    def table(self) -> pa.Table:
        """Return all of them: node, kind, value."""
        return pa.concat_tables([SCHEMA.empty_table(), *self._tables])

    def _new(self, kind: str, table: pa.Table) -> pa.Table:
        known, nodes = self._seen.get(kind, np.zeros(0, np.int64)), table["node"].to_numpy()
        places = np.searchsorted(known, nodes)
        there = known.take(places, mode="clip") == nodes if len(known) else np.zeros(len(nodes), np.bool_)
        # Two sorted runs, which a stable sort only merges: a hash of all that is known, for each batch, takes longer.
        self._seen[kind] = np.sort(np.concatenate([known, np.sort(nodes[~there])]), kind="stable")
        return table.filter(pa.array(~there))
