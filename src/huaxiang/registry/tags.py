"""Versions of tag definitions, what became of them, and what people say of them.

Rows in and out, nothing decided: who may do what is decided in govern/. Every change of a version names the revision
that was seen; when another came first, nothing is written and the answer is False.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from huaxiang.registry.store import Registry
from huaxiang.registry.tables import TAG_AGREED, TAG_COMMENTS, TAG_EVENTS, TAG_FAVOURITES, TAG_VERSIONS

BEGUN = "*"
"""In place of a code: files were applied once, so that from then on approval counts for them too."""


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ONLINE = "online"
    OFFLINE = "offline"
    ARCHIVED = "archived"


FILES, LIBRARY, CONSOLE, CLI, ROLLBACK = "files", "library", "console", "cli", "rollback"
"""Where a version comes from."""


@dataclass(frozen=True)
class Version:
    """One version of a tag's definition: `text` is canonical YAML, `revision` counts every change of this row.

    `origin` is one of FILES, LIBRARY, CONSOLE, CLI, ROLLBACK; `lived` says whether it ever was online.
    """

    code: str
    version: int
    revision: int
    text: str
    hash: str
    state: State
    lived: bool
    origin: str
    author: str
    at: datetime
    note: str


@dataclass(frozen=True)
class Event:
    """One thing that happened to a version: `before` is "" when it was made; both are alike when its text changed."""

    code: str
    version: int
    at: datetime
    by: str
    before: str
    after: str
    comment: str


@dataclass(frozen=True)
class Comment:
    """What somebody said of a version (0: of the tag as such)."""

    id: int
    code: str
    version: int
    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class Move:
    """A change of state to make: `version` as it was seen."""

    version: Version
    to: State
    comment: str = ""


class TagRegistry:
    """The tag tables of one registry."""

    def __init__(self, registry: Registry) -> None:
        self.engine = registry.engine

    def versions(self, code: str | None = None) -> list[Version]:
        """Return the versions of one tag or of all, by code, oldest first."""
        query = sa.select(TAG_VERSIONS).order_by(TAG_VERSIONS.c.code, TAG_VERSIONS.c.version)
        if code is not None:
            query = query.where(TAG_VERSIONS.c.code == code)
        with self.engine.connect() as connection:
            return [_version(row) for row in connection.execute(query).mappings()]

    def add(
        self, code: str, text: str, hash_: str, state: State, *, origin: str, by: str, note: str,
        moves: Iterable[Move] = (),
    ) -> int | None:  # fmt: skip
        """Add the next version and make the moves in one transaction; None when somebody else came first."""
        try:
            return self._add(code, text, hash_, state, origin, by, note, list(moves))
        except (_TooLate, sa.exc.IntegrityError):
            return None

    def _add(
        self, code: str, text: str, hash_: str, state: State, origin: str, by: str, note: str, moves: Iterable[Move]
    ) -> int | None:
        with self.engine.begin() as connection:
            newest = sa.select(sa.func.coalesce(sa.func.max(TAG_VERSIONS.c.version), 0)).where(
                TAG_VERSIONS.c.code == code
            )
            number = int(connection.execute(newest).scalar_one()) + 1
            values = {
                "code": code, "version": number, "revision": 1, "text": text, "hash": hash_, "state": state.value,
                "lived": state is State.ONLINE, "origin": origin, "author": by, "at": _now(), "note": note,
            }  # fmt: skip
            connection.execute(TAG_VERSIONS.insert().values(**values))
            _log(connection, code, number, by, "", state.value, note)
            for move in moves:
                _move(connection, move, by)
            return number

    def move(self, moves: Iterable[Move], by: str) -> bool:
        """Change states, all or none; False when another change came first."""
        try:
            with self.engine.begin() as connection:
                for move in moves:
                    _move(connection, move, by)
        except _TooLate:
            return False
        return True

    def rewrite(self, version: Version, text: str, hash_: str, *, by: str, note: str) -> bool:
        """Change a version's text; False when another change came first."""
        values = {"text": text, "hash": hash_, "note": note, "revision": version.revision + 1}
        with self.engine.begin() as connection:
            if not _update(connection, version, values):
                return False
            _log(connection, version.code, version.version, by, version.state.value, version.state.value, note)
            return True

    def events(self, code: str | None = None) -> list[Event]:
        """Return what happened, oldest first."""
        query = sa.select(TAG_EVENTS).order_by(TAG_EVENTS.c.id)
        if code is not None:
            query = query.where(TAG_EVENTS.c.code == code)
        with self.engine.connect() as connection:
            return [
                Event(
                    row["code"],
                    row["version"],
                    _time(row["at"]),
                    row["by"],
                    row["before"],
                    row["after"],
                    row["comment"],
                )
                for row in connection.execute(query).mappings()
            ]

    def say(self, code: str, version: int, by: str, text: str) -> None:
        """Add a comment."""
        values = {"code": code, "version": version, "at": _now(), "by": by, "text": text}
        with self.engine.begin() as connection:
            connection.execute(TAG_COMMENTS.insert().values(**values))

    def comments(self, code: str) -> list[Comment]:
        """Return the comments on a tag, oldest first."""
        query = sa.select(TAG_COMMENTS).where(TAG_COMMENTS.c.code == code).order_by(TAG_COMMENTS.c.id)
        with self.engine.connect() as connection:
            return [
                Comment(row["id"], row["code"], row["version"], _time(row["at"]), row["by"], row["text"])
                for row in connection.execute(query).mappings()
            ]

    def favour(self, user: str, code: str, wanted: bool) -> None:
        """Keep a tag among a user's favourites, or take it out."""
        mine = (TAG_FAVOURITES.c.user == user) & (TAG_FAVOURITES.c.code == code)
        with self.engine.begin() as connection:
            connection.execute(TAG_FAVOURITES.delete().where(mine))
            if wanted:
                connection.execute(TAG_FAVOURITES.insert().values(user=user, code=code, at=_now()))

    def favourites(self) -> list[tuple[str, str]]:
        """Return (user, code) of every favourite, the oldest first."""
        query = sa.select(TAG_FAVOURITES.c.user, TAG_FAVOURITES.c.code).order_by(TAG_FAVOURITES.c.at)
        with self.engine.connect() as connection:
            return [(row.user, row.code) for row in connection.execute(query)]

    def agreed(self) -> dict[str, str]:
        """Return code → hash of the definition on which files and registry agreed last; BEGUN is in it once any did."""
        with self.engine.connect() as connection:
            return {row.code: row.hash for row in connection.execute(sa.select(TAG_AGREED))}

    def agree(self, hashes: Mapping[str, str]) -> None:
        """Note on which definitions files and registry agree now."""
        rows = [{"code": code, "hash": hash_} for code, hash_ in hashes.items()]
        with self.engine.begin() as connection:
            connection.execute(TAG_AGREED.delete().where(TAG_AGREED.c.code.in_(list(hashes))))
            if rows:
                connection.execute(TAG_AGREED.insert(), rows)


