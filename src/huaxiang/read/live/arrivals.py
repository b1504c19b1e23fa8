"""How many events come in at each door: counted as the inbox grows, by slices of seconds and by minutes of an hour."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.read.live.opened import SECOND
from huaxiang.read.live.pulse import HOUR, MINUTE, SLICE, SLICES

_AT_ONCE = 50_000
"""Bodies counted at one look: an hour's backlog of a busy inbox is counted over several."""


@dataclass(frozen=True)
class Arrived:
    """What came in: events by door in the last hour, and events a second by slice.

    `whole` is False while the last hour is still being counted.
    """

    by_door: dict[str, int]
    by_slice: dict[int, float]
    whole: bool


class Arrivals:
    """Counts what the inbox holds of the last hour; each look counts only what came since the one before."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._minutes: Counter[tuple[str, int]] = Counter()
        self._slices: Counter[int] = Counter()

    def look(self, inbox: sqlite3.Connection | None, now: int) -> Arrived:
        """Count on to `now` (µs) and return what the last hour had."""
        whole = self._count(inbox, now) if inbox else True
        self._forget(now)
        by_door: Counter[str] = Counter()
        for (door, _), events in self._minutes.items():
            by_door[door] += events
        slices = {at: events * SECOND / min(SLICE, max(now - at, SECOND)) for at, events in self._slices.items()}
        return Arrived(dict(by_door), slices, whole)

    def _count(self, inbox: sqlite3.Connection, now: int) -> bool:
        if self._next is None:
            self._next = _first_since(inbox, now - HOUR)
        sql = "SELECT first, events, door, received FROM bodies WHERE first >= ? ORDER BY first LIMIT ?"
        rows: Sequence[tuple[int, int, str, int]] = inbox.execute(sql, (self._next, _AT_ONCE)).fetchall()
        for _, events, door, received in rows:
            self._minutes[door, received // MINUTE] += events
            self._slices[received // SLICE * SLICE] += events
        if rows:
            self._next = rows[-1][0] + rows[-1][1]
        return len(rows) < _AT_ONCE

    def _forget(self, now: int) -> None:
        for key in [key for key in self._minutes if key[1] <= (now - HOUR) // MINUTE]:
            del self._minutes[key]
        for at in [at for at in self._slices if at <= now - SLICES * SLICE]:
            del self._slices[at]


def _first_since(inbox: sqlite3.Connection, since: int) -> int:
    """Return the number of the first event received since `since`: numbers grow with time."""
    low, high = inbox.execute("SELECT coalesce(min(first), 1), coalesce(max(first), 0) + 1 FROM bodies").fetchone()
    while low < high:
        middle = (low + high) // 2
        row = inbox.execute("SELECT first, received FROM bodies WHERE first >= ? LIMIT 1", (middle,)).fetchone()
        if row is None or row[1] >= since:
            high = middle
        else:
            low = row[0] + 1
    return int(low)
