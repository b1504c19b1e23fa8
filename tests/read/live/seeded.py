"""A live store and an inbox as the applier and the doors leave them, filled by hand for a copy of the sample shop."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from huaxiang.inbox.log import INBOX_FILE, Body, Inbox
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.live.opened import DELIVERIES_FILE, SECOND
from huaxiang.serving.deltas import Deltas, fact_schema
from huaxiang.serving.export import base_folder, export_base
from huaxiang.serving.store import STORE_FILE, LiveStore, as_json

SECONDS = {"clean": 0.012, "identify": 0.008, "facts": 0.02, "tag": 0.03, "compare": 0.005, "commit": 0.004}
_BATCH = (
    "INSERT INTO batches (at, first, last, events, facts, duplicates, quarantined, untaken, subjects, changes, moves, "
    "merges, lag_p50, lag_p99, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)


DOOR = "door: web\nname: {zh: 官网, en: Website}\naccept: [segment]\nwrite_key: public\n"


def with_door(root: Path) -> Path:
    """Give a project a door; return the project."""
    (root / "doors").mkdir(exist_ok=True)
    (root / "doors" / "web.yaml").write_text(DOOR, encoding="utf-8")
    return root


@dataclass(frozen=True)
class People:
    """Whom the events were about: a known customer, one who became part of them, one whom no build knows yet."""

    known: int
    gone: int
    new: int


class Seeded:
    """The files of what is live in one project, written as their owners write them."""

    def __init__(self, root: Path) -> None:
        self.project = load_project(root)
        self.store = LiveStore(self.project.store / STORE_FILE, writing=True)
        self.inbox = Inbox(
            self.project.store / INBOX_FILE, load_master_key(self.project.id, root), writing=True
        )  # fmt: skip
        with current_build(root) as current:
            self._base(current)
            self.people = _people(current)

    def _base(self, current: CurrentBuild) -> None:
        file = self.project.store / "builds" / current.build.file
        folder = base_folder(self.project.store, current.build.id)
        export_base(file, folder, list(current.project.model.facts), events=0)
        self.store.set_meta("base", current.build.id)
        self.deltas = Deltas(self.store.db, current.project.model.facts)
        self.deltas.make()

    def close(self) -> None:
        self.inbox.close()
        self.store.close()

    def says(self, state: str, at: int, fault: Mapping[str, str] | None = None) -> None:
        """Let the applier say how it stands."""
        for key, value in (("state", state), ("heartbeat", at), ("fault", as_json(fault or {}))):
            self.store.set_meta(key, value)

    def arrive(self, at: int, events: int = 1, door: str = "web", form: str = "track") -> int:
        """Take in a body; return the number of its last event."""
        return self.inbox.append([Body(door, form, at, b"{}", events)])

    def apply(
        self, at: int, first: int, events: Sequence[tuple[str, str, int | None, Sequence[Mapping[str, Any]]]],
        received: int, door: str = "web", **counts: int,
    ) -> int:  # fmt: skip
        """Apply events (type, name, subject, what the sources made of it); return the batch's number."""
        outcomes = [str(each["outcome"]).partition(":")[0] for *_, took in events for each in took]
        lag = (at - received) / SECOND
        number = self.store.db.execute(
            _BATCH,
            (
                at, first, first + len(events) - 1, len(events), outcomes.count("fact"), outcomes.count("duplicate"),
                outcomes.count("quarantined"), outcomes.count("untaken"), len({each[2] for each in events} - {None}),
                counts.get("changes", 0), counts.get("moves", 0), counts.get("merges", 0), lag * 0.7, lag,
                as_json(SECONDS),
            ),
        ).fetchone()[0]  # fmt: skip
        for place, (type_, name, subject, took) in enumerate(events):
            self.store.db.execute(
                "INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (first + place, number, door, type_, name, received, subject, as_json(list(took))),
            )
        self.store.set_meta("applied", first + len(events) - 1)
        return int(number)

    def change(self, batch: int, subject: int, tag: str, old: Any, new: Any, at: int) -> None:
        """Note that a tag changed."""
        self.store.db.execute(
            "INSERT INTO outbox (batch, subject, topic, payload, at) VALUES (?, ?, 'tag.changed', ?, ?)",
            (batch, subject, as_json({"tags": {tag: {"old": old, "new": new}}}), at),
        )

    def move(self, batch: int, subject: int, segment: str, move: str, at: int) -> None:
        """Note that a segment was entered or left."""
        self.store.db.execute(
            "INSERT INTO moves (batch, subject, segment, move, at) VALUES (?, ?, ?, ?, ?)",
            (batch, subject, segment, move, at),
        )

    def merge(self, batch: int, nodes: tuple[tuple[int, str], tuple[int, str]], at: int) -> None:
        """Let the gone customer become part of the known one, by two identifiers seen together."""
        (a, a_kind), (b, b_kind) = nodes
        gone, known = self.people.gone, self.people.known
        self.store.db.execute("INSERT INTO merged VALUES (?, ?)", (gone, known))
        self.store.db.execute(
            "INSERT INTO merges (batch, from_subject, into_subject, a, b, at) VALUES (?, ?, ?, ?, ?, ?)",
            (batch, gone, known, a, b, at),
        )
        for node, kind in ((a, a_kind), (b, b_kind)):
            self.store.db.execute(
                "INSERT INTO nodes (node, lo, kind, subject, state, rows) VALUES (?, 0, ?, ?, 'joined', 1)",
                (node, kind, known),
            )
        self.store.db.execute(
            "INSERT INTO links (a, b, source, part, source_row, rows) VALUES (?, ?, 'crm', 1, 7, 2)", (a, b)
        )

    def profile(
        self, batch: int, subject: int, tags: Mapping[str, Any], segments: Sequence[str], at: int
    ) -> None:  # fmt: skip
        """Lay a customer's newest tags and segments over the base."""
        self.store.db.execute(
            "INSERT OR REPLACE INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)",
            (subject, batch, at, 2, as_json([subject]), as_json(tags), as_json(segments)),
        )

    def fact(self, table: str, number: int, subject: int, at: datetime, **columns: Any) -> None:
        """Put in a fact that an event became."""
        schema = fact_schema(self.project.model.facts[table])
        given = {
            "subject": subject, "fact_id": 9_000_000 + number, "source": "web", "channel": "web", "part": 900,
            "source_row": number, "item": 0, "occurred_at": at, "day": at.date(), "recorded_at": at, **columns,
        }  # fmt: skip
        row = {field.name: given.get(field.name) for field in schema}
        self.deltas.add(table, pa.Table.from_pylist([row], schema=schema), [number])

    def deliver(self, batch: int, subject: int, topic: str, state: str, tried: int | None, **known: Any) -> None:
        """Note a message as the deliverer keeps it."""
        with closing(sqlite3.connect(self.project.store / DELIVERIES_FILE)) as db, db:
            db.executescript(
                "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE, batch "
                "INTEGER, subject INTEGER, topic TEXT, payload TEXT, at INTEGER, taken INTEGER);"
                "CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, subscriber TEXT, message INTEGER, "
                "state TEXT, attempts INTEGER, next_at INTEGER, status INTEGER, why TEXT, tried INTEGER);"
            )
            [(number,)] = db.execute("SELECT count(*) + 1 FROM messages").fetchall()
            db.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, '{}', 0, 0)",
                (number, f"m{number}", batch, subject, topic),
            )
            db.execute(
                "INSERT INTO deliveries VALUES (NULL, ?, ?, ?, ?, 0, ?, '', ?)",
                (known.get("subscriber", "crm"), number, state, known.get("attempts", 1), known.get("status"), tried),
            )


def _people(current: CurrentBuild) -> People:
    rows = current.engine.rows(
        "SELECT t.subject FROM tags t JOIN identifiers i ON i.subject = t.subject AND i.kind = 'phone' "
        "WHERE t.orders_total > 2 AND t.lifecycle IS NOT NULL ORDER BY t.subject LIMIT 2"
    )
    known, gone = (int(row[0]) for row in rows)
    return People(known, gone, known // 2 + 12_345)
