"""Examples of every kind of tag, for the contract: a new kind adds its own to EXAMPLES.

An example defines the tag `x` in flow style (`{tag: x, …`), and `y` and `z` if it needs others. They are about the
facts of `some_facts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.tag.examples_stored import STORED
from tests.tag.tag_shop import AS_OF, Row

CITIES = ("上海", "北京", "广州")


@dataclass(frozen=True)
class Example:
    """One example. `empty`: what x is without facts. `everybody`: whether one value rests on all customers' facts."""

    kind: str
    text: str
    empty: tuple[Any, ...] = (None,)
    everybody: bool = False


EXAMPLES = (
    Example("fact", "- {tag: x, from: attributes, fact: city, sources: [crm]}"),
    Example("statistic", "- {tag: x, from: orders, value: last(category), window: 200 days}"),
    Example("statistic", "- {tag: x, from: orders, value: count(distinct store), window: 45 days}", (0,)),
    Example(
        "preference",
        "- {tag: x, from: orders, prefer: {item: category, weight: amount, half_life: 7 days, distinctive: true}}",
        everybody=True,
    ),
    Example(
        "rule",
        "- {tag: y, from: orders, value: count(distinct store)}\n- {tag: x, rule: {many: 'y > 1', else: few}}",
        ("few",),
    ),
    Example(
        "bands",
        "- {tag: y, from: orders, value: avg(quantity)}\n- {tag: x, bands: {of: y, quantiles: 3}}",
        everybody=True,
    ),
    Example("sequence", "- {tag: x, from: orders, window: 80 days, sequence: {nth: 2, value: category}}"),
    Example("sequence", "- {tag: x, from: orders, sequence: {nth: -3, value: quantity}}"),
    Example(
        "sequence",
        "- {tag: x, from: orders, window: 65 days, sequence: "
        "{steps: [\"category = 'a'\", quantity > 0.4], within: 40 days}}",
        (False,),
    ),
    Example(
        "sequence",
        "- {tag: x, from: orders, sequence: {steps: [\"category = 'b'\", quantity > 0.4, amount > 0.2], give: count}}",
        (0,),
    ),
    Example(
        "sequence",
        "- {tag: x, from: orders, sequence: {give: step, within: 10 days, steps: "
        "[{when: \"category = 'c'\", name: one}, {when: quantity > 0.8, name: two}]}}",
    ),
    Example("statistic", "- {tag: x, from: orders, value: mode(store), per: order_id, window: 70 days}"),
    Example("statistic", "- {tag: x, from: orders, value: avg(amount), per: order_id}"),
    Example("sequence", "- {tag: x, from: orders, window: 80 days, per: order_id, sequence: {nth: 2, value: store}}"),
    Example(
        "sequence",
        "- {tag: x, from: orders, per: order_id, sequence: "
        "{steps: [\"category = 'a'\", quantity > 0.4, amount > 0.2], give: count}}",
        (0,),
    ),
    Example(
        "trend",
        "- {tag: x, from: orders, per: order_id, trend: {value: count(*), every: 25 days, over: 3, as: change}}",
    ),
    Example(
        "trend",
        "- {tag: x, from: orders, default: 0, trend: {value: sum(quantity), every: 20 days, over: 4}}",
    ),
    Example(
        "trend",
        "- {tag: x, from: orders, trend: {value: count(distinct category), every: 1 month, over: 3, as: direction}}",
    ),
    Example(
        "trend",
        "- {tag: x, from: orders, default: 0, trend: {value: sum(amount), every: 25 days, as: change}}",
    ),
    Example(
        "peers",
        "- {tag: y, from: orders, value: sum(quantity)}\n- {tag: z, from: orders, value: last(store)}\n"
        "- {tag: x, peers: {of: y, within: z, least: 2}}",
        everybody=True,
    ),
    Example(
        "peers",
        "- {tag: y, from: orders, value: sum(amount)}\n- {tag: x, peers: {of: y, as: ratio, to: mean}}",
        everybody=True,
    ),
    Example(
        "psychological",
        "- {tag: y, from: orders, value: count(distinct category)}\n"
        "- {tag: x, psychological: {trait: t, method: behaviour, least: 2, evidence: ["
        "{when: \"category = 'a'\", from: orders, window: 50 days, weight: 0.7, says: plain}, "
        "{when: quantity > 0.5, from: orders, most: 3, says: rich}, {when: y > 2, says: rich}, "
        "{when: \"city = '北京'\", from: attributes, says: plain}]}}",
    ),
)

STAGED = tuple(Example(kind, text) for kind, text in STORED.items())


def together() -> str:
    """Return the definitions of all examples over facts at once, each code with the example's number behind it."""
    return "\n".join(re.sub(r"\b([xyz])\b", rf"\g<1>{n}", each.text) for n, each in enumerate(EXAMPLES))


def some_facts(as_of: datetime = AS_OF, more: Any = None) -> dict[str, list[Row]]:
    """Return many facts at few moments up to `as_of`: everything ties. `more` makes a moment of (as_of, days)."""

    def ago(days: int) -> datetime:
        found: datetime = more(as_of, days) if more else as_of - timedelta(days=days)
        return found

    orders = [
        {
            "subject": 1 + n % 5, "order_id": f"o{n // 2}", "occurred_at": ago(n % 3 * 30),
            "amount": Decimal(n % 7) / 10,
            "quantity": (n % 11) / 10, "category": "abc"[n % 3] if n % 4 else None, "store": f"s{n % 2}",
        }
        for n in range(60)
    ]  # fmt: skip
    # Somebody whose orders come one by one.
    orders += [
        {"subject": 6, "order_id": f"s{n}", "occurred_at": ago(5 + n * 11), "amount": Decimal(n), "quantity": n / 4,
         "category": "cab"[n % 3], "store": "s1"}
        for n in range(9)
    ]  # fmt: skip
    attributes = [
        {"subject": 1 + n % 5, "source": ("crm", "web")[n % 2], "city": CITIES[n % 3], "occurred_at": ago(n % 2)}
        for n in range(30)
    ]
    return {"orders": orders, "attributes": attributes}
