"""One application out of several: each gets its own requests, all start and end together, in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from huaxiang.server.front import Front, Message, Part, Receive, Scope, Send

Said = list[str]


class App:
    """An application that says what it is told; `fails` at startup or shutdown."""

    def __init__(self, name: str, said: Said, fails: str = "") -> None:
        self.name, self.said, self.fails = name, said, fails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            self.said.append(f"{self.name} {scope['type']} {scope['path']}")
            return
        for what in ("startup", "shutdown"):
            message = await receive()
            assert message["type"] == f"lifespan.{what}"
            self.said.append(f"{self.name} {what}")
            ending = "failed" if self.fails == what else "complete"
            await send({"type": f"lifespan.{what}.{ending}", "message": f"{self.name} cannot"})


class Work:
    """A service that says what it does."""

    def __init__(self, name: str, said: Said, fails: str = "") -> None:
        self.name, self.said, self.fails = name, said, fails

    async def start(self) -> None:
        self.said.append(f"{self.name} start")
        if self.fails == "start":
            raise OSError("no room")

    async def stop(self) -> None:
        self.said.append(f"{self.name} stop")
        if self.fails == "stop":
            raise OSError("no room")


async def no_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"


def lived(front: Front) -> list[Message]:
    """Let a front start and end as a server does; return what it answered."""

    async def live() -> list[Message]:
        told: asyncio.Queue[Message] = asyncio.Queue()
        sent: list[Message] = []
        for what in ("startup", "shutdown"):
            told.put_nowait({"type": f"lifespan.{what}"})

        async def send(message: Message) -> None:
            sent.append(message)

        await asyncio.wait_for(front({"type": "lifespan"}, told.get, send), 5)
        return sent

    return asyncio.run(live())


def at(prefix: str) -> Any:
    return lambda scope: scope["path"].startswith(prefix)


def test_requests_go_to_the_first_part_that_takes_them_and_the_rest_to_the_last() -> None:
    said: Said = []
    parts = (Part(App("door", said), at("/v1/track")), Part(App("api", said), at("/v1/")))
    front = Front(parts, App("console", said))
    for kind, path in (("http", "/v1/track"), ("http", "/v1/jobs"), ("http", "/"), ("websocket", "/_nicegui_ws")):
        asyncio.run(front({"type": kind, "path": path}, None, None))  # type: ignore[arg-type]
    assert said == ["door http /v1/track", "api http /v1/jobs", "console http /", "console websocket /_nicegui_ws"]


def test_all_start_in_order_and_end_in_reverse() -> None:
    said: Said = []
    parts = (Part(App("api", said), at("/v1")), Part(no_lifespan, at("/door"), lifespan=False))
    front = Front(parts, App("console", said), [Work("jobs", said), Work("applier", said)])
    assert [each["type"] for each in lived(front)] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert said == [
        "jobs start", "applier start", "api startup", "console startup",
        "console shutdown", "api shutdown", "applier stop", "jobs stop",
    ]  # fmt: skip


def test_what_cannot_start_ends_what_has_started_and_says_why() -> None:
    said: Said = []
    front = Front((Part(App("api", said, fails="startup"), at("/v1")),), App("console", said), [Work("jobs", said)])
    [answer] = lived(front)
    assert answer["type"] == "lifespan.startup.failed" and "api cannot" in answer["message"]
    assert said == ["jobs start", "api startup", "jobs stop"]
    said.clear()
    front = Front((), App("console", said), [Work("jobs", said), Work("applier", said, fails="start")])
    assert lived(front)[0]["type"] == "lifespan.startup.failed"
    assert said == ["jobs start", "applier start", "jobs stop"]


@pytest.mark.parametrize("worst", ["api", "applier"])
def test_one_that_cannot_end_does_not_keep_the_others_from_it(worst: str) -> None:
    said: Said = []
    api = App("api", said, fails="shutdown" if worst == "api" else "")
    applier = Work("applier", said, fails="stop" if worst == "applier" else "")
    front = Front((Part(api, at("/v1")),), App("console", said), [Work("jobs", said), applier])
    assert lived(front)[-1]["type"] == "lifespan.shutdown.complete"
    assert said[-4:] == ["console shutdown", "api shutdown", "applier stop", "jobs stop"]
