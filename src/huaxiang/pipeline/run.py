"""What every run has: the project at a moment, its paths and clock, the lock, and how its result becomes current."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from huaxiang.clean.plan import CleanPlan
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import GIB, SQL_TYPES, Engine
from huaxiang.errors import DamagedError, DefinitionError, ProjectError, StepError
from huaxiang.holdings import differences, give_up_damaged, highest_build, noted_now
from huaxiang.identify.definition import IDENTITY_VERSION
from huaxiang.inbox.log import INBOX_FILE, Inbox
from huaxiang.lists import list_nodes
from huaxiang.pipeline.falling import Fall, asked, falls, refuse
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import NO_SOURCE, VAULT, Project, compile_sources
from huaxiang.registry import Build, Registry
from huaxiang.registry.marks import set_marks
from huaxiang.segment.segmentset import segment_hashes
from huaxiang.steps import Step, run_steps
from huaxiang.tag.tagset import definition_hashes
from huaxiang.words import Count, Words

STAGES = ("collect", "clean", "identify", "facts", "tag", "segment", "seal", "publish")
LOCK = "build.lock"
"""Held by whoever builds, below the store."""
KEEP_BUILDS = 2
"""The current build's file and the one before it, which `plan` and comparisons read."""

AHEAD = timedelta(days=1)
"""A build may be of a moment so far ahead: the end of today, wherever on earth that is."""

Watch = Callable[[str, float, str], None]
"""Told the stage, the fraction of it that is done (0 to 1), and a word on what is being done."""
Outcome = tuple[dict[str, Any], Sequence[tuple[str, str, Mapping[str, Any]]]]
"""What a run found, as its summary, and the quality of each source and column."""


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
    """What a build may use: memory of the warehouse in bytes, cores that clean (None = all).

    `accept_loss`: somebody has said that what is missing may be missing.
    """

    memory: int = 3 * GIB
    workers: int | None = None
    accept_loss: bool = False


