"""Builds, parts and quality."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from huaxiang.damage import identity, named, told
from huaxiang.errors import DamagedError, DiskError
from huaxiang.registry.tables import BUILDS, META, PART_FILES, PARTS, QUALITY


@dataclass(frozen=True)
class KnownPart:
    """A part that has been read: its number in facts, its fingerprint, where its cleaned rows are, its counts."""

    id: int
    source: str
    name: str
    order: str
    signature: str
    fingerprint: str
    definition: str
    folder: str
    state: str | None
    same_as: str | None
    read_at: str
    counts: Mapping[str, Any]


@dataclass(frozen=True)
class Build:
    """One build: its number, the moment it sees (UTC), its warehouse file, and what it found."""

    id: int
    as_of: datetime
    begun: datetime
    finished: datetime | None
    state: str
    file: str
    summary: Mapping[str, Any]
    definitions: Mapping[str, Any]


class Registry:
    """The registry of one project. `engine` is its database, for the concerns that have files of their own here."""

    def __init__(self, path: Path) -> None:
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        self.path = path
        sa.event.listen(self.engine, "handle_error", _telling(path))
        sa.event.listen(self.engine, "connect", self._opened)
        sa.event.listen(self.engine, "checkout", self._lent)
        if not META.tables.keys() <= set(sa.inspect(self.engine).get_table_names()):
            self._create()

    def put_back(self) -> bool:
        """Write the file again if it was taken away while it is open here; return whether it was.

        For one that stays open for long, as the server's does: nothing else would hold what was in it.
        """
        if self.path.exists():
            return False
        with self.engine.connect() as connection, closing(sqlite3.connect(self.path)) as target:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            raw.backup(target)
        self.engine.dispose()
        return True

    def _opened(self, connection: sqlite3.Connection, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["file"] = identity(self.path)

    def _lent(
        self, connection: sqlite3.Connection, record: sa.pool.ConnectionPoolEntry, proxy: sa.pool.PoolProxiedConnection
    ) -> None:
        there = identity(self.path)
        if there is not None and record.info["file"] not in (None, there):
            # Another registry was put in place of the one that was open: everybody reads and writes that one.
            raise sa.exc.DisconnectionError

    def _create(self) -> None:
        # At once: each table by itself would wait for the disk, and two who begin together might both make one.
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            META.create_all(connection)
            connection.commit()

    def parts(self, source: str | None = None) -> list[KnownPart]:
        """Return the parts read so far, of one source or of all, in the order of later-replaces-earlier."""
        query = sa.select(PARTS).order_by(PARTS.c.source, PARTS.c.ord)
        if source is not None:
            query = query.where(PARTS.c.source == source)
        with self.engine.connect() as connection:
            return [_part(row) for row in connection.execute(query).mappings()]

    def reserve_part(self, source: str, name: str, order: str) -> int:
        """Return the number of a part, the same for as long as the part exists."""
        with self.engine.begin() as connection:
            found = connection.execute(
                sa.select(PARTS.c.id).where(PARTS.c.source == source, PARTS.c.name == name)
            ).scalar()
            if found is not None:
                return int(found)
            blank = {"signature": "", "fingerprint": "", "definition": "", "folder": "", "read_at": "", "counts": {}}
            added = connection.execute(PARTS.insert().values(source=source, name=name, ord=order, **blank))
            return int((added.inserted_primary_key or (0,))[0])

    def put_part(self, part: KnownPart) -> None:
        """Record that a part has been read and cleaned."""
        values = {"ord": part.order} | {
            name: getattr(part, name)
            for name in ("signature", "fingerprint", "definition", "folder", "state", "same_as", "read_at", "counts")
        }
        with self.engine.begin() as connection:
            connection.execute(PARTS.update().where(PARTS.c.id == part.id).values(**values))

    def drop_parts(self, ids: Iterable[int]) -> None:
        """Forget parts that are gone."""
        with self.engine.begin() as connection:
            gone = list(ids)
            connection.execute(PARTS.delete().where(PARTS.c.id.in_(gone)))
            connection.execute(PART_FILES.delete().where(PART_FILES.c.part.in_(gone)))

    def last_number(self) -> int:
        """Return the number of the last build that was begun, 0 when none was."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(BUILDS.c.id), 0))).scalar_one())

    def begin_build(self, as_of: datetime, after: int = 0) -> Build:
        """Open the next build, numbered above `after`; whatever was left running has failed."""
        with self.engine.begin() as connection:
            connection.execute(BUILDS.update().where(BUILDS.c.state == "running").values(state="failed"))
            last = int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(BUILDS.c.id), 0))).scalar_one())
            number = max(last, after) + 1
            values = {
                "id": number, "as_of": as_of.isoformat(), "begun": _now(), "state": "running",
                "file": f"build-{number:06d}.duckdb", "summary": {}, "definitions": {},
            }  # fmt: skip
            connection.execute(BUILDS.insert().values(**values))
        return self.build(number)

    def finish_build(
        self,
        number: int,
        summary: Mapping[str, Any],
        definitions: Mapping[str, Any],
        quality: Iterable[tuple[str, str, Mapping[str, Any]]],
    ) -> None:
        """Make a build the current one, with its quality, in one transaction."""
        rows = [{"build": number, "source": s, "column": c, "counts": dict(counts)} for s, c, counts in quality]
        with self.engine.begin() as connection:
            connection.execute(
                BUILDS.update().where(BUILDS.c.id == number).values(
                    state="done", finished=_now(), summary=dict(summary), definitions=dict(definitions)
                )
            )  # fmt: skip
            if rows:
                connection.execute(QUALITY.insert(), rows)

    def fail_build(self, number: int) -> None:
        """Mark a build as failed; the one before stays current."""
        with self.engine.begin() as connection:
            connection.execute(BUILDS.update().where(BUILDS.c.id == number).values(state="failed", finished=_now()))

    def build(self, number: int) -> Build:
        """Return one build."""
        with self.engine.connect() as connection:
            return _build(connection.execute(sa.select(BUILDS).where(BUILDS.c.id == number)).mappings().one())

    def builds(self) -> list[Build]:
        """Return all builds that were finished, newest first."""
        query = sa.select(BUILDS).where(BUILDS.c.state == "done").order_by(BUILDS.c.id.desc())
        with self.engine.connect() as connection:
            return [_build(row) for row in connection.execute(query).mappings()]

    def current(self) -> Build | None:
        """Return the newest finished build, or None."""
        query = sa.select(BUILDS).where(BUILDS.c.state == "done").order_by(BUILDS.c.id.desc()).limit(1)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _build(row) if row else None

    def quality(self, build: int | None = None, source: str | None = None) -> list[dict[str, Any]]:
        """Return quality rows: build, source, column, counts."""
        query = sa.select(QUALITY).order_by(QUALITY.c.build, QUALITY.c.source, QUALITY.c.column)
        if build is not None:
            query = query.where(QUALITY.c.build == build)
        if source is not None:
            query = query.where(QUALITY.c.source == source)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def close(self) -> None:
        """Release the database."""
        self.engine.dispose()


def _telling(path: Path) -> Callable[[sa.engine.ExceptionContext], None]:
    """Return what tells a damaged file and a disk without room as what they are; other errors stay what they were."""

    def tell(context: sa.engine.ExceptionContext) -> None:
        fault = named(context.original_exception, path)
        if isinstance(fault, DamagedError) or (isinstance(fault, DiskError) and not _is_busy(context)):
            raise fault from context.original_exception

    return tell


def _is_busy(context: sa.engine.ExceptionContext) -> bool:
    code = getattr(context.original_exception, "sqlite_errorname", "")
    return str(code).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _part(row: Any) -> KnownPart:
    return KnownPart(
        row["id"], row["source"], row["name"], row["ord"], row["signature"], row["fingerprint"], row["definition"],
        row["folder"], row["state"], row["same_as"], row["read_at"], _json(row["counts"]),
    )  # fmt: skip


def _build(row: Any) -> Build:
    finished = datetime.fromisoformat(row["finished"]) if row["finished"] else None
    return Build(
        row["id"], datetime.fromisoformat(row["as_of"]), datetime.fromisoformat(row["begun"]), finished, row["state"],
        row["file"], _json(row["summary"]), _json(row["definitions"]),
    )  # fmt: skip
