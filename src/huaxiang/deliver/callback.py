"""A Python function called for every change, in order, at least once; its place is kept in a file of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from filelock import FileLock, Timeout

from huaxiang import stores
from huaxiang.damage import set_aside
from huaxiang.definitions.fields import CODE
from huaxiang.deliver.outbox import Cursor, Message, Outbox
from huaxiang.deliver.topics import checked_topics
from huaxiang.errors import Conflict, HuaxiangError
from huaxiang.project import STORE, find_root
from huaxiang.read.subject_ids import encode_subject
from huaxiang.serving.store import STORE_FILE
from huaxiang.words import Words

CURSORS = stores.CURSORS
_PAGE = 200
_SAVE_SECONDS = 1.0


@dataclass(frozen=True)
class LiveEvent:
    """One change: `id` stays the same however often it is handed over; `at` (UTC) when it was applied.

    `subject` is the customer's public id; `data` what the topic says, with no personal value in it.
    """

    id: str
    topic: str
    subject: str
    at: datetime
    data: Mapping[str, Any]


def subscribe(
    root: Path | str, callback: Callable[[LiveEvent], object], *, topics: Iterable[str] | None = None,
    cursor_name: str = "python", beginning: bool = False, stop: Event | None = None, poll: float = 0.2,
) -> int:  # fmt: skip
    """Call `callback` for every change of a project's profiles until `stop` is set; return how many calls there were.

    `topics`: only these. `cursor_name`: under which name the place is kept: who comes back under it goes on where it
    left off; the first time begins now, or, with `beginning`, with the oldest change that is kept. `poll`: seconds
    between looks. An error of `callback` ends it, and the same change comes first the next time.
    Raises ProjectError (no project in `root`), NotFound (no such topic), Conflict (somebody has the name in use).
    """
    store = find_root(Path(root)) / STORE
    wanted = checked_topics(topics)
    if not CODE.fullmatch(cursor_name):
        raise HuaxiangError(
            Words(
                "a cursor's name is lower-case letters, digits and underscores, a letter first",
                "游标名称应为小写字母、数字和下划线，并以字母开头",
            )
        )
    (store / CURSORS).mkdir(parents=True, exist_ok=True)
    place = _Place(store / CURSORS / f"{cursor_name}.json")
    outbox, until = Outbox(store / STORE_FILE), stop or Event()
    try:
        with FileLock(store / CURSORS / f"{cursor_name}.lock", timeout=0):
            cursor = place.load() or _first(outbox, place, beginning)
            try:
                return _follow(outbox, place, cursor, callback, wanted, until, poll)
            finally:
                outbox.close()
                place.save()
    except Timeout as error:
        raise Conflict(
            Words(f"cursor {cursor_name} is in use by another process", f"游标 {cursor_name} 正被另一个进程使用")
        ) from error


def _follow(
    outbox: Outbox, place: _Place, cursor: Cursor, callback: Callable[[LiveEvent], object], wanted: frozenset[str],
    until: Event, poll: float,
) -> int:  # fmt: skip
    called = 0
    while not until.is_set():
        page = outbox.after(cursor, _PAGE)
        for message in page.messages:
            if until.is_set():
                return called
            if message.topic in wanted:
                callback(_event(message))
                called += 1
            place.move(Cursor(message.number, message.at))
        cursor = page.cursor
        place.move(cursor)
        if len(page.messages) < _PAGE:
            until.wait(poll)
    return called


def _first(outbox: Outbox, place: _Place, beginning: bool) -> Cursor:
    cursor = Cursor() if beginning else outbox.end()
    place.move(cursor)
    place.save()
    return cursor


def _event(message: Message) -> LiveEvent:
    at = datetime.fromtimestamp(message.at / 1e6, UTC)
    return LiveEvent(message.id, message.topic, encode_subject(message.subject), at, message.data)


class _Place:
    """A cursor in a file: written whole, at most once a second and at the end; until then calls may come again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cursor: Cursor | None = None
        self._saved: Cursor | None = None
        self._saved_at = 0.0

    def load(self) -> Cursor | None:
        """Return the cursor kept, None when there is none."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self._cursor = self._saved = Cursor(int(kept["number"]), int(kept["at"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            # From the first message there is: one that comes twice has its old id, one that is left out is lost.
            set_aside(self.path)
            self._cursor = Cursor()
        return self._cursor

    def move(self, cursor: Cursor) -> None:
        """Note that everything up to `cursor` has been handed over."""
        self._cursor = cursor
        if time.monotonic() - self._saved_at >= _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the cursor, if it moved."""
        if self._cursor is None or self._cursor == self._saved:
            return
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"number": self._cursor.number, "at": self._cursor.at}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._saved, self._saved_at = self._cursor, time.monotonic()
