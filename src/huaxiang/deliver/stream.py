"""Changes as they happen, to many listeners: the outbox is read once, each listener has a short queue."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from huaxiang.damage import named
from huaxiang.deliver.outbox import Cursor, Message, Outbox
from huaxiang.errors import HuaxiangError
from huaxiang.processes.supervision import TaskReport, keep_running
from huaxiang.project import STORE
from huaxiang.read.subject_ids import encode_subject
from huaxiang.serving.store import STORE_FILE
from huaxiang.subscribers import TOPICS
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
_PAGE = 500
_WORDS = Words("stream of changes", "变更流")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Wanted:
    """What a listener wants to hear: topics, and of which customer (a subject; None = of everybody)."""

    topics: frozenset[str] = frozenset(TOPICS)
    subject: int | None = None

    def has(self, message: Message) -> bool:
        """Tell whether a message is wanted; a merge concerns both customers."""
        if message.topic not in self.topics:
            return False
        if self.subject is None or message.subject == self.subject:
            return True
        data, mine = message.data, encode_subject(self.subject)
        return mine in (data.get("from"), data.get("into"))


@dataclass(frozen=True)
class Gap:
    """Messages after number `after` are gone: whoever shows what they change reads it anew. On from `number`."""

    after: int
    number: int


@dataclass(eq=False)
class _Listener:
    wanted: Wanted
    queue: asyncio.Queue[Message | None]
    dropped: bool = field(default=False)


class Stream:
    """Tails the outbox of a project and hands every message to whoever listens. `async with`, or `start` and `stop`."""

    def __init__(
        self, root: Path, *, poll: float = 0.2, queued: int = 1_000, listeners: int = 1_000,
        report: TaskReport | None = None,
    ) -> None:  # fmt: skip
        """Take the project's folder; `poll`: seconds between looks; `queued`: messages a listener may be behind;
        `listeners`: how many there may be; `report`: where to say how it fares.
        """
        self.path, self.poll, self.queued, self.most = root / STORE / STORE_FILE, poll, queued, listeners
        self._report = report or TaskReport()
        self._listeners: set[_Listener] = set()
        self._cursor = Cursor()
        self._task: asyncio.Task[None] | None = None
        self._leaving = False

    async def start(self) -> None:
        """Begin with what comes from now on."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream")
        self._outbox = Outbox(self.path)
        self._cursor = await self._run(self._outbox.end)
        self._task = asyncio.create_task(keep_running(self._tail, self._report, "deliver: stream", _WORDS))

    def leave(self) -> None:
        """End every listener's stream and take no more: a server waits for answers to end, and these never would."""
        self._leaving = True
        for listener in list(self._listeners):
            self._drop(listener)

    async def stop(self) -> None:
        """End every listener's stream, then its own work."""
        if self._task is None:
            return
        self.leave()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        await self._run(self._outbox.close)
        self._thread.shutdown()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def listening(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    @property
    def full(self) -> bool:
        """Whether there is room for no more listeners (or nothing to listen to: it is not running, or about to end)."""
        return self._task is None or self._leaving or len(self._listeners) >= self.most

    async def listen(
        self, wanted: Wanted, after: int | None = None, heartbeat: float = 15.0
    ) -> AsyncGenerator[Message | Gap | None, None]:
        """Yield what is wanted: after message `after` first what is kept of it, then what comes; None when nothing came
        for `heartbeat` seconds. Ends when the listener is too slow, or the stream stops.
        """
        if self.full:
            return
        listener = _Listener(wanted, asyncio.Queue(self.queued + 1))
        self._listeners.add(listener)
        try:
            if after is not None:
                async for each in self._kept(wanted, after, self._cursor.number):
                    yield each
            while not listener.dropped:
                try:
                    message = await asyncio.wait_for(listener.queue.get(), heartbeat)
                except TimeoutError:
                    yield None
                    continue
                if message is None:
                    return
                yield message
        finally:
            self._listeners.discard(listener)

    async def _kept(self, wanted: Wanted, after: int, until: int) -> AsyncIterator[Message | Gap]:
        if after > until:
            # The number is of a store that is no more, or of nowhere.
            yield Gap(after, until)
            return
        number = after
        while number < until:
            rows = await self._run(partial(self._outbox.since, number, _PAGE))
            if not rows:
                return
            if number == after and rows[0].number > after + 1:
                yield Gap(after, rows[0].number - 1)
            for row in rows:
                if row.number > until:
                    return
                if wanted.has(row):
                    yield row
            number = rows[-1].number

    async def _tail(self) -> None:
        while True:
            try:
                if not self._listeners and await self._skipped():
                    await asyncio.sleep(self.poll)
                    continue
                page = await self._run(lambda: self._outbox.after(self._cursor, _PAGE))
            except (sqlite3.Error, OSError, HuaxiangError) as error:
                fault = named(error)
                _LOG.warning("the stream waits: %s", fault.words.en if fault else type(error).__name__)
                await asyncio.sleep(max(self.poll, 1.0))
                continue
            # No await from here on: whoever comes now has either the number or the message.
            self._cursor = page.cursor
            for message in page.messages:
                for listener in list(self._listeners):
                    if listener.wanted.has(message):
                        self._give(listener, message)
            await asyncio.sleep(0 if len(page.messages) == _PAGE else self.poll)

    async def _skipped(self) -> bool:
        """Go on from the end, for nobody listens; not if somebody came meanwhile, who is to hear what came since."""
        end = await self._run(self._outbox.end)
        if self._listeners:
            return False
        # Where nothing is found, nothing is known either: the place that was reached tells more.
        if end.number:
            self._cursor = end
        return True

    def _give(self, listener: _Listener, message: Message) -> None:
        if listener.queue.qsize() >= self.queued:
            self._drop(listener)
        else:
            listener.queue.put_nowait(message)

    def _drop(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        listener.dropped = True
        while not listener.queue.empty():
            listener.queue.get_nowait()
        listener.queue.put_nowait(None)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
