"""From one base to the next: what the new one holds is forgotten, what came after it is taken in again.

All in one transaction: readers see the old state or the new one, and after a crash it has not begun.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DamagedError, DiskError
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import Inbox, InboxError
from huaxiang.inbox.reading import events_of
from huaxiang.live.applying import Tools, apply
from huaxiang.live.outcome import Comparing, Move, TagChanges, messages, moves
from huaxiang.project import Project
from huaxiang.serving.current import microseconds
from huaxiang.serving.export import build_file
from huaxiang.serving.store import LiveStore

_AGAIN = 20_000
"""Events taken in at once when they are taken in again: larger batches are faster, and nobody waits for one."""
_PEOPLE = 2_000
_BYTES = 2 << 20
_FORGOTTEN = ("nodes", "links", "merged")


def next_events(inbox: Inbox, doors: Mapping[str, Door], after: int, most: int, upto: int | None = None) -> list[Event]:
    """Return the events that follow number `after`, at most `most` of them, in order."""
    found: list[Event] = []
    while len(found) < most and (bodies := inbox.bodies(after, _BYTES, upto)):
        for body in bodies:
            found += [each for each in events_of([body], doors) if each.number > after]
            if len(found) >= most:
                break
        after = bodies[-1].last
    return [event for event in found[:most] if upto is None or event.number <= upto]


def rebase(tools: Tools, inbox: Inbox, project: Project, now: datetime) -> int:
    """Put the store of `tools` on their base; return how many events were taken in again."""
    store, base = tools.store, tools.known.base
    doors = {door.code: door for door in project.doors}
    with store.transaction() as db:
        before = int(store.meta("base", "0"))
        applied = max(store.applied, base.events)
        db.execute("DROP TABLE IF EXISTS profiles_before")
        db.execute("CREATE TABLE profiles_before AS SELECT subject, tags, segments FROM profiles")
        db.execute("DROP TABLE IF EXISTS nodes_before")
        db.execute("CREATE TABLE nodes_before (node INTEGER PRIMARY KEY, born INTEGER)")
        db.execute("INSERT INTO nodes_before SELECT node, born FROM nodes WHERE born IS NOT NULL")
        db.execute("DELETE FROM profiles")
        for table in _FORGOTTEN:
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM rejected WHERE number <= ?", (base.events,))
        tools.deltas.make()
        store.set_meta("base", base.build)
        store.set_meta("applied", base.events)
        store.set_meta("held", 0)
        again = _again(tools, inbox, doors, applied, now)
        store.set_meta("applied", applied)
        if before:
            _tell(tools, project, before, now)
        db.execute("DROP TABLE profiles_before")
        db.execute("DROP TABLE nodes_before")
    return again


def _again(tools: Tools, inbox: Inbox, doors: dict[str, Door], applied: int, now: datetime) -> int:
    taken = 0
    tools.known.again = True
    while tools.store.applied < applied:
        events = next_events(inbox, doors, tools.store.applied, _AGAIN, applied)
        if not events:
            break
        _apply(tools, events, now)
        taken += len(events)
    tools.known.again = False
    return taken


def _apply(tools: Tools, events: list[Event], now: datetime) -> None:
    """Apply events again; one that cannot be applied is left to the next build, as it was before."""
    db = tools.store.db
    db.execute("SAVEPOINT again")
    try:
        apply(tools, events, now, told=False)
    except (sqlite3.Error, OSError, DamagedError, DiskError, InboxError):
        raise
    except Exception:  # noqa: BLE001  (whatever one event does, the others go on)
        db.execute("ROLLBACK TO again")
        db.execute("RELEASE again")
        half = len(events) // 2
        if half:
            _apply(tools, events[:half], now)
            _apply(tools, events[half:], now)
        else:
            tools.store.set_meta("applied", events[0].number)
        return
    db.execute("RELEASE again")


def _tell(tools: Tools, project: Project, before: int, now: datetime) -> None:
    """Note for subscribers what differs from what was served until now."""
    store, number = tools.store, int(tools.store.meta("batch", "0"))
    for changes, moved in (*_of_touched(tools), *_of_others(store, project, before, tools.known.base.build)):
        at = microseconds(now)
        store.db.executemany(
            "INSERT INTO outbox (batch, subject, topic, payload, at) VALUES (?, ?, ?, ?, ?)",
            [
                (number, subject, topic, payload, at)
                for subject, topic, payload in messages(changes, moved, (), number, now.isoformat())
            ],
        )


def _of_touched(tools: Tools) -> Iterator[tuple[list[TagChanges], list[Move]]]:
    """Yield what changed for those whom events had touched before: their tags and segments then are in the store."""
    store, base = tools.store, tools.known.base
    cursor = 0
    while True:
        rows = store.dicts(
            "SELECT * FROM profiles_before WHERE subject > ? ORDER BY subject LIMIT ?", (cursor, _PEOPLE)
        )
        if not rows:
            return
        cursor = rows[-1]["subject"]
        now = {row["subject"]: store.survivor(base.survivor(row["subject"])) for row in rows}
        wanted = [subject for subject in now if now[subject] == subject]
        tags, segments = _served(tools, wanted)
        # Tags that were there then, and are not now, are told as unknown.
        comparing = Comparing(dict.fromkeys([*tools.comparing.codes, *msgspec.json.decode(rows[0]["tags"])]))
        changes: list[TagChanges] = []
        moved: list[Move] = []
        for row in rows:
            subject = row["subject"]
            if subject in tags:
                if found := comparing.changes(subject, row["tags"], tags[subject]):
                    changes.append(found)
                moved += moves(subject, msgspec.json.decode(row["segments"]), segments[subject])
        yield changes, moved


def _served(tools: Tools, subjects: Sequence[int]) -> tuple[dict[int, str], dict[int, list[str]]]:
    listed = msgspec.json.encode(list(subjects)).decode()
    sql = "SELECT subject, tags, segments FROM profiles WHERE subject IN (SELECT value FROM json_each(?))"
    live = {row["subject"]: row for row in tools.store.dicts(sql, (listed,))}
    others = [subject for subject in subjects if subject not in live]
    base = tools.known.base
    tags = base.tag_texts(others) if others else {}
    segments: dict[int, list[str]] = base.segments_of(others) if others else {}
    tags |= {subject: row["tags"] for subject, row in live.items()}
    segments |= {subject: msgspec.json.decode(row["segments"]) for subject, row in live.items()}
    return tags, segments


def _of_others(
    store: LiveStore, project: Project, before: int, build: int
) -> Iterator[tuple[list[TagChanges], list[Move]]]:
    """Yield which segments everybody else entered and left between two builds."""
    file = build_file(project.store, build)
    if not file.exists():
        return
    touched = {subject for (subject,) in store.db.execute("SELECT subject FROM profiles_before")}
    with Engine(file, read_only=True) as engine:
        if "segment_moves" not in engine.tables():
            return
        sql = f"SELECT subject, segment, move FROM segment_moves WHERE build > {int(before)} ORDER BY build, subject"
        for batch in engine.batches(sql):
            rows: list[dict[str, Any]] = batch.to_pylist()
            yield [], [Move(**row) for row in rows if row["subject"] not in touched]
