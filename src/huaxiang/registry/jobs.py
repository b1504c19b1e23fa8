"""Jobs: what was asked for, how far it is, what came of it. Whoever asks and whoever runs them meet in this table."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from huaxiang.registry.store import Registry
from huaxiang.registry.tables import JOBS
from huaxiang.words import Words


class Kind(StrEnum):
    """What a job does: build everything, bring it to now, measure tags, or write out the base that is read live."""

    BUILD = "build"
    REFRESH = "refresh"
    HEALTH = "health"
    BASE = "base"


class State(StrEnum):
    """Where a job is. `lost`: its process went away without a word."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


OPEN = (State.QUEUED, State.RUNNING)
"""The states of jobs that are not over."""
SCHEDULE = "schedule"
"""Who asked for a job that nobody asked for."""
_LANES = {Kind.BUILD: "warehouse", Kind.REFRESH: "warehouse", Kind.BASE: "warehouse", Kind.HEALTH: "health"}
"""Of the jobs of one lane, one runs at a time."""


@dataclass(frozen=True)
class Job:
    """One job. Moments are UTC; `fraction` is of the stage, `progress` of the whole, both 0 to 1.

    `words` says the stage, `detail` what it is at; `fault` why it failed; `attempt` how often it was begun by schedule.
    """

    id: int
    kind: Kind
    state: State
    settings: Mapping[str, Any]
    asked_by: str
    asked_at: datetime
    attempt: int
    begun: datetime | None
    finished: datetime | None
    pid: int | None
    stop_asked: datetime | None
    stage: str
    words: Words
    fraction: float
    progress: float
    detail: str
    result: Mapping[str, Any] | None
    fault: Words | None

    @property
    def open(self) -> bool:
        """Whether it is not over yet."""
        return self.state in OPEN


def ask_for_job(
    registry: Registry,
    kind: Kind,
    by: str,
    settings: Mapping[str, Any] | None = None,
    *,
    attempt: int = 1,
    at: datetime | None = None,
) -> tuple[Job, bool]:
    """Ask for a job; return it, and whether it is a new one: the same, asked for and not yet begun, is asked for once.

    `settings`: as_of (a moment, UTC, as text), workers, memory (bytes). `at`: the moment (UTC), now if not given.
    """
    written = json.dumps({**(settings or {})}, sort_keys=True)
    same = (JOBS.c.kind == kind.value, JOBS.c.state == State.QUEUED.value, JOBS.c.settings == written)
    values = {
        "kind": kind.value, "lane": _LANES[kind], "state": State.QUEUED.value, "settings": written, "asked_by": by,
        "asked_at": _now(at), "attempt": attempt, "stage": "", "stage_en": "", "stage_zh": "", "fraction": 0.0,
        "progress": 0.0, "detail": "",
    }  # fmt: skip
    # One statement, so that two who ask at the same moment do not both find nothing.
    row = sa.select(*(sa.literal(value, JOBS.c[name].type) for name, value in values.items()))
    asked = JOBS.insert().from_select(list(values), row.where(~sa.exists().where(*same)))
    with registry.engine.begin() as connection:
        added = connection.execute(asked).rowcount > 0
        found = connection.execute(sa.select(JOBS).where(*same).order_by(JOBS.c.id.desc()).limit(1)).mappings().one()
    return _job(found), added


def claim_job(registry: Registry) -> Job | None:
    """Take the oldest job whose lane is free, as running from now on; None when there is none."""
    queue, busy = JOBS.alias(), JOBS.alias()
    lanes = sa.select(busy.c.lane).where(busy.c.state == State.RUNNING.value)
    first = sa.select(sa.func.min(queue.c.id)).where(
        queue.c.state == State.QUEUED.value, queue.c.lane.not_in(lanes)
    )  # fmt: skip
    with registry.engine.connect() as connection:
        # The lock first: while it is waited for, the job before this one may end, and this one begins after that.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        taken = JOBS.update().where(JOBS.c.id == first.scalar_subquery())
        taken = taken.values(state=State.RUNNING.value, begun=_now())
        row = connection.execute(taken.returning(JOBS)).mappings().first()
        connection.commit()
    return _job(row) if row else None


