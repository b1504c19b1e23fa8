"""What each ready tag and segment of the library is, by its meaning: a formula of plain.py for every code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor, log
from typing import Any

from tests.library.plain import (
    Customer,
    Formula,
    Row,
    active_days,
    bands,
    below,
    best,
    cases,
    commonest,
    count,
    different,
    earliest,
    greatest,
    known,
    latest,
    least,
    liked,
    mean,
    one_of,
    quantile,
    rest,
    scores,
    since,
    total,
    upto,
    weights_of,
)  # fmt: skip


def sold(row: Row) -> bool:
    """Tell whether an order was bought in the end."""
    return row["status"] not in ("refunded", "cancelled")


def share_of_orders(where: Callable[[Row], bool], among: Callable[[Row], bool]) -> Formula:
    """Of the orders of a year, those with a line that meets a condition."""

    def formula(me: Customer) -> float | None:
        rows = me.rows("orders", among, 365)
        orders = set(known(rows, "order_id"))
        return len(set(known(filter(where, rows), "order_id"))) / len(orders) if orders else None

    return formula


def per_order(column: str) -> Formula:
    """A sum by the number of orders."""

    def formula(me: Customer) -> float | None:
        rows = me.rows("orders", sold)
        orders, values = set(known(rows, "order_id")), known(rows, column)
        return float(sum(values)) / len(orders) if orders and values else None

    return formula


def if_positive(code: str) -> Formula:
    """A tag's number where it is more than nothing."""
    return lambda me: me[code] if me[code] > 0 else None


# Online shops

CARTED = one_of("event", "cart", "add_to_cart", "加购")


def night_share(me: Customer) -> float | None:
    """Of the events of 90 days, those from 22 to 6 o'clock on the project's clock."""
    hours = [me.town.clock(row["occurred_at"]).hour for row in me.rows("events", None, 90)]
    return sum(hour >= 22 or hour < 6 for hour in hours) / len(hours) if hours else None


ECOMMERCE: dict[str, Formula] = {
    "last_visit_at": greatest("events", "occurred_at"),
    "days_since_visit": since("last_visit_at"),
    "sessions_30d": different("events", "session", days=30),
    "active_days_30d": active_days("events", 30),
    "views_7d": count("events", one_of("event", "view", "product_view", "浏览"), 7),
    "searches_30d": count("events", one_of("event", "search", "搜索"), 30),
    "night_share_90d": night_share,
    "interests": liked(
        "events", "category", half_life=14, days=180,
        actions={
            "view": 1, "product_view": 1, "浏览": 1, "search": 2, "搜索": 2, "favourite": 3, "收藏": 3,
            "cart": 4, "add_to_cart": 4, "加购": 4, "checkout": 5, "结算": 5,
        },
    ),
    "carts_14d": count("events", CARTED, 14),
    "last_cart_at": greatest("events", "occurred_at", CARTED),
    "cart_abandoned": cases(
        ("是", lambda me: me["carts_14d"] and (me["last_paid_at"] is None or me["last_paid_at"] < me["last_cart_at"])),
        otherwise="否",
    ),
    "paid_orders": different("orders", "order_id", sold),
    "paid_orders_90d": different("orders", "order_id", sold, 90),
    "gmv_365d": total("orders", "amount", sold, 365, default=0),
    "last_paid_at": greatest("orders", "occurred_at", sold),
    "days_since_paid": since("last_paid_at"),
    "average_order": per_order("amount"),
    "favourite_brands": liked("order_items", "brand", weight="amount", half_life=180),
    "payment_method": commonest("orders", "payment", sold, per="order_id"),
    "coupon_orders_share": share_of_orders(lambda row: row["coupon"] is not None, sold),
    "refund_share_365d": share_of_orders(lambda row: row["status"] == "refunded", lambda _: True),
    "refund_prone": bands("refund_share_365d", ("低", below(0.1)), ("中", below(0.3)), ("高", rest)),
    "promotion_hunter": bands(
        "coupon_orders_share", ("自然型", below(0.2)), ("混合型", below(0.6)), ("大促型", rest)
    ),
    "review_score": mean("feedback", "score"),
    "shopper_stage": cases(
        ("访客", lambda me: me["paid_orders"] == 0),
        ("新客", lambda me: me["paid_orders"] == 1 and me["days_since_paid"] <= 90),
        ("流失", lambda me: me["days_since_paid"] > 365),
        ("沉睡", lambda me: me["days_since_paid"] > 180),
        otherwise="老客",
    ),
    "buyer_value": scores(if_positive("gmv_365d"), 5),
}  # fmt: skip


