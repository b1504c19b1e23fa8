"""Who buys when and through which channel, and how a coupon changes it: all orders, without their lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from huaxiang.simulate import personas
from huaxiang.simulate.arrays import Bools, Floats, Ints, share
from huaxiang.simulate.clock import DAY, Period
from huaxiang.simulate.population import LOYAL, NEW, ONE_OFF, PROSPECT, People

RECEIPTS_PER_CUSTOMER = 2.4
ANONYMOUS = 0.08
ONLINE_PER_CUSTOMER = 1.5
STATUS = ("paid", "refunded", "cancelled")
PAID = 0
_TARGETED = 0.2
_WINDOW_DAYS = 14


@dataclass(frozen=True)
class Campaign:
    """A coupon sent at `minute` to half of the targeted people; its window is `days` long.

    `bought` is what was seen (an order in the window); `effect` is, per persona, by how much the coupon raises the
    probability of an order in the window.
    """

    code: str
    minute: int
    days: int
    person: Ints
    treated: Bools
    bought: Bools
    effect: Floats


@dataclass(frozen=True)
class Orders:
    """Orders ascending by minute; `person` is -1 where nobody knows, `coupon` -1 or a campaign's number."""

    person: Ints
    minute: Ints
    online: Bools
    coupon: Ints
    lines: Ints

    def __len__(self) -> int:
        return len(self.person)


def plan(period: Period, people: People) -> tuple[Orders, tuple[Campaign, ...]]:
    """Return all orders of the period and the campaigns that caused some of them."""
    rng = period.rng("orders")
    person = np.repeat(np.arange(len(people)), _counts(rng, period, people))
    minute = _moments(rng, period, people, person)
    campaigns, extra = [], []
    for number, part in enumerate((0.35, 0.75)):
        campaign, caused = _campaign(rng, period, people, part=part, person=person, minute=minute)
        campaigns.append(campaign)
        extra.append(_caused(rng, campaign, caused, number))
    coupon = np.concatenate([_redeemed(rng, person, minute, campaigns), *(entry[2] for entry in extra)])
    person = np.concatenate([person, *(entry[0] for entry in extra)])
    minute = np.concatenate([minute, *(entry[1] for entry in extra)])
    known = Orders(person, minute, _online(rng, people, person), coupon, np.empty(0, dtype=np.int64))
    return _finish(rng, period, people, known), tuple(campaigns)


def _counts(rng: np.random.Generator, period: Period, people: People) -> Ints:
    """Return how many orders each person places of their own accord."""
    wanted = (RECEIPTS_PER_CUSTOMER * (1 - ANONYMOUS) + ONLINE_PER_CUSTOMER) * len(people)
    days = people.active_to - people.active_from
    pace = personas.each("pace")[people.persona] * rng.gamma(2.0, 0.5, len(people)) * days
    # Somebody in their first weeks buys more often than an average customer.
    pace = np.where(people.life == NEW, pace * 2, pace) * ((people.life != PROSPECT) & (people.life != ONE_OFF))
    once = people.life == ONE_OFF
    expected = pace * ((wanted - once.sum()) / pace.sum())
    loyal = (people.life == LOYAL) & share(rng, len(people), 0.8)
    return np.where(once, 1, np.maximum(rng.poisson(expected), np.where(loyal, 2, 0)))


def _moments(rng: np.random.Generator, period: Period, people: People, person: Ints) -> Ints:
    """Return a minute within each person's active days: weekends and hours after the persona's habit."""
    start, end = people.active_from[person], people.active_to[person]
    day = start + (rng.random(len(person)) * (end - start)).astype(np.int64)
    persona = people.persona[person]
    weekday = (day + period.start.weekday()) % 7
    moved = day + np.where(rng.random(len(day)) < 0.5, 5, 6) - weekday
    pulled = (weekday < 5) & share(rng, len(day), personas.each("weekend")[persona]) & (moved < end)
    hour = personas.hours().draw(rng, persona)
    return np.where(pulled, moved, day) * DAY + hour * 60 + rng.integers(0, 60, len(day))


