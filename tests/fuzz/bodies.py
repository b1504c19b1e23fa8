"""Bodies changed at random: each answered, and each event that was taken is a fact, a duplicate or in quarantine."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huaxiang.api.door import DoorApp
from huaxiang.inbox.reading import events_of
from huaxiang.pipeline import Settings, build, store_paths
from huaxiang.project import load_project
from huaxiang.registry import Registry
from huaxiang.server.app import opened_inbox
from tests.fuzz.counts import Counts
from tests.fuzz.definitions import lay
from tests.fuzz.files import AT
from tests.fuzz.mutate import Chance, data, document

ANSWERS = {200, 400, 401, 403, 404, 405, 408, 413, 415, 429}
_PAID = {"order_id": "A1", "total": 12.5, "products": [1]}
_TRACK = {
    "type": "track", "userId": "M1", "anonymousId": "a1", "event": "Paid", "messageId": "m1",
    "timestamp": "2026-06-01T09:00:00.000Z", "properties": _PAID,
}  # fmt: skip
_SENSORS = {"type": "track", "distinct_id": "M1", "event": "Paid", "time": 1780000000000, "properties": {"a": "茶"}}
_HOOK = {"data": {"items": [{"id": "1", "type": "call", "created_at": "2026-06-01 09:00", "customer": {"id": "M1"}}]}}
_SAID: Sequence[tuple[str, bytes]] = (
    ("/v1/track", json.dumps(_TRACK).encode()),
    ("/v1/page", json.dumps({**_TRACK, "type": "page", "name": "home"}, ensure_ascii=False).encode()),
    ("/v1/identify", json.dumps({"userId": "M1", "traits": {"phone": "13812345678"}}).encode()),
    ("/v1/batch", json.dumps({"batch": [_TRACK, {**_TRACK, "messageId": "m2"}, {"type": "screen"}]}).encode()),
    ("/sa", b"data=" + base64.b64encode(json.dumps(_SENSORS).encode())),
    ("/sa", b"gzip=1&data_list=" + base64.b64encode(gzip.compress(json.dumps([_SENSORS] * 2).encode()))),
    ("/v1/webhook/hook", json.dumps(_HOOK).encode()),
)


def try_bodies(root: Path, count: int, seed: int) -> Counts:
    """Send `count` changed bodies to the doors of a project, and build it."""
    counts = Counts("door bodies")
    shutil.rmtree(root, ignore_errors=True)
    lay(root)
    project = load_project(root)
    with counts.trying("first build"):
        build(project, as_of=AT, settings=Settings(workers=1))
    counts.tried = 0
    registry = Registry(store_paths(project)["registry"])
    inbox = opened_inbox(project, registry)
    app = DoorApp.over(project.doors, inbox, root / "live.db")
    asyncio.run(_send_all(app, counts, count, seed))
    with counts.trying("what was kept"):
        events = len(events_of(inbox.bodies(0, 1 << 30), {door.code: door for door in project.doors}))
        inbox.close()
        registry.close()
        sources = build(project, as_of=AT, settings=Settings(workers=1)).summary["sources"]
        mine = [sources[source.code] for source in project.sources if source.read.kind == "door"]
        # Each door has a source that reads whatever came in.
        counts.account(events, sum(each["facts"] + each["duplicates"] + each["quarantined"] for each in mine))
        counts.came["events kept"] = events
    counts.tried = count
    return counts


async def _send_all(app: DoorApp, counts: Counts, count: int, seed: int) -> None:
    for number in range(count):
        chance = Chance(f"{seed} {number}")
        path, whole = chance.choice(_SAID)
        body = _changed(chance, path, whole)
        packed = chance.random() < 0.2
        if packed:
            body = gzip.compress(body)
            body = data(chance, body) if chance.random() < 0.5 else body
        headers = [(b"authorization", b"Bearer " + (b"hook-key" if "hook" in path else b"web-key"))]
        headers += [(b"content-encoding", b"gzip")] if packed else []
        headers += [(b"accept-language", b"zh-CN")] if chance.random() < 0.5 else []
        with counts.trying(f"{path}, number {number}", body):
            counts.note(str(await _answered(app, path, headers, body)))
    await app.close()


def _changed(chance: Chance, path: str, whole: bytes) -> bytes:
    if path == "/sa" or chance.random() < 0.3:
        return data(chance, whole) if chance.random() < 0.8 else whole
    found = json.loads(whole)
    for _ in range(chance.randint(0, 3)):
        found = document(chance, found)
    return json.dumps(found).encode()


async def _answered(app: DoorApp, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> int:
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    status = int(said[0]["status"])
    assert status in ANSWERS, said
    answer = json.loads(said[1]["body"])
    assert answer.get("success") is True if status == 200 else answer.keys() == {"code", "message"}
    return status
