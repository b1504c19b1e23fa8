"""Back-pressure: what waits in memory is bounded, and one who floods does not shut out another."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from huaxiang.api.depth import Depth
from huaxiang.api.gate import Gate, Held, Rate
from huaxiang.api.refusals import Refusal
from huaxiang.inbox.log import Body, Inbox
from huaxiang.privacy.keys import MasterKey
from huaxiang.serving.store import LiveStore
from tests.api.door_server import KEY, WEB, Served, serving

TRACK = {"type": "track", "userId": "u1", "event": "Product Viewed"}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def after(refusal: pytest.ExceptionInfo[Refusal]) -> tuple[int, int]:
    return refusal.value.status, int(dict(refusal.value.headers)[b"retry-after"])


def test_no_door_takes_more_than_half() -> None:
    gate = Gate(lambda: 0, most_bytes=1000)
    with Held(gate, "a") as first, Held(gate, "b") as second:
        first.take(500)
        with pytest.raises(Refusal) as refusal:
            first.take(1)
        assert after(refusal) == (429, 1)
        second.take(500)
        with pytest.raises(Refusal), Held(gate, "c") as third:
            third.take(1)
        assert gate.bytes == 1000
    assert gate.bytes == 0
    gate.take("c", 500)


def test_what_is_held_moves_to_the_door_it_is_for() -> None:
    gate = Gate(lambda: 0, most_bytes=1000)
    with Held(gate, "") as held:
        held.take(400)
        held.belongs_to("a")
        with Held(gate, "") as other:
            other.take(400)
            with pytest.raises(Refusal):
                other.belongs_to("a")
        assert gate.bytes == 400
        with pytest.raises(Refusal):
            gate.take("a", 101)
    assert gate.bytes == 0


def test_the_depth_is_looked_at_now_and_then() -> None:
    clock, depths = Clock(), [10, 5, 4]
    gate = Gate(lambda: depths.pop(0), most_behind=5, clock=clock)
    for _ in range(3):
        with pytest.raises(Refusal) as refusal:
            gate.check()
        assert after(refusal) == (429, 2)
    assert len(depths) == 2
    clock.now += 0.2
    with pytest.raises(Refusal):
        gate.check()
    clock.now += 0.2
    gate.check()
    assert depths == []


def test_a_rate_holds_over_time() -> None:
    clock = Clock()
    rate = Rate(10, clock)
    for _ in range(10):
        rate.take(1)
    with pytest.raises(Refusal) as refusal:
        rate.take(1)
    assert after(refusal) == (429, 1)
    taken = 0
    for _ in range(1000):
        clock.now += 0.01
        try:
            rate.take(1)
            taken += 1
        except Refusal:
            continue
    assert 99 <= taken <= 101


def test_a_batch_above_the_rate_is_taken_and_paid_for() -> None:
    clock = Clock()
    rate = Rate(10, clock)
    rate.take(100)
    with pytest.raises(Refusal) as refusal:
        rate.check()
    assert after(refusal) == (429, 10)
    clock.now += 9.05
    rate.check()


def test_no_rate_is_any_rate() -> None:
    rate = Rate(None, Clock())
    for _ in range(100):
        rate.take(1_000_000)


def test_depth_is_what_is_not_applied(tmp_path: Path) -> None:
    live = tmp_path / "live.db"
    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        depth = Depth(inbox, live)
        assert depth() == 0
        inbox.append([Body("web", "batch", 1, b"x", 30)])
        assert depth() == 30
        with LiveStore(live, writing=True) as store:
            assert depth() == 30
            store.set_meta("applied", 20)
            assert depth() == 10
            store.db.execute("DROP TABLE meta")
            assert depth() == 10
        depth.close()


def test_too_deep_an_inbox_is_told_before_the_body_is_read(tmp_path: Path) -> None:
    with (
        serving(tmp_path, gate=lambda inbox: Gate(Depth(inbox, tmp_path / "live.db"), most_behind=50)) as served,
        httpx.Client(base_url=served.url, auth=(KEY, "")) as http,
        LiveStore(tmp_path / "live.db", writing=True) as store,
    ):
        assert http.post("/v1/batch", json={"batch": [TRACK] * 60}).status_code == 200
        time.sleep(0.25)
        answer = http.post("/v1/track", json=TRACK)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "behind", "2")
        assert served.inbox.last == 60
        store.set_meta("applied", 60)
        time.sleep(0.25)
        assert http.post("/v1/track", json=TRACK).status_code == 200


async def _flood(served: Served, key: str, clients: int, stop: float) -> dict[int, int]:
    counts: dict[int, int] = {}
    body = json.dumps({"batch": [TRACK] * 20}).encode()

    async def one(http: httpx.AsyncClient) -> None:
        while time.monotonic() < stop:
            answer = await http.post("/v1/batch", content=body, auth=(key, ""))
            counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) >= 1

    async with httpx.AsyncClient(base_url=served.url, limits=httpx.Limits(max_connections=clients)) as http:
        await asyncio.gather(*(one(http) for _ in range(clients)))
    return counts


async def _calm(served: Served, key: str, stop: float) -> list[int]:
    found = []
    async with httpx.AsyncClient(base_url=served.url, auth=(key, "")) as http:
        while time.monotonic() < stop:
            found.append((await http.post("/v1/track", json=TRACK)).status_code)
            await asyncio.sleep(0.02)
    return found


def test_a_flood_of_one_key_leaves_another_served(tmp_path: Path) -> None:
    flooded = replace(WEB, code="flooded", write_key="flood-key", limit=200)

    async def run(served: Served) -> tuple[dict[int, int], list[int], float]:
        begun = time.monotonic()
        counts, calm = await asyncio.gather(_flood(served, "flood-key", 8, begun + 2), _calm(served, KEY, begun + 2))
        return counts, calm, time.monotonic() - begun

    with serving(tmp_path, [WEB, flooded]) as served:
        counts, calm, seconds = asyncio.run(run(served))
        assert set(calm) == {200}
        assert len(calm) > 3
        assert set(counts) == {200, 429}
        assert counts[429] > counts[200]
        # So many seconds at 200 a second (two, and what the last answers took), the bucket it began with, and the debt
        # of the last batches.
        assert counts[200] * 20 <= 200 * (seconds + 1) + 8 * 20
        doors = [body.door for body in served.bodies()]
        assert doors.count("web") == len(calm)
        assert doors.count("flooded") == counts[200]


async def _ended(tasks: list[asyncio.Task[bool]], enough: int) -> int:
    """Return how many end by themselves: wait for enough of them, and a moment for one too many."""
    async with asyncio.timeout(120):
        while sum(task.done() for task in tasks) < enough:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    ended = [task for task in tasks if task.done()]
    for task in set(tasks) - set(ended):
        task.cancel()
    return sum([await task for task in ended])


def test_bodies_that_do_not_end_fill_only_their_half(tmp_path: Path) -> None:
    """Clients of one key that begin large bodies and never end them: those of another key are still taken."""

    async def told_to_wait(reader: asyncio.StreamReader) -> bool:
        answer = await reader.read(65536)
        assert answer.startswith(b"HTTP/1.1 429")
        assert b'"busy"' in answer
        return True

    async def run(served: Served) -> None:
        lines = []
        head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 3000000\r\n\r\n"
        for _ in range(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(head.encode() + b"x" * 150_000)
            lines.append((reader, writer))
        refused = await _ended([asyncio.create_task(told_to_wait(reader)) for reader, _ in lines], 6)
        # Three bodies of 150,000 bytes fit in a half of 1,000,000; one may have been on its way when others gave up.
        assert 6 <= refused <= 7
        assert 300_000 <= served.gate.bytes <= 500_000
        async with httpx.AsyncClient(base_url=served.url) as http:
            batch = {"batch": [TRACK | {"pad": "x" * 1000}] * 400}
            assert (await http.post("/v1/batch", json=batch, auth=("other", ""))).status_code == 200
            assert (await http.post("/v1/batch", json=batch, auth=(KEY, ""))).status_code == 429
            for _, writer in lines:
                writer.close()
            async with asyncio.timeout(120):
                while served.gate.bytes:
                    await asyncio.sleep(0.02)
            assert (await http.post("/v1/batch", json=batch, auth=(KEY, ""))).status_code == 200

    doors = [WEB, replace(WEB, code="other", write_key="other")]
    with serving(tmp_path, doors, gate=lambda inbox: Gate(lambda: 0, most_bytes=1_000_000)) as served:
        asyncio.run(run(served))
