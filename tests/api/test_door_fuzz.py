"""Whatever is sent: an answer that says what is wrong, never a fault of ours, and the next request is served."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.inbox.contract import Contract
from huaxiang.inbox.door import Door, WebhookMapping
from huaxiang.words import Words
from tests.api.door_server import KEY, WEB, Served, serving

BOUND = replace(
    WEB, code="bound", write_key="bound", contracts={"a": Contract("a", {"x.y": "time"}, {"z": "number"}, False)}
)
HOOK = Door("hook", Words("h", "h"), ("webhook",), "hook", mapping=WebhookMapping("a.b", "id", "type", "t", "u.id"))
KEYS = (KEY, "bound", "hook", "nobody")
PATHS = ("/v1/identify", "/v1/track", "/v1/page", "/v1/group", "/v1/alias", "/v1/batch", "/v1/webhook/hook", "/sa",
         "/v1/webhook/", "/v1/", "/v1/track/x", "/v1/b")  # fmt: skip
ANSWERS = {200, 400, 401, 403, 404, 405, 408, 415, 429}
NAMES = ("batch", "type", "userId", "anonymousId", "event", "timestamp", "sentAt", "originalTimestamp", "messageId",
         "properties", "traits", "context", "writeKey", "a", "b", "id", "t", "u", "x", "y", "distinct_id",
         "time")  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["track", "identify", "u1", KEY])
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner)
    ),
    max_leaves=30,
)
documents = values.map(lambda value: json.dumps(value).encode())
cut = st.tuples(documents, st.integers(0, 50)).map(lambda each: each[0][: -each[1] or None])
bodies = st.one_of(
    documents,
    cut,
    st.binary(max_size=2000),
    st.integers(1, 3000).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth),
    st.integers(1, 3000).map(lambda depth: b'{"userId":"u","x":' + b"[" * depth + b"]" * depth + b"}"),
)
packed = st.one_of(
    bodies,
    bodies.map(gzip.compress),
    bodies.map(lambda body: gzip.compress(body)[:-5]),
    documents.map(lambda body: b"data=" + base64.b64encode(body)),
    documents.map(lambda body: b"gzip=1&data_list=" + base64.b64encode(gzip.compress(body))),
)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
headers = st.fixed_dictionaries(
    {},
    optional={
        "content-encoding": st.one_of(st.sampled_from(["gzip", "identity", "br", "gzip, gzip"]), header_values),
        "authorization": st.one_of(st.sampled_from([f"Bearer {key}" for key in KEYS]), header_values),
        "origin": st.one_of(st.just("https://shop.example.com"), header_values),
        "accept-language": header_values,
        "content-type": header_values,
        "webhook-timestamp": header_values,
        "x-retry-count": header_values,
        "transfer-encoding": st.just("chunked"),
    },
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("fuzz"), [WEB, BOUND, HOOK]) as found:
        yield found


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url) as client:
        yield client


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["POST", "POST", "POST", "PUT", "OPTIONS", "GET"]), st.sampled_from(PATHS),
       st.sampled_from([*KEYS, None]), headers, packed)  # fmt: skip
def test_any_request_gets_a_clear_answer(
    served: Served, http: httpx.Client, method: str, path: str, key: str | None, more: dict, body: bytes
) -> None:
    before = served.inbox.last
    raw = [(name.encode(), value.strip().encode("latin-1")) for name, value in more.items()]
    if key is not None and "authorization" not in more:
        raw.append((b"authorization", f"Bearer {key}".encode()))
    content = iter([body[:10], body[10:]]) if "transfer-encoding" in more else body
    asked = f"{path}?token={key}" if path == "/sa" and key else path
    answer = http.request(method, asked, headers=[each for each in raw if b"transfer" not in each[0]], content=content)
    assert answer.status_code in ANSWERS, answer.text
    if method == "OPTIONS" and answer.status_code == 200:
        return
    found = answer.json()
    if answer.status_code != 200:
        assert found.keys() == {"code", "message"}
        assert served.inbox.last == before
        return
    assert found["success"] is True
    # What was answered is what is kept: as many wrong ones, by the same rules.
    events = served.events()[before:] if served.inbox.last > before else []
    assert [each["rule"] for each in found.get("quarantined", [])] == [event.rule for event in events if event.rule]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.binary(max_size=500), st.binary(max_size=300).map(lambda each: b"POST /v1/track HTTP/1.1\r\n" + each))
)
def test_any_bytes_on_the_wire(served: Served, http: httpx.Client, wire: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as line:
        line.sendall(wire)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(10)
        got = b""
        while piece := line.recv(65536):
            got += piece
    assert not got.startswith(b"HTTP/1.1 5")
    event = {"userId": "u", "event": "e"}
    assert http.post("/v1/track", json=event, headers={"authorization": f"Bearer {KEY}"}).status_code == 200


_SERVER = """
import sys, time
from pathlib import Path
from tests.api.door_server import serving
with serving(Path(sys.argv[1])) as served:
    print(served.port, flush=True)
    sys.stdin.read()
"""


def test_memory_does_not_grow(tmp_path: Path) -> None:
    """Bombs, bodies too large, deep and broken ones, by the hundred: the process stays as large as it was."""
    command = [sys.executable, "-c", _SERVER, str(tmp_path)]
    bomb, deep = gzip.compress(b" " * 200_000_000), b'{"batch":[' + b"[" * 900_000
    huge = json.dumps({"batch": [{"type": "track", "x": "y" * 100_000}] * 30}).encode()
    gone = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer web-key\r\nContent-Length: 3900000\r\n\r\n"
    sensors = gzip.compress(b"[" + b"1," * 20_000_000 + b"1]")
    auth = {"authorization": f"Bearer {KEY}"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)) as server:
        assert server.stdout and server.stdin
        port = int(server.stdout.readline())
        process = psutil.Process(server.pid)

        def attack(times: int) -> None:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
                for _ in range(times):
                    packed = http.post("/v1/batch", content=bomb, headers=auth | {"content-encoding": "gzip"})
                    assert packed.json()["code"] == "too_large"
                    assert http.post("/v1/batch", content=deep, headers=auth).json()["code"] == "too_deep"
                    assert http.post("/v1/batch", content=huge).json()["code"] == "unauthorized"
                    too_many = b'{"batch":[' + b"17," * 1_000_000 + b"1]}"
                    assert http.post("/v1/batch", content=too_many, headers=auth).json()["code"] == "too_many"
                    form = {"gzip": "1", "data_list": base64.b64encode(sensors)}
                    assert http.post(f"/sa?token={KEY}", data=form).json()["code"] == "bad_body"
                    with socket.create_connection(("127.0.0.1", port)) as line:
                        line.sendall(gone + b"x" * 500_000)

        begun = process.memory_info().rss
        attack(8)
        settled = process.memory_info().rss
        attack(30)
        assert process.memory_info().rss < settled + 50_000_000
        # Nor was there a moment in which a bomb lay unpacked in memory: this is the most there ever was.
        [most] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
        assert int(most) * 1024 < begun + 150_000_000
        server.stdin.close()
