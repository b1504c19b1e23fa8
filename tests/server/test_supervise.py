"""A child is started again when it dies, ends with its server, and notices when the server is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from huaxiang.processes.supervision import TaskReport
from huaxiang.server.supervise import Supervised
from huaxiang.words import Words
from tests.jobs.conftest import gone

WORDS = Words("a child that waits", "等待的子进程")
CHILD = """
import os, signal, sys, time
assert __name__ == "__main__"
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
if "dies" in sys.argv:
    sys.exit(3)
while True:
    time.sleep(0.05)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that writes its process into a file and then waits; return the file."""
    (tmp_path / "waiting_child.py").write_text(CHILD, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return tmp_path / "pids"


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


async def wait_for(true: Callable[[], object]) -> None:
    await asyncio.to_thread(until, true)


def test_a_child_that_is_killed_is_started_again_and_ends_with_the_server(child: Path) -> None:
    async def live() -> None:
        supervised = Supervised("waiting_child", str(child), words=WORDS, first=0.05)
        await supervised.start()
        await wait_for(lambda: len(pids(child)) == 1)
        assert supervised.pid == pids(child)[0]
        os.kill(pids(child)[0], signal.SIGKILL)
        await wait_for(lambda: len(pids(child)) == 2)
        assert supervised.starts == 2
        await supervised.stop()
        assert supervised.pid is None
        await asyncio.sleep(0.3)

    asyncio.run(live())
    assert len(pids(child)) == 2 and all(map(gone, pids(child)))


def test_a_child_that_dies_again_and_again_is_started_ever_later(child: Path) -> None:
    report = TaskReport()

    async def live() -> None:
        supervised = Supervised("waiting_child", str(child), "dies", words=WORDS, report=report, first=0.2)
        begun = time.monotonic()
        await supervised.start()
        await wait_for(lambda: len(pids(child)) == 4)
        # 0.2 + 0.4 + 0.8 seconds lie between four starts.
        assert time.monotonic() - begun >= 1.4
        (task,) = report.tasks()
        assert task.words == WORDS and task.failures >= 3 and task.fault == "exit code 3"
        await supervised.stop()

    asyncio.run(live())
    assert all(map(gone, pids(child)))


def test_a_child_that_does_not_listen_is_killed(child: Path) -> None:
    async def live() -> None:
        supervised = Supervised("waiting_child", str(child), "deaf", words=WORDS, patience=0.3)
        await supervised.start()
        await wait_for(lambda: pids(child))
        await supervised.stop()

    asyncio.run(live())
    assert gone(pids(child)[0])


_SERVER = """
import asyncio, sys
from huaxiang.server.supervise import Supervised
from huaxiang.words import Words
async def live():
    await Supervised("waiting_child", sys.argv[1], words=Words("it", "它")).start()
    await asyncio.sleep(600)
asyncio.run(live())
"""


def test_a_child_ends_when_its_server_is_killed(child: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _SERVER, str(child)]) as server:
        until(lambda: pids(child))
        assert not gone(pids(child)[0])
        server.kill()
    until(lambda: gone(pids(child)[0]))
