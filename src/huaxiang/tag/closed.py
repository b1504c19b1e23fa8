"""Tags that can only have certain values: what a condition may compare them with."""

from __future__ import annotations

from collections.abc import Collection

from huaxiang.model import Type
from huaxiang.tag.definition import Tag
from huaxiang.tag.kinds.bands import Cuts, Scores
from huaxiang.tag.kinds.base import Meaning
from huaxiang.tag.kinds.rule import Cases


def closed_values(tag: Tag, meaning: Meaning) -> Collection[str] | None:
    """Return every text a tag can be, in the order of its definition; None where its values come from data."""
    if meaning.type is not Type.TEXT:
        return None
    if isinstance(meaning, Cases):
        return _with(tuple(value for value, _ in meaning.cases), meaning.otherwise)
    if isinstance(meaning, Cuts):
        return _with(tuple(cut.label for cut in meaning.cuts), meaning.otherwise)
    if isinstance(meaning, Scores):
        return meaning.labels
    return tuple(each.value for each in tag.values) or None


def _with(values: tuple[str, ...], otherwise: str | None) -> tuple[str, ...]:
    return values if otherwise is None else (*values, otherwise)
