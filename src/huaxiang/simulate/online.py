"""Online orders: one JSON object a line, one file a month."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.simulate import catalogue, text
from huaxiang.simulate.arrays import Bools, Ints, Wheel, part, share
from huaxiang.simulate.baskets import Basket, fill
from huaxiang.simulate.clock import Month, Period
from huaxiang.simulate.orders import STATUS, Campaign, Orders
from huaxiang.simulate.population import People
from huaxiang.simulate.truth import Seen
from huaxiang.simulate.writers import text_file

_STATUS_ODDS = Wheel([[0.92, 0.05, 0.03]])
_PAY = ("wechat", "alipay", "card")
_PAY_ODDS = Wheel([[0.6, 0.33, 0.07]])


@dataclass(frozen=True)
class OnlineOrders:
    """Online orders; `cents` is filled in as months are written."""

    orders: Orders
    number: Ints
    second: Ints
    status: Ints
    phone: Bools
    unionid: Bools
    cents: Ints


def online_orders(period: Period, people: People, orders: Orders, seen: Seen) -> OnlineOrders:
    """Return the online orders with what each tells of its buyer: phone, unionid, mostly both, the first always."""
    rng = period.rng("online")
    count = len(orders)
    first = np.zeros(count, dtype=bool)
    first[np.unique(orders.person, return_index=True)[1]] = True
    unionid = people.wechat[orders.person] & (first | share(rng, count, 0.97))
    phone = first | ~unionid | share(rng, count, 0.96)
    # A changed number is linked to the old one where it occurs together with a unionid.
    seen.mark("phone", people.phone_of(orders.person, orders.minute)[phone])
    seen.mark("unionid", orders.person[unionid])
    return OnlineOrders(
        orders=orders,
        number=np.arange(count) + 20_000_000,
        second=orders.minute * 60 + rng.integers(0, 60, count),
        status=_STATUS_ODDS.draw(rng, np.zeros(count, dtype=np.int64)),
        phone=phone,
        unionid=unionid,
        cents=np.zeros(count, dtype=np.int64),
    )


def write(
    path: Path, period: Period, month: Month, *, people: People, all_of: OnlineOrders, campaigns: tuple[Campaign, ...]
) -> int:
    """Write one month; return its orders."""
    mine = part(all_of, month.span(all_of.orders.minute))
    rng = period.rng(f"online {month.label}")
    basket = fill(rng, people, mine.orders)
    mine.cents[:] = basket.totals(len(mine.orders))
    person = pa.array(mine.orders.person)
    coupons = pa.array([*(campaign.code for campaign in campaigns), None], pa.string())
    lines = text.glue(
        '{"order_no":"O',
        text.whole(mine.number),
        '","created_at":"',
        period.second_text(mine.second, "-", "T"),
        '+08:00","status":"',
        text.pick(STATUS, mine.status),
        '","buyer":{"unionid":',
        text.json_text(text.blank_unless(people.unionid.take(person), mine.unionid, None)),
        ',"phone":',
        text.json_text(_phones(people, mine)),
        ',"name":"',
        people.name.take(person),
        '","address":"',
        people.address.take(person),
        '"},"items":[',
        text.fold(_items(basket), mine.orders.lines),
        '],"coupon":',
        text.json_text(text.pick(coupons, mine.orders.coupon % len(coupons))),
        ',"pay":"',
        text.pick(_PAY, _PAY_ODDS.draw(rng, np.zeros(len(mine.orders), dtype=np.int64))),
        '"}\n',
    )
    with text_file(path) as out:
        out(lines)
    return len(lines)


def _phones(people: People, mine: OnlineOrders) -> pa.Array:
    numbers = people.phones[people.phone_of(mine.orders.person, mine.orders.minute)]
    return text.blank_unless(text.whole(numbers), mine.phone, None)


def _items(basket: Basket) -> pa.Array:
    return text.glue(
        '{"line":',
        text.whole(basket.number),
        _GOODS.take(pa.array(basket.product)),
        ',"qty":',
        text.whole(basket.quantity),
        ',"price":',
        text.money(basket.price),
        ',"discount":',
        text.money(basket.discount),
        "}",
    )


_GOODS = text.glue(',"sku":"', catalogue.SKUS, '","category":"', catalogue.CATEGORY_OF, '"')
