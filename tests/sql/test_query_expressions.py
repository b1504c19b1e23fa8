"""What the expressions of a query may hold: aggregates, windows, intervals, queries within; and what they may not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huaxiang.engine.duckdb import Engine
from tests.sql.asking import faults_of, run


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT subject, sum(quantity) AS n FROM orders GROUP BY subject", [(1, 0.3), (2, None)]),
        ("SELECT subject, arg_max(order_id, occurred_at) AS n FROM orders GROUP BY subject", [(1, "a"), (2, "d")]),
        ("SELECT subject, count(distinct category) AS n FROM orders GROUP BY subject", [(1, 1), (2, 1)]),
        ("SELECT subject, count(*) FILTER (WHERE amount > 6) AS n FROM orders GROUP BY subject", [(1, 1), (2, 1)]),
        ("SELECT subject, amount / 0 AS n FROM orders WHERE order_id = 'd'", [(2, None)]),
        ("SELECT subject, 1 AS n FROM subjects WHERE subject NOT IN (SELECT subject FROM orders)", [(3, 1)]),
        (
            "SELECT s.subject, (SELECT sum(amount) FROM orders o WHERE o.subject = s.subject) AS n FROM subjects s",
            [(1, Decimal(15)), (2, Decimal(7)), (3, None)],
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT subject, cuont(*) AS n FROM orders GROUP BY 1", "no function 'cuont' here (did you mean count?)"),
        ("SELECT subject, amount, sum(amount) AS n FROM orders GROUP BY subject",
         "amount must stand inside an aggregate such as max(amount), or in group by"),
        ("SELECT subject, count(*) AS n FROM orders o, feedback f GROUP BY o.subject", "say which"),
        ("SELECT subject, row_number() AS n FROM orders", "row_number needs over"),
        ("SELECT subject, 1 AS n FROM orders WHERE sum(amount) > 1", "sum cannot stand here"),
        ("SELECT subject, 1 AS n FROM orders WHERE category > 3", "3 is integer where text is needed"),
        ("SELECT subject, as_of - INTERVAL 3 FORTNIGHT AS n FROM subjects", "an interval is a whole number"),
        ("SELECT subject, getenv('HOME') AS n FROM orders", "there is no function 'getenv'"),
        ("SELECT subject, CAST(amount AS VARCHAR) AS n FROM orders", "cast"),
    ],
)  # fmt: skip
def test_refused(text: str, said: str) -> None:
    found = faults_of(text)
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("tags/x.yaml:7: ") for fault in found)
