"""Each kind against values worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from math import log

import pytest

from tests.tag.tag_shop import Row, ago, build, tags_of, warehouse

D = Decimal


def order(subject: int, order_id: str, days: float, amount: str, **more: object) -> Row:
    return {"subject": subject, "order_id": order_id, "occurred_at": ago(days), "amount": D(amount), **more}


ORDERS = [
    order(1, "o1", 10, "100", category="a", status="paid"),
    order(1, "o1", 10, "50", category="b", status="paid"),
    order(1, "o2", 100, "30", category="b", status="paid"),
    order(2, "o3", 5, "20", category="c", status="open"),
]


def test_a_statistic_over_two_aggregates() -> None:
    tags = tags_of(
        "- {tag: basket, from: orders, value: sum(amount) / count(distinct order_id), where: \"status = 'paid'\"}"
    )
    with warehouse([1, 2, 3], {"orders": ORDERS}) as engine:
        found = build(engine, tags)
    assert {subject: row["basket"] for subject, row in found.items()} == {1: 90.0, 2: None, 3: None}


def test_no_facts_count_nothing_and_leave_the_rest_unknown_or_at_its_default() -> None:
    tags = tags_of(
        "- {tag: n, from: orders, value: count(*), window: 30 days}\n"
        "- {tag: spend, from: orders, value: sum(amount), window: 30 days}\n"
        "- {tag: spend0, from: orders, value: sum(amount), window: 30 days, default: 0}\n"
        "- {tag: word, from: orders, value: last(category), default: none yet}\n"
    )
    with warehouse([1, 3], {"orders": ORDERS}) as engine:
        found = build(engine, tags)
    assert found[1] == {"n": 2, "spend": D("150.00"), "spend0": D("150.00"), "word": "a"}
    assert found[3] == {"n": 0, "spend": None, "spend0": D("0.00"), "word": "none yet"}


def test_months_follow_the_calendar_of_the_zone() -> None:
    tags = tags_of("- {tag: n, from: orders, value: count(*), window: 1 month}")
    inside, outside = datetime(2026, 10, 1, 4), datetime(2026, 10, 1, 3, 59, 59)
    rows = [{"subject": 1, "order_id": str(at), "occurred_at": at, "amount": D(1)} for at in (inside, outside)]
    with warehouse([1], {"orders": rows}) as engine:
        assert build(engine, tags)[1]["n"] == 1


def test_a_fact_by_source_then_latest_then_smallest() -> None:
    rows = [
        {"subject": 1, "source": "crm", "city": "上海", "occurred_at": ago(300)},
        {"subject": 1, "source": "online", "city": "北京", "occurred_at": ago(1)},
        {"subject": 2, "source": "online", "city": "广州", "occurred_at": ago(9)},
        {"subject": 2, "source": "online", "city": "成都", "occurred_at": ago(9)},
        {"subject": 2, "source": "other", "city": "杭州", "occurred_at": ago(1)},
        {"subject": 3, "source": "crm", "city": None, "occurred_at": ago(1)},
        {"subject": 3, "source": "crm", "city": "南京", "occurred_at": None},
    ]
    tags = tags_of(
        "- {tag: trusted, from: attributes, fact: city, sources: [crm, online]}\n"
        "- {tag: latest, from: attributes, fact: city}\n"
    )
    with warehouse([1, 2, 3, 4], {"attributes": rows}) as engine:
        found = build(engine, tags)
    trusted = {subject: row["trusted"] for subject, row in found.items()}
    assert trusted == {1: "上海", 2: min("广州", "成都"), 3: "南京", 4: None}
    assert {subject: row["latest"] for subject, row in found.items()} == {1: "北京", 2: "杭州", 3: "南京", 4: None}


def test_a_preference_fades_by_half_lives_and_orders_ties_by_item() -> None:
    rows = [
        order(1, "o1", 0, "10", category="b"),
        order(1, "o2", 60, "20", category="a"),
        order(1, "o3", 120, "36", category="c"),
        order(1, "o4", 0, "-5", category="d"),
    ]
    tags = tags_of("- {tag: liked, from: orders, prefer: {item: category, weight: amount, half_life: 60 days, top: 2}}")
    with warehouse([1, 2], {"orders": rows}) as engine:
        found = build(engine, tags)
        weights = engine.rows("SELECT item, weight FROM tag_weights WHERE tag = 'liked' ORDER BY weight DESC, item")
    assert found[1]["liked"] == ["a", "b"]
    assert found[2]["liked"] is None
    assert weights == [("a", 10.0), ("b", 10.0)]


def test_a_preference_by_actions_and_how_few_share_it() -> None:
    rows = [
        {"subject": subject, "event": event, "category": item, "occurred_at": ago(0)}
        for subject, event, item in [
            (1, "buy", "x"), (1, "view", "y"), (1, "view", "y"), (1, "refund", "z"), (1, "buy", "z"), (1, "look", "q"),
            (2, "view", "y"), (3, "view", "y"),
        ]
    ]  # fmt: skip
    tags = tags_of(
        "- tag: liked\n  from: events\n"
        "  prefer: {item: category, by: event, actions: {buy: 5, view: 2, refund: -5}, distinctive: true}\n"
    )
    with warehouse([1, 2, 3, 4], {"events": rows}) as engine:
        found = build(engine, tags)
        weights = dict(engine.rows("SELECT item, weight FROM tag_weights WHERE subject = 1"))
    assert found[1]["liked"] == ["x", "y"]
    assert weights == pytest.approx({"x": 5 * 5 / 9 * log(5 / 2), "y": 4 * 4 / 9 * log(5 / 4)})


def test_rules_take_the_first_that_holds() -> None:
    tags = tags_of(
        "- {tag: n, from: orders, value: count(distinct order_id)}\n"
        "- {tag: last_at, from: orders, value: max(occurred_at)}\n"
        "- {tag: days, rule: days_since(last_at)}\n"
        '- {tag: life, rule: {none: "n = 0", fresh: "days <= 7", many: "n >= 2", else: some}}\n'
        '- {tag: fresh, rule: "days <= 7"}\n'
    )
    with warehouse([1, 2, 3], {"orders": ORDERS}) as engine:
        found = build(engine, tags)
    assert [found[s]["life"] for s in (1, 2, 3)] == ["many", "fresh", "none"]
    assert [found[s]["days"] for s in (1, 2, 3)] == [10, 5, None]
    assert [found[s]["fresh"] for s in (1, 2, 3)] == [False, True, None]


def test_bands_by_cuts_and_by_quantiles() -> None:
    rows = [order(subject, f"o{subject}", 1, str(amount)) for subject, amount in enumerate([1, 2, 2, 2, 3, 9, 10], 1)]
    tags = tags_of(
        "- {tag: spend, from: orders, value: sum(amount)}\n"
        '- {tag: band, bands: {of: spend, cuts: {low: "< 2", mid: "<= 3", else: high}}}\n'
        "- {tag: score, bands: {of: spend, quantiles: 3}}\n"
        "- {tag: back, bands: {of: spend, quantiles: 3, reverse: true}}\n"
        "- {tag: named, bands: {of: spend, quantiles: 3, labels: [低, 中, 高]}}\n"
        '- {tag: above, rule: "spend > population_avg(spend)"}\n'
    )
    with warehouse(range(1, 9), {"orders": rows}) as engine:
        found = build(engine, tags)
        thresholds = {(tag, name): value for tag, name, value, _ in engine.rows("SELECT * FROM tag_thresholds")}
    assert [found[s]["band"] for s in range(1, 9)] == ["low", "mid", "mid", "mid", "mid", "high", "high", None]
    assert [found[s]["score"] for s in range(1, 9)] == [1, 1, 1, 1, 2, 3, 3, None]
    assert [found[s]["back"] for s in range(1, 9)] == [3, 3, 3, 3, 2, 1, 1, None]
    assert [found[s]["named"] for s in (1, 5, 7, 8)] == ["低", "中", "高", None]
    assert [found[s]["above"] for s in (5, 6)] == [False, True]
    assert sorted(value for (tag, _), value in thresholds.items() if tag == "score") == [2.0, 3.0]
    assert thresholds["above", "population_avg(spend)"] == pytest.approx(29 / 7)


def test_repurchase_gaps_per_category_fall_back_to_everybody() -> None:
    # 31 gaps of 10 days in a, one of 50 days in b: b has too few of its own.
    rows = [order(1, f"a{n}", 1 + 10 * n, "1", category="a") for n in range(32)]
    rows += [order(2, "b1", 100, "1", category="b"), order(2, "b2", 50, "1", category="b")]
    tags = tags_of(
        "- {tag: cat, from: orders, value: last(category)}\n"
        '- {tag: gap, rule: "repurchase_gap(0.9, cat)"}\n'
        '- {tag: all_gap, rule: "repurchase_gap(0.99)"}\n'
    )
    with warehouse([1, 2, 3], {"orders": rows}) as engine:
        found = build(engine, tags)
        named = engine.rows("SELECT name, value, text FROM tag_thresholds WHERE tag = 'gap' ORDER BY name")
    assert {s: found[s]["gap"] for s in (1, 2, 3)} == {1: 10.0, 2: 10.0, 3: 10.0}
    assert found[3]["all_gap"] == 50.0
    assert named == [("repurchase_gap(0.9)", 10.0, None), ("repurchase_gap(0.9) a", 10.0, "a")]


def test_types_are_those_of_the_contract() -> None:
    tags = tags_of(
        "- {tag: i, from: orders, value: count(*)}\n- {tag: m, from: orders, value: sum(amount)}\n"
        "- {tag: f, from: orders, value: avg(amount)}\n- {tag: t, from: orders, value: last(category)}\n"
        "- {tag: at, from: orders, value: max(occurred_at)}\n- {tag: d, from: orders, value: max(day)}\n"
        '- {tag: b, rule: "i > 1"}\n- {tag: l, from: orders, prefer: {item: category}}\n'
    )
    with warehouse([1], {"orders": ORDERS}) as engine:
        found = build(engine, tags)
        columns = engine.columns("tags")
    assert list(columns.values()) == [
        "BIGINT", "BIGINT", "DECIMAL(18,4)", "DOUBLE", "VARCHAR", "TIMESTAMP", "DATE", "BOOLEAN", "VARCHAR[]",
    ]  # fmt: skip
    assert found[1]["d"] == date(2026, 10, 22)
    assert found[1]["at"] == ago(10)
