"""Measures → a program: which columns a pass reads, which conditions it tests, and the operations of its loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import sqlglot
from sqlglot import exp

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted
from huaxiang.model import Type
from huaxiang.tag.families import Moment
from huaxiang.tag.kernel import loops
from huaxiang.tag.kernel.columns import COUNT, EXACT_SUM, FLAGS, TIME, Kind, Sort, code, kind_of
from huaxiang.tag.measures import EXACT, Form, Measure, values_of
from huaxiang.tag.shape import Shape

_GROUPS = 62
_MOST_COUNTED = 256
_MOST_SEEN = 1024
_MONEY = SQL_TYPES[Type.MONEY]
_FORMS = {
    Form.ROWS: loops.ROWS,
    Form.KNOWN: loops.KNOWN,
    Form.SUM: loops.SUM,
    Form.MIN: loops.MIN,
    Form.MAX: loops.MAX,
    Form.FIRST: loops.FIRST,
    Form.LAST: loops.LAST,
    Form.MODE: loops.MODE,
    Form.DISTINCT: loops.DISTINCT,
}
_PAIRS = (loops.SUM, loops.FIRST, loops.LAST, loops.DAYS)
_COUNTS = (loops.ROWS, loops.KNOWN, loops.DISTINCT, loops.DAYS)


@dataclass(frozen=True)
class Output:
    """A measure's column of the answer: its name and type; `cast` is the type the engine makes of it."""

    name: str
    kind: Kind
    counts: bool
    cast: str = ""


@dataclass(frozen=True)
class Codes:
    """Conditions on one ENUM column: the groups that facts of each code may be in, the last entry for NULL."""

    column: int
    groups: loops.Bits


@dataclass(frozen=True)
class Program:
    """A pass over one fact table. `columns` are what it scans (SQL, kind).

    Of its rows the first `in_order` stand by subject and time (None: all do), the others behind them in any order.
    The first are read from `stored` (the quoted name of a table that holds them, too).
    Facts of the same conditions are a group, a bit each: group 0 are all. `free` are the groups whose conditions are
    all on codes; for the others the column `flags` tells.
    """

    table: str
    columns: tuple[tuple[str, Kind], ...]
    groups: int
    free: int
    flags: int | None
    codes: tuple[Codes, ...]
    edges: loops.Numbers
    ops: loops.Numbers
    outs: loops.Numbers
    fresh: loops.Numbers
    outputs: tuple[Output, ...]
    in_order: int | None = None
    stored: str = ""

    @property
    def told(self) -> str:
        """What it does, for those who read the plan."""
        return f"{len(self.outputs)} measures in one compiled pass over {self.table}, {len(self.columns)} columns"

    def scan(self, first: int, last: int) -> str:
        """Return the SELECT of the facts of subjects `first` to `last` that stand in order, as they are stored."""
        place = "" if self.in_order is None else f" AND rowid < {self.in_order}"
        return self._of(self.stored or quoted(self.table), first, last) + place

    def scan_behind(self, first: int, last: int) -> str | None:
        """Return the SELECT of those behind them, in order; None when there are none."""
        if self.in_order is None:
            return None
        behind = f" AND rowid >= {self.in_order} ORDER BY subject, occurred_at"
        return self._of(quoted(self.table), first, last) + behind

    def _of(self, table: str, first: int, last: int) -> str:
        columns = ", ".join(f"{sql} AS c{place}" for place, (sql, _) in enumerate(self.columns))
        return f"SELECT {columns} FROM {table} WHERE subject BETWEEN {first} AND {last}"


def program_of(engine: Engine, measures: Mapping[Measure, str], shape: Shape, moment: Moment) -> Program | None:
    """Return the program of those measures of a table that a pass can do; None when it can do none.

    Its `outputs` tell by name which ones; the others are SQL's.
    """
    types = engine.columns(shape.table)
    if types.get("subject") != "BIGINT" or types.get("occurred_at") != "TIMESTAMP":
        return None
    builder = _Builder(shape, moment, _argument_types(engine, shape.table, measures), _edges(measures))
    for measure, name in measures.items():
        builder.add(measure, name)
    return builder.program() if builder.outputs else None


