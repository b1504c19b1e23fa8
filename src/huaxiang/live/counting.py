"""What of a batch does not count for who is who: rows after the moment, and what a fact said before.

The rules are those of a build (facts/compile.py); here they are asked of the few rows of a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.engine.duckdb import Engine
from huaxiang.facts.compile import REPEATED_QUERY
from huaxiang.live.cleaning import Facts
from huaxiang.live.known import Known
from huaxiang.serving.deltas import Deltas

_ROW = [("part", pa.int32()), ("source_row", pa.int64()), ("item", pa.int32())]
LATER_ROWS = pa.schema([*_ROW, ("nodes", pa.list_(pa.int64()))])
REPEATED_ROWS = pa.schema([*_ROW, ("a", pa.int64()), ("b", pa.int64())])
_TWICE = pa.schema(
    [*_ROW, ("fact_id", pa.int64()), ("occurred_at", pa.timestamp("us")), ("nodes", pa.list_(pa.int64()))]
)
Pair = tuple[int, int]


@dataclass(frozen=True)
class Counting:
    """The facts of a batch, at a moment, beside those there are."""

    facts: Sequence[Facts]
    as_of: datetime
    known: Known
    deltas: Deltas

    def later(self) -> Any:
        """Return the rows whose time is after the moment, as LATER."""
        # Nearly no batch has any.
        latest = [pc.max(each.rows["occurred_at"]).as_py() for each in self.facts]
        if not any(each is not None and each > self.as_of for each in latest):
            return LATER_ROWS.empty_table()
        later = [each for each in self._rows() if each["occurred_at"] and each["occurred_at"] > self.as_of]
        return pa.Table.from_pylist(later, LATER_ROWS)

    def repeated(self, engine: Engine) -> Any:
        """Return what a fact of the batch says again in it, as REPEATED."""
        ids = np.concatenate([np.empty(0, np.int64), *(each.rows["fact_id"].to_numpy() for each in self.facts)])
        several, times = np.unique(ids, return_counts=True)
        among = set(several[times > 1].tolist())
        if not among:
            return REPEATED_ROWS.empty_table()
        twice = pa.Table.from_pylist(list(self._rows(among)), _TWICE)
        # In a build the order of parts comes after the time of the fact, too.
        twice = twice.append_column("rank", twice["part"])
        return engine.arrow_of(f"SELECT * FROM ({REPEATED_QUERY})", facts_twice=twice)

    def said_before(self, pairs: set[Pair]) -> Counter[tuple[int, int, int]]:
        """Return of `pairs` in how many rows of a part (a, b, part) facts say them that had said them before."""
        found: Counter[tuple[int, int, int]] = Counter()
        counted = set[tuple[int, Pair]]()
        for each in self._rows():
            for pair in {(each["nodes"][0], other) for other in each["nodes"][1:]} & pairs:
                once = (each["fact_id"], pair)
                if once not in counted and self.known.linked(*pair) and self._there(each):
                    counted.add(once)
                    found[*pair, each["part"]] += 1
        return found

    def _rows(self, among: set[int] | None = None) -> Iterator[dict[str, Any]]:
        for facts in self.facts:
            head = facts.rows.select(["fact_id", "part", "source_row", "item", "occurred_at"]).to_pylist()
            for row, nodes in zip(head, facts.nodes.tolist(), strict=True):
                if among is None or row["fact_id"] in among:
                    yield row | {"nodes": [node for node in nodes if node], "table": facts.table}

    def _there(self, row: dict[str, Any]) -> bool:
        """Tell whether the fact of a row is there already, with one of those whose identifiers it has."""
        subjects = {each for each in self.known.whose(np.array(row["nodes"], np.int64))[0] if each}
        table, fact = row["table"], row["fact_id"]
        if any(held == fact for _, held in self.deltas.held(table, subjects)):
            return True
        if table not in self.known.base.tables:
            return False
        everybody = sorted(self.known.origins(subjects))
        return fact in self.known.base.facts_of(table, everybody, ["fact_id"])["fact_id"].to_pylist()


def less(links: Any, gone: Iterable[tuple[tuple[int, int, int], int]]) -> Any:
    """Return links (a, b, source, part, source_row, rows) with so many rows (by a, b, part) less."""
    away = dict(gone)
    if not away:
        return links
    keys = zip(links["a"].to_pylist(), links["b"].to_pylist(), links["part"].to_pylist(), strict=True)
    rows = [rows - away.get(key, 0) for key, rows in zip(keys, links["rows"].to_pylist(), strict=True)]
    counted = links.set_column(links.column_names.index("rows"), "rows", pa.array(rows, pa.int64()))
    return counted.filter(pa.array([each > 0 for each in rows], pa.bool_()))