def _campaign(
    rng: np.random.Generator, period: Period, people: People, *, part: float, person: Ints, minute: Ints
) -> tuple[Campaign, Ints]:
    """Return a campaign at that part of the period, and those it causes to buy who would not have bought."""
    day = int(period.days * part)
    days = min(_WINDOW_DAYS, period.days - day)
    would = np.zeros(len(people), dtype=bool)
    would[person[(minute >= day * DAY) & (minute < (day + days) * DAY)]] = True
    targeted = np.flatnonzero((people.joined < day) & share(rng, len(people), _TARGETED))
    treated = share(rng, len(targeted), 0.5)
    persona = people.persona[targeted]
    odds = personas.each("coupon_effect")
    stirred = treated & ~would[targeted] & share(rng, len(targeted), odds[persona])
    kinds = len(odds)
    idle = np.bincount(persona, ~would[targeted], kinds) / np.maximum(np.bincount(persona, minlength=kinds), 1)
    code = f"CP{period.start + timedelta(days=day):%y%m%d}"
    bought = would[targeted] | stirred
    return Campaign(code, day * DAY, days, targeted, treated, bought, odds * idle), targeted[stirred]


def _caused(rng: np.random.Generator, campaign: Campaign, caused: Ints, number: int) -> tuple[Ints, Ints, Ints]:
    """Return person, minute and coupon of the orders a campaign causes."""
    day = rng.integers(0, campaign.days, len(caused)) * DAY
    return caused, campaign.minute + day + rng.integers(9 * 60, 22 * 60, len(caused)), np.full(len(caused), number)


def _redeemed(rng: np.random.Generator, person: Ints, minute: Ints, campaigns: list[Campaign]) -> Ints:
    """Return which coupon is used on orders that would have been placed anyway."""
    coupon = np.full(len(person), -1)
    for number, campaign in enumerate(campaigns):
        holders = np.zeros(int(person.max(initial=0)) + 1, dtype=bool)
        mine = campaign.person[campaign.treated]
        holders[mine[mine < len(holders)]] = True
        within = (minute >= campaign.minute) & (minute < campaign.minute + campaign.days * DAY)
        coupon[within & holders[person] & share(rng, len(person), 0.4)] = number
    return coupon


def _online(rng: np.random.Generator, people: People, person: Ints) -> Bools:
    """Return which orders are placed online; shares per persona, scaled so that the volumes come out as promised."""
    leaning = personas.each("online")[people.persona[person]]
    wanted = ONLINE_PER_CUSTOMER / (ONLINE_PER_CUSTOMER + RECEIPTS_PER_CUSTOMER * (1 - ANONYMOUS))
    return share(rng, len(person), np.clip(leaning * (wanted / leaning.mean()), 0, 0.97))


def stand_in(rng: np.random.Generator, person: Ints, people: int) -> Ints:
    """Return `person`, with somebody at random where nobody knows who bought."""
    return np.where(person < 0, rng.integers(0, people, len(person)), person)


def _finish(rng: np.random.Generator, period: Period, people: People, known: Orders) -> Orders:
    """Return the known orders with anonymous receipts added, shops' opening hours kept, line counts drawn."""
    strangers = round(RECEIPTS_PER_CUSTOMER * ANONYMOUS * len(people))
    person = np.concatenate([known.person, np.full(strangers, -1)])
    minute = np.concatenate([known.minute, rng.integers(0, period.days * DAY, strangers)])
    online = np.concatenate([known.online, np.zeros(strangers, dtype=bool)])
    coupon = np.concatenate([known.coupon, np.full(strangers, -1)])
    open_hours = minute // DAY * DAY + 9 * 60 + minute % DAY * 12 * 60 // DAY
    closed = ~online & ((minute % DAY < 9 * 60) | (minute % DAY >= 21 * 60))
    minute = np.where(closed, open_hours, minute)
    size = personas.each("lines")[people.persona[stand_in(rng, person, len(people))]] * np.where(online, 0.81, 0.98)
    lines = np.minimum(1 + rng.poisson(np.maximum(size - 1, 0.2)), 30)
    by_time = np.argsort(minute, kind="stable")
    return Orders(person[by_time], minute[by_time], online[by_time], coupon[by_time], lines[by_time])
