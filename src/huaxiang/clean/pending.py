"""The personal values of accepted rows, which wait for it to be found out whose they are."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

SCHEMA = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
Values = tuple[str, pa.Table]
"""The kind of identifier they are, "" for values that identify nobody; and node, kind, value."""


class Pending:
    """Values as they come, batch after batch; an identifier is kept the first time only."""

    def __init__(self) -> None:
        self._seen: dict[str, pa.Array] = {}
        self._tables: list[pa.Table] = []

    def add(self, values: Iterable[Values]) -> None:
        """Add the values of a batch."""
        for kind, table in values:
            self._tables.append((self._new(kind, table) if kind else table).cast(SCHEMA))

    def table(self) -> pa.Table:
        """Return all of them: node, kind, value."""
        return pa.concat_tables([SCHEMA.empty_table(), *self._tables])

    def _new(self, kind: str, table: pa.Table) -> pa.Table:
        known = self._seen.get(kind, pa.array([], pa.int64()))
        new = table.filter(pc.invert(pc.is_in(table["node"], known)))
        self._seen[kind] = pa.concat_arrays([known, *new["node"].chunks])
        return new
