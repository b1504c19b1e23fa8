"""Writing a batch into the live store, with what the debugger and the live page show of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import numpy as np

from huaxiang.inbox.event import Event
from huaxiang.inbox.rules import NOT_APPLIED
from huaxiang.live.cleaning import Cleaned
from huaxiang.live.computing import Computed
from huaxiang.live.outcome import Move, TagChanges
from huaxiang.live.people import People
from huaxiang.privacy.scrub import scrub
from huaxiang.serving.current import microseconds
from huaxiang.serving.store import KEPT_OUTBOX, KEPT_TRACES, LiveStore, as_json

_KEPT_BATCHES = 20_000
_KEPT_MOVES, _KEPT_REJECTED = 200_000, 20_000
_LONGEST = 100
_SWEEP = 4
"""Every so many batches what is too old to be shown is removed."""


@dataclass(frozen=True)
class Written:
    """A batch as kept: its number, what it did, and its seconds by stage."""

    id: int
    events: int
    subjects: int
    changes: int
    moves: int
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Lag:
    """When a batch was in the profiles, how long its events took from the door to there, and its seconds by stage."""

    batch: int
    at: int
    p50: float
    p99: float
    seconds: Mapping[str, float]


def lag_of(batch: Written, events: Sequence[Event], at: datetime, commit: float) -> Lag:
    """Return the lag of a batch that is kept since `at`; `commit` is in seconds."""
    p50, p99 = _lags(events, microseconds(at))
    return Lag(batch.id, microseconds(at), p50, p99, {**batch.seconds, "commit": round(commit, 6)})


def write_lags(store: LiveStore, lags: Sequence[Lag]) -> None:
    """Write the lags of batches that were kept before: each is known only once its transaction is over."""
    store.db.executemany(
        "UPDATE batches SET at = ?, lag_p50 = ?, lag_p99 = ?, seconds = ? WHERE id = ?",
        [(each.at, each.p50, each.p99, as_json(each.seconds), each.batch) for each in lags],
    )


def _lags(events: Sequence[Event], at: int) -> tuple[float, float]:
    """Return how many seconds ago events came in: the middle, and of 99 in a hundred at most."""
    ago = (at - np.array([each.received for each in events], np.int64)) / 1e6
    p50, p99 = np.percentile(ago, (50, 99))
    return float(p50), float(p99)


def write_aside(store: LiveStore, event: Event, sealed: bytes, at: datetime) -> None:
    """Note of an event that it could not be applied: the next build takes it up."""
    took = [{"outcome": f"quarantined:{NOT_APPLIED}"}]
    store.db.execute(
        "INSERT INTO rejected (number, source, rule, fate, sealed, at) VALUES (?, ?, ?, 'row', ?, ?)",
        (event.number, event.door, NOT_APPLIED, sealed, microseconds(at)),
    )
    store.db.execute(
        "INSERT OR REPLACE INTO traces VALUES (?, 0, ?, ?, ?, ?, NULL, ?)",
        (event.number, event.door, event.type, _scrubbed(event.name[:_LONGEST]), event.received, as_json(took)),
    )
    store.set_meta("applied", event.number)


@lru_cache(maxsize=10_000)
def _scrubbed(name: str) -> str:
    # A client may write anything there: what looks personal is not kept in clear.
    return scrub(name)


def write_batch(
    store: LiveStore, events: Sequence[Event], cleaned: Cleaned, people: People, computed: Computed,
    changes: Sequence[TagChanges], moved: Sequence[Move], *, as_of: datetime, at: datetime, duplicates: int, held: int,
    timing: Mapping[str, float], told: bool,
) -> Written:  # fmt: skip
    """Write what a batch leaves; `duplicates` counts facts that were there already, `held` links that wait."""
    number, count = int(store.meta("batch", "0")) + 1, sum(len(each.tags) for each in changes)
    _profiles(store, people, computed, number, as_of)
    stamp = microseconds(at)
    if told:
        _stopped(store, cleaned, stamp)
        _happened(store, people, moved, number, stamp)
        _traces(store, events, cleaned, people, number)
        _batch(store, events, cleaned, people, (count, len(moved)), number, stamp, duplicates, timing)
        if number % _SWEEP == 0:
            _sweep(store, number)
    store.set_meta("batch", number)
    store.set_meta("applied", events[-1].number)
    if held:
        store.set_meta("held", int(store.meta("held", "0")) + held)
    return Written(number, len(events), len(people.touched), count, len(moved))


def _profiles(store: LiveStore, people: People, computed: Computed, number: int, as_of: datetime) -> None:
    moment = microseconds(as_of)
    store.db.executemany(
        "INSERT OR REPLACE INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                subject, number, moment, people.since(subject), as_json(people.origins[subject]),
                computed.tags[subject], as_json(computed.segments[subject]),
            )
            for subject in people.touched
        ],
    )  # fmt: skip


def _stopped(store: LiveStore, cleaned: Cleaned, stamp: int) -> None:
    store.db.executemany(
        "INSERT INTO rejected (number, source, rule, fate, sealed, at) VALUES (?, ?, ?, ?, ?, ?)",
        [(*each, stamp) for each in cleaned.stopped],
    )


def _happened(store: LiveStore, people: People, moved: Sequence[Move], number: int, stamp: int) -> None:
    db = store.db
    db.executemany(
        "INSERT INTO moves (batch, subject, segment, move, at) VALUES (?, ?, ?, ?, ?)",
        [(number, each.subject, each.segment, each.move, stamp) for each in moved],
    )
    db.executemany(
        "INSERT INTO merges (batch, from_subject, into_subject, a, b, at) VALUES (?, ?, ?, ?, ?, ?)",
        [(number, each.gone, each.into, each.a, each.b, stamp) for each in people.joined.merges],
    )


def _traces(store: LiveStore, events: Sequence[Event], cleaned: Cleaned, people: People, number: int) -> None:
    whose: dict[int, int] = {}
    for facts, subjects in zip(cleaned.facts, people.of_facts, strict=True):
        whose |= dict(zip(facts.numbers.tolist(), subjects.tolist(), strict=True))
    store.db.executemany(
        "INSERT OR REPLACE INTO traces VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                each.number, number, each.door, each.type, _scrubbed(each.name[:_LONGEST]), each.received,
                whose.get(each.number) or None, as_json(cleaned.took[each.number]),
            )
            for each in events
        ],
    )  # fmt: skip


def _batch(
    store: LiveStore, events: Sequence[Event], cleaned: Cleaned, people: People, did: tuple[int, int], number: int,
    stamp: int, duplicates: int, timing: Mapping[str, float],
) -> None:  # fmt: skip
    counts = cleaned.counts
    store.db.execute(
        "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, stamp, events[0].number, events[-1].number, len(events), counts["facts"], duplicates,
            counts["quarantined"], counts["untaken"], len(people.touched), *did, len(people.joined.merges),
            *_lags(events, stamp), as_json(dict(timing)),
        ),
    )  # fmt: skip


def _sweep(store: LiveStore, number: int) -> None:
    kept = {"traces": ("number", KEPT_TRACES), "outbox": ("id", KEPT_OUTBOX), "moves": ("id", _KEPT_MOVES)}
    kept |= {"merges": ("id", _KEPT_MOVES), "rejected": ("id", _KEPT_REJECTED)}
    for table, (key, most) in kept.items():
        store.db.execute(f"DELETE FROM {table} WHERE {key} < (SELECT max({key}) FROM {table}) - ?", (most,))
    store.db.execute("DELETE FROM batches WHERE id < ?", (number - _KEPT_BATCHES,))
