"""Tags that can only have certain values: what a condition may compare them with."""

from __future__ import annotations

from collections.abc import Collection

from huaxiang.model import Type
from huaxiang.tag.definition import Tag
from huaxiang.tag.kinds.bands import Cuts, Scores
from huaxiang.tag.kinds.base import Meaning
from huaxiang.tag.kinds.rule import Cases
from huaxiang.words import Words


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


def idle_scores(meaning: Meaning, seen: Collection[str]) -> tuple[str, ...]:
    """Return the scores of quantile bands that nobody has, given those that somebody has; () where nobody has any."""
    if not isinstance(meaning, Scores) or not seen:
        return ()
    return tuple(each for each in meaning.values if each not in seen)


def tied_words(idle: Collection[Words]) -> Words:
    """Return in words why nobody has some scores, given their words."""
    en, zh = ", ".join(each.en for each in idle), "、".join(each.zh for each in idle)
    return Words(
        f"no customer has {en}: equal numbers share a score, and there are too few distinct numbers",
        f"没有人得{zh}：数值相同者同分，而不同的数值太少",
    )


def _with(values: tuple[str, ...], otherwise: str | None) -> tuple[str, ...]:
    return values if otherwise is None else (*values, otherwise)
