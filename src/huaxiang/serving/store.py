"""The live store: what events changed since the base, one SQLite file that one process writes and many read.

Everything a micro-batch leaves is one transaction, with the number of the last event it took in: after a crash each
event has been applied once or not at all. No personal value is in it: people are subjects, identifiers are nodes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from huaxiang import stores
from huaxiang.damage import identity, told

STORE_FILE = stores.STORE_FILE
_encode = msgspec.json.Encoder().encode
# One transaction: whoever opens the file meanwhile finds all of it, or nothing.
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- A subject that events touched: its tags and segments as JSON, and the builds' subjects whose facts are its own.
CREATE TABLE IF NOT EXISTS profiles (
  subject INTEGER PRIMARY KEY, batch INTEGER NOT NULL, as_of INTEGER NOT NULL, since INTEGER NOT NULL,
  origins TEXT NOT NULL, tags TEXT NOT NULL, segments TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS merged (from_subject INTEGER PRIMARY KEY, into_subject INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS merged_into ON merged (into_subject);
-- Identifiers that are new, or another's than in the base; `born`: whose it was at first, which a later build goes on
-- from, so that it finds the same people under the same numbers.
CREATE TABLE IF NOT EXISTS nodes (
  node INTEGER PRIMARY KEY, lo INTEGER NOT NULL, kind TEXT NOT NULL, subject INTEGER, state TEXT NOT NULL,
  rows INTEGER NOT NULL, born INTEGER, rank INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS nodes_of ON nodes (subject);
CREATE TABLE IF NOT EXISTS links (
  a INTEGER NOT NULL, b INTEGER NOT NULL, source TEXT NOT NULL, part INTEGER NOT NULL, source_row INTEGER NOT NULL,
  rows INTEGER NOT NULL, PRIMARY KEY (a, b, source, part)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_to ON links (b);
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
  facts INTEGER NOT NULL, duplicates INTEGER NOT NULL, quarantined INTEGER NOT NULL, untaken INTEGER NOT NULL,
  subjects INTEGER NOT NULL, changes INTEGER NOT NULL, moves INTEGER NOT NULL, merges INTEGER NOT NULL,
  lag_p50 REAL NOT NULL, lag_p99 REAL NOT NULL, seconds TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS moves (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, subject INTEGER NOT NULL, segment TEXT NOT NULL, move TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS moves_in ON moves (batch);
CREATE TABLE IF NOT EXISTS merges (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, from_subject INTEGER NOT NULL, into_subject INTEGER NOT NULL,
  a INTEGER, b INTEGER, at INTEGER NOT NULL
);
-- An event's way, for the debugger: the newest ones only.
CREATE TABLE IF NOT EXISTS traces (
  number INTEGER PRIMARY KEY, batch INTEGER NOT NULL, door TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL,
  received INTEGER NOT NULL, subject INTEGER, took TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_of ON traces (subject);
CREATE TABLE IF NOT EXISTS rejected (
  id INTEGER PRIMARY KEY, number INTEGER NOT NULL, source TEXT NOT NULL, rule TEXT NOT NULL, fate TEXT NOT NULL,
  sealed BLOB NOT NULL, at INTEGER NOT NULL
);
-- What subscribers are to hear, in order.
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, subject INTEGER NOT NULL, topic TEXT NOT NULL, payload TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_in ON outbox (batch);
-- Tag by tag what a batch changed of a subject: it is told, and kept, once.
CREATE VIEW IF NOT EXISTS changes AS
SELECT o.id, o.batch, o.subject, e.key AS tag, e.value -> '$.old' AS old, e.value -> '$.new' AS new, o.at
FROM outbox o, json_each(o.payload, '$.tags') e WHERE o.topic = 'tag.changed';
COMMIT;
"""
_RANKS = "ALTER TABLE nodes ADD COLUMN rank INTEGER NOT NULL DEFAULT 1"
"""For a store that an older version made."""
_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'meta'"
KEPT_TRACES = 20_000
KEPT_OUTBOX = 500_000