# Projects that have events only


def top_pages(me: Customer) -> list[str] | None:
    """Pages by weight, those that few others look at the more."""

    def weights(one: Customer) -> dict[str, float]:
        return weights_of(one, "events", "page", None, None, None, 30, 180)

    everybody = [weights(each) for each in me.town.everybody()]
    mine = weights(me)
    return best({
        page: weight * weight / sum(mine.values())
        * log((1 + len(everybody)) / (1 + sum(page in each for each in everybody)))
        for page, weight in mine.items()
    }, 5)  # fmt: skip


EVENTS: dict[str, Formula] = {
    "events_total": count("events"),
    "events_7d": count("events", None, 7),
    "events_30d": count("events", None, 30),
    "active_days_30d": active_days("events", 30),
    "sessions_30d": different("events", "session", days=30),
    "first_event_at": least("events", "occurred_at"),
    "last_event_at": greatest("events", "occurred_at"),
    "days_since_event": since("last_event_at"),
    "main_channel": commonest("events", "channel"),
    "last_channel": latest("events", "channel"),
    "top_pages": top_pages,
    "activity": cases(
        ("活跃", lambda me: me["active_days_30d"] >= 4), ("一般", lambda me: me["active_days_30d"] >= 1),
        otherwise="沉睡",
    ),
}  # fmt: skip


# Consumer goods


def scans_per_day(me: Customer) -> float | None:
    """Scans by days with one."""
    rows = me.rows("scans", None, 30)
    days = {me.town.day_of(row["occurred_at"]) for row in rows}
    return len(rows) / len(days) if days else None


FMCG: dict[str, Formula] = {
    "scans_total": count("scans"),
    "scans_30d": count("scans", None, 30),
    "scans_90d": count("scans", None, 90),
    "first_scan_at": least("scans", "occurred_at"),
    "last_scan_at": greatest("scans", "occurred_at"),
    "days_since_scan": since("last_scan_at"),
    "scan_days_90d": active_days("scans", 90),
    "busiest_scan_days": cases(("疑似刷码", lambda me: (scans_per_day(me) or 0) > 20), otherwise="正常"),
    "scans_per_day_30d": scans_per_day,
    "scan_city": commonest("scans", "city"),
    "cities_365d": different("scans", "city", days=365),
    "favourite_products": liked("scans", "product", half_life=60),
    "favourite_scan_brands": liked("scans", "brand", half_life=90),
    "brands_scanned": different("scans", "brand", days=365),
    "brand_loyalty": bands(if_positive("brands_scanned"), ("专一", upto(1)), ("摇摆", upto(2)), ("多品牌", rest)),
    "average_price": mean("scans", "price"),
    "price_level": lambda me: {1: "大众", 2: "中档", 3: "高端", None: None}[
        scores(lambda each: each["average_price"], 3)(me)
    ],
    "points_earned": total("scans", "points", default=0),
    "points_spent": total("redemptions", "points", default=0),
    "points_left": lambda me: me["points_earned"] - me["points_spent"],
    "prizes_won": count("scans", lambda row: row["prize"] is not None),
    "samples_365d": count("samples", None, 365),
    "last_sample_at": greatest("samples", "occurred_at"),
    "sample_converted": lambda me: None if me["last_sample_at"] is None else "已转化"
    if me["last_scan_at"] and me["last_scan_at"] > me["last_sample_at"] else "未转化",
    "shares_90d": count("interactions", one_of("kind", "share", "转发", "分享"), 90),
    "drinker_stage": cases(
        ("潜在", lambda me: me["scans_total"] == 0), ("流失", lambda me: me["days_since_scan"] > 90),
        ("尝鲜", lambda me: me["scans_total"] == 1), ("重度", lambda me: me["scan_days_90d"] >= 8), otherwise="常规",
    ),
}  # fmt: skip


