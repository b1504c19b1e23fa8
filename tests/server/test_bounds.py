"""What one client may send, how slowly, and how many may be connected: each refused in words, and the others served."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from huaxiang.api.shapes import BATCH_BYTES
from huaxiang.server.bounds import BOUNDS, BoundedProtocol, Bounds

Address = tuple[str, int]


async def echo(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message["body"]), message.get("more_body", False)
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(**bounds: Any) -> Iterator[Address]:
    protocol = type("Protocol", (BoundedProtocol,), {"bounds": Bounds(**bounds)})
    config = uvicorn.Config(echo, log_level="critical", lifespan="off", http=protocol, loop="uvloop")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving() as address:
        yield address


def said(address: Address, *pieces: bytes) -> tuple[int, Any]:
    """Return the status and the body of the one answer to `pieces`; (0, None) when it is closed without one."""
    with socket.create_connection(address, timeout=30) as mine:
        try:
            for piece in pieces:
                mine.sendall(piece)
        except OSError:
            # Refused while it was still sending.
            pass
        found = b""
        try:
            while chunk := mine.recv(1 << 16):
                found += chunk
                if b"\r\n\r\n" in found and b"connection: close" not in found.lower():
                    break
        except ConnectionResetError:
            pass
    if not found:
        return 0, None
    head, _, body = found.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def refused(address: Address, *pieces: bytes) -> tuple[int, str, str]:
    status, body = said(address, *pieces)
    answer = json.loads(body)
    return status, answer["code"], answer["message"]


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_what_is_within_the_bounds_is_answered(server: Address) -> None:
    assert said(server, GET + b"A: " + b"a" * 60_000 + b"\r\n\r\n") == (200, "0")
    assert said(server, POST + b"Content-Length: 5\r\n\r\n", b"he", b"llo") == (200, "5")


@pytest.mark.parametrize(
    "pieces",
    [(GET + b"A: " + b"a" * (20 << 20),), (GET, *([b"A: b\r\n" * 1_000] * 100)), (GET, b"A: b\r\n" * 20_000 + b"\r\n"),
     (b"GET /" + b"a" * (20 << 20),), (b"a" * 70_000,)],
    ids=["one value", "many, unended", "many, ended", "the address", "no http"],
)  # fmt: skip
def test_headers_that_are_too_large(server: Address, pieces: tuple[bytes, ...]) -> None:
    status, code, _ = refused(server, *pieces)
    assert (status, code) in [(431, "headers_too_large"), (400, "not_http")]
    assert (status == 431) == (pieces != (b"a" * 70_000,))
    assert said(server, GET + b"\r\n") == (200, "0")


def test_a_refusal_speaks_the_language_that_was_asked_for(server: Address) -> None:
    many = b"A: b\r\n" * 20_000
    assert "请求头超过 65,536 字节" in refused(server, GET + b"Accept-Language: zh-CN\r\n" + many)[2]
    assert "larger than 65,536 bytes" in refused(server, GET + many)[2]


@pytest.mark.parametrize("how", [b"Content-Length: 40000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_is_too_large(server: Address, how: bytes) -> None:
    pieces = [b"a" * (1 << 20)] * 30
    if b"chunked" in how:
        pieces = [b"100000\r\n" + piece + b"\r\n" for piece in pieces]
    assert refused(server, POST + how, *pieces)[:2] == (413, "too_large")


def test_requests_one_after_the_other_are_each_counted_for_themselves(server: Address) -> None:
    with socket.create_connection(server, timeout=30) as mine:
        for _ in range(30):
            mine.sendall(POST + b"A: " + b"a" * 5_000 + b"\r\nContent-Length: 1000000\r\n\r\n" + b"b" * 1_000_000)
            found = b""
            while b"1000000" not in found.partition(b"\r\n\r\n")[2]:
                found += mine.recv(1 << 16)


@pytest.mark.parametrize(
    ("begun", "status"), [(b"", 0), (b"GET / HTTP/1.1\r\nA: ", 408), (POST + b"Content-Length: 9\r\n\r\nab", 408)]
)
def test_who_is_slow_is_told_and_closed(begun: bytes, status: int) -> None:
    with serving(head_seconds=0.3, body_seconds=0.3) as address:
        assert said(address, begun)[0] == status
        # A drop now and then does not help.
        with socket.create_connection(address, timeout=30) as mine:
            mine.settimeout(0.05)
            ended = False
            while not ended:
                try:
                    mine.sendall(b"a" if begun else b"\r\n")
                    ended = not mine.recv(100)
                except TimeoutError:
                    continue
                except OSError:
                    ended = True


def test_too_many_connections_are_sent_away_and_served_once_others_leave() -> None:
    with serving(connections=3) as address:
        held = [socket.create_connection(address) for _ in range(3)]
        for each in held:
            each.sendall(GET)
        status, code, _ = refused(address)
        assert (status, code) == (503, "crowded")
        for each in held:
            each.close()
        while said(address, GET + b"\r\n")[0] != 200:
            time.sleep(0.05)


def test_the_bounds_leave_room_for_every_body_a_door_takes() -> None:
    assert BOUNDS.body > BATCH_BYTES
