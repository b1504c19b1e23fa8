"""Changes as server-sent events, from a real server to real connections."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from huaxiang.deliver.outbox import Cursor, Message, Outbox, Page
from huaxiang.deliver.router import stream_router
from huaxiang.deliver.stream import Gap, Stream, Wanted
from huaxiang.read.subject_ids import encode_subject
from huaxiang.serving.store import LiveStore
from tests.deliver.shop import change, make_shop, merge, move, post, until


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop")


@contextmanager
def served(root: Path, heartbeat: float = 15.0, **more: Any) -> Iterator[str]:
    """Lend the address of a server of a stream to the block."""
    with serving(Stream(root, poll=0.02, **more), heartbeat) as url:
        yield url


@contextmanager
def serving(
    stream: Stream, heartbeat: float = 15.0, app: FastAPI | None = None, guarded: frozenset[str] = frozenset()
) -> Iterator[str]:
    if app is None:
        app = FastAPI()
        app.include_router(stream_router(stream, heartbeat=heartbeat, guarded=lambda: guarded))
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))

    async def run() -> None:
        async with stream:
            task = asyncio.create_task(server.serve([sock]))
            while not server.should_exit:
                await asyncio.sleep(0.02)
            # Streams end first: a server waits for its connections.
            await stream.stop()
            await task

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/v1/stream"
    finally:
        server.should_exit = True
        thread.join(120)
        sock.close()
        assert not thread.is_alive(), "open streams kept the server from stopping"


@dataclass
class Sent:
    id: str
    event: str
    data: Any


def events(lines: Iterator[str]) -> Iterator[Sent | str]:
    """Yield events, and comments as texts."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield line
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Sent(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


def take(url: str, enough: int, then: Any = None, headers: dict[str, str] | None = None, **params: str) -> list[Sent]:
    """Listen until `enough` events came; `then` is done once the first line is there."""
    got: list[Sent] = []
    with httpx.stream("GET", url, params=params, headers=headers, timeout=60) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        for each in events(response.iter_lines()):
            if isinstance(each, str):
                if then is not None:
                    then()
                    then = None
                continue
            got.append(each)
            if len(got) == enough:
                break
    return got


def test_what_changes_comes_within_a_moment_and_nothing_of_before(shop: Path) -> None:
    post(shop, change(1, 1))
    with served(shop, heartbeat=120.0) as url:
        begun = time.monotonic()
        got = take(url, 2, lambda: post(shop, change(2, 2), move(2)))
        # Long before the first heartbeat: what wakes the listener is what changed.
        assert time.monotonic() - begun < 60
    assert [(each.id, each.event) for each in got] == [("2", "tag.changed"), ("3", "segment.entered")]
    assert got[0].data["data"] == change(2, 2)[2]
    assert (got[0].data["type"], got[0].data["timestamp"][-1]) == ("tag.changed", "Z")


def test_a_listener_who_comes_back_misses_nothing(shop: Path) -> None:
    post(shop, *(change(n, n) for n in range(1_200)))
    with served(shop) as url:
        got = take(
            url, 1_100, lambda: post(shop, *(change(n, n) for n in range(1_200, 1_210))), {"Last-Event-ID": "110"}
        )
    assert [int(each.id) for each in got] == list(range(111, 1_211))


def test_topics_and_a_customer_can_be_chosen(shop: Path) -> None:
    with served(shop) as url:
        everything = (change(1, 1), change(2, 2), move(1), merge(3, 1), merge(1, 4), move(2))
        mine = take(url, 4, lambda: post(shop, *everything), subject=encode_subject(1))
        assert [each.event for each in mine] == ["tag.changed", "segment.entered", "profile.merged", "profile.merged"]
        moves = take(url, 2, lambda: post(shop, *everything), topics="segment.entered, segment.left")
        assert [each.event for each in moves] == ["segment.entered"] * 2


def test_changes_of_sensitive_tags_are_told_nobody(shop: Path) -> None:
    both = {"orders_total": {"old": 1, "new": 2}, "health_risk": {"old": 1, "new": 2}}
    topic, subject, data = change(1, 3)
    together = (topic, subject, {**data, "tags": both})
    with serving(Stream(shop, poll=0.02), guarded=frozenset({"health_risk"})) as url:
        got = take(url, 2, lambda: post(shop, change(1, 1, "health_risk"), together, change(1, 4)))
    assert [each.data["data"]["tags"].keys() for each in got] == [{"orders_total"}, {"orders_total"}]
    assert got[0].id == "2"


@pytest.mark.parametrize(
    ("params", "headers", "said"),
    [
        ({"topics": "tag.change"}, {}, "tag.changed"),
        ({"subject": "nobody"}, {}, "no customer"),
        ({}, {"Last-Event-ID": "abc"}, "Last-Event-ID"),
        ({}, {"Last-Event-ID": "9" * 30}, "Last-Event-ID"),
    ],
)
def test_what_cannot_be_listened_to_is_told(
    shop: Path, params: dict[str, str], headers: dict[str, str], said: str
) -> None:
    with served(shop) as url:
        answer = httpx.get(url, params=params, headers=headers)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert answer.json()["message_zh"]


def test_silence_is_broken_by_heartbeats(shop: Path) -> None:
    with served(shop, heartbeat=0.05) as url, httpx.stream("GET", url, timeout=60) as response:
        comments = [line for line, _ in zip(response.iter_lines(), range(9), strict=False) if line.startswith(":")]
    assert len(comments) >= 3


def test_who_listens_too_late_is_told_that_something_is_gone(shop: Path) -> None:
    post(shop, *(change(n, n) for n in range(10)))
    with LiveStore(shop / ".huaxiang" / "live.db", writing=True) as store:
        store.db.execute("DELETE FROM outbox WHERE id <= 6")
    with served(shop) as url:
        got = take(url, 5, headers={"Last-Event-ID": "2"})
        assert [(each.id, each.event) for each in got[:2]] == [("6", "missed"), ("7", "tag.changed")]
        assert got[0].data == {"after": 2}
        # A number of another store.
        (gap,) = take(url, 1, headers={"Last-Event-ID": "999"})
        assert (gap.id, gap.event) == ("10", "missed")


def test_there_is_an_end_to_how_many_listen(shop: Path) -> None:
    with served(shop, listeners=1) as url:
        with httpx.stream("GET", url, timeout=60) as first:
            lines = first.iter_lines()
            next(lines)
            time.sleep(0.1)
            answer = httpx.get(url)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        post(shop, change(1, 1))
        wait(lambda: _first(url))


def test_a_listener_that_is_slow_is_dropped_and_nobody_else(shop: Path) -> None:
    async def run() -> None:
        async with Stream(shop, poll=0.01, queued=50) as stream:
            slow, fast = stream.listen(Wanted()), stream.listen(Wanted())
            got: list[Message | Gap | None] = []

            async def read() -> None:
                async for each in fast:
                    got.append(each)

            reading = asyncio.create_task(read())
            first = asyncio.create_task(anext(slow))
            await asyncio.sleep(0.05)
            for start in range(0, 400, 40):
                post(shop, *(change(n, n) for n in range(start, start + 40)))
                await until(lambda start=start: len(got) >= start + 40)  # type: ignore[misc]
            message = await first
            assert isinstance(message, Message)
            assert message.number == 1
            with pytest.raises(StopAsyncIteration):
                await anext(slow)
            assert [each.number for each in got if isinstance(each, Message)] == list(range(1, 401))
            await stream.stop()
            await reading

    asyncio.run(run())


def test_no_message_falls_between_what_is_kept_and_what_comes(shop: Path) -> None:
    """Listeners that come at any moment while messages are written get each number once."""

    async def run() -> None:
        async with Stream(shop, poll=0.001) as stream:

            async def listen(delay: float) -> list[int]:
                await asyncio.sleep(delay)
                numbers = []
                async for each in stream.listen(Wanted(), after=0):
                    assert isinstance(each, Message)
                    numbers.append(each.number)
                    if each.number == 300:
                        break
                return numbers

            tasks = [asyncio.create_task(listen(n * 0.01)) for n in range(20)]
            for n in range(300):
                await asyncio.to_thread(post, shop, change(n, n))
            async with asyncio.timeout(120):
                for numbers in await asyncio.gather(*tasks):
                    assert numbers == list(range(1, 301))

    asyncio.run(run())


def test_while_nobody_listens_no_message_is_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[int]()

    def told(outbox: Outbox, cursor: Cursor, most: int) -> Page:
        read.append(cursor.number)
        return after(outbox, cursor, most)

    after = Outbox.after
    monkeypatch.setattr(Outbox, "after", told)

    async def run() -> None:
        async with Stream(shop, poll=0.001) as stream:
            await asyncio.to_thread(post, shop, *(change(n, n) for n in range(40)))
            while stream._cursor.number < 40:
                await asyncio.sleep(0.001)
            assert not read
            listening = stream.listen(Wanted())
            first = asyncio.create_task(anext(listening))
            while not stream.listening:
                await asyncio.sleep(0.001)
            await asyncio.to_thread(post, shop, change(40, 40))
            heard = await asyncio.wait_for(first, 60)
            assert isinstance(heard, Message)
            assert heard.number == 41
            assert read[0] == 40
            await listening.aclose()

    asyncio.run(run())


def test_a_server_can_stop_while_somebody_listens(shop: Path) -> None:
    with served(shop) as url:
        client = httpx.Client(timeout=60)
        response = client.send(client.build_request("GET", url), stream=True)
        lines = response.iter_lines()
        next(lines)
    assert "event" not in "".join(lines)
    client.close()


def test_who_does_not_read_is_cut_off(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huaxiang.deliver.router.PATIENCE", 0.3)
    stream = Stream(shop, queued=100_000)
    with serving(stream) as url, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", int(url.split(":")[2].split("/")[0])))
        deaf.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait(lambda: stream.listening == 1)
        post(shop, *(change(n, "x" * 1_000) for n in range(8_000)))
        wait(lambda: stream.listening == 0)


def _first(url: str) -> Sent | None:
    """Return the first event told, None while nobody more may listen: that one has left is noted a moment later."""
    with httpx.stream("GET", url, headers={"Last-Event-ID": "0"}, timeout=60) as response:
        if response.status_code == 503:
            return None
        assert response.status_code == 200
        return next(each for each in events(response.iter_lines()) if isinstance(each, Sent))


def wait(true: Any) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)
