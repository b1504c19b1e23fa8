"""What came of an event in the sources that might take it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from huaxiang.inbox.rules import CONTRACT, RULES, contract_words
from huaxiang.model import FactTable
from huaxiang.project import Project
from huaxiang.read.terms import rule_words, same, source_words
from huaxiang.words import Words


class Came(StrEnum):
    """What can come of an event in one source."""

    FACT = "fact"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    UNTAKEN = "untaken"


CAME: Mapping[Came, Words] = {
    Came.FACT: Words("Fact", "成为事实"),
    Came.DUPLICATE: Words("Duplicate", "重复"),
    Came.QUARANTINED: Words("Quarantined", "已隔离"),
    Came.UNTAKEN: Words("Not used by any source", "没有来源采用"),
}
_WORST = (Came.QUARANTINED, Came.FACT, Came.DUPLICATE)


@dataclass(frozen=True)
class Taken:
    """What one source made of an event: `why` says of a quarantined one which rule stopped it."""

    source: str
    source_words: Words
    came: Came
    why: Words | None
    table_words: Words
    fact: int | None


def taken_of(project: Project, took: str) -> tuple[Taken, ...]:
    """Return what the sources made of an event, of the text its trace keeps."""
    into = {source.code: source.into for source in project.sources}
    return tuple(_taken(project, into, each) for each in msgspec.json.decode(took))


def came_of(taken: tuple[Taken, ...]) -> Came:
    """Return the one outcome to show of several: what was stopped first, then what became a fact."""
    there = {each.came for each in taken}
    return next((each for each in _WORST if each in there), Came.UNTAKEN)


def why_stopped(project: Project, table: str | None, rule: str) -> Words:
    """Return in words which rule stopped an event: a door's ("contract:…") or a source's ("invalid:phone")."""
    if rule.partition(":")[0] == CONTRACT:
        return contract_words(rule)
    return RULES.get(rule) or rule_words(project, table, rule)


def _taken(project: Project, into: Mapping[str, FactTable], each: Mapping[str, Any]) -> Taken:
    code = str(each.get("source") or "")
    table = into.get(code)
    what, _, rule = str(each["outcome"]).partition(":")
    came = Came(what) if what in set(Came) else Came.UNTAKEN
    why = why_stopped(project, table.name if table else None, rule) if rule else None
    return Taken(code, source_words(project, code), came, why, table.words if table else same(""), each.get("fact_id"))
