"""Projects to run jobs over: the sample shop, a copy for each test."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from huaxiang.jobs.runner import JobRunner
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, job_of
from tests.read.sample import KEY, sample_project

PATIENCE = 180.0


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@pytest.fixture
def root(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built project of this test's own."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    return Path(shutil.copytree(sample, tmp_path / "shop"))


@pytest.fixture
def registry(root: Path) -> Iterator[Registry]:
    opened = Registry(root / ".huaxiang" / "registry.db")
    yield opened
    opened.close()


@contextmanager
def running(root: Path, patience: float = 10.0) -> Iterator[JobRunner]:
    """A runner over a project, which has taken up what an earlier one left; stopped at the end of the block."""
    runner = JobRunner(root, patience=patience)
    try:
        runner.begin()
        yield runner
    finally:
        runner.stop()


def turned(runner: JobRunner, registry: Registry, number: int, when: Callable[[Job], object]) -> Job:
    """Let the runner go round until a job is as wished; return it. Fails after three minutes."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        runner.turn()
        job = job_of(registry, number)
        if job is not None and when(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"job {number} never came to that: {job}")


def gone(pid: int | None) -> bool:
    """Tell whether a process is not there any more."""
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return True
    # One that has ended and was not waited for is as good as gone.
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def kill(pid: int | None) -> None:
    os.kill(pid or 0, signal.SIGKILL)
