"""Settling pending values: each goes under the key of the person its identifier belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
    # Personal values are only ever in this engine's memory: it has no file and may not spill.
    with Engine() as engine:
        values = pa.concat_tables([table for _, table in parts])
        with engine.shown(_values=values, _nodes=nodes):
            engine.run(
                "CREATE TEMP TABLE mine AS SELECT n.subject, v.kind, list_sort(list(DISTINCT v.value)) AS found "
                "FROM _values v JOIN _nodes n ON n.node = v.node GROUP BY n.subject, v.kind",
                step="values by person",
            )
            changed = vault.settle(_payloads(engine))
            left = {
                part: engine.arrow_of("SELECT v.* FROM _part v ANTI JOIN _nodes n ON n.node = v.node", _part=table)
                for part, table in parts
            }
    vault.drop_pending([part for part, table in left.items() if table.num_rows == 0])
    for part, table in left.items():
        if 0 < table.num_rows < dict(parts)[part].num_rows:
            vault.put_pending(part, table)
    return changed


def _payloads(engine: Engine) -> Iterator[tuple[npt.NDArray[np.int64], list[str]]]:
    sql = (
        "SELECT subject, CAST(to_json(map_from_entries(list((kind, found) ORDER BY kind))) AS VARCHAR) AS payload "
        "FROM mine GROUP BY subject"
    )
    for batch in engine.batches(sql, _BATCH):
        yield batch.column("subject").to_numpy(), batch.column("payload").to_pylist()
