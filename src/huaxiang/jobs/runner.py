"""Runs what was asked for: one process a job, at most one of a lane, stopped when that is asked for."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huaxiang.errors import DefinitionError
from huaxiang.jobs.lock import forget, lives
from huaxiang.jobs.schedule import Scheduler
from huaxiang.pipeline import utc_now
from huaxiang.processes.supervision import TaskReport
from huaxiang.project import FILE, REGISTRY, STORE, Project, load_project
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, State, claim_job, finish_job, job_of, jobs, prune_jobs
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
TURN = 0.25
"""Seconds between two looks at what is asked for."""
KEPT = 2_000
"""Jobs that are remembered."""
PATIENCE = 10.0
"""Seconds a job has to stop when it was interrupted; as long again when it was told to end; then it is killed."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_JOBS = Words("jobs: running and scheduling", "任务：运行与调度")
_LEFT = Words("the server was stopped", "服务已停止")
_GONE = Words("its process ended without a word", "任务进程意外终止")


@dataclass
class _Running:
    job: Job
    process: subprocess.Popen[bytes] | None
    """None for one that an earlier server began and that lives on."""
    told: int = 0
    """How many of the signals it was sent."""
    since: datetime | None = None


class JobRunner:
    """Starts jobs, schedules them and sees to their end. Whoever wants one asks in the registry (registry/jobs.py).

    `clock` gives the moment (UTC); `turn` does one round, for those who hold the clock themselves.
    """

    def __init__(
        self, root: Path, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE,
        report: TaskReport | None = None,
    ) -> None:  # fmt: skip
        self.root, self.clock, self.patience = root, clock, patience
        self.report = report or TaskReport()
        self.registry = Registry(root / STORE / REGISTRY)
        self.scheduler = Scheduler(self.registry, clock())
        self._project: Project | None = None
        self._seen: object = None
        self._running: dict[int, _Running] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what an earlier server left, and go on, in a thread of its own."""
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop every job and the thread; what was stopped so is lost, what waits is kept for the next start."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        for each in self._running.values():
            self._end(each)
        self.registry.close()

    def begin(self) -> None:
        """Find the jobs that an earlier server began: those that live go on, the others are lost."""
        for job in jobs(self.registry, states=(State.RUNNING,)):
            if lives(self.root, job.id):
                self._running[job.id] = _Running(job, None)
            else:
                self._settle(job.id, _GONE)
        prune_jobs(self.registry, KEPT)
        if (project := self._current()) is not None:
            self.scheduler.begin(project, self.clock())

    def turn(self) -> None:
        """Do one round: see what ended, stop what is to stop, ask for what is due, begin what waits."""
        if self.registry.put_back():
            _LOG.error("%s was taken away while it was in use; it was written again", self.registry.path.name)
        for each in list(self._running.values()):
            self._look(each)
        if (project := self._current()) is not None:
            self.scheduler.tick(project, self.clock())
        waiting = jobs(self.registry, states=(State.QUEUED,), limit=1)
        while waiting and (job := claim_job(self.registry)) is not None:
            self._running[job.id] = _Running(job, self._spawn(job))

    def _loop(self) -> None:
        todo = self.begin
        while not self._over.wait(TURN):
            try:
                todo()
                todo = self.turn
                self.report.running("jobs", _JOBS)
            except Exception as error:  # noqa: BLE001 - a full disk or a locked registry passes; jobs must go on then
                self.report.failed("jobs", _JOBS, type(error).__name__)
                _LOG.warning("jobs: %s: %s", type(error).__name__, error)

    def _spawn(self, job: Job) -> subprocess.Popen[bytes]:
        # -P: nothing that lies in the folder we happen to be in is imported. A session of its own: Ctrl-C at the
        # server's terminal reaches the server alone, which ends its jobs itself.
        command = [sys.executable, "-P", "-m", "huaxiang.jobs", str(self.root), str(job.id)]
        return subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def _look(self, running: _Running) -> None:
        number = running.job.id
        if self._gone(running):
            del self._running[number]
            self._clean_up(running)
            if self._settle(number, _GONE):
                self.scheduler.again(self.clock())
            return
        now = job_of(self.registry, number)
        if now is not None and now.stop_asked:
            self._tell(running, now)

    def _gone(self, running: _Running) -> bool:
        if running.process is not None:
            return running.process.poll() is not None
        return not lives(self.root, running.job.id)

    def _tell(self, running: _Running, now: Job) -> None:
        """Tell a job to stop, more firmly each time it does not."""
        moment = self.clock()
        if running.since is not None and (moment - running.since).total_seconds() < self.patience:
            return
        # One that has not begun yet has nothing to put in order, and nobody to catch an interrupt.
        running.told = max(running.told, 0 if now.pid else 1)
        wanted = _SIGNALS[min(running.told, len(_SIGNALS) - 1)]
        running.told, running.since = running.told + 1, moment
        _signal(running.process.pid if running.process else now.pid, wanted)

    def _end(self, running: _Running) -> None:
        """Stop a job because the server stops."""
        number = running.job.id
        now = job_of(self.registry, number)
        pid = running.process.pid if running.process else (now.pid if now else None)
        for wanted in _SIGNALS if now and now.pid else _SIGNALS[1:]:
            _signal(pid, wanted)
            if self._waited(running):
                break
        self._clean_up(running)
        self._settle(number, _LEFT)

    def _waited(self, running: _Running) -> bool:
        step = 0.05
        for _ in range(max(1, int(self.patience / step))):
            if self._gone(running):
                return True
            threading.Event().wait(step)
        return self._gone(running)

    def _clean_up(self, running: _Running) -> None:
        if running.process is not None:
            # Its workers outlive a process that was killed.
            _signal(running.process.pid, signal.SIGKILL)
        forget(self.root, running.job.id)

    def _settle(self, number: int, why: Words) -> bool:
        """Say what became of a job that is gone and said nothing itself; True when it is lost."""
        now = job_of(self.registry, number)
        if now is None or now.state is not State.RUNNING:
            return False
        if now.stop_asked:
            finish_job(self.registry, number, State.CANCELLED)
            return False
        return finish_job(self.registry, number, State.LOST, fault=why)

    def _current(self) -> Project | None:
        """Return the project as its files are now; as they were before while they are wrong."""
        seen = _state(self.root)
        if seen != self._seen:
            self._seen = seen
            with suppress(DefinitionError):
                self._project = load_project(self.root)
        return self._project


def _signal(group: int | None, wanted: signal.Signals) -> None:
    """Send a signal to a job and its workers."""
    if group is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, wanted)


def _state(root: Path) -> object:
    """What tells that the schedule may have changed."""
    try:
        main = (root / FILE).stat()
    except OSError:
        return None
    return main.st_mtime_ns, main.st_size, (root / "doors").is_dir()
