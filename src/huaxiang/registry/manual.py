"""Values of tags that people set: who, when, why, until when; nothing is ever removed, only withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from huaxiang.registry.store import Registry
from huaxiang.registry.tables import MANUAL

_AT_ONCE = 500
"""Subjects in one condition: databases bound how many parameters a statement has."""


@dataclass(frozen=True)
class ManualValue:
    """One value as it was set. `subject` is the customer's number then; merges since are followed when it is used."""

    id: int
    tag: str
    subject: int
    value: str
    reason: str
    who: str
    set_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None


HELD = ("id", "subject", "value", "who", "reason", "set_at", "expires_at")
"""The columns of `held_values`; moments are texts, of which the smaller is the earlier."""


def set_values(
    registry: Registry,
    tag: str,
    subjects: Iterable[int],
    value: str,
    *,
    reason: str,
    who: str,
    set_at: datetime,
    expires_at: datetime,
) -> int:
    """Record a value for every one of `subjects`, in one transaction; return for how many. All moments are UTC."""
    shared = {
        "tag": tag, "value": value, "reason": reason, "who": who,
        "set_at": _kept(set_at), "expires_at": _kept(expires_at),
    }  # fmt: skip
    rows = [{"subject": int(subject), **shared} for subject in dict.fromkeys(subjects)]
    if rows:
        with registry.engine.begin() as connection:
            connection.execute(MANUAL.insert(), rows)
    return len(rows)


def withdraw_values(registry: Registry, tag: str, subjects: Iterable[int], *, who: str, at: datetime) -> int:
    """Withdraw every value of the tag that `subjects` have and that is not withdrawn yet; return how many values."""
    count = 0
    with registry.engine.begin() as connection:
        for some in _some(list(dict.fromkeys(subjects))):
            mine = (MANUAL.c.tag == tag, MANUAL.c.subject.in_(some), MANUAL.c.withdrawn_at.is_(None))
            done = connection.execute(MANUAL.update().where(*mine).values(withdrawn_at=_kept(at), withdrawn_by=who))
            count += done.rowcount
    return count


def manual_values(
    registry: Registry, tag: str | None = None, *, subjects: Sequence[int] | None = None, limit: int | None = None
) -> list[ManualValue]:
    """Return the values ever set, newest first: of one tag, of some subjects, or all."""
    query = sa.select(MANUAL).order_by(MANUAL.c.id.desc())
    if tag is not None:
        query = query.where(MANUAL.c.tag == tag)
    if subjects is not None:
        query = query.where(MANUAL.c.subject.in_(list(subjects)))
    if limit is not None:
        query = query.limit(limit)
    with registry.engine.connect() as connection:
        return [_value(row) for row in connection.execute(query).mappings()]


def held_values(registry: Registry, tag: str, at: datetime) -> tuple[int, list[tuple[Any, ...]]]:
    """Return how many values a tag was ever given, and those that hold at a moment (UTC) as rows of HELD."""
    now = _kept(at)
    mine = sa.select(*(MANUAL.c[name] for name in HELD)).where(
        MANUAL.c.tag == tag,
        MANUAL.c.set_at <= now,
        MANUAL.c.expires_at > now,
        sa.or_(MANUAL.c.withdrawn_at.is_(None), MANUAL.c.withdrawn_at > now),
    )
    with registry.engine.connect() as connection:
        ever = connection.execute(sa.select(sa.func.count()).where(MANUAL.c.tag == tag)).scalar_one()
        return int(ever), [tuple(row) for row in connection.execute(mine)]


def subjects_set(registry: Registry, tag: str | None = None) -> list[int]:
    """Return every subject for whom a value was ever set, of one tag or of any."""
    query = sa.select(MANUAL.c.subject).distinct()
    if tag is not None:
        query = query.where(MANUAL.c.tag == tag)
    with registry.engine.connect() as connection:
        return [int(subject) for subject in connection.execute(query).scalars()]


def _some(subjects: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(subjects), _AT_ONCE):
        yield subjects[begin : begin + _AT_ONCE]


def _kept(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="microseconds")


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _value(row: Any) -> ManualValue:
    return ManualValue(
        row["id"], row["tag"], row["subject"], row["value"], row["reason"], row["who"],
        datetime.fromisoformat(row["set_at"]), datetime.fromisoformat(row["expires_at"]),
        _read(row["withdrawn_at"]), row["withdrawn_by"],
    )  # fmt: skip
