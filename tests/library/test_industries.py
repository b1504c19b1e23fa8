"""The ready tags of every industry check, run, and say what they mean over a few made-up facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.library.include import load, names
from huaxiang.model import Model
from huaxiang.project import model_of
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from tests.tag.tag_shop import ago, build, warehouse

INDUSTRIES = ("ecommerce", "fmcg", "bank_retail", "car_maker")


def ready(name: str) -> tuple[TagSet, Model]:
    faults = Faults()
    model = model_of(load("facts", name, faults) if name in names("facts") else [], faults)
    tagset = TagSet.check(parse_tags(load("tags", name, faults), faults), model, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]
    return tagset, model


def values(name: str, facts: dict[str, list[dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    tagset, model = ready(name)
    return build(warehouse([1, 2, 3], facts, model=model), tagset)


@pytest.mark.parametrize("name", INDUSTRIES)
def test_every_tag_is_described_in_both_languages(name: str) -> None:
    tagset, _ = ready(name)
    assert len(tagset.tags) >= 20
    for code, tag in tagset.tags.items():
        assert tag.name.zh != tag.name.en != code, code
        assert tag.meaning.zh and tag.meaning.en and tag.meaning.zh != tag.meaning.en, code
        assert "/" in tag.category or tag.category == "生命周期", code
    assert any(tag.values for tag in tagset.tags.values())


@pytest.mark.parametrize("name", INDUSTRIES)
def test_the_values_listed_are_those_that_come_out(name: str) -> None:
    tagset, _ = ready(name)
    for code, tag in tagset.tags.items():
        listed = [value.value for value in tag.values]
        cases = tag.node.mapping.get("rule") or tag.node.mapping["bands"].mapping.get("cuts") if listed else None
        if cases is not None and cases.mapping:
            written = [str(each.value) if case == "else" else case for case, each in cases.mapping.items()]
            assert sorted(written) == sorted(listed), code


@pytest.mark.parametrize("name", INDUSTRIES)
def test_without_facts_nobody_breaks(name: str) -> None:
    assert set(values(name, {})) == {1, 2, 3}


def test_ecommerce() -> None:
    def order(subject: int, number: str, days: int, amount: int, **more: Any) -> dict[str, Any]:
        return {"subject": subject, "order_id": number, "occurred_at": ago(days), "amount": amount, **more}

    orders = [
        order(1, "a", 200, 100, coupon="c1", payment="wechat"),
        order(1, "b", 20, 300, status="refunded"),
        order(1, "c", 10, 60, payment="wechat"),
        order(2, "d", 400, 50),
    ]
    events = [
        {"subject": 1, "event": "view", "category": "tea", "session": "s", "occurred_at": ago(3)},
        {"subject": 1, "event": "cart", "category": "cups", "session": "s", "occurred_at": ago(3)},
    ]
    items = [{"subject": 1, "order_id": "c", "brand": "Lu", "amount": 60, "occurred_at": ago(10)}]
    found = values("ecommerce", {"orders": orders, "events": events, "order_items": items})
    one = found[1]
    assert (one["paid_orders"], one["gmv_365d"], one["average_order"], one["days_since_paid"]) == (2, 160, 80, 10)
    assert (one["coupon_orders_share"], one["promotion_hunter"]) == (0.5, "混合型")
    assert one["refund_share_365d"] == pytest.approx(1 / 3) and one["refund_prone"] == "高"
    assert (one["cart_abandoned"], one["shopper_stage"], one["sessions_30d"], one["views_7d"]) == ("是", "老客", 1, 1)
    assert (one["interests"], one["favourite_brands"], one["payment_method"]) == (["cups", "tea"], ["Lu"], "wechat")
    assert (found[2]["shopper_stage"], found[3]["shopper_stage"]) == ("流失", "访客")
    assert found[3]["cart_abandoned"] == "否"


def test_fmcg() -> None:
    def scan(subject: int, days: float, product: str, brand: str, **more: Any) -> dict[str, Any]:
        return {"subject": subject, "occurred_at": ago(days), "product": product, "brand": brand, **more}

    scans = [
        scan(1, 5, "cola", "A", points=10, price=3, city="上海"),
        scan(1, 4, "cola", "A", points=10, price=3, city="上海", prize="glass"),
        scan(1, 3, "juice", "B", points=20, price=6, city="苏州"),
        scan(2, 100, "cola", "A", price=3),
        *(scan(3, 1, "cola", "A") for _ in range(21)),
    ]
    samples = [{"subject": 1, "occurred_at": ago(4.5)}, {"subject": 2, "occurred_at": ago(9)}]
    spent = [{"subject": 1, "occurred_at": ago(1), "points": 15}]
    found = values("fmcg", {"scans": scans, "samples": samples, "redemptions": spent})
    one = found[1]
    assert (one["scans_total"], one["points_left"], one["prizes_won"], one["scan_city"]) == (3, 25, 1, "上海")
    assert (one["brand_loyalty"], one["sample_converted"], one["drinker_stage"]) == ("摇摆", "已转化", "常规")
    assert one["favourite_products"] == ["cola", "juice"] and one["average_price"] == 4
    assert (found[2]["drinker_stage"], found[2]["sample_converted"]) == ("流失", "未转化")
    assert (found[3]["busiest_scan_days"], one["busiest_scan_days"]) == ("疑似刷码", "正常")


def test_bank_retail() -> None:
    def balance(subject: int, days: int, amount: int) -> dict[str, Any]:
        return {"subject": subject, "occurred_at": ago(days), "account_kind": "存款", "balance": amount}

    balances = [balance(1, 60, 90_000), balance(1, 30, 90_000), balance(1, 1, 30_000), balance(2, 1, 7_000_000)]
    moves = [
        {
            "subject": 1,
            "occurred_at": ago(20),
            "kind": "消费",
            "direction": "out",
            "amount": 200,
            "merchant_category": "餐饮",
            "channel": "app",
        },
        *(
            {"subject": 2, "occurred_at": ago(days), "kind": "salary", "direction": "in", "amount": 10_000}
            for days in (10, 40, 70)
        ),
    ]
    holdings = [
        {
            "subject": 1,
            "occurred_at": ago(2),
            "product_kind": "fund",
            "amount": 25_000,
            "risk_level": 4,
            "matures_on": date(2026, 11, 20),
        }
    ]
    loans = [
        {"subject": 1, "occurred_at": ago(40), "outstanding": 5000, "overdue_days": 12},
        {"subject": 1, "occurred_at": ago(4), "outstanding": 4000, "overdue_days": 0},
    ]
    facts = {"balances": balances, "transactions": moves, "holdings": holdings, "loans": loans}
    found = values("bank_retail", facts)
    one, two = found[1], found[2]
    assert (one["deposit_balance"], one["deposit_average_90d"], one["deposit_falling"]) == (30_000, 70_000, "流失")
    assert (one["assets"], one["asset_tier"], two["asset_tier"]) == (55_000, "富裕", "私行")
    assert (one["risk_appetite"], one["maturing_soon"], one["credit_behaviour"]) == ("进取", True, "轻微逾期")
    assert (one["loan_outstanding"], one["spending_30d"], one["spending_categories"]) == (4000, 200, ["餐饮"])
    assert (two["salary_months"], two["payroll_customer"], two["income_30d"]) == (3, True, 10_000)
    assert [found[who]["banking_stage"] for who in (1, 2, 3)] == ["流失预警", "主办", "潜在"]


def test_car_maker() -> None:
    leads = [
        {"subject": 1, "occurred_at": ago(60), "origin": "车展", "model": "X", "budget": 180_000},
        {"subject": 1, "occurred_at": ago(50), "origin": "官网", "model": "Y", "stage": "跟进中"},
        {"subject": 2, "occurred_at": ago(500), "origin": "官网", "model": "X"},
    ]
    drives = [{"subject": 1, "occurred_at": ago(10), "model": "Y", "score": 4.5}]
    vehicles = [
        {
            "subject": 2,
            "occurred_at": ago(450),
            "model": "X",
            "energy": "纯电",
            "price": 200_000,
            "financed": True,
            "warranty_until": date(2026, 12, 1),
        },
        {"subject": 3, "occurred_at": ago(2200), "model": "X", "price": 90_000, "warranty_until": date(2024, 1, 1)},
    ]
    visits = [
        {"subject": 2, "occurred_at": ago(400), "amount": 500, "mileage": 9000, "dealer": "甲"},
        {"subject": 3, "occurred_at": ago(190), "amount": 800, "mileage": 60_000, "dealer": "乙"},
    ]
    facts = {"leads": leads, "test_drives": drives, "vehicles": vehicles, "service_visits": visits}
    found = values("car_maker", facts)
    one, two, three = (found[who] for who in (1, 2, 3))
    assert (one["leads_90d"], one["purchase_intent"], one["lead_origin"], one["lead_stage"]) == (
        2,
        "H",
        "车展",
        "跟进中",
    )
    assert (one["budget_band"], one["models_of_interest"], two["purchase_intent"]) == ("10–20万", ["Y", "X"], "C")
    assert [each["owner_stage"] for each in (one, two, three)] == ["潜客", "流失车主", "增换购"]
    assert [each["warranty_state"] for each in (one, two, three)] == [None, "即将出保", "出保"]
    assert (two["current_model"], two["financed_last"], two["service_visits_365d"]) == ("X", True, 0)
    assert (three["mileage"], three["service_due"]) == (60_000, True)
    assert (three["service_spend_365d"], three["home_dealer"]) == (800, "乙")
