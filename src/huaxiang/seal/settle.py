"""Settling pending values: each goes under the key of the person its identifier belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.privacy.vault import Vault

_BATCH = 100_000
_SLICE = 2_000_000
_BY_PERSON = """
SELECT subject, '{' || string_agg(said, ',') || '}' AS payload FROM (
  SELECT n.subject, CAST(to_json(v.kind) AS VARCHAR) || ':['
    || string_agg(DISTINCT CAST(to_json(v.value) AS VARCHAR), ',') || ']' AS said
  FROM _values v JOIN (SELECT * FROM _nodes WHERE subject BETWEEN ? AND ?) n ON n.node = v.node
  GROUP BY n.subject, v.kind
) GROUP BY subject"""
"""JSON by hand: lists and maps of the engine take three times as long and many times the memory."""


def settle(vault: Vault, nodes: pa.Table) -> int:
    """Move what is pending into persons' records; return how many records changed.

    `nodes` is (node, subject) of every identifier that is somebody's. Values under one that is nobody's yet (set
    aside, or weak) stay pending, sealed, for a later build.
    """
    parts = list(vault.pending())
    if not parts:
        return 0
    names = pa.array([name for name, table in parts for _ in range(table.num_rows)], pa.string())
    before = {name: table.num_rows for name, table in parts}
    values = pa.concat_tables([table for _, table in parts]).append_column("part", names.dictionary_encode())
    del parts, names
    # Personal values are only ever in this engine's memory: it has no file and may not spill.
    with Engine(memory=2 * GIB) as engine, engine.shown(_values=values, _nodes=nodes):
        left = engine.arrow("SELECT v.* FROM _values v ANTI JOIN _nodes n ON n.node = v.node")
        changed = vault.settle(_payloads(engine, 1 + values.num_rows // _SLICE), distinct=True)
    _keep(vault, left, before)
    return changed


def _keep(vault: Vault, left: pa.Table, before: dict[str, int]) -> None:
    """Leave pending only what belongs to nobody yet."""
    waiting = set(left.column("part").unique().to_pylist())
    vault.drop_pending([name for name in before if name not in waiting])
    for name in waiting:
        mine = left.filter(pc.equal(left.column("part"), name)).drop_columns(["part"])
        if mine.num_rows < before[name]:
            vault.put_pending(name, mine)


def _payloads(engine: Engine, slices: int) -> Iterator[tuple[npt.NDArray[np.int64], list[str]]]:
    """Yield subjects, ascending, with their values as JSON; a slice of the people at a time, which bounds memory."""
    edges = [(1 << 63) * place // slices for place in range(slices + 1)]
    for low, high in pairwise(edges):
        engine.run(f"CREATE OR REPLACE TEMP TABLE mine AS {_BY_PERSON}", [low, high - 1], step="values by person")
        for batch in engine.batches("SELECT subject, payload FROM mine ORDER BY subject", _BATCH):
            yield batch.column("subject").to_numpy(), batch.column("payload").to_pylist()
