"""Tags that say again what a sensitive tag says are as sensitive: a second name takes no guard away.

A date that comes from a sensitive date (its latest, a rule that moves it) is one; an age counted from it, or a word
for a range of it, is another thing, and as sensitive as its own definition says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from huaxiang.model import Model, Type
from huaxiang.tag.definition import Tag
from huaxiang.tag.kinds.base import Meaning
from huaxiang.tag.kinds.fact import Fact
from huaxiang.tag.kinds.rule import Formula
from huaxiang.tag.kinds.sql import Queried
from huaxiang.tag.kinds.statistic import Statistic
from huaxiang.tag.metadata import Sensitivity

_CARRIED = (Type.DATE, Type.TIME, Type.TEXT, Type.TEXTS)
"""Types whose values tell the value they come from; of a number that was counted with, it is another number."""
Columns = frozenset[tuple[str, str]]


def stated_columns(tags: Mapping[str, Tag], meanings: Mapping[str, Meaning]) -> Columns:
    """Return (fact table, column) of what sensitive tags say as it was stated."""
    found: set[tuple[str, str]] = set()
    for code, tag in tags.items():
        meaning = meanings.get(code)
        if tag.sensitive and isinstance(meaning, Fact):
            found.update((meaning.selection.table, name) for name in meaning.value.names)
    return frozenset(found)


def inherited(
    tags: Mapping[str, Tag], meanings: Mapping[str, Meaning], order: Sequence[str], model: Model
) -> dict[str, Tag]:
    """Return the tags, those as sensitive as a sensitive one they repeat that do; `order`: each after what it needs."""
    found, columns = dict(tags), stated_columns(tags, meanings)
    for code in order:
        tag = found.get(code)
        if tag is None or tag.sensitive:
            continue
        if _repeats_column(meanings[code], columns, model) or _repeats_tag(meanings[code], found, meanings):
            found[code] = replace(tag, metadata=replace(tag.metadata, sensitivity=Sensitivity.SENSITIVE))
    return found


def _repeats_column(meaning: Meaning, columns: Columns, model: Model) -> bool:
    if isinstance(meaning, Queried):
        names = {column.name for column in meaning.query.tree.find_all(exp.Column)}
        read = {(table, name) for table in meaning.query.tables for name in names}
    elif isinstance(meaning, Fact | Statistic):
        read = {(meaning.selection.table, name) for name in meaning.value.names}
    else:
        return False
    return any(
        meaning.type in _CARRIED and model.facts[table].types[name] is meaning.type for table, name in read & columns
    )


def _repeats_tag(meaning: Meaning, tags: Mapping[str, Tag], meanings: Mapping[str, Meaning]) -> bool:
    if not isinstance(meaning, Formula):
        return False
    sensitive = [code for code in meaning.needs if code in tags and tags[code].sensitive]
    bare = isinstance(meaning.value.tree, exp.Column)
    return any(bare or (meaning.type in _CARRIED and meanings[code].type is meaning.type) for code in sensitive)
