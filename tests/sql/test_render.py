"""Expressions: what they become, what is wrong with them, and that whatever is well typed runs.

golden/expressions.tsv holds text, type and SQL; HUAXIANG_GOLDEN=write writes it anew.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.engine.duckdb import Engine
from huaxiang.model import Type
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.sql.render import Bindings, render

GOLDEN = Path(__file__).parent / "golden" / "expressions.tsv"
AS_OF = datetime(2026, 11, 1, 4)
COLUMNS = {
    "t": Type.TEXT, "u": Type.TEXT, "i": Type.INTEGER, "n": Type.NUMBER, "m": Type.MONEY, "d": Type.DATE,
    "at": Type.TIME, "b": Type.BOOL, "l": Type.TEXTS,
}  # fmt: skip
HERE = Place("tags/a.yaml", 7)


def checked(text: str, *, aggregates: bool = False, want: Type | None = None) -> tuple[Expression | None, Faults]:
    faults = Faults()
    return check(Text(text, HERE), Scope(COLUMNS, aggregates=aggregates), faults, want=want), faults


def sql_of(expression: Expression, zone: str = "Asia/Shanghai") -> str:
    columns = {name: exp.column(name, quoted=True) for name in expression.names}
    return render(expression.tree, Bindings(columns, AS_OF, zone)).sql(dialect="duckdb")


def _lines() -> list[list[str]]:
    return [line.split("\t") for line in GOLDEN.read_text(encoding="utf-8").splitlines() if line]


@pytest.mark.parametrize("line", _lines(), ids=lambda line: line[0])
def test_golden(line: list[str]) -> None:
    expression, faults = checked(line[0])
    assert expression is not None, [fault.say("en") for fault in faults.found]
    found = [line[0], expression.type.value, sql_of(expression)]
    if os.environ.get("HUAXIANG_GOLDEN") == "write":
        kept = [found if each[0] == line[0] else each for each in _lines()]
        GOLDEN.write_text("".join("\t".join(each) + "\n" for each in kept), encoding="utf-8")
    else:
        assert found == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("amunt > 1", "tags/a.yaml:7: there is no 'amunt' here"),
        ("dayz_since(d)", "tags/a.yaml:7: there is no function 'dayz_since' here (did you mean days_since?)"),
        ("t > 5", "tags/a.yaml:7: 5 is integer where text is needed"),
        ("i + t", "tags/a.yaml:7: t is text where number is needed"),
        ("sum(i)", "tags/a.yaml:7: there is no function 'sum' here"),
        ("left(t)", "tags/a.yaml:7: left takes left(text, integer), not 1 arguments"),
        ("(select 1)", "is not allowed in an expression"),
        ("read_csv('/etc/passwd')", "tags/a.yaml:7: there is no function 'read_csv' here"),
        ("i; drop table tags", "must be one expression"),
        ("cast(t as integer)", "there is no function 'cast'"),
        ("i in (select 1)", "takes a list of values here"),
        ("d > 'soon'", "'soon' is not a date; it is written 2026-01-31"),
        ("at > timestamp 'noon'", "'noon' is not a time; it is written 2026-01-31 23:59:59"),
        ("i +", "is not an expression: stuck near"),
    ],
)
def test_faults_say_where_what_and_the_nearest_word(text: str, message: str) -> None:
    expression, faults = checked(text)
    assert expression is None
    assert any(message in fault.say("en") for fault in faults.found), [fault.say("en") for fault in faults.found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("i", "i must stand inside an aggregate"),
        ("sum(i) + m", "m must stand inside an aggregate"),
        ("sum(sum(i))", "sum cannot stand inside another aggregate"),
        ("sum(distinct i)", "distinct belongs to count only"),
        ("sum(t)", "t is text where number is needed"),
    ],
)
def test_faults_of_aggregates(text: str, message: str) -> None:
    expression, faults = checked(text, aggregates=True)
    assert expression is None
    assert any(message in fault.say("en") for fault in faults.found), [fault.say("en") for fault in faults.found]


def test_the_same_fault_twice_is_a_fault_both_times() -> None:
    faults = Faults()
    scope = Scope(COLUMNS)
    assert [check(Text("nope", HERE), scope, faults) for _ in range(2)] == [None, None]
    assert len(faults.found) == 1


def test_an_expression_knows_what_its_aggregates_are_given() -> None:
    expression, _ = checked("sum(m) / count(distinct t) + count(*)", aggregates=True)
    assert expression is not None
    assert [type_ for _, type_ in expression.aggregated] == [Type.MONEY, Type.TEXT]
    assert expression.type is Type.NUMBER


# Random trees: text, built so that it is well typed.

_LITERALS = {
    Type.INTEGER: ["0", "1", "-3", "12"],
    Type.NUMBER: ["0.5", "2.25", "-1.5"],
    Type.TEXT: ["'a'", "''", "'it''s'", "'2020-01-01'"],
    Type.DATE: ["date '2026-01-31'"],
    Type.TIME: ["timestamp '2026-01-31 23:30:00'", "as_of"],
    Type.BOOL: ["true", "false"],
}


@cache
def trees(type_: Type, depth: int = 3) -> st.SearchStrategy[str]:
    columns = [name for name, each in COLUMNS.items() if each is type_]
    leaves = st.sampled_from(columns + _LITERALS.get(type_, []))
    if depth == 0:
        return leaves
    return leaves | _branches(type_, depth - 1)


def _branches(type_: Type, depth: int) -> st.SearchStrategy[str]:
    def of(*kinds: Type) -> list[st.SearchStrategy[str]]:
        return [trees(kind, depth) for kind in kinds]

    def shape(text: str, *kinds: Type) -> st.SearchStrategy[str]:
        return st.tuples(*of(*kinds)).map(lambda parts: text.format(*parts))

    integer, number, text, date, time, bool_ = (
        Type.INTEGER, Type.NUMBER, Type.TEXT, Type.DATE, Type.TIME, Type.BOOL,
    )  # fmt: skip
    common = [shape("coalesce({}, {})", type_, type_), shape("if({}, {}, {})", bool_, type_, type_)]
    common += [shape("(case when {} then {} end)", bool_, type_)]
    own = {
        integer: [
            shape("length({})", text), shape("floor({})", number), shape("({} + {})", integer, integer),
            shape("days_since({})", date), shape("years_since({})", time), shape("hour({})", time),
            shape("days_between({}, {})", date, time), shape("abs({})", integer), shape("({} % {})", integer, integer),
        ],
        number: [
            shape("({} / {})", integer, number), shape("({} * {})", number, integer), shape("round({}, 2)", number),
            shape("ln({})", number), shape("({} - {})", number, Type.MONEY), shape("greatest({}, {})", number, integer),
        ],
        Type.MONEY: [shape("({} + {})", Type.MONEY, Type.MONEY), shape("abs({})", Type.MONEY)],
        text: [
            shape("concat({}, {})", text, integer), shape("({} || {})", text, text), shape("upper({})", text),
            shape("left({}, 2)", text), shape("replace({}, 'a', {})", text, text), shape("item({}, 1)", Type.TEXTS),
        ],
        bool_: [
            shape("({} and {})", bool_, bool_), shape("(not {})", bool_), shape("({} or {})", bool_, bool_),
            shape("({} < {})", number, integer), shape("({} = {})", text, text), shape("({} >= {})", time, time),
            shape("({} <= {})", date, time), shape("({} is null)", text), shape("({} in (1, {}))", integer, number),
            shape("({} between {} and {})", integer, number, integer), shape("({} like 'a%')", text),
            shape("has({}, {})", Type.TEXTS, text), shape("contains({}, {})", text, text),
        ],
    }.get(type_, [])  # fmt: skip
    return st.one_of(*common, *own)


@pytest.fixture(scope="module")
def store() -> Engine:
    engine = Engine()
    engine.run(
        'CREATE TABLE x (t VARCHAR, u VARCHAR, i BIGINT, n DOUBLE, m DECIMAL(18,4), d DATE, "at" TIMESTAMP, b BOOLEAN,'
        " l VARCHAR[])"
    )
    engine.run(
        "INSERT INTO x VALUES ('a', 'é', 3, 0.1, 12.34, '2026-02-28', '2026-02-28 23:59:59', true, ['a', 'b']),"
        " (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
        " ('', '王', -7, -2.5, -0.01, '1999-12-31', '1999-12-31 00:00:00', false, [])"
    )
    return engine


_STORED = {
    Type.INTEGER: ("BIGINT", "INTEGER", "HUGEINT"), Type.NUMBER: ("DOUBLE", "DECIMAL", "BIGINT", "INTEGER"),
    Type.TEXT: ("VARCHAR",),
    Type.MONEY: ("DECIMAL", "INTEGER", "BIGINT", "DOUBLE"), Type.DATE: ("DATE",), Type.TIME: ("TIMESTAMP",),
    Type.BOOL: ("BOOLEAN",),
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(_STORED)).flatmap(lambda kind: st.tuples(st.just(kind), trees(Type(kind)))), st.booleans()
)
def test_whatever_is_well_typed_runs(store: Engine, pair: tuple[Type, str], fixed: bool) -> None:
    type_, text = pair
    expression, faults = checked(text)
    assert expression is not None, (text, [fault.say("en") for fault in faults.found])
    assert expression.type is type_ or {expression.type, type_} <= {Type.INTEGER, Type.NUMBER, Type.MONEY}
    sql = sql_of(expression, "Asia/Shanghai" if fixed else "Europe/Berlin")
    stored = store.rows(f"SELECT typeof({sql}), {sql} FROM x")[0][0]
    # A constant that DuckDB folds to NULL has no type there; tags are cast to their type in the end.
    assert stored.split("(")[0] in (*_STORED[expression.type], '"NULL"'), (text, sql, stored)
    again, _ = checked(text)
    assert again is not None
    assert again.canonical == expression.canonical


def test_trim_takes_every_white_space() -> None:
    around = "\r\n\t\v\f \u00a0\u2003\u3000\u200b\ufeff\u2028"
    expression, _ = checked("trim(t)")
    assert expression is not None
    with Engine(threads=1) as engine:
        sql = f"SELECT {sql_of(expression)} FROM (SELECT CAST(? AS VARCHAR) AS t)"
        assert engine.one(sql, [f"{around}a{around}b{around}"]) == f"a{around}b"
