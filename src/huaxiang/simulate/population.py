"""The people: who they are, which identifiers they own, when they are customers. Nothing here is in a file yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from huaxiang.simulate import identifiers, names, personas, text
from huaxiang.simulate.arrays import Bools, Floats, Ints, Wheel, apportion, share, some
from huaxiang.simulate.clock import DAY, NEVER, Period
from huaxiang.simulate.places import places

LIFE = ("prospect", "one_off", "loyal", "lapsing", "new")
PROSPECT, ONE_OFF, LOYAL, LAPSING, NEW = range(5)
_LIFE_SHARES = (0.14, 0.20, 0.36, 0.18, 0.12)
_MEMBERS = np.array([0.50, 0.50, 0.86, 0.82, 0.62])
_STREETS = ("人民", "中山", "解放", "建设", "和平", "新华", "胜利", "文化", "长江", "黄河", "滨河", "学府", "花园")


@dataclass(frozen=True)
class People:
    """One entry per person in every array.

    Days count from the period's start (negative before it), minutes too. Identifiers of which a person has a first
    and a second (phones, cards, devices) lie in one array twice as long, 0 or null where there is no second.
    """

    persona: Ints
    male: Ints
    birth: Ints
    life: Ints
    joined: Ints
    active_from: Ints
    active_to: Ints
    favourite: Ints
    mood: Floats
    member: Bools
    name: pa.Array
    place: Ints
    address: pa.Array
    phones: Ints
    phone_changed: Ints
    cards: Ints
    card_changed: Ints
    unionid: pa.Array
    openid: pa.Array
    devices: pa.Array
    tablets: pa.Array
    hotlines: Ints
    email: pa.Array
    id_card: pa.Array
    families: Ints
    shared_devices: Ints

    def __len__(self) -> int:
        return len(self.persona)

    def phone_of(self, person: Ints, minute: Ints) -> Ints:
        """Return which entry of `phones` each person uses at that minute."""
        return person + len(self) * (minute >= self.phone_changed[person])

    def card_of(self, person: Ints, minute: Ints) -> Ints:
        """Return which entry of `cards` each person uses at that minute."""
        return person + len(self) * (minute >= self.card_changed[person])

    @property
    def wechat(self) -> Bools:
        """Who uses WeChat."""
        return np.asarray(self.openid.is_valid())


@dataclass(frozen=True)
class _Body:
    """What a person is born with."""

    persona: Ints
    male: Ints
    birth: Ints
    surname: Ints
    name: pa.Array
    place: Ints
    address: pa.Array


def populate(period: Period) -> People:
    """Return the people of this period and seed."""
    rng = period.rng("people")
    body = _body(rng, period)
    life, joined, start, end = _lives(rng, period)
    member = share(rng, period.customers, _MEMBERS[life])
    wechat = share(rng, period.customers, personas.each("wechat")[body.persona])
    phones, changed = _phones(rng, period, member)
    families = _families(rng, member & (changed == NEVER), max(1, round(period.customers * 0.0002)))
    phones[families + 1] = phones[families]
    cards, recarded = _cards(rng, period, member)
    devices, shared_devices = _devices(rng, period.customers)
    return People(
        persona=body.persona,
        male=body.male,
        birth=body.birth,
        life=life,
        joined=joined,
        active_from=start,
        active_to=end,
        favourite=personas.likes().draw(rng, body.persona),
        mood=rng.normal(personas.each("content")[body.persona] - 0.9 * (life == LAPSING), 1.0),
        member=member,
        name=body.name,
        place=body.place,
        address=body.address,
        phones=phones[: 2 * period.customers],
        phone_changed=changed,
        cards=cards,
        card_changed=recarded,
        unionid=text.blank_unless(identifiers.wechat_ids(rng, period.customers, "o6_"), wechat, None),
        openid=text.blank_unless(identifiers.wechat_ids(rng, period.customers, "oX4p"), wechat, None),
        devices=devices,
        tablets=identifiers.devices(rng, max(1, period.customers // 13_000)),
        hotlines=phones[2 * period.customers :],
        email=_emails(rng, body, member),
        id_card=_id_cards(rng, body, member),
        families=families,
        shared_devices=shared_devices,
    )


def _body(rng: np.random.Generator, period: Period) -> _Body:
    count = period.customers
    persona = apportion(rng, personas.each("share"), count).astype(np.int8)
    male = 1 - share(rng, count, personas.each("women")[persona]).astype(np.int64)
    ages = np.array([entry.ages for entry in personas.PERSONAS])[persona]
    age_days = (rng.uniform(ages[:, 0], ages[:, 1]) * 365.25).astype(np.int64)
    surname = apportion(rng, np.array(names.SURNAME_WEIGHTS), count)
    women, all_given = names.GIVEN_OF_WOMEN, len(names.GIVEN)
    given = np.where(male == 1, rng.integers(women, all_given, count), rng.integers(0, women, count))
    place = _homes(rng, persona)
    return _Body(
        persona=persona,
        male=male,
        birth=period.start_day + period.days - age_days,
        surname=surname,
        name=text.glue(names.SURNAMES.take(pa.array(surname)), names.GIVEN.take(pa.array(given))),
        place=place,
        address=_addresses(rng, place),
    )


def _homes(rng: np.random.Generator, persona: Ints) -> Ints:
    """Return the place each person lives in; the odds depend on the persona's city tiers."""
    return Wheel([places().odds(entry.tiers).tolist() for entry in personas.PERSONAS]).draw(rng, persona)


