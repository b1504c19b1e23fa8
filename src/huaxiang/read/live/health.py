"""How the doors and the sources behind them fare: last event, how many lately, how many of them were stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.project import Project
from huaxiang.read.live.arrivals import Arrived
from huaxiang.read.live.opened import wall_clock
from huaxiang.read.terms import same, source_words
from huaxiang.serving.store import LiveStore
from huaxiang.words import Words

_BY_SOURCE = (
    "SELECT source, outcome, count(*) AS facts, count(DISTINCT number) AS events, max(received) AS last FROM ("
    "SELECT number, received, json_extract(value, '$.source') AS source, CASE WHEN json_extract(value, '$.outcome') "
    "LIKE 'quarantined:%' THEN 'quarantined' ELSE json_extract(value, '$.outcome') END AS outcome "
    "FROM traces, json_each(took)) GROUP BY 1, 2"
)
_STOPPED = (
    "SELECT count(DISTINCT number) FROM traces, json_each(took) "
    "WHERE json_extract(value, '$.outcome') LIKE 'quarantined:%'"
)


@dataclass(frozen=True)
class DoorHealth:
    """One door: its last event (wall clock), events of the last hour and ever; `defined`: the project still has it."""

    code: str
    words: Words
    last: datetime | None
    hour: int
    ever: int
    defined: bool


@dataclass(frozen=True)
class SourceHealth:
    """One source that reads a door, among the newest events whose way is kept: facts, facts that were there already,
    and how many different events it stopped.
    """

    code: str
    words: Words
    door: str
    last: datetime | None
    facts: int
    duplicates: int
    quarantined: int


@dataclass(frozen=True)
class Health:
    """Doors and sources; `kept` is among how many of the newest events the sources' numbers are.

    `stopped` is how many different events of these some source stopped.
    """

    doors: tuple[DoorHealth, ...]
    sources: tuple[SourceHealth, ...]
    kept: int
    stopped: int = 0


def health_of(project: Project, store: LiveStore | None, inbox: sqlite3.Connection | None, arrived: Arrived) -> Health:
    """Return how doors and sources fare."""
    kept = int(store.db.execute("SELECT count(*) FROM traces").fetchone()[0]) if store else 0
    stopped = int(store.db.execute(_STOPPED).fetchone()[0]) if store else 0
    return Health(_doors(project, inbox, arrived), _sources(project, store), kept, stopped)


def door_words(project: Project, code: str) -> Words:
    """Return the words of a door; one that is no longer defined keeps its code."""
    return _defined(project).get(code) or same(code)


def _defined(project: Project) -> Mapping[str, Words]:
    return {door.code: door.words for door in project.doors}


def _doors(project: Project, inbox: sqlite3.Connection | None, arrived: Arrived) -> tuple[DoorHealth, ...]:
    defined = _defined(project)
    ever: dict[str, tuple[int, int]] = {}
    if inbox:
        rows = inbox.execute("SELECT door, sum(events), max(last) FROM segments GROUP BY door")
        ever = {door: (int(events), int(last)) for door, events, last in rows}
    found = []
    for code in dict.fromkeys((*defined, *sorted(ever))):
        events, number = ever.get(code, (0, 0))
        last = _received(inbox, number) if inbox and number else None
        at = wall_clock(last, project.zone) if last else None
        hour = arrived.by_door.get(code, 0)
        found.append(DoorHealth(code, defined.get(code) or same(code), at, hour, events, code in defined))
    return tuple(found)


def _received(inbox: sqlite3.Connection, number: int) -> int | None:
    sql = "SELECT received FROM bodies WHERE first <= ? ORDER BY first DESC LIMIT 1"
    row = inbox.execute(sql, (number,)).fetchone()
    return int(row[0]) if row else None


def _sources(project: Project, store: LiveStore | None) -> tuple[SourceHealth, ...]:
    counts: dict[str, dict[str, int]] = {}
    last: dict[str, int] = {}
    for row in store.dicts(_BY_SOURCE) if store else ():
        outcome = str(row["outcome"])
        if not row["source"] or outcome == "untaken":
            continue
        counts.setdefault(row["source"], {})[outcome] = row["events" if outcome == "quarantined" else "facts"]
        last[row["source"]] = max(last.get(row["source"], 0), row["last"])
    doors = {each.code: each.read.target for each in project.sources if each.read.kind == "door"}
    found = []
    for code in dict.fromkeys((*doors, *sorted(counts))):
        of, at = counts.get(code, {}), last.get(code)
        found.append(
            SourceHealth(
                code, source_words(project, code), doors.get(code, ""), wall_clock(at, project.zone) if at else None,
                of.get("fact", 0), of.get("duplicate", 0), of.get("quarantined", 0),
            )
        )  # fmt: skip
    return tuple(found)
