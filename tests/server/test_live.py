"""Everything together: an event through the door of a real server is in the profile, the stream and the console."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from huaxiang import Client
from huaxiang.errors import NotFound, ServerError
from huaxiang.inbox.log import Inbox
from huaxiang.inbox.reading import events_of
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import load_project
from huaxiang.serving.store import STORE_FILE, LiveStore
from tests.live.shop import FILES, made_up

from .conftest import Shop, until

KEY = "key-of-the-shop"


@pytest.fixture
def shop_with_door(tmp_path: Path, shop: Shop) -> Shop:
    root = tmp_path / "live-shop"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    made = Shop(root, shop.env)
    made.run("build")
    return made


def profile(client: Client, user: str) -> Any:
    try:
        return client.profile(f"user_id:{user}")
    except (NotFound, ServerError):
        # Not met yet, or nothing is served yet: it is asked again.
        return None


@pytest.mark.timeout(600)
def test_an_event_is_in_the_profile_soon(shop_with_door: Shop) -> None:
    shop = shop_with_door
    token = shop.json("token", "create", "site", "--may", "jobs")["token"]
    with shop.served() as (server, process):
        base = f"http://127.0.0.1:{server.port}"
        client = Client(base, write_key=KEY, token=token)
        client.track("warm-up", "Product Viewed", properties={"category": "茶"})
        until(lambda: profile(client, "warm-up"), seconds=120)
        heard: list[str] = []
        threading.Thread(target=_listen, args=(base, token, heard), daemon=True).start()
        until(lambda: heard, seconds=120)
        bought = {"order_id": "O-live-1", "total": 150, "category": "茶"}
        client.track("U-live", "Order Completed", properties=bought)
        found = until(lambda: profile(client, "U-live"), seconds=120)
        # How soon bench/live measures: what is tested is that it is live at all.
        assert found.tags["spend"] == 150
        assert {"spenders", "tea"} <= set(found.segments)
        until(lambda: "segment.entered" in heard, seconds=120)
        assert httpx.get(f"{base}/live", headers={"accept": "text/html"}).status_code == 200
        jobs = httpx.get(f"{base}/v1/jobs", headers={"authorization": f"Bearer {token}"})
        assert jobs.status_code == 200
        assert shop.json("profile", found.id)
        told = shop.json("explain", found.id)
        assert told["id"] == found.id
        process.terminate()
        _, said = process.communicate(timeout=120)
        assert "Traceback" not in said


def _listen(base: str, token: str, heard: list[str]) -> None:
    headers = {"authorization": f"Bearer {token}"}
    # The server ends it when it stops.
    with suppress(httpx.HTTPError), httpx.stream("GET", f"{base}/v1/stream", headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            heard.append(line.removeprefix("event: "))


@pytest.mark.timeout(600)
def test_what_was_acknowledged_survives_the_death_of_everything(shop_with_door: Shop) -> None:
    """Server and applier are killed together, again and again, under load; nothing acknowledged is lost or doubled."""
    shop, dice = shop_with_door, random.Random(3)
    acknowledged: set[str] = set()
    for life in range(3):
        with shop.served() as (server, process):
            _load(server.port, _batches(life), 0.3 + dice.random(), acknowledged)
            # The whole family at once, as when the power goes.
            for child in _family(process.pid):
                os.kill(child, signal.SIGKILL)
            process.wait()
    project = load_project(shop.root)
    with Inbox(project.inbox, load_master_key(project.id, shop.root)) as inbox:
        last = inbox.last
        kept = {event.message_id for event in events_of(inbox.bodies(0, 1 << 30), {})}
    assert acknowledged <= kept
    with shop.served():
        until(lambda: _applied(shop) == last, seconds=120)
    with LiveStore(shop.root / ".huaxiang" / STORE_FILE) as store:
        rows = store.dicts("SELECT first, last, events FROM batches ORDER BY id")
    assert [row["first"] for row in rows[1:]] == [row["last"] + 1 for row in rows[:-1]]
    assert (rows[0]["first"], rows[-1]["last"]) == (1, last)


def _batches(life: int) -> list[list[dict[str, Any]]]:
    events = list(made_up(500 + life, 4_000))
    return [events[place : place + 20] for place in range(0, len(events), 20)]


def _load(port: int, batches: list[list[dict[str, Any]]], seconds: float, acknowledged: set[str]) -> None:
    """Send until the server has answered for some time."""
    until(lambda: _sent(port, batches.pop(), acknowledged), seconds=60)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and batches:
        _sent(port, batches.pop(), acknowledged)


def _sent(port: int, events: list[dict[str, Any]], acknowledged: set[str]) -> bool:
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/batch", content=json.dumps({"batch": events, "writeKey": KEY}), timeout=60
        )
    except httpx.HTTPError:
        return False
    if answer.status_code != 200:
        return False
    acknowledged |= {event["messageId"] for event in events}
    return True


def _family(pid: int) -> list[int]:
    process = psutil.Process(pid)
    return [*(child.pid for child in process.children(recursive=True)), pid]


def _applied(shop: Shop) -> int:
    try:
        store = LiveStore(shop.root / ".huaxiang" / STORE_FILE)
    except FileNotFoundError:
        return 0
    with store:
        return store.applied
