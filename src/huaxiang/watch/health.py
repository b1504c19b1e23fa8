"""The health of tags as people read it: score with its parts, suggestions, trend over builds, open alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from huaxiang.errors import NotFound
from huaxiang.pipeline import utc_now
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import known_tag
from huaxiang.registry.health import Alert, HealthRow, alerts, first_measured, health_rows, measured_builds
from huaxiang.watch.history import Past, trend
from huaxiang.watch.lift import Lifts, lift_of
from huaxiang.watch.measured import Measured, measured_of
from huaxiang.watch.score import Points, points_of, score_of
from huaxiang.watch.suggestions import Suggestion, suggest_for
from huaxiang.watch.use import Use, uses_of
from huaxiang.words import Words


@dataclass(frozen=True)
class Health:
    """One tag's health at one build: `score` is 0 to 100, `parts` add up to it, `alerts` are the open ones."""

    tag: str
    name: Words
    build: int
    score: int
    parts: tuple[Points, ...]
    measured: Measured
    lift: Lifts | None
    suggestions: tuple[Suggestion, ...]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class TrendPoint:
    """A tag at one build of the past; `score` as it would have been read then, without lift and uses of that day."""

    build: int
    as_of: datetime
    score: int
    coverage: float
    psi: float | None
    flipped: float | None
    same_definition: bool


@dataclass(frozen=True)
class TagDetail:
    """Everything known of one tag's health: now, and over builds (the oldest first)."""

    health: Health
    trend: tuple[TrendPoint, ...]
    history: tuple[Alert, ...]


def tag_healths(current: CurrentBuild, *, now: datetime | None = None) -> list[Health]:
    """Return the health of every measured tag of the build, the worst first; [] when the build was not measured.

    `now` is the moment ages are counted to (UTC; the present without it).
    """
    rows = health_rows(current.registry, build=current.build.id)
    reading = _Reading(current, now or utc_now())
    found = [reading.health(row) for row in rows if row.tag in current.tags]
    return sorted(found, key=lambda each: (each.score, each.tag))


def tag_detail(current: CurrentBuild, code: str, *, now: datetime | None = None) -> TagDetail:
    """Return one tag's health with its trend. Raises NotFound when there is no such tag, or it was not measured."""
    known_tag(current, code)
    rows = [row for row in health_rows(current.registry, build=current.build.id) if row.tag == code]
    if not rows:
        raise NotFound(
            Words(
                f"{code} was not measured at build {current.build.id}: huaxiang health --measure",
                f"第 {current.build.id} 次构建没有测量 {code}：请运行 huaxiang health --measure",
            )
        )
    health = _Reading(current, now or utc_now()).health(rows[0])
    points = tuple(_point(past, health.measured) for past in trend(current.registry, code))
    return TagDetail(health, points, tuple(alerts(current.registry, tag=code)))


def is_measured(current: CurrentBuild) -> bool:
    """Return whether the build was measured."""
    return current.build.id in measured_builds(current.registry)


class _Reading:
    def __init__(self, current: CurrentBuild, now: datetime) -> None:
        self.current, self.now = current, now
        self.names = {**{code: tag.name for code, tag in current.tags.items()}, **current.project.tags.naming.tags}
        self.used = uses_of(current.project, current.registry)
        self.first = first_measured(current.registry)
        self.moments = {each.id: each.as_of for each in current.registry.builds()}
        self.alerts: dict[str, list[Alert]] = {}
        for alert in alerts(current.registry, build=current.build.id, only_open=True):
            self.alerts.setdefault(alert.tag, []).append(alert)

    def health(self, row: HealthRow) -> Health:
        # Uses go on after a build was measured: they are those of today.
        use = self.used.get(row.tag, Use())
        measured = replace(measured_of(row.measured), segments=use.segments, tags=use.tags, used=use.counts)
        lift = lift_of(row.lift)
        age = _days(datetime.fromisoformat(measured.computed_as_of), self.now)
        points = points_of(measured, lift, age, self.names)
        first = self.moments.get(self.first.get(row.tag, row.build), self.current.build.as_of)
        return Health(
            row.tag, self.names[row.tag], row.build, score_of(points), points, measured, lift,
            suggest_for(measured, _days(first, self.current.build.as_of), self.names),
            tuple(self.alerts.get(row.tag, ())),
        )  # fmt: skip


def _point(past: Past, now: Measured) -> TrendPoint:
    then = past.measured
    age = _days(datetime.fromisoformat(then.computed_as_of), datetime.fromisoformat(then.as_of))
    score = score_of(points_of(then, None, age))
    same = then.definition == now.definition
    at = datetime.fromisoformat(then.as_of)
    return TrendPoint(past.build, at, score, then.coverage, then.psi, then.flipped, same)


def _days(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 86400


def summary(healths: list[Health]) -> Mapping[str, float]:
    """Return the mean score, how many tags are below 60, and how many suggestions and open alerts there are."""
    return {
        "tags": len(healths),
        "mean": round(sum(each.score for each in healths) / len(healths), 1) if healths else 0.0,
        "below_60": sum(each.score < 60 for each in healths),
        "suggestions": sum(len(each.suggestions) for each in healths),
        "alerts": sum(len(each.alerts) for each in healths),
    }
