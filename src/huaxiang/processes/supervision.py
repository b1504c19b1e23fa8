"""Background tasks: restarted when they fail, later each time, and reported to a file that others read.

A task that nobody waits for would otherwise end in silence, and with it whatever it did.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
FIRST_S, LONGEST_S = 0.5, 30.0
"""Seconds until a task that failed is restarted: the first time, and at most."""
HEALTHY_S = 60.0
"""After so many seconds without a failure a task is as good as new."""
_SLICE_S = 0.25


class Running(StrEnum):
    """How a task fares."""

    RUNNING = "running"
    RESTARTING = "restarting"


@dataclass(frozen=True)
class TaskState:
    """One background task: `failures` since the server started; the last one was a `fault` (the name of its kind) at
    `failed_at` (seconds since 1970, None = never).
    """

    name: str
    words: Words
    state: Running = Running.RUNNING
    failures: int = 0
    fault: str = ""
    failed_at: float | None = None


class TaskReport:
    """The background tasks of a process, kept in a file for whoever asks. May be used from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        """Take the file to report to; None: nobody is to read it."""
        self._path, self._lock = path, threading.Lock()
        self._tasks: dict[str, TaskState] = {}

    def running(self, name: str, words: Words) -> None:
        """Note that a task runs."""
        known = self._tasks.get(name)
        if known is None or known.state is not Running.RUNNING:
            self._put(replace(known or TaskState(name, words), state=Running.RUNNING))

    def failed(self, name: str, words: Words, fault: str) -> None:
        """Note that a task failed, and will be restarted."""
        known = self._tasks.get(name, TaskState(name, words))
        self._put(replace(
            known, state=Running.RESTARTING, failures=known.failures + 1, fault=fault, failed_at=time.time()
        ))  # fmt: skip

    def ended(self, name: str) -> None:
        """Note that a task is wanted no more."""
        with self._lock:
            self._tasks.pop(name, None)
            self._write()

    def tasks(self) -> tuple[TaskState, ...]:
        """Return how each task fares."""
        return tuple(self._tasks.values())

    def close(self) -> None:
        """Remove the file: the process ends as it should."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _put(self, state: TaskState) -> None:
        with self._lock:
            self._tasks[state.name] = state
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        # A full disk is told by whoever needs it: a report must not stop what it reports on.
        with suppress(OSError):
            fresh.write_text(json.dumps([asdict(each) for each in self._tasks.values()]), encoding="utf-8")
            fresh.replace(self._path)


def reported_tasks(path: Path) -> tuple[TaskState, ...]:
    """Return what a running process last reported of its tasks; nothing where there is no report that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            TaskState(**(each | {"words": Words(**each["words"]), "state": Running(each["state"])})) for each in found
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()


async def keep_running(
    work: Callable[[], Awaitable[None]], report: TaskReport, name: str, words: Words, *,
    over: Callable[[], bool] = lambda: False, first: float = FIRST_S,
) -> None:  # fmt: skip
    """Run `work` until it returns; restart it when it raises, after a pause that doubles each time.

    `over` tells that it is wanted no more. A cancellation is no failure.
    """
    pause = first
    try:
        while not over():
            begun = time.monotonic()
            report.running(name, words)
            try:
                await work()
                return
            except Exception as error:  # noqa: BLE001  (whatever it is, what the task did must go on)
                if time.monotonic() - begun > HEALTHY_S:
                    pause = first
                report.failed(name, words, type(error).__name__)
                _LOG.warning("%s failed (%s); restarted in %.1f s", name, type(error).__name__, pause)
            end = time.monotonic() + pause
            while not over() and (left := end - time.monotonic()) > 0:
                await asyncio.sleep(min(left, _SLICE_S))
            pause = min(pause * 2, LONGEST_S)
    finally:
        report.ended(name)
