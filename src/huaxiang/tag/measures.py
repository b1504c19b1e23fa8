"""Measures: the single aggregates that tags are made of, each computed once however many tags share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlglot import exp

from huaxiang.engine.duckdb import SQL_TYPES
from huaxiang.model import Type
from huaxiang.tag.shape import Shape

EXACT = "DECIMAL(28, 6)"
"""Fractions are summed as decimals: floating-point sums depend on the order of rows."""

_DAYS_IN_MASK = 120
_MASKS = ((60, "BIGINT"), (_DAYS_IN_MASK, "HUGEINT"))
_CODES = 256
_COUNTED_EACH = 8
"""The most frequent of so few values is found by counting each, without a second level."""

_BEFORE_ALL = "TIMESTAMP '0001-01-01 00:00:00'"


class Form(StrEnum):
    """What is done with the facts."""

    ROWS = "rows"
    KNOWN = "known"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    DISTINCT = "distinct"
    MODE = "mode"
    NTH = "nth"


@dataclass(frozen=True)
class Measure:
    """One aggregate over the facts of a table that meet `conditions`, from `since` on and before `until`.

    `nth` counts the known values in time, from the latest when it is negative. `argument`, `conditions` and `per` are
    the engine's SQL; `column` is the argument's name when it is a bare column. With `per` (MODE and NTH only) the facts
    of one value of that column count as one.
    """

    table: str
    form: Form
    argument: str = ""
    type: Type = Type.NULL
    column: str | None = None
    conditions: tuple[str, ...] = ()
    shareable: frozenset[str] = frozenset()
    since: datetime | None = None
    sources: tuple[str, ...] = ()
    until: datetime | None = None
    nth: int = 0
    per: str = ""

    @property
    def counts(self) -> bool:
        """Whether no facts make 0 rather than unknown."""
        return self.form in (Form.ROWS, Form.KNOWN, Form.DISTINCT)


def literal(at: datetime) -> str:
    """Return a UTC moment as SQL."""
    return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S.%f}'"


def values_of(measure: Measure, shape: Shape) -> tuple[str, ...]:
    """Return the values of the measure's ENUM column, () when it is none."""
    return shape.values.get(measure.column or "", ())


def mask_width(measure: Measure, shape: Shape, as_of: datetime) -> str | None:
    """Return the integer a set of the measure's values fits in, one bit each; None when it is not small."""
    if measure.form is not Form.DISTINCT:
        return None
    size = len(values_of(measure, shape))
    if measure.column == "day" and measure.since is not None:
        # A window may touch one calendar day more than it is long.
        size = (as_of - measure.since).days + 2
    return next((width for most, width in _MASKS if 0 < size <= most), None)


def two_level(measure: Measure, shape: Shape, as_of: datetime) -> bool:
    """Whether it needs a pass per (subject, value) first."""
    if measure.form is Form.NTH:
        return bool(measure.per)
    if measure.form is Form.MODE:
        return bool(measure.per) or not _counts_each(measure, shape)
    return measure.form is Form.DISTINCT and mask_width(measure, shape, as_of) is None


def item_of(measure: Measure) -> str:
    """Return by which value the first of two levels groups a subject's facts."""
    return measure.per if measure.form is Form.NTH else measure.argument


def _counts_each(measure: Measure, shape: Shape) -> bool:
    return 0 < len(values_of(measure, shape)) <= _COUNTED_EACH and packs(measure, shape)


def when(conditions: Sequence[str], then: str) -> str:
    """Return `then` where all conditions hold. CASE: DuckDB's FILTER costs four times as much when there are many."""
    return f"CASE WHEN {' AND '.join(conditions)} THEN {then} END" if conditions else then


def in_one_pass(measure: Measure, conditions: Sequence[str], shape: Shape, as_of: datetime, today: str) -> str:
    """Return the aggregate of a GROUP BY subject; `conditions` are those the whole pass does not already meet."""
    argument = measure.argument
    match measure.form:
        case Form.ROWS:
            return _short(f"count({when(conditions, '1')})" if conditions else "count(*)")
        case Form.KNOWN:
            return _short(f"count({when(conditions, argument)})")
        case Form.SUM:
            return _sum(measure, conditions)
        case Form.MIN | Form.MAX:
            return f"{measure.form}({when(conditions, argument)})"
        case Form.FIRST | Form.LAST:
            return _at_an_end(measure, conditions, shape)
        case Form.MODE:
            return _most_counted(measure, conditions, shape)
        case Form.NTH:
            return _nth(measure, conditions, shape)
        case _:
            return _mask(measure, conditions, shape, as_of, today)


def _short(count: str) -> str:
    """Counts of one subject's facts on the way to the final table: half as wide, the joins are faster."""
    return f"CAST({count} AS INTEGER)"


def _most_counted(measure: Measure, conditions: Sequence[str], shape: Shape) -> str:
    counts = []
    for code, value in enumerate(values_of(measure, shape)):
        equal = f"{measure.argument} = {exp.Literal.string(value).sql(dialect='duckdb')}"
        counts.append(f"count({when([*conditions, equal], '1')}) * {_CODES} + {_CODES - 1 - code}")
    most = f"greatest({', '.join(counts)})" if len(counts) > 1 else counts[0]
    return f"CASE WHEN {most} >= {_CODES} THEN {most} END"


def _sum(measure: Measure, conditions: Sequence[str]) -> str:
    exact = f"CAST({measure.argument} AS {EXACT})" if measure.type is Type.NUMBER else measure.argument
    return f"CAST(sum({when(conditions, exact)}) AS {SQL_TYPES[measure.type]})"


