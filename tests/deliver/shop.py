"""A project with a live store filled by hand, and a receiver of webhooks that keeps what it got."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from huaxiang.deliver.policy import Policy
from huaxiang.read.subject_ids import encode_subject
from huaxiang.scaffold import create_project
from huaxiang.serving.store import LiveStore, as_json

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VARIABLE = "CRM_SECRET"
QUICK = Policy(delays=(0.05, 0.1, 0.2), timeout=6.0, poll=0.02, look=0.05, reload=0.05, grace=1.0)
AS_OF = "2026-06-30T08:00:00"
TAGS = """
- tag: orders_total
  from: orders
  value: count(distinct order_id)
  default: 0
- tag: health_risk
  sensitivity: sensitive
  from: orders
  value: count(*)
  default: 0
"""
SEGMENTS = """
- segment: regulars
  where: orders_total >= 3
"""


def make_shop(root: Path) -> Path:
    """Make a project with two tags, a segment and an empty live store; return its folder."""
    create_project(root, "blank")
    write(root, "tags/all.yaml", TAGS)
    write(root, "segments/all.yaml", SEGMENTS)
    LiveStore(root / ".huaxiang" / "live.db", writing=True).close()
    return root


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def subscriber(root: Path, url: str, more: str = "") -> None:
    """Define the subscriber crm, on this machine."""
    text = f"subscriber: crm\nurl: {url}\nsecret: env:{VARIABLE}\nallow_private: true\n{more}"
    write(root, "subscribers/crm.yaml", text)


def change(subject: int, new: object, tag: str = "orders_total") -> tuple[int, str, dict[str, Any]]:
    """Return what a changed tag leaves: (subject, topic, payload)."""
    tags = {tag: {"old": None, "new": new}}
    data = {"subject": encode_subject(subject), "tags": tags, "batch": 1, "as_of": AS_OF}
    return subject, "tag.changed", data


def move(subject: int, segment: str = "regulars", topic: str = "segment.entered") -> tuple[int, str, dict[str, Any]]:
    return subject, topic, {"subject": encode_subject(subject), "segment": segment, "batch": 1, "as_of": AS_OF}


def merge(gone: int, into: int) -> tuple[int, str, dict[str, Any]]:
    return (
        into,
        "profile.merged",
        {"from": encode_subject(gone), "into": encode_subject(into), "batch": 1, "as_of": AS_OF},
    )


def post(root: Path, *messages: tuple[int, str, dict[str, Any]]) -> None:
    """Put messages into the outbox, as the applier does."""
    with LiveStore(root / ".huaxiang" / "live.db", writing=True) as store, store.transaction() as db:
        for subject, topic, data in messages:
            db.execute(
                "INSERT INTO outbox (batch, subject, topic, payload, at) VALUES (1, ?, ?, ?, ?)",
                (subject, topic, as_json(data), time.time_ns() // 1_000),
            )


@dataclass
class Got:
    """One request: its webhook-id, its body, the status it was answered with."""

    id: str
    body: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]


@dataclass
class Receiver:
    """A real HTTP server that verifies every signature; `answer` decides: (status, headers) for the nth request."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    forged: int = 0
    answer: Callable[[Got, int], tuple[int, dict[str, str]]] = lambda got, nth: (204, {})

    def taken(self) -> list[Got]:
        return [each for each in self.got if 200 <= each.status < 300]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Lend a receiver on loopback to the block."""
    kept, lock, webhook = Receiver(), threading.Lock(), Webhook(SECRET)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(length := int(self.headers["Content-Length"]))
            if len(body) < length:
                # The sender died in the middle of it.
                self.close_connection = True
                return
            try:
                webhook.verify(body, dict(self.headers))
            except WebhookVerificationError:
                kept.forged += 1
            with lock:
                got = Got(self.headers["webhook-id"], json.loads(body), 0, dict(self.headers))
                got.status, headers = kept.answer(got, len(kept.got))
                kept.got.append(got)
            self.send_response(got.status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        # Several lanes connect at once; with the usual 5, one of them would be left to knock again.
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until something holds; fail when it does not come to."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.01)


def new_of(data: Mapping[str, Any]) -> Any:
    """Return the new value of the one tag that a message tells of."""
    ((_, change),) = data["tags"].items()
    return change["new"]
