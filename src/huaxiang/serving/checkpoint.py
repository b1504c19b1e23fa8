"""Checkpoints beside the writer: moving what the log holds into the file takes time that no event should wait for."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

EVERY = 2.0
"""Seconds between checkpoints."""
MOST = 60_000
"""A log of so many pages is begun anew: whoever reads a page looks for it in each 4,096 of the log first.

Most often it is anyway: by the writer, when all of it has been moved.
"""
_SHORT = 0.05
"""Seconds: a checkpoint that takes no longer leaves little behind that was written meanwhile."""
_ATTEMPTS = 5


class Checkpoints:
    """Checkpoints a store's file from a thread of its own until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path, self._over, self._long = path, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def between(self, db: sqlite3.Connection) -> None:
        """Let a log that is too long begin anew; the writer says so between two transactions of its connection.

        Nobody else could: whoever asks for its turn waits for the writer, and the writer then for all that it does.
        """
        if self._long.is_set():
            self._long.clear()
            # With nothing left in the log, the next transaction begins it anew, unless somebody still reads from it.
            _move(db)

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
                if _move(db) > MOST:
                    self._shorten(db)
                    self._long.set()
        db.close()

    def _shorten(self, db: sqlite3.Connection) -> None:
        """Move what was written during the last checkpoint, and so on, until it is little."""
        for _ in range(_ATTEMPTS):
            begun = time.perf_counter()
            _move(db)
            if time.perf_counter() - begun < _SHORT:
                return


def _move(db: sqlite3.Connection) -> int:
    """Move what can be moved without anybody waiting; return how many pages the log has."""
    _, pages, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
