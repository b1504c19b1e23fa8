"""What is true, written apart from the raw files: nothing of the product reads it.

people        one row per person; `first_seen` is the day they joined (no order of theirs is earlier), `life` what
              was meant to become of them, which chance may have changed
identifiers   (person, kind, value) that occurs in the raw files, normalised; `origin` own | typo | hotline | tablet;
              `shared` when the value stands on rows of several people
orders        `amount` is what was meant, planted faults or not; `valid` is false when the row carries a fault after
              which it cannot be used; `person` is null for receipts that show nobody
lifecycle     at midnight after the last day, from valid, paid orders; lapsed goes before first_time and repeat
promotions    who was targeted, treated (half, at random), bought within the window; `true_effect` is the rise of the
              probability of an order within the window, for the person's persona
faults        rows per source, file and planted fault; `quarantine` when such a row cannot be used
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.simulate import identifiers, mess, personas, text
from huaxiang.simulate.arrays import Bools, Ints
from huaxiang.simulate.clock import DAY, Period
from huaxiang.simulate.orders import PAID, STATUS, Campaign
from huaxiang.simulate.places import places
from huaxiang.simulate.population import LIFE, People
from huaxiang.simulate.writers import parquet

LAPSE_QUANTILE = 0.9
KINDS = ("phone", "member_id", "unionid", "openid", "device_id", "email", "id_card")
_COLUMNS = ["person", "kind", "value", "shared", "origin"]
_DOUBLE = ("phone", "member_id", "device_id")


@dataclass
class Seen:
    """Which identifiers occur in the raw files."""

    people: int
    flags: dict[str, Bools] = field(init=False)
    strays: list[pa.Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flags = {kind: np.zeros(self.people * (1 + (kind in _DOUBLE)), dtype=bool) for kind in KINDS}

    def mark(self, kind: str, entries: Ints) -> None:
        """Note that these entries of the people's own identifiers occur."""
        self.flags[kind][entries] = True

    def stray(self, person: Ints, kind: str, values: pa.Array, *, shared: bool, origin: str) -> None:
        """Note values that occur on these persons' rows without being their own."""
        count = len(person)
        flags = np.full(count, shared)
        self.strays.append(_identifier_rows(person, kind, values, shared=flags, origin=origin))


@dataclass(frozen=True)
class TrueOrders:
    """Orders of one channel as written: amounts in hundredths, `person` -1 where nobody knows."""

    channel: str
    number: pa.Array
    person: Ints
    second: Ints
    cents: Ints
    status: Ints
    valid: Bools


def write(
    folder: Path,
    period: Period,
    people: People,
    *,
    seen: Seen,
    orders: Iterable[TrueOrders],
    campaigns: tuple[Campaign, ...],
    faults: mess.Faults,
) -> list[Path]:
    """Write all truth below `folder`; return the files."""
    channels = tuple(orders)
    lifecycle, limit = _lifecycle(period, people, channels)
    tables = {
        "people": _people(period, people),
        "identifiers": _identifiers(people, seen),
        "orders": pa.concat_tables(_orders(period, channel) for channel in channels),
        "lifecycle": lifecycle,
        "promotions": pa.concat_tables(_promotion(people, campaign) for campaign in campaigns),
        "faults": faults.table(),
    }
    for name, table in tables.items():
        parquet(folder / f"{name}.parquet", table)
    settings = folder / "parameters.json"
    settings.write_text(mess.dumps(_parameters(period, people, limit, campaigns)), "utf-8")
    return [*(folder / f"{name}.parquet" for name in tables), settings]


def _people(period: Period, people: People) -> pa.Table:
    homes = places().all
    day = pa.array(people.birth.astype(np.int32)).cast(pa.date32())
    seen_first = pa.array((people.joined + period.start_day).astype(np.int32)).cast(pa.date32())
    columns = {
        "person": np.arange(len(people), dtype=np.int32),
        "persona": text.pick(personas.NAMES, people.persona),
        "gender": text.pick(("female", "male"), people.male),
        "birth_date": day,
        "name": people.name,
        "province": text.pick([home.province for home in homes], people.place),
        "city": text.pick([home.city or home.province for home in homes], people.place),
        "city_tier": pa.array(np.array([home.tier for home in homes])[people.place] + 1),
        "first_seen": seen_first,
        "life": text.pick(LIFE, people.life),
        "member": people.member,
    }
    return pa.table(columns)


def _identifier_rows(person: Ints, kind: str, value: pa.Array, *, shared: Bools, origin: str) -> pa.Table:
    whose = pa.array(person.astype(np.int32))
    same = {name: pa.repeat(word, len(person)) for name, word in (("kind", kind), ("origin", origin))}
    return pa.table([whose, same["kind"], value, pa.array(shared), same["origin"]], names=_COLUMNS)