# Retail banks

DEPOSIT = one_of("account_kind", "deposit", "current", "存款", "活期")


def next_maturity(me: Customer) -> Any:
    """The earliest maturity, today or later, among what was reported in 30 days."""
    days = [each for each in known(me.rows("holdings", None, 30), "matures_on") if each >= me.town.today]
    return min(days, default=None)


def deposit_falling(me: Customer) -> str | None:
    """Deposits now beside their mean of 90 days."""
    usual = me["deposit_average_90d"]
    if usual is None:
        return None
    now = float(me["deposit_balance"])
    return "流失" if now < 0.5 * usual else "下降" if now < 0.8 * usual else "稳定"


BANK: dict[str, Formula] = {
    "deposit_balance": latest("balances", "balance", DEPOSIT, default=0),
    "deposit_average_90d": mean("balances", "balance", DEPOSIT, 90),
    "deposit_peak_365d": greatest("balances", "balance", DEPOSIT, 365),
    "wealth_holdings": lambda me: greatest(
        "holdings", "amount", one_of("product_kind", "wealth", "fund", "理财", "基金"), 30
    )(me) or 0,
    "assets": lambda me: me["deposit_balance"] + me["wealth_holdings"],
    "asset_tier": bands(
        "assets", ("大众", below(50_000)), ("富裕", below(500_000)), ("财富", below(6_000_000)), ("私行", rest)
    ),
    "deposit_falling": deposit_falling,
    "income_30d": total("transactions", "amount", one_of("direction", "in", "流入"), 30, default=0),
    "spending_30d": total("transactions", "amount", one_of("direction", "out", "流出"), 30, default=0),
    "salary_months": count("transactions", one_of("kind", "salary", "代发工资", "工资"), 180),
    "payroll_customer": lambda me: me["salary_months"] >= 3,
    "card_payments_90d": count("transactions", one_of("kind", "purchase", "消费"), 90),
    "spending_categories": liked(
        "transactions", "merchant_category", where=one_of("kind", "purchase", "消费"), weight="amount", half_life=90
    ),
    "foreign_spending_365d": total(
        "transactions", "amount", one_of("kind", "foreign_purchase", "境外消费"), 365, default=0
    ),
    "usual_channel": commonest("transactions", "channel", days=180),
    "last_transaction_at": greatest("transactions", "occurred_at"),
    "days_inactive": since("last_transaction_at"),
    "product_kinds": different("holdings", "product_kind", days=30),
    "highest_risk": greatest("holdings", "risk_level", days=365),
    "risk_appetite": bands("highest_risk", ("保守", upto(2)), ("稳健", upto(3)), ("进取", rest)),
    "next_maturity": next_maturity,
    "maturing_soon": lambda me: None if me["next_maturity"] is None
    else me["next_maturity"] - me.town.today <= timedelta(days=30),
    "loan_outstanding": latest("loans", "outstanding", default=0),
    "overdue_days_365d": greatest("loans", "overdue_days", days=365),
    "credit_behaviour": bands(
        "overdue_days_365d", ("正常", upto(0)), ("轻微逾期", upto(30)), ("中度逾期", upto(90)), ("严重逾期", rest)
    ),
    "complaints_365d": count("interactions", one_of("kind", "complaint", "投诉"), 365),
    "banking_stage": cases(
        ("潜在", lambda me: me["last_transaction_at"] is None), ("睡眠", lambda me: me["days_inactive"] > 180),
        ("流失预警", lambda me: me["deposit_falling"] == "流失"), ("主办", lambda me: me["payroll_customer"]),
        otherwise="活跃",
    ),
}  # fmt: skip


# Car makers


