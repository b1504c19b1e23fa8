"""The last events, as they went through: number, when, door, type, whose, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.project import Project
from huaxiang.read.live.opened import wall_clock
from huaxiang.read.live.outcome import Came, Taken, came_of, taken_of
from huaxiang.read.subject_ids import encode_subject
from huaxiang.serving.store import LiveStore
from huaxiang.words import Words

_COLUMNS = "number, batch, door, type, event, received, subject, took"
_OUTCOME = "json_extract(value, '$.outcome')"


@dataclass(frozen=True)
class Passed:
    """One event that went through. `received` is the project's wall clock; `whose` a public id, "" = nobody's yet.

    `merged` says that the customer it was applied to became part of `whose` since.
    """

    number: int
    batch: int
    door: str
    type: str
    name: str
    received: datetime
    microseconds: int
    subject: int | None
    whose: str
    merged: bool
    came: Came
    taken: tuple[Taken, ...]

    @property
    def why(self) -> Words | None:
        """Why it was stopped, if it was."""
        return next((each.why for each in self.taken if each.came is Came.QUARANTINED and each.why), None)


@dataclass(frozen=True)
class Wanted:
    """Which events to list: of a door ("" = all), with an outcome, of one customer."""

    door: str = ""
    came: Came | None = None
    subject: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()


def last_events(store: LiveStore, project: Project, wanted: Wanted, limit: int = 20) -> tuple[Passed, ...]:
    """Return the newest of the wanted events whose way is kept, newest first."""
    where, parameters = _conditions(store, wanted)
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    sql = f"SELECT {_COLUMNS} FROM traces{condition} ORDER BY number DESC LIMIT ?"
    return tuple(passed(store, project, row) for row in store.dicts(sql, (*parameters, limit)))


def passed(store: LiveStore, project: Project, row: dict[str, Any]) -> Passed:
    """Return an event of its row of `traces`."""
    taken = taken_of(project, row["took"])
    subject = row["subject"]
    now = store.survivor(subject) if subject is not None else None
    return Passed(
        row["number"], row["batch"], row["door"], row["type"], row["event"],
        wall_clock(row["received"], project.zone), row["received"], now,
        encode_subject(now) if now is not None else "", now != subject, came_of(taken), taken,
    )  # fmt: skip


def _conditions(store: LiveStore, wanted: Wanted) -> tuple[list[str], list[object]]:
    where, parameters = [], list[object]()
    if wanted.door:
        where.append("door = ?")
        parameters.append(wanted.door)
    if wanted.subject is not None:
        everybody = _became(store, wanted.subject)
        where.append(f"subject IN ({', '.join('?' * len(everybody))})")
        parameters += everybody
    if wanted.came is Came.UNTAKEN:
        # What some source did take has another outcome beside this one.
        where.append(f"NOT EXISTS (SELECT 1 FROM json_each(took) WHERE {_OUTCOME} <> 'untaken')")
    elif wanted.came is not None:
        where.append(f"EXISTS (SELECT 1 FROM json_each(took) WHERE {_OUTCOME} = ? OR {_OUTCOME} LIKE ?)")
        parameters += [wanted.came.value, f"{wanted.came.value}:%"]
    return where, parameters


def _became(store: LiveStore, subject: int) -> Sequence[int]:
    """Return a customer and all that became part of it since the base."""
    found, new = [subject], [subject]
    while new:
        listed = ", ".join("?" * len(new))
        rows = store.db.execute(f"SELECT from_subject FROM merged WHERE into_subject IN ({listed})", new)
        new = [row[0] for row in rows if row[0] not in found]
        found += new
    return found
