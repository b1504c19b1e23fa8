"""Counting which tags are read: added up in memory, written down now and then, never a write per read."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from huaxiang.registry import Registry
from huaxiang.registry.health import note_use

EVERY_SECONDS = 30.0
"""How long counts wait in memory: what a crash may lose."""


class Uses:
    """Counts for one registry. Safe for threads; close it to write down what is left."""

    def __init__(self, registry: Registry, every: float = EVERY_SECONDS) -> None:
        self._registry, self._every = registry, every
        self._lock = threading.Lock()
        self._counts = Counter[str]()
        self._timer: threading.Timer | None = None

    def count(self, tags: Iterable[str]) -> None:
        """Count each tag once more."""
        with self._lock:
            # A mapping would be taken for counts.
            self._counts.update(iter(tags))
            if self._timer is None and self._counts:
                self._timer = threading.Timer(self._every, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Write down what was counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter[str]()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
        if counts:
            note_use(self._registry, "api", counts)

    close = write
