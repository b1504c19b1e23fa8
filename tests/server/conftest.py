"""A real server over the sample shop, and the command line beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.read.subject_ids import encode_subject
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Job, job_of, jobs
from huaxiang.server.presence import Presence, running_server
from tests.read.sample import KEY, sample_project


@dataclass(frozen=True)
class Shop:
    """A project, as people at a shell see it."""

    root: Path
    env: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `huaxiang …`, as a shell in front does: Ctrl-C ends it."""
        return subprocess.Popen(
            [sys.executable, "-m", "huaxiang", *arguments], cwd=self.root, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # A shell behind which the tests run may ignore Ctrl-C, and what it starts would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )  # fmt: skip

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run `huaxiang …` to its end; return what it printed."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=240)
        assert process.returncode == code, (arguments, out, err)
        assert "Traceback" not in out + err
        return out if code == 0 else err

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run("--json", *arguments))

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        opened = Registry(self.root / ".huaxiang/registry.db")
        try:
            yield opened
        finally:
            opened.close()

    def job(self, number: int) -> Job:
        with self.registry() as registry:
            found = job_of(registry, number)
        assert found is not None
        return found

    def newest(self) -> Job | None:
        with self.registry() as registry:
            return next(iter(jobs(registry, limit=1)), None)

    def build(self) -> int:
        """The current build's number."""
        with self.registry() as registry:
            current = registry.current()
        return current.id if current else 0

    def customer(self) -> str:
        """The public id of somebody."""
        with current_build(self.root, load_project(self.root)) as current:
            return encode_subject(int(current.engine.one("SELECT min(subject) FROM subjects")))

    @contextmanager
    def served(self) -> Iterator[tuple[Presence, subprocess.Popen[str]]]:
        """Serve it for the block."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with self.start("serve", "--port", str(port)) as process:
            try:
                yield until(lambda: running_server(self.root), lambda: process.poll() is None), process
            finally:
                if process.poll() is None:
                    process.terminate()
                process.communicate(timeout=240)


def until(true: Callable[[], Any], still: Callable[[], bool] = lambda: True, seconds: float = 120.0) -> Any:
    """Wait until something is there; return it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert still() and time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@pytest.fixture
def shop(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A built project of this test's own."""
    # Tests open what the server wrote, too.
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUAXIANG")}
    env |= {KEY_VARIABLE: KEY, "HUAXIANG_LANG": "en", "COLUMNS": "160"}
    return Shop(Path(shutil.copytree(sample, tmp_path / "shop")), env)
