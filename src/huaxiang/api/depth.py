"""How far the profiles are behind the inbox: what the gate asks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from huaxiang.errors import DamagedError, DiskError
from huaxiang.inbox.log import Inbox, InboxError
from huaxiang.serving.store import LiveStore


class Depth:
    """Says how many events of the inbox are in no profile yet."""

    def __init__(self, inbox: Inbox, live: Path) -> None:
        """Take the inbox and the path of the live store, which may not be there yet: nothing is applied then."""
        self._inbox, self._live = inbox, live
        self._store: LiveStore | None = None
        self._known = 0

    def __call__(self) -> int:
        """Return the number of events that wait; what was last known when a file cannot be read just now."""
        try:
            self._known = max(0, self._inbox.last - self._applied())
        except (sqlite3.Error, DamagedError, DiskError):
            # A live store that cannot be read is made again; meanwhile what comes in is kept all the same.
            self.close()
        except InboxError:
            pass
        return self._known

    def _applied(self) -> int:
        if self._store is not None and self._store.moved():
            self.close()
        if self._store is None:
            try:
                self._store = LiveStore(self._live)
            except FileNotFoundError:
                return 0
        return self._store.applied

    def close(self) -> None:
        """Close the live store."""
        if self._store is not None:
            self._store.close()
            self._store = None
