"""What a build is compared with: per tag the baseline and the build before, of the same definition only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.registry import Registry
from huaxiang.registry.health import earlier_builds, health_rows, pinned_baseline
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
    firsts, lasts = earlier_builds(registry, build, definitions)
    pinned = pinned_baseline(registry)
    wanted = {*firsts.values(), *lasts.values(), *([pinned] if pinned is not None and pinned <= build else [])}
    rows = {number: _same(registry, number, definitions) for number in wanted}
    baselines = {code: Past(number, rows[number][code]) for code, number in firsts.items()}
    if pinned in rows:
        baselines |= {code: Past(pinned, each) for code, each in rows[pinned].items() if each.known}
    return Pasts(baselines, {code: Past(number, rows[number][code]) for code, number in lasts.items()})


def trend(registry: Registry, code: str) -> list[Past]:
    """Return everything measured of a tag, the oldest build first, whatever its definition was."""
    return [Past(row.build, measured_of(row.measured)) for row in health_rows(registry, tag=code)]


def _same(registry: Registry, build: int, definitions: Mapping[str, str]) -> dict[str, Measured]:
    return {
        row.tag: measured_of(row.measured)
        for row in health_rows(registry, build=build)
        if definitions.get(row.tag) == row.measured["definition"]
    }
