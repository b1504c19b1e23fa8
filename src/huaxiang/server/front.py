"""One application out of several: each request goes to the part that its path belongs to; all live and die together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Service(Protocol):
    """Something that works beside the applications while the server runs."""

    async def start(self) -> None:
        """Begin; the server answers once all have."""

    async def stop(self) -> None:
        """End, with everything put in order."""


@dataclass(frozen=True)
class Part:
    """An application and which requests are its own; `lifespan`: it wants to be told of start and end."""

    app: Asgi
    takes: Callable[[Scope], bool]
    lifespan: bool = True


class Front:
    """The application the server runs. `app` answers what no part takes; services begin first and end last.

    `leave` is called before the server waits for its answers to end: it ends those that never would.
    """

    def __init__(
        self, parts: Sequence[Part], app: Asgi, services: Sequence[Service] = (),
        leave: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        # NiceGUI looks for its server by following `app` from what the server runs.
        self.parts, self.app, self.services, self.leave = tuple(parts), app, tuple(services), leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or live through a start and an end."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        for part in self.parts:
            if part.takes(scope):
                await part.app(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        begun: list[Callable[[], Awaitable[None]]] = []
        try:
            for service in self.services:
                await service.start()
                begun.append(service.stop)
            for app in (*(part.app for part in self.parts if part.lifespan), self.app):
                life = _Life(app, scope)
                await life.start()
                begun.append(life.stop)
        except BaseException as error:
            await _end(begun)
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            if not isinstance(error, Exception):
                raise
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await _end(begun)
        await send({"type": "lifespan.shutdown.complete"})


async def _end(begun: list[Callable[[], Awaitable[None]]]) -> None:
    for stop in reversed(begun):
        # One that cannot end well must not keep the others from it.
        with suppress(Exception):
            await stop()


class _Life:
    """The start and end of one application, as its lifespan protocol wants them."""

    def __init__(self, app: Asgi, scope: Scope) -> None:
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._says: asyncio.Queue[Message] = asyncio.Queue()
        self._app, self._scope = app, {**scope, "state": {}}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it. Raises RuntimeError when it cannot."""
        self._task = asyncio.create_task(self._run())
        await self._ask("startup")

    async def stop(self) -> None:
        """End it."""
        await self._ask("shutdown")
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._told.get, self._says.put)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits for the answer is told
            await self._says.put({"type": "lifespan.failed", "message": f"{type(error).__name__}: {error}"})
        else:
            await self._says.put({"type": "lifespan.over"})

    async def _ask(self, what: str) -> None:
        await self._told.put({"type": f"lifespan.{what}"})
        answer = await self._says.get()
        if answer["type"] != f"lifespan.{what}.complete":
            raise RuntimeError(answer.get("message", f"an application did not answer to {what}"))
