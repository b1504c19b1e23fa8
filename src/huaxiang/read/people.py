"""Lists of customers: those who meet a filter, a page at a time, with their masked names and key tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from huaxiang.engine.duckdb import quoted
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import Filter, condition
from huaxiang.read.masks import masked_names
from huaxiang.read.sensitive import raw_tag, refuse_sensitive, show_tag
from huaxiang.read.standard import Part, tag_for
from huaxiang.read.subject_ids import encode_subject
from huaxiang.words import Words

KEY_PARTS = (
    Part.LIFECYCLE, Part.VALUE, Part.SPENT, Part.ORDERS, Part.LAST_ORDER, Part.LIKED, Part.GENDER, Part.AGE, Part.CITY
)  # fmt: skip
"""The parts whose tags a list shows, in this order."""


@dataclass(frozen=True)
class Column:
    """One tag of a list: the part it plays, its code and its name."""

    part: Part
    code: str
    name: Words


@dataclass(frozen=True)
class Person:
    """One customer of a list: public id, subject number, masked name ("" = none known), a text per column."""

    id: str
    subject: int
    name: str
    values: tuple[Words, ...]
    raw: tuple[Any, ...]


@dataclass(frozen=True)
class People:
    """A page of customers: how many meet the filter in all, the columns shown, and those from `offset` on."""

    total: int
    offset: int
    columns: tuple[Column, ...]
    rows: tuple[Person, ...]
    sorted_by: str | None


def count_people(current: CurrentBuild, wanted: Filter) -> int:
    """Return how many customers meet a filter. Raises NotFound for what it names and is not there."""
    if wanted.empty:
        return current.customers
    sql, parameters = condition(current, wanted)
    return int(current.engine.one(f"SELECT count(*) FROM tags t WHERE {sql}", parameters))


def people(current: CurrentBuild, wanted: Filter | None = None, *, offset: int = 0, limit: int = 50) -> People:
    """Return a page of the customers who meet a filter, those who spent most first.

    Raises NotAllowed when a value of a sensitive tag is what they would be found by.
    """
    wanted = wanted or Filter()
    refuse_sensitive(
        current.tags,
        (each.tag for each in wanted.tags if each.value),
        "customers are not listed by it",
        "不能按它列出客户",
    )
    columns = key_columns(current)
    by = tag_for(current, Part.SPENT) or tag_for(current, Part.ORDERS)
    total = count_people(current, wanted)
    rows = _page(current, wanted, [column.code for column in columns], by, offset, limit)
    names = masked_names(current, [row[0] for row in rows])
    return People(total, offset, columns, tuple(_person(current, row, columns, names) for row in rows), by)


def key_columns(current: CurrentBuild) -> tuple[Column, ...]:
    """Return the columns a list of customers has in this build."""
    found = ((part, tag_for(current, part)) for part in KEY_PARTS)
    return tuple(Column(part, code, current.tags[code].name) for part, code in found if code)


def persons(current: CurrentBuild, subjects: Sequence[int]) -> list[Person]:
    """Return the given customers as a list shows them, in the order given; those who are not there are left out."""
    columns = key_columns(current)
    listed = ", ".join(["t.subject", *(f"t.{quoted(column.code)}" for column in columns)])
    sql = f"SELECT {listed} FROM {_base(current)} t WHERE t.subject IN (SELECT unnest(?))"
    by_subject = {row[0]: row for row in current.engine.rows(sql, [list(subjects)])}
    names = masked_names(current, list(by_subject))
    return [_person(current, by_subject[each], columns, names) for each in subjects if each in by_subject]


def _page(
    current: CurrentBuild, wanted: Filter, codes: Sequence[str], by: str | None, offset: int, limit: int
) -> list[tuple[Any, ...]]:
    sql, parameters = condition(current, wanted)
    order = f"t.{quoted(by)} DESC NULLS LAST, " if by else ""
    listed = ", ".join(["t.subject", *(f"t.{quoted(code)}" for code in codes)])
    # The page's subjects first, their values then: sorting a million rows of ten columns would carry them all along.
    chosen = f"SELECT t.subject FROM {_base(current)} t WHERE {sql} ORDER BY {order}t.subject LIMIT ? OFFSET ?"
    return current.engine.rows(
        f"SELECT {listed} FROM {_base(current)} t WHERE t.subject IN ({chosen}) ORDER BY {order}t.subject",
        [*parameters, limit, offset],
    )


def _base(current: CurrentBuild) -> str:
    return "tags" if "tags" in current.tables else "subjects"


def _person(current: CurrentBuild, row: Sequence[Any], columns: Sequence[Column], names: dict[int, str]) -> Person:
    shown = tuple(
        show_tag(value, current.tags[column.code], current.type_of(column.code), current.project)
        for column, value in zip(columns, row[1:], strict=True)
    )
    raw = tuple(raw_tag(value, current.tags[column.code]) for column, value in zip(columns, row[1:], strict=True))
    return Person(encode_subject(row[0]), row[0], names.get(row[0], ""), shown, raw)
