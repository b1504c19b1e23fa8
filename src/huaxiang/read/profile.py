"""One customer: who (masked), five dimensions with what is known in each, segments, identity, first and last seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.codes import CHANNELS
from huaxiang.engine.duckdb import quoted
from huaxiang.errors import MasterKeyError
from huaxiang.model import Type
from huaxiang.privacy.vault import Values
from huaxiang.read.current import CurrentBuild
from huaxiang.read.identity import IdentityShown, identity
from huaxiang.read.masks import masked, personal_values
from huaxiang.read.sensitive import raw_tag, show_tag
from huaxiang.read.showing import local
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import kind_words, term
from huaxiang.tag.definition import Dimension
from huaxiang.words import Words

DIMENSIONS: Mapping[Dimension, Words] = {
    Dimension.DEMOGRAPHIC: Words("Demographics", "人口特征"),
    Dimension.BEHAVIOUR: Words("Behaviour", "行为特征"),
    Dimension.PSYCHOLOGICAL: Words("Psychology", "心理特征"),
    Dimension.SOCIAL: Words("Social", "社交特征"),
    Dimension.LIFECYCLE: Words("Lifecycle and value", "生命周期与价值"),
}
"""The five sides of a customer, in the order a profile shows them."""


@dataclass(frozen=True)
class PersonalValue:
    """One kind of personal value: masked texts; `revealed` real ones, empty unless they were asked for.

    `sealed` counts texts of a kind that has no mask: they are there, and not shown.
    """

    kind: str
    words: Words
    masked: tuple[str, ...]
    sealed: int
    revealed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Who:
    """The person: masked name ("" = none known) and values; `locked` says why none can be shown, if so."""

    name: str
    values: tuple[PersonalValue, ...]
    locked: Words | None = None


@dataclass(frozen=True)
class TagValue:
    """One tag of a customer: the raw value (None of a sensitive one) and as text."""

    code: str
    name: Words
    category: str
    meaning: Words
    type: Type
    value: Any
    shown: Words
    sensitive: bool


@dataclass(frozen=True)
class Side:
    """One dimension: its known tags, and the names of those about which nothing is known."""

    dimension: Dimension
    words: Words
    tags: tuple[TagValue, ...]
    unknown: tuple[Words, ...]


@dataclass(frozen=True)
class InSegment:
    """A segment the customer belongs to, and when they entered it (None: before moves were recorded)."""

    code: str
    name: Words
    since: datetime | None


@dataclass(frozen=True)
class Seen:
    """How much is known and from when to when: facts by table, first and last (wall clock), the last one's channel."""

    facts: int
    first: datetime | None
    last: datetime | None
    channel: Words | None


@dataclass(frozen=True)
class Profile:
    """Everything a profile page shows but the timeline."""

    id: str
    subject: int
    since_build: int
    since: datetime | None
    who: Who
    sides: tuple[Side, ...]
    segments: tuple[InSegment, ...]
    seen: Seen
    identity: IdentityShown

    def tag(self, code: str) -> TagValue | None:
        """Return one known tag, or None."""
        return next((tag for side in self.sides for tag in side.tags if tag.code == code), None)


def profile(current: CurrentBuild, subject: int, *, reveal: bool = False) -> Profile:
    """Return one customer's profile. Raises NotFound when there is no such customer.

    With `reveal` the real personal values are in it: the caller must have asked who may see them, and audit it.
    """
    told = identity(current, subject)
    since = int(current.engine.one("SELECT since FROM subjects WHERE subject = ?", [subject]))
    return Profile(
        encode_subject(subject),
        subject,
        since,
        _when_built(current, since),
        who_is(current, subject, reveal=reveal),
        sides_of(current, tags_row(current, subject)),
        _segments(current, subject),
        _seen(current, subject),
        told,
    )


def _when_built(current: CurrentBuild, number: int) -> datetime | None:
    found = next((each for each in current.registry.builds() if each.id == number), None)
    return local(found.as_of, current.project.zone) if found else None