def _addresses(rng: np.random.Generator, place: Ints) -> pa.Array:
    towns = pa.array([entry.province + entry.city + entry.district for entry in places().all])
    streets = pa.array([f"{name}{kind}" for name in _STREETS for kind in ("路", "街", "大道", "东路")])
    street = streets.take(pa.array(rng.integers(0, len(streets), len(place))))
    number, room = (text.whole(rng.integers(1, high, len(place))) for high in (400, 33))
    return text.glue(towns.take(pa.array(place)), street, number, "号", room, "室")


def _lives(rng: np.random.Generator, period: Period) -> tuple[Ints, Ints, Ints, Ints]:
    """Return lifecycle meant, day joined, first and last-but-one day active."""
    count, days = period.customers, period.days
    life = apportion(rng, np.array(_LIFE_SHARES), count).astype(np.int8)
    long_ago = rng.integers(-1000, days // 2, count)
    lately = rng.integers(max(0, days - 90), days, count)
    anytime = rng.integers(-400, days, count)
    joined = np.select([life == NEW, (life == LOYAL) | (life == LAPSING)], [lately, long_ago], anytime)
    start = np.maximum(joined, 0)
    gone = start + 1 + (rng.uniform(0.05, 0.5, count) * (days - start)).astype(np.int64)
    return life, joined, start, np.where(life == LAPSING, np.minimum(gone, days), days)


def _phones(rng: np.random.Generator, period: Period, member: Bools) -> tuple[Ints, Ints]:
    """Return first and second phones with three hot-line numbers behind, and the minute of each change."""
    count = period.customers
    numbers = identifiers.phones(rng, 2 * count + 3)
    changes = member & share(rng, count, 0.012)
    numbers[count : 2 * count][~changes] = 0
    at = rng.integers(period.days * DAY // 4, period.days * DAY * 3 // 4, count)
    return numbers, np.where(changes, at, NEVER)


def _cards(rng: np.random.Generator, period: Period, member: Bools) -> tuple[Ints, Ints]:
    """Return first and second card numbers, and the minute from which the second is used."""
    count = period.customers
    numbers = identifiers.member_numbers(rng, 2 * count)
    again = member & share(rng, count, 0.007)
    numbers[~np.concatenate([member, again])] = 0
    at = rng.integers(0, period.days * DAY, count)
    return numbers, np.where(again, at, NEVER)


def _families(rng: np.random.Generator, able: Bools, wanted: int) -> Ints:
    """Return the first of each pair of neighbours who share one phone; both must be able to."""
    first = np.arange(0, len(able) - 1, 2)
    return some(rng, first[able[first] & able[first + 1]], wanted)


def _devices(rng: np.random.Generator, count: int) -> tuple[pa.Array, Ints]:
    """Return first and second devices, and the first of each pair of neighbours who share one."""
    row = np.arange(2 * count)
    first = np.arange(0, count - 1, 2)
    shared = first[share(rng, len(first), 0.02)]
    row[shared + 1] = shared
    has = np.concatenate([np.ones(count, dtype=bool), share(rng, count, 0.25)])
    own = text.blank_unless(identifiers.devices(rng, 2 * count), has, None)
    return own.take(pa.array(row)), shared


def _emails(rng: np.random.Generator, body: _Body, member: Bools) -> pa.Array:
    own = identifiers.emails(rng, names.SPELLINGS.take(pa.array(body.surname)))
    return text.blank_unless(own, member & share(rng, len(member), 0.5), None)


def _id_cards(rng: np.random.Generator, body: _Body, member: Bools) -> pa.Array:
    birth = body.birth.astype("datetime64[D]")
    year = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    month = birth.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (birth - birth.astype("datetime64[M]")).astype(np.int64) + 1
    codes = np.array([int(place.code) for place in places().all])
    # Only districts whose code existed in the year of birth: validators that know the history refuse the others.
    origin = codes[(rng.random(len(year)) * places().in_use(year)).astype(np.int64)]
    cards = identifiers.id_cards(rng, origin, year * 10_000 + month * 100 + day, body.male)
    return text.blank_unless(cards, member & share(rng, len(member), 0.62), None)
