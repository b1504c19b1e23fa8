"""Back-pressure: who must wait is told so before memory grows, and one who floods does not shut out the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Self

from huaxiang.api.refusals import Refusal, later
from huaxiang.words import Words

MIB = 1 << 20
MOST_BYTES = 64 * MIB
"""Bytes of bodies in memory at once: being read, unpacked, or waiting for the disk."""
MOST_BEHIND = 2_000_000
"""Events in the inbox that are in no profile yet: they cost disk, not memory, but nobody wants to be hours behind."""
LOOK_EVERY = 0.2
"""Seconds between two looks at how far the applier has come."""
FULL = Words("too much is waiting to be taken in: try again shortly", "待处理的数据过多：请稍后重试")
TOO_FAST = Words(
    "this write key sends more events a second than its door allows",
    "该写入密钥每秒发送的事件数超过了入口的上限",
)


class Gate:
    """Counts the bytes in memory, all and by door, and looks at the inbox's depth. For one event loop, not threads."""

    def __init__(
        self,
        depth: Callable[[], int],
        *,
        most_bytes: int = MOST_BYTES,
        most_behind: int = MOST_BEHIND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take `depth`, which says how many events wait in the inbox; it is asked at most every 200 ms."""
        self._depth, self._clock = depth, clock
        self._most_bytes, self._most_behind = most_bytes, most_behind
        self._behind, self._looked = 0, float("-inf")
        self.bytes = 0
        self._by_door = Counter[str]()

    def check(self) -> None:
        """Raise Refusal (429) while too many events wait in the inbox."""
        now = self._clock()
        if now - self._looked >= LOOK_EVERY:
            self._behind, self._looked = self._depth(), now
        if self._behind >= self._most_behind:
            raise later(429, "behind", FULL, 2)

    def take(self, door: str, count: int) -> None:
        """Count `count` more bytes of `door` in memory. Raises Refusal (429) when there is no room.

        No door has more than half of the room, so that one who floods leaves the other half to the others.
        """
        if self.bytes + count > self._most_bytes or self._by_door[door] + count > self._most_bytes // 2:
            raise later(429, "busy", FULL, 1)
        self.bytes += count
        self._by_door[door] += count

    def give_back(self, door: str, count: int) -> None:
        """Count `count` bytes of `door` as gone from memory."""
        self.bytes -= count
        self._by_door[door] -= count
        if not self._by_door[door]:
            del self._by_door[door]


class Held:
    """What one request holds in memory; given back when the block ends, whatever happened in it."""

    __slots__ = ("_gate", "_held", "door")

    def __init__(self, gate: Gate, door: str) -> None:
        """Hold nothing yet, for `door` ("" while it is not known whose the request is)."""
        self._gate, self._held, self.door = gate, 0, door

    def take(self, count: int) -> None:
        """Hold `count` bytes more. Raises Refusal (429) when there is no room."""
        self._gate.take(self.door, count)
        self._held += count

    def belongs_to(self, door: str) -> None:
        """Count what is held as that of `door`. Raises Refusal (429) when that door has no room."""
        if door != self.door:
            self._gate.give_back(self.door, self._held)
            held, self._held, self.door = self._held, 0, door
            self.take(held)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.give_back(self.door, self._held)
        self._held = 0


class Rate:
    """How many events a second one key may send: a bucket that fills at `rate` and holds one second's events.

    A batch may take more than is there once anything is: the bucket then owes, and refuses until it is even. So a
    batch larger than the rate is slow, and never impossible.
    """

    def __init__(self, rate: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `rate` events a second; None allows any number."""
        self._rate, self._clock = rate, clock
        self._left, self._at = float(rate or 0), clock()

    def check(self) -> None:
        """Raise Refusal (429, with the time when the next event will be taken) while the bucket is empty."""
        if self._rate is None:
            return
        now = self._clock()
        self._left = min(float(self._rate), self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left <= 0:
            raise self._refused(self._rate)

    def take(self, events: int) -> None:
        """Take `events` out of the bucket. Raises Refusal (429) when it is empty."""
        self.check()
        self._left -= events

    def _refused(self, rate: int) -> Refusal:
        return later(429, "too_many_events", TOO_FAST, (1 - self._left) / rate)
