"""A build: the stages in order, from raw files to one explained profile per customer.

Enters: a project and a moment. Leaves: a warehouse file that is complete and current, or nothing at all: a build is
written to a file of its own, and becomes the current one in a single commit of the registry (docs/decisions/0002).
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from huaxiang.clean.part import CleanResult, CleanTask, clean_parts
from huaxiang.clean.plan import CleanPlan
from huaxiang.collect.changes import Found, by_source, find_changes
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import GIB, Engine, quoted
from huaxiang.errors import CountError, DefinitionError, ProjectError
from huaxiang.facts.compile import Cleaned, compile_facts, compile_inputs
from huaxiang.identify.compile import compile_identity
from huaxiang.inputs.stage import context_of, stage_inputs
from huaxiang.lists import list_nodes
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.project import VAULT, Project, compile_sources
from huaxiang.quality import quality_rows
from huaxiang.registry import Build, KnownPart, Registry
from huaxiang.seal.settle import settle
from huaxiang.segment.compile import compile_segments
from huaxiang.segment.segmentset import segment_hashes
from huaxiang.steps import SqlStep, Step, run_steps
from huaxiang.tag.compile import compile_tags
from huaxiang.tag.tagset import definition_hashes
from huaxiang.words import Words

STAGES = ("collect", "clean", "identify", "facts", "tag", "segment", "seal", "publish")
KEEP_BUILDS = 2
"""The current build's file and the one before it, which `plan` and comparisons read."""
_SMALL = 48 << 20
"""Below this many bytes of input, starting worker processes costs more than it saves."""
_BUNDLE = 8 << 20
"""A worker is handed parts of at least this many bytes together: each hand-over has a fixed cost."""
_HISTORIES = {
    "tag_changes": "tag_changes_new",
    "segment_moves": "segment_moves_new",
    "merges": "merges_new",
    "splits": "splits_new",
}

Watch = Callable[[str, float, str], None]
"""Told the stage, the fraction of it that is done (0 to 1), and a word on what is being done."""


@dataclass
class Clock:
    """Seconds by stage and step."""

    stages: dict[str, float] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.stages[stage] = self.stages.get(stage, 0.0) + time.perf_counter() - begun


@dataclass(frozen=True)
class Settings:
    """What a build may use: memory of the warehouse in bytes, worker processes (None = one a core)."""

    memory: int = 3 * GIB
    workers: int | None = None


