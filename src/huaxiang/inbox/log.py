"""The log of the inbox: one SQLite file, a row a request body, sealed; what `append` has returned for is on the disk.

Events are numbered from 1 without gaps over all doors; a body's events follow one another from its first.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from huaxiang import stores
from huaxiang.damage import identity, named, set_aside
from huaxiang.errors import DamagedError, HuaxiangError
from huaxiang.privacy.files import make_private
from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.seal import BodySealer
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
INBOX_FILE = stores.INBOX_FILE
SEGMENT = 100_000
"""Event numbers are cut into segments of so many, over all doors; segment 0 holds the numbers 1 to 100,000."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS bodies (
  first INTEGER PRIMARY KEY, events INTEGER NOT NULL, door TEXT NOT NULL, form TEXT NOT NULL,
  received INTEGER NOT NULL, sealed BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS segments (
  door TEXT NOT NULL, segment INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
  PRIMARY KEY (door, segment)
) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30.0


class InboxError(HuaxiangError):
    """The inbox can be neither read nor written: the disk is full or refuses, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class Body:
    """One request's body: its door, its form ("track", "batch", "sensors", "webhook" …), when it was received
    (microseconds since 1970, UTC), its bytes unpacked, and how many events it holds (see reading.pieces)."""

    door: str
    form: str
    received: int
    raw: bytes
    events: int


@dataclass(frozen=True, slots=True)
class Stored(Body):
    """A body in the inbox: `first` is the number of its first event."""

    first: int

    @property
    def last(self) -> int:
        """The number of its last event."""
        return self.first + self.events - 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A door's share of a segment: its number, the number of the door's last event in it, and how many there are."""

    number: int
    last: int
    events: int


