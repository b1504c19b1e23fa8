"""Who uses a tag: definitions that name it, and the times it was exported or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huaxiang.project import Project
from huaxiang.registry import Registry
from huaxiang.registry.health import uses

USE_DAYS = 30
"""How far back uses count."""


@dataclass(frozen=True)
class Use:
    """Segments and tags that name a tag in their definitions, and uses by kind in USE_DAYS."""

    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    counts: Mapping[str, int] | None = None


def uses_of(project: Project, registry: Registry) -> dict[str, Use]:
    """Return how each tag of the project is used; uses are counted back from today (UTC)."""
    counts = uses(registry, (datetime.now(UTC) - timedelta(days=USE_DAYS)).date())
    segments: dict[str, list[str]] = {}
    tags: dict[str, list[str]] = {}
    for code, condition in project.segments.conditions.items():
        for name in sorted(condition.names & project.tags.tags.keys()):
            segments.setdefault(name, []).append(code)
    for code in project.tags.tags:
        for name in sorted(project.tags.meanings[code].needs):
            tags.setdefault(name, []).append(code)
    return {
        code: Use(tuple(segments.get(code, ())), tuple(tags.get(code, ())), counts.get(code, {}))
        for code in project.tags.tags
    }
