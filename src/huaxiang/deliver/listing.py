"""Deliveries and subscribers as they stand, for people: the command line, the console, one event's way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huaxiang.damage import told
from huaxiang.deliver.reasons import DEAD, DELIVERED, ENABLED, WAITING
from huaxiang.read.subject_ids import encode_subject


@dataclass(frozen=True)
class Standing:
    """How a subscriber stands. Moments are in microseconds since 1970 (UTC), None = never.

    `why`: a code of REASONS, "" when there is nothing to say; `paused`: it asked to be left alone until then.
    """

    code: str
    state: str
    why: str
    paused: int | None
    waiting: int
    delivered: int
    dead: int
    last_delivered: int | None
    last_failed: int | None


@dataclass(frozen=True)
class Delivery:
    """One message to one subscriber: `message` is its webhook-id, `subject` a public id, `status` the last answer's."""

    id: int
    subscriber: str
    message: str
    topic: str
    subject: str
    batch: int
    state: str
    attempts: int
    status: int | None
    why: str
    at: int
    tried: int | None
    next_at: int | None


def standings(path: Path, codes: Iterable[str]) -> list[Standing]:
    """Return how the subscribers of `codes` stand, in that order; `path`: deliveries.db, which may be missing yet."""
    noted: dict[str, dict[str, Any]] = {}
    counts: dict[str, dict[str, int]] = {}
    for row in _rows(path, "SELECT * FROM subscribers", ()):
        noted[row["code"]] = row
    for row in _rows(path, "SELECT subscriber, state, count(*) AS n FROM deliveries GROUP BY 1, 2", ()):
        counts.setdefault(row["subscriber"], {})[row["state"]] = row["n"]
    return [_standing(code, noted.get(code, {}), counts.get(code, {})) for code in codes]


def deliveries(
    path: Path, *, subscriber: str | None = None, state: str | None = None, subject: int | None = None,
    batch: int | None = None, before: int | None = None, limit: int = 100,
) -> list[Delivery]:  # fmt: skip
    """Return up to `limit` deliveries, newest first; of one subscriber, state, customer, batch; `before` a number."""
    wanted = {"d.subscriber": subscriber, "d.state": state, "m.subject": subject, "m.batch": batch}
    conditions = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    values: list[object] = [value for value in wanted.values() if value is not None]
    if before is not None:
        conditions.append("d.id < ?")
        values.append(before)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = (
        "SELECT d.id, d.subscriber, m.message, m.topic, m.subject, m.batch, d.state, d.attempts, d.status, d.why, "
        f"m.at, d.tried, d.next_at FROM deliveries d JOIN messages m ON m.id = d.message {where} "
        "ORDER BY d.id DESC LIMIT ?"
    )
    return [_delivery(row) for row in _rows(path, sql, (*values, limit))]


def _standing(code: str, noted: dict[str, Any], counts: dict[str, int]) -> Standing:
    return Standing(
        code, noted.get("state", ENABLED), noted.get("why", ""), noted.get("paused") or None,
        counts.get(WAITING, 0), counts.get(DELIVERED, 0), counts.get(DEAD, 0),
        noted.get("delivered"), noted.get("failed"),
    )  # fmt: skip


def _delivery(row: dict[str, Any]) -> Delivery:
    waits = row["state"] == WAITING
    return Delivery(**{
        **row, "subject": encode_subject(row["subject"]), "next_at": row["next_at"] if waits else None
    })  # fmt: skip


def _rows(path: Path, sql: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    with told(path), closing(sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True, timeout=30)) as db:
        cursor = db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
