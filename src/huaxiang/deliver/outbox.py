"""The outbox of the live store, read from a place on, by whoever keeps a place of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from huaxiang.damage import told
from huaxiang.errors import DamagedError, DiskError
from huaxiang.serving.store import LiveStore

_COLUMNS = "id, batch, subject, topic, payload, at"
_OVERLAP = 600_000_000
"""How far before its last row a reader begins again in a store made anew: clocks may have been set back (10 min)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its number in the outbox, what it is about (`data`, as JSON in `payload`), when (µs since 1970)."""

    number: int
    batch: int
    subject: int
    topic: str
    payload: str
    at: int

    @property
    def id(self) -> str:
        """The message's own id, from its content: the same whenever it is read, another in a store made anew."""
        content = f"{self.number}\n{self.at}\n{self.topic}\n{self.payload}".encode()
        return "msg_" + blake2b(content, digest_size=16).hexdigest()

    @property
    def data(self) -> Mapping[str, Any]:
        """What the message says."""
        decoded = msgspec.json.decode(self.payload)
        return decoded if isinstance(decoded, dict) else {}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row taken: its number and moment. Both are needed: numbers begin again when a store is made anew."""

    number: int = 0
    at: int = 0


@dataclass(frozen=True)
class Page:
    """Messages after a cursor, in order; where to go on; how many rows were thrown away before anybody took them."""

    messages: tuple[Message, ...]
    cursor: Cursor
    missed: int = 0


class Outbox:
    """Reads the outbox of the live store at `path`, which may come later, or be made anew. Not for two threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store: LiveStore | None = None

    def after(self, cursor: Cursor, most: int) -> Page:
        """Return up to `most` messages after `cursor`; none when there is no store yet."""
        try:
            return self._after(cursor, most)
        except FileNotFoundError:
            return Page((), cursor)
        except (DamagedError, DiskError):
            # Whatever it is made anew from, it will be another file.
            self.close()
            raise

    def since(self, number: int, most: int) -> list[Message]:
        """Return up to `most` messages whose number is greater; none when there is no store yet."""
        try:
            return self._select("WHERE id > ? ORDER BY id LIMIT ?", number, most)
        except (FileNotFoundError, DamagedError, DiskError):
            return []

    def end(self) -> Cursor:
        """Return the cursor behind the newest message."""
        try:
            found = self._select("ORDER BY id DESC LIMIT 1")
        except (FileNotFoundError, DamagedError, DiskError):
            return Cursor()
        return Cursor(found[0].number, found[0].at) if found else Cursor()

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
        self._store = None

    def _after(self, cursor: Cursor, most: int) -> Page:
        # The row of the cursor itself comes first, while it is there: it tells that this is the same store.
        rows = self._select("WHERE id >= ? ORDER BY id LIMIT ?", cursor.number, most + 1)
        if cursor.number == 0:
            return _page(rows[:most], cursor)
        if rows and (rows[0].number, rows[0].at) == (cursor.number, cursor.at):
            return _page(rows[1:], cursor)
        if rows and rows[0].number > cursor.number:
            return _page(rows[:most], cursor, rows[0].number - cursor.number - 1)
        rows = self._select("WHERE at >= ? ORDER BY id LIMIT ?", cursor.at - _OVERLAP, most)
        return _page(rows, cursor) if rows else Page((), self.end())

    def _select(self, where: str, *parameters: int) -> list[Message]:
        store = self._opened()
        with told(self.path):
            rows = store.db.execute(f"SELECT {_COLUMNS} FROM outbox {where}", parameters)
            return [Message(*row) for row in rows.fetchall()]

    def _opened(self) -> LiveStore:
        if self._store is not None and self._store.moved():
            self.close()
        if self._store is None:
            self._store = LiveStore(self.path)
        return self._store


def _page(rows: list[Message], cursor: Cursor, missed: int = 0) -> Page:
    return Page(tuple(rows), Cursor(rows[-1].number, rows[-1].at) if rows else cursor, missed)
