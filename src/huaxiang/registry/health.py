"""What was measured of each tag at each build, how often tags were used, and the alerts that were raised."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from huaxiang.errors import DamagedError, DiskError
from huaxiang.registry.store import Registry
from huaxiang.registry.tables import ALERTS, BASELINES, TAG_HEALTH, TAG_USES
from huaxiang.words import Words


@dataclass(frozen=True)
class HealthRow:
    """What was measured of one tag at one build, and its lift on an outcome where that was asked for."""

    build: int
    tag: str
    measured: Mapping[str, Any]
    lift: Mapping[str, Any] | None


@dataclass(frozen=True)
class Alert:
    """A rule that did not hold: for which tag, at which build, what was measured; and who has seen to it."""

    id: int
    build: int
    alert: str
    tag: str
    severity: str
    name: Words
    condition: str
    measured: Mapping[str, Any]
    raised: datetime
    acknowledged: datetime | None
    by: str | None
    note: str | None

    @property
    def open(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged is None


@dataclass(frozen=True)
class NewAlert:
    """An alert as it is raised."""

    alert: str
    tag: str
    severity: str
    name: Words
    condition: str
    measured: Mapping[str, Any]


def put_health(registry: Registry, build: int, measured: Mapping[str, Mapping[str, Any]]) -> None:
    """Record what was measured at a build, tag by tag; a second time replaces the first, lifts stay.

    Each record tells the `definition` it was measured under, and how many values were `known`.
    """
    with registry.engine.begin() as connection:
        query = sa.select(TAG_HEALTH.c.tag, TAG_HEALTH.c.lift).where(TAG_HEALTH.c.build == build)
        lifts = {row.tag: row.lift for row in connection.execute(query)}
        connection.execute(TAG_HEALTH.delete().where(TAG_HEALTH.c.build == build))
        rows = [
            {
                "build": build, "tag": tag, "definition": each["definition"], "known": each["known"],
                "measured": dict(each), "lift": lifts.get(tag),
            }
            for tag, each in measured.items()
        ]  # fmt: skip
        if rows:
            connection.execute(TAG_HEALTH.insert(), rows)


def put_lifts(registry: Registry, build: int, lifts: Mapping[str, Mapping[str, Any]]) -> None:
    """Record lifts beside what was measured at a build; those of before are forgotten."""
    with registry.engine.begin() as connection:
        connection.execute(TAG_HEALTH.update().where(TAG_HEALTH.c.build == build).values(lift=None))
        for tag, lift in lifts.items():
            here = (TAG_HEALTH.c.build == build) & (TAG_HEALTH.c.tag == tag)
            connection.execute(TAG_HEALTH.update().where(here).values(lift=dict(lift)))


def health_rows(registry: Registry, *, build: int | None = None, tag: str | None = None) -> list[HealthRow]:
    """Return what was measured, of one build, one tag, or all; the oldest build first."""
    query = sa.select(TAG_HEALTH).order_by(TAG_HEALTH.c.build, TAG_HEALTH.c.tag)
    if build is not None:
        query = query.where(TAG_HEALTH.c.build == build)
    if tag is not None:
        query = query.where(TAG_HEALTH.c.tag == tag)
    with registry.engine.connect() as connection:
        return [
            HealthRow(row["build"], row["tag"], _json(row["measured"]), _json(row["lift"]))
            for row in connection.execute(query).mappings()
        ]


def earlier_builds(
    registry: Registry, build: int, definitions: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return tag → the first build before `build` that knew a value of it, and tag → the last that measured it.

    Only builds count in which a tag had the definition given.
    """
    first = sa.func.min(sa.case((TAG_HEALTH.c.known > 0, TAG_HEALTH.c.build)))
    query = (
        sa.select(TAG_HEALTH.c.tag, TAG_HEALTH.c.definition, first, sa.func.max(TAG_HEALTH.c.build))
        .where(TAG_HEALTH.c.build < build)
        .group_by(TAG_HEALTH.c.tag, TAG_HEALTH.c.definition)
    )
    firsts: dict[str, int] = {}
    lasts: dict[str, int] = {}
    with registry.engine.connect() as connection:
        for tag, definition, first_build, last_build in connection.execute(query):
            if definitions.get(tag) == definition:
                lasts[tag] = int(last_build)
                if first_build is not None:
                    firsts[tag] = int(first_build)
    return firsts, lasts


def measured_builds(registry: Registry) -> list[int]:
    """Return the numbers of the builds that were measured, the oldest first."""
    query = sa.select(TAG_HEALTH.c.build).distinct().order_by(TAG_HEALTH.c.build)
    with registry.engine.connect() as connection:
        return [int(build) for build in connection.execute(query).scalars()]


def first_measured(registry: Registry) -> dict[str, int]:
    """Return tag → the first build at which it was measured."""
    query = sa.select(TAG_HEALTH.c.tag, sa.func.min(TAG_HEALTH.c.build)).group_by(TAG_HEALTH.c.tag)
    with registry.engine.connect() as connection:
        return {tag: int(build) for tag, build in connection.execute(query)}


