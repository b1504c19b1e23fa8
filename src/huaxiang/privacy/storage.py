"""The vault's SQLite file: its schema, its connections, its canary; what is deleted there is gone from the bytes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from huaxiang.damage import identity, told
from huaxiang.errors import WrongKeyError
from huaxiang.privacy.files import hold_bytes, make_private
from huaxiang.privacy.keys import MasterKey, Purpose, key_check
from huaxiang.privacy.seal import Sealer, SealError
from huaxiang.words import Words

_SCHEMA = """
CREATE TABLE IF NOT EXISTS canary (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS persons (
    owner INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, sealed BLOB NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS shredded (owner INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pending (
    part TEXT NOT NULL, piece INTEGER NOT NULL, wrapped BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (part, piece));
CREATE TABLE IF NOT EXISTS written (
    id INTEGER PRIMARY KEY CHECK (id = 1), vault TEXT NOT NULL, times INTEGER NOT NULL, key TEXT NOT NULL);
"""
_CANARY = b"huaxiang vault 1"
_BUSY_SECONDS = 120.0
_SEARCH_BYTES = 8_000_000_000


class VaultFile:
    """One SQLite file in WAL mode, mode 0600, safe for threads and processes: a connection is lent for each use.

    Readers never wait for a writer and see the state before it; writers wait for one another.
    """

    def __init__(self, path: Path, master: MasterKey) -> None:
        """Open the file at `path`, or make it and seal its canary. Raises MasterKeyError (see `check`)."""
        self.path = path
        self.wrapping = Sealer(master.sub_key(Purpose.KEY_WRAPPING))
        self._idle: deque[sqlite3.Connection] = deque()
        self._file: tuple[int, int] | None = None
        # SQLite gives its WAL and shared-memory files the mode of the main file, so that one is made first.
        with told(path):
            make_private(path)
            path.chmod(0o600)
        try:
            with self.writing(noted=False) as db:
                for statement in _SCHEMA.strip().rstrip(";").split(";\n"):
                    db.execute(statement)
                if db.execute("SELECT EXISTS (SELECT 1 FROM persons)").fetchone() == (0,):
                    db.execute("INSERT OR IGNORE INTO canary VALUES (1, ?)", (self.wrapping.seal(_CANARY, _CANARY),))
            self.check()
            self._note(key_check(master))
        except BaseException:
            self.close()
            raise

    def _note(self, key: str) -> None:
        """Note which vault this is, and of which key, once it is known to be the right one."""
        with self.reading() as db:
            noted = db.execute("SELECT 1 FROM written").fetchone()
        if noted is None:
            with self.writing(noted=False) as db:
                db.execute("INSERT OR IGNORE INTO written VALUES (1, ?, 0, ?)", (os.urandom(8).hex(), key))

    def check(self) -> None:
        """Open the canary. Raises MasterKeyError when the vault was sealed with another key."""
        with self.reading() as db:
            row = db.execute("SELECT sealed FROM canary").fetchone()
        try:
            opened = row is not None and self.wrapping.open(row[0], _CANARY) == _CANARY
        except SealError:
            opened = False
        if not opened:
            raise WrongKeyError(
                Words(
                    en=f"this master key is not the one the vault {self.path} was sealed with: put that key back",
                    zh=f"当前主密钥不是封存保险库 {self.path} 时所用的那一把：请放回原来的主密钥",
                )
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading, with one unchanging view of the file until it is given back."""
        with self._lent() as db, _transaction(db, "BEGIN"):
            yield db

    @contextmanager
    def writing(self, *, noted: bool = True) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a transaction: all of what is done is kept, or, on an exception, none.

        `noted`: it is counted, so that an older copy of the file can be told from this one.
        """
        with self._lent() as db, _transaction(db, "BEGIN IMMEDIATE"):
            yield db
            if noted:
                db.execute("UPDATE written SET times = times + 1")

    def purge(self) -> bool:
        """Move the WAL into the file and empty it; False when a reader still holds an older view (try again later)."""
        with self._lent() as db:
            busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def rebuild(self) -> None:
        """Write the whole file anew, without anything that is no longer in a table."""
        with self._lent() as db:
            db.execute("VACUUM")

    def holds(self, pieces: Sequence[bytes]) -> bool:
        """Search the raw bytes of the file and its WAL: whether any of `pieces` is there still, in use or not.

        True without searching when that would take long: writing the file anew is then the shorter way.
        """
        if len(pieces) * self.path.stat().st_size > _SEARCH_BYTES:
            return len(pieces) > 0
        return hold_bytes((self.path, self.path.with_name(self.path.name + "-wal")), pieces)

    def close(self) -> None:
        """Close the connections that are not lent; the last one to close empties the WAL."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        with told(self.path):
            if self._file not in (None, identity(self.path)) and self.path.exists():
                # Another vault was put in place of the one that was open: what is written goes into that one.
                self.close()
            try:
                db = self._idle.pop()
            except IndexError:
                db = self._connect()
            try:
                yield db
            finally:
                self._idle.append(db)

    def _connect(self) -> sqlite3.Connection:
        # A lent connection may travel from thread to thread, though never two at a time.
        db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._file = identity(self.path)
        for setting in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",  # deleted bytes are overwritten with zeros, free pages too
            "temp_store = MEMORY",  # nothing of the vault in files elsewhere
            "cache_size = -65536",
        ):
            db.execute(f"PRAGMA {setting}")
        return db


def standing(path: Path) -> tuple[str, int, int]:
    """Return which vault a file holds, how often it was written to, and how many persons it has forgotten.

    ("", 0, 0) for one that holds nothing yet. Nothing is written, nobody waited for. Raises DamagedError, DiskError.
    """
    with told(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'written'").fetchone():
            return "", 0, 0
        vault, times = db.execute("SELECT vault, times FROM written").fetchone()
        (shredded,) = db.execute("SELECT count(*) FROM shredded").fetchone()
    return str(vault), int(times), int(shredded)


def microseconds() -> int:
    """Return the time as microseconds since 1970 in UTC: when a record was written or shredded."""
    return time.time_ns() // 1000


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
