"""Everything that happened with one customer, over all channels, latest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.codes import CHANNELS, value_words
from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.errors import NotFound
from huaxiang.model import FactTable
from huaxiang.read.current import CurrentBuild
from huaxiang.read.sensitive import scrubbed, show_fact, withheld_columns
from huaxiang.read.showing import local, money, number
from huaxiang.read.terms import source_words, term
from huaxiang.words import Words

_TIMELESS = "TIMESTAMP '0001-01-01 00:00:00'"
_ORDERS = "orders"
_HEADLINES = ("event", "kind", "status")
_HIDDEN = frozenset({"line", "session", "event_key", "call_id", "message_id", "interaction_id", "answer_id"})
"""Columns that only tell rows apart."""


@dataclass(frozen=True)
class Place:
    """Where a fact came from: source, file (relative to the project) and the row in it."""

    source: str
    words: Words
    file: str
    row: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `at` is the project's wall clock, None for what has no time (it always holds).

    `title` says what, `fields` are (column, value) pairs; the lines of one order are one entry, told in `lines`.
    """

    fact: str
    fact_words: Words
    at: datetime | None
    channel: str
    channel_words: Words
    title: Words
    fields: tuple[tuple[Words, Words], ...]
    lines: tuple[Words, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Timeline:
    """A page of a timeline; `before` asks for the next one, None when this is the last."""

    entries: tuple[Entry, ...]
    before: str | None
    channels: tuple[tuple[str, Words, int], ...]
    """Every channel the customer has facts of, with their number: the filter's choices."""
    total: int


def timeline(
    current: CurrentBuild, subject: int, before: str | None = None, limit: int = 50, channel: str | None = None
) -> Timeline:
    """Return a page of one customer's timeline, of all channels or of one. `before` is from the page before."""
    tables = [table for name, table in current.project.model.facts.items() if name in current.tables]
    heads = _heads(current, tables, subject, before, limit, channel)
    shown = heads[:limit]
    facts = _facts(current, tables, subject, shown)
    entries = tuple(_entry(current, head, facts) for head in shown)
    following = _cursor(shown[-1]) if len(heads) > limit else None
    channels, total = _channels(current, tables, subject)
    return Timeline(entries, following, channels, total)


def _heads(
    current: CurrentBuild,
    tables: Sequence[FactTable],
    subject: int,
    before: str | None,
    limit: int,
    channel: str | None,
) -> list[tuple[Any, ...]]:
    """Return (fact, at, channel, key, fact ids), one entry a row, one more than asked for when there are more."""
    parts, parameters = [], list[object]()
    for table in tables:
        # The lines of one receipt belong together; everything else stands alone.
        group = f"source, order_id, coalesce(order_id, CAST(fact_id AS VARCHAR)), {_at()}"
        grouped = group if table.name == _ORDERS else "fact_id"
        parts.append(
            f"SELECT {quoted_text(table.name)} AS fact, max({_at()}) AS moment, "
            "CAST(min(channel) AS VARCHAR) AS channel, min(fact_id) AS key, "
            f"list(fact_id ORDER BY source_row, item) AS ids FROM {quoted(table.name)} "
            f"WHERE subject = ? GROUP BY {grouped}"
        )
        parameters.append(subject)
    where = []
    if channel:
        where.append("channel = ?")
        parameters.append(channel)
    if before:
        at, key = _uncursor(before)
        where.append("(moment < ? OR (moment = ? AND key > ?))")
        parameters += [at, at, key]
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    union = " UNION ALL ".join(parts)
    shown = f"SELECT fact, moment, channel, key, ids FROM ({union}){condition}"
    return current.engine.rows(f"{shown} ORDER BY moment DESC, key LIMIT {int(limit) + 1}", parameters)


def _at() -> str:
    return f"coalesce(occurred_at, {_TIMELESS})"


def _cursor(head: tuple[Any, ...]) -> str:
    return f"{head[1].isoformat()}|{head[3]}"


def _uncursor(text: str) -> tuple[datetime, int]:
    at, _, key = text.partition("|")
    try:
        return datetime.fromisoformat(at), int(key)
    except ValueError:
        raise NotFound(Words("this is no place in a timeline", "时间线上没有这个位置")) from None


def _facts(
    current: CurrentBuild, tables: Sequence[FactTable], subject: int, heads: Sequence[tuple[Any, ...]]
) -> dict[tuple[str, int], dict[str, Any]]:
    found = {}
    for table in tables:
        ids = [each for head in heads if head[0] == table.name for each in head[4]]
        if not ids:
            continue
        sql = f"SELECT * FROM {quoted(table.name)} WHERE subject = ? AND fact_id IN (SELECT unnest(?))"
        for row in current.engine.dicts(sql, [subject, ids]):
            found[table.name, row["fact_id"]] = row
    return found


def _entry(current: CurrentBuild, head: tuple[Any, ...], facts: Mapping[tuple[str, int], dict[str, Any]]) -> Entry:
    name, _, _, _, ids = head
    return entry_of(current, current.project.model.facts[name], [facts[name, each] for each in ids])


def entry_of(current: CurrentBuild, table: FactTable, rows: Sequence[dict[str, Any]]) -> Entry:
    """Return one thing that happened, of the fact (or the lines of one order) that says so."""
    channel = min(row["channel"] for row in rows)
    at = max((row["occurred_at"] for row in rows if row["occurred_at"] is not None), default=None)
    when = local(at, current.project.zone) if at is not None else None
    single = len(rows) == 1
    return Entry(
        table.name,
        table.words,
        when,
        channel,
        term(CHANNELS, channel),
        scrubbed(_title(current, table, rows)),
        _fields(current, table, rows[0]) if single else _shared(current, table, rows),
        () if single else tuple(_line(current, table, row) for row in rows),
        _places(current, rows),
    )


def _title(current: CurrentBuild, table: FactTable, rows: Sequence[dict[str, Any]]) -> Words:
    if table.name == _ORDERS:
        total = money(sum(row["amount"] or 0 for row in rows), current.project.currency)
        known = [row["quantity"] for row in rows if row.get("quantity") is not None]
        pieces = number(sum(known))
        status = rows[0].get("status")
        said = value_words(str(status)) if status and status != "paid" else None
        en, zh = f"Bought {pieces} item{'' if pieces == '1' else 's'}, {total}", f"购买 {pieces} 件，{total}"
        if not known:
            en, zh = f"Bought for {total}", f"购买，{total}"
        return Words(f"{en} ({said.en.lower()})", f"{zh}（{said.zh}）") if said else Words(en, zh)
    row = rows[0]
    headline = next((row[name] for name in _HEADLINES if row.get(name)), None)
    if headline is None:
        return table.words
    said = value_words(str(headline))
    about = row.get("query") or row.get("topic") or row.get("category")
    if not about:
        return said
    about = value_words(str(about))
    return Words(f"{said.en}: {about.en}", f"{said.zh}：{about.zh}")


def _fields(current: CurrentBuild, table: FactTable, row: Mapping[str, Any]) -> tuple[tuple[Words, Words], ...]:
    hidden = withheld_columns(current.project.tags)
    return tuple(
        (column.words, show_fact(row[name], table, column, current.project, hidden))
        for name, column in table.columns.items()
        if name not in _HIDDEN and row.get(name) is not None
    )


def _shared(
    current: CurrentBuild, table: FactTable, rows: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Words, Words], ...]:
    same = {name: value for name, value in rows[0].items() if all(row[name] == value for row in rows)}
    own = {"amount", "discount", "quantity", "category", "product"}
    return _fields(current, table, {name: value for name, value in same.items() if name not in own})


