"""Bins carried on: a refresh tells whose values moved, so only those are taken out of one bin and put into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import SQL_TYPES, Engine
from huaxiang.model import Type
from huaxiang.registry import Build
from huaxiang.watch.bins import Clock, Counted, Cut, in_order, in_ranges, value_sql
from huaxiang.watch.history import Past
from huaxiang.watch.measured import MOST_VALUES

_STEP = "health: moves"


@dataclass(frozen=True)
class _Moves:
    """How many came into each bin of a tag, less those who left it; `known`: who has a value now, less who had one."""

    known: int
    bins: Counter[Any]


def carried(
    engine: Engine, build: Build, cuts: Sequence[Cut], clock: Clock, before: Mapping[str, Past]
) -> dict[str, Counted]:
    """Return how many customers are in each bin of those tags that can be told from the build before.

    Those are the tags of a refresh whose last build was measured with the same bins, all of them; not lists, whose
    items a change does not tell apart, and dates and times only where both builds count back from the same moment.
    """
    source = build.summary.get("refresh", {}).get("from")
    mine = [cut for cut in cuts if cut.code in before and before[cut.code].build == source]
    mine = [cut for cut in mine if _same_bins(cut, clock, before[cut.code])]
    moves = _values(engine, build, mine)
    for type_ in (Type.NUMBER, Type.DATE, Type.TIME):
        moves |= _ranges(engine, build, [cut for cut in mine if cut.shape == "ranges" and _sort(cut) is type_], clock)
    found = {cut.code: _moved(cut, before[cut.code], moves.get(cut.code, _Moves(0, Counter()))) for cut in mine}
    return {code: counted for code, counted in found.items() if len(counted.bins) <= MOST_VALUES}


def _same_bins(cut: Cut, clock: Clock, past: Past) -> bool:
    then = past.measured
    if cut.type is Type.TEXTS or then.stale or then.type != cut.type.value:
        return False
    if _sort(cut) is not Type.NUMBER and then.as_of != clock.as_of.isoformat():
        return False
    return (cut.shape, cut.edges) == (then.shape, then.edges) and not then.others


def _moved(cut: Cut, past: Past, moves: _Moves) -> Counted:
    then = past.measured
    known = then.known + moves.known
    if cut.shape == "ranges":
        were = Counter({each.edge: each.count for each in then.bins if each.edge is not None})
        return Counted(known, in_ranges(cut, _sum(were, moves.bins), known), 0)
    there = _sum(Counter({each.value: each.count for each in then.bins}), moves.bins)
    return Counted(known, in_order(cut, [(value, count) for value, count in there.items() if count]), 0)


def _sum(were: Counter[Any], moves: Counter[Any]) -> Counter[Any]:
    total = Counter(were)
    total.update(moves)
    return total


def _sort(cut: Cut) -> Type:
    return cut.type if cut.type in (Type.DATE, Type.TIME) else Type.NUMBER


def _ranges(engine: Engine, build: Build, cuts: Sequence[Cut], clock: Clock) -> dict[str, _Moves]:
    """Return the moves of tags with ranges, all of one sort."""
    if not cuts:
        return {}
    edges = {cut.code: list(cut.edges) for cut in cuts}
    table = pa.table({
        "tag": pa.array(list(edges), pa.string()), "edges": pa.array(list(edges.values()), pa.list_(pa.float64()))
    })  # fmt: skip
    sort = _sort(cuts[0])
    read = ", ".join(f"CAST({side} AS {SQL_TYPES[sort]}) AS {side}" for side in ("old", "new"))
    binned = ", ".join(
        f"count({side}), histogram({value_sql(Cut(side, sort, 'ranges'), clock)}, edges)" for side in ("old", "new")
    )
    moved = f"SELECT tag, {read}, edges FROM tag_changes JOIN _edges USING (tag) WHERE build = ?"
    with engine.shown(_edges=table):
        rows = engine.rows(f"SELECT tag, {binned} FROM ({moved}) t GROUP BY tag", [build.id], step=_STEP)
    found = {}
    for code, gone, left, come, entered in rows:
        bins = Counter({edge: (entered or {}).get(edge, 0) - (left or {}).get(edge, 0) for edge in edges[code]})
        found[code] = _Moves(come - gone, bins)
    return found


def _values(engine: Engine, build: Build, cuts: Sequence[Cut]) -> dict[str, _Moves]:
    codes = [cut.code for cut in cuts if cut.shape == "values"]
    if not codes:
        return {}
    mine = "FROM tag_changes WHERE build = $1 AND list_contains($2, tag) GROUP BY ALL"
    sides = f"SELECT tag, new AS value, count(*) AS n {mine} UNION ALL SELECT tag, old, -count(*) {mine}"
    sql = f"SELECT tag, value, sum(n) FROM ({sides}) WHERE value IS NOT NULL GROUP BY ALL"
    bins: dict[str, Counter[str]] = {code: Counter() for code in codes}
    for code, value, count in engine.rows(sql, [build.id, codes], step=_STEP):
        bins[code][value] = int(count)
    return {code: _Moves(sum(each.values()), each) for code, each in bins.items()}