def _identifiers(people: People, seen: Seen) -> pa.Table:
    values = {
        "phone": text.whole(people.phones),
        "member_id": identifiers.member_text(people.cards),
        "unionid": people.unionid,
        "openid": people.openid,
        "device_id": people.devices,
        "email": people.email,
        "id_card": people.id_card,
    }
    pairs = {"phone": people.families, "device_id": people.shared_devices}
    parts = []
    for kind in KINDS:
        entry = np.flatnonzero(seen.flags[kind])
        shared = np.zeros(len(seen.flags[kind]), dtype=bool)
        first = pairs.get(kind, np.empty(0, dtype=np.int64))
        shared[first], shared[first + 1] = True, True
        own = values[kind].take(pa.array(entry))
        parts.append(_identifier_rows(entry % len(people), kind, own, shared=shared[entry], origin="own"))
    strays = pa.concat_tables(seen.strays).group_by(_COLUMNS, use_threads=False)
    return pa.concat_tables([*parts, strays.aggregate([])])


def _orders(period: Period, orders: TrueOrders) -> pa.Table:
    count = len(orders.person)
    columns = {
        "person": pa.array(orders.person.astype(np.int32), mask=orders.person < 0),
        "order_no": orders.number,
        "channel": pa.repeat(orders.channel, count),
        "ordered_at": period.timestamps(orders.second),
        "amount": text.decimal(orders.cents),
        "status": text.pick(STATUS, orders.status),
        "valid": orders.valid,
    }
    return pa.table(columns)


def _lifecycle(period: Period, people: People, channels: tuple[TrueOrders, ...]) -> tuple[pa.Table, int]:
    """Return each person's stage and the limit in days after which a customer counts as lapsed."""
    counted = [(c.person >= 0) & c.valid & (c.status == PAID) for c in channels]
    person = np.concatenate([c.person[keep] for c, keep in zip(channels, counted, strict=True)])
    second = np.concatenate([c.second[keep] for c, keep in zip(channels, counted, strict=True)])
    orders = np.bincount(person, minlength=len(people))
    last = np.full(len(people), -1, dtype=np.int64)
    np.maximum.at(last, person, second)
    limit = _limit(person, second)
    silent = period.days - last // (DAY * 60)
    stage = np.select([orders == 0, silent > limit, orders == 1], [0, 3, 1], 2)
    columns = {
        "person": np.arange(len(people), dtype=np.int32),
        "orders": orders.astype(np.int32),
        "last_order_at": pc.if_else(pa.array(orders > 0), period.timestamps(last), None),
        "lifecycle": text.pick(("prospect", "first_time", "repeat", "lapsed"), stage),
    }
    return pa.table(columns), limit


def _limit(person: Ints, second: Ints) -> int:
    """Return the discrete quantile of the gaps, in days, between a person's consecutive days with an order."""
    day = np.unique(person.astype(np.int64) * 2**20 + second // (DAY * 60))
    same = day[1:] // 2**20 == day[:-1] // 2**20
    gaps = np.sort((day[1:] - day[:-1])[same])
    if not len(gaps):
        return 0
    return int(gaps[max(0, int(np.ceil(LAPSE_QUANTILE * len(gaps))) - 1)])


def _promotion(people: People, campaign: Campaign) -> pa.Table:
    columns = {
        "person": campaign.person.astype(np.int32),
        "promo_code": pa.repeat(campaign.code, len(campaign.person)),
        "treated": campaign.treated,
        "bought": campaign.bought,
        "true_effect": campaign.effect[people.persona[campaign.person]],
    }
    return pa.table(columns)


def _parameters(period: Period, people: People, limit: int, campaigns: tuple[Campaign, ...]) -> dict[str, object]:
    return {
        "customers": period.customers,
        "seed": period.seed,
        "start": period.start.isoformat(),
        "until": period.until.isoformat(),
        "as_of": f"{period.until + timedelta(days=1)}T00:00:00",
        "months": period.months,
        "lifecycle": {
            "counted": "orders with valid and status = paid",
            "lapse_quantile": LAPSE_QUANTILE,
            "lapse_limit_days": limit,
            "order": ["prospect", "lapsed", "first_time", "repeat"],
        },
        "hotlines": [str(number) for number in people.hotlines],
        "fillers": list(identifiers.FILLER_PHONES),
        "campaigns": [
            {
                "promo_code": campaign.code,
                "sent_on": (period.start + timedelta(minutes=campaign.minute)).isoformat(),
                "days": campaign.days,
                "effect": dict(zip(personas.NAMES, campaign.effect.round(6).tolist(), strict=True)),
            }
            for campaign in campaigns
        ],
    }