def _line(current: CurrentBuild, table: FactTable, row: Mapping[str, Any]) -> Words:
    hidden = withheld_columns(current.project.tags)
    parts = [
        show_fact(row[name], table, table.columns[name], current.project, hidden)
        for name in ("category", "product")
        if row.get(name) is not None
    ]
    quantity = f"× {number(row['quantity'])}" if row.get("quantity") is not None else ""
    amount = money(row["amount"], current.project.currency) if row.get("amount") is not None else ""
    tail = [text for text in (quantity, amount) if text]
    return Words(" · ".join([*(part.en for part in parts), *tail]), " · ".join([*(part.zh for part in parts), *tail]))


def _places(current: CurrentBuild, rows: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    found = {
        (row["source"], row["part"], row["source_row"]): Place(
            row["source"],
            source_words(current.project, row["source"]),
            current.files.get(row["part"], ""),
            row["source_row"],
        )
        for row in rows
    }
    return tuple(found.values())


def _channels(
    current: CurrentBuild, tables: Sequence[FactTable], subject: int
) -> tuple[tuple[tuple[str, Words, int], ...], int]:
    parts = [
        f"SELECT CAST(channel AS VARCHAR) AS channel, count(*) AS facts FROM {quoted(table.name)} "
        "WHERE subject = ? GROUP BY ALL"
        for table in tables
    ]
    sql = f"SELECT channel, sum(facts) FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY 2 DESC, 1"
    rows = current.engine.rows(sql, [subject] * len(tables))
    return tuple((channel, term(CHANNELS, channel), int(count)) for channel, count in rows), sum(
        int(r[1]) for r in rows
    )