def utc_now() -> datetime:
    """Return the present moment, UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def store_paths(project: Project) -> dict[str, Path]:
    """Return where a project keeps its parts, builds, registry and vault."""
    store = project.store
    return {
        "parts": store / "parts", "builds": store / "builds", "registry": store / "registry.db",
        "vault": store / VAULT, "lock": store / "build.lock", "spill": store / "spill",
    }  # fmt: skip


def build(
    project: Project, *, as_of: datetime | None = None, watch: Watch | None = None, settings: Settings | None = None
) -> Build:
    """Run every stage and make the result current; return the build.

    Raises DefinitionError for faults found only when the files' headers are seen, ProjectError when another build is
    running, CountError when rows do not add up. Whatever ends it early, the last build stays as it was.
    """
    return _Run(project, as_of or utc_now(), watch or (lambda *_: None), settings or Settings()).build()


class _Run:
    def __init__(self, project: Project, as_of: datetime, watch: Watch, settings: Settings) -> None:
        self.project, self.as_of, self.watch, self.settings = project.at(as_of), as_of, watch, settings
        self.paths = store_paths(project)
        self.clock = Clock()
        for name in ("parts", "builds", "spill"):
            self.paths[name].mkdir(parents=True, exist_ok=True)

    def build(self) -> Build:
        try:
            with FileLock(self.paths["lock"], timeout=0):
                return self._locked()
        except Timeout:
            raise ProjectError(
                Words("another build of this project is running", "这个项目正在进行另一次构建")
            ) from None

    def _locked(self) -> Build:
        registry = Registry(self.paths["registry"])
        try:
            plans = self._plans()
            previous = registry.current()
            number = registry.begin_build(self.as_of).id
            try:
                return self._stages(registry, plans, number, previous)
            except BaseException:
                registry.fail_build(number)
                _remove(self.paths["builds"] / f"build-{number:06d}.duckdb")
                raise
        finally:
            registry.close()

    def _plans(self) -> dict[str, CleanPlan]:
        faults = Faults()
        plans = compile_sources(self.project, self.as_of, faults)
        if faults.found:
            raise DefinitionError(faults.found)
        return plans

    def _stages(self, registry: Registry, plans: Mapping[str, CleanPlan], number: int, previous: Build | None) -> Build:
        begun = time.perf_counter()
        master = load_master_key(self.project.id, self.project.root)
        with self.clock.of("collect"):
            found, gone = self._collect(registry)
        with Vault(self.paths["vault"], master) as vault:
            vault.check()
            with self.clock.of("clean"):
                self._clean(registry, plans, found)
                vault.drop_pending([str(part.id) for part in gone])
                registry.drop_parts(part.id for part in gone)
            parts = self._cleaned(registry)
            path = self.paths["builds"] / f"build-{number:06d}.duckdb"
            _remove(path)
            with Engine(path, memory=self.settings.memory, spill=self.paths["spill"]) as engine:
                summary = self._warehouse(engine, vault, parts, registry, number, previous)
                quality = quality_rows(engine, self.project, parts, summary["sources"])
        summary["seconds"] = round(time.perf_counter() - begun, 3)
        summary["stages"] = {name: round(seconds, 3) for name, seconds in self.clock.stages.items()}
        summary["steps"] = {name: round(seconds, 3) for name, seconds in self.clock.steps.items()}
        registry.finish_build(number, summary, self._definitions(), quality)
        self._tidy(registry)
        self.watch("publish", 1.0, "")
        return registry.build(number)

    def _collect(self, registry: Registry) -> tuple[list[Found], list[KnownPart]]:
        known = by_source(registry.parts())
        found: list[Found] = []
        gone: list[KnownPart] = []
        for place, source in enumerate(self.project.sources):
            self.watch("collect", place / len(self.project.sources), source.code)
            changes = find_changes(
                source.code, source.read, self.project.root, self.project.clean_hash(source),
                known.get(source.code, []), self.paths["parts"],
            )  # fmt: skip
            found += changes.found
            gone += changes.gone
        codes = {source.code for source in self.project.sources}
        gone += [part for code, parts in known.items() if code not in codes for part in parts]
        return found, gone

    def _clean(self, registry: Registry, plans: Mapping[str, CleanPlan], found: Sequence[Found]) -> None:
        read_at = utc_now().isoformat(timespec="seconds")
        for each in found:
            if each.what == "copy":
                number = registry.reserve_part(each.source, each.part.name, each.part.order)
                registry.put_part(_known(each, number, "", read_at, {"rows": 0, "facts": 0}))
        tasks = []
        for each in found:
            if each.to_read:
                number = registry.reserve_part(each.source, each.part.name, each.part.order)
                folder = self.paths["parts"] / f"{each.source}-{number}-{each.fingerprint[:12]}{each.definition[:6]}"
                task = CleanTask(
                    self.project.root, self.project.id, self.paths["vault"], plans[each.source], each.part, number,
                    folder, read_at,
                )  # fmt: skip
                tasks.append((each, task))
        sizes = {task.number: _size(self.project.root, task.part.name) for _, task in tasks}
        tasks.sort(key=lambda pair: -sizes[pair[1].number])
        whole, done = sum(sizes.values()) or 1, 0
        for each, task, result in self._cleaning(tasks, sizes):
            counts = result.counts()
            registry.put_part(_known(each, task.number, task.folder.name, read_at, counts))
            done += sizes[task.number]
            self.watch("clean", done / whole, each.part.name)

    def _cleaning(
        self, tasks: Sequence[tuple[Found, CleanTask]], sizes: Mapping[int, int]
    ) -> Iterator[tuple[Found, CleanTask, CleanResult]]:
        workers = min(self.settings.workers or os.cpu_count() or 1, len(tasks))
        if workers <= 1 or sum(sizes.values()) < _SMALL:
            results = clean_parts(task for _, task in tasks)
            for each, task in tasks:
                self.watch("clean", -1.0, each.part.name)
                yield each, task, next(results)
            return
        # A fresh interpreter per worker: forking a process that holds engines and threads is not safe.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        by_number = {task.number: (each, task) for each, task in tasks}
        try:
            waiting = {
                pool.submit(_clean_bundle, [_one_core(task) for task in bundle])
                for bundle in _bundles([task for _, task in tasks], sizes)
            }
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    for number, result in future.result():
                        yield *by_number[number], result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _cleaned(self, registry: Registry) -> list[Cleaned]:
        tables = {source.code: source.into.name for source in self.project.sources}
        return [
            Cleaned(part, tables[part.source], self.paths["parts"] / part.folder)
            for part in registry.parts()
            if part.folder and part.source in tables
        ]

    def _warehouse(
        self,
        engine: Engine,
        vault: Vault,
        parts: list[Cleaned],
        registry: Registry,
        number: int,
        previous: Build | None,
    ) -> dict[str, Any]:
        before = self.paths["builds"] / previous.file if previous else None
        has_previous = before is not None and before.exists()
        if before is not None and has_previous:
            engine.attach(before, "previous")
        project, at = self.project, self.as_of
        self._steps(engine, "identify", [
            *compile_inputs(parts),
            *_previous_ids(has_previous),
            *compile_identity(project.identity, build=number, at=at, has_previous=has_previous),
        ])  # fmt: skip
        nodes = engine.arrow("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL")
        # Sealing needs the identifiers alone: it goes on beside the stages that only run SQL.
        with ThreadPoolExecutor(1) as beside:
            sealing = beside.submit(settle, vault, nodes)
            del nodes
            self._steps(engine, "facts", compile_facts(parts, project.model))
            with self.clock.of("tag"):
                self.watch("tag", 0.0, "")
                inputs = stage_inputs(context_of(project, registry, engine, at), project.tags)
            hashes = previous.definitions.get("tags", {}) if previous and has_previous else None
            self._steps(engine, "tag", compile_tags(
                project.tags, as_of=at, zone=project.zone, engine=engine, previous=hashes, build=number
            ))  # fmt: skip
            lists = self._lists(engine)
            self._steps(engine, "segment", compile_segments(
                project.segments, engine=engine, as_of=at, zone=project.zone, build=number, has_previous=has_previous
            ))  # fmt: skip
            with self.clock.of("seal"):
                self.watch("seal", 0.0, "")
                sealed = sealing.result()
        with self.clock.of("publish"):
            self.watch("publish", 0.0, "")
            _histories(engine, has_previous)
            summary = _summary(engine, parts, project)
            summary |= {"sealed": sealed, "lists": lists, "inputs": inputs}
            engine.run("CREATE TABLE build AS SELECT ? AS id, CAST(? AS TIMESTAMP) AS as_of", [number, at.isoformat()])
            engine.run("CHECKPOINT")
        return summary

    def _steps(self, engine: Engine, stage: str, steps: Sequence[Step]) -> None:
        with self.clock.of(stage):
            self.watch(stage, 0.0, "")
            seconds = run_steps(engine, steps, lambda name, fraction: self.watch(stage, fraction, name))
        self.clock.steps |= {f"{stage}: {name}": each for name, each in seconds.items()}

    def _lists(self, engine: Engine) -> dict[str, Any]:
        master = load_master_key(self.project.id, self.project.root)
        nodes, counts = list_nodes(self.project.segments, self.project.root, master)
        with engine.shown(_lists=nodes):
            engine.run("CREATE TEMP TABLE segment_lists AS SELECT * FROM _lists")
        return {each.segment: {"rows": each.rows, "invalid": list(each.invalid)} for each in counts}

    def _definitions(self) -> dict[str, Any]:
        project = self.project
        return {
            "tags": definition_hashes(project.tags),
            "segments": segment_hashes(project.segments),
            "sources": {source.code: project.clean_hash(source) for source in project.sources},
        }

    def _tidy(self, registry: Registry) -> None:
        """Remove what no build needs any more: files of older builds, folders of parts that were replaced."""
        keep = {each.file for each in registry.builds()[:KEEP_BUILDS]}
        for path in self.paths["builds"].iterdir():
            if path.name.split(".duckdb")[0] + ".duckdb" not in keep:
                _remove(path)
        folders = {part.folder for part in registry.parts()}
        for path in self.paths["parts"].iterdir():
            if path.name not in folders:
                shutil.rmtree(path, ignore_errors=True)


def _clean_bundle(tasks: Sequence[CleanTask]) -> list[tuple[int, CleanResult]]:
    return [(task.number, result) for task, result in zip(tasks, clean_parts(tasks), strict=True)]


def _bundles(tasks: Sequence[CleanTask], sizes: Mapping[int, int]) -> Iterator[list[CleanTask]]:
    """Put small parts together, for a worker to clean in one go; `tasks` are the largest first."""
    bundle: list[CleanTask] = []
    held = 0
    for task in tasks:
        bundle.append(task)
        held += sizes[task.number]
        if held >= _BUNDLE:
            yield bundle
            bundle, held = [], 0
    if bundle:
        yield bundle


def _one_core(task: CleanTask) -> CleanTask:
    return CleanTask(
        task.root, task.project_id, task.vault, task.plan, task.part, task.number, task.folder, task.read_at,
        threads=1, memory=int(1.5 * GIB),
    )  # fmt: skip


def _known(found: Found, number: int, folder: str, read_at: str, counts: Mapping[str, Any]) -> KnownPart:
    return KnownPart(
        number, found.source, found.part.name, found.part.order, found.part.signature, found.fingerprint,
        found.definition, folder, found.part.state, found.copy_of, read_at, counts,
    )  # fmt: skip


def _size(root: Path, name: str) -> int:
    path = root / name.split("#", maxsplit=1)[0]
    return path.stat().st_size if path.is_file() else 1 << 20


def _remove(path: Path) -> None:
    for each in (path, path.with_name(path.name + ".wal")):
        each.unlink(missing_ok=True)


def _previous_ids(has_previous: bool) -> list[Step]:
    if not has_previous:
        return []
    identifiers = "SELECT node, subject FROM previous.identifiers WHERE subject IS NOT NULL"
    return [
        SqlStep(
            "previous identifiers", f"CREATE TEMP VIEW previous_identifiers AS {identifiers}", "previous_identifiers"
        ),
        SqlStep(
            "previous subjects",
            "CREATE TEMP VIEW previous_subjects AS SELECT subject, since FROM previous.subjects",
            "previous_subjects",
        ),
    ]


def _histories(engine: Engine, has_previous: bool) -> None:
    """Carry on what happened in earlier builds."""
    before = (
        {name for (name,) in engine.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'previous'")}
        if has_previous
        else set()
    )
    for name, new in _HISTORIES.items():
        old = f"SELECT * FROM previous.{name} UNION ALL BY NAME " if name in before else ""
        engine.run(f"CREATE TABLE {name} AS {old}SELECT * FROM {new}", step=f"history of {name}")
        engine.run(f"DROP TABLE {new}", step=f"history of {name}")


def _summary(engine: Engine, parts: Sequence[Cleaned], project: Project) -> dict[str, Any]:
    """Return what the build found, from its own tables, and assert that no row vanished."""
    by_source: dict[str, dict[str, int]] = {
        source.code: {"rows": 0, "facts": 0, "duplicates": 0, "quarantined": 0} for source in project.sources
    }
    for each in parts:
        by_source[each.part.source]["rows"] += int(each.part.counts["rows"])
    facts = {}
    for name in project.model.facts:
        facts[name] = engine.one(f"SELECT count(*) FROM {quoted(name)}")
        for source, count in engine.rows(f"SELECT CAST(source AS VARCHAR), count(*) FROM {quoted(name)} GROUP BY 1"):
            by_source[source]["facts"] += count
    for source, count in engine.rows("SELECT source, count(*) FROM duplicates GROUP BY source"):
        by_source[source]["duplicates"] += count
    for source, count in engine.rows("SELECT source, count(*) FROM quarantine WHERE fate = 'row' GROUP BY source"):
        by_source[source]["quarantined"] += count
    for source, counts in by_source.items():
        _add_up(source, counts)
    totals = {name: sum(counts[name] for counts in by_source.values()) for name in next(iter(by_source.values()), {})}
    return totals | {
        "sources": by_source,
        "fact_tables": facts,
        "identifiers": engine.one("SELECT count(*) FROM identifiers"),
        "joined": engine.one("SELECT count(*) FROM identifiers WHERE state = 'joined'"),
        "set_aside": engine.one("SELECT count(*) FROM set_aside"),
        "customers": engine.one("SELECT count(*) FROM subjects"),
        "tags": len(project.tags.order),
        "segments": len(project.segments.segments),
    }


def _add_up(source: str, counts: Mapping[str, int]) -> None:
    away = counts["facts"] + counts["duplicates"] + counts["quarantined"]
    if counts["rows"] != away:
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise CountError(
            Words(
                f"rows of source {source!r} do not add up ({shown}); the build was not made current",
                f"来源“{source}”的行数对不上（{shown}），本次构建没有生效",
            )
        )