def days_without_service(me: Customer) -> int | None:
    """Days since the last visit, or since buying for who never came."""
    visited = me.days_since(me["last_service_at"])
    return me.days_since(me["last_purchase_at"]) if visited is None else visited


def purchase_intent(me: Customer) -> str | None:
    """How warm a lead is."""
    drive, lead = me.days_since(me["last_test_drive_at"]), me["days_since_lead"]
    if drive is not None and drive <= 30:
        return "H"
    if (lead is not None and lead <= 30) or me["leads_90d"] >= 2:
        return "A"
    return "B" if me["leads_90d"] >= 1 else "C" if me["leads_total"] else None


def warranty_state(me: Customer) -> str | None:
    """Whether the last vehicle is under warranty."""
    over = me.days_since(me["warranty_ends"])
    return None if over is None else "出保" if over > 0 else "即将出保" if over >= -90 else "在保"


def owner_stage(me: Customer) -> str | None:
    """The stage of an owner."""
    if not me["vehicles_owned"]:
        return "潜客" if me["leads_total"] else None
    away = days_without_service(me)
    if me["vehicle_age_years"] < 1:
        return "新车主"
    return "流失车主" if away is not None and away > 365 else "增换购" if me["vehicle_age_years"] >= 5 else "在用车主"


CARS: dict[str, Formula] = {
    "leads_total": count("leads"),
    "leads_90d": count("leads", None, 90),
    "last_lead_at": greatest("leads", "occurred_at"),
    "days_since_lead": since("last_lead_at"),
    "lead_origin": earliest("leads", "origin"),
    "models_of_interest": liked("leads", "model", half_life=60),
    "budget": latest("leads", "budget"),
    "budget_band": bands(
        "budget", ("10万以下", below(100_000)), ("10–20万", below(200_000)), ("20–30万", below(300_000)),
        ("30万以上", rest),
    ),
    "lead_stage": latest("leads", "stage"),
    "test_drives_total": count("test_drives"),
    "last_test_drive_at": greatest("test_drives", "occurred_at"),
    "test_drive_score": mean("test_drives", "score"),
    "purchase_intent": purchase_intent,
    "vehicles_owned": count("vehicles"),
    "current_model": latest("vehicles", "model"),
    "energy_kind": latest("vehicles", "energy"),
    "last_purchase_at": greatest("vehicles", "occurred_at"),
    "vehicle_age_years": lambda me: me.years_since(me["last_purchase_at"]),
    "paid_for_vehicles": total("vehicles", "price", default=0),
    "financed_last": latest("vehicles", "financed"),
    "warranty_ends": latest("vehicles", "warranty_until"),
    "warranty_state": warranty_state,
    "service_visits_365d": count("service_visits", None, 365),
    "last_service_at": greatest("service_visits", "occurred_at"),
    "service_spend_365d": total("service_visits", "amount", None, 365, default=0),
    "mileage": latest("service_visits", "mileage"),
    "home_dealer": commonest("service_visits", "dealer"),
    "service_due": lambda me: bool(me["vehicles_owned"]) and days_without_service(me) > 180,
    "owner_stage": owner_stage,
}  # fmt: skip


# Retailers


def spend_trend(me: Customer) -> str | None:
    """A straight line through the spend of six windows of 30 days, the latest last."""
    edges = [me.town.edge(days) for days in (180, 150, 120, 90, 60, 30)]
    sums = [0.0] * 6
    rows = me.rows("orders", sold, 180)
    for row in rows:
        sums[sum(row["occurred_at"] >= edge for edge in edges) - 1] += float(row["amount"])
    if not rows:
        return None
    middle, average = 2.5, sum(sums) / 6
    slope = sum((x - middle) * (y - average) for x, y in enumerate(sums)) / sum((x - middle) ** 2 for x in range(6))
    if abs(slope) <= (0.1 + 1e-9) * abs(average):
        return "平稳"
    return "上升" if slope > 0 else "下降"