class Inbox:
    """The inbox of a project. One process writes (`writing`), any number read; safe for threads.

    Opened for reading it may not be there yet: it is empty then, until it is.
    """

    def __init__(
        self, path: Path, master: MasterKey, writing: bool = False, *, after: int = 0, mends: bool = False
    ) -> None:
        """Open the inbox at `path`; `writing` makes it. Raises InboxError.

        Events are numbered above `after`, even where the file knows of none: those numbers were given before.
        `mends`: a file that is damaged, or is taken away while it is in use, keeps nobody from sending: it is put
        back, or set aside and another begun.
        """
        self.path, self.writing = path, writing
        self._highest, self._mends, self._size = after, mends, 0
        self._file: tuple[int, int] | None = None
        self._read: tuple[int, int] | None = None
        self._last_there = 0
        self._sealer = BodySealer(master)
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        if writing:
            with self._faults():
                self._begin()

    def append(self, bodies: Sequence[Body]) -> int:
        """Write bodies in one transaction and return the number of the last event, once all is on the disk.

        Raises InboxError when it is not: then nothing was written. ValueError for a body without events.
        """
        if any(body.events < 1 for body in bodies):
            raise ValueError("a body without events has no number")
        with self._write_lock, self._faults():
            if self._writer is None:
                raise ValueError("the inbox is open for reading only, or closed")
            if not self._mends:
                return self._append(self._writer, bodies)
            try:
                self._keep_hold()
                return self._append(self._writer, bodies)
            except sqlite3.DatabaseError as error:
                if not isinstance(named(error, self.path), DamagedError):
                    raise
                self._begin_anew()
                return self._append(self._writer, bodies)

    @property
    def last(self) -> int:
        """The number of the last event, 0 when there is none."""
        with self._read_lock, self._faults():
            db = self._reading()
            return _last(db) if db else 0

    @property
    def id(self) -> int:
        """Which inbox this is: one that is made anew has another number; 0 when it is not there, or made long ago."""
        with self._read_lock, self._faults():
            db = self._reading()
            return int(db.execute("PRAGMA application_id").fetchone()[0]) if db else 0

    def bodies(
        self, after: int, most_bytes: int, upto: int | None = None, door: str | None = None
    ) -> list[Stored]:  # fmt: skip
        """Return the bodies with events numbered above `after` (and not above `upto`, of one `door`), in order.

        At most `most_bytes` of sealed bytes together, but always the first body. Those at both ends may hold events
        outside. Raises SealError for a body that was altered, InboxError.
        """
        found: list[tuple[str, str, int, bytes, int, int]] = []
        size = 0
        with self._read_lock, self._faults():
            db = self._reading()
            if db is None:
                return []
            row = db.execute("SELECT max(first) FROM bodies WHERE first <= ?", (after + 1,)).fetchone()
            rows = db.execute(
                "SELECT door, form, received, sealed, events, first FROM bodies WHERE first BETWEEN ? AND ? "
                "AND first + events - 1 > ? AND (?4 IS NULL OR door = ?4) ORDER BY first",
                (row[0] or 0, (1 << 62) if upto is None else upto, after, door),
            )
            for each in rows:
                size += len(each[3])
                if found and size > most_bytes:
                    break
                found.append(each)
            rows.close()
        return [self._opened(*each) for each in found]

    def segments(self, door: str) -> list[Segment]:
        """Return the segments in which a door has events, in order. Raises InboxError."""
        with self._read_lock, self._faults():
            db = self._reading()
            asked = "SELECT segment, last, events FROM segments WHERE door = ? ORDER BY segment"
            return [Segment(*row) for row in db.execute(asked, (door,))] if db else []

    def close(self) -> None:
        """Close the file; the last one to close it empties its write-ahead log."""
        with self._write_lock, self._read_lock:
            for db in (self._reader, self._writer):
                if db is not None:
                    db.close()
            self._reader = self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, db: sqlite3.Connection, bodies: Sequence[Body]) -> int:
        db.execute("BEGIN IMMEDIATE")
        try:
            # Asked again each time: a second writer by mistake must not give a number twice.
            last = max(_last(db), self._highest)
            rows, shares = [], dict[tuple[str, int], tuple[int, int]]()
            for body in bodies:
                first, last = last + 1, last + body.events
                sealed = self._sealer.seal(first, body.raw, _place(body))
                rows.append((first, body.events, body.door, body.form, body.received, sealed))
                _share(shares, body.door, first, last)
            db.executemany("INSERT INTO bodies VALUES (?, ?, ?, ?, ?, ?)", rows)
            db.executemany(
                "INSERT INTO segments VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last, "
                "events = events + excluded.events",
                [(door, segment, upto, events) for (door, segment), (upto, events) in shares.items()],
            )
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self._highest = self._last_there = last
        return last

    def _begin(self) -> None:
        """Open the file to write; one that is damaged is set aside first, if that is wanted."""
        try:
            self._writer = self._made()
            known = _last(self._writer)
        except sqlite3.DatabaseError as error:
            if not self._mends or not isinstance(named(error, self.path), DamagedError):
                raise
            self._begin_anew()
            return
        if known < self._highest:
            _LOG.warning("%s ends with event %d, but events up to %d are known", self.path.name, known, self._highest)
        self._last_there, self._highest = known, max(known, self._highest)
        self._file, self._size = identity(self.path), self.path.stat().st_size

    def _begin_anew(self) -> None:
        """Set the file aside, and begin another behind the last number that was given."""
        if self.path.exists():
            # Before it is closed: SQLite would write into it once more.
            _LOG.error("%s is damaged; it is now %s, and another is begun", self.path.name, set_aside(self.path).name)
        self._let_go()
        self._writer = self._made()
        self._last_there = 0
        self._file, self._size = identity(self.path), self.path.stat().st_size

    def _keep_hold(self) -> None:
        """See that what is written goes into the file at the path: bodies in any other would be lost with it."""
        assert self._writer is not None
        if identity(self.path) != self._file:
            self._put_back(self._writer)
            return
        size = self.path.stat().st_size
        # Nothing is ever taken out of an inbox: one that became smaller was written over.
        if size < self._size or _last(self._writer) < self._last_there:
            self._begin_anew()
        self._size = max(size, self._size)

    def _put_back(self, writer: sqlite3.Connection) -> None:
        """Write what the open file holds to the path again: it was taken away, or another put in its place."""
        if self.path.exists():
            _LOG.error("another %s was put in place of the one in use; it is now %s", self.path.name,
                       set_aside(self.path).name)  # fmt: skip
        for suffix in ("-wal", "-shm"):
            # Of the file in use, which keeps them open; under the new one's name they would be played into it.
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        make_private(self.path)
        with closing(self._connected()) as target:
            writer.backup(target)
        _LOG.error("%s was taken away while it was in use; it was written again", self.path.name)
        self._let_go()
        self._begin()

    def _let_go(self) -> None:
        for db in (self._writer, self._reader):
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()
        self._writer = self._reader = None

    def _opened(self, door: str, form: str, received: int, sealed: bytes, events: int, first: int) -> Stored:
        place = _place(Body(door, form, received, b"", events))
        return Stored(door, form, received, self._sealer.open(first, sealed, place), events, first)

    def _made(self) -> sqlite3.Connection:
        # SQLite gives its WAL and shared-memory files the mode of the main file, so that one is made first.
        make_private(self.path)
        db = self._connected()
        for setting in (
            "page_size = 16384",  # a body is some tens of kilobytes
            "journal_mode = WAL",
            "synchronous = FULL",  # the log is synced at every commit: that is what an acknowledgement stands on
            "wal_autocheckpoint = 4000",
            "cache_size = -16384",
        ):
            db.execute(f"PRAGMA {setting}")
        db.executescript(_SCHEMA)
        if not db.execute("PRAGMA application_id").fetchone()[0]:
            db.execute(f"PRAGMA application_id = {secrets.randbelow((1 << 31) - 1) + 1}")
        return db

    def _reading(self) -> sqlite3.Connection | None:
        if self._reader is not None and identity(self.path) != self._read:
            self._reader.close()
            self._reader = None
        if self._reader is None and self.path.exists():
            self._read = identity(self.path)
            db = self._connected()
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA cache_size = -8192")
            if not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'segments'").fetchone()[0]:
                db.close()
                return None
            self._reader = db
        return self._reader

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            fault = named(error, self.path)
            if fault is not None:
                raise InboxError(fault.words) from None
            name = getattr(error, "sqlite_errorname", None) or type(error).__name__
            raise InboxError(
                Words(
                    f"the inbox {self.path} cannot be used ({name}): look at the disk's free space and health, "
                    "and whether this user may write there",
                    f"无法使用收件箱 {self.path}（{name}）：请检查磁盘的剩余空间与状况，以及当前用户的写入权限",
                )
            ) from None


def _last(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT first + events - 1 FROM bodies ORDER BY first DESC LIMIT 1").fetchone()
    return row[0] if row else 0


def _place(body: Body) -> bytes:
    return f"{body.door}|{body.form}|{body.received}|{body.events}".encode()


def _share(shares: dict[tuple[str, int], tuple[int, int]], door: str, first: int, last: int) -> None:
    """Add events `first` to `last` of a door to the segments they fall in."""
    for segment in range(segment_of(first), segment_of(last) + 1):
        start, end = max(first, segment * SEGMENT + 1), min(last, (segment + 1) * SEGMENT)
        known = shares.get((door, segment), (0, 0))[1]
        shares[door, segment] = end, known + end - start + 1


def segment_of(number: int) -> int:
    """Return the segment an event number falls in."""
    return (number - 1) // SEGMENT
