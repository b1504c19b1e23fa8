"""Queries: what is understood runs and is right, what is not is refused with the place and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.engine.duckdb import Engine
from huaxiang.model import BUILT_IN, Type
from huaxiang.sql.query import check_query, query_sql
from huaxiang.tag.kinds.sql import tables_of
from tests.tag.tag_shop import AS_OF, ZONE, ago, warehouse

TABLES = tables_of(BUILT_IN)
ORDERS = [
    {"subject": 1, "order_id": "a", "occurred_at": ago(3), "amount": 10, "quantity": 0.1, "category": "tea"},
    {"subject": 1, "order_id": "b", "occurred_at": ago(40), "amount": 5, "quantity": 0.2, "category": "tea"},
    {"subject": 1, "order_id": "c", "occurred_at": ago(-1), "amount": 99, "quantity": 9.0, "category": "later"},
    {"subject": 2, "order_id": "d", "occurred_at": ago(200), "amount": 7, "category": "milk"},
    {"subject": None, "order_id": "e", "occurred_at": ago(1), "amount": 77, "category": "nobody"},
]
FEEDBACK = [{"subject": 1, "occurred_at": ago(4), "score": 9}, {"subject": 1, "occurred_at": None, "score": 2}]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with warehouse([1, 2, 3], {"orders": ORDERS, "feedback": FEEDBACK}) as engine:
        yield engine


def run(engine: Engine, text: str, zone: str = ZONE) -> list[tuple[Any, ...]]:
    faults = Faults()
    query = check_query(Text(text), TABLES, faults)
    assert query is not None, [fault.say("en") for fault in faults.found]
    return sorted(engine.rows(query_sql(query, AS_OF, zone)), key=str)


def faults_of(text: str) -> list[str]:
    faults = Faults()
    assert check_query(Text(text, Place("tags/x.yaml", 7)), TABLES, faults) is None
    return [fault.say("en") for fault in faults.found]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT subject, count(*) AS n FROM orders GROUP BY subject", [(1, 2), (2, 1)]),
        ("SELECT subject, sum(amount) AS n FROM orders GROUP BY 1", [(1, Decimal(15)), (2, Decimal(7))]),
        ("SELECT subject, sum(quantity) AS n FROM orders GROUP BY subject", [(1, 0.3), (2, None)]),
        ("SELECT subject, arg_max(order_id, occurred_at) AS n FROM orders GROUP BY subject", [(1, "a"), (2, "d")]),
        ("SELECT subject, count(distinct category) AS n FROM orders GROUP BY subject", [(1, 1), (2, 1)]),
        ("SELECT subject, count(*) FILTER (WHERE amount > 6) AS n FROM orders GROUP BY subject", [(1, 1), (2, 1)]),
        ("SELECT subject, max(f.score) AS n FROM orders JOIN feedback f USING (subject) GROUP BY subject", [(1, 9)]),
        (
            "SELECT s.subject, f.score FROM subjects s LEFT JOIN feedback f ON f.subject = s.subject AND f.score > 5",
            [(1, 9), (2, None), (3, None)],
        ),
        ("SELECT subject, score FROM feedback ORDER BY score DESC LIMIT 1", [(1, 9)]),
        ("SELECT subject, amount / 0 AS n FROM orders WHERE order_id = 'd'", [(2, None)]),
        ("SELECT subject, 1 AS n FROM subjects WHERE subject NOT IN (SELECT subject FROM orders)", [(3, 1)]),
        (
            "SELECT s.subject, (SELECT sum(amount) FROM orders o WHERE o.subject = s.subject) AS n FROM subjects s",
            [(1, Decimal(15)), (2, Decimal(7)), (3, None)],
        ),
        (
            "WITH placed AS (SELECT subject, order_id, row_number() OVER (PARTITION BY subject ORDER BY occurred_at)"
            " AS place FROM orders) SELECT subject, order_id FROM placed WHERE place = 1"
            " UNION ALL SELECT subject, 'none' FROM subjects WHERE NOT EXISTS"
            " (SELECT 1 AS one FROM orders WHERE orders.subject = subjects.subject)",
            [(1, "b"), (2, "d"), (3, "none")],
        ),
        (
            "SELECT subject, sum(quantity) OVER (PARTITION BY subject ORDER BY occurred_at"
            " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS n FROM orders QUALIFY n > 0.25",
            [(1, 0.3)],
        ),
    ],
)  # fmt: skip
def test_answers(engine: Engine, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert run(engine, text) == rows


def test_an_interval_is_exact_in_days_and_calendar_in_months(engine: Engine) -> None:
    since = "SELECT subject, order_id FROM orders WHERE occurred_at >= as_of - INTERVAL {}"
    assert run(engine, since.format("40 DAY")) == [(1, "a"), (1, "b")]
    assert run(engine, since.format("39 DAYS")) == [(1, "a")]
    assert run(engine, since.format("'1 month'")) == [(1, "a")]
    # as_of is 1 November 04:00 UTC: in New York still summer time, six months before too; in UTC days alone alike.
    moment = "SELECT subject, as_of - INTERVAL 6 MONTH AS n FROM subjects WHERE subject = 1"
    assert run(engine, moment, "UTC")[0][1].hour == 4


def test_calendar_functions_read_the_projects_clock(engine: Engine) -> None:
    text = "SELECT subject, hour(occurred_at) AS n FROM orders WHERE order_id = 'a'"
    assert run(engine, text) == [(1, 12)]
    assert run(engine, text, "UTC") == [(1, 4)]


def test_its_columns_have_types() -> None:
    inner = "SELECT subject, amount, occurred_at, 'x' AS word FROM orders"
    text = f"SELECT subject, avg(amount) AS a, max(occurred_at) AS b, word FROM ({inner}) t GROUP BY subject, word"
    query = check_query(Text(text), TABLES, Faults())
    assert query is not None
    assert list(query.columns.values()) == [Type.INTEGER, Type.NUMBER, Type.TIME, Type.TEXT]
    assert query.tables == {"orders"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT subject, amont FROM orders", "there is no 'amont' here (did you mean amount?)"),
        ("SELECT subject, 1 AS n FROM ordrs", "there is no table 'ordrs' here (did you mean orders?)"),
        ("SELECT subject, cuont(*) AS n FROM orders GROUP BY 1", "no function 'cuont' here (did you mean count?)"),
        ("SELECT subject, amount, sum(amount) AS n FROM orders GROUP BY subject",
         "amount must stand inside an aggregate such as max(amount), or in group by"),
        ("SELECT subject, count(*) AS n FROM orders o, feedback f GROUP BY o.subject", "say which"),
        ("SELECT * FROM orders", "name the columns instead of *"),
        ("SELECT subject, row_number() AS n FROM orders", "row_number needs over"),
        ("SELECT subject, 1 AS n FROM orders WHERE sum(amount) > 1", "sum cannot stand here"),
        ("SELECT subject, 1 AS n FROM orders WHERE category > 3", "3 is integer where text is needed"),
        ("SELECT subject, score FROM feedback UNION SELECT subject, category FROM orders", "on one side of the union"),
        ("SELECT subject, 1 AS n FROM orders o JOIN orders o ON true", "stands in from twice"),
        ("SELECT subject, as_of - INTERVAL 3 FORTNIGHT AS n FROM subjects", "an interval is a whole number"),
        # What reaches beyond the facts.
        ("SELECT subject, 1 AS n FROM read_csv('/etc/passwd')", "is not a table of facts"),
        ("SELECT subject, 1 AS n FROM 'data/x.csv'", "there is no table"),
        ("SELECT subject, 1 AS n FROM previous.tags", "is not a table of facts"),
        ("SELECT subject, 1 AS n FROM identifiers", "there is no table 'identifiers'"),
        ("SELECT subject, getenv('HOME') AS n FROM orders", "there is no function 'getenv'"),
        ("SELECT subject, CAST(amount AS VARCHAR) AS n FROM orders", "cast"),
        ("COPY orders TO 'x.csv'", "is not a SELECT"),
        ("ATTACH 'x.db' AS x", "is not a SELECT"),
        ("PRAGMA database_list", "is not a SELECT"),
        ("DROP TABLE orders", "is not a SELECT"),
        ("INSERT INTO orders SELECT 1", "is not a SELECT"),
        ("SELECT subject, 1 AS n FROM orders; DROP TABLE orders", "must be one expression"),
        ("WITH RECURSIVE a AS (SELECT subject FROM orders) SELECT subject, 1 AS n FROM a", "with recursive"),
        ("SELECT subject, 1 AS n FROM orders NATURAL JOIN feedback", "not allowed in this query"),
        ("SELECT subject, 1 AS n FROM orders USING SAMPLE 1", "sample is not allowed"),
        ("SELECT subject, 1 AS n FROM", "is not an expression"),
    ],
)  # fmt: skip
def test_refused(text: str, said: str) -> None:
    found = faults_of(text)
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("tags/x.yaml:7: ") for fault in found)


def test_no_comment_reaches_the_engine() -> None:
    text = "SELECT subject, /* one */ 1 /* two */ AS n FROM orders WHERE amount > 3 /* three */ -- four"
    query = check_query(Text(text), TABLES, Faults())
    assert query is not None
    sql = query_sql(query, AS_OF, ZONE)
    assert not any(word in sql for word in ("/*", "--", "one", "two", "three", "four"))


def test_an_unknown_table_is_one_fault_not_many() -> None:
    assert len(faults_of("SELECT subject, sum(amount) AS n FROM ordrs GROUP BY subject")) == 1
