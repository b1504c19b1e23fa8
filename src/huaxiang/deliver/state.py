"""What was sent to whom, in .huaxiang/deliveries.db: the place in the outbox, messages, subscribers' standing.

A message, its deliveries and the place behind it are one transaction: after a crash each is waiting or was not taken.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from huaxiang import stores
from huaxiang.damage import identity, set_aside, told
from huaxiang.deliver.outbox import Cursor, Message
from huaxiang.deliver.reasons import DEAD, DELIVERED, DISABLED, ENABLED, WAITING
from huaxiang.errors import DamagedError, HuaxiangError

STATE_FILE = stores.STATE_FILE
_LOG = logging.getLogger(__name__)
DAY = 86_400_000_000
KEPT_DELIVERED, KEPT_OTHERS = 7 * DAY, 90 * DAY
_SCHEMA = """
CREATE TABLE IF NOT EXISTS place (
  one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, at INTEGER NOT NULL, missed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE, batch INTEGER NOT NULL, subject INTEGER NOT NULL,
  topic TEXT NOT NULL, payload TEXT NOT NULL, at INTEGER NOT NULL, taken INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of ON messages (subject);
CREATE INDEX IF NOT EXISTS messages_in ON messages (batch);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, subscriber TEXT NOT NULL, message INTEGER NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, status INTEGER, why TEXT NOT NULL, tried INTEGER,
  UNIQUE (message, subscriber)
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (subscriber, next_at, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS deliveries_in ON deliveries (subscriber, state);
CREATE TABLE IF NOT EXISTS subscribers (
  code TEXT PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL, since INTEGER NOT NULL, paused INTEGER NOT NULL,
  delivered INTEGER, failed INTEGER
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come: its number, its message, how often it was tried."""

    id: int
    message: str
    subject: int
    topic: str
    payload: str
    at: int
    attempts: int


class Deliveries:
    """The state of all deliveries of a project. Moments are in microseconds since 1970 (UTC).

    The server sends; the command line, too, may enable and replay: SQLite lets them write in turn.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, made if need be. Raises DamagedError when it is no state of ours, DiskError."""
        self.path = path
        with told(path):
            self._open()

    @classmethod
    def mended(cls, path: Path) -> Self:
        """Open the file as the server does: one that is damaged is set aside, and begun anew. Raises DiskError."""
        try:
            return cls(path)
        except DamagedError as fault:
            _LOG.warning("%s; it is now %s", fault.words.en, set_aside(path).name)
            return cls(path)

    def begin_anew(self) -> None:
        """Set the file aside, if it is still there, and begin another: messages are taken from the outbox again."""
        with suppress(sqlite3.Error):
            self.db.close()
        if not self.moved():
            _LOG.warning("%s is now %s", self.path.name, set_aside(self.path).name)
        with told(self.path):
            self._open()

    def note_damage(self, fault: HuaxiangError | None) -> bool:
        """Remember, if `fault` says so, that the file is damaged: whoever may close it begins anew."""
        if isinstance(fault, DamagedError) and fault.path == self.path:
            self.hurt = True
        return self.hurt

    def moved(self) -> bool:
        """Tell whether another file than the one that was opened is at the path now, or none."""
        return identity(self.path) != self._file

    def _open(self) -> None:
        path = self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        # Messages and the place in the outbox fall back together, and are then taken again: nothing is lost.
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.executescript(_SCHEMA)
        self._file, self.hurt = identity(path), False

    def place(self) -> tuple[Cursor, int]:
        """Return the place in the outbox, and how many messages were gone before they were read."""
        row = self.db.execute("SELECT number, at, missed FROM place").fetchone()
        return (Cursor(row[0], row[1]), int(row[2])) if row else (Cursor(), 0)

    def take(self, wanted: Iterable[tuple[Message, Sequence[str]]], cursor: Cursor, missed: int, now: int) -> None:
        """Keep messages with the subscribers that want them, and the place behind them, in one transaction.

        A message that is known already is not taken again.
        """
        with self.transaction():
            for place, (message, subscribers) in enumerate(wanted):
                added = self.db.execute(
                    "INSERT OR IGNORE INTO messages (message, batch, subject, topic, payload, at, taken) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                    (message.id, message.batch, message.subject, message.topic, message.payload, message.at, now),
                ).fetchone()
                if added is None:
                    continue
                # One microsecond apart: the order of their moments is the order of the messages.
                self.db.executemany(
                    "INSERT INTO deliveries (subscriber, message, state, attempts, next_at, why) "
                    f"VALUES (?, ?, '{WAITING}', 0, ?, '')",
                    [(code, added[0], now + place) for code in subscribers],
                )
            self.db.execute(
                "INSERT INTO place VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE "
                "SET number = excluded.number, at = excluded.at, missed = place.missed + excluded.missed",
                (cursor.number, cursor.at, missed),
            )

    def due(self, subscriber: str, now: int, most: int) -> list[Due]:
        """Return deliveries whose time has come, in order; none while the subscriber is disabled or wants a pause."""
        standing = self.db.execute("SELECT state, paused FROM subscribers WHERE code = ?", (subscriber,)).fetchone()
        if standing is not None and (standing[0] == DISABLED or standing[1] > now):
            return []
        rows = self.db.execute(
            "SELECT d.id, m.message, m.subject, m.topic, m.payload, m.at, d.attempts FROM ("
            f"SELECT * FROM deliveries WHERE subscriber = ? AND state = '{WAITING}' AND next_at <= ? "
            "ORDER BY next_at, id LIMIT ?) d JOIN messages m ON m.id = d.message ORDER BY d.next_at, d.id",
            (subscriber, now, most),
        )
        return [Due(*row) for row in rows.fetchall()]

    def delivered(self, delivery: int, subscriber: str, status: int, now: int) -> None:
        """Note that a message has arrived."""
        with self.transaction():
            self.db.execute(
                f"UPDATE deliveries SET state = '{DELIVERED}', attempts = attempts + 1, status = ?, why = '', "
                "tried = ? WHERE id = ?",
                (status, now, delivery),
            )
            self._stand(subscriber, "delivered = :now, paused = 0", now)

    def failed(
        self, delivery: int, subscriber: str, status: int | None, why: str, next_at: int | None, now: int
    ) -> None:
        """Note that an attempt failed: it is tried again at `next_at`, or is a dead letter without one."""
        state = WAITING if next_at is not None else DEAD
        with self.transaction():
            self.db.execute(
                "UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at = coalesce(?, next_at), status = ?, "
                "why = ?, tried = ? WHERE id = ?",
                (state, next_at, status, why, now, delivery),
            )
            self._stand(subscriber, "failed = :now", now)

    def pause(self, subscriber: str, until: int, now: int) -> None:
        """Send nothing to a subscriber until a moment: it asked for that."""
        with self.transaction():
            self._stand(subscriber, "paused = :value", now, until)

    def disable(self, subscriber: str, why: str, now: int) -> None:
        """Send nothing more to a subscriber; what is for it waits until it is enabled again."""
        with self.transaction():
            self._stand(subscriber, f"state = '{DISABLED}', why = :value, since = :now", now, why)

    def enable(self, subscriber: str, now: int) -> None:
        """Send to a subscriber again, at once."""
        with self.transaction():
            self._stand(subscriber, f"state = '{ENABLED}', why = '', since = :now, paused = 0", now)

    def note(self, subscriber: str, why: str, now: int) -> None:
        """Say why an enabled subscriber cannot be sent to ("secret"), or that it can ("")."""
        with self.transaction():
            self._stand(subscriber, f"why = CASE state WHEN '{ENABLED}' THEN :value ELSE why END", now, why)

    def replay(self, now: int, *, ids: Sequence[int] = (), subscriber: str = "", state: str = "") -> int:
        """Send deliveries again, at once, with the ids they had; return how many. Which: by number, or by both others.

        Deliveries that wait already are only brought forward.
        """
        chosen = "id IN (SELECT value FROM json_each(?))" if ids else "subscriber = ? AND state = ?"
        values: tuple[object, ...] = (str(list(ids)),) if ids else (subscriber, state)
        with self.transaction():
            self.db.execute("DROP TABLE IF EXISTS temp.again")
            self.db.execute(f"CREATE TEMP TABLE again AS SELECT id FROM deliveries WHERE {chosen} ORDER BY id", values)
            done = self.db.execute(
                f"UPDATE deliveries SET state = '{WAITING}', attempts = 0, why = '', "
                "next_at = ? + (SELECT rowid FROM again a WHERE a.id = deliveries.id) "
                "WHERE id IN (SELECT id FROM again)",
                (now,),
            )
            return done.rowcount

    def prune(self, now: int) -> None:
        """Forget what was delivered a week ago, and everything else after ninety days."""
        with self.transaction():
            self.db.execute(
                f"DELETE FROM deliveries WHERE (state = '{DELIVERED}' AND tried < ?) OR "
                "message IN (SELECT id FROM messages WHERE taken < ?)",
                (now - KEPT_DELIVERED, now - KEPT_OTHERS),
            )
            self.db.execute(
                "DELETE FROM messages WHERE taken < ? AND id NOT IN (SELECT message FROM deliveries)",
                (now - KEPT_DELIVERED,),
            )

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stand(self, subscriber: str, change: str, now: int, value: object = None) -> None:
        self.db.execute(
            f"INSERT INTO subscribers VALUES (?, '{ENABLED}', '', ?, 0, NULL, NULL) ON CONFLICT (code) DO NOTHING",
            (subscriber, now),
        )
        named = {"code": subscriber, "now": now, "value": value}
        self.db.execute(f"UPDATE subscribers SET {change} WHERE code = :code", named)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that the block notes, or nothing; one inside another is part of it."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