def utc_now() -> datetime:
    """Return the present moment, UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def refuse_ahead(as_of: datetime, now: datetime) -> None:
    """Raise ProjectError when a moment that was asked for lies further ahead than AHEAD.

    What happens until then is not known: everybody would look as if they had stopped buying.
    """
    if as_of - now > AHEAD:
        days = (as_of - now).days
        raise ProjectError(
            Words(
                f"the moment {as_of:%Y-%m-%d %H:%M} UTC lies {days} {Count(days):day|days} ahead; "
                "a build may see one day ahead at most, as nobody knows what happens until then",
                f"基准时刻 {as_of:%Y-%m-%d %H:%M}（UTC）在 {days} 天之后；"
                "到那时会发生什么无从得知，最多只能晚于现在一天",
            )
        )


def store_paths(project: Project) -> dict[str, Path]:
    """Return where a project keeps its parts, builds, registry and vault."""
    store = project.store
    return {
        "parts": store / "parts", "builds": store / "builds", "registry": store / "registry.db",
        "vault": store / VAULT, "lock": store / LOCK, "spill": store / "spill",
    }  # fmt: skip


Stages = Callable[[Registry, Path, int, Build | None], Outcome]
"""What a run does with a number: (registry, warehouse file to write, number, the build before) → what it found."""


class Run:
    """One run over a project at a moment. `rebuilt`: why it is a full build though a refresh was asked for.

    `unread`: the parts that could not be read, as the summary tells them.
    """

    def __init__(self, project: Project, as_of: datetime, watch: Watch, settings: Settings) -> None:
        self.project, self.as_of, self.watch, self.settings = project.at(as_of), as_of, watch, settings
        self.paths = store_paths(project)
        self.clock = Clock()
        self.rebuilt: Words | None = None
        self.unread: list[dict[str, Any]] = []
        self.reads_all = True
        """Whether the rows of every part are read: then what they hold is looked at too, not only how long it is."""
        self.anew: str | None = None
        """The store for whose sake every part is read again."""
        self.mended: list[dict[str, str]] = []
        for name in ("parts", "builds", "spill"):
            self.paths[name].mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[Registry]:
        """Lend the registry to the block, while no other run of the project goes on. Raises ProjectError."""
        lock = FileLock(self.paths["lock"], timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise ProjectError(
                Words("another build of this project is running", "这个项目正在进行另一次构建")
            ) from None
        try:
            registry = Registry(self.paths["registry"])
            try:
                self._look(registry)
                yield registry
            finally:
                registry.close()
        finally:
            lock.release()

    def _look(self, registry: Registry) -> None:
        """Compare what the stores hold with what they should. Raises LossError for what only people can decide."""
        if self.settings.accept_loss:
            give_up_damaged(self.project.store, VAULT, INBOX_FILE)
        master = load_master_key(self.project.id, self.project.root)
        found = differences(self.project, registry, master)
        wanting = [each.words for each in found if each.asks]
        if wanting and not self.settings.accept_loss:
            raise asked(wanting)
        if any(each.store == VAULT for each in found):
            self.anew = VAULT
            self.rebuilt = Words(f"{VAULT} is not the one it was", f"{VAULT} 与此前不一致")

    def refuse_falls(self, found: Sequence[Fall]) -> None:
        """Raise LossError when any is deeper than the project allows, unless that was accepted."""
        if not self.settings.accept_loss:
            refuse(found, self.project.largest_loss)

    def numbered(self, registry: Registry, stages: Stages) -> Build:
        """Open the next build, run its stages and make it current; whatever ends them early, nothing has changed."""
        begun = time.perf_counter()
        previous = registry.current()
        number = registry.begin_build(self.as_of, after=highest_build(self.project)).id
        path = self.paths["builds"] / f"build-{number:06d}.duckdb"
        remove(path)
        # Asked before anything is collected: everything up to this event is sure to be read by every source.
        events = self._last_event()
        try:
            summary, quality = stages(registry, path, number, previous)
            if previous is not None:
                self.refuse_falls(falls(previous.summary, summary, earlier=self.as_of < previous.as_of))
        except BaseException:
            registry.fail_build(number)
            remove(path)
            raise
        if self.rebuilt is not None:
            summary["rebuilt"] = {"en": self.rebuilt.en, "zh": self.rebuilt.zh}
        if self.mended:
            summary["mended"] = self.mended
        summary["events"] = events
        summary["unread"] = self.unread
        summary["seconds"] = round(time.perf_counter() - begun, 3)
        summary["stages"] = {name: round(seconds, 3) for name, seconds in self.clock.stages.items()}
        summary["steps"] = {name: round(seconds, 3) for name, seconds in self.clock.steps.items()}
        registry.finish_build(number, summary, definitions(self.project), quality)
        set_marks(registry, noted_now(self.project, load_master_key(self.project.id, self.project.root)))
        self._tidy(registry)
        self.watch("publish", 1.0, "")
        return registry.build(number)

    def _last_event(self) -> int:
        if not self.project.doors:
            return 0
        with Inbox(self.project.inbox, load_master_key(self.project.id, self.project.root)) as inbox:
            return inbox.last

    def plans(self) -> dict[str, CleanPlan]:
        """Return how each source is cleaned.

        Raises DefinitionError with all faults its files' headers show, ProjectError when there is no source at all.
        """
        if not self.project.sources:
            raise ProjectError(NO_SOURCE)
        faults = Faults()
        # Which files cannot be read is found when they are, and stops the others from nothing.
        plans = compile_sources(self.project, self.as_of, faults, unread=Faults())
        if faults.found:
            raise DefinitionError(faults.found)
        return plans

    def engine(self, path: Path, at_most: int | None = None) -> Engine:
        """Open the warehouse file to write, with the memory that the settings allow and `at_most` so many bytes."""
        memory = min(self.settings.memory, at_most or self.settings.memory)
        return Engine(path, memory=memory, spill=self.paths["spill"])

    def file_of(self, build: Build | None) -> Path | None:
        """Return the warehouse file of a build, None when it is not there any more."""
        path = self.paths["builds"] / build.file if build else None
        if path is None or not path.exists():
            return None
        if self.settings.accept_loss and self._unreadable(path):
            return None
        return path

    def _unreadable(self, path: Path) -> bool:
        try:
            with Engine(path, read_only=True) as engine:
                engine.read_through()
                return engine.one("SELECT id FROM build") is None
        except (DamagedError, StepError):
            return True

    def steps(self, engine: Engine, stage: str, steps: Sequence[Step]) -> None:
        """Run the steps of a stage, watched and timed."""
        with self.clock.of(stage):
            self.watch(stage, 0.0, "")
            seconds = run_steps(engine, steps, lambda name, fraction: self.watch(stage, fraction, name))
        self.clock.steps |= {f"{stage}: {name}": each for name, each in seconds.items()}

    @contextmanager
    def beside(self, engine: Engine, stage: str, steps: Sequence[Step]) -> Iterator[None]:
        """Run steps of a stage on a second connection while the block goes on; both are done when it ends."""
        with ThreadPoolExecutor(1) as pool, engine.cursor() as second:
            running = pool.submit(run_steps, second, steps)
            yield
            self.clock.steps |= {f"{stage}: {name}": each for name, each in running.result().items()}

    def lists(self, engine: Engine) -> dict[str, Any]:
        """Stage the static lists of segments; return how many rows of each file were read."""
        master = load_master_key(self.project.id, self.project.root)
        nodes, counts = list_nodes(self.project.segments, self.project.root, master, self.project.identity.region)
        with engine.shown(_lists=nodes):
            engine.run("CREATE TEMP TABLE segment_lists AS SELECT * FROM _lists")
        return {each.segment: {"rows": each.rows, "invalid": list(each.invalid)} for each in counts}

    def _tidy(self, registry: Registry) -> None:
        """Remove what no build needs any more: files of older builds, folders of parts that were replaced."""
        keep = {each.file for each in registry.builds()[:KEEP_BUILDS]}
        for path in self.paths["builds"].iterdir():
            if path.name.split(".duckdb")[0] + ".duckdb" not in keep:
                remove(path)
        folders = {part.folder for part in registry.parts()}
        for path in self.paths["parts"].iterdir():
            if path.name not in folders:
                shutil.rmtree(path, ignore_errors=True)


def definitions(project: Project) -> dict[str, Any]:
    """Return the hashes of everything a build was made by."""
    return {
        "tags": definition_hashes(project.tags),
        "segments": segment_hashes(project.segments),
        "sources": {source.code: project.clean_hash(source) for source in project.sources},
        "ground": _ground(project.root),
        "identity": IDENTITY_VERSION,
    }


def remove(path: Path) -> None:
    """Remove a warehouse file and what belongs to it."""
    for each in (path, path.with_name(path.name + ".wal")):
        each.unlink(missing_ok=True)


def _ground(root: Path) -> str:
    """What every source and tag stands on: how people are joined, the tables of facts, and how values are kept."""
    files = [root / "identity.yaml", *sorted((root / "facts").rglob("*.y*ml"))]
    seen = blake2b(digest_size=12)
    seen.update(json.dumps(SQL_TYPES).encode())
    for path in files:
        seen.update(path.name.encode() + (path.read_bytes() if path.is_file() else b""))
    return seen.hexdigest()
