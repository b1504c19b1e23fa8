"""Who goes first where processors are scarce: whoever waits for an answer, before what works in the background.

Linux shares the processors out by sessions first (autogroups) and weighs processes by their niceness only within one:
a process that was given a session of its own steps back by its niceness alone before nobody.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_GROUP = Path("/proc/self/autogroup")
_LAST, _EQUAL = 19, 0
LATE_S, EARLY_S = 0.8, 0.6
"""Seconds behind from which work is no longer the last, and below which it may step back."""
HOLD_S = 60.0
"""Seconds for which work that fell behind keeps its share: on a busy machine it would fall behind again at once."""


def step_back(nice: int) -> None:
    """Let others go first by so much (0 to 19): this process, and the session it leads, if it leads one."""
    with suppress(OSError):
        os.nice(nice)
    _rank(nice)


class Priority:
    """The priority of work that must keep up: equal to others' at first, the last while its backlog is young.

    Where the system does not rank sessions it stays equal: niceness cannot be taken back.
    """

    def __init__(self, hold: float = HOLD_S) -> None:
        self._hold, self._held_until = hold, 0.0
        self._level: int | None = None
        self._late_at: float | None = None
        self._changed = threading.Condition()
        self._take(_EQUAL)
        threading.Thread(target=self._watch, name="priority", daemon=True).start()

    def backlog(self, seconds: float) -> None:
        """Say how old the oldest work that waits is, in seconds."""
        if seconds > LATE_S:
            self._raise()
        elif seconds < EARLY_S and time.monotonic() >= self._held_until:
            self._take(_LAST)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work in the block: what takes too long gets its share before it is done."""
        with self._changed:
            self._late_at = time.monotonic() + LATE_S
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._late_at = None

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._late_at is not None)
                late_at = self._late_at
            if late_at is None:
                continue
            time.sleep(max(late_at - time.monotonic(), 0.05))
            if self._late_at is not None and self._late_at <= time.monotonic():
                self._raise()

    def _raise(self) -> None:
        self._held_until = time.monotonic() + self._hold
        self._take(_EQUAL)

    def _take(self, level: int) -> None:
        # Refused when it was asked for a moment ago: then with the next word of how old the backlog is.
        if level != self._level and _rank(level):
            self._level = level


def _rank(level: int) -> bool:
    # Of a session that others lead, a terminal's say, the rank is not this process's to give.
    if os.getsid(0) != os.getpid():
        return False
    try:
        _GROUP.write_text(str(level))
    except OSError:
        return False
    return True
