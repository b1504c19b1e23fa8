"""What a micro-batch did to one customer: merges with their evidence, tags changed, segments entered and left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.values import shown_value
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import kind_words, same, source_words
from huaxiang.serving.store import LiveStore
from huaxiang.words import Words


@dataclass(frozen=True)
class Evidence:
    """A source in which two identifiers were seen together, and in how many rows."""

    words: Words
    rows: int


@dataclass(frozen=True)
class Merge:
    """One customer became part of another, because two identifiers of these kinds were seen together."""

    from_id: str
    into_id: str
    a: Words | None
    b: Words | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Change:
    """A tag's value before and after. `at`: µs since 1970.

    `by_time`: no fact of the batch is of a kind that the tag rests on, so it changed because time passed.
    """

    tag: str
    name: Words
    old: Words
    new: Words
    at: int
    by_time: bool = False


@dataclass(frozen=True)
class Move:
    """A segment entered or left. `at`: µs since 1970."""

    segment: str
    name: Words
    entered: bool
    at: int


def merges_in(current: CurrentBuild, store: LiveStore, batch: int, subject: int) -> tuple[Merge, ...]:
    """Return the merges of a micro-batch that a customer had part in."""
    sql = (
        "SELECT from_subject, into_subject, a, b FROM merges WHERE batch = ? AND (from_subject = ? OR into_subject = ?)"
        " ORDER BY id"
    )
    return tuple(
        Merge(
            encode_subject(row["from_subject"]), encode_subject(row["into_subject"]), _kind(current, store, row["a"]),
            _kind(current, store, row["b"]), _evidence(current, store, row["a"], row["b"]),
        )
        for row in store.dicts(sql, (batch, subject, subject))
    )  # fmt: skip


def changes_in(current: CurrentBuild, store: LiveStore, batch: int, subject: int) -> tuple[Change, ...]:
    """Return a customer's tags that a micro-batch changed, in the order of their definitions."""
    order = {code: place for place, code in enumerate(current.project.tags.tags)}
    rows = store.dicts("SELECT tag, old, new, at FROM changes WHERE batch = ? AND subject = ?", (batch, subject))
    rows.sort(key=lambda row: (order.get(row["tag"], len(order)), row["tag"]))
    touched = _touched(current, store, batch, subject)
    return tuple(_change(current, row, touched) for row in rows)


def _touched(current: CurrentBuild, store: LiveStore, batch: int, subject: int) -> frozenset[str] | None:
    """Return the fact tables in which a micro-batch put something of a customer; None where it brought two together:
    then facts of any table may be new to them.
    """
    merged = "SELECT 1 FROM merges WHERE batch = ? AND (from_subject = ? OR into_subject = ?)"
    if store.db.execute(merged, (batch, subject, subject)).fetchone():
        return None
    sources = store.db.execute(
        "SELECT DISTINCT json_extract(value, '$.source') FROM traces, json_each(took) "
        "WHERE batch = ? AND subject = ? AND json_extract(value, '$.outcome') = 'fact'",
        (batch, subject),
    ).fetchall()
    into = {source.code: source.into.name for source in current.project.sources}
    return frozenset(into[code] for (code,) in sources if code in into)


def moves_in(current: CurrentBuild, store: LiveStore, batch: int, subject: int) -> tuple[Move, ...]:
    """Return the segments a customer entered or left in a micro-batch."""
    names = current.project.segments.segments
    sql = "SELECT segment, move, at FROM moves WHERE batch = ? AND subject = ? ORDER BY id"
    return tuple(
        Move(code, names[code].name if code in names else same(code), move == "entered", at)
        for code, move, at in store.db.execute(sql, (batch, subject))
    )


def _change(current: CurrentBuild, row: dict[str, Any], touched: frozenset[str] | None) -> Change:
    code = row["tag"]
    tag = current.project.tags.tags.get(code)
    under = current.project.tags.tables_under(code) if tag and touched is not None else None
    by_time = bool(under) and touched is not None and under is not None and not under & touched
    old, new = (shown_value(current, code, row[name]) for name in ("old", "new"))
    return Change(code, tag.name if tag else same(code), old, new, row["at"], by_time)


def _kind(current: CurrentBuild, store: LiveStore, node: int | None) -> Words | None:
    if node is None:
        return None
    row = store.db.execute("SELECT kind FROM nodes WHERE node = ?", (node,)).fetchone()
    known = "SELECT CAST(min(kind) AS VARCHAR) FROM identifiers WHERE node = ?"
    kind = row[0] if row else current.engine.one(known, [node])
    return kind_words(current.project, str(kind)) if kind else None


def _evidence(current: CurrentBuild, store: LiveStore, a: int | None, b: int | None) -> tuple[Evidence, ...]:
    if a is None or b is None:
        return ()
    sql = "SELECT source, sum(rows) FROM links WHERE (a = ? AND b = ?) OR (a = ? AND b = ?) GROUP BY 1 ORDER BY 2 DESC"
    rows = store.db.execute(sql, (a, b, b, a)).fetchall()
    return tuple(Evidence(source_words(current.project, source), int(count)) for source, count in rows)
