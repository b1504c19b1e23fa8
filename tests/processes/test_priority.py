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
from huaxiang.processes.priority import Priority, step_back

def ranks():
    print(os.nice(0), *Path("/proc/self/autogroup").read_text().split()[-1:], flush=True)

"""
LATE = """
priority = Priority(hold=0.5)
ranks()
for seconds in (0.7, 0.2, 0.9, 0.2):
    time.sleep(0.2)  # the kernel takes ten such words a second from whoever is not root
    priority.backlog(seconds)
    ranks()
time.sleep(0.5)
priority.backlog(0.2)
ranks()
"""
SLOW = """
priority = Priority(hold=60)
priority.backlog(0.2)
ranks()
with priority.working():
    time.sleep(0.2)
    ranks()
    while ranks() or Path("/proc/self/autogroup").read_text().split()[-1] != "0":
        time.sleep(0.1)
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


def test_work_that_must_keep_up_begins_at_equal_rank_and_is_last_only_while_its_backlog_is_young() -> None:
    # Once late it keeps its share for a while: on a busy machine it would fall behind again at once.
    assert said(LATE, leads=True) == [(0, 0), (0, 0), (0, 19), (0, 0), (0, 0), (0, 19)]


def test_work_that_takes_too_long_gets_its_share_before_it_is_done() -> None:
    ranks = [rank for _, rank in said(SLOW, leads=True)]
    assert ranks[:2] == [19, 19] and ranks[-1] == 0
