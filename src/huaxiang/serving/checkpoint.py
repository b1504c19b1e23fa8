"""Checkpoints beside the writer: moving what the log holds into the file takes time that no event should wait for."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

EVERY = 2.0
"""Seconds between checkpoints."""
MOST = 250_000
"""A log of so many pages is begun anew. Most often it is anyway: by the writer, when all of it has been moved."""
FEW = 4_000
"""So many pages are moved while the writer waits, when the log must be begun anew."""
_ATTEMPTS = 5


class Checkpoints:
    """Checkpoints a store's file from a thread of its own until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path, self._over = path, threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        db = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        while not self._over.wait(EVERY):
            # Busy readers are no fault: what could not be moved is moved the next time.
            with suppress(sqlite3.OperationalError):
                # The file's size says nothing: a log that is begun anew keeps it.
                pages, left = _moved(db)
                if pages <= MOST:
                    continue
                # While the most is moved the writer goes on writing: only for the rest does it wait.
                for _ in range(_ATTEMPTS):
                    if left <= FEW:
                        break
                    pages, left = _moved(db)
                db.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        db.close()


def _moved(db: sqlite3.Connection) -> tuple[int, int]:
    """Move what can be moved without anybody waiting; return how many pages the log has, and how many are left."""
    _, pages, moved = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages), int(pages) - int(moved)
