"""The Python client: against the real API, and against a door that is busy, lost or wrong, over a real socket."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from huaxiang import Client
from huaxiang.api.app import create_api
from huaxiang.client.client import SENT_AT_ONCE
from huaxiang.errors import NotAllowed, NotFound, ServerError
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.registry import Registry
from huaxiang.registry.audit import personal_reads
from huaxiang.registry.tokens import Right, create_token
from huaxiang.serving.base import Base
from tests.api.profiles.served import ids, make_base, registry_of, serving
from tests.read.sample import KEY, sample_project


class Door:
    """Answers as it is told, one answer after another (200 when there are no more), and keeps what it was sent."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers, self.sent = list(answers), list[tuple[str, dict[str, str], Any]]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.sent.append((scope["path"], headers, json.loads(body)))
        status, more = self.answers.pop(0) if self.answers else (200, {})
        said = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": said})
        text = b'{"success": true}' if status == 200 else b'{"code": "busy", "message": "later"}'
        await send({"type": "http.response.body", "body": text})


def sent_to(door: Door, act: Any) -> Any:
    with serving(door) as address, Client(address, write_key="w1") as client:
        return act(client)


def test_calls_are_written_as_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()

    def act(client: Client) -> list[str]:
        at = datetime(2026, 3, 1, 8, tzinfo=UTC)
        return [
            client.identify("u1", {"birthday": date(1990, 1, 2), "phone": "13800138000"}),
            client.track("u1", "Order Completed", {"total": Decimal("9.5")}, timestamp=at, context={"ip": "1.2.3.4"}),
            client.track(None, "Viewed", anonymous_id="a1", message_id="m-1"),
            client.page("u1", "Home"),
            client.group("u1", "g1", {"name": "Shop"}),
            client.alias("u1", "a1"),
        ]

    messages = sent_to(door, act)
    assert [path for path, _, _ in door.sent] == [
        "/v1/identify", "/v1/track", "/v1/track", "/v1/page", "/v1/group", "/v1/alias",
    ]  # fmt: skip
    bodies = [body for _, _, body in door.sent]
    assert [body["messageId"] for body in bodies] == messages and len(set(messages)) == 6 and messages[2] == "m-1"
    assert bodies[0]["traits"] == {"birthday": "1990-01-02", "phone": "13800138000"}
    assert (bodies[1]["event"], bodies[1]["properties"], bodies[1]["timestamp"], bodies[1]["context"]) == (
        "Order Completed", {"total": 9.5}, "2026-03-01T08:00:00+00:00", {"ip": "1.2.3.4"},
    )  # fmt: skip
    assert "userId" not in bodies[2] and bodies[2]["anonymousId"] == "a1"
    assert (bodies[3]["name"], bodies[4]["groupId"], bodies[5]["previousId"]) == ("Home", "g1", "a1")
    for _, headers, body in door.sent:
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"w1:"
        assert headers["content-type"] == "application/json"
        assert abs(datetime.fromisoformat(body["sentAt"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_busy_door_is_asked_again_when_it_says_with_the_same_message() -> None:
    door = Door((429, {"Retry-After": "0.3"}), (503, {}), (503, {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}))
    begun = time.monotonic()
    message = sent_to(door, lambda client: client.track("u1", "Viewed"))
    assert time.monotonic() - begun > 0.3
    assert [body["messageId"] for _, _, body in door.sent] == [message] * 4


def test_a_door_that_refuses_is_not_asked_again() -> None:
    door = Door((400, {}))
    with pytest.raises(ServerError, match="later") as refused:
        sent_to(door, lambda client: client.track("u1", "Viewed"))
    assert (refused.value.status, refused.value.code, len(door.sent)) == (400, "busy", 1)
    door = Door((401, {}))
    with pytest.raises(NotAllowed):
        sent_to(door, lambda client: client.track("u1", "Viewed"))


def test_patience_ends() -> None:
    door = Door(*[(503, {"Retry-After": "0"})] * 9)
    with pytest.raises(ServerError) as refused:
        sent_to(door, lambda client: client.track("u1", "Viewed"))
    assert (refused.value.status, len(door.sent)) == (503, 5)
    door = Door((429, {"Retry-After": "3600"}))
    with pytest.raises(ServerError):
        sent_to(door, lambda client: client.track("u1", "Viewed"))
    assert len(door.sent) == 1


def test_a_server_that_is_not_there_is_said() -> None:
    with Client("http://127.0.0.1:9", write_key="w1", retries=1) as client, pytest.raises(ServerError) as lost:
        client.track("u1", "Viewed")
    assert (lost.value.status, lost.value.code) == (0, "not_reached") and "无法连接" in lost.value.say("zh")


def test_a_batch_goes_in_few_requests() -> None:
    door = Door()
    events = [{"type": "track", "userId": f"u{n}", "event": "Viewed"} for n in range(SENT_AT_ONCE + 7)]
    large = [{"type": "track", "userId": "u", "event": "x" * 30_000} for _ in range(20)]
    assert sent_to(door, lambda client: client.batch([*events, *large])) == len(events) + len(large)
    sizes = [len(body["batch"]) for _, _, body in door.sent]
    assert sizes[0] == SENT_AT_ONCE and sum(sizes) == len(events) + len(large)
    assert all(len(json.dumps(body)) < 500_000 for _, _, body in door.sent)
    sent = [event for _, _, body in door.sent for event in body["batch"]]
    assert len({event["messageId"] for event in sent}) == len(sent) and all(event["timestamp"] for event in sent)


def test_an_event_that_names_nobody_is_not_sent() -> None:
    with Client(write_key="w1") as client:
        for wrong in (lambda: client.track(None, "Viewed"), lambda: client.batch([{"type": "buy", "userId": "u"}])):
            with pytest.raises(ValueError, match=r"user_id|type"):
                wrong()
        with pytest.raises(TypeError, match="anonymous_id"):
            client.track("u1", "Viewed", anonymousId="a1")
        with pytest.raises(ValueError, match="JSON"):
            client.track("u1", "Viewed", {"total": float("nan")})
        with pytest.raises(ValueError, match="token"):
            client.profile("C0")
    with Client(token="t") as client, pytest.raises(ValueError, match="write key"):
        client.track("u1", "Viewed")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@dataclass(frozen=True)
class Reading:
    """A client of the real API, and what it asked for."""

    client: Client
    base: Base
    registry: Registry
    addresses: list[str]


@pytest.fixture
def reading(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    base, app = make_base(root), create_api(root)
    text, _ = create_token(registry_of(app), f"client-{time.monotonic_ns()}", by="test", may=[Right.PERSONAL])
    addresses: list[str] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            addresses.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await app(scope, receive, send)

    with serving(watched) as address, Client(address, token=text) as client:
        yield Reading(client, base, registry_of(app), addresses)


def test_profiles_are_read(reading: Reading) -> None:
    client, base = reading.client, reading.base
    known = ids(base, 40)
    found = client.profile(known[0])
    assert (found.id, found.build, found.live, found.masked) == (known[0], base.build, None, True)
    assert found.as_of == base.as_of.replace(tzinfo=UTC)
    assert found.tags == client.profile(known[0], include=["tags"]).tags != {}
    many = client.profiles([*known, "phone:10000000000"] * 30)
    assert [each.id if each else None for each in many] == [*known, None] * 30
    with pytest.raises(NotFound):
        client.profile("phone:10000000000")


def test_an_identifier_never_stands_in_an_address(reading: Reading) -> None:
    client, addresses = reading.client, reading.addresses
    whom = [each for each in client.profiles(ids(reading.base, 40)) if each and "phone" in each.traits]
    real = client.profile(whom[0].id, personal=True, purpose="test")
    [phone, *_] = real.traits["phone"]
    assert real.masked is False and "*" not in phone
    assert personal_reads(reading.registry, limit=1)[0].purpose == "test"
    by_phone = client.profile(f"phone:{phone}")
    events = list(client.events(f"phone:{phone}", page=5))
    assert by_phone.id == whom[0].id and addresses and not [each for each in addresses if phone in each]
    assert events == list(client.events(whom[0].id))
    assert [each.occurred_at for each in events] == sorted((each.occurred_at for each in events), reverse=True)
    assert all(each.occurred_at.tzinfo for each in events)


def test_importing_huaxiang_loads_no_http() -> None:
    asked = "import sys, huaxiang; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "huaxiang.client.client" in loaded and not loaded & {"httpx", "ssl", "asyncio", "email", "numpy"}
