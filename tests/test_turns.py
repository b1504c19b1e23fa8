"""Background work steps back before whoever waits, in a session of its own too, and takes its share when late."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUP = Path("/proc/self/autogroup")
SAYS = """
import os
import time
from pathlib import Path
from huaxiang.turns import Turn, step_back

def ranks():
    print(os.nice(0), *Path("/proc/self/autogroup").read_text().split()[-1:], flush=True)

"""
LATE = """
turn = Turn(5)
ranks()
for seconds in (0.7, 0.9, 0.7, 0.2):
    time.sleep(0.2)  # the kernel takes ten such words a second from whoever is not root
    turn.behind(seconds)
    ranks()
"""


def said(code: str, *, leads: bool) -> list[tuple[int, ...]]:
    """The niceness of a process and of its session, each time the code asks for them.

    The session's is missing where it has no group: the machine's first, which whatever starts without a session of its
    own is of.
    """
    try:
        GROUP.read_text()
    except OSError:
        pytest.skip("this kernel makes no groups of sessions")
    done = subprocess.run(
        [sys.executable, "-c", SAYS + code], capture_output=True, text=True, check=True, start_new_session=leads
    )
    return [(int(own) - os.nice(0), *map(int, group)) for own, *group in map(str.split, done.stdout.splitlines())]


def test_a_process_that_leads_its_session_steps_back_with_it() -> None:
    assert said("step_back(10)\nranks()", leads=True) == [(10, 10)]


def test_a_session_that_others_lead_is_left_as_it_is() -> None:
    ((_, *before),) = said("ranks()", leads=False)
    assert said("step_back(10)\nranks()", leads=False) == [(10, *before)]


def test_work_that_must_keep_up_is_last_unless_it_is_late() -> None:
    assert said(LATE, leads=True) == [(5, 19), (5, 19), (5, 0), (5, 0), (5, 19)]
