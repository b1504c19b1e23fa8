"""Time the doors: events acknowledged, each on the disk before its answer; a client in a second process on loopback.

python -m bench.live.ingest [--seconds S] [--folder F]. Beside the doors run two bare references under the same server
(uvicorn, uvloop, httptools): one that only writes raw bodies to SQLite with a sync at each group (nothing is checked,
counted or sealed), and one that answers without looking. Prints a Markdown table; the ratios are to the bare SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

MODES = {
    "the doors": "door",
    "bare: SQLite, raw bodies, synced": "sqlite",
    "bare: no disk at all": "none",
}
KEY = "bench-key"
WARM_UP = 1.0


@dataclass(frozen=True)
class Case:
    """How requests are sent: how many events in each, over how many connections."""

    title: str
    path: str
    events: int
    connections: int


CASES = (
    Case("batches of 100", "/v1/batch", 100, 16),
    Case("single events", "/v1/track", 1, 64),
)


@dataclass(frozen=True)
class Result:
    """Events acknowledged a second, and how long answers took, in milliseconds."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    """Run every case against every server and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=None, help="where the inbox lies: the disk that is measured")
    arguments = parser.parse_args()
    print("| case | server | events/s | of bare SQLite | p50 ms | p99 ms |", flush=True)
    print("|---|---|---:|---:|---:|---:|", flush=True)
    for case in CASES:
        found = {title: _measured(case, mode, arguments) for title, mode in MODES.items()}
        bare = found["bare: SQLite, raw bodies, synced"].rate
        for title, each in found.items():
            ratio = each.rate / bare
            print(f"| {case.title} | {title} | {each.rate:,.0f} | {ratio:.2f} | {each.p50:.1f} | {each.p99:.1f} |")


def _measured(case: Case, mode: str, arguments: argparse.Namespace) -> Result:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, _server(mode, Path(folder)) as port:
        return uvloop.run(_run(case, port, arguments.seconds))


@contextmanager
def _server(mode: str, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bench.live.ingest_server", mode, str(folder), str(port), KEY]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not start")


async def _run(case: Case, port: int, seconds: float) -> Result:
    requests = _requests(case)
    loop = asyncio.get_running_loop()
    stop = time.perf_counter() + WARM_UP + seconds
    clients = []
    for number in range(case.connections):
        mine = requests[number % len(requests) :] + requests[: number % len(requests)]
        _, client = await loop.create_connection(lambda mine=mine: _Client(mine, stop), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*(client.ended for client in clients))
    answers = [answer for client in clients for answer in client.answers if answer[0] >= stop - seconds]
    took = sorted(1000 * (end - begin) for begin, end in answers)
    last = max(end for _, end in answers)
    rate = len(answers) * case.events / (last - (stop - seconds))
    return Result(rate, statistics.median(took), took[int(len(took) * 0.99)])


class _Client(asyncio.Protocol):
    """One connection, kept alive: the next request goes out when the answer to the last has come."""

    def __init__(self, requests: list[bytes], stop: float) -> None:
        self._requests, self._stop, self._next = requests, stop, 0
        self._got = b""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers: list[tuple[float, float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def _send(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._got.endswith(b'{"success":true}'):
            return
        if not self._got.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(RuntimeError(f"refused: {self._got[:300]!r}"))
            return
        self._got, now = b"", time.perf_counter()
        self.answers.append((self._begun, now))
        if now < self._stop:
            self._send()
        else:
            self._transport.close()
            self.ended.set_result(None)

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(fault or RuntimeError(f"hung up after {self._got[:300]!r}"))


def _requests(case: Case) -> list[bytes]:
    chance = random.Random(7)
    found = []
    for _ in range(200):
        events = [_event(chance) for _ in range(case.events)]
        sent = {"batch": events, "sentAt": events[-1]["timestamp"]} if case.path.endswith("batch") else events[0]
        body = json.dumps(sent).encode()
        key = base64.b64encode(f"{KEY}:".encode()).decode()
        head = (
            f"POST {case.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode() + body)
    return found


def _event(chance: random.Random) -> dict[str, object]:
    """An event of about 510 bytes, as a shop's website sends it."""
    number = f"{chance.getrandbits(128):032x}"
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}",
        "anonymousId": f"{chance.getrandbits(96):024x}",
        "userId": f"u{chance.randrange(1_000_000)}",
        "timestamp": "2026-06-30T08:00:00.123Z",
        "properties": {
            "product_id": f"{chance.getrandbits(64):016x}",
            "sku": f"SKU-{chance.randrange(10_000)}",
            "category": chance.choice(["零食", "饮料", "日化", "生鲜"]),
            "price": round(chance.random() * 200, 2),
            "currency": "CNY",
        },
        "context": {"library": {"name": "bench", "version": "1.0"}, "page": {"path": "/products"}},
    }


if __name__ == "__main__":
    main()
