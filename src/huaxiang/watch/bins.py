"""Bins: each value of a tag, or ranges of numbers fixed once; and how many customers are in each, in few passes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.model import Type
from huaxiang.sql.zones import local_date
from huaxiang.tag.measures import literal
from huaxiang.watch.measured import MOST_VALUES, Bin, Measured

T = TypeVar("T")
_SHARES = tuple(place / 10 for place in range(1, 10))
"""Ranges are fixed by these quantiles."""
_FEW = 20
"""Whole numbers with at most so many different ones are values, not ranges."""
_SAMPLE = 200_000
"""Where the edges of ranges should be is told by so many customers; who is in a range is counted exactly."""
_AT_ONCE = 100
"""Tags that share a pass: an answer has a column for each."""


@dataclass(frozen=True)
class Cut:
    """How one tag is binned: `shape` "values" or "ranges", and the upper ends of the ranges but the last."""

    code: str
    type: Type
    shape: str
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Counted:
    """How many customers are in each bin of a tag; `others` have values beyond those counted apart."""

    known: int
    bins: tuple[Bin, ...]
    others: int


@dataclass(frozen=True)
class Clock:
    """The moment that days are counted back from, and the project's zone."""

    as_of: datetime
    zone: str


def value_sql(cut: Cut, clock: Clock, table: str = "t") -> str:
    """Return a tag's value as its bins see it: text for values, a number for ranges."""
    column = f"{table}.{quoted(cut.code)}"
    if cut.shape == "ranges":
        if cut.type is Type.DATE:
            return f"CAST(date_diff('day', {column}, DATE '{local_date(clock.as_of, clock.zone)}') AS DOUBLE)"
        if cut.type is Type.TIME:
            return f"((epoch({literal(clock.as_of)}) - epoch({column})) / 86400.0)"
        return f"CAST({column} AS DOUBLE)"
    return f"CAST({f'list_extract({column}, 1)' if cut.type is Type.TEXTS else column} AS VARCHAR)"


def cut_as(before: Measured | None, code: str, type_: Type) -> Cut | None:
    """Return how a tag was binned before; None when it was not, or nothing was known then."""
    if before is None or not before.known:
        return None
    return Cut(code, type_, before.shape, before.edges)


def fresh_cuts(engine: Engine, types: Mapping[str, Type], clock: Clock, customers: int, table: str) -> dict[str, Cut]:
    """Return how tags are to be binned that were not binned before, in one pass over a sample of customers."""
    ranged = {code: Cut(code, type_, "ranges") for code, type_ in types.items() if _is_ranged(type_)}
    found = {code: Cut(code, type_, "values") for code, type_ in types.items()}
    every = max(1, math.ceil(customers / _SAMPLE))
    for codes in _some(list(ranged)):
        columns = []
        for code in codes:
            value = value_sql(ranged[code], clock)
            columns += [f"approx_count_distinct({value})", f"quantile_disc({value}, {list(_SHARES)})"]
        sql = f"SELECT {', '.join(columns)} FROM {quoted(table)} t WHERE t.subject % {every} = 0"
        row = engine.rows(sql, step="health: bins")[0]
        for code, different, edges in zip(codes, row[::2], row[1::2], strict=True):
            if types[code] is not Type.INTEGER or different > _FEW:
                found[code] = Cut(code, types[code], "ranges", tuple(sorted(set(edges or ()))))
    return found


def count_bins(
    engine: Engine,
    cuts: Sequence[Cut],
    clock: Clock,
    kept: Mapping[str, Sequence[str]],
    table: str,
    carried: Mapping[str, Counted],
) -> dict[str, Counted]:
    """Return how many customers are in each bin of each tag.

    All ranges are counted in one pass, values with one short query a tag over its column alone. `kept` are the values
    of before, which are counted apart however rare they have become. Of the tags that were `carried` on only those with
    a value are counted: where they are not as many, the tag's bins are counted like the others'.
    """
    known = _all_known(engine, [cut for cut in cuts if cut.code in carried], table)
    found = {code: counted for code, counted in carried.items() if counted.known == known.get(code)}
    left = [cut for cut in cuts if cut.code not in found]
    for some in _some(left):
        columns = [f"{_known(cut)}, {_histogram(cut, clock)}" for cut in some]
        row = engine.rows(f"SELECT {', '.join(columns)} FROM {quoted(table)} t", step="health: ranges")[0]
        for cut, count, counts in zip(some, row[::2], row[1::2], strict=True):
            known[cut.code] = count
            if cut.shape == "ranges":
                found[cut.code] = Counted(count, in_ranges(cut, counts or {}, count), 0)
    for cut in left:
        if cut.shape == "values":
            bins = _values(engine, cut, kept.get(cut.code, ()), table)
            found[cut.code] = Counted(known[cut.code], bins, known[cut.code] - sum(each.count for each in bins))
    return found