def percentile_in_city(me: Customer) -> int | None:
    """How many of 100 spenders of the city spent no more; of everybody where the city has fewer than 30."""

    def spent(one: Customer) -> Any:
        return one["spend_365d"] if one["spend_365d"] > 0 else None

    if spent(me) is None or me["city"] is None:
        return None
    spenders = [each for each in me.town.everybody() if spent(each) is not None]
    group = [each for each in spenders if each["city"] == me["city"]]
    group = group if len(group) >= 30 else spenders
    return floor(Fraction(100 * sum(spent(each) <= spent(me) for each in group), len(group)))


def discount_share(me: Customer) -> float | None:
    """Discounts by what would have been paid without them."""
    rows = me.rows("orders", sold, 365)
    amounts, discounts = known(rows, "amount"), known(rows, "discount")
    if not amounts or not discounts:
        return None
    whole = sum(amounts) + sum(discounts)
    return float(sum(discounts)) / float(whole) if whole else None


def price_attitude(me: Customer) -> tuple[str | None, float | None]:
    """What the answers of two years say, and how sure that is."""
    now = me.town.clock(me.town.as_of)
    edge = me.town.edge((now - now.replace(year=now.year - 2)).days)
    answers = [
        each for row in me.rows("feedback") if (each := row["price_matters"]) is not None and row["occurred_at"] >= edge
    ]
    pieces = [each for each in answers if each != 3]
    weights = {
        "看重价格": sum({5: 2, 4: 1}.get(each, 0) for each in pieces),
        "不看重价格": sum({1: 2, 2: 1}.get(each, 0) for each in pieces),
    }
    if len(set(weights.values())) == 1:
        return None, None
    won = max(weights, key=lambda each: weights[each])
    return won, weights[won] / sum(weights.values()) * (1 - 2 ** -len(pieces))


def price_sensitivity(me: Customer) -> float | None:
    """Behaviour and the answer together, or the one that is known."""
    share, coupons, matters = me["discount_share_365d"], me["coupon_share_365d"], me["price_matters"]
    behaviour = None if share is None or coupons is None else 0.5 * min(share / 0.3, 1) + 0.5 * coupons
    said = None if matters is None else (matters - 1) / 4
    if behaviour is None or said is None:
        return said if behaviour is None else behaviour
    return 0.6 * behaviour + 0.4 * said


def shopping_step(me: Customer) -> str | None:
    """How far anybody comes who views, then puts into the cart, then checks out, all within 7 days."""

    def after(event: str, earlier: Row | None) -> list[Row]:
        return [
            row
            for row in me.rows("events", one_of("event", event), 30)
            if earlier is None or row["occurred_at"] >= earlier["occurred_at"]
        ]

    far, within = 0, timedelta(days=7)
    for view in after("view", None):
        far = max(far, 1)
        for cart in after("cart", view):
            if cart["occurred_at"] - view["occurred_at"] > within:
                continue
            far = max(far, 2)
            if any(out["occurred_at"] - view["occurred_at"] <= within for out in after("checkout", cart)):
                return "结算"
    return (None, "浏览", "加购")[far]


def high(me: Customer, code: str) -> bool | None:
    """Tell whether a score is not below the mean of all."""
    values = [each[code] for each in me.town.everybody() if each[code] is not None]
    return None if me[code] is None else me[code] >= sum(values) / len(values)


def rfm_class(me: Customer) -> str | None:
    """The class by which of the three scores are high."""
    told = tuple(high(me, code) for code in ("rfm_r", "rfm_f", "rfm_m"))
    if None in told:
        return None if told[0] is None else "潜在"
    return {
        (True, True, True): "高价值",
        (False, True, True): "重点保持",
        (True, False, True): "重点发展",
        (False, False, True): "重点挽留",
        (True, True, False): "一般价值",
        (False, True, False): "一般保持",
        (True, False, False): "一般发展",
        (False, False, False): "潜在",
    }[told]  # type: ignore[index]


def value_tier(me: Customer) -> str:
    """The tier by what was spent in a year."""
    spent = me["spend_365d"]
    if spent <= 0:
        return "潜在"
    spends = [each["spend_365d"] for each in me.town.everybody() if each["spend_365d"] > 0]
    if me["orders_365d"] >= 2 and spent >= quantile(spends, Fraction("0.8")):
        return "高价值"
    return "中价值" if spent >= quantile(spends, Fraction("0.5")) else "低价值"


