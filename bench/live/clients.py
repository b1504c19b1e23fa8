"""The clients of the follow benchmark, each a process of its own that costs the two cores as little as it can.

python -m bench.live.clients {send|read|probe} PORT … says "ready", begins when it is given a line, and prints as JSON
what it found. What is sent is made beforehand; its `sentAt` is that of its events, so that each is of when it is sent.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import os
import random
import re
import socket
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

import msgspec
from bench.live.shop import KEY

BATCH = 100
HEADERS = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
_TYPES = ("view", "click", "cart", "purchase", "refund", "service", "login")
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_POLL, _PROBE = 0.025, 0.5
"""Seconds between two questions for a probe, and between two probes."""


def main() -> None:
    """Run one client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=tuple(_PARTS))
    parser.add_argument("port", type=int)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--rate", type=int, required=True, help="events, or reads, a second")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--token", default="")
    arguments = parser.parse_args()
    print(json.dumps(_PARTS[arguments.part](arguments)))


def made_event(dice: random.Random, customers: int, number: int) -> dict[str, Any]:
    """Return an event as Segment's clients send it; `number` makes its id."""
    return {
        "type": "track", "event": dice.choice(_TYPES), "userId": str(dice.randrange(customers) + 1),
        "messageId": f"b-{os.getpid()}-{number}", "timestamp": datetime.now(UTC).isoformat(),
        "properties": {
            "category": f"cat_{dice.randrange(20):02d}", "channel": "web", "qty": 1,
            "amount": round(dice.random() * 90, 2),
        },
    }  # fmt: skip


def made_body(dice: random.Random, customers: int, number: int) -> bytes:
    """Return a batch of events, numbered from `number` on."""
    events = [made_event(dice, customers, number + each) for each in range(BATCH)]
    return msgspec.json.encode({"batch": events, "sentAt": datetime.now(UTC).isoformat()})


def _begun() -> float:
    gc.freeze()
    print("ready", flush=True)
    sys.stdin.readline()
    return time.perf_counter()


def _send(arguments: argparse.Namespace) -> dict[str, Any]:
    """Send batches at a steady rate over one connection; return how many events were taken and refused."""
    dice, taken, refused = random.Random(1), 0, 0
    rate, seconds = arguments.rate, arguments.seconds
    bodies = [made_body(dice, arguments.customers, number) for number in range(0, rate * seconds, BATCH)]
    with closing(HTTPConnection("127.0.0.1", arguments.port, timeout=30)) as http:
        begun = due = _begun()
        before = time.process_time()
        for body in bodies:
            if time.perf_counter() - begun > seconds:
                break
            http.request("POST", "/v1/batch", body, HEADERS)
            answer = http.getresponse()
            answer.read()
            taken, refused = (taken + BATCH, refused) if answer.status == 200 else (taken, refused + BATCH)
            due += BATCH / rate
            time.sleep(max(0.0, due - time.perf_counter()))
    return {"taken": taken, "refused": refused, "cpu": time.process_time() - before}


def _read(arguments: argparse.Namespace) -> dict[str, Any]:
    """Read profiles at random moments; return how long each took, in milliseconds."""
    dice, reads = random.Random(2), list[float]()
    with closing(socket.create_connection(("127.0.0.1", arguments.port), timeout=30)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = _begun()
        ends, before = due + arguments.seconds, time.process_time()
        while time.perf_counter() < ends:
            asked = _question(arguments, str(dice.randrange(arguments.customers) + 1))
            begun = time.perf_counter()
            line.sendall(asked)
            _answered(line)
            reads.append(1000 * (time.perf_counter() - begun))
            # At any moment, as people come: a steady read is in step with the batches, or never meets one.
            due += dice.expovariate(arguments.rate)
            time.sleep(max(0.0, due - time.perf_counter()))
    return {"reads": reads, "cpu": time.process_time() - before}


def _probe(arguments: argparse.Namespace) -> dict[str, Any]:
    """Send an event of somebody new now and then, and ask until the profile is there; return after how many seconds."""
    lags, number = list[float](), 0
    with closing(HTTPConnection("127.0.0.1", arguments.port, timeout=30)) as http:
        ends, before = _begun() + arguments.seconds, time.process_time()
        while time.perf_counter() < ends:
            number += 1
            who = f"probe-{os.getpid()}-{number}"
            event = made_event(random.Random(number), 1, -number) | {"userId": who, "messageId": who}
            http.request("POST", "/v1/batch", msgspec.json.encode({"batch": [event]}), HEADERS)
            http.getresponse().read()
            begun = time.perf_counter()
            while _status(http, arguments, who) != 200:
                time.sleep(_POLL)
            lags.append(time.perf_counter() - begun)
            time.sleep(_PROBE)
    return {"lags": lags, "cpu": time.process_time() - before}


def _question(arguments: argparse.Namespace, who: str) -> bytes:
    return (
        f"GET /v1/profiles/user_id:{who} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {arguments.token}\r\n\r\n"
    ).encode()


def _answered(line: socket.socket) -> None:
    """Take a whole answer: what a client makes of it then is not the server's time. Raises RuntimeError if not 200."""
    got = line.recv(1 << 16)
    head, blank, body = got.partition(b"\r\n\r\n")
    left = int(_LENGTH.search(head)[1]) - len(body) if blank and head.startswith(b"HTTP/1.1 200") else -1
    while left > 0 and (more := line.recv(1 << 16)):
        left -= len(more)
    if left:
        raise RuntimeError(f"not a profile: {got[:200]!r}")


def _status(http: HTTPConnection, arguments: argparse.Namespace, who: str) -> int:
    http.request("GET", f"/v1/profiles/user_id:{who}", headers={"Authorization": f"Bearer {arguments.token}"})
    answer = http.getresponse()
    answer.read()
    return answer.status


_PARTS = {"send": _send, "read": _read, "probe": _probe}


if __name__ == "__main__":
    main()
