"""What happened with a customer since the build: facts that events became, told as a timeline tells them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from huaxiang.engine.duckdb import quoted
from huaxiang.model import FactTable
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.opened import live_store
from huaxiang.read.timeline import Entry, entry_of
from huaxiang.serving.deltas import Deltas, stored_name

MOST = 30
"""So many of the latest are shown."""


@dataclass(frozen=True)
class Happened:
    """One thing that happened, and the numbers of the events it was told by; `facts`: of how many facts it is."""

    entry: Entry
    events: tuple[int, ...]
    facts: int


def happened_since(current: CurrentBuild, subject: int, known_as: int | None = None) -> tuple[Happened, ...]:
    """Return what events added to a customer and the build does not have, latest first, at most `MOST`.

    `known_as` is the customer's number in the build, where it is another one.
    """
    found = []
    with live_store(current.project.store) as store:
        if store is None:
            return ()
        for table in current.project.model.facts.values():
            found += _of_table(current, store.db, table, subject, known_as or subject)
    found.sort(key=lambda each: (each.entry.at is not None, each.entry.at, each.events), reverse=True)
    return tuple(found[:MOST])


def _of_table(
    current: CurrentBuild, db: sqlite3.Connection, table: FactTable, subject: int, known_as: int
) -> list[Happened]:
    name = stored_name(table.name)
    rows = Deltas(db, {table.name: table}).facts_of(table.name, [subject]).to_pylist()
    if not rows:
        return []
    numbers = dict(db.execute(f"SELECT fact_id, number FROM {quoted(name)} WHERE subject = ?", (subject,)).fetchall())
    there = _in_build(current, table.name, known_as)
    groups: dict[object, list[dict[str, Any]]] = {}
    for row in rows:
        if row["fact_id"] not in there:
            groups.setdefault(_together(table, row), []).append(row)
    return [_happened(current, table, group, numbers) for group in groups.values()]


def _in_build(current: CurrentBuild, table: str, subject: int) -> set[int]:
    if table not in current.tables:
        return set()
    rows = current.engine.rows(f"SELECT fact_id FROM {quoted(table)} WHERE subject = ?", [subject])
    return {int(row[0]) for row in rows}


def _together(table: FactTable, row: Mapping[str, Any]) -> object:
    # The lines of one receipt belong together; everything else stands alone.
    if table.name == "orders" and row.get("order_id"):
        return row["source"], row["order_id"], row["occurred_at"]
    return row["fact_id"]


def _happened(
    current: CurrentBuild, table: FactTable, rows: list[dict[str, Any]], numbers: Mapping[int, int]
) -> Happened:
    events = tuple(sorted({numbers[row["fact_id"]] for row in rows}))
    return Happened(replace(entry_of(current, table, rows), places=()), events, len(rows))
