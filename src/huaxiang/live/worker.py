"""The applier: a process that follows the inbox and the builds, and alone writes the live store."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from threading import Thread

from huaxiang.errors import DamagedError, DiskError, HuaxiangError, ProjectError
from huaxiang.inbox.door import Door
from huaxiang.inbox.event import Event
from huaxiang.inbox.log import INBOX_FILE, Inbox, InboxError
from huaxiang.lists import list_nodes
from huaxiang.live.ahead import Ahead, Batch, read_batch
from huaxiang.live.applying import Tools, apply
from huaxiang.live.cleaning import Cleaned, Cleaner
from huaxiang.live.computing import Computer
from huaxiang.live.joining import Joiner
from huaxiang.live.known import Known
from huaxiang.live.outcome import Comparing
from huaxiang.live.rebasing import rebase
from huaxiang.live.writing import Lag, lag_of, write_aside, write_lags
from huaxiang.pipeline.run import definitions, utc_now
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.processes.guarded import guarded
from huaxiang.processes.priority import Priority
from huaxiang.project import REGISTRY, VAULT, Project, load_project
from huaxiang.registry import Build, Registry
from huaxiang.serving.base import Base, sound_base
from huaxiang.serving.checkpoint import Checkpoints
from huaxiang.serving.current import microseconds
from huaxiang.serving.deltas import Deltas
from huaxiang.serving.export import BASES, base_folder, build_file, export_base
from huaxiang.serving.store import STORE_FILE, LiveStore, as_json
from huaxiang.words import Words

_LOOK = 0.02
"""Seconds between looks into an inbox that was empty."""
_EVERY, _MANY = 0.25, 2_000
"""Seconds from one batch to the next, unless so many events wait: each costs something, however few its events are."""
_READING = 0.06
"""Seconds before a batch is due from which it is read: sooner, and what comes meanwhile waits for the one after it."""
_FOLLOW = 1.0
"""Seconds between looks for a new build, and between heartbeats."""
_CHANGED = ProjectError(
    Words(
        "definitions changed since the last build: events wait in the inbox until the project is built again",
        "上次构建之后定义有改动：事件会在收件箱中等待，直到项目重新构建",
    )
)
_TAKEN_AWAY = Words(
    f"{STORE_FILE} was taken away, or another was put in its place, while it was in use: it is made again",
    f"{STORE_FILE} 在使用中被移走或替换：将重新生成",
)
_NO_BASE = ProjectError(
    Words(
        "the new build cannot be made ready for serving: look at the disk's free space and the server's log",
        "新的构建无法准备好供查询：请检查磁盘空间和服务日志",
    )
)
_REST = 30.0
"""Seconds until the process that reads ahead is started again after it died: what killed it may still be there."""
_RETRY = 60.0
"""Seconds until a base that could not be made is tried again."""
_log = logging.getLogger("huaxiang.live")


class Worker:
    """The applier of one project. `alive` says whether to go on (its parent may be gone), `clock` what time it is.

    `beside`: the next batch is read by a process of its own. `priority` is told how old the events are that wait.
    """

    def __init__(
        self, root: Path, alive: Callable[[], bool] = lambda: True, clock: Callable[[], datetime] = utc_now, *,
        beside: bool = False, priority: Priority | None = None,
    ) -> None:  # fmt: skip
        self.root, self.alive, self.clock, self.beside, self.priority = root, alive, clock, beside, priority
        self.project = load_project(root)
        self.master = load_master_key(self.project.id, root)
        self.registry = Registry(self.project.store / REGISTRY)
        self.store = LiveStore(self.project.store / STORE_FILE, writing=True)
        self.checkpoints = Checkpoints(self.project.store / STORE_FILE)
        self.inbox = Inbox(self.project.store / INBOX_FILE, self.master)
        self.tools: Tools | None = None
        self.doors: dict[str, Door] = {}
        self.stack = ExitStack()
        self.ahead: Ahead | None = None
        self.rested = 0.0
        self.export: subprocess.Popen[bytes] | None = None
        self.looked = self.begun = self.due = 0.0
        self.computed = self.rest = 0.0
        """When the last batch was computed, and how many seconds from then until it was kept."""
        self.lags: list[Lag] = []
        """Of the batches kept last, to be noted with the next one, or when nothing comes."""

    def run(self) -> None:
        """Go on until `alive` says no, or Ctrl-C."""
        try:
            while self.alive():
                self.due = time.monotonic() + _EVERY
                if not self.step():
                    time.sleep(_LOOK)
                elif self.inbox.last - self.store.applied < _MANY:
                    _sleep_until(self.due - _READING)
                    self._prepare(self.store.applied)
                    _sleep_until(self.due)
        except KeyboardInterrupt:
            return
        finally:
            self.close()

    def step(self) -> int:
        """Do what there is to do: follow a build, or apply a micro-batch; return how many events were applied."""
        self._follow()
        if self.tools is None:
            time.sleep(_LOOK)
            return 0
        with self.priority.working() if self.priority else nullcontext():
            begun = time.perf_counter()
            events, cleaned = self._read(self.tools, self.store.applied)
            if not events:
                self._note_lags()
                return 0
            self._say_age((microseconds(self.clock()) - events[0].received) / 1e6)
            self._apply(self.tools, events, cleaned, time.perf_counter() - begun)
        return len(events)

    def _say_age(self, seconds: float) -> None:
        if self.priority is not None:
            self.priority.backlog(seconds)

    def _apply(self, tools: Tools, events: list[Event], cleaned: Cleaned | None, spent: float = 0.0) -> None:
        """Apply events; what cannot be applied is found by halves, and set aside for the next build."""
        try:
            self.checkpoints.between(self.store.db)
            with self.store.transaction():
                batch = apply(
                    tools, events, self.clock(), cleaned=cleaned, spent=spent,
                    meanwhile=lambda: self._look_ahead(events[-1].number),
                )  # fmt: skip
                write_lags(self.store, self.lags)
                begun = time.perf_counter()
        except (sqlite3.Error, OSError, DamagedError, DiskError, InboxError):
            # The disk is at fault, not an event: the whole batch is tried again.
            raise
        except Exception as error:  # noqa: BLE001  (whatever one event does, the others go on)
            _log.warning("%s events could not be applied: %s", len(events), type(error).__name__)
            half = len(events) // 2
            if not half:
                self._set_aside(tools, events[0])
                return
            self._apply(tools, events[:half], None)
            self._apply(tools, events[half:], None)
            return
        self.rest = time.monotonic() - self.computed
        # Only now is it in the profiles: the lag is known once it is kept.
        self.lags = [lag_of(batch, events, self.clock(), time.perf_counter() - begun)]
        self._say_age(self.lags[0].p99)

    def _note_lags(self) -> None:
        if self.lags:
            with self.store.transaction():
                write_lags(self.store, self.lags)
            self.lags = []

    def _set_aside(self, tools: Tools, event: Event) -> None:
        sealed = tools.cleaner.tools.sealer.seal_many([event.document], "0")[0]
        with self.store.transaction():
            write_aside(self.store, event, sealed, self.clock())

    def _read(self, tools: Tools, after: int) -> Batch:
        if self.ahead is not None:
            try:
                if self.ahead.ready():
                    return self.ahead.take(after, self.clock())
            except (EOFError, OSError):
                _log.warning("the process that reads ahead has died; it is started again in %.0f s", _REST)
                self._stop_ahead()
                self.rested = time.monotonic() + _REST
        elif self.beside and time.monotonic() >= self.rested:
            # Anew for each base, too: it cleans by the definitions of then.
            self.ahead = Ahead(self.root, tools.known.base.as_of)
        return read_batch(self.inbox, self.doors, tools.cleaner, after, self.clock())

    def _look_ahead(self, after: int) -> None:
        """All of a batch is computed: have the next one read, if it will be due when this one is kept."""
        self.computed = time.monotonic()
        self._prepare(after, self.rest)

    def _prepare(self, after: int, rest: float = 0.0) -> None:
        """Have the next batch read, if it is nearly due in `rest` seconds or more wait than one should."""
        waiting = self.inbox.last - after
        if self.ahead is None or not waiting:
            return
        if waiting >= _MANY or time.monotonic() + rest >= self.due - _READING:
            # Whoever takes it is told what is wrong.
            with suppress(EOFError, OSError):
                self.ahead.prepare(after, self.clock())

    def _stop_ahead(self) -> None:
        if self.ahead is not None:
            self.ahead.close()
        self.ahead = None

    def close(self) -> None:
        """Close everything."""
        self._stop_ahead()
        with suppress(sqlite3.Error, DamagedError, DiskError):
            self._note_lags()
        if self.export is not None:
            self.export.kill()
        self.stack.close()
        self.inbox.close()
        self.checkpoints.close()
        self.store.close()
        self.registry.close()

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self.looked < _FOLLOW:
            return
        self.looked = now
        if self.store.moved():
            raise DamagedError(_TAKEN_AWAY, self.store.path)
        build = self.registry.current()
        if build is None:
            self._note("waiting")
            return
        folder = base_folder(self.project.store, build.id)
        if self.tools is not None and self.tools.known.base.build == build.id:
            self._note("applying")
        elif (base := sound_base(folder)) is not None:
            self._rebase(base)
        else:
            self._go_on()
            self._make(build)

    def _go_on(self) -> None:
        """After a start, go on with the base that the store stands on, while a newer one is made."""
        folder = base_folder(self.project.store, int(self.store.meta("base", "0")))
        if self.tools is None and (base := sound_base(folder)) is not None:
            self._rebase(base)

    def _make(self, build: Build) -> None:
        """Have the base made beside everything else: it takes minutes where a build does."""
        self._note("applying" if self.tools else "preparing")
        if self.export is not None and self.export.poll() is None:
            return
        if self.export is not None and self.export.returncode:
            # No room on the disk, say: what is served goes on as it is, and it is tried again.
            self._note("applying" if self.tools else "preparing", _NO_BASE)
            if time.monotonic() - self.begun < _RETRY:
                return
        command = guarded("huaxiang.live", str(self.root), "--base", str(build.id))
        self.begun = time.monotonic()
        # A session of its own: it goes at its own pace, whatever the priority of who applies events.
        self.export = subprocess.Popen(  # noqa: S603  (this program, with a number)
            command, stdin=subprocess.PIPE, start_new_session=True
        )

    def _rebase(self, base: Base) -> None:
        project = load_project(self.root).at(base.as_of)
        if _moved_on(project, self.registry.build(base.build)):
            # Whoever is touched would be computed by other rules than everybody else.
            self._note("applying" if self.tools else "waiting", _CHANGED)
            return
        self._note("rebasing")
        self.project = project
        self.doors = {door.code: door for door in self.project.doors}
        self.stack.close()
        tools = self._opened(base)
        if int(self.store.meta("base", "0")) != base.build:
            again = rebase(tools, self.inbox, self.project, self.clock())
            _log.info("on the base of build %s; %s events taken in again", base.build, again)
        self.tools, self.export = tools, None
        self._stop_ahead()
        _remove_older(self.project.store / BASES, base.build)
        self._note("applying")

    def _opened(self, base: Base) -> Tools:
        # Whoever asks the system waits for it: events should not.
        Thread(target=base.warm, name="warm", daemon=True).start()
        lists, _ = list_nodes(self.project.segments, self.root, self.master, self.project.identity.region)
        cleaner = Cleaner(self.project, self.registry, self.master)
        self.stack.callback(cleaner.close)
        stale = self.registry.build(base.build).summary.get("stale", {})
        computer = Computer(self.project, base, lists, stale)
        self.stack.callback(computer.close)
        joiner = Joiner(self.project.identity)
        self.stack.callback(joiner.close)
        vault = self.stack.enter_context(Vault(self.project.store / VAULT, self.master))
        deltas = Deltas(self.store.db, self.project.model.facts)
        known, comparing = Known(base, self.store), Comparing(self.project.tags.tags)
        return Tools(self.store, deltas, known, cleaner, joiner, computer, comparing, vault)

    def _note(self, state: str, fault: HuaxiangError | None = None) -> None:
        words = {"en": fault.words.en, "zh": fault.words.zh} if fault else {}
        with self.store.transaction():
            self.store.set_meta("state", state)
            self.store.set_meta("heartbeat", microseconds(utc_now()))
            self.store.set_meta("fault", as_json(words))


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _remove_older(folder: Path, build: int) -> None:
    """Remove every base before that of a build, unfinished ones too."""
    for path in folder.iterdir():
        number = path.name.removeprefix("base-").split(".", maxsplit=1)[0]
        if number.isdigit() and int(number) < build:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _moved_on(project: Project, build: Build) -> bool:
    now = definitions(project)
    return any(build.definitions.get(name) != now[name] for name in ("tags", "segments", "ground", "identity"))


def make_base(root: Path, number: int) -> None:
    """Make the base of a build of the project at `root`."""
    project = load_project(root)
    registry = Registry(project.store / REGISTRY)
    try:
        build = registry.build(number)
    finally:
        registry.close()
    in_order = build.summary.get("refresh", {}).get("in_order", True)
    export_base(
        build_file(project.store, number), base_folder(project.store, number), list(project.model.facts),
        events=int(build.summary.get("events", 0)), in_order=in_order,
    )  # fmt: skip


def parent_lives(parent: int) -> Callable[[], bool]:
    """Return what tells whether the process that started this one is still there."""
    return lambda: os.getppid() == parent
