"""How the values of one tag are spread over all customers, or over those of a filter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from huaxiang.engine.duckdb import quoted
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import RANGE, Filter, TagIs, condition, filter_words, known_tag
from huaxiang.read.showing import local, utc, worded
from huaxiang.words import Words

MOST = 30
"""At most so many values are told apart; the rest is said as a number."""
_BARS = 16
_FEW = 12
_MANY = 200_000


@dataclass(frozen=True)
class Bar:
    """One value or range: its text, how many customers have it, and the filter value that leads to them."""

    value: str
    words: Words
    count: int


@dataclass(frozen=True)
class Distribution:
    """Bars of a tag. `shape`: "values" (each its own) or "ranges" (a histogram, in order).

    `known` + `unknown` are all customers asked about. `others` have values beyond the first MOST. Of a list tag a
    customer counts once for each item.
    """

    tag: str
    name: Words
    shape: str
    bars: tuple[Bar, ...]
    known: int
    unknown: int
    others: int
    sensitive: bool = False
    """Whether the bars may not lead to who has the value."""

    @property
    def everybody(self) -> int:
        """All customers asked about."""
        return self.known + self.unknown


def distribution(current: CurrentBuild, code: str, wanted: Filter | None = None) -> Distribution:
    """Return how a tag's values are spread. Raises NotFound when the tag is not there."""
    if wanted is None or wanted.empty:
        return current.once(("distribution", code), lambda: _distribution(current, code, Filter()))
    return _distribution(current, code, wanted)


def _distribution(current: CurrentBuild, code: str, wanted: Filter) -> Distribution:
    tag, type_ = known_tag(current, code), current.type_of(code)
    where, parameters = condition(current, wanted)
    column = f"t.{quoted(code)}"
    empty = f"{column} IS NULL OR len({column}) = 0" if type_ is Type.TEXTS else f"{column} IS NULL"
    everybody, unknown = current.engine.rows(
        f"SELECT count(*), count(*) FILTER ({empty}) FROM tags t WHERE {where}", parameters
    )[0]
    ranged = type_.numeric or type_ in (Type.DATE, Type.TIME)
    edges = _edges(current, column, type_, where, parameters) if ranged else None
    if edges is not None:
        bars = _ranges(current, code, column, type_, edges, where, parameters)
        return Distribution(code, tag.name, "ranges", bars, everybody - unknown, unknown, 0, tag.sensitive)
    bars, others = _values(current, code, type_, where, parameters)
    return Distribution(code, tag.name, "values", bars, everybody - unknown, unknown, others, tag.sensitive)


def _values(
    current: CurrentBuild, code: str, type_: Type, where: str, parameters: Sequence[object]
) -> tuple[tuple[Bar, ...], int]:
    column = f"t.{quoted(code)}"
    value = f"unnest({column})" if type_ is Type.TEXTS else column
    rows = current.engine.rows(
        f"SELECT v, count(*) FROM (SELECT {value} AS v FROM tags t WHERE {where}) "
        "WHERE v IS NOT NULL GROUP BY v ORDER BY 2 DESC, 1",
        list(parameters),
    )
    tag = current.tags[code]
    rows = _in_order(rows, [each.value for each in tag.values], type_)
    bars = tuple(Bar(_text(value), _words(current, code, value), count) for value, count in rows[:MOST])
    return bars, sum(count for _, count in rows[MOST:])


def _words(current: CurrentBuild, code: str, value: Any) -> Words:
    type_ = current.type_of(code)
    single = Type.TEXT if type_ is Type.TEXTS else type_
    return worded(value, current.tags[code], single, current.project)


def _in_order(rows: list[tuple[Any, int]], order: Sequence[str], type_: Type) -> list[tuple[Any, int]]:
    """Return values in the order the definition lists them; scores in order of number; others by how many have them."""
    if order:
        places = {value: place for place, value in enumerate(order)}
        return sorted(rows, key=lambda row: places.get(str(row[0]), len(order)))
    return sorted(rows, key=lambda row: row[0]) if type_.numeric else rows


def _edges(
    current: CurrentBuild, column: str, type_: Type, where: str, parameters: Sequence[object]
) -> list[Any] | None:
    """Return the edges of a histogram's bars; None when there are so few values that each has a bar of its own."""
    # Of very many customers every 29th tells where the edges should be; who is between them is counted exactly.
    where += " AND t.subject % 29 = 0" if current.customers > _MANY else ""
    low, high, different = current.engine.rows(
        f"SELECT quantile_disc({column}, 0.005), quantile_disc({column}, 0.985), approx_count_distinct({column}) "
        f"FROM tags t WHERE {where}",
        list(parameters),
    )[0]
    if low is None or (type_.numeric and different <= _FEW):
        return None
    if type_.numeric:
        return _nice(float(low), float(high), whole=type_ is Type.INTEGER)
    return _calendar(low, high, current.project.zone)


def _nice(low: float, high: float, *, whole: bool) -> list[Any]:
    if high <= low:
        high = low + 1
    raw = (high - low) / _BARS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw)
    if whole:
        step = max(1, math.ceil(step))
    first, last = math.floor(low / step), math.floor(high / step) + 1
    edges = [round(place * step, 6) for place in range(first, last + 1)]
    return [int(edge) if float(edge).is_integer() else edge for edge in edges]


def _calendar(low: date, high: date, zone: str) -> list[date]:
    if isinstance(low, datetime) and isinstance(high, datetime):
        low, high = local(low, zone).date(), local(high, zone).date()
    months = (high.year - low.year) * 12 + high.month - low.month + 1
    step = next((each for each in (1, 3, 6, 12, 24, 60, 120) if months / each <= _BARS + 4), 120)
    first = (low.year * 12 + low.month - 1) // step * step
    last = high.year * 12 + high.month - 1
    return [date(place // 12, place % 12 + 1, 1) for place in range(first, last + step + 1, step)]


def _ranges(
    current: CurrentBuild,
    code: str,
    column: str,
    type_: Type,
    edges: Sequence[Any],
    where: str,
    parameters: Sequence[object],
) -> tuple[Bar, ...]:
    """Return a bar between each two edges, and one beyond either end where anybody is."""
    typed = [_stored(edge, type_, current.project.zone) for edge in edges]
    tests = [f"{column} < ?", *[f"{column} >= ? AND {column} < ?"] * (len(edges) - 1), f"{column} >= ?"]
    bounds = [typed[0], *(end for pair in pairwise(typed) for end in pair), typed[-1]]
    counts = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    row = current.engine.rows(f"SELECT {counts} FROM tags t WHERE {where}", [*bounds, *parameters])[0]
    texts = [str(edge) for edge in edges]
    values = [f"{RANGE}{texts[0]}", *(f"{a}{RANGE}{b}" for a, b in pairwise(texts)), f"{texts[-1]}{RANGE}"]
    bars = [Bar(value, _range_label(current, code, value), count) for value, count in zip(values, row, strict=True)]
    if bars and not bars[0].count:
        bars = bars[1:]
    return tuple(bars[:-1] if bars and not bars[-1].count else bars)


def _range_label(current: CurrentBuild, code: str, value: str) -> Words:
    said = filter_words(current, TagIs(code, value))
    return Words(said.en.split(": ", 1)[1], said.zh.split("：", 1)[1])


def _stored(edge: Any, type_: Type, zone: str) -> Any:
    return utc(datetime(edge.year, edge.month, edge.day), zone) if type_ is Type.TIME else edge


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
