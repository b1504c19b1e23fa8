"""What became of the rows that staged tags read: files, people, queries, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.terms import kind_words, rule_words
from huaxiang.registry import Build
from huaxiang.words import Words

_KEPT = Words("; the values of the last good build are kept", "；沿用上一次有效构建的取值")


@dataclass(frozen=True)
class StoppedRows:
    """So many rows a rule stopped, and the first of them by file and row."""

    rule: str
    words: Words
    rows: int
    examples: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class InputRead:
    """One tag whose values are staged: rows read = used + idle (sound, but not counting now) + stopped.

    `note` says why there is nothing, or what failed; `failed`: it failed; `stale`: values of an earlier build are kept.
    `place` is the file and line of the definition.
    """

    tag: str
    name: Words
    kind: str
    place: str
    rows: int
    used: int
    idle: int
    stopped: tuple[StoppedRows, ...]
    note: Words | None
    failed: bool
    stale: bool


def inputs(current: CurrentBuild) -> tuple[InputRead, ...]:
    """Return every staged tag of the build, in the order of the definitions."""
    return inputs_of(current.project, current.build)


def inputs_of(project: Project, build: Build) -> tuple[InputRead, ...]:
    """Return what a build said of its staged tags; those that are not defined any more are left out."""
    found = build.summary.get("inputs", {})
    return tuple(_read(project, code, found[code]) for code in project.tags.tags if code in found)


def note_of(build: Build, code: str) -> Words | None:
    """Return what a build has to say about a tag's values: why there are none, what failed; None when all is well."""
    found = build.summary.get("inputs", {}).get(code)
    return _note(found) if found else None


def _read(project: Project, code: str, found: Mapping[str, Any]) -> InputRead:
    tag = project.tags.tags[code]
    place = f"{tag.place.file}:{tag.place.line}"
    stopped = tuple(
        StoppedRows(rule, _rule(project, rule), each["rows"], tuple((file, row) for file, row in each["examples"]))
        for rule, each in found["stopped"].items()
    )
    return InputRead(
        code, tag.name, tag.kind.name, place, found["rows"], found["used"], found["idle"], stopped, _note(found),
        found["failed"] is not None, found["stale"],
    )  # fmt: skip


def _note(found: Mapping[str, Any]) -> Words | None:
    said = found["failed"] or found["note"]
    if said is None:
        return None
    kept = _KEPT if found["stale"] else Words("", "")
    return Words(said["en"] + kept.en, said["zh"] + kept.zh)


def _rule(project: Project, rule: str) -> Words:
    what, _, rest = rule.partition(":")
    if what == "unknown":
        of = Words("customer id", "客户编号") if rest == "subject" else kind_words(project, rest)
        return Words(f"{of.en}: belongs to no customer", f"{of.zh}：没有客户使用")
    return rule_words(project, None, rule)
