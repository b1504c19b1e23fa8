"""What each kind of job does; every function returns what came of it, as the job's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from huaxiang.engine.duckdb import GIB
from huaxiang.errors import HuaxiangError, ProjectError
from huaxiang.jobs.stages import WAIT
from huaxiang.live.worker import make_base
from huaxiang.pipeline import LOCK, Settings, Watch, build, refresh, store_paths
from huaxiang.project import REGISTRY, STORE, Project, load_project
from huaxiang.read.current import Warehouse
from huaxiang.registry import Registry
from huaxiang.registry.jobs import Kind
from huaxiang.scaffold import ensure_id, ensure_key
from huaxiang.watch import load_watching, measure
from huaxiang.words import Words

Work = Callable[[Path, Mapping[str, Any], Watch], dict[str, Any]]
_MEASURING = 3 * GIB
_LOOK = 0.25


def build_all(root: Path, asked: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    """Build everything and measure it; return {"build": its number, …}. Raises what `pipeline.build` raises."""
    project = _ready(root, watch)
    made = build(project, as_of=_as_of(asked), watch=watch, settings=_settings(asked))
    return {"build": made.id, **_measured(project, watch)}


def bring_to_now(root: Path, asked: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    """Refresh and measure; return {"build": its number, …}. Raises what `pipeline.refresh` raises."""
    project = _ready(root, watch)
    made = refresh(project, as_of=_as_of(asked), watch=watch, settings=_settings(asked))
    return {"build": made.id, **_measured(project, watch)}


def measure_tags(root: Path, asked: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    """Measure the tags of the current build; return {"build": its number, "alerts": how many wait}."""
    return _measure(load_project(root), watch)


def write_base(root: Path, asked: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    """Write the base of the current build, if it is not there; return {"build": its number}. Raises ProjectError."""
    registry = Registry(root / STORE / REGISTRY)
    try:
        current = registry.current()
    finally:
        registry.close()
    if current is None:
        raise ProjectError(Words("there is no build yet", "还没有构建"))
    watch("base", 0.0, "")
    make_base(root, current.id)
    return {"build": current.id}


def _ready(root: Path, watch: Watch) -> Project:
    """Return the project, with an id and a key of its own, once no other run of it goes on."""
    _wait(root / STORE / LOCK, watch)
    project = load_project(root)
    load_watching(project)
    if ensure_id(root, project.code):
        project = load_project(root)
    ensure_key(project.id, root, store_paths(project)["vault"])
    return project


def _wait(path: Path, watch: Watch) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            return
    except Timeout:
        watch(WAIT, 0.0, "")
    # A build begun without the server, from the command line, holds it.
    with FileLock(path).acquire(poll_interval=_LOOK):
        return


def _measured(project: Project, watch: Watch) -> dict[str, Any]:
    """Measure a build just made, which stands whatever becomes of its measuring."""
    try:
        return _measure(project, watch)
    except HuaxiangError as error:
        return {"not_measured": {"en": error.words.en, "zh": error.words.zh}}
    except KeyboardInterrupt:
        return {"not_measured": {"en": "measuring was stopped", "zh": "测量已停止"}}


def _measure(project: Project, watch: Watch) -> dict[str, Any]:
    rules = load_watching(project)
    with Warehouse(project.root, project, memory=_MEASURING) as warehouse, warehouse.current() as current:
        found = measure(current, watching=rules, progress=lambda done, what: watch("watch", done, what))
    return {"build": found.build, "alerts": sum(alert.open for alert in found.alerts)}


def _settings(asked: Mapping[str, Any]) -> Settings:
    memory, workers = asked.get("memory"), asked.get("workers")
    return Settings(
        memory=int(memory) if memory else 3 * GIB,
        workers=int(workers) if workers else None,
        accept_loss=bool(asked.get("accept_loss")),
    )


def _as_of(asked: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(asked["as_of"]) if asked.get("as_of") else None


WORK: Mapping[Kind, Work] = {
    Kind.BUILD: build_all,
    Kind.REFRESH: bring_to_now,
    Kind.HEALTH: measure_tags,
    Kind.BASE: write_base,
}
"""What is run for each kind of job."""
