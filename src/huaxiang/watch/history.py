"""What a build is compared with: per tag the baseline and the build before, of the same definition only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from huaxiang.registry import Registry
from huaxiang.registry.health import HealthRow, health_rows, measured_builds, pinned_baseline
from huaxiang.watch.measured import Measured, measured_of


@dataclass(frozen=True)
class Past:
    """One earlier measurement and its build."""

    build: int
    measured: Measured


@dataclass(frozen=True)
class Pasts:
    """Per tag: what it is compared with, and the build before; a tag without one is not in the mapping."""

    baselines: Mapping[str, Past]
    before: Mapping[str, Past]


def pasts(registry: Registry, build: int, definitions: Mapping[str, str]) -> Pasts:
    """Return what the tags of a build are compared with.

    `definitions` are the hashes of the tags as this build computed them: a tag that meant something else then is not
    compared, for it would be its definition that drifted. The baseline is the pinned build where it knows the tag in
    this definition, else the first build at which any value was known.
    """
    earlier = [each for each in measured_builds(registry) if each < build]
    pinned = pinned_baseline(registry)
    before: dict[str, Past] = {}
    baselines: dict[str, Past] = {}
    for number in reversed(earlier):
        for code, past in _of(registry, number, definitions):
            before.setdefault(code, past)
        if before.keys() >= definitions.keys():
            break
    for number in [*([pinned] if pinned is not None and pinned <= build else []), *earlier]:
        if baselines.keys() >= before.keys() and number != pinned:
            break
        for code, past in _of(registry, number, definitions):
            if past.measured.known:
                baselines.setdefault(code, past)
    return Pasts(baselines, before)


def trend(registry: Registry, code: str) -> list[Past]:
    """Return everything measured of a tag, the oldest build first, whatever its definition was."""
    return [Past(row.build, measured_of(row.measured)) for row in health_rows(registry, tag=code)]


def _of(registry: Registry, build: int, definitions: Mapping[str, str]) -> Iterable[tuple[str, Past]]:
    return ((row.tag, Past(build, measured_of(row.measured))) for row in _same(registry, build, definitions))


def _same(registry: Registry, build: int, definitions: Mapping[str, str]) -> Iterable[HealthRow]:
    return (
        row for row in health_rows(registry, build=build) if definitions.get(row.tag) == row.measured.get("definition")
    )
