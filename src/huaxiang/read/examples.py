"""A few customers who show what a tag's values look like: always the same ones of one build."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.engine.duckdb import quoted
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import known_tag
from huaxiang.read.sensitive import show_tag
from huaxiang.read.subject_ids import encode_subject
from huaxiang.words import Words

_NAMED = (Type.TEXT, Type.BOOL, Type.TEXTS)


@dataclass(frozen=True)
class Example:
    """One customer: public id, subject number, and the tag's value as text."""

    id: str
    subject: int
    value: Words


def examples(current: CurrentBuild, code: str, count: int = 5) -> list[Example]:
    """Return up to `count` customers with different values: of the commonest values, or from low to high of a number.

    None of a sensitive tag. Raises NotFound when the tag is not there.
    """
    tag = known_tag(current, code)
    if tag.sensitive:
        return []
    kind, column = current.type_of(code), quoted(code)
    rows = current.once(("examples", code, count), lambda: _rows(current, column, kind, count))
    return [Example(encode_subject(row[0]), row[0], show_tag(row[1], tag, kind, current.project)) for row in rows]


def _rows(current: CurrentBuild, column: str, kind: Type, count: int) -> list[tuple[int, object]]:
    if kind in _NAMED:
        filled = f"len({column}) > 0" if kind is Type.TEXTS else f"{column} IS NOT NULL"
        return current.engine.rows(
            f"SELECT min(subject), {column} FROM tags WHERE {filled} GROUP BY 2 ORDER BY count(*) DESC, 1 LIMIT ?",
            [count],
        )
    # One in the middle of each of `count` equal parts, from the lowest value to the highest.
    places = ", ".join(f"{(2 * part + 1) / (2 * count)}" for part in range(count))
    return current.engine.rows(
        f"SELECT min(subject), {column} FROM tags WHERE {column} IN "
        f"(SELECT unnest(quantile_disc({column}, [{places}])) FROM tags) GROUP BY 2 ORDER BY 2"
    )