def begin_job(registry: Registry, number: int, pid: int) -> Job | None:
    """Note the process of a job that was taken; None when it is not to run any more."""
    still = (JOBS.c.id == number, JOBS.c.state == State.RUNNING.value)
    with registry.engine.begin() as connection:
        row = connection.execute(JOBS.update().where(*still).values(pid=pid).returning(JOBS)).mappings().first()
    return _job(row) if row else None


def report_job(
    registry: Registry, number: int, stage: str, words: Words, *, fraction: float, progress: float, detail: str
) -> None:
    """Note how far a running job is."""
    still = (JOBS.c.id == number, JOBS.c.state == State.RUNNING.value)
    values = {
        "stage": stage, "stage_en": words.en, "stage_zh": words.zh, "fraction": fraction, "progress": progress,
        "detail": detail,
    }  # fmt: skip
    with registry.engine.begin() as connection:
        connection.execute(JOBS.update().where(*still).values(**values))


def finish_job(
    registry: Registry,
    number: int,
    state: State,
    *,
    result: Mapping[str, Any] | None = None,
    fault: Words | None = None,
) -> bool:
    """Say what became of a running job; False when that was said already."""
    still = (JOBS.c.id == number, JOBS.c.state == State.RUNNING.value)
    values: dict[str, Any] = {"state": state.value, "finished": _now(), "result": result}
    values["fault"] = {"en": fault.en, "zh": fault.zh} if fault else None
    if state is State.DONE:
        values |= {"fraction": 1.0, "progress": 1.0, "detail": ""}
    with registry.engine.begin() as connection:
        return connection.execute(JOBS.update().where(*still).values(**values)).rowcount > 0


def stop_job(registry: Registry, number: int) -> Job | None:
    """Ask a job to stop: one that waits is cancelled at once, one that runs soon. None: there is no such job."""
    mine = JOBS.c.id == number
    with registry.engine.begin() as connection:
        queued = (mine, JOBS.c.state == State.QUEUED.value)
        connection.execute(JOBS.update().where(*queued).values(state=State.CANCELLED.value, finished=_now()))
        running = (mine, JOBS.c.state == State.RUNNING.value, JOBS.c.stop_asked.is_(None))
        connection.execute(JOBS.update().where(*running).values(stop_asked=_now()))
        row = connection.execute(sa.select(JOBS).where(mine)).mappings().first()
    return _job(row) if row else None


def job_of(registry: Registry, number: int) -> Job | None:
    """Return one job."""
    with registry.engine.connect() as connection:
        row = connection.execute(sa.select(JOBS).where(JOBS.c.id == number)).mappings().first()
    return _job(row) if row else None


def jobs(
    registry: Registry,
    *,
    states: Collection[State] = (),
    kinds: Collection[Kind] = (),
    by: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[Job]:
    """Return jobs, newest first: of some states and kinds, asked for by somebody, with numbers below `before`."""
    query = sa.select(JOBS).order_by(JOBS.c.id.desc())
    if states:
        query = query.where(JOBS.c.state.in_([each.value for each in states]))
    if kinds:
        query = query.where(JOBS.c.kind.in_([each.value for each in kinds]))
    if by is not None:
        query = query.where(JOBS.c.asked_by == by)
    if before is not None:
        query = query.where(JOBS.c.id < before)
    with registry.engine.connect() as connection:
        return [_job(row) for row in connection.execute(query.limit(limit)).mappings()]


def prune_jobs(registry: Registry, keep: int) -> None:
    """Forget jobs that are over, but for the newest `keep`."""
    newest = sa.select(JOBS.c.id).order_by(JOBS.c.id.desc()).limit(keep)
    over = JOBS.c.state.not_in([each.value for each in OPEN])
    with registry.engine.begin() as connection:
        connection.execute(JOBS.delete().where(over, JOBS.c.id.not_in(newest)))


def _now(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC).replace(tzinfo=None)).isoformat(timespec="milliseconds")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _job(row: Any) -> Job:
    fault = _loaded(row["fault"])
    return Job(
        row["id"], Kind(row["kind"]), State(row["state"]), json.loads(row["settings"]), row["asked_by"],
        datetime.fromisoformat(row["asked_at"]), row["attempt"], _moment(row["begun"]), _moment(row["finished"]),
        row["pid"], _moment(row["stop_asked"]), row["stage"], Words(row["stage_en"], row["stage_zh"]),
        row["fraction"], row["progress"], row["detail"], _loaded(row["result"]),
        Words(fault["en"], fault["zh"]) if fault else None,
    )  # fmt: skip
