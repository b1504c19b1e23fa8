"""Who goes first where processors are scarce: whoever waits for an answer, before what works in the background.

Linux shares the processors out by sessions first (autogroups) and weighs processes by their niceness only within one:
a process that was given a session of its own steps back by its niceness alone before nobody.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_GROUP = Path("/proc/self/autogroup")
_LAST, _EQUAL = 19, 0
_LATE, _EARLY = 0.8, 0.6
"""Seconds behind from which work is no longer the last, and below which it is again."""


def step_back(nice: int) -> None:
    """Let others go first by so much (0 to 19): this process, and the session it leads, if it leads one."""
    _lower(nice)
    _rank(nice)


class Turn:
    """The turn of work that must keep up: it is the last while it does, and takes its share once it falls behind."""

    def __init__(self, nice: int) -> None:
        _lower(nice)
        self._level = 0
        self._take(_LAST)

    def behind(self, seconds: float) -> None:
        """Say how far behind the work is."""
        if seconds > _LATE:
            self._take(_EQUAL)
        elif seconds < _EARLY:
            self._take(_LAST)

    def _take(self, level: int) -> None:
        # Refused when it was asked for a moment ago: then with the next word of how far behind it is.
        if level != self._level and _rank(level):
            self._level = level


def _lower(nice: int) -> None:
    with suppress(OSError):
        os.nice(nice)


def _rank(level: int) -> bool:
    # Of a session that others lead, a terminal's say, the rank is not this process's to give.
    if os.getsid(0) != os.getpid():
        return False
    try:
        _GROUP.write_text(str(level))
    except OSError:
        return False
    return True
