"""Settling pending values: each goes under the key of the person its identifier belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.engine.duckdb import Engine
from huaxiang.privacy.vault import Vault

_BATCH = 100_000


def settle(vault: Vault, warehouse: Engine) -> int:
    """Move what is pending into persons' records; return how many records changed.

    Values whose identifier belongs to nobody yet (set aside, or weak) stay pending, sealed, for a later build.
    """
    parts = list(vault.pending())
    if not parts:
        return 0
    nodes = warehouse.arrow("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL")
    names = pa.array([name for name, table in parts for _ in range(table.num_rows)], pa.string())
    values = pa.concat_tables([table for _, table in parts]).append_column("part", names.dictionary_encode())
    # Personal values are only ever in this engine's memory: it has no file and may not spill.
    with Engine() as engine:
        with engine.shown(_values=values, _nodes=nodes):
            engine.run(
                "CREATE TEMP TABLE mine AS SELECT n.subject, v.kind, list_sort(list(DISTINCT v.value)) AS found "
                "FROM _values v JOIN _nodes n ON n.node = v.node GROUP BY n.subject, v.kind",
                step="values by person",
            )
            left = engine.arrow("SELECT v.* FROM _values v ANTI JOIN _nodes n ON n.node = v.node")
        changed = vault.settle(_payloads(engine))
    _keep(vault, left, {name: table.num_rows for name, table in parts})
    return changed


def _keep(vault: Vault, left: pa.Table, before: dict[str, int]) -> None:
    """Leave pending only what belongs to nobody yet."""
    waiting = set(left.column("part").unique().to_pylist())
    vault.drop_pending([name for name in before if name not in waiting])
    for name in waiting:
        mine = left.filter(pc.equal(left.column("part"), name)).drop_columns(["part"])
        if mine.num_rows < before[name]:
            vault.put_pending(name, mine)


def _payloads(engine: Engine) -> Iterator[tuple[npt.NDArray[np.int64], list[str]]]:
    sql = (
        "SELECT subject, CAST(to_json(map_from_entries(list((kind, found) ORDER BY kind))) AS VARCHAR) AS payload "
        "FROM mine GROUP BY subject"
    )
    for batch in engine.batches(sql, _BATCH):
        yield batch.column("subject").to_numpy(), batch.column("payload").to_pylist()
