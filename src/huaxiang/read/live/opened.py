"""The files of what is live, opened for one look and closed again: each may not be there yet, or no longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huaxiang.damage import told
from huaxiang.read.showing import local
from huaxiang.serving.store import STORE_FILE, LiveStore

DELIVERIES_FILE = "deliveries.db"
SECOND = 1_000_000
"""Times of what is live are in microseconds since 1970 (UTC)."""
_EPOCH = datetime(1970, 1, 1)


@contextmanager
def live_store(folder: Path) -> Iterator[LiveStore | None]:
    """Lend the live store in a project's own folder as it is at one moment; None when no applier ever ran."""
    try:
        store = LiveStore(folder / STORE_FILE)
    except FileNotFoundError:
        yield None
        return
    with store, told(store.path):
        store.db.execute("BEGIN")
        yield store


@contextmanager
def read_only(path: Path, table: str) -> Iterator[sqlite3.Connection | None]:
    """Lend another process's SQLite file; None when it, or the table asked for, is not there."""
    if not path.exists():
        yield None
        return
    with told(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
        there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        yield db if there else None


def wall_clock(microseconds: int, zone: str) -> datetime:
    """Return a time of what is live as the wall clock of `zone` (naive)."""
    return local(_EPOCH + timedelta(microseconds=microseconds), zone)


def now_microseconds() -> int:
    """Return what time it is, as what is live has it."""
    return int(datetime.now(UTC).timestamp() * SECOND)
