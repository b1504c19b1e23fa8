"""A plan before an apply: what the definitions as they are now would change, against the current build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huaxiang.collect.changes import by_source, find_changes, there
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError, ProjectError
from huaxiang.inputs.predictions import FOLDER as PREDICTIONS
from huaxiang.inputs.stage import check_inputs, context_of, stage_inputs
from huaxiang.pipeline import store_paths
from huaxiang.project import Project, compile_sources
from huaxiang.registry import Build, KnownPart, Registry
from huaxiang.segment.plan import plan_segment_changes
from huaxiang.tag.kinds.base import input_table
from huaxiang.tag.plan import known_hashes, plan_changes
from huaxiang.tag.tagset import definition_hashes
from huaxiang.words import Words


@dataclass(frozen=True)
class Change:
    """What would become of one definition: `kind` "tag" or "segment", `what` "new", "changed" or "gone".

    `customers` of `of` would have another value (for a segment: would enter or leave).
    """

    kind: str
    code: str
    what: str
    customers: int
    of: int


@dataclass(frozen=True)
class Plan:
    """All that would change: definitions, and how many parts of sources are new, changed, gone or unread."""

    build: int
    changes: tuple[Change, ...]
    parts: Mapping[str, int]


def plan_project(project: Project) -> Plan:
    """Compare the project with its current build; nothing is written.

    Raises DefinitionError for faults, ProjectError when there is no build to compare with.
    """
    paths = store_paths(project)
    registry = Registry(paths["registry"])
    try:
        build = registry.current()
        if build is None:
            raise ProjectError(
                Words(
                    "there is no build to compare with yet: huaxiang build",
                    "还没有可比较的构建，请先运行 huaxiang build",
                )
            )
        return _planned(project, registry, build, by_source(registry.parts()))
    finally:
        registry.close()


def _planned(project: Project, registry: Registry, build: Build, known: Mapping[str, list[KnownPart]]) -> Plan:
    project = project.at(build.as_of)
    paths, faults = store_paths(project), Faults()
    compile_sources(project, build.as_of, faults, unread=Faults())
    check_inputs(project, faults)
    if faults.found:
        raise DefinitionError(faults.found)
    parts: Counter[str] = Counter()
    for source in project.sources:
        definition, mine = project.clean_hash(source), known.get(source.code, [])
        found = find_changes(source.code, source.read, project.root, definition, mine, there(paths["parts"]))
        parts.update(each.what for each in found.found if each.to_read)
        parts["unread"] += sum(each.what == "unread" for each in found.found)
        parts["gone"] += len(found.gone)
    with Engine(paths["builds"] / build.file, read_only=True, spill=paths["spill"], confined=_reads(project)) as engine:
        context = context_of(project, registry, engine, build.as_of, temporary=True)
        for code, each in stage_inputs(context, project.tags, _not_staged(engine, project)).items():
            if each["failed"]:
                faults.add(project.tags.tags[code].place, each["failed"]["en"], each["failed"]["zh"])
        if faults.found:
            raise DefinitionError(faults.found)
        tags = plan_changes(engine, project.tags, build.as_of, project.zone, build.id)
        segments = plan_segment_changes(engine, project.segments, build.as_of, project.zone)
        customers = int(engine.one("SELECT count(*) FROM subjects"))
    changes = [Change("tag", each.code, each.what, each.customers, each.of) for each in tags]
    changes += [Change("segment", each.code, each.what, each.entering + each.leaving, customers) for each in segments]
    return Plan(build.id, tuple(each for each in changes if each.what != "same"), {k: n for k, n in parts.items() if n})


def _reads(project: Project) -> tuple[Path, ...]:
    return (project.store / PREDICTIONS,)


def _not_staged(engine: Engine, project: Project) -> list[str]:
    """Return the tags whose staged values the build at hand does not have: those that are new or mean another thing."""
    before, tables = known_hashes(engine) or {}, engine.tables()
    hashes = definition_hashes(project.tags)
    return [code for code, hash_ in hashes.items() if before.get(code) != hash_ or input_table(code) not in tables]
