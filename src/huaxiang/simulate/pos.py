"""Store checkouts: receipts as comma-separated lines in GBK, one file a month."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.simulate import catalogue, identifiers, mess, text
from huaxiang.simulate.arrays import Bools, Ints, part, share, some
from huaxiang.simulate.baskets import Basket, fill
from huaxiang.simulate.clock import Month, Period
from huaxiang.simulate.orders import Campaign, Orders, stand_in
from huaxiang.simulate.places import Place, places
from huaxiang.simulate.population import People
from huaxiang.simulate.truth import Seen
from huaxiang.simulate.writers import text_file

HEADER = "receipt_no,line_no,store,sold_at,card_no,mobile,dept_name,sku,product,qty,unit_price,discount,promo_code\n"
_PROMOTIONS = ("满300减50", "会员95折", "第二件半价", "店庆")
_BLANK, _OWN, _TYPO, _TRUNCATED, _HOTLINE, _FILLER = range(6)
# Of a member's receipts: both card and phone, phone alone; the rest the card alone.
_BOTH, _PHONE_ALONE = 0.231, 0.102


@dataclass(frozen=True)
class Receipts:
    """Store orders with what the till noted about the buyer; `cents` is filled in as months are written."""

    orders: Orders
    number: Ints
    card: Bools
    noted: Ints
    mobile: Ints
    fault: Ints
    cents: Ints


def receipts(period: Period, people: People, orders: Orders, seen: Seen) -> Receipts:
    """Return the store's receipts: what each shows of its buyer, and the faults planted (0 none, else 1 + its place
    in mess.QUARANTINE; only receipts of one line, so that an order is either sound or beyond use)."""
    rng = period.rng("pos")
    card, noted = _shown(rng, people, orders)
    person = np.maximum(orders.person, 0)
    mobile = people.phones[people.phone_of(person, orders.minute)].copy()
    _mistype(rng, people, noted, mobile, card)
    hot = np.flatnonzero(noted == _HOTLINE)
    mobile[hot] = people.hotlines[rng.integers(0, len(people.hotlines), len(hot))]
    seen.mark("phone", people.phone_of(person, orders.minute)[noted == _OWN])
    seen.mark("member_id", people.card_of(person, orders.minute)[card])
    for kind, shared in ((_TYPO, False), (_HOTLINE, True)):
        rows = np.flatnonzero(noted == kind)
        origin = "hotline" if shared else "typo"
        seen.stray(orders.person[rows], "phone", text.whole(mobile[rows]), shared=shared, origin=origin)
    fault = np.zeros(len(orders), dtype=np.int8)
    # A refused row shows no identifiers to anyone, so only receipts without rare evidence are spoilt.
    able = np.flatnonzero((orders.lines == 1) & (noted <= _OWN))
    spoilt = some(rng, able, max(10, round(orders.lines.sum() * 0.003)))
    fault[spoilt] = np.arange(len(spoilt)) % len(mess.QUARANTINE) + 1
    number = np.arange(len(orders)) + 10_000_000
    return Receipts(orders, number, card, noted, mobile, fault, np.zeros(len(orders), dtype=np.int64))


def _shown(rng: np.random.Generator, people: People, orders: Orders) -> tuple[Bools, Ints]:
    """Return whether each receipt shows a card, and what it shows as mobile."""
    known = orders.person >= 0
    member = known & people.member[orders.person]
    drawn = rng.random(len(orders))
    both, alone = member & (drawn < _BOTH), member & (drawn > 1 - _PHONE_ALONE)
    card = member & ~alone
    noted = np.where(both | alone | (known & ~member), _OWN, _BLANK).astype(np.int8)
    for kind, among, odds, least in (
        (_TYPO, noted == _OWN, 0.001, 1),
        (_TRUNCATED, card & (noted == _OWN), 0.0001, 1),
        (_HOTLINE, card & (noted == _OWN), 0.0005, 9),
        (_FILLER, noted == _BLANK, 0.003, 3),
    ):
        noted[some(rng, np.flatnonzero(among & (noted <= _OWN)), max(least, round(odds * len(orders))))] = kind
    return card, noted


def _mistype(rng: np.random.Generator, people: People, noted: Ints, mobile: Ints, card: Bools) -> None:
    """Mistype the mobiles to be mistyped, unless somebody else happens to have that number."""
    rows = np.flatnonzero(noted == _TYPO)
    wrong = identifiers.mistyped(rng, mobile[rows])
    taken = np.isin(wrong, people.phones) | (wrong == int(identifiers.FILLER_PHONES[0]))
    mobile[rows] = np.where(taken, mobile[rows], wrong)
    noted[rows[taken]] = _OWN


def write(
    path: Path, period: Period, month: Month, *, people: People, all_of: Receipts, campaigns: tuple[Campaign, ...]
) -> tuple[int, mess.Faults]:
    """Write one month; return its lines and the faults in it."""
    span = month.span(all_of.orders.minute)
    mine = part(all_of, span)
    rng = period.rng(f"pos {month.label}")
    basket = fill(rng, people, mine.orders)
    mine.cents[:] = basket.totals(len(mine.orders))
    faults = mess.Faults()
    lines = _lines(rng, period, people, mine=mine, basket=basket, campaigns=campaigns, faults=faults, file=path.name)
    with text_file(path, header=HEADER, encoding="gbk", packed=True) as out:
        out(lines)
    return len(lines), faults


def _lines(
    rng: np.random.Generator,
    period: Period,
    people: People,
    *,
    mine: Receipts,
    basket: Basket,
    campaigns: tuple[Campaign, ...],
    faults: mess.Faults,
    file: str,
) -> pa.Array:
    heads = text.glue("R", text.whole(mine.number))
    fault = mine.fault[basket.order]
    rows = {kind: np.flatnonzero(fault == n + 1) for n, kind in enumerate(mess.QUARANTINE)}
    for kind, found in rows.items():
        faults.plant("pos", file, kind, len(found))
    price = text.edit(text.money(basket.price), rows["negative_price"], lambda amount: f"-{amount}")
    odd = rng.random(len(price))
    for kind, low, change in (("currency_sign", 0.0, mess.with_sign), ("full_width", 0.0025, mess.full_width)):
        found = np.flatnonzero((fault == 0) & (odd >= low) & (odd < low + 0.0025))
        price = text.edit(price, found, change)
        faults.plant("pos", file, kind, len(found))
    lines = text.glue(
        heads.take(pa.array(basket.order)),
        text.whole(basket.number),
        _middles(rng, period, people, mine=mine, faults=faults, file=file).take(pa.array(basket.order)),
        _GOODS.take(pa.array(basket.product)),
        text.whole(basket.quantity),
        price,
        text.money(basket.discount),
        _promotions(rng, mine.orders, basket, campaigns),
        between=",",
    )
    lines = text.glue(lines, "\n")
    lines = text.edit(lines, rows["too_few_fields"], mess.too_few)
    return text.edit(lines, rows["too_many_fields"], mess.too_many)


_GOODS = text.glue(catalogue.CATEGORY_OF, catalogue.SKUS, catalogue.PRODUCTS, between=",")


def _middles(
    rng: np.random.Generator, period: Period, people: People, *, mine: Receipts, faults: mess.Faults, file: str
) -> pa.Array:
    """Return store, time, card and mobile of each receipt."""
    orders = mine.orders
    home = stand_in(rng, orders.person, len(people))
    stores = pa.array([_store(place) for place in places().all])
    sold = period.minute_text(orders.minute, "/", " ")
    impossible = cycle(mess.impossible_dates())
    sold = text.edit(sold, _rows(mine, "impossible_date"), lambda _: next(impossible))
    sold = text.edit(sold, _rows(mine, "future_date"), lambda moment: mess.future(moment, period.until))
    card = people.cards[people.card_of(np.maximum(orders.person, 0), orders.minute)]
    card_text = text.blank_unless(identifiers.member_text(card), mine.card)
    mobile = text.blank_unless(text.whole(mine.mobile), mine.noted != _BLANK)
    mobile = text.edit(mobile, np.flatnonzero(mine.noted == _TRUNCATED), lambda number: number[:-1])
    fillers = cycle(identifiers.FILLER_PHONES)
    mobile = text.edit(mobile, np.flatnonzero(mine.noted == _FILLER), lambda _: next(fillers))
    for kind, name in ((_TYPO, "typo"), (_TRUNCATED, "truncated"), (_HOTLINE, "hotline"), (_FILLER, "filler")):
        faults.plant("pos", file, f"{name}_mobile", int(mine.orders.lines[mine.noted == kind].sum()))
    return text.glue(stores.take(pa.array(people.place[home])), sold, card_text, mobile, between=",")


def _rows(mine: Receipts, kind: str) -> Ints:
    return np.flatnonzero(mine.fault == mess.QUARANTINE.index(kind) + 1)


def _store(place: Place) -> str:
    town = (place.city or place.province).removesuffix("市")
    return f"{town}{place.district if place.tier < 2 else ''}店"


def _promotions(rng: np.random.Generator, orders: Orders, basket: Basket, campaigns: tuple[Campaign, ...]) -> pa.Array:
    codes = pa.array([*_PROMOTIONS, "", *(campaign.code for campaign in campaigns)])
    usual = np.where(basket.bargain & share(rng, len(basket.order), 0.8), rng.integers(0, 4, len(basket.order)), 4)
    coupon = orders.coupon[basket.order]
    return codes.take(pa.array(np.where(coupon >= 0, coupon + 5, usual)))
