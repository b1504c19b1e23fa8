"""Redrive: parts that hold quarantined rows are taken up again, under the rules as they are now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from huaxiang.pipeline import Watch, build, store_paths
from huaxiang.project import Project
from huaxiang.registry import Build, KnownPart, Registry


@dataclass(frozen=True)
class Redriven:
    """What came of it: parts read again, rows quarantined by rule before and after, and the build."""

    parts: int
    before: dict[str, int]
    after: dict[str, int]
    build: Build


def redrive(project: Project, *, source: str | None, rule: str | None, watch: Watch | None = None) -> Redriven | None:
    """Clean again every part with quarantined rows (of one source, or by one rule) and build.

    The rows' own files are read again, so whatever else was mended in them counts too. None when there is no such row.
    Raises what `build` raises.
    """
    registry = Registry(store_paths(project)["registry"])
    try:
        stopped = [
            part
            for part in registry.parts(source)
            if (rules := part.counts.get("quarantined", {})) and (rule is None or rule in rules)
        ]
        wanted = _with_their_slices(project, registry, stopped)
        if not wanted:
            return None
        before = _rules(registry, source)
        for part in wanted:
            # A part with no definition of its own is one that must be read again.
            registry.put_part(replace(part, definition=""))
    finally:
        registry.close()
    made = build(project, watch=watch)
    registry = Registry(store_paths(project)["registry"])
    try:
        return Redriven(len(wanted), before, _rules(registry, source), made)
    finally:
        registry.close()


def _with_their_slices(project: Project, registry: Registry, parts: list[KnownPart]) -> list[KnownPart]:
    """Return the parts to read again: of a source read by a cursor all of them, for a slice cannot be had alone."""
    grows = {source.code for source in project.sources if source.read.options.get("cursor")}
    whole = {part.source for part in parts} & grows
    return [part for part in parts if part.source not in whole] + [
        part for code in sorted(whole) for part in registry.parts(code)
    ]


def _rules(registry: Registry, source: str | None) -> dict[str, int]:
    found: Counter[str] = Counter()
    for part in registry.parts(source):
        found.update(part.counts.get("quarantined", {}))
    return dict(found)
