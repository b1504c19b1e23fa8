"""The build that is read: opened read-only, followed to the next one, closed when nobody reads it any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.errors import DefinitionError, ProjectError
from huaxiang.inputs.predictions import FOLDER as PREDICTIONS
from huaxiang.model import Type
from huaxiang.project import STORE, Project, load_project
from huaxiang.read.secrets import Secrets
from huaxiang.registry import Build, Registry
from huaxiang.tag.definition import Tag
from huaxiang.words import Words

T = TypeVar("T")
MEMORY = GIB
"""Enough for any page over a million customers; a build beside it needs the rest."""


@dataclass(frozen=True)
class CurrentBuild:
    """One build as everything reads it: its record, the project as defined then, an engine of this reader alone."""

    build: Build
    project: Project
    engine: Engine
    registry: Registry
    secrets: Secrets
    answers: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was asked before of this build: it never changes, so neither do its answers."""

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Return what `ask` returns, asked at most once a build (or twice, by two who ask at the same moment)."""
        if key not in self.answers:
            self.answers[key] = ask()
        answer: T = self.answers[key]
        return answer

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables this build has."""
        return frozenset(self.engine.tables())

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The tags that are defined and that this build has computed, in the order of their definitions."""
        there = self.engine.columns("tags") if "tags" in self.tables else {}
        return {code: tag for code, tag in self.project.tags.tags.items() if code in there}

    def is_compared(self, what: str, code: str) -> bool:
        """Tell whether the build before had a tag or segment (`what`: "tags", "segments") as it is defined in this one.

        Without that nobody can have changed: there is nothing to compare with.
        """
        now, before = (each.get(what, {}).get(code) for each in self._definitions)
        return now is not None and now == before

    @cached_property
    def _definitions(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """How this build's definitions hash, and those of the build before it."""
        before = next((each for each in self.registry.builds() if each.id < self.build.id), None)
        return self.build.definitions, before.definitions if before else {}

    def type_of(self, code: str) -> Type:
        """Return what a tag's value is."""
        return self.project.tags.types[code]

    @cached_property
    def files(self) -> dict[int, str]:
        """Part number → file name (relative to the project) of everything read."""
        return dict(self.engine.rows("SELECT part, name FROM parts"))

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return self.once("customers", lambda: int(self.engine.one("SELECT count(*) FROM subjects") or 0))


@dataclass
class _Opened:
    build: Build
    project: Project
    engine: Engine
    readers: int = 0
    answers: dict[Hashable, Any] = field(default_factory=dict)


class Warehouse:
    """The current build of a project, for many readers in many threads: `with warehouse.current() as current`."""

    def __init__(self, root: Path, project: Project | None = None, *, memory: int = MEMORY) -> None:
        """Open the project at `root`. Raises DefinitionError when its files are wrong; needs no build yet."""
        self.project = project or load_project(root)
        self._memory = memory
        self._lock = threading.Lock()
        self._registry: Registry | None = None
        self._opened: _Opened | None = None
        self._leaving: list[_Opened] = []
        self.secrets = Secrets(self.project)

    @contextmanager
    def current(self) -> Iterator[CurrentBuild]:
        """Lend the newest finished build to the block. Raises ProjectError when there is none yet."""
        opened, registry = self._borrow()
        engine = opened.engine.cursor()
        try:
            yield CurrentBuild(opened.build, opened.project, engine, registry, self.secrets, opened.answers)
        finally:
            engine.close()
            self._give_back(opened)

    def without_build(self) -> bool:
        """Return whether there is no build to read yet."""
        with self._lock:
            registry = self._known_registry()
            return registry is None or registry.current() is None

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            for each in [*self._leaving, *([self._opened] if self._opened else [])]:
                each.engine.close()
            self._opened, self._leaving = None, []
            if self._registry:
                self._registry.close()
                self._registry = None
        self.secrets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _borrow(self) -> tuple[_Opened, Registry]:
        with self._lock:
            registry = self._known_registry()
            build = registry.current() if registry else None
            if registry is None or build is None:
                raise _no_build()
            if self._opened is None or self._opened.build.id != build.id:
                self._open(build)
            opened = self._opened
            assert opened is not None
            opened.readers += 1
            return opened, registry

    def _known_registry(self) -> Registry | None:
        # Opening a registry makes its file: asking whether there is a build must not.
        path = self.project.root / STORE / "registry.db"
        if self._registry is None and path.is_file():
            self._registry = Registry(path)
        return self._registry

    def _open(self, build: Build) -> None:
        path = self.project.store / "builds" / build.file
        if not path.is_file():
            raise _no_build()
        if self._opened is not None:
            self._read_definitions()
            self._leaving.append(self._opened)
        reads = (self.project.store / PREDICTIONS,)
        engine = Engine(path, read_only=True, memory=self._memory, confined=reads)
        self._opened = _Opened(build, self.project.at(build.as_of), engine)
        self._sweep()

    def _read_definitions(self) -> None:
        # A later build may have been made from changed definitions; wrong ones cannot have made it.
        try:
            self.project = load_project(self.project.root)
        except DefinitionError:
            return

    def _give_back(self, opened: _Opened) -> None:
        with self._lock:
            opened.readers -= 1
            self._sweep()

    def _sweep(self) -> None:
        for each in [each for each in self._leaving if each.readers == 0]:
            each.engine.close()
            self._leaving.remove(each)


@contextmanager
def current_build(root: Path, project: Project | None = None) -> Iterator[CurrentBuild]:
    """Lend the newest build of the project at `root`, once: for commands. Raises ProjectError when there is none."""
    with Warehouse(root, project) as warehouse, warehouse.current() as current:
        yield current


def _no_build() -> ProjectError:
    return ProjectError(
        Words(
            "this project has not been built yet: run  huaxiang build",
            "这个项目还没有构建过：请运行 huaxiang build",
        )
    )