def _argument_types(engine: Engine, table: str, measures: Iterable[Measure]) -> dict[str, str]:
    arguments = list(dict.fromkeys(measure.argument for measure in measures if measure.argument))
    if not arguments:
        return {}
    listed = ", ".join(f"{argument} AS a{place}" for place, argument in enumerate(arguments))
    described = engine.rows(f"DESCRIBE SELECT {listed} FROM {quoted(table)}")
    return dict(zip(arguments, (row[1] for row in described), strict=True))


def _edges(measures: Iterable[Measure]) -> list[datetime]:
    return sorted({measure.since for measure in measures if measure.since})


@dataclass(eq=False)
class _Op:
    form: int
    group: int
    column: int
    width: int
    place: int = 0
    starts: set[int] = field(default_factory=set)


@dataclass
class _Builder:
    """Collects what measures need, each thing once."""

    shape: Shape
    moment: Moment
    types: Mapping[str, str]
    edges: Sequence[datetime]
    columns: dict[str, tuple[int, Kind]] = field(default_factory=dict)
    groups: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    coded: dict[str, tuple[int, int]] = field(default_factory=dict)
    ops: dict[tuple[int, ...], _Op] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    outs: list[tuple[_Op, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._column("subject", kind_of("BIGINT"))
        self._column("occurred_at", TIME)

    def add(self, measure: Measure, name: str) -> None:
        """Take a measure in, when the pass can do it."""
        found = self._read(measure)
        conditions = measure.conditions
        if found is None:
            return
        form, sql, kind, output, cast = found
        if form == loops.KNOWN and kind is None:
            form, conditions = loops.ROWS, (*conditions, f"({sql}) IS NOT NULL")
        if conditions not in self.groups and len(self.groups) == _GROUPS:
            return
        group = self.groups.setdefault(conditions, len(self.groups))
        for condition in measure.conditions:
            self._code(condition, measure)
        column = self._column(sql, kind) if kind else loops.SUBJECT
        start = self.edges.index(measure.since) + 1 if measure.since else 0
        width = _width(form, kind)
        # Days are counted as they change: each window counts for itself.
        key = (form, group, column, start if form == loops.DAYS else -1)
        op = self.ops.setdefault(key, _Op(form, group, column, width))
        op.starts.add(start)
        self.outs.append((op, start))
        self.outputs.append(Output(name, output, form in _COUNTS, cast))

    def _read(self, measure: Measure) -> tuple[int, str, Kind | None, Kind, str] | None:
        """Return form, what is scanned, its kind, the output's kind and cast; None when SQL must do it."""
        form, sql, values = measure.form, measure.argument, values_of(measure, self.shape)
        kind = code(values) if values else kind_of(self.types.get(sql, ""))
        if form is Form.ROWS:
            return loops.ROWS, "", None, COUNT, ""
        if form is Form.KNOWN:
            return loops.KNOWN, sql, kind, COUNT, ""
        if kind is None or measure.sources or measure.per or form not in _FORMS:
            return None
        if form is Form.SUM:
            return self._summed(measure, kind)
        if form is Form.DISTINCT:
            if measure.column == "day" and self.types[sql] == "DATE":
                return loops.DAYS, sql, kind, COUNT, ""
            return (loops.DISTINCT, sql, kind, COUNT, "") if 0 < len(values) <= _MOST_SEEN else None
        if form is Form.MODE and not 0 < len(values) <= _MOST_COUNTED:
            return None
        chosen = _FORMS[form]
        if measure.column == "occurred_at" and form in (Form.MIN, Form.MAX):
            # The earliest time is the first one, and the first is found at once.
            chosen = loops.FIRST if form is Form.MIN else loops.LAST
        return chosen, sql, kind, kind, ""

    def _summed(self, measure: Measure, kind: Kind) -> tuple[int, str, Kind, Kind, str] | None:
        sql = measure.argument
        if measure.type is Type.INTEGER and pa.types.is_integer(kind.arrow):
            return loops.SUM, sql, kind, _BIGINT, ""
        if measure.type is Type.MONEY and self.types[sql] == _MONEY:
            return loops.SUM, sql, kind, kind, ""
        if measure.type is Type.NUMBER and kind.sort is not Sort.CODE:
            return loops.SUM, f"CAST({sql} AS {EXACT})", EXACT_SUM, EXACT_SUM, "DOUBLE"
        return None

    def _column(self, sql: str, kind: Kind | None) -> int:
        assert kind is not None
        scanned = f"enum_code({sql})" if kind.sort is Sort.CODE else sql
        bare = scanned.replace('"', "") if scanned.replace('"', "") in ("subject", "occurred_at") else scanned
        return self.columns.setdefault(bare, (len(self.columns), kind))[0]

    def _code(self, condition: str, measure: Measure) -> None:
        """Note of an equality on an ENUM column which code it asks for, -1 for none."""
        equal = _equality(condition) if condition in measure.shareable and condition not in self.coded else None
        values = self.shape.values.get(equal[0], ()) if equal else ()
        if equal and values:
            column = self._column(quoted(equal[0]), code(values))
            self.coded[condition] = column, values.index(equal[1]) if equal[1] in values else -1

    def program(self) -> Program:
        codes = tuple(self._codes(column) for column in dict.fromkeys(column for column, _ in self.coded.values()))
        tested = {group: [each for each in every if each not in self.coded] for every, group in self.groups.items()}
        free = sum(1 << group for group, conditions in tested.items() if not conditions)
        flags = self._flags({group: conditions for group, conditions in tested.items() if conditions})
        # Side by side those that take the same facts, which are then in the cache.
        ops = sorted(self.ops.values(), key=lambda op: op.group)
        place = 0
        for op in ops:
            op.place = place
            place += len(op.starts) * op.width
        rows = [
            [op.form, op.group, op.column, len(op.starts), op.width, op.place, *_segments(op, len(self.edges) + 1)]
            for op in ops
        ]
        outs = [(ops.index(op), sorted(op.starts).index(start)) for op, start in self.outs]
        edges = [*self.edges, self.moment.as_of + timedelta(microseconds=1)]
        columns = tuple((sql, kind) for sql, (_, kind) in self.columns.items())
        return Program(
            self.shape.table, columns, len(self.groups), free, flags, codes,
            np.array([_microseconds(edge) for edge in edges], np.int64),
            np.array(rows, np.int64), np.array(outs, np.int64), np.concatenate([_fresh(op) for op in ops]),
            tuple(self.outputs), self.shape.in_order,
        )  # fmt: skip

    def _codes(self, column: int) -> Codes:
        kind = next(kind for place, kind in self.columns.values() if place == column)
        bits = np.zeros(len(kind.values) + 1, np.uint64)
        for conditions, group in self.groups.items():
            asked = {self.coded[each][1] for each in conditions if self.coded.get(each, (None, 0))[0] == column}
            for value in range(len(bits)):
                if not asked or (asked == {value} and value < len(kind.values)):
                    bits[value] |= np.uint64(1 << group)
        return Codes(column, bits)

    def _flags(self, tested: Mapping[int, Sequence[str]]) -> int | None:
        if not tested:
            return None
        terms = [
            f"CASE WHEN {' AND '.join(conditions)} THEN CAST({1 << group} AS BIGINT) ELSE 0 END"
            for group, conditions in tested.items()
        ]
        return self._column(" | ".join(terms), FLAGS)


_BIGINT = Kind(Sort.PLAIN, FLAGS.arrow)


def _width(form: int, kind: Kind | None) -> int:
    values = len(kind.values) if kind else 0
    if form == loops.MODE:
        return values
    if form == loops.DISTINCT:
        return (values + 63) // 64
    return 2 if form in _PAIRS else 1


def _segments(op: _Op, segments: int) -> list[int]:
    """Return the segment each of an operation's cells begins with, and the end; all operations have as many."""
    return [*sorted(op.starts), *[segments] * (segments + 1 - len(op.starts))]


def _fresh(op: _Op) -> loops.Numbers:
    none = {
        loops.MIN: [loops.NULL], loops.MAX: [loops.NULL], loops.DAYS: [loops.NULL, 0],
        loops.FIRST: [0, loops.NULL], loops.LAST: [0, loops.NULL],
    }.get(op.form, [0] * op.width)  # fmt: skip
    return np.array(none * len(op.starts), np.int64)


def _microseconds(at: datetime) -> int:
    return (at.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _equality(condition: str) -> tuple[str, str] | None:
    """Return column and text of `column = 'text'`."""
    tree = sqlglot.parse_one(condition, dialect="duckdb")
    if isinstance(tree, exp.EQ) and isinstance(tree.this, exp.Column) and isinstance(tree.expression, exp.Literal):
        return (tree.this.name, str(tree.expression.this)) if tree.expression.is_string else None
    return None
