"""Why a tag has the value it has: the sentence, the formula, thresholds, and the facts with their file and row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.codes import CHANNELS
from huaxiang.model import COMMON, Column, FactTable, Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import known_tag
from huaxiang.read.inputs import note_of
from huaxiang.read.sensitive import scrubbed, show_fact, show_tag, withheld_columns
from huaxiang.read.showing import local, number, show
from huaxiang.read.terms import same, source_words, term
from huaxiang.tag.closed import tied_words
from huaxiang.tag.explain import Evidence, Explanation, explain_tag
from huaxiang.words import Words

_PLACE = ("fact_id", "source", "part", "source_row", "item")


@dataclass(frozen=True)
class FactRow:
    """One fact: a text per column, and where it came from."""

    values: tuple[Words, ...]
    source_words: Words
    file: str
    row: int


@dataclass(frozen=True)
class Facts:
    """The facts a value rests on: their table, columns and rows (latest first); `total` says how many there are."""

    words: Words
    columns: tuple[Words, ...]
    rows: tuple[FactRow, ...]
    total: int


@dataclass(frozen=True)
class Cut:
    """A threshold of the build: the name it is kept under, what it is in words, its value."""

    name: str
    words: Words
    value: Words


@dataclass(frozen=True)
class Why:
    """Everything there is to say about a tag; with a subject, about their value of it.

    `needs` says the same of the tags it rests on. `place` is the file and line of the definition. `origin` says where a
    value that rests on no facts is from: who set it and why, the file and row, the model's version. `note` says why
    there are no values, or what failed.
    `further` are facts of further tables; `confidence` says how sure the value is, where its kind says so.
    `compared_at` says of when the thresholds are, by the project's clock; `tied` why some scores are nobody's.
    """

    code: str
    name: Words
    kind: str
    sentence: Words
    formula: str
    place: str
    value: Words | None
    thresholds: tuple[Cut, ...]
    facts: Facts | None
    needs: tuple[Why, ...]
    origin: tuple[tuple[Words, Words], ...] = ()
    note: Words | None = None
    further: tuple[Facts, ...] = ()
    confidence: Words | None = None
    compared_at: datetime | None = None
    tied: Words | None = None


def why(current: CurrentBuild, code: str, subject: int | None = None) -> Why:
    """Explain a tag, and a customer's value of it. Raises NotFound when the tag is not there."""
    known_tag(current, code)
    told = explain_tag(
        current.engine, current.project.tags, code, subject, as_of=current.build.as_of, zone=current.project.zone
    )
    return _why(current, told)


def _why(current: CurrentBuild, told: Explanation) -> Why:
    tag = current.project.tags.tags[told.code]
    # What a sensitive value rests on would tell it.
    hidden = tag.sensitive and told.subject is not None
    return Why(
        told.code,
        told.name,
        told.kind,
        told.words,
        told.formula,
        f"{told.place.file}:{told.place.line}",
        show_tag(told.value, tag, told.type, current.project) if told.subject is not None else None,
        tuple(
            Cut(each.name, each.words, same(number(each.value)) if each.value is not None else same("—"))
            for each in told.thresholds
        ),
        _facts(current, told.evidence) if told.evidence and not hidden else None,
        tuple(_why(current, need) for need in told.needs),
        () if hidden else tuple((c.words, _part(current, c, value)) for c, value in told.origin if value is not None),
        note_of(current.build, told.code),
        () if hidden else tuple(_facts(current, each) for each in told.further),
        same(f"{told.confidence:.0%}") if told.confidence is not None else None,
        local(current.build.as_of, current.project.zone) if told.thresholds else None,
        tied_words([tag.value_names.get(each, same(each)) for each in told.idle]) if told.idle else None,
    )


def _part(current: CurrentBuild, column: Column, value: Any) -> Words:
    return scrubbed(same(str(value)) if column.type is Type.TEXT else show(value, column.type, current.project))


def _facts(current: CurrentBuild, evidence: Evidence) -> Facts:
    table = current.project.model.facts[evidence.table]
    columns = {**COMMON, **table.columns}
    shown = [name for name in evidence.columns if name in columns and name not in _PLACE and name != "day"]
    rows, hidden = [], withheld_columns(current.project.tags)
    for each in evidence.rows:
        row = dict(zip(evidence.columns, each, strict=True))
        values = tuple(_value(current, table, columns[name], row[name], hidden) for name in shown)
        where = current.files.get(row.get("part") or 0, "")
        rows.append(FactRow(values, source_words(current.project, str(row["source"])), where, row["source_row"]))
    return Facts(table.words, tuple(columns[name].words for name in shown), tuple(rows), evidence.total)


def _value(current: CurrentBuild, table: FactTable, column: Column, value: Any, hidden: Collection[Any]) -> Words:
    if column.name == "channel":
        return term(CHANNELS, str(value))
    return show_fact(value, table, column, current.project, hidden)
