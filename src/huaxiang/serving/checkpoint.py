"""Checkpoints beside the writer: moving what the log holds into the file takes time that no event should wait for."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

EVERY = 2.0
"""Seconds between checkpoints."""
LARGEST = 512 << 20
"""A log of so many bytes is begun anew, for which the writer waits once."""


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
        log = self.path.with_name(self.path.name + "-wal")
        while not self._over.wait(EVERY):
            large = log.exists() and log.stat().st_size > LARGEST
            # Busy readers are no fault: what could not be moved is moved the next time.
            with suppress(sqlite3.OperationalError):
                db.execute(f"PRAGMA wal_checkpoint({'RESTART' if large else 'PASSIVE'})").fetchone()
        db.close()