def in_ranges(cut: Cut, counts: Mapping[float, int], known: int) -> tuple[Bin, ...]:
    """Return the bins of ranges: `counts` by upper end, and in the last one whoever of the `known` is in none."""
    names = range_names(cut.edges)
    within = [int(counts.get(edge, 0)) for edge in cut.edges]
    bins = [Bin(name, count, edge) for name, edge, count in zip(names, cut.edges, within, strict=False)]
    return (*bins, Bin(names[-1], known - sum(within)))


def in_order(cut: Cut, rows: Sequence[tuple[str, int]]) -> tuple[Bin, ...]:
    """Return the bins of values, from (value, count): numbers as they count, others the commonest first."""
    if cut.type is Type.INTEGER:
        return tuple(Bin(value, count) for value, count in sorted(rows, key=lambda row: int(row[0])))
    return tuple(Bin(value, count) for value, count in sorted(rows, key=lambda row: (-row[1], row[0])))


def bin_number(cut: Cut, clock: Clock, table: str = "t") -> str:
    """Return the number of a customer's range (0 the lowest) as SQL, NULL for who has no value."""
    value = value_sql(cut, clock, table)
    above = " + ".join(f"CAST({value} > {_number(edge)} AS INTEGER)" for edge in cut.edges) or "0"
    return f"CASE WHEN {value} IS NOT NULL THEN {above} END"


def range_names(edges: Sequence[float]) -> list[str]:
    """Return the names of the ranges between edges: ≤ 1, 1 – 2, > 2."""
    if not edges:
        return ["any"]
    texts = [f"{edge:g}" if abs(edge) < 1e6 else f"{edge:.0f}" for edge in edges]
    between = [f"{low} – {high}" for low, high in pairwise(texts)]
    names = [f"≤ {texts[0]}", *between, f"> {texts[-1]}"]
    # Edges that round to the same text still need names of their own.
    return [name if names.count(name) == 1 else f"{name} #{place}" for place, name in enumerate(names)]


def _is_ranged(type_: Type) -> bool:
    return type_.numeric or type_ in (Type.DATE, Type.TIME)


def _some(items: list[T]) -> Iterator[list[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _known(cut: Cut) -> str:
    column = f"t.{quoted(cut.code)}"
    # A customer who likes nothing has an empty list: no value.
    return f"count(*) FILTER (len({column}) > 0)" if cut.type is Type.TEXTS else f"count({column})"


def _histogram(cut: Cut, clock: Clock) -> str:
    if cut.shape == "values" or not cut.edges:
        return "NULL"
    return f"histogram({value_sql(cut, clock)}, CAST([{', '.join(map(_number, cut.edges))}] AS DOUBLE[]))"


def _number(edge: float) -> str:
    return f"CAST('{edge!r}' AS DOUBLE)"


def _all_known(engine: Engine, cuts: list[Cut], table: str) -> dict[str, int]:
    known: dict[str, int] = {}
    for some in _some(cuts):
        row = engine.rows(f"SELECT {', '.join(map(_known, some))} FROM {quoted(table)} t", step="health: known")[0]
        known |= zip((cut.code for cut in some), row, strict=True)
    return known


def _values(engine: Engine, cut: Cut, kept: Sequence[str], table: str) -> tuple[Bin, ...]:
    # Grouped as stored, for numbers are quicker to group than their texts.
    column = f"t.{quoted(cut.code)}"
    stored = f"list_extract({column}, 1)" if cut.type is Type.TEXTS else column
    grouped = f"SELECT {stored} AS raw, count(*) AS n FROM {quoted(table)} t GROUP BY 1"
    counted = f"SELECT CAST(raw AS VARCHAR) AS v, n FROM ({grouped})"
    sql = (
        f"SELECT v, n FROM ({counted}) WHERE v IS NOT NULL "
        f"ORDER BY list_contains(CAST(? AS VARCHAR[]), v) DESC, n DESC, v LIMIT {max(MOST_VALUES, len(kept))}"
    )
    return in_order(cut, engine.rows(sql, [list(kept)], step="health: values"))
