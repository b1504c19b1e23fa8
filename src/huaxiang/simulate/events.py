"""Visits of the mini programme, as events, one JSON object a line, one file a month."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.simulate import catalogue, mess, personas, text
from huaxiang.simulate.arrays import Bools, Ints, Wheel, apportion, part, share, some
from huaxiang.simulate.clock import DAY, NEVER, Month, Period
from huaxiang.simulate.orders import Orders
from huaxiang.simulate.population import People
from huaxiang.simulate.truth import Seen
from huaxiang.simulate.writers import Lines, text_file

EVENTS_PER_CUSTOMER = 9.0
EVENTS = ("view", "search", "cart", "favourite", "share", "checkout")
_BROWSE = Wheel([[0.62, 0.17, 0.08, 0.08, 0.05]])
_SEARCH, _CART, _CHECKOUT = 1, 2, 5
_PAGES = tuple(f"pages/{name}" for name in ("detail", "search", "detail", "detail", "detail", "confirm"))
_TABLET = 2
_BATCH = 60_000
_DOUBLED = 0.001


@dataclass(frozen=True)
class Visits:
    """Visits ascending by minute: `length` events, the last a checkout when `buys`; `device` 0 or 1 is the person's
    own first or second, 2 and above a store's tablet."""

    person: Ints
    minute: Ints
    length: Ints
    buys: Bools
    device: Ints

    def __len__(self) -> int:
        return len(self.person)


def sign_ins(period: Period, people: People, orders: Orders) -> Ints:
    """Return the minute from which each person's unionid is known, NEVER for most who never ordered online.

    A unionid of somebody who has other certain identifiers must be linked to them, and only online orders do that.
    """
    rng = period.rng("sign in")
    count = len(people)
    ordered = np.full(count, NEVER, dtype=np.int64)
    np.minimum.at(ordered, orders.person[orders.online], orders.minute[orders.online])
    early = np.maximum(ordered - rng.integers(0, 60 * DAY, count), people.active_from * DAY)
    stranger = people.wechat & ~people.member & (ordered == NEVER)
    stranger[orders.person[orders.person >= 0]] = False
    late = people.active_from * DAY + (rng.random(count) * (period.days - people.active_from) * DAY).astype(np.int64)
    # Not before they joined, unless the order itself shows they had.
    known = people.wechat & (ordered != NEVER)
    return np.select([known, stranger], [np.minimum(early, ordered), late], NEVER)


def visits(period: Period, people: People, orders: Orders, signed: Ints, seen: Seen) -> Visits:
    """Return all visits: one around each online order of a WeChat user, the rest for looking round."""
    rng = period.rng("visits")
    bought = np.flatnonzero(orders.online & people.wechat[np.maximum(orders.person, 0)])
    wanted = EVENTS_PER_CUSTOMER * len(people) - 4.0 * len(bought)
    looks = personas.each("browse")[people.persona] * rng.gamma(1.0, 1.0, len(people)) * people.wechat
    person = apportion(rng, looks, round(max(wanted, 0) / 3.5))
    start, end = people.active_from[person], people.active_to[person]
    day = start + (rng.random(len(person)) * (end - start)).astype(np.int64)
    minute = day * DAY + personas.hours().draw(rng, people.persona[person]) * 60 + rng.integers(0, 60, len(person))
    length = np.concatenate([2 + rng.poisson(2.0, len(bought)), 1 + rng.poisson(2.5, len(person))])
    buys = np.arange(len(length)) < len(bought)
    person = np.concatenate([orders.person[bought], person])
    minute = np.concatenate([orders.minute[bought], minute])
    by_time = np.argsort(minute, kind="stable")
    found = Visits(person[by_time], minute[by_time], length[by_time], buys[by_time], np.zeros(len(by_time), np.int64))
    found.device[:] = _devices(rng, people, found.person)
    _mark(people, found, signed, seen)
    return found


