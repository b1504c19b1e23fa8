"""Group commit: many requests, one transaction; each is answered when the disk has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from huaxiang.errors import HuaxiangError
from huaxiang.inbox.log import Body
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)


class Appending(Protocol):
    """What a group commit writes to: huaxiang.inbox.log.Inbox."""

    def append(self, bodies: Sequence[Body]) -> int:
        """Keep `bodies` on the disk, all or none, and return the number of the last event."""


class InboxUnavailable(HuaxiangError):
    """The disk did not take the bodies: nothing of them is kept, and the client must send them again."""


class GroupCommit:
    """Writes bodies through one thread, all that wait in one transaction. For one event loop."""

    def __init__(self, inbox: Appending) -> None:
        self._inbox = inbox
        self._waiting: list[tuple[Body, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, "inbox")
        self._busy = self._closed = False

    async def submit(self, body: Body) -> None:
        """Return when `body` is on the disk. Raises InboxUnavailable when the disk refuses it, or after `close`."""
        if self._closed:
            raise _unavailable()
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._waiting.append((body, kept))
        if not self._busy:
            self._busy = True
            # Not at once: requests that came in the same moment go into the same transaction.
            loop.call_soon(self._begin, loop)
        await kept

    async def close(self) -> None:
        """Take nothing more, wait until all that was submitted is on the disk, then end the thread."""
        self._closed = True
        while self._waiting or self._busy:
            await asyncio.sleep(0.001)
        self._thread.shutdown()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        group, self._waiting = self._waiting, []
        written = self._thread.submit(self._inbox.append, [body for body, _ in group])
        written.add_done_callback(lambda done: loop.call_soon_threadsafe(self._end, loop, group, done))

    def _end(
        self,
        loop: asyncio.AbstractEventLoop,
        group: list[tuple[Body, asyncio.Future[None]]],
        done: Future[int],
    ) -> None:
        fault = done.exception()
        if fault is not None:
            _LOG.error("the inbox took nothing of %d bodies: %s", len(group), _named(fault))
        for _, kept in group:
            # A client may have given up waiting; what it sent is kept all the same.
            if kept.done():
                continue
            if fault is None:
                kept.set_result(None)
            else:
                kept.set_exception(_unavailable())
        self._busy = bool(self._waiting)
        if self._busy:
            self._begin(loop)


def _unavailable() -> InboxUnavailable:
    return InboxUnavailable(
        Words(
            "the events could not be written to the disk: nothing of this request was kept, send it again",
            "事件无法写入磁盘：本次请求未保存任何内容，请重新发送",
        )
    )


def _named(fault: BaseException) -> str:
    """Return a fault's kind, and our own words for it: the text of any other might hold something of an event."""
    return f"{type(fault).__name__}: {fault}" if isinstance(fault, HuaxiangError) else type(fault).__name__
