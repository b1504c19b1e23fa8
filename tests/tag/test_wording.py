"""Expressions as sentences that people would say."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from huaxiang.tag.wording import say
from huaxiang.words import Words

NAMES = {"status": Words("status", "状态"), "order_id": Words("order number", "订单号"), "day": Words("day", "日期")}


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("status in ('a', 'b')", "status is one of “a”, “b”", "状态为“a”或“b”"),
        ("status in ('a')", "status is “a”", "状态为“a”"),
        ("not (status in ('a', 'b'))", "status is none of “a”, “b”", "状态不为“a”、“b”"),
        ("status is null or not (status in ('a', 'b'))", "status is none of “a”, “b”", "状态不为“a”、“b”"),
        ("status in ('complaint', '投诉')", "status is “Complaint”", "状态为“投诉”"),
        (
            "not (status in ('refunded', 'cancelled'))",
            "status is none of “Refunded”, “Cancelled”",
            "状态不为“已退款”、“已取消”",
        ),
        ("day <= as_of", "day is not after the as-of time", "日期不晚于基准时刻"),
        ("day is null or not (status in ('a'))", "day is unknown or status is not “a”", "日期未知或状态不为“a”"),
    ],
)
def test_a_test_against_several_values(text: str, en: str, zh: str) -> None:
    assert say(sqlglot.parse_one(text, dialect="duckdb"), NAMES) == Words(en, zh)


@pytest.mark.parametrize(
    ("column", "en", "zh"),
    [
        ("order_id", "the number of orders", "订单数"),
        ("day", "the number of distinct values of day", "日期数"),
    ],
)
def test_what_is_counted_once(column: str, en: str, zh: str) -> None:
    tree = exp.Anonymous(this="count_distinct", expressions=[exp.column(column)])
    assert say(tree, NAMES) == Words(en, zh)


def test_what_is_counted_once_under_a_condition() -> None:
    test = sqlglot.parse_one("day = 1", dialect="duckdb")
    some = exp.Anonymous(this="if", expressions=[test, exp.column("order_id"), exp.null()])
    tree = exp.Anonymous(this="count_distinct", expressions=[some])
    assert say(tree, NAMES) == Words("the number of orders (where day is 1)", "订单数（仅当日期为1）")