def gaps(me: Customer, category: str | None) -> list[int]:
    """Return the days between one order day and the next, of one category or over all."""
    rows = me.rows("orders", lambda row: sold(row) and category in (None, row["category"]))
    days = sorted({me.town.day_of(row["occurred_at"]) for row in rows})
    return [(later - earlier).days for earlier, later in pairwise(days)]


def usual_gap(me: Customer, share: str) -> Any:
    """Return the quantile of the gaps of the category bought last; of all where the category has few."""

    def all_gaps(category: str | None) -> list[int]:
        return [gap for each in me.town.everybody() for gap in gaps(each, category)]

    own = all_gaps(me["last_category"]) if me["last_category"] is not None else []
    return quantile(own if len(own) >= 30 else all_gaps(None), Fraction(share))


def lifecycle(me: Customer) -> str:
    """Where somebody stands by orders, and by how long usual gaps are."""
    if me["orders_total"] == 0:
        return "潜在"
    if me["days_since_order"] > usual_gap(me, "0.9"):
        return "流失"
    return "初次" if me["orders_total"] == 1 else "重复"


SOCIAL = ("like", "follow", "comment", "share", "点赞", "关注", "评论", "转发")
SERVICE = (
    "call", "mail", "chat", "inquiry", "complaint", "return", "booking", "咨询", "投诉", "退换货", "预约",
)  # fmt: skip
COMPLAINT = ("complaint", "投诉")
RETAIL: dict[str, Formula] = {
    **{code: latest("attributes", code) for code in ("gender", "birth_date", "province", "city", "occupation")},
    "member_level": latest("attributes", "level"),
    "age": lambda me: None if me["birth_date"] is None or me["birth_date"] > me.town.today
    else me.years_since(me["birth_date"]),
    "age_band": bands(
        "age", ("18岁以下", below(18)), ("18–24岁", below(25)), ("25–34岁", below(35)), ("35–44岁", below(45)),
        ("45–54岁", below(55)), ("55–64岁", below(65)), ("65岁及以上", rest),
    ),
    **{f"orders_{days}d": different("orders", "order_id", sold, days) for days in (30, 90, 365)},
    "orders_total": different("orders", "order_id", sold),
    **{f"spend_{days}d": total("orders", "amount", sold, days, default=0) for days in (30, 90, 365)},
    "spend_total": total("orders", "amount", sold, default=0),
    "spend_trend": spend_trend,
    "spend_percentile_city": percentile_in_city,
    "first_order_at": least("orders", "occurred_at", sold),
    "last_order_at": greatest("orders", "occurred_at", sold),
    "days_since_order": since("last_order_at"),
    "days_since_first_order": since("first_order_at"),
    "average_basket": per_order("amount"),
    "items_per_order": per_order("quantity"),
    "preferred_channel": commonest("orders", "channel", sold, per="order_id"),
    "channels_365d": different("orders", "channel", sold, 365),
    "preferred_store": commonest("orders", "store", sold, per="order_id"),
    "favourite_categories": liked("orders", "category", where=sold, weight="amount", half_life=60),
    "browsed_categories": liked(
        "events", "category", half_life=14, days=180,
        actions={"view": 1, "search": 2, "favourite": 3, "cart": 3, "share": 4, "checkout": 5},
    ),
    "last_category": latest("orders", "category", sold),
    "discount_share_365d": discount_share,
    "coupon_share_365d": share_of_orders(lambda row: row["coupon"] is not None, sold),
    "price_matters": latest("feedback", "price_matters"),
    "price_attitude": lambda me: price_attitude(me)[0],
    "price_attitude_confidence": lambda me: price_attitude(me)[1],
    "price_sensitivity": price_sensitivity,
    "price_group": bands("price_sensitivity", ("不敏感", below(0.2)), ("一般", below(0.5)), ("敏感", rest)),
    "events_30d": count("events", None, 30),
    "active_days_30d": active_days("events", 30),
    "last_event_at": greatest("events", "occurred_at"),
    "shopping_step": shopping_step,
    "rfm_r": scores(lambda me: me["days_since_order"], 5, reverse=True),
    "rfm_f": scores(lambda me: me["orders_365d"] if me["orders_total"] else None, 5),
    "rfm_m": scores(lambda me: me["spend_365d"] if me["orders_total"] else None, 5),
    "rfm_class": rfm_class,
    "value_tier": value_tier,
    "lifecycle": lifecycle,
    "nps_last": latest("feedback", "nps"),
    "nps_group": bands("nps_last", ("贬损者", upto(6)), ("被动者", upto(8)), ("推荐者", rest)),
    "satisfaction_365d": mean("feedback", "csat", days=365),
    "novelty_seeking": latest("feedback", "new_things"),
    "novelty_group": bands("novelty_seeking", ("保守", upto(2)), ("中间", upto(3)), ("尝新", rest)),
    "social_90d": count("interactions", one_of("kind", *SOCIAL), 90),
    "shares_365d": count("interactions", one_of("kind", "share", "转发"), 365),
    "follows_now": lambda me: None if (last := latest(
        "interactions", "kind", one_of("kind", "follow", "unfollow", "关注", "取关", "取消关注")
    )(me)) is None else last in ("follow", "关注"),
    "social_platform": commonest("interactions", "platform"),
    "complaints_90d": count(
        "interactions", lambda row: row["kind"] in COMPLAINT or row["topic"] in COMPLAINT, 90
    ),
    "service_contacts_90d": count("interactions", one_of("kind", *SERVICE), 90),
}  # fmt: skip

