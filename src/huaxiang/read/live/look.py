"""One look at everything that is live, shared by all who look at the same moment."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from huaxiang.processes.supervision import TaskState, reported_tasks
from huaxiang.project import TASKS, Project
from huaxiang.read.live.arrivals import Arrivals, Arrived
from huaxiang.read.live.flow import Passed, Wanted, last_events
from huaxiang.read.live.health import Health, health_of
from huaxiang.read.live.opened import live_store, now_microseconds, read_only
from huaxiang.read.live.pulse import Pulse, pulse_of
from huaxiang.read.live.state import State, last_event, state_of

FRESH, HEALTH_FRESH = 0.5, 5.0
"""Seconds for which an answer is given again."""
FLOW = 20
"""How many events are listed as they flow; of a choice of them twice as many."""


@dataclass(frozen=True)
class Look:
    """What is live at one moment. `now`: µs since 1970; `tasks`: what the server does in the background."""

    now: int
    state: State
    pulse: Pulse
    arrived: Arrived
    health: Health
    flow: tuple[Passed, ...]
    tasks: tuple[TaskState, ...] = ()


class LiveView:
    """What the live page reads, for many visits in many threads: those who look within half a second share one look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals = Arrivals()
        self._look: tuple[float, Look] | None = None
        self._health: tuple[float, Health] | None = None

    def look(self, project: Project, wanted: Wanted) -> tuple[Look, tuple[Passed, ...]]:
        """Return everything, and the newest of the wanted events."""
        look = self._shared(project)
        if wanted.everything:
            return look, look.flow
        with live_store(project.store) as store:
            return look, last_events(store, project, wanted, 2 * FLOW) if store else ()

    def _shared(self, project: Project) -> Look:
        with self._lock:
            moment = time.monotonic()
            if self._look is None or moment - self._look[0] > FRESH:
                self._look = (moment, self._ask(project))
            return self._look[1]

    def _ask(self, project: Project) -> Look:
        now = now_microseconds()
        with live_store(project.store) as store, read_only(project.inbox, "bodies") as inbox:
            arrived = self._arrivals.look(inbox, now)
            moment = time.monotonic()
            if self._health is None or moment - self._health[0] > HEALTH_FRESH:
                self._health = (moment, health_of(project, store, inbox, arrived))
            flow = last_events(store, project, Wanted(), FLOW) if store else ()
            state = state_of(store, last_event(inbox), now)
            tasks = reported_tasks(project.store / TASKS)
            return Look(now, state, pulse_of(store, now), arrived, self._health[1], flow, tasks)
