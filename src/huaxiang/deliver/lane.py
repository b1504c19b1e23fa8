"""One subscriber's deliveries: in order, as many at once as it allows; how each ended is noted while others go on."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from huaxiang.damage import named
from huaxiang.deliver.policy import Policy
from huaxiang.deliver.sending import Answer, Envelope, Sender
from huaxiang.deliver.signing import secrets_of
from huaxiang.deliver.state import Deliveries, Due
from huaxiang.subscribers import TAG_CHANGED, Subscriber

_LOG = logging.getLogger(__name__)
_EACH = 32
"""Deliveries a lane takes at a time: what is held in memory of a backlog of any length."""


class Run(Protocol):
    """Does work in the thread that the state lives in."""

    def __call__(self, work: Callable[[], Any]) -> Awaitable[Any]: ...


class Lanes:
    """Sends to one subscriber until `stop`. A customer is always in the same lane."""

    def __init__(
        self, subscriber: Subscriber, policy: Policy, state: Deliveries, run: Run, room: asyncio.Semaphore, salt: str,
        guarded: Callable[[], Collection[object]],
    ) -> None:  # fmt: skip
        """Take what all subscribers share: the state and the thread it lives in, the room for attempts at once.

        `guarded` says which tags are told only to who names them.
        """
        self.subscriber, self.policy, self.state, self.run, self.room = subscriber, policy, state, run, room
        self.salt, self.guarded = f"{salt} {subscriber.code}", guarded
        self._loop = asyncio.get_running_loop()
        self._awake, self._stopped, self._halted = asyncio.Event(), False, False
        self._ended: list[tuple[Due, Answer]] = []
        self._ended_some = asyncio.Event()
        self._open = 0

    def stop(self) -> None:
        """End after the attempts under way."""
        self._stopped = True
        self._awake.set()

    def is_over(self) -> bool:
        """Tell whether it was told to end."""
        return self._stopped

    def wake_from_thread(self) -> None:
        """Look for due deliveries now. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._awake.set)

    async def serve(self) -> None:
        """Send what is due, as it becomes due."""
        code = self.subscriber.code
        try:
            keys = secrets_of(self.subscriber.secrets)
        except ValueError as error:
            _LOG.warning("subscriber %s waits: the variable %s does not hold its secret", code, error)
            await self.run(lambda: self.state.note(code, "secret", _now()))
            return
        await self.run(lambda: self.state.note(code, "", _now()))
        async with Sender(self.subscriber, keys, self.policy.timeout) as sender:
            while not self._stopped:
                self._awake.clear()
                sent = False
                try:
                    sent = await self._round(sender)
                except* sqlite3.Error as errors:
                    fault = named(errors.exceptions[0], self.state.path)
                    self.state.note_damage(fault)
                    said = fault.words.en if fault else type(errors.exceptions[0]).__name__
                    _LOG.warning("deliveries to %s wait: %s", code, said)
                if not sent and not self._stopped:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), self.policy.look)

    async def _round(self, sender: Sender) -> bool:
        """Send what is due now; return whether there was anything."""
        lanes = self.subscriber.concurrency
        due: list[Due] = await self.run(lambda: self.state.due(self.subscriber.code, _now(), _EACH * lanes))
        self._halted = False
        by_lane: dict[int, list[Due]] = {}
        for each in due:
            by_lane.setdefault(each.subject % lanes, []).append(each)
        self._ended, self._open = [], len(by_lane)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_down())
            for lane in by_lane.values():
                group.create_task(self._lane(sender, lane))
        return bool(due)

    async def _lane(self, sender: Sender, due: list[Due]) -> None:
        try:
            for each in due:
                if self._stopped or self._halted:
                    return
                async with self.room:
                    answer = await sender.send(Envelope(each.message, each.topic, each.at, self._payload(each)))
                self._halted = self._halted or answer.why == "gone" or bool(answer.why and answer.pause)
                self._ended.append((each, answer))
                self._ended_some.set()
        finally:
            self._open -= 1
            self._ended_some.set()

    def _payload(self, each: Due) -> str:
        if each.topic != TAG_CHANGED:
            return each.payload
        told = self.subscriber.narrowed(each.topic, msgspec.json.decode(each.payload), self.guarded())
        return msgspec.json.encode(told).decode()

    async def _write_down(self) -> None:
        """Note how attempts ended, all that ended meanwhile in one transaction; ends when every lane has."""
        while self._open or self._ended:
            self._ended_some.clear()
            if self._ended:
                ended, self._ended = self._ended, []
                await self.run(partial(self._note_all, ended))
            else:
                await self._ended_some.wait()

    def _note_all(self, ended: Sequence[tuple[Due, Answer]]) -> None:
        with self.state.transaction():
            for due, answer in ended:
                self._note(due, answer)

    def _note(self, due: Due, answer: Answer) -> None:
        code, now = self.subscriber.code, _now()
        if answer.status is not None and not answer.why:
            self.state.delivered(due.id, code, answer.status, now)
            return
        if answer.why == "gone":
            # The message waits with the others: who enables the subscriber again wants it, too.
            self.state.failed(due.id, code, answer.status, answer.why, now, now)
            self.state.disable(code, answer.why, now)
            _LOG.warning("subscriber %s is disabled: it answered 410", code)
            return
        wait = self.policy.delay(due.attempts + 1, answer.pause, self.salt)
        self.state.failed(due.id, code, answer.status, answer.why, None if wait is None else now + int(wait * 1e6), now)
        if answer.pause:
            self.state.pause(code, now + int(answer.pause * 1e6), now)


def _now() -> int:
    return time.time_ns() // 1_000
