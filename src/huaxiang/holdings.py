"""What a project's stores should hold, by what is known elsewhere, compared with what they do hold.

A loss leaves traces: the registry knows what vault and inbox held at the last build, a build's file bears its number,
the live store knows which events there were. Whoever begins a build, serves, or asks the doctor looks here first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huaxiang.damage import damaged, named, set_aside
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.errors import DamagedError, HuaxiangError
from huaxiang.inbox.log import Inbox, InboxError
from huaxiang.privacy.keys import MasterKey, key_check
from huaxiang.privacy.storage import standing
from huaxiang.project import Project
from huaxiang.registry import Build, Registry
from huaxiang.registry.marks import INBOX, KEY, VAULT, marks
from huaxiang.serving.base import read_meta
from huaxiang.serving.store import LiveStore
from huaxiang.stores import BASES, BUILDS, INBOX_FILE, REGISTRY, STORE_FILE, STORES
from huaxiang.stores import VAULT as VAULT_FILE
from huaxiang.words import Words


@dataclass(frozen=True)
class Difference:
    """A store that does not hold what it should: its file's name, what differs and what to do.

    `asks`: a build may go on only if somebody accepts the loss; otherwise it mends this by itself.
    """

    store: str
    words: Words
    asks: bool


def differences(project: Project, registry: Registry, master: MasterKey) -> list[Difference]:
    """Return what differs, cheaply: no file is read through. Waits for nobody, and writes nothing."""
    noted = marks(registry)
    current = registry.current()
    return [
        *_registry(project, registry),
        *_warehouse(project, current),
        *_vault(project, noted.get(VAULT)),
        *_inbox(project, noted.get(INBOX), current, master),
    ]


def noted_now(project: Project, master: MasterKey) -> dict[str, dict[str, Any]]:
    """Return the marks of a project as its stores are now, for the registry to keep. Raises what opening them does."""
    found: dict[str, dict[str, Any]] = {KEY: {"check": key_check(master)}}
    vault, written, shredded = standing(project.store / VAULT_FILE)
    found[VAULT] = {"id": vault, "written": written, "shredded": shredded}
    if project.inbox.exists():
        with Inbox(project.inbox, master) as inbox:
            found[INBOX] = {"id": inbox.id, "last": inbox.last}
    return found


def last_known_event(project: Project, registry: Registry) -> int:
    """Return the highest number of an event that anything but the inbox has seen; 0 when none."""
    current = registry.current()
    noted, built = marks(registry).get(INBOX, {}).get("last", 0), current.summary.get("events", 0) if current else 0
    return max(int(noted), int(built), _applied(project), *(_events(each) for each in _bases(project)))


def highest_build(project: Project) -> int:
    """Return the highest number of a build that any file bears: none may be given twice."""
    numbers = [_number(path) for path in [*(project.store / BUILDS).glob("build-*"), *_bases(project)]]
    return max([0, *numbers])


def _registry(project: Project, registry: Registry) -> Iterator[Difference]:
    files, last = highest_build(project), registry.last_number()
    if files > last:
        lost = _lost(REGISTRY)
        gone = last == 0
        yield Difference(
            REGISTRY,
            Words(
                f"{REGISTRY} {'is gone or empty' if gone else 'is an older copy'}: there is a file of build {files}, "
                f"and it knows {'none' if gone else f'{last} at most'}; {lost.en}",
                f"{REGISTRY} {'已丢失或为空' if gone else '是较旧的副本'}：存在第 {files} 次构建的文件，"
                f"而它{'不知道任何构建' if gone else f'最多只知道第 {last} 次'}；{lost.zh}",
            ),
            asks=True,
        )


def _warehouse(project: Project, current: Build | None) -> Iterator[Difference]:
    if current is None:
        return
    path = project.store / BUILDS / current.file
    name, lost = f"{BUILDS}/{current.file}", _lost(BUILDS)
    if not path.exists():
        words = Words(f"{name}, the current build, is gone: {lost.en}", f"当前构建 {name} 已丢失：{lost.zh}")
        yield Difference(name, words, asks=True)
        return
    try:
        with Engine(path, read_only=True, memory=GIB) as engine:
            number = int(engine.one("SELECT id FROM build") or 0)
    except HuaxiangError as error:
        fault = error if isinstance(error, DamagedError) else damaged(path)
        yield Difference(name, fault.words, asks=True)
        return
    if number != current.id:
        words = Words(
            f"{name} holds build {number}, not build {current.id}: {lost.en}",
            f"{name} 的内容是第 {number} 次构建，而不是第 {current.id} 次：{lost.zh}",
        )
        yield Difference(name, words, asks=True)


def _vault(project: Project, noted: Mapping[str, Any] | None) -> Iterator[Difference]:
    if noted is None:
        return
    path, lost = project.store / VAULT_FILE, _lost(VAULT_FILE)
    # What was erased comes back with what is read again: that is for people to decide.
    asks = bool(noted.get("shredded"))
    again = (
        Words(lost.en, lost.zh)
        if asks
        else Words("the next build reads every source again", "下一次构建会重新读取全部来源")
    )
    if not path.exists():
        words = Words(f"{VAULT_FILE} is gone: {again.en}", f"{VAULT_FILE} 已丢失：{again.zh}")
        yield Difference(VAULT_FILE, words, asks)
        return
    try:
        vault, written, _ = standing(path)
    except HuaxiangError as fault:
        yield Difference(VAULT_FILE, fault.words, asks=True)
        return
    behind = int(noted["written"]) - written
    if vault != noted["id"]:
        words = Words(
            f"{VAULT_FILE} is another vault than the last build wrote, or an empty one: {again.en}",
            f"{VAULT_FILE} 不是上次构建写入的保险库，或者是空的：{again.zh}",
        )
        yield Difference(VAULT_FILE, words, asks)
    elif behind > 0:
        words = Words(
            f"{VAULT_FILE} is an older copy ({behind} changes behind): {again.en}",
            f"{VAULT_FILE} 是较旧的副本（缺少 {behind} 次改动）：{again.zh}",
        )
        yield Difference(VAULT_FILE, words, asks)


def _inbox(
    project: Project, noted: Mapping[str, Any] | None, current: Build | None, master: MasterKey
) -> Iterator[Difference]:
    known = max(
        int(noted["last"]) if noted else 0, int(current.summary.get("events", 0)) if current else 0, _applied(project)
    )
    if not known:
        return
    lost = _lost(INBOX_FILE)
    if not project.inbox.exists():
        words = Words(
            f"{INBOX_FILE} is gone: it held events up to number {known}; {lost.en}",
            f"{INBOX_FILE} 已丢失：其中应有编号到 {known} 的事件；{lost.zh}",
        )
        yield Difference(INBOX_FILE, words, asks=True)
        return
    try:
        with Inbox(project.inbox, master) as inbox:
            last, id_ = inbox.last, inbox.id
    except InboxError as error:
        yield Difference(INBOX_FILE, error.words, asks=True)
        return
    if last < known:
        words = Words(
            f"{INBOX_FILE} is an older copy: it ends with event {last}, and events up to number {known} were taken "
            f"in; {lost.en}",
            f"{INBOX_FILE} 是较旧的副本：其中最后一个事件编号为 {last}，而已接收到 {known}；{lost.zh}",
        )
        yield Difference(INBOX_FILE, words, asks=True)
    elif noted and noted["id"] and id_ != noted["id"]:
        words = Words(
            f"{INBOX_FILE} is another than the last build read, so its earlier events are not in it; {lost.en}",
            f"{INBOX_FILE} 不是上次构建读取的那一个，缺少此前的事件；{lost.zh}",
        )
        yield Difference(INBOX_FILE, words, asks=True)


def _applied(project: Project) -> int:
    path = project.store / STORE_FILE
    try:
        with LiveStore(path) as store:
            return store.applied
    except (FileNotFoundError, sqlite3.Error, HuaxiangError):
        # What it knew of the inbox is lost with it; the registry knows the rest.
        return 0


def _bases(project: Project) -> list[Path]:
    return [path for path in (project.store / BASES).glob("base-*") if path.is_dir()]


def _events(base: Path) -> int:
    try:
        return int(read_meta(base)["events"])
    except (FileNotFoundError, HuaxiangError):
        return 0


def _number(path: Path) -> int:
    digits = path.name.removeprefix("build-").removeprefix("base-").split(".", maxsplit=1)[0]
    return int(digits) if digits.isdigit() else 0


def give_up_damaged(store: Path, *names: str) -> None:
    """Set those of the named SQLite files aside that cannot be read: somebody has accepted that they are lost."""
    for name in names:
        if isinstance(sqlite_fault(store / name), DamagedError):
            set_aside(store / name)


def sqlite_fault(path: Path) -> HuaxiangError | None:
    """Return what is wrong with the pages of an SQLite file, read through; None when nothing is, or it is not there."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, OSError) as error:
        return named(error, path)
    return None if found and found[0] == "ok" else damaged(path, "quick_check")


def _lost(name: str) -> Words:
    return next(each.lost for each in STORES if each.name == name)