TAGS: Mapping[str, Mapping[str, Formula]] = {
    "ecommerce": ECOMMERCE, "events": EVENTS, "fmcg": FMCG, "bank_retail": BANK, "car_maker": CARS, "retail": RETAIL,
}  # fmt: skip


def valuable_and_away(me: Customer) -> bool:
    """High value, no order for more than 60 days, no complaint of late."""
    valuable = me["value_tier"] == "高价值" or me["rfm_class"] == "重点保持"
    return valuable and (me["days_since_order"] or 0) > 60 and not me["complaints_90d"]


def baby_buyer(me: Customer) -> bool:
    """Two orders or more of baby goods in 60 days."""
    rows = me.rows("orders", lambda row: sold(row) and row["category"] == "母婴", 60)
    return len(set(known(rows, "order_id"))) >= 2


def about_to_lapse(me: Customer) -> bool:
    """Past three quarters of the usual gaps, not yet past nine tenths."""
    return me["lifecycle"] in ("初次", "重复") and me["days_since_order"] > usual_gap(me, "0.75")


def at_most(value: int | None, most: int) -> bool:
    """Tell whether a number is known and not greater."""
    return value is not None and value <= most


SEGMENTS: Mapping[str, Mapping[str, Callable[[Customer], bool]]] = {
    "retail": {
        "new_customers_30d": lambda me: at_most(me["days_since_first_order"], 30),
        "winback_high_value": valuable_and_away,
        "sleeping": lambda me: (me["days_since_order"] or 0) > 180,
        "repeat_customers": lambda me: me["lifecycle"] == "重复",
        "about_to_lapse": about_to_lapse,
        "birthday_this_month": lambda me: (
            me["birth_date"] is not None and me["birth_date"].month == me.town.today.month
        ),
        "baby_buyers": baby_buyer,
        "price_hunters": lambda me: me["price_group"] == "敏感" and me["orders_365d"] >= 2,
        "complained_recently": lambda me: me["complaints_90d"] > 0,
        "multi_channel": lambda me: me["channels_365d"] >= 2,
        "promoters": lambda me: me["nps_group"] == "推荐者" and me["orders_365d"] > 0,
        "caring_calls": lambda me: (
            me["value_tier"] == "高价值" and (me["complaints_90d"] > 0 or me["nps_group"] == "贬损者")
        ),
    },
}
