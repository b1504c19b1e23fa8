"""A child process that the server keeps: started again when it dies, later each time, and ended with the server."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from huaxiang.processes.guarded import guarded
from huaxiang.processes.supervision import FIRST_S, HEALTHY_S, LONGEST_S, TaskReport
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds it has to end when it is told to."""


class Supervised:
    """Keeps `python -m MODULE …` running. `pid` is None while it does not; `starts` counts how often it was started."""

    def __init__(
        self, module: str, *arguments: str, words: Words, report: TaskReport | None = None, first: float = FIRST_S,
        patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        """Take the module, its words for people, and where to say how it fares."""
        self.command: Sequence[str] = guarded(module, *arguments)
        self.module, self.words, self.first, self.patience = module, words, first, patience
        self.report = report or TaskReport()
        self.starts = 0
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process of the child."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the child, and watch it from now on."""
        await self._spawn()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End the child: told first, killed when it does not listen."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        _signal(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self.patience)
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            await process.wait()

    async def _spawn(self) -> None:
        # A session of its own: Ctrl-C at the terminal is for the server, which then ends it.
        self._process = await asyncio.create_subprocess_exec(
            *self.command, stdin=PIPE, stdout=DEVNULL, start_new_session=True
        )
        self.starts += 1
        self.report.running(self.module, self.words)

    async def _watch(self) -> None:
        pause = self.first
        while self._process is not None:
            begun = time.monotonic()
            code = await self._process.wait()
            pause = self.first if time.monotonic() - begun > HEALTHY_S else pause
            self.report.failed(self.module, self.words, f"exit code {code}")
            _LOG.warning("%s ended with code %s; it is started again in %.1f s", self.module, code, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_S)
            with suppress(OSError):
                await self._spawn()


def _signal(process: Process, wanted: signal.Signals) -> None:
    # To all of its session: what it started itself ends with it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, wanted)
