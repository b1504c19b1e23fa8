"""Settling pending values: each goes under the key of the person its identifier belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.pending import PENDING
from huaxiang.privacy.vault import Vault
from huaxiang.seal.payloads import Owners, payloads

_SLICE = 2_000_000
"""Values of so many rows are put together at a time."""


@dataclass(frozen=True)
class Sealed:
    """Identifiers, `nodes` (node, kind), that are in their person's record already; `blind` tells their values."""

    nodes: pa.Table
    blind: BlindIndex

    def own(self, nodes: pa.Array, kinds: pa.Array, values: pa.Array) -> npt.NDArray[np.bool_]:
        """Return which of the values, seen with `nodes`, are those of these identifiers themselves."""
        found = np.zeros(len(nodes), bool)
        mine = pc.is_in(nodes, value_set=self.nodes.column("node").combine_chunks())
        for kind in pc.unique(self.nodes.column("kind")).to_pylist():
            rows = np.flatnonzero(pc.and_(mine, pc.equal(kinds, kind)).to_numpy(zero_copy_only=False))
            if len(rows):
                # Another value of the kind may have been seen with an identifier: that one has another number.
                digests = self.blind.column(kind, values.take(pa.array(rows)))[:, 0]
                found[rows] = digests == nodes.to_numpy()[rows]
        return found


def settle(vault: Vault, nodes: pa.Table, sealed: Sealed | None = None) -> int:
    """Move what is pending into persons' records; return how many records changed.

    `nodes` is (node, subject) of every identifier that is somebody's. Values under one that is nobody's yet (set
    aside, or weak) stay pending, sealed, for a later build. The records of whom nothing but what is `sealed` came are
    not opened.
    """
    waiting = _Waiting.of(vault)
    if not waiting.rows:
        return 0
    owners = Owners.of(nodes)
    places = owners.places_of(waiting.nodes)
    slices = 1 + len(places) // _SLICE
    news = places
    if sealed is not None:
        news = np.where(sealed.own(waiting.nodes, waiting.kinds, waiting.values), -1, places)
    changed = vault.settle(payloads(waiting.kinds, waiting.values, news, owners, slices), distinct=True)
    waiting.keep(vault, places < 0)
    return changed


@dataclass(frozen=True)
class _Waiting:
    """What is pending, the rows of all parts one after the other: how many of each part, and their columns."""

    rows: dict[str, int]
    nodes: pa.Array
    kinds: pa.Array
    values: pa.Array

    @classmethod
    def of(cls, vault: Vault) -> Self:
        parts = dict(vault.pending())
        together = pa.concat_tables([PENDING.empty_table(), *parts.values()])
        rows = {name: table.num_rows for name, table in parts.items()}
        # A text at a time from many chunks costs several times as much as from one.
        values = together.column("value").cast(pa.large_string()).combine_chunks()
        return cls(rows, together.column("node").combine_chunks(), together.column("kind").combine_chunks(), values)

    def keep(self, vault: Vault, nobodys: npt.NDArray[np.bool_]) -> None:
        """Leave pending only what belongs to nobody yet; `nobodys` tells it of each row."""
        done, at = [], 0
        for name, count in self.rows.items():
            left = np.flatnonzero(nobodys[at : at + count]) + at
            at += count
            if not len(left):
                done.append(name)
            elif len(left) < count:
                rows = [column.take(pa.array(left)) for column in (self.nodes, self.kinds, self.values)]
                vault.put_pending(name, pa.table(rows, names=PENDING.names))
        vault.drop_pending(done)
