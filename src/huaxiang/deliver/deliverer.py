"""The deliverer: takes what the outbox holds, and sends it to whoever subscribed, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import uuid4

from huaxiang.damage import named
from huaxiang.deliver.definitions import Definitions
from huaxiang.deliver.lane import Lanes
from huaxiang.deliver.outbox import Outbox
from huaxiang.deliver.policy import Policy
from huaxiang.deliver.state import STATE_FILE, Deliveries
from huaxiang.errors import HuaxiangError
from huaxiang.processes.supervision import TaskReport, keep_running
from huaxiang.project import STORE
from huaxiang.serving.store import STORE_FILE
from huaxiang.subscribers import Subscriber
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
_PAGE = 1_000
_PRUNE_SECONDS = 3600.0
_INTAKE = Words("webhooks: reading what changed", "Webhook：读取变更")
_T = TypeVar("_T")


class Deliverer:
    """Delivers a project's outbox for as long as it runs. `async with`, or `start` and `stop`."""

    def __init__(self, root: Path, policy: Policy | None = None, report: TaskReport | None = None) -> None:
        """Take the project's folder, and where to say how its tasks fare. Nothing is opened before `start`."""
        self.root, self.policy, self.report = root, policy or Policy(), report or TaskReport()
        self.salt = uuid4().hex
        self.definitions = Definitions(root)
        self._stopping = asyncio.Event()
        self._tasks: dict[Subscriber, asyncio.Task[None]] = {}
        self._lanes: dict[Subscriber, Lanes] = {}
        self._intake: asyncio.Task[None] | None = None
        self._room = asyncio.Semaphore(self.policy.in_flight)

    async def start(self) -> None:
        """Begin. Returns at once; what it does, it does in tasks of the running loop."""
        # SQLite waits for disks: it has a thread of its own, so that the loop never does.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="deliveries")
        self._state = await self._run(lambda: Deliveries.mended(self.root / STORE / STATE_FILE))
        self._outbox = Outbox(self.root / STORE / STORE_FILE)
        self._intake = asyncio.create_task(self._kept(self._take_in, "deliver: intake", _INTAKE))

    async def stop(self) -> None:
        """End: attempts under way have `grace` seconds; what has not arrived by then is sent after the next start."""
        if self._intake is None:
            return
        self._stopping.set()
        await self._end([self._intake, *self._tasks.values()])
        self._intake = None
        await self._run(self._outbox.close)
        await self._run(self._state.close)
        self._thread.shutdown()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _take_in(self) -> None:
        reloaded = pruned = -1e9
        while not self._stopping.is_set():
            more = False
            try:
                if time.monotonic() - reloaded >= self.policy.reload:
                    reloaded = time.monotonic()
                    # Reading definitions takes its time; deliveries go on meanwhile.
                    if await asyncio.to_thread(self.definitions.reload):
                        await self._employ(self.definitions.subscribers)
                await self._mend()
                if time.monotonic() - pruned >= _PRUNE_SECONDS:
                    pruned = time.monotonic()
                    await self._run(lambda: self._state.prune(_now()))
                # Without sound definitions nobody knows whom a message is for: it waits in the outbox.
                if self.definitions.known:
                    more = await self._run(self._take_page)
            except (sqlite3.Error, OSError, HuaxiangError) as error:
                await self._told(error)
                await self._rest(self.policy.look)
            if not more:
                await self._rest(self.policy.poll)

    async def _told(self, error: Exception) -> None:
        """Say why deliveries wait; a state that is damaged is set aside, and begun anew from what the outbox holds."""
        fault = named(error, self._state.path)
        _LOG.warning("deliveries wait: %s", fault.words.en if fault else type(error).__name__)
        self._state.note_damage(fault)
        with suppress(sqlite3.Error, OSError, HuaxiangError):
            # Where that cannot be done, the next round is told why.
            await self._mend()

    async def _mend(self) -> None:
        if self._state.hurt or self._state.moved():
            await self._run(self._state.begin_anew)

    def _take_page(self) -> bool:
        """Take what is new in the outbox; return whether there may be more."""
        cursor, _ = self._state.place()
        if not self.definitions.subscribers:
            # Nobody is to hear anything: what is there need not be read for that.
            end = self._outbox.end()
            if end.number and end != cursor:
                self._state.take((), end, 0, _now())
            return False
        page = self._outbox.after(cursor, _PAGE)
        if page.cursor == cursor and not page.missed:
            return False
        guarded = self.definitions.guarded
        wanted = []
        for message in page.messages:
            data = message.data
            codes = [each.code for each in self.definitions.subscribers if each.wants(message.topic, data, guarded)]
            if codes:
                wanted.append((message, codes))
        if page.missed:
            _LOG.warning("%s messages left the outbox before they were read", page.missed)
        self._state.take(wanted, page.cursor, page.missed, _now())
        for lanes in self._lanes.values():
            lanes.wake_from_thread()
        return len(page.messages) == _PAGE

    async def _employ(self, subscribers: Iterable[Subscriber]) -> None:
        """Serve exactly these subscribers; one whose definition is another now ends, and begins anew."""
        wanted = set(subscribers)
        gone = [each for each in self._tasks if each not in wanted]
        for each in gone:
            self._lanes.pop(each).stop()
        await self._end([self._tasks.pop(each) for each in gone])
        for each in wanted - set(self._tasks):
            self._lanes[each] = Lanes(
                each, self.policy, self._state, self._run, self._room, self.salt, lambda: self.definitions.guarded
            )
            words = Words(f"webhook {each.code}", f"Webhook {each.code}")
            self._tasks[each] = asyncio.create_task(
                self._kept(self._lanes[each].serve, f"deliver: {each.code}", words, self._lanes[each].is_over)
            )

    def _kept(
        self, work: Callable[[], Awaitable[None]], name: str, words: Words, over: Callable[[], bool] | None = None
    ) -> Coroutine[None, None, None]:
        return keep_running(work, self.report, name, words, over=over or self._stopping.is_set)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for lanes in self._lanes.values() if self._stopping.is_set() else ():
            lanes.stop()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self.policy.grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _now() -> int:
    return time.time_ns() // 1_000
