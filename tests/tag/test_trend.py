"""Trends against values worked out by hand, and windows with two edges against plain Python for every aggregate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import linear_regression, mean, mode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tag.tag_shop import AS_OF, Row, ago, build, faults_of, tags_of, warehouse

D = Decimal


def order(days: float, amount: str | int, subject: int = 1, **more: Any) -> Row:
    at = ago(days)
    return {"subject": subject, "order_id": f"{at}", "occurred_at": at, "amount": D(amount), **more}


def trend(rows: list[Row], shows: str, more: str = "", *, over: int = 3, value: str = "sum(amount)") -> Any:
    inner = f"value: {value}, every: 10 days, over: {over}, as: {shows}{more}"
    with warehouse([1], {"orders": rows}) as engine:
        return build(engine, tags_of(f"- {{tag: x, from: orders, default: 0, trend: {{{inner}}}}}"))[1]["x"]


LINE = [order(25, 10), order(15, 20), order(14, 10), order(5, 60)]
"""10, 30, 60 in three windows: the line is y = 25·x − 50/3."""


def test_slope_change_and_ratio() -> None:
    assert trend(LINE, "slope") == pytest.approx(25)
    assert trend(LINE, "change") == D("30.00")
    assert trend(LINE, "ratio") == 2.0
    assert trend(LINE, "slope", over=2) == pytest.approx(30)


def test_directions_have_a_tolerance() -> None:
    assert trend(LINE, "direction") == "上升"
    assert trend([order(25, 60), order(15, 30), order(5, 10)], "direction") == "下降"
    # A slope of 5 is 5 % of a mean of 100.
    level = [order(25, 95), order(15, 100), order(5, 105)]
    assert trend(level, "direction") == "平稳"
    assert trend(level, "direction", ", flat: 4.9%") == "上升"
    assert trend(level, "direction", ", flat: 0.051") == "平稳"
    same = [order(25, "0.1"), order(15, "0.1"), order(5, "0.1")]
    assert trend(same, "direction", ", flat: 0") == "平稳"


def test_nobody_without_facts_has_a_trend() -> None:
    assert trend([], "slope") is None
    assert trend([order(31, 5)], "direction") is None
    assert trend([order(29, 5)], "slope") == pytest.approx(-2.5)
    assert trend([order(29, 5)], "ratio") is None


def test_windows_of_unknown_value_are_left_out_unless_there_is_a_default() -> None:
    rows = [order(25, 10), order(5, 60)]
    for default, slope in (("", 25.0), ("default: 0, ", 25.0), ("default: 5, ", 25.0)):
        text = f"- {{tag: x, from: orders, {default}trend: {{value: avg(amount), every: 10 days, over: 3}}}}"
        with warehouse([1], {"orders": rows}) as engine:
            assert build(engine, tags_of(text))[1]["x"] == pytest.approx(slope)
    text = "- {tag: x, from: orders, trend: {value: avg(amount), every: 10 days, over: 3}}"
    with warehouse([1], {"orders": [order(5, 60)]}) as engine:
        assert build(engine, tags_of(text))[1]["x"] is None


def test_a_fact_on_an_edge_belongs_to_the_later_window() -> None:
    rows = [order(10, 7), order(20, 1), order(0, 5)]
    assert trend(rows, "change", over=2) == D("11.00")
    early = [{**order(10, 7), "occurred_at": ago(10) - timedelta(microseconds=1)}]
    assert trend(early, "change", over=2) == D("-7.00")


def test_windows_of_months_follow_the_calendar() -> None:
    as_of = datetime(2026, 3, 31, 4)
    rows = [
        {**order(0, n), "occurred_at": at} for n, at in ((1, datetime(2026, 2, 28, 4)), (2, datetime(2026, 1, 31, 4)))
    ]
    text = "- {tag: x, from: orders, default: 0, trend: {value: sum(amount), every: 1 month, over: 2, as: change}}"
    with warehouse([1], {"orders": rows}) as engine:
        # The window before begins on 31 January, not on the 28th that a month before 28 February is.
        assert build(engine, tags_of(text), as_of=as_of)[1]["x"] == D("-1.00")


FORMS: dict[str, Callable[[list[Row]], Any]] = {
    "count(*)": len,
    "count(distinct category)": lambda rows: len({row["category"] for row in rows}),
    "count(distinct order_id)": lambda rows: len({row["order_id"] for row in rows}),
    "count(distinct day)": lambda rows: len(
        {row["occurred_at"].replace(tzinfo=None) + timedelta(hours=8) for row in rows}
    ),
    "sum(quantity)": lambda rows: sum(row["quantity"] for row in rows) if rows else None,
    "avg(quantity)": lambda rows: mean(row["quantity"] for row in rows) if rows else None,
    "min(quantity)": lambda rows: min((row["quantity"] for row in rows), default=None),
    "max(quantity)": lambda rows: max((row["quantity"] for row in rows), default=None),
    "first(quantity)": lambda rows: min(((row["occurred_at"], row["quantity"]) for row in rows), default=(0, None))[1],
    "last(quantity)": lambda rows: max(((row["occurred_at"], -row["quantity"]) for row in rows), default=(0, None))[1],
    "mode(quantity)": lambda rows: mode(sorted(row["quantity"] for row in rows)) if rows else None,
}
SIGNS = {"last(quantity)": -1}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3), st.sampled_from("abc")), min_size=1, max_size=14))
def test_every_aggregate_keeps_to_both_edges(drawn: list[tuple[int, int, str]]) -> None:
    rows: list[Row] = [
        {"subject": 1, "order_id": f"o{number % 4}", "occurred_at": ago(days), "amount": D(1), "quantity": float(much),
         "category": category}
        for number, (days, much, category) in enumerate(drawn)
    ]  # fmt: skip
    text = "".join(
        f"- {{tag: t{n}, from: orders, trend: {{value: {value}, every: 3 days, over: 3}}}}\n"
        f"- {{tag: c{n}, from: orders, trend: {{value: {value}, every: 3 days, over: 3, as: change}}}}\n"
        for n, value in enumerate(FORMS)
    )
    windows = [
        [row for row in rows if start <= row["occurred_at"] < end]
        for start, end in ((ago(9), ago(6)), (ago(6), ago(3)), (ago(3), AS_OF + timedelta(microseconds=1)))
    ]
    with warehouse([1], {"orders": rows}) as engine:
        found = build(engine, tags_of(text))[1]
    some = any(windows)
    for n, (value, form) in enumerate(FORMS.items()):
        sign = SIGNS.get(value, 1)
        ys = [None if (y := form(window)) is None else sign * y for window in windows]
        known = [(x, y) for x, y in enumerate(ys) if y is not None]
        slope = linear_regression(*zip(*known, strict=True)).slope if some and len(known) > 1 else None
        change = ys[2] - ys[1] if some and ys[1] is not None and ys[2] is not None else None
        assert found[f"t{n}"] == (None if slope is None else pytest.approx(slope, abs=1e-9)), value
        assert found[f"c{n}"] == (None if change is None else pytest.approx(change, abs=1e-9)), value


def test_it_says_what_it_is() -> None:
    tags = tags_of(
        "- {tag: x, from: orders, default: 0, where: \"status = 'paid'\", "
        "trend: {value: sum(amount), every: 30 days, as: direction, flat: 20%}}"
    )
    words = tags.meanings["x"].words(tags.naming)
    assert "over the last 6 windows of 30 days" in words.en
    assert "within 20% of the average" in words.en
    assert "近6个30天窗口" in words.zh
    assert "均值的20%" in words.zh


def test_faults() -> None:
    def told(inner: str) -> str:
        return " | ".join(faults_of(f"- {{tag: x, from: orders, trend: {{{inner}}}}}"))

    assert "lacks 'every'" in told("value: sum(amount)")
    assert "over is 2 to 60" in told("value: sum(amount), every: 1 day, over: 1")
    assert "a trend is of a number" in told("value: last(category), every: 1 day")
    assert "did you mean slope" in told("value: sum(amount), every: 1 day, as: slop")
    assert "flat is a share" in told("value: sum(amount), every: 1 day, flat: much")
