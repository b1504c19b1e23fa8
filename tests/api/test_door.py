"""The doors answer as Segment's API does, and what they acknowledge is in the inbox."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from huaxiang.api.door import DoorApp, no_door
from huaxiang.definitions.nodes import Faults
from huaxiang.inbox.contract import Contract
from huaxiang.inbox.door import Door, Signature, WebhookMapping, doors_of
from huaxiang.inbox.log import Inbox
from huaxiang.privacy.keys import MasterKey
from huaxiang.words import Words
from tests.api.door_server import KEY, WEB, Served, serving
from tests.full_disk import full_disk

TRACK = {"userId": "u1", "event": "Product Viewed", "messageId": "m1", "properties": {"sku": "A"}}
ORDERS = Contract("Order Completed", {"order_id": "text", "total": "number"}, {"coupon": "text"})
SHOP = Door(
    "shop",
    Words("Shop", "商城"),
    ("webhook",),
    signature=Signature("s3cret", header="X-Signature", prefix="sha256="),
    mapping=WebhookMapping(each="items", id="id", event="kind", user="buyer"),
)
PLAIN = Door("plain", Words("Plain", "普通"), ("webhook",), "plain-key")
BOUND = replace(WEB, code="bound", write_key="bound-key", contracts={ORDERS.event: ORDERS}, accept=("segment",))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("door"), [WEB, BOUND, SHOP, PLAIN]) as found:
        yield found


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, auth=(KEY, "")) as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"code", "message"}
    assert body["message"]
    return answer.status_code, body["code"]


def kept(served: Served, before: int) -> list[dict]:
    return served.documents()[before:]


@pytest.mark.parametrize(
    "path", ["identify", "track", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"]
)
def test_each_type_is_kept(http: httpx.Client, served: Served, path: str) -> None:
    before = served.inbox.last
    answer = http.post(f"/v1/{path}", json=TRACK | {"messageId": path})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (found,) = kept(served, before)
    assert found["messageId"] == path
    assert found["type"].startswith(path)
    assert found["userId"] == "u1"


def test_a_batch_is_kept_with_its_context(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    batch = [TRACK | {"type": "track", "messageId": f"b{number}"} for number in range(3)]
    assert http.post("/v1/batch", json={"batch": batch, "context": {"ip": "1.2.3.4"}}).json() == {"success": True}
    found = kept(served, before)
    assert [each["messageId"] for each in found] == ["b0", "b1", "b2"]
    assert all(each["context"] == {"ip": "1.2.3.4"} for each in found)


def test_an_empty_batch_is_nothing(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    assert http.post("/v1/batch", json={"batch": []}).json() == {"success": True}
    assert served.inbox.last == before


@pytest.mark.parametrize(
    "how",
    [
        {"auth": (KEY, "")},
        {"auth": (KEY, "ignored")},
        {"headers": {"authorization": f"Bearer {KEY}"}},
        {"headers": {"authorization": "bearer  " + KEY}},
        {"extra": {"writeKey": KEY}},
        {"extra": {"writeKey": KEY, "timestamp": 17}},
    ],
)
def test_ways_to_give_the_write_key(served: Served, how: dict) -> None:
    extra = how.pop("extra", {})
    before = served.inbox.last
    assert httpx.post(served.url + "/v1/track", json=TRACK | extra, **how).status_code == 200
    assert served.inbox.last == before + 1
    assert KEY not in json.dumps(kept(served, before))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"auth": ("other", "")},
        {"auth": ("", "")},
        {"headers": {"authorization": "Basic !!!"}},
        {"headers": {"authorization": "Basic /w=="}},
        {"headers": {"authorization": "Digest x"}},
        {"headers": {"authorization": ""}},
        {"headers": {"authorization": "Bearer " + "k" * 5000}},
        {"extra": {"writeKey": "other"}},
        {"extra": {"writeKey": 7}},
        {"extra": {"writeKey": ""}},
        {"auth": ("other", ""), "extra": {"writeKey": KEY}},
    ],
)
def test_no_or_a_wrong_key_is_refused(served: Served, how: dict) -> None:
    extra = how.pop("extra", {})
    before = served.inbox.last
    answer = httpx.post(served.url + "/v1/track", json=TRACK | extra, **how)
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert served.inbox.last == before


def test_a_door_takes_only_what_it_accepts(served: Served) -> None:
    answer = httpx.post(served.url + "/sa?token=bound-key", data={"data": "e30="})
    assert code(answer) == (403, "not_accepted")
    answer = httpx.post(served.url + "/v1/track", json=TRACK, auth=("plain-key", ""))
    assert code(answer) == (403, "not_accepted")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"{} {}", "bad_json"),
        (b'{"a": NaN}', "bad_json"),
        (b"\xef\xbb\xbf{}", "bad_json"),
        (b'{"userId": "\xff"}', "bad_utf8"),
        (b'{"properties": {"x": "\xc3\x28"}}', "bad_utf8"),
        (b"[]", "bad_body"),
        (b"17", "bad_body"),
        (b'{"x":' + b"[" * 9000 + b"]" * 9000 + b"}", "too_deep"),
        (b'{"x": "' + b"a" * 33_000 + b'"}', "too_large"),
    ],
)
def test_what_is_no_event_is_refused(http: httpx.Client, served: Served, body: bytes, expected: str) -> None:
    before = served.inbox.last
    assert code(http.post("/v1/track", content=body)) == (400, expected)
    assert served.inbox.last == before
    assert http.post("/v1/track", json=TRACK).status_code == 200


@pytest.mark.parametrize("body", [{}, {"batch": {}}, {"batch": 1}, {"batch": None}, {"batch": "x"}])
def test_what_is_no_batch_is_refused(http: httpx.Client, body: dict) -> None:
    assert code(http.post("/v1/batch", json=body)) == (400, "bad_body")


def test_a_batch_has_a_limit_of_events_and_of_bytes(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    one = {"type": "track", "userId": "u", "event": "e"}
    assert http.post("/v1/batch", json={"batch": [one] * 2500}).status_code == 200
    assert served.inbox.last == before + 2500
    assert code(http.post("/v1/batch", json={"batch": [one] * 2501})) == (400, "too_many")
    assert code(http.post("/v1/batch", json={"batch": [{"x": "y" * 4_100_000}]})) == (400, "too_large")
    assert served.inbox.last == before + 2500


def test_valid_events_are_kept_beside_wrong_ones(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    batch = [
        {"type": "track", "event": "ok", "userId": "u1", "messageId": "a"},
        {"type": "track", "event": "ok", "messageId": "b"},
        {"type": "track", "userId": "u1", "anonymousId": None, "messageId": "c"},
        17,
        {"type": "nonsense", "userId": "u1"},
        {"type": "identify", "anonymousId": "x"},
        {"type": "identify", "userId": "u", "timestamp": "the day before"},
        {"type": "identify", "userId": "u", "traits": {"about": "x" * 33_000}, "messageId": "g"},
        "[" * 300,
        {"type": "identify", "userId": "u", "timestamp": -1},
        {"type": "identify", "userId": "u", "timestamp": "1970-01-01T00:00:00Z", "sentAt": "1970-01-01T00:00:01Z"},
        {"type": "identify", "userId": "u", "timestamp": "2026-06-30T08:00:00Z", "sentAt": "0001-01-01T00:00:00Z"},
    ]
    answer = http.post("/v1/batch", json={"batch": batch})
    assert answer.status_code == 200
    found = answer.json()
    assert found["success"] is True
    assert [(each["index"], each["messageId"], each["rule"]) for each in found["quarantined"]] == [
        (1, "b", "no_identifier"),
        (2, "c", "missing:event"),
        (3, None, "not_an_object"),
        (4, None, "unknown_type"),
        (6, None, "bad_time"),
        (7, None, "too_large"),
        (8, None, "not_an_object"),
        (9, None, "bad_time"),
        (10, None, "bad_time"),
    ]
    assert all(each["message"] for each in found["quarantined"])
    events = served.events()[before:]
    assert len(events) == 12
    assert [number for number, event in enumerate(events) if not event.rule] == [0, 5, 11]


@pytest.mark.parametrize(
    ("body", "en", "zh"),
    [
        ({}, "batch is missing", "缺少 batch"),
        ({"batch": "x"}, "batch must be a list of events", "batch 应为事件的列表"),
        ({"batch": {}}, "batch must be a list of events", "batch 应为事件的列表"),
        ({"batch": None}, "batch must be a list of events", "batch 应为事件的列表"),
    ],
)
def test_a_batch_without_a_list_is_told_so(http: httpx.Client, served: Served, body: Any, en: str, zh: str) -> None:
    before = served.inbox.last
    for language, said in (("en", en), ("zh-CN", zh)):
        answer = http.post("/v1/batch", json=body, headers={"accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_body")
        assert said in answer.json()["message"]
    assert served.inbox.last == before


def test_a_broken_contract_is_told_and_kept(served: Served) -> None:
    before = served.inbox.last
    good = {"type": "track", "event": "Order Completed", "userId": "u", "properties": {"order_id": "1", "total": 2}}
    bad = good | {"messageId": "bad", "properties": {"order_id": 1, "total": 2}}
    with httpx.Client(base_url=served.url, auth=("bound-key", "")) as http:
        answer = http.post("/v1/batch", json={"batch": [good, bad]}, headers={"accept-language": "zh-CN,zh;q=0.9"})
        assert http.post("/v1/track", json=good).json() == {"success": True}
    assert answer.json()["quarantined"] == [
        {
            "index": 1,
            "messageId": "bad",
            "rule": "contract:type:order_id:Order Completed",
            "message": "“Order Completed”的约定：order_id 的类型不符",
        }
    ]
    assert [bool(event.rule) for event in served.events()[before:]] == [False, True, False]


def test_gzip(http: httpx.Client, served: Served) -> None:
    before, packed = served.inbox.last, {"content-encoding": "gzip"}
    body = gzip.compress(json.dumps(TRACK).encode())
    assert http.post("/v1/track", content=body, headers=packed).status_code == 200
    assert kept(served, before)[0]["properties"] == {"sku": "A"}
    assert code(http.post("/v1/track", content=body[:-9], headers=packed)) == (400, "bad_gzip")
    assert code(http.post("/v1/track", content=body + body, headers=packed)) == (400, "bad_gzip")
    assert code(http.post("/v1/track", content=b"{}", headers=packed)) == (400, "bad_gzip")
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 50_000
    assert code(http.post("/v1/batch", content=bomb, headers=packed)) == (400, "too_large")
    assert code(http.post("/v1/track", content=body, headers={"content-encoding": "br"})) == (415, "unknown_encoding")
    assert served.inbox.last == before + 1


def test_chunked_bodies(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    raw = json.dumps(TRACK).encode()
    assert http.post("/v1/track", content=iter([raw[:7], raw[7:20], raw[20:]])).status_code == 200
    assert code(http.post("/v1/track", content=(b"x" * 1000 for _ in range(10_000)))) == (400, "too_large")
    assert served.inbox.last == before + 1
    assert served.gate.bytes == 0


def test_other_methods_and_paths(http: httpx.Client) -> None:
    answer = http.get("/v1/track")
    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert code(http.post("/v1/tracks", json=TRACK)) == (404, "not_found")
    assert code(http.post("/v1/webhook/nobody", json=TRACK)) == (404, "not_found")
    assert code(http.post("/v1/webhook/web", json=TRACK)) == (404, "not_found")
    assert http.post("/v1/track/", json=TRACK).status_code == 200
    own = ("/v1/track", "/sa", "/sa.gif", "/sa.png", "/sa/", "/sa/x", "/v1/webhook/x")
    assert all(map(DoorApp.serves, own))
    assert not any(map(DoorApp.serves, ("/v1/profiles/x", "/", "/sales", "/customers")))
    for path in ("/sa.png", "/sa/x", "/sa.gif/x"):
        assert code(http.get(path)) == (404, "not_found")
    for path in ("/sa", "/sa.gif"):
        answer = http.put(path)
        assert code(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, POST, OPTIONS"


def test_a_project_without_doors_refuses_what_is_sent_to_one() -> None:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(no_door), base_url="http://x") as client:
            return await client.get("/sa.gif?data=x", headers={"accept-language": "zh"})

    answer = asyncio.run(asked())
    assert code(answer) == (404, "not_found")
    assert answer.json()["message"] == "没有入口对应路径“/sa.gif”"


def test_the_language_of_a_refusal(http: httpx.Client) -> None:
    assert http.get("/v1/track", headers={"accept-language": "zh-CN"}).json()["message"] == "请使用 POST 发送事件"
    assert http.get("/v1/track", headers={"accept-language": "fr"}).json()["message"] == "events are sent with POST"


def test_browsers_of_named_pages_may_send(http: httpx.Client, served: Served) -> None:
    origin = {"origin": "https://shop.example.com"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = httpx.request("OPTIONS", served.url + "/v1/track", headers=origin | asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin["origin"]
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert "POST" in answer.headers["access-control-allow-methods"]
    # As sendBeacon sends it: plain text, the key in the body.
    body = json.dumps(TRACK | {"writeKey": KEY}).encode()
    answer = httpx.post(served.url + "/v1/t", content=body, headers=origin | {"content-type": "text/plain"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin["origin"]
    answer = httpx.post(served.url + "/v1/track", json=TRACK, headers=origin)
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["access-control-allow-origin"] == origin["origin"]


def test_browsers_of_other_pages_may_not(http: httpx.Client, served: Served) -> None:
    before = served.inbox.last
    other = {"origin": "https://evil.example.com", "access-control-request-method": "POST"}
    answer = httpx.request("OPTIONS", served.url + "/v1/track", headers=other)
    assert "access-control-allow-origin" not in answer.headers
    answer = http.post("/v1/track", json=TRACK, headers=other)
    assert code(answer) == (403, "origin_refused")
    assert "access-control-allow-origin" not in answer.headers
    assert served.inbox.last == before


def test_sensors(served: Served) -> None:
    before = served.inbox.last
    event = {
        "type": "track",
        "event": "浏览",
        "distinct_id": "d1",
        "time": 1_782_800_000_000,
        "properties": {"$os": "x"},
    }
    data = base64.b64encode(gzip.compress(json.dumps([event, event | {"type": "x"}]).encode())).decode()
    answer = httpx.post(served.url + f"/sa?project=default&token={KEY}", data={"data_list": data, "gzip": "1"})
    assert [each["rule"] for each in answer.json()["quarantined"]] == ["unknown_type"]
    plain = base64.b64encode(json.dumps(event).encode()).decode()
    assert httpx.post(served.url + f"/sa?token={KEY}", data={"data": plain}).json() == {"success": True}
    packed = gzip.compress(urlencode({"data": plain}).encode())
    answer = httpx.post(served.url + f"/sa?token={KEY}", content=packed, headers={"content-encoding": "gzip"})
    assert answer.json() == {"success": True}
    found = kept(served, before)
    assert [each.get("event") for each in found] == ["浏览", "浏览", "浏览", "浏览"]
    assert found[0]["anonymousId"] == "d1"
    assert code(httpx.post(served.url + "/sa", data={"data": plain})) == (401, "unauthorized")
    for wrong in ({"data": "!"}, {"data": plain, "gzip": "1"}, {}, {"data": base64.b64encode(b"17").decode() + "x"}):
        assert code(httpx.post(served.url + f"/sa?token={KEY}", data=wrong)) == (400, "bad_body")


def test_sensors_by_the_address_of_an_image(served: Served) -> None:
    before = served.inbox.last
    event = {"type": "track", "event": "浏览", "distinct_id": "d?>~1", "time": 1_782_800_000_000, "properties": {}}
    one = base64.b64encode(json.dumps(event).encode()).decode()
    many = base64.b64encode(gzip.compress(json.dumps([event, event]).encode())).decode()
    shown = []
    for asked in ({"data": one, "ext": "crc=1"}, {"data_list": many, "gzip": "1"}, {"data": one, "gzip": "0"}):
        answer = httpx.get(served.url + "/sa.gif", params={"project": "default", "token": KEY} | asked)
        shown.append((answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]))
        assert answer.content[:6] == b"GIF89a"
    assert shown == [(200, "image/gif", "no-store")] * 3
    # An unescaped plus sign is a blank in an address.
    assert httpx.get(served.url + f"/sa?token={KEY}&data={one}").json() == {"success": True}
    # As sendBeacon sends it.
    answer = httpx.post(
        served.url + f"/sa.gif?token={KEY}", content=urlencode({"data": one, "ext": "crc=1"}),
        headers={"content-type": "text/plain;charset=UTF-8", "origin": "https://shop.example.com"},
    )  # fmt: skip
    assert (answer.status_code, answer.content[:3]) == (200, b"GIF")
    assert [each["anonymousId"] for each in kept(served, before)] == ["d?>~1"] * 6
    assert not any(KEY.encode() in body.raw for body in served.inbox.bodies(before, 1 << 30)), (
        "a key is none of what is kept"
    )


def test_an_address_is_refused_as_a_body_is(served: Served) -> None:
    before = served.inbox.last
    refused = {
        f"token={KEY}": (400, "bad_body"),
        f"token={KEY}&data=!": (400, "bad_body"),
        "data=e30=": (401, "unauthorized"),
        "&".join(f"a{number}=1" for number in range(30)): (400, "bad_address"),
    }
    for asked, expected in refused.items():
        for path in ("/sa", "/sa.gif"):
            assert code(httpx.get(f"{served.url}{path}?{asked}")) == expected
    assert served.inbox.last == before


def test_the_beacon_of_rudderstack(served: Served) -> None:
    before = served.inbox.last
    sent = {"content": json.dumps({"batch": [TRACK | {"type": "track"}]}), "headers": {"content-type": "text/plain"}}
    assert httpx.post(f"{served.url}/beacon/v1/batch?writeKey={KEY}", **sent).json() == {"success": True}
    assert [each["userId"] for each in kept(served, before)] == ["u1"]
    assert code(httpx.post(f"{served.url}/beacon/v1/batch?writeKey=x", **sent)) == (401, "unauthorized")
    assert code(httpx.post(f"{served.url}/beacon/v1/batch", **sent)) == (401, "unauthorized")
    assert code(httpx.post(f"{served.url}/beacon/v1/track?writeKey={KEY}", **sent)) == (404, "not_found")
    assert code(httpx.get(f"{served.url}/beacon/v1/batch?writeKey={KEY}")) == (405, "method_not_allowed")


def test_a_webhook_with_a_key(served: Served) -> None:
    before, url = served.inbox.last, served.url + "/v1/webhook/plain"
    assert httpx.post(url, json={"anything": [1]}, auth=("plain-key", "")).json() == {"success": True}
    assert kept(served, before)[0]["body"] == {"anything": [1]}
    assert code(httpx.post(url, json={"anything": 1})) == (401, "unauthorized")
    assert code(httpx.post(url, json={"anything": 1}, auth=(KEY, ""))) == (401, "unauthorized")
    assert code(httpx.post(url, content=b"<xml/>", auth=("plain-key", ""))) == (400, "bad_body")


def test_requests_after_one_another_on_one_connection(served: Served) -> None:
    """What is refused leaves the connection whole: a refusal before, and one in the midst of a body."""
    before = served.inbox.last
    auth = base64.b64encode(f"{KEY}:".encode()).decode()

    def request(body: bytes, key: str = auth, length: int | None = None) -> bytes:
        size = len(body) if length is None else length
        head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\nContent-Length: {size}\r\n\r\n"
        return head.encode() + body

    good = request(json.dumps(TRACK).encode())
    wrong_key = request(b'{"x": "' + b"y" * 20_000 + b'"}', "AAAA")
    large = request(b"z" * 60_000)
    with socket.create_connection(("127.0.0.1", served.port), 10) as line:
        line.sendall(good + wrong_key + good + large + request(b"{") + good)
        got = b""
        while got.count(b"HTTP/1.1 ") < 6 or not got.endswith(b"}"):
            piece = line.recv(65536)
            assert piece, got
            got += piece
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"401", b"200", b"400", b"400", b"200"]
    assert served.inbox.last == before + 3


def test_clients_that_hang_up_leave_nothing_behind(served: Served, http: httpx.Client) -> None:
    before = served.inbox.last
    head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", served.port), 10) as line:
            line.sendall(head + b"x" * 50_000)
    assert http.post("/v1/track", json=TRACK).status_code == 200
    assert served.inbox.last == before + 1
    for _ in range(200):
        if served.gate.bytes == 0:
            break
        http.post("/v1/track", json=TRACK)
    assert served.gate.bytes == 0


def test_a_full_disk_is_never_an_acknowledgement(tmp_path: Path) -> None:
    batch = {"batch": [TRACK | {"type": "track", "pad": "x" * 1000}] * 400}
    with serving(tmp_path) as served, httpx.Client(base_url=served.url, auth=(KEY, "")) as http:
        assert http.post("/v1/track", json=TRACK).status_code == 200
        with full_disk(300_000):
            answer = http.post("/v1/batch", json=batch)
        assert code(answer) == (503, "not_kept")
        assert answer.headers["retry-after"] == "5"
        assert str(tmp_path) not in answer.text
        assert http.post("/v1/batch", json=batch).status_code == 200
        assert served.inbox.last == 401
        assert len(served.events()) == 401


def test_nothing_of_an_event_lies_open(served: Served, http: httpx.Client) -> None:
    http.post("/v1/identify", json={"userId": "u", "traits": {"phone": "13800138000", "email": "a@b.example"}})
    for path in Path(served.inbox.path.parent).iterdir():
        assert b"13800138000" not in path.read_bytes()
        assert b"a@b.example" not in path.read_bytes()


def test_doors_of_a_project_with_keys_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "doors").mkdir()
    (tmp_path / "doors" / "web.yaml").write_text(
        "- {door: web, write_key: env:WEB_WRITE_KEY}\n- {door: shut, write_key: env:NO_SUCH_KEY}\n"
    )
    monkeypatch.setenv("WEB_WRITE_KEY", "from-outside")
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    faults = Faults()
    doors = doors_of(tmp_path, faults)
    assert faults.found == []

    async def ask(app: DoorApp) -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://doors") as http:
            keys = ("from-outside", "env:WEB_WRITE_KEY", "env:NO_SUCH_KEY", "", "None")
            found = [(await http.post("/v1/track", json=TRACK, auth=(key, ""))).status_code for key in keys]
            await app.close()
            return [*found, (await http.post("/v1/track", json=TRACK, auth=("from-outside", ""))).status_code]

    with Inbox(tmp_path / "inbox.db", MasterKey.random(), writing=True) as inbox:
        assert asyncio.run(ask(DoorApp.over(doors, inbox, tmp_path / "live.db"))) == [200, 401, 401, 401, 401, 503]
        assert inbox.last == 1
    assert "door shut is shut: NO_SUCH_KEY is not set" in caplog.text