def _mask(measure: Measure, conditions: Sequence[str], shape: Shape, as_of: datetime, today: str) -> str:
    width = mask_width(measure, shape, as_of)
    if measure.column == "day":
        place = f"CAST(DATE '{today}' - {measure.argument} AS {width})"
    else:
        place = f"CAST(enum_code({measure.argument}) AS {width})"
    bit = f"CAST(1 AS {width}) << {place}"
    return f"bit_count(bit_or({when(conditions, bit)}))"


def packs(measure: Measure, shape: Shape) -> bool:
    """Whether value and rank fit in one integer: the ENUM's code is its last eight bits."""
    return 0 < len(values_of(measure, shape)) <= _CODES and not measure.sources and not shape.timeless


def _at_an_end(measure: Measure, conditions: Sequence[str], shape: Shape) -> str:
    """The value at the first or last moment; of several at that moment, the smallest."""
    argument, first = measure.argument, measure.form is Form.FIRST
    if packs(measure, shape):
        code = f"enum_code({argument})" if first else f"({_CODES - 1} - enum_code({argument}))"
        pack = when(conditions, f"epoch_us(occurred_at) * {_CODES} + {code}")
        return f"{'min' if first else 'max'}({pack})"
    at = _moment(shape)
    rank = [f"p := {_priority(measure.sources)}"] if measure.sources else []
    rank += [f"t := {at if first else f'-{at}'}", f"v := {argument}"]
    ranked = f"struct_pack({', '.join(rank)})"
    return f"min({when([*conditions, f'{argument} IS NOT NULL'], ranked)}).v"


def _nth(measure: Measure, conditions: Sequence[str], shape: Shape) -> str:
    """The nth of the known values in time; of several at one moment the smallest comes first, from either end."""
    ranked = f"struct_pack(t := {'-' if measure.nth < 0 else ''}{_moment(shape)}, v := {measure.argument})"
    return _at_place(when([*conditions, f"{measure.argument} IS NOT NULL"], ranked), measure)


def _at_place(ranked: str, measure: Measure) -> str:
    place = abs(measure.nth)
    return f"list_extract(min({ranked}, {place}), {place}).v"


def _moment(shape: Shape) -> str:
    return f"epoch_us(coalesce(occurred_at, {_BEFORE_ALL}))" if shape.timeless else "epoch_us(occurred_at)"


def _priority(sources: Sequence[str]) -> str:
    ranks = " ".join(
        f"WHEN {exp.Literal.string(source).sql(dialect='duckdb')} THEN {rank}" for rank, source in enumerate(sources)
    )
    return f"CASE source {ranks} ELSE {len(sources)} END"


def inner_of(measure: Measure, conditions: Sequence[str], window: Sequence[str], shape: Shape) -> str:
    """Return what the inner pass, per (subject, value), must know for this measure."""
    together = [*conditions, *window]
    if measure.form is Form.MODE:
        return f"count({when(together, '1')})" if together else "count(*)"
    if measure.form is Form.NTH:
        ranked = f"struct_pack(t := {_moment(shape)}, v := {measure.argument})"
        return f"min({when([*together, f'{measure.argument} IS NOT NULL'], ranked)})"
    at = f"coalesce(occurred_at, {_BEFORE_ALL})" if shape.timeless else "occurred_at"
    return f"max({when(conditions, at)})"


def outer_of(measure: Measure, inner: str, conditions: Sequence[str], window: Sequence[str], shape: Shape) -> str:
    """Return the aggregate over the inner pass; `inner` is the name of its column."""
    if measure.form is Form.DISTINCT:
        edge = [f"{inner} >= {literal(measure.since)}"] if measure.since and window else []
        return _short(f"count({when(edge, inner)})")
    if measure.form is Form.NTH:
        at, value = (f"struct_extract({inner}, '{part}')" for part in "tv")
        ranked = inner if measure.nth > 0 else f"struct_pack(t := -{at}, v := {value})"
        return _at_place(when([f"{inner} IS NOT NULL"], ranked), measure)
    some = [f"{inner} > 0"] if conditions or window else []
    if packs(measure, shape):
        pack = f"{inner} * {_CODES} + ({_CODES - 1} - enum_code(item))"
        return f"max({when(some, pack)})"
    ranked = f"struct_pack(n := -{inner}, v := item)"
    return f"min({when(some, ranked)}).v"


def read_back(measure: Measure, name: str, shape: Shape) -> exp.Expression:
    """Return the measure's value from its column: 0 for no facts where it counts, codes decoded."""
    column: exp.Expression = exp.column(exp.to_identifier(name, quoted=True))
    if measure.counts:
        return exp.Anonymous(this="coalesce", expressions=[column, exp.Literal.number(0)])
    packed = measure.form in (Form.FIRST, Form.LAST, Form.MODE) and packs(measure, shape)
    if packed:
        texts = exp.Array(expressions=[exp.Literal.string(value) for value in values_of(measure, shape)])
        code: exp.Expression = exp.paren(exp.BitwiseAnd(this=column, expression=exp.Literal.number(_CODES - 1)))
        if measure.form is not Form.FIRST:
            code = exp.paren(exp.Sub(this=exp.Literal.number(_CODES - 1), expression=code))
        place = exp.Add(this=code, expression=exp.Literal.number(1))
        return exp.Anonymous(this="list_extract", expressions=[texts, place])
    return exp.cast(column, "text") if measure.type is Type.TEXT else column
