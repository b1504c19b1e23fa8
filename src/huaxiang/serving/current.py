"""Reading by id: the base with what is live laid over it, followed as both move on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huaxiang.clean.normalise.registry import normaliser
from huaxiang.damage import told
from huaxiang.errors import DamagedError, NotFound, ProjectError
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import Project, load_project
from huaxiang.serving.base import Base, known_only
from huaxiang.serving.deltas import Deltas
from huaxiang.serving.export import BASES, META
from huaxiang.serving.store import STORE_FILE, LiveStore
from huaxiang.serving.values import plain_row
from huaxiang.words import Words

_EPOCH = datetime(1970, 1, 1)
_ATTEMPTS = 3
_NOT_SHOWN = ("subject", "part", "source_row", "item", "recorded_at")


@dataclass(frozen=True)
class ServedProfile:
    """One customer as served: tags {code: value, known ones only} and segments, as of a moment (UTC).

    `build` is the build under it; `batch` the micro-batch that brought it to `as_of`, None when no event has touched
    it since the build. `asked` is the subject asked for: another one when that became part of this. Values that compare
    with everybody have the thresholds of `compared_as_of`, the build's moment.
    """

    subject: int
    asked: int
    tags: dict[str, Any]
    segments: list[str]
    as_of: datetime
    build: int
    batch: int | None
    since: int
    origins: tuple[int, ...]
    compared_as_of: datetime


class Serving:
    """What is served of one project, for many readers in many threads."""

    def __init__(self, root: Path, project: Project | None = None) -> None:
        """Open what is served. Raises DefinitionError when the project's files are wrong; needs no base yet."""
        self.project = project or load_project(root)
        self._lock = threading.RLock()
        self._base: Base | None = None
        self._store: LiveStore | None = None
        self._blind: BlindIndex | None = None

    def ready(self) -> bool:
        """Tell whether there is something to read."""
        try:
            with self._reading():
                return True
        except ProjectError:
            return False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let all that is read in the block be of one moment. The block must not wait for anything."""
        with self._reading():
            yield

    def profile(self, subject: int) -> ServedProfile | None:
        """Return one customer, following merges; None when there is no such subject."""
        return self.profiles([subject]).get(subject)

    def profiles(self, subjects: Sequence[int]) -> dict[int, ServedProfile]:
        """Return those customers that exist, by the subject asked for. Raises ProjectError when nothing is served yet.

        All are of one moment of the live store.
        """
        with self._reading() as (base, store):
            whose = {asked: self._survivor(base, store, asked) for asked in subjects}
            wanted = list(dict.fromkeys(whose.values()))
            live = store.profiles(wanted) if store else {}
            still = [subject for subject in wanted if subject not in live]
            since = base.known_since(still) if still else {}
            tags, segments = (base.tags_of(list(since)), base.segments_of(list(since))) if since else ({}, {})
            found = {}
            for asked, subject in whose.items():
                if subject in live:
                    found[asked] = _live(asked, live[subject], base)
                elif subject in since:
                    found[asked] = ServedProfile(
                        subject, asked, tags.get(subject, {}), segments[subject], base.as_of, base.build, None,
                        since[subject] or base.build, (subject,), base.as_of,
                    )  # fmt: skip
            return found

    def subject_of(self, kind: str, value: str) -> int | None:
        """Return whose an identifier is; None when it is nobody's. Raises NotFound when there is no such kind.

        The value is made canonical as cleaning does, looked up through its blind index, and kept nowhere.
        """
        if kind not in self.project.identity.by_kind:
            raise NotFound(Words(f"this project has no identifier {kind!r}", f"这个项目没有“{kind}”这种标识"))
        canonical = normaliser(kind, self.project.identity.region).normalise(value)
        if canonical is None or not self.project.identity.joinable(canonical):
            return None
        node = self._index().one(kind, canonical)[0]
        with self._reading() as (base, store):
            live = store.subjects_of([node]) if store else {}
            return live[node] if node in live else base.subject_of([node])[0]

    def owners(self, subject: int) -> list[int]:
        """Return under which numbers the vault may hold values of a customer: its own, and of all that became it."""
        with self._reading() as (base, store):
            mine = [subject, *(store.absorbed(subject) if store else ())]
            return list(dict.fromkeys([*mine, *base.absorbed(mine)]))

    def events(self, subject: int, limit: int = 50, before: tuple[str, int] | None = None) -> list[dict[str, Any]]:
        """Return facts of a customer, newest first: {"table", "id", "occurred_at", …its known columns}.

        `before` is (occurred_at, id) of the last one of the page before.
        """
        profile = self.profile(subject)
        if profile is None:
            return []
        with self._reading() as (base, store):
            found: dict[tuple[str, int], dict[str, Any]] = {}
            for table in self.project.model.facts:
                rows = base.facts_of(table, profile.origins).to_pylist() if table in base.tables else []
                if store:
                    rows += Deltas(store.db, {table: self.project.model.facts[table]}).facts_of(
                        table, [profile.subject]
                    ).to_pylist()  # fmt: skip
                found |= {(table, row["fact_id"]): row for row in rows}
        listed = [_event(table, row) for (table, _), row in found.items() if row["occurred_at"] is not None]
        listed.sort(key=lambda each: (each["occurred_at"], each["id"]), reverse=True)
        if before is not None:
            listed = [each for each in listed if (each["occurred_at"], each["id"]) < before]
        return listed[:limit]

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            if self._store:
                self._store.close()
            self._store = self._base = None

    def _survivor(self, base: Base, store: LiveStore | None, subject: int) -> int:
        subject = base.survivor(subject)
        return store.survivor(subject) if store else subject

    def _index(self) -> BlindIndex:
        if self._blind is None:
            self._blind = BlindIndex(load_master_key(self.project.id, self.project.root))
        return self._blind

    @contextmanager
    def _reading(self) -> Iterator[tuple[Base, LiveStore | None]]:
        """Lend base and live store as they are together at one moment."""
        with self._lock, told(self.project.store / STORE_FILE):
            store = self._opened()
            if store is None:
                yield self._based(None), None
                return
            if store.db.in_transaction and self._base is not None:
                # Whoever holds the lock has begun already: the base is the one that belongs to what is read.
                yield self._base, store
                return
            base = self._begun(store)
            try:
                yield base, store
            finally:
                store.db.execute("COMMIT")

    def _begun(self, store: LiveStore) -> Base:
        """Begin to read, and return the base that belongs to what is read."""
        for attempt in range(_ATTEMPTS):
            store.db.execute("BEGIN")
            try:
                return self._based(store)
            except (ProjectError, FileNotFoundError, DamagedError):
                # The applier went over to another base in this moment, and has removed the one before.
                store.db.execute("COMMIT")
                if attempt + 1 == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _opened(self) -> LiveStore | None:
        if self._store is not None and not self._store.db.in_transaction and self._store.moved():
            self._store.close()
            self._store = None
        if self._store is None:
            try:
                store = LiveStore(self.project.store / STORE_FILE)
            except FileNotFoundError:
                return None
            # Until it has a base, there is nothing it lies over.
            if not store.meta("base"):
                store.close()
                return None
            self._store = store
        return self._store

    def _based(self, store: LiveStore | None) -> Base:
        number = int(store.meta("base", "0")) if store else None
        if self._base is None or (number is not None and self._base.build != number):
            self._base = _open_base(self.project.store / BASES, number)
        return self._base


def _open_base(folder: Path, number: int | None) -> Base:
    pattern = "base-*" if number is None else f"base-{number:06d}"
    for path in sorted(folder.glob(pattern), reverse=True):
        if (path / META).exists():
            return Base(path)
    raise ProjectError(
        Words(
            "nothing can be served yet: it is made from the first build, by  huaxiang serve",
            "还没有可以查询的数据：需要先构建，并运行 huaxiang serve",
        )
    )


def moment(microseconds: int) -> datetime:
    """Return a time of the live store as a moment (UTC, without a zone)."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """Return a moment (UTC, without a zone) as the live store has it."""
    utc = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return (utc - _EPOCH) // timedelta(microseconds=1)


def _live(asked: int, row: dict[str, Any], base: Base) -> ServedProfile:
    return ServedProfile(
        row["subject"], asked, known_only(row["tags"]), row["segments"], moment(row["as_of"]), base.build, row["batch"],
        row["since"], tuple(row["origins"]), base.as_of,
    )  # fmt: skip


def _event(table: str, row: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if value is not None and name not in _NOT_SHOWN}
    shown = plain_row(known)
    return {"table": table, "id": shown.pop("fact_id"), **shown}