class LiveStore:
    """The live store of a project. `writing`: the applier's; everybody else reads."""

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        """Open the store; the writer makes it. Raises FileNotFoundError when a reader comes before it is made.

        Raises DamagedError when it is no store of ours, DiskError when the disk does not let it be opened.
        """
        if not writing and not path.exists():
            raise FileNotFoundError(path.name)
        self.path = path
        with told(path):
            self._open(writing)

    def _open(self, writing: bool) -> None:
        path = self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        if writing:
            # A batch writes some hundred bytes to each of thousands of pages: the smaller these, the less there is to
            # write. A store that is there already keeps its own.
            self.db.execute("PRAGMA page_size = 2048")
        self.db.execute("PRAGMA journal_mode = WAL")
        # A file that is mapped and then cut short ends whoever reads it: the applier is started again, the server that
        # takes events in is not.
        self.db.execute(f"PRAGMA mmap_size = {(1 << 30) if writing else 0}")
        if writing:
            # The inbox is what must not be lost; this is made again from it. NORMAL keeps it whole after a crash.
            self.db.execute("PRAGMA synchronous = NORMAL")
            # See Checkpoints: a commit does not wait for one.
            self.db.execute("PRAGMA wal_autocheckpoint = 0")
            self.db.execute("PRAGMA cache_size = -65536")
            self.db.executescript(_SCHEMA)
            if "rank" not in {row[1] for row in self.db.execute("PRAGMA table_info(nodes)")}:
                self.db.execute(_RANKS)
        else:
            self.db.execute("PRAGMA query_only = true")
            if self.db.execute(_MADE).fetchone() is None:
                self.db.close()
                raise FileNotFoundError(path.name)
        self._file = identity(path)

    def moved(self) -> bool:
        """Tell whether another file than the one that was opened is at the path now, or none."""
        return identity(self.path) != self._file

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend the database to the block: all of it is kept, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def meta(self, key: str, default: str = "") -> str:
        """Return a fact about the store: "base" (number of the build under it), "applied" (last event taken in)."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def set_meta(self, key: str, value: object) -> None:
        """Note a fact about the store."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))

    @property
    def applied(self) -> int:
        """The number of the last event that is in the profiles."""
        return int(self.meta("applied", "0"))

    def survivor(self, subject: int) -> int:
        """Return whom a subject is part of now: itself, unless it was merged."""
        seen = set[int]()
        while subject not in seen:
            seen.add(subject)
            row = self.db.execute("SELECT into_subject FROM merged WHERE from_subject = ?", (subject,)).fetchone()
            if row is None:
                return subject
            subject = int(row[0])
        return subject

    def absorbed(self, subject: int) -> list[int]:
        """Return every subject that became part of one: who was merged before goes on to the same survivor."""
        rows = self.db.execute("SELECT from_subject FROM merged WHERE into_subject = ?", (subject,))
        return [int(gone) for (gone,) in rows]

    def profiles(self, subjects: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what is live of each of `subjects` that events touched: batch, as_of, since, origins, tags, segments.

        `as_of` is in microseconds since 1970 (UTC).
        """
        found = self._rows("profiles", "subject", subjects)
        for row in found:
            for name in ("origins", "tags", "segments"):
                row[name] = msgspec.json.decode(row[name])
        return {row["subject"]: row for row in found}

    def subjects_of(self, nodes: Sequence[int]) -> dict[int, int | None]:
        """Return whose each of `nodes` is, of those the store knows better than the base."""
        return {row["node"]: row["subject"] for row in self._rows("nodes", "node", nodes)}

    def nodes(self, nodes: Sequence[int]) -> list[dict[str, Any]]:
        """Return the rows of those identifiers that the store knows better than the base."""
        return self._rows("nodes", "node", nodes)

    def nodes_of(self, subjects: Iterable[int]) -> list[int]:
        """Return the identifiers of some subjects that are new, or another's than in the base."""
        return [row["node"] for row in self._rows("nodes", "subject", list(subjects))]

    def dicts(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Return the answer's rows as dictionaries."""
        cursor = self.db.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _rows(self, table: str, key: str, values: Sequence[int]) -> list[dict[str, Any]]:
        if len(values) == 1:
            return self.dicts(f"SELECT * FROM {table} WHERE {key} = ?", (int(values[0]),))
        listed = msgspec.json.encode([int(value) for value in values]).decode()
        return self.dicts(f"SELECT * FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))", (listed,))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def as_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a value as the store keeps it."""
    return _encode(value).decode()