def pin_baseline(registry: Registry, build: int | None) -> None:
    """Say which build later ones are compared with; None: each tag's first build again."""
    with registry.engine.begin() as connection:
        connection.execute(BASELINES.insert().values(build=build, pinned=_now()))


def pinned_baseline(registry: Registry) -> int | None:
    """Return the build that was pinned last, None when none is."""
    query = sa.select(BASELINES.c.build).order_by(BASELINES.c.id.desc()).limit(1)
    with registry.engine.connect() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else int(found)


def note_use(
    registry: Registry, kind: str, codes: Iterable[str] | Mapping[str, int], *, day: date | None = None
) -> None:
    """Count that tags were used today (UTC), once for each time a code is named, or as often as a mapping says.

    `kind` is "export", "api", "console" … A registry that cannot be written (a read-only copy) counts nothing: noting
    a use must never stop it.
    """
    at = (day or datetime.now(UTC).date()).isoformat()
    try:
        with registry.engine.begin() as connection:
            for tag, count in Counter(codes).items():
                here = (TAG_USES.c.tag == tag) & (TAG_USES.c.kind == kind) & (TAG_USES.c.day == at)
                added = TAG_USES.update().where(here).values(count=TAG_USES.c.count + count)
                if not connection.execute(added).rowcount:
                    connection.execute(TAG_USES.insert().values(tag=tag, kind=kind, day=at, count=count))
    except (sa.exc.OperationalError, DamagedError, DiskError):
        return


def uses(registry: Registry, since: date) -> dict[str, dict[str, int]]:
    """Return tag → kind → how often it was used from a day on."""
    query = (
        sa.select(TAG_USES.c.tag, TAG_USES.c.kind, sa.func.sum(TAG_USES.c.count))
        .where(TAG_USES.c.day >= since.isoformat())
        .group_by(TAG_USES.c.tag, TAG_USES.c.kind)
        .order_by(TAG_USES.c.tag, TAG_USES.c.kind)
    )
    found: dict[str, dict[str, int]] = {}
    with registry.engine.connect() as connection:
        for tag, kind, count in connection.execute(query):
            found.setdefault(tag, {})[kind] = int(count)
    return found


def put_alerts(registry: Registry, build: int, raised: Sequence[NewAlert]) -> list[Alert]:
    """Record a build's alerts and return them; those that no longer hold go, acknowledged ones stay as they are."""
    now = _now()
    with registry.engine.begin() as connection:
        connection.execute(ALERTS.delete().where(ALERTS.c.build == build, ALERTS.c.acknowledged.is_(None)))
        kept = sa.select(ALERTS.c.alert, ALERTS.c.tag).where(ALERTS.c.build == build)
        known = {(alert, tag) for alert, tag in connection.execute(kept)}
        for each in raised:
            if (each.alert, each.tag) not in known:
                connection.execute(
                    ALERTS.insert().values(
                        build=build, alert=each.alert, tag=each.tag, severity=each.severity, en=each.name.en,
                        zh=each.name.zh, condition=each.condition, measured=dict(each.measured), raised=now,
                    )
                )  # fmt: skip
    return alerts(registry, build=build)


def alerts(
    registry: Registry, *, build: int | None = None, tag: str | None = None, only_open: bool = False
) -> list[Alert]:
    """Return alerts, the newest build first; of one build, of one tag, or only those nobody acknowledged."""
    query = sa.select(ALERTS).order_by(ALERTS.c.build.desc(), ALERTS.c.id)
    if build is not None:
        query = query.where(ALERTS.c.build == build)
    if tag is not None:
        query = query.where(ALERTS.c.tag == tag)
    if only_open:
        query = query.where(ALERTS.c.acknowledged.is_(None))
    with registry.engine.connect() as connection:
        return [_alert(row) for row in connection.execute(query).mappings()]


def acknowledge(registry: Registry, number: int, by: str, note: str = "") -> Alert | None:
    """Record that somebody has seen to an alert, and return it; None when there is no alert of that number."""
    with registry.engine.begin() as connection:
        done = connection.execute(
            ALERTS.update().where(ALERTS.c.id == number).values(acknowledged=_now(), by=by, note=note)
        )
        if not done.rowcount:
            return None
        return _alert(connection.execute(sa.select(ALERTS).where(ALERTS.c.id == number)).mappings().one())


def _alert(row: Any) -> Alert:
    acknowledged = datetime.fromisoformat(row["acknowledged"]) if row["acknowledged"] else None
    return Alert(
        row["id"], row["build"], row["alert"], row["tag"], row["severity"], Words(row["en"], row["zh"]),
        row["condition"], _json(row["measured"]), datetime.fromisoformat(row["raised"]), acknowledged, row["by"],
        row["note"],
    )  # fmt: skip


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
