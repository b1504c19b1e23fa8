"""How the applier stands: what it does, how far it is, what holds it up."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from huaxiang.read.live.opened import SECOND
from huaxiang.serving.store import LiveStore
from huaxiang.words import Words

SILENT, SILENT_REBASING = 5 * SECOND, 900 * SECOND
"""An applier that has said nothing for so long is not running; going over to a new build it is busy for longer."""


class Doing(StrEnum):
    """What the applier does."""

    NEVER = "never"
    STOPPED = "stopped"
    STUCK = "stuck"
    APPLYING = "applying"
    REBASING = "rebasing"
    PREPARING = "preparing"
    WAITING = "waiting"
    READY = "ready"


DOING: Mapping[Doing, Words] = {
    Doing.NEVER: Words("Never ran", "尚未运行"),
    Doing.STOPPED: Words("Not running", "未运行"),
    Doing.STUCK: Words("Stuck", "已卡住"),
    Doing.APPLYING: Words("Processing events", "正在处理"),
    Doing.REBASING: Words("Moving to the new build", "正在切换到新构建"),
    Doing.PREPARING: Words("Preparing the first build", "正在准备首次构建的数据"),
    Doing.WAITING: Words("Waiting for a build", "等待构建"),
    Doing.READY: Words("Up to date", "已是最新"),
}


@dataclass(frozen=True)
class State:
    """The applier: `heartbeat` (µs) is when it was last heard of, `base` the build under it.

    `last` is the last event acknowledged at a door, `applied` the last one in the profiles.
    """

    doing: Doing
    fault: Words | None
    heartbeat: int | None
    base: int
    applied: int
    last: int

    @property
    def depth(self) -> int:
        """How many events are acknowledged and not in the profiles yet."""
        return max(self.last - self.applied, 0)


def state_of(store: LiveStore | None, last: int, now: int) -> State:
    """Return how the applier stands at `now` (µs); `last` is the inbox's last event."""
    if store is None:
        return State(Doing.NEVER, None, None, 0, 0, last)
    heartbeat = int(store.meta("heartbeat", "0")) or None
    fault = _fault(store.meta("fault"))
    doing = _doing(store.meta("state"), fault, heartbeat, now)
    if doing is Doing.APPLYING and last <= store.applied:
        doing = Doing.READY
    return State(
        doing, fault, heartbeat, int(store.meta("base", "0")),
        store.applied, max(last, store.applied),
    )  # fmt: skip


def last_event(inbox: sqlite3.Connection | None) -> int:
    """Return the number of the inbox's last event, 0 when there is none."""
    row = inbox and inbox.execute("SELECT first + events - 1 FROM bodies ORDER BY first DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def _doing(said: str, fault: Words | None, heartbeat: int | None, now: int) -> Doing:
    silent = SILENT_REBASING if said == Doing.REBASING.value else SILENT
    if heartbeat is None or now - heartbeat > silent:
        return Doing.STOPPED
    if fault is not None:
        return Doing.STUCK
    return Doing(said) if said in set(Doing) else Doing.WAITING


def _fault(text: str) -> Words | None:
    if not text:
        return None
    try:
        said = msgspec.json.decode(text)
        if not said:
            return None
        return Words(str(said["en"]), str(said["zh"]))
    except (msgspec.DecodeError, KeyError, TypeError):
        return Words(text, text)
