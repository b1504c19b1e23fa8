"""How fast events become profiles: by slices of some seconds over the last minutes, and an hour's counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from huaxiang.read.live.opened import SECOND
from huaxiang.serving.store import LiveStore

SLICE, SLICES = 5 * SECOND, 60
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND
_MOST_BATCHES = 40_000
"""More micro-batches than an hour can have, were one every 100 ms."""
_COLUMNS = "at, events, facts, duplicates, quarantined, untaken, subjects, changes, moves, merges, lag_p50, lag_p99"


@dataclass(frozen=True)
class Slice:
    """Some seconds: when they began (µs), events a second, and the lag from door to profile in seconds.

    `p50` is the median of the middle micro-batch, weighted by events; `p99` that of the worst one: the true one is
    not above it. Both None when nothing came.
    """

    at: int
    rate: float
    p50: float | None
    p99: float | None


@dataclass(frozen=True)
class Counts:
    """What the micro-batches of a time did."""

    events: int = 0
    facts: int = 0
    duplicates: int = 0
    quarantined: int = 0
    untaken: int = 0
    subjects: int = 0
    changes: int = 0
    moves: int = 0
    merges: int = 0


@dataclass(frozen=True)
class Pulse:
    """The last minutes by slices, the last minute as one, and the counts of the last hour. `latest`: µs."""

    slices: tuple[Slice, ...]
    minute: Slice
    hour: Counts
    latest: int | None


def pulse_of(store: LiveStore | None, now: int) -> Pulse:
    """Return the pulse at `now` (µs)."""
    rows = _batches(store, now) if store else []
    begin = (now // SLICE - SLICES + 1) * SLICE
    by_slice: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_slice.setdefault(row["at"] // SLICE * SLICE, []).append(row)
    moments = range(begin, begin + SLICES * SLICE, SLICE)
    # The slice that is still running has as many seconds as have passed of it.
    slices = tuple(_slice(at, by_slice.get(at, ()), min(SLICE, max(now - at, SECOND))) for at in moments)
    minute = _slice(now - MINUTE, [row for row in rows if row["at"] > now - MINUTE], MINUTE)
    hour = Counts(**{each.name: sum(row[each.name] for row in rows) for each in fields(Counts)})
    return Pulse(slices, minute, hour, max((row["at"] for row in rows), default=None))


def _batches(store: LiveStore, now: int) -> list[dict[str, Any]]:
    newest = "(SELECT coalesce(max(id), 0) FROM batches)"
    sql = f"SELECT {_COLUMNS} FROM batches WHERE id > {newest} - {_MOST_BATCHES} AND at > ? AND at <= ? ORDER BY id"
    return store.dicts(sql, (now - HOUR, now + MINUTE))


def _slice(at: int, rows: Sequence[Mapping[str, Any]], long: int) -> Slice:
    with_events = [row for row in rows if row["events"]]
    rate = sum(row["events"] for row in rows) * SECOND / long
    if not with_events:
        return Slice(at, rate, None, None)
    return Slice(at, rate, _middle(with_events), max(row["lag_p99"] for row in with_events))


def _middle(rows: Sequence[Mapping[str, Any]]) -> float:
    half, passed = sum(row["events"] for row in rows) / 2, 0
    for row in sorted(rows, key=lambda each: each["lag_p50"]):
        passed += row["events"]
        if passed >= half:
            return float(row["lag_p50"])
    return 0.0
