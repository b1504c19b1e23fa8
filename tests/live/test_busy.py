"""On a machine whose processors are all taken, events get into profiles all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.shop import made_up, put, worker
from tests.live.test_kill import running, wait_until_applied


@pytest.fixture
def busy_loops() -> Iterator[None]:
    """Twice as many programs as there are processors, each in a session of its own, as jobs of others would be."""
    command = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(command, start_new_session=True) for _ in range(2 * (os.cpu_count() or 1))]
    yield
    for each in loops:
        each.kill()
        each.wait()


def test_a_backlog_is_applied_beside_busy_loops(shop: Path, busy_loops: None) -> None:
    worker(shop).close()
    put(shop, list(made_up(7, 400)))
    with running(shop):
        wait_until_applied(shop, 400, 240)