def who_is(current: CurrentBuild, subject: int, *, reveal: bool = False) -> Who:
    """Return who a customer is: masked values, and with `reveal` the real ones."""
    try:
        values = personal_values(current, [subject])[subject]
    except MasterKeyError as error:
        return Who("", (), error.words)
    shown = tuple(_personal(current, kind, found, reveal) for kind, found in _in_order(current, values) if found)
    name = next((each.masked[0] for each in shown if each.kind == "name" and each.masked), "")
    return Who(name, shown)


def _in_order(current: CurrentBuild, values: Values) -> list[tuple[str, list[str]]]:
    # The name first, then identifiers in the project's order of trust, then the rest.
    order = ["name", *(kind.kind for kind in current.project.identity.kinds)]
    return sorted(values.items(), key=lambda item: (order.index(item[0]) if item[0] in order else len(order), item[0]))


def _personal(current: CurrentBuild, kind: str, values: Sequence[str], reveal: bool) -> PersonalValue:
    hidden = masked(current, kind, values)
    words = kind_words(current.project, kind)
    return PersonalValue(kind, words, hidden.values, hidden.sealed, tuple(values) if reveal else ())


def tags_row(current: CurrentBuild, subject: int) -> dict[str, Any]:
    """Return a customer's tags as the build has them, by code; empty for one the build does not know."""
    if not current.tags:
        return {}
    listed = ", ".join(quoted(code) for code in current.tags)
    found = current.engine.dicts(f"SELECT {listed} FROM tags WHERE subject = ?", [subject])
    return found[0] if found else {}


def sides_of(current: CurrentBuild, row: Mapping[str, Any]) -> tuple[Side, ...]:
    """Return the five sides that tags (values by code) tell."""
    return tuple(_side(current, dimension, row) for dimension in DIMENSIONS)


def _side(current: CurrentBuild, dimension: Dimension, row: Mapping[str, Any]) -> Side:
    known, unknown = [], []
    for code, tag in current.tags.items():
        if tag.dimension is not dimension:
            continue
        value, type_ = row.get(code), current.type_of(code)
        if value is None or value == []:
            unknown.append(tag.name)
            continue
        shown = show_tag(value, tag, type_, current.project)
        known.append(
            TagValue(code, tag.name, tag.category, tag.meaning, type_, raw_tag(value, tag), shown, tag.sensitive)
        )
    return Side(dimension, DIMENSIONS[dimension], tuple(known), tuple(unknown))


def _segments(current: CurrentBuild, subject: int) -> tuple[InSegment, ...]:
    if "segment_members" not in current.tables:
        return ()
    rows = current.engine.rows(
        'SELECT m.segment, (SELECT max(v."at") FROM segment_moves v WHERE v.segment = m.segment '
        "AND v.subject = m.subject AND v.move = 'entered') FROM segment_members m WHERE m.subject = ? ORDER BY 1",
        [subject],
    )
    names = current.project.segments.segments
    return tuple(
        InSegment(code, names[code].name, local(at, current.project.zone) if at else None)
        for code, at in rows
        if code in names
    )


def _seen(current: CurrentBuild, subject: int) -> Seen:
    tables = [name for name in current.project.model.facts if name in current.tables]
    parts = [
        "SELECT count(*) AS facts, min(occurred_at) AS first, max(occurred_at) AS last, "
        f"CAST(arg_max(channel, occurred_at) AS VARCHAR) AS channel FROM {quoted(name)} WHERE subject = ?"
        for name in tables
    ]
    sql = f"SELECT sum(facts), min(first), max(last), arg_max(channel, last) FROM ({' UNION ALL '.join(parts)})"
    facts, first, last, channel = current.engine.rows(sql, [subject] * len(tables))[0]
    zone = current.project.zone
    return Seen(
        int(facts or 0),
        local(first, zone) if first else None,
        local(last, zone) if last else None,
        term(CHANNELS, channel) if channel else None,
    )
