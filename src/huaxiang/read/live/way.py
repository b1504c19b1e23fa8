"""One event's whole way: the door, the check, whose it is and why, what it changed, who was told, and when."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.effects import Change, Merge, Move, changes_in, merges_in, moves_in
from huaxiang.read.live.flow import Passed, passed
from huaxiang.read.live.opened import DELIVERIES_FILE, SECOND, live_store, read_only, wall_clock
from huaxiang.read.live.sent import Sent, sent_in
from huaxiang.read.live.state import last_event
from huaxiang.serving.store import LiveStore
from huaxiang.words import Words

STAGES: Mapping[str, Words] = {
    "clean": Words("Cleaned and checked", "清洗与检查"),
    "identify": Words("Joined to a customer", "识别客户"),
    "facts": Words("Facts read and written", "读写事实"),
    "tag": Words("Tags and segments computed", "计算标签与人群"),
    "compare": Words("Compared with previous values", "与之前比较"),
    "write": Words("Written to profiles and outbox", "写入画像与发件箱"),
    "commit": Words("Saved to disk", "落盘"),
}
"""What a micro-batch does, in its order."""


class Found(StrEnum):
    """What is known of an event's way."""

    KEPT = "kept"
    WAITING = "waiting"
    OLD = "old"


@dataclass(frozen=True)
class Batch:
    """The micro-batch an event went through: when it was in the profiles (µs), how many events it had, `same` of them
    of the same customer; the seconds waited before it, and
    of each stage its name, its words and the seconds it took.
    """

    id: int
    at: int
    events: int
    same: int
    waited: float
    seconds: tuple[tuple[str, Words, float], ...]


@dataclass(frozen=True)
class EventWay:
    """Everything known of one event. `received` is the project's wall clock; `form`: how it was sent, "" unknown."""

    number: int
    found: Found
    door: str
    form: str
    received: datetime | None
    event: Passed | None = None
    batch: Batch | None = None
    new: bool = False
    merges: tuple[Merge, ...] = ()
    changes: tuple[Change, ...] = ()
    moves: tuple[Move, ...] = ()
    sent: tuple[Sent, ...] = ()


def event_way(current: CurrentBuild, number: int) -> EventWay:
    """Return an event's way. Raises NotFound when no event has that number yet."""
    folder = current.project.store
    with live_store(folder) as store, read_only(current.project.inbox, "bodies") as inbox:
        body = _body(inbox, number)
        rows = store.dicts("SELECT * FROM traces WHERE number = ?", (number,)) if store else []
        if store and rows:
            event = passed(store, current.project, rows[0])
            return _whole(current, store, event, rows[0]["subject"], body[1] if body else "")
        last, applied = last_event(inbox), store.applied if store else 0
    if number > max(last, applied) or number < 1:
        raise NotFound(
            Words(
                f"no event has the number {number:,} yet: the last one is {max(last, applied):,}",
                f"还没有编号为 {number:,} 的事件：最新的是 {max(last, applied):,}",
            )
        )
    door, form, received = body or ("", "", None)
    at = wall_clock(received, current.project.zone) if received is not None else None
    return EventWay(number, Found.WAITING if number > applied else Found.OLD, door, form, at)


def _body(inbox: sqlite3.Connection | None, number: int) -> tuple[str, str, int] | None:
    sql = "SELECT door, form, received, first, events FROM bodies WHERE first <= ? ORDER BY first DESC LIMIT 1"
    row = inbox and inbox.execute(sql, (number,)).fetchone()
    return (row[0], row[1], row[2]) if row and number < row[3] + row[4] else None


def _whole(current: CurrentBuild, store: LiveStore, event: Passed, subject: int | None, form: str) -> EventWay:
    batch = _batch(store, event, subject)
    known = (event.number, Found.KEPT, event.door, form, event.received, event, batch)
    if subject is None:
        return EventWay(*known)
    with read_only(current.project.store / DELIVERIES_FILE, "deliveries") as deliveries:
        sent = sent_in(deliveries, event.batch, subject) if deliveries else ()
    new = not current.engine.one("SELECT count(*) FROM subjects WHERE subject = ?", [subject])
    return EventWay(
        *known, new, merges_in(current, store, event.batch, subject), changes_in(current, store, event.batch, subject),
        moves_in(current, store, event.batch, subject), sent,
    )  # fmt: skip


def _batch(store: LiveStore, event: Passed, subject: int | None) -> Batch | None:
    rows = store.dicts("SELECT at, events, seconds FROM batches WHERE id = ?", (event.batch,))
    if not rows:
        return None
    row = rows[0]
    took: dict[str, float] = msgspec.json.decode(row["seconds"])
    seconds = tuple((name, words, float(took[name])) for name, words in STAGES.items() if name in took)
    waited = (row["at"] - event.microseconds) / SECOND - sum(took.values())
    same = store.db.execute(
        "SELECT count(*) FROM traces WHERE subject = ? AND batch = ?", (subject, event.batch)
    ).fetchone()  # fmt: skip
    return Batch(event.batch, row["at"], row["events"], int(same[0]), max(waited, 0.0), seconds)
