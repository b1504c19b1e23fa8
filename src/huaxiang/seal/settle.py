"""Settling pending values: each goes under the key of the person its identifier belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.privacy.pending import PENDING
from huaxiang.privacy.vault import Vault
from huaxiang.seal.payloads import Owners, payloads

_SLICE = 2_000_000
"""Values of so many rows are put together at a time."""


def settle(vault: Vault, nodes: pa.Table) -> int:
    """Move what is pending into persons' records; return how many records changed.

    `nodes` is (node, subject) of every identifier that is somebody's. Values under one that is nobody's yet (set
    aside, or weak) stay pending, sealed, for a later build.
    """
    waiting = _Waiting.of(vault)
    if not waiting.rows:
        return 0
    owners = Owners.of(nodes)
    places = owners.places_of(waiting.nodes)
    slices = 1 + len(places) // _SLICE
    changed = vault.settle(payloads(waiting.kinds, waiting.values, places, owners, slices), distinct=True)
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