def _devices(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    second = np.asarray(people.devices.is_valid())[len(people) :][person] & share(rng, len(person), 0.3)
    tablet = rng.integers(0, len(people.tablets), len(person)) + _TABLET
    return np.where(share(rng, len(person), 0.01), tablet, second)


def _mark(people: People, found: Visits, signed: Ints, seen: Seen) -> None:
    seen.mark("openid", found.person)
    seen.mark("unionid", found.person[found.minute >= signed[found.person]])
    own = found.device < _TABLET
    seen.mark("device_id", found.person[own] + len(people) * found.device[own])
    tablets = people.tablets.take(pa.array(found.device[~own] - _TABLET))
    seen.stray(found.person[~own], "device_id", tablets, shared=True, origin="tablet")


def write(
    path: Path, period: Period, month: Month, *, people: People, all_of: Visits, signed: Ints
) -> tuple[int, mess.Faults]:
    """Write one month; return its lines and the faults in it."""
    mine = part(all_of, month.span(all_of.minute))
    rng = period.rng(f"mini {month.label}")
    faults = mess.Faults()
    rows, number = 0, int(month.label.replace("-", "")) * 10**9
    with text_file(path) as out:
        for first in range(0, len(mine), _BATCH):
            batch = part(mine, slice(first, first + _BATCH))
            lines = _lines(rng, period, people, batch=batch, signed=signed, number=number + rows)
            rows += _put(rng, out, lines, faults, path.name)
    return rows, faults


def _put(rng: np.random.Generator, out: Lines, lines: pa.Array, faults: mess.Faults, file: str) -> int:
    """Write the lines, a few of them twice, as a client does that tries again; return how many."""
    twice = some(rng, np.arange(len(lines)), round(_DOUBLED * len(lines)))
    faults.plant("mini", file, "duplicate_event", len(twice))
    out(lines.take(pa.array(np.sort(np.concatenate([np.arange(len(lines)), twice])))))
    return len(lines) + len(twice)


def _lines(
    rng: np.random.Generator, period: Period, people: People, *, batch: Visits, signed: Ints, number: int
) -> pa.Array:
    visit = np.repeat(np.arange(len(batch)), batch.length)
    place = np.arange(len(visit)) - (np.cumsum(batch.length) - batch.length)[visit]
    left = batch.length[visit] - 1 - place
    kind = _BROWSE.draw(rng, np.zeros(len(visit), dtype=np.int64))
    buys = batch.buys[visit]
    kind = np.select([buys & (left == 0), buys & (left == 1)], [_CHECKOUT, _CART], kind)
    # Only a checkout leads somewhere on time: the order. What came before it took 5 to 45 seconds each.
    second = np.maximum(batch.minute[visit] * 60 - left * rng.integers(5, 46, len(batch))[visit], 0)
    stem = _stems(rng, people, batch)[visit]
    by_visit = _whos(people, batch, signed)
    return text.glue(
        '{"id":"E',
        text.whole(np.arange(len(visit)) + number),
        '","event":"',
        text.pick(EVENTS, kind),
        '","ts":',
        text.whole(period.epoch_ms(second) + rng.integers(0, 1000, len(visit))),
        by_visit.take(pa.array(visit)),
        text.pick(_PAGES, kind),
        _SUBJECTS.take(pa.array(stem * 2 + (kind == _SEARCH))),
        "}\n",
    )


def _stems(rng: np.random.Generator, people: People, batch: Visits) -> Ints:
    """Return the kind of goods each visit is about."""
    loved = share(rng, len(batch), 0.5)
    drawn = personas.likes().draw(rng, people.persona[batch.person])
    return np.where(loved, people.favourite[batch.person], drawn) * 6 + rng.integers(0, 6, len(batch))


def _whos(people: People, batch: Visits, signed: Ints) -> pa.Array:
    """Return the part of the line that says who visits, and with what device."""
    person = pa.array(batch.person)
    known = batch.minute >= signed[batch.person]
    devices = pa.chunked_array([people.devices, people.tablets]).combine_chunks()
    count = len(people)
    device = np.where(batch.device < _TABLET, batch.person + batch.device * count, batch.device - _TABLET + 2 * count)
    return text.glue(
        ',"openid":"',
        people.openid.take(person),
        '","unionid":',
        text.json_text(text.blank_unless(people.unionid.take(person), known, None)),
        ',"device_id":"',
        devices.take(pa.array(device)),
        '","page":"',
    )


def _subjects() -> pa.Array:
    """Return for each kind of goods the end of a line without, then with a query."""
    found = []
    for number, stem in enumerate(catalogue.STEMS):
        category = catalogue.CATEGORIES[number // 6]
        found += [f'","category":"{category}","query":{query}' for query in ("null", f'"{stem}"')]
    return pa.array(found)


_SUBJECTS = _subjects()
