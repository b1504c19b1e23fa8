"""Workers of a pool end when whoever started them is killed, at work or waiting for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.jobs.conftest import gone
from tests.server.conftest import until

POOL = """
import sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from huaxiang.processes.parent import end_with_parent
import {module}

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=end_with_parent)
    busy = pool.submit({module}.work, sys.argv[1], 600)
    pool.submit({module}.work, sys.argv[1], 0).result()
    time.sleep(600)
"""
WORK = """
import os, time

def work(file, seconds):
    with open(file, "a") as pids:
        pids.write(f"{os.getpid()}\\n")
    time.sleep(seconds)
"""


def test_workers_end_with_a_parent_that_is_killed_whether_they_work_or_wait(tmp_path: Path) -> None:
    (tmp_path / "pool_work.py").write_text(WORK, encoding="utf-8")
    (tmp_path / "pool_main.py").write_text(POOL.format(module="pool_work"), encoding="utf-8")
    file = tmp_path / "pids"

    def pids() -> list[int]:
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    with subprocess.Popen([sys.executable, str(tmp_path / "pool_main.py"), str(file)]) as parent:
        workers = until(lambda: len(set(pids())) == 2 and set(pids()))
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: all(map(gone, workers)))
