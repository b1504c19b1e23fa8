"""Repurchase gaps: the days between one order day of a customer and the next, counted by category and over all.

How often each gap is there stays with the build (`GAPS`: category, days, times; category NULL is over all), so that a
refresh takes away what the orders of those who changed had said and adds what they say now.
"""

from __future__ import annotations

from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.model import CHANGED, VOID_STATUSES
from huaxiang.steps import SqlStep
from huaxiang.tag.families import Moment
from huaxiang.tag.measures import literal
from huaxiang.tag.shape import Shape

ORDERS = "orders"
"""The facts whose repeated days are purchases."""
GAPS = "repurchase_gaps"
LEAST_GAPS = 30
"""A category with fewer gaps than this has no quantile of its own."""
_WHOSE = "repurchase_whose"


def gaps_query(shape: Shape, moment: Moment) -> str:
    """Return the SELECT of (category, days, times) over everybody's orders."""
    return _counted(_gaps(quoted(shape.table), "status" in shape.columns, moment.as_of if shape.late else None))


def _gaps(source: str, has_status: bool, until: datetime | None, whose: str = "") -> str:
    where = ["subject IS NOT NULL", "day IS NOT NULL"]
    if until is not None:
        where.append(f"occurred_at <= {literal(until)}")
    if has_status:
        void = ", ".join(quoted_text(status) for status in VOID_STATUSES)
        where.append(f"(status IS NULL OR status NOT IN ({void}))")
    bought = f"SELECT DISTINCT subject, category, day FROM {source}{whose} WHERE {' AND '.join(where)}"
    # A day with two categories is two rows of one person: no gap, and no reason to make the days distinct once more.
    return (
        f"WITH bought AS ({bought}),\n"
        "  gaps AS (SELECT CAST(NULL AS VARCHAR) AS category,"
        " nullif(day - lag(day) OVER (PARTITION BY subject ORDER BY day), 0) AS days FROM bought\n"
        "    UNION ALL SELECT CAST(category AS VARCHAR),"
        " day - lag(day) OVER (PARTITION BY subject, category ORDER BY day) FROM bought WHERE category IS NOT NULL)\n"
        "SELECT category, days FROM gaps WHERE days IS NOT NULL"
    )


def _counted(gaps: str) -> str:
    return f"SELECT category, days, count(*) AS times FROM ({gaps}) GROUP BY ALL ORDER BY ALL"


def renewing_steps(engine: Engine, before: str, was: datetime, now: datetime) -> list[SqlStep]:
    """Return the steps that bring GAPS from one moment to another; `before` is the table of orders as they were.

    Reads CHANGED, and the orders as they are. Done once for a warehouse: what changed is counted in then.
    """
    low, high = sorted((was, now))
    arrived = f"SELECT subject FROM {ORDERS} WHERE occurred_at > {literal(low)} AND occurred_at <= {literal(high)}"
    whose = f"SELECT subject FROM {CHANGED} WHERE subject IS NOT NULL UNION {arrived}"
    has_status, among = "status" in engine.columns(ORDERS), f" SEMI JOIN {_WHOSE} USING (subject)"
    gone, come = _gaps(before, has_status, was, among), _gaps(ORDERS, has_status, now, among)
    moved = (
        f"SELECT category, days, times FROM {GAPS}\n"
        f"UNION ALL SELECT category, days, -times FROM ({_counted(gone)})\n"
        f"UNION ALL SELECT category, days, times FROM ({_counted(come)})"
    )
    times = "CAST(sum(times) AS BIGINT)"
    renewed = f"SELECT category, days, {times} AS times FROM ({moved}) GROUP BY ALL HAVING {times} <> 0 ORDER BY ALL"
    return [
        SqlStep("gaps: whose", f"CREATE OR REPLACE TEMP TABLE {_WHOSE} AS {whose}", _WHOSE, (CHANGED, ORDERS)),
        SqlStep("gaps: renewed", f"CREATE OR REPLACE TABLE {GAPS} AS\n{renewed}", GAPS, (GAPS, _WHOSE, ORDERS)),
        SqlStep("drop gaps: whose", f"DROP TABLE {_WHOSE}", _WHOSE),
    ]


def quantile_query(gaps: str, share: str) -> str:
    """Return the SELECT of one number: the exact quantile over all, as quantile_disc gives it of every gap."""
    return f"SELECT CAST(min(days) AS DOUBLE) FROM ({_reached(gaps, 'category IS NULL')}) WHERE {_far_enough(share)}"


def by_category_query(gaps: str, share: str) -> str:
    """Return the SELECT of (category, days) of each category with LEAST_GAPS gaps or more."""
    reached = _reached(gaps, "category IS NOT NULL", "PARTITION BY category ")
    enough = f"whole >= {LEAST_GAPS} AND {_far_enough(share)}"
    return f"SELECT category, CAST(min(days) AS DOUBLE) AS days FROM ({reached}) WHERE {enough} GROUP BY category"


def _reached(gaps: str, where: str, by: str = "") -> str:
    upto = f"CAST(sum(times) OVER ({by}ORDER BY days) AS BIGINT)"
    whole = f"CAST(sum(times) OVER ({by.strip()}) AS BIGINT)"
    return f"SELECT category, days, {upto} AS upto, {whole} AS whole FROM {gaps} WHERE {where}"


def _far_enough(share: str) -> str:
    return f"upto >= greatest(1, ceil(whole * {share}))"
