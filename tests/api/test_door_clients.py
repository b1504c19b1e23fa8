"""Public clients for Python, unchanged, only pointed at our address: what they send is in the inbox as sent."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rudderstack.analytics as rudder
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient
from sensorsanalytics import BatchConsumer, DefaultConsumer, SensorsAnalytics

from huaxiang.api.gate import Gate
from tests.api.door_server import KEY, WEB, Served, serving

WHEN = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)


def send_each(client: SegmentClient | RudderClient) -> None:
    client.identify("u1", {"email": "a@b.example", "城市": "上海"}, timestamp=WHEN)
    client.track("u1", "Order Completed", {"order_id": "o1", "total": 12.5}, timestamp=WHEN)
    client.page("u1", "Shop", "Home", {"path": "/"})
    client.screen("u1", "App", "Start", {})
    client.group("u1", "g1", {"name": "公司"})
    client.alias("anon-1", "u1")
    client.track(anonymous_id="anon-2", event="Product Viewed", context={"ip": "1.2.3.4"})


def check_each(served: Served) -> None:
    found = served.documents()
    assert not [event.rule for event in served.events() if event.rule]
    assert [each["type"] for each in found] == ["identify", "track", "page", "screen", "group", "alias", "track"]
    identify, track, page, _, group, alias, anonymous = found
    assert (identify["userId"], identify["traits"]) == ("u1", {"email": "a@b.example", "城市": "上海"})
    assert (track["event"], track["properties"]) == ("Order Completed", {"order_id": "o1", "total": 12.5})
    # The clocks of both are the same: what was sent as the time is the time, but for the way on the wire.
    assert abs(datetime.fromisoformat(track["timestamp"]) - WHEN).total_seconds() < 5
    assert (page["category"], page["name"], page["properties"]["path"]) == ("Shop", "Home", "/")
    assert (group["groupId"], group["traits"]) == ("g1", {"name": "公司"})
    assert (alias["userId"], alias["previousId"]) == ("u1", "anon-1")
    assert (anonymous["anonymousId"], anonymous.get("userId")) == ("anon-2", None)
    assert anonymous["context"]["ip"] == "1.2.3.4"
    assert len({each["messageId"] for each in found}) == 7
    assert all(each["context"]["library"]["name"] for each in found)


@pytest.mark.parametrize("gzip", [False, True])
def test_segment_analytics_python(tmp_path: Path, gzip: bool) -> None:
    faults: list[object] = []
    with serving(tmp_path) as served:
        client = SegmentClient(KEY, host=served.url, gzip=gzip, on_error=lambda *fault: faults.append(fault))
        send_each(client)
        client.flush()
        client.join()
        assert faults == []
        check_each(served)


@pytest.mark.parametrize("gzip", [False, True])
def test_rudder_sdk_python(tmp_path: Path, gzip: bool) -> None:
    faults: list[object] = []
    with serving(tmp_path) as served:
        client = RudderClient(KEY, host=served.url, gzip=gzip, on_error=lambda *fault: faults.append(fault))
        send_each(client)
        client.flush()
        client.join()
        assert faults == []
        check_each(served)


def test_rudder_sdk_python_as_its_guide_says(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        rudder.write_key, rudder.dataPlaneUrl = KEY, served.url
        rudder.track("u1", "Order Completed", {"order_id": "o1"})
        rudder.shutdown()
        (found,) = served.documents()
        assert (found["userId"], found["properties"]) == ("u1", {"order_id": "o1"})


def test_a_wrong_key_reaches_the_client_as_an_error(tmp_path: Path) -> None:
    faults: list[Exception] = []
    with serving(tmp_path) as served:
        for kind in (SegmentClient, RudderClient):
            client = kind("wrong", host=served.url, on_error=lambda fault, _: faults.append(fault))
            client.track("u1", "Order Completed")
            client.flush()
            client.join()
        assert served.inbox.last == 0
    # Each client says what was answered: our code and our words.
    assert len(faults) == 2
    assert all("write key" in str(fault) and "unauthorized" in str(fault) for fault in faults)


def test_a_client_told_to_wait_sends_again(tmp_path: Path) -> None:
    """429 with Retry-After is what Segment's client waits for, and then nothing is missing and nothing is double."""
    faults: list[object] = []
    limited = replace(WEB, limit=5)
    with serving(tmp_path, [limited], gate=lambda _: Gate(lambda: 0)) as served:
        client = SegmentClient(KEY, host=served.url, upload_size=5, on_error=lambda *fault: faults.append(fault))
        for number in range(20):
            client.track("u1", "Product Viewed", {"number": number})
        for _ in range(200):
            if served.inbox.last == 20:
                break
            time.sleep(0.1)
        client.join()
        assert faults == []
        assert sorted(each["properties"]["number"] for each in served.documents()) == list(range(20))


@pytest.mark.parametrize("consumer", [DefaultConsumer, BatchConsumer])
def test_sensors_analytics_sdk(tmp_path: Path, consumer: type) -> None:
    with serving(tmp_path) as served:
        client = SensorsAnalytics(consumer(f"{served.url}/sa?project=default&token={KEY}"))
        client.track("anon-1", "ViewProduct", {"price": 12.5, "$time": WHEN.replace(tzinfo=None)}, is_login_id=False)
        client.track_signup("u1", "anon-1")
        client.profile_set("u1", {"city": "上海"}, is_login_id=True)
        client.track("u1", "Pay", {"total": 99}, is_login_id=True)
        client.flush()
        client.close()
        found = served.documents()
        assert not [event.rule for event in served.events() if event.rule]
    track, alias, identify, paid = found
    assert [each["type"] for each in found] == ["track", "alias", "identify", "track"]
    assert (track["event"], track["anonymousId"], track["properties"]["price"]) == ("ViewProduct", "anon-1", 12.5)
    assert (alias["userId"], alias["previousId"]) == ("u1", "anon-1")
    assert (identify["userId"], identify["traits"]["city"]) == ("u1", "上海")
    assert (paid["userId"], paid["properties"]["total"]) == ("u1", 99)


def test_many_clients_at_once(tmp_path: Path) -> None:
    def send(number: int) -> None:
        client = SegmentClient(KEY, host=served.url, upload_size=50)
        for each in range(200):
            client.track(f"u{number}", "Product Viewed", {"number": each})
        client.flush()
        client.join()

    async def run() -> None:
        await asyncio.gather(*(asyncio.to_thread(send, number) for number in range(6)))

    with serving(tmp_path) as served:
        asyncio.run(run())
        found = [(each["userId"], each["properties"]["number"]) for each in served.documents()]
        assert sorted(found) == sorted((f"u{number}", each) for number in range(6) for each in range(200))
