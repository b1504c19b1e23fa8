"""The servers that bench.live.ingest measures: python -m bench.live.ingest_server MODE FOLDER PORT KEY."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from huaxiang.api.depth import Depth
from huaxiang.api.door import DoorApp
from huaxiang.api.gate import Gate
from huaxiang.inbox.commit import GroupCommit
from huaxiang.inbox.door import Door
from huaxiang.inbox.log import Body, Inbox
from huaxiang.privacy.keys import MasterKey
from huaxiang.words import Words

App = Callable[..., Awaitable[None]]
NEVER = 1 << 60


def main() -> None:
    """Serve until told to stop."""
    mode, folder, port, key = sys.argv[1:]
    app = {"door": _doors, "sqlite": _bare_sqlite, "none": _nothing}[mode](Path(folder), key)
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False, loop="uvloop", http="httptools")


def _doors(folder: Path, key: str) -> App:
    inbox = Inbox(folder / "inbox.db", MasterKey.random(), writing=True)
    door = Door("bench", Words("bench", "bench"), ("segment",), key)
    # Nothing applies events here: the inbox may be as deep as it gets.
    gate = Gate(Depth(inbox, folder / "live.db"), most_behind=NEVER)
    return DoorApp([door], GroupCommit(inbox), gate)


class _Raw:
    """Raw bodies in SQLite, synced at each transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in ("page_size = 16384", "journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, raw BLOB NOT NULL)")

    def append(self, bodies: Sequence[Body]) -> int:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO bodies (raw) VALUES (?)", [(body.raw,) for body in bodies])
        self._db.execute("COMMIT")
        return 0


def _bare_sqlite(folder: Path, _key: str) -> App:
    commit = GroupCommit(_Raw(folder / "raw.db"))

    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] == "http":
            await commit.submit(Body("", "", 0, await _body(receive), 1))
            await _answer(send)

    return app


def _nothing(_folder: Path, _key: str) -> App:
    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        if scope["type"] == "http":
            await _body(receive)
            await _answer(send)

    return app


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message["body"])
        if not message["more_body"]:
            return b"".join(pieces)


async def _answer(send: Any) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"success":true}'})


if __name__ == "__main__":
    main()
