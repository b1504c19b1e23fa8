"""The log of a store that is written without pause is moved into the file, and begun anew when it is long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from huaxiang.serving import checkpoint
from huaxiang.serving.checkpoint import Checkpoints
from huaxiang.serving.store import STORE_FILE, LiveStore


def test_a_long_log_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.02)
    monkeypatch.setattr(checkpoint, "MOST", 200)
    path = tmp_path / STORE_FILE
    written = 0
    with LiveStore(path, writing=True) as store:
        checkpoints = Checkpoints(path)
        ends = time.monotonic() + 20
        while _begun(path) < 3 and time.monotonic() < ends:
            checkpoints.between(store.db)
            with store.transaction() as db:
                for _ in range(100):
                    written += 1
                    db.execute("INSERT INTO meta VALUES (?, ?)", (f"k{written}", "x" * 900))
        checkpoints.close()
        assert _begun(path) >= 3
        assert store.db.execute("SELECT count(*) FROM meta WHERE key LIKE 'k%'").fetchone()[0] == written


def test_a_reader_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.02)
    monkeypatch.setattr(checkpoint, "MOST", 10)
    path = tmp_path / STORE_FILE
    with LiveStore(path, writing=True) as store, LiveStore(path) as reader:
        reader.db.execute("BEGIN")
        reader.db.execute("SELECT count(*) FROM meta").fetchone()
        checkpoints = Checkpoints(path)
        slowest = 0.0
        for number in range(200):
            begun = time.perf_counter()
            checkpoints.between(store.db)
            with store.transaction() as db:
                db.execute("INSERT INTO meta VALUES (?, ?)", (f"k{number}", "x" * 900))
            slowest = max(slowest, time.perf_counter() - begun)
            time.sleep(0.001)
        checkpoints.close()
        # Its own patience with others is 30 seconds.
        assert slowest < 5
        assert reader.db.execute("SELECT count(*) FROM meta").fetchone()[0] == 0


def _begun(path: Path) -> int:
    """Return how often the log was begun anew: the fourth number of its head (sqlite.org/fileformat2, section 4.1)."""
    with path.with_name(path.name + "-wal").open("rb") as log:
        return int.from_bytes(log.read(16)[12:], "big")