def lived(versions: Iterable[Version]) -> dict[str, Version]:
    """Return code → the version in use, or the last that was; tags that never were online are not in it."""
    found: dict[str, Version] = {}
    for version in versions:
        before = found.get(version.code)
        if version.lived and (before is None or _rank(version) > _rank(before)):
            found[version.code] = version
    return found


def _rank(version: Version) -> tuple[int, int]:
    # What is online counts before what was taken away, that before what is put aside.
    return ({State.ONLINE: 2, State.OFFLINE: 1}.get(version.state, 0), version.version)


class _TooLate(Exception):
    """Somebody else changed the row first; what was begun is taken back."""


def _move(connection: sa.Connection, move: Move, by: str) -> None:
    version = move.version
    lived = version.lived or move.to is State.ONLINE
    if not _update(connection, version, {"state": move.to.value, "lived": lived, "revision": version.revision + 1}):
        raise _TooLate
    _log(connection, version.code, version.version, by, version.state.value, move.to.value, move.comment)


def _update(connection: sa.Connection, version: Version, values: Mapping[str, Any]) -> bool:
    mine = (TAG_VERSIONS.c.code == version.code) & (TAG_VERSIONS.c.version == version.version)
    seen = TAG_VERSIONS.c.revision == version.revision
    return connection.execute(TAG_VERSIONS.update().where(mine & seen).values(**values)).rowcount == 1


def _log(connection: sa.Connection, code: str, version: int, by: str, before: str, after: str, comment: str) -> None:
    values = {"code": code, "version": version, "at": _now(), "by": by, "before": before, "after": after}
    connection.execute(TAG_EVENTS.insert().values(**values, comment=comment))


def _version(row: Any) -> Version:
    return Version(
        row["code"], row["version"], row["revision"], row["text"], row["hash"], State(row["state"]), bool(row["lived"]),
        row["origin"], row["author"], _time(row["at"]), row["note"],
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
