"""Where everything came from and how good it is: sources, quality over builds, quarantine, identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.codes import CHANNELS
from huaxiang.errors import NotFound
from huaxiang.pipeline.summary import unread_words
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import local, share
from huaxiang.read.terms import (
    FATES,
    IDENTIFIER_STATES,
    REASONS,
    column_words,
    kind_words,
    rule_words,
    source_words,
    term,
)
from huaxiang.words import Words

HISTORY = 20
"""So many builds back quality is shown."""
_COUNTS = ("rows", "missing", "invalid", "unread", "known", "empty", "doubled", "stopped")


@dataclass(frozen=True)
class FileRead:
    """One file (or sheet, or query) of a source: rows read, and when. `same_as`: it is a copy of that one."""

    name: str
    rows: int
    facts: int
    quarantined: int
    read_at: datetime | None
    same_as: str | None


@dataclass(frozen=True)
class SourceRead:
    """One source: rows = facts + duplicates + quarantined. `latest` is its latest fact's day.

    `unread` says of each of its files that could not be read why, and what stands for it.
    """

    code: str
    words: Words
    channel: Words
    fact_words: Words
    files: tuple[FileRead, ...]
    rows: int
    facts: int
    duplicates: int
    quarantined: int
    owned: int
    read_at: datetime | None
    latest: datetime | None
    unread: tuple[Words, ...] = ()

    @property
    def owned_share(self) -> float:
        """The share of its facts whose customer is known."""
        return share(self.owned, self.facts)


@dataclass(frozen=True)
class ColumnQuality:
    """One column of a source, as its rows came and in the facts they became; and over builds, oldest first.

    rows = good + missing + invalid + unread, and rows = known + empty + doubled + stopped (huaxiang.quality says what
    each is). `good_before` and `good_after` are shares of the rows and of the facts; None where there are none.
    """

    source: str
    column: str
    words: Words
    rows: int
    missing: int
    invalid: int
    unread: int
    known: int
    empty: int
    doubled: int
    stopped: int
    good_before: float
    good_after: float | None
    history: tuple[tuple[int, float], ...]
    """(build, share of rows with a good value)."""

    @property
    def good(self) -> int:
        """How many rows came with a good value."""
        return self.rows - self.missing - self.invalid - self.unread


@dataclass(frozen=True)
class Rule:
    """A rule that stopped rows or values of one source in the build, and how many: `live` tells it from LiveRule."""

    source: str
    source_words: Words
    rule: str
    words: Words
    fate: str
    fate_words: Words
    rows: int
    live: bool = False


@dataclass(frozen=True)
class Quarantined:
    """A quarantined row: where it stands; `text` is what it held, only when it was asked to be revealed."""

    file: str
    row: int
    item: int
    text: str | None = None


@dataclass(frozen=True)
class KindCount:
    """Identifiers of one kind, by what became of them."""

    kind: str
    words: Words
    trust: str
    joined: int
    set_aside: int
    floating: int


@dataclass(frozen=True)
class SetAside:
    """An identifier that is trusted no more: its kind, why, with how many people and in how many rows it was seen."""

    kind: str
    words: Words
    reason: str
    reason_words: Words
    people: int
    rows: int


@dataclass(frozen=True)
class IdentityData:
    """Who is who, in numbers. `set_aside` is at most 100 long, those seen with most people first."""

    customers: int
    identifiers: int
    kinds: tuple[KindCount, ...]
    set_aside: tuple[SetAside, ...]
    set_aside_total: int
    merges: int
    splits: int


def sources(current: CurrentBuild) -> tuple[SourceRead, ...]:
    """Return every source of the project with what was read of it."""
    counts = current.build.summary.get("sources", {})
    unread = unread_words(current.build.summary)
    parts = current.registry.parts()
    facts = _facts_by_source(current)
    found = []
    for source in current.project.sources:
        mine = [part for part in parts if part.source == source.code]
        of = counts.get(source.code, {})
        owned, latest = facts.get(source.code, (0, None))
        files = tuple(_file(current, part) for part in mine)
        read = [each.read_at for each in files if each.read_at]
        found.append(
            SourceRead(
                source.code,
                source.words,
                term(CHANNELS, source.channel),
                source.into.words,
                files,
                of.get("rows", 0),
                of.get("facts", 0),
                of.get("duplicates", 0),
                of.get("quarantined", 0),
                owned,
                max(read, default=None),
                latest,
                tuple(unread.get(source.code, ())),
            )
        )
    return tuple(found)


def quality(current: CurrentBuild) -> tuple[ColumnQuality, ...]:
    """Return the quality of every column in this build, with its history; worst first within a source."""
    tables = {source.code: source.into.name for source in current.project.sources}
    history: dict[tuple[str, str], list[tuple[int, Mapping[str, Any]]]] = {}
    for row in current.registry.quality():
        if row["column"] and row["build"] <= current.build.id:
            history.setdefault((row["source"], row["column"]), []).append((row["build"], row["counts"]))
    found = []
    for (source, column), past in history.items():
        build, counts = past[-1]
        if build != current.build.id or source not in tables:
            continue
        words = column_words(current.project, tables[source], column)
        found.append(_column(source, column, words, counts, past[-HISTORY:]))
    return tuple(sorted(found, key=lambda each: (each.source, each.good_before, each.column)))


def rules(current: CurrentBuild) -> tuple[Rule, ...]:
    """Return what stopped rows and values in this build, most rows first."""
    tables = {source.code: source.into.name for source in current.project.sources}
    rows = current.engine.rows("SELECT source, rule, fate, count(*) FROM quarantine GROUP BY ALL ORDER BY 4 DESC, 1, 2")
    return tuple(
        Rule(
            source,
            source_words(current.project, source),
            rule,
            rule_words(current.project, tables.get(source), rule),
            fate,
            term(FATES, fate),
            count,
        )
        for source, rule, fate, count in rows
    )


def quarantine(
    current: CurrentBuild, source: str, rule: str, *, offset: int = 0, limit: int = 50, reveal: bool = False
) -> tuple[Quarantined, ...]:
    """Return a page of the rows one rule stopped in one source: where they stand.

    With `reveal` what they held is opened: the caller must have asked who may see it, and audit it.
    """
    rows = current.engine.rows(
        "SELECT part, source_row, item, sealed FROM quarantine WHERE source = ? AND rule = ? "
        "ORDER BY part, source_row, item LIMIT ? OFFSET ?",
        [source, rule, limit, offset],
    )
    if not rows and not offset:
        raise NotFound(Words("no row was stopped by this rule", "没有行被这条规则拦下"))
    texts: list[str | None] = [None] * len(rows)
    if reveal:
        sealer = current.secrets.rows()
        texts = [sealer.open_many([sealed], str(part))[0].decode("utf-8", "replace") for part, _, _, sealed in rows]
    return tuple(
        Quarantined(current.files.get(part, ""), row, item, text)
        for (part, row, item, _), text in zip(rows, texts, strict=True)
    )


def identity_data(current: CurrentBuild) -> IdentityData:
    """Return who is who, in numbers."""
    engine = current.engine
    counts = {
        (kind, state): count
        for kind, state, count in engine.rows("SELECT kind, state, count(*) FROM identifiers GROUP BY ALL")
    }
    aside = engine.rows(
        "SELECT kind, reason, people, rows FROM set_aside ORDER BY people DESC, rows DESC, node LIMIT 100"
    )
    return IdentityData(
        current.customers,
        sum(counts.values()),
        tuple(
            KindCount(
                kind.kind,
                kind_words(current.project, kind.kind),
                kind.trust.value,
                *(counts.get((kind.kind, state), 0) for state in IDENTIFIER_STATES),
            )
            for kind in current.project.identity.kinds
        ),
        tuple(
            SetAside(kind, kind_words(current.project, kind), reason, term(REASONS, reason), people, rows)
            for kind, reason, people, rows in aside
        ),
        int(engine.one("SELECT count(*) FROM set_aside")),
        int(engine.one("SELECT count(*) FROM merges")),
        int(engine.one("SELECT count(*) FROM splits")),
    )


def _facts_by_source(current: CurrentBuild) -> dict[str, tuple[int, datetime | None]]:
    tables = [name for name in current.project.model.facts if name in current.tables]
    parts = [
        f'SELECT CAST(source AS VARCHAR) AS source, count(subject) AS owned, max(occurred_at) AS latest FROM "{name}" '
        "GROUP BY ALL"
        for name in tables
    ]
    sql = f"SELECT source, sum(owned), max(latest) FROM ({' UNION ALL '.join(parts)}) GROUP BY source"
    zone = current.project.zone
    return {
        source: (int(owned), local(latest, zone) if latest else None)
        for source, owned, latest in current.engine.rows(sql)
    }


def _file(current: CurrentBuild, part: Any) -> FileRead:
    counts = part.counts
    stopped = counts.get("quarantined", {})
    read_at = local(datetime.fromisoformat(part.read_at), current.project.zone) if part.read_at else None
    return FileRead(
        part.name, counts.get("rows", 0), counts.get("facts", 0), sum(_numbers(stopped)), read_at, part.same_as
    )


def _numbers(counts: Any) -> Iterator[int]:
    yield from counts.values() if isinstance(counts, Mapping) else ()


def _column(
    source: str, column: str, words: Words, counts: Mapping[str, int], past: Sequence[tuple[int, Mapping[str, int]]]
) -> ColumnQuality:
    # A build of an earlier version counted less.
    numbers = {what: counts.get(what, 0) for what in _COUNTS}
    facts = numbers["known"] + numbers["empty"]
    after = share(numbers["known"], facts) if facts else None
    history = tuple((number, _good(each)) for number, each in past)
    return ColumnQuality(source, column, words, good_before=_good(counts), good_after=after, history=history, **numbers)


def _good(counts: Mapping[str, int]) -> float:
    return 1.0 - share(counts["missing"] + counts["invalid"] + counts.get("unread", 0), counts["rows"])
