"""Setting values by hand: the tag takes them, the value is one it allows, and there is a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import NotFound, ProjectError
from huaxiang.inputs.merged import merged_sql
from huaxiang.privacy.remarks import check_remark
from huaxiang.project import Project
from huaxiang.registry import Registry
from huaxiang.registry.manual import set_values, subjects_set, withdraw_values
from huaxiang.tag.explain import no_tag
from huaxiang.tag.kinds.manual import Manual, canonical
from huaxiang.tag.window import Span, span
from huaxiang.words import Words, nearest


@dataclass(frozen=True)
class Done:
    """What was set: for how many customers, which value (in the form it is kept), until when (UTC)."""

    tag: str
    value: str
    customers: int
    expires_at: datetime


def set_manual(
    project: Project,
    registry: Registry,
    tag: str,
    value: str,
    subjects: Iterable[int],
    *,
    reason: str,
    who: str,
    at: datetime,
    expires: str | None = None,
) -> Done:
    """Set a tag's value for some subjects, from `at` (UTC) on; it counts from the next build.

    `expires` ("30 days") is how long it holds, else the tag's definition says. Raises NotFound when there is no such
    tag, ProjectError for anything that is wrong with what was given: nothing is set then.
    """
    meaning = _manual(project, tag)
    kept = _allowed(tag, meaning, value)
    check_remark(reason, who)
    length = _span(expires) if expires else meaning.expires
    until = _until(length, at, project.zone)
    count = set_values(
        registry, tag, subjects, kept, reason=reason.strip(), who=who.strip(), set_at=at, expires_at=until
    )
    return Done(tag, kept, count, until)


def withdraw_manual(
    project: Project, registry: Registry, engine: Engine, tag: str, subjects: Collection[int], *, who: str, at: datetime
) -> int:
    """Withdraw the values that some subjects have of a tag; return how many values that were.

    What was set for a subject that has since become part of one of `subjects` is theirs too: `engine` has the build
    that says so.
    """
    _manual(project, tag)
    check_remark("-", who)
    return withdraw_values(registry, tag, set_for(registry, engine, subjects, tag), who=who.strip(), at=at)


def set_for(registry: Registry, engine: Engine, subjects: Collection[int], tag: str | None = None) -> list[int]:
    """Return the subjects for whom values were set and who are (part of) one of `subjects` today."""
    wanted = set(subjects)
    noted = pa.table({"subject": pa.array(subjects_set(registry, tag), pa.int64())})
    with engine.shown(_noted=noted):
        pairs = engine.rows(merged_sql(engine, "SELECT subject FROM _noted"))
    return [origin for origin, subject in pairs if subject in wanted]


def _manual(project: Project, tag: str) -> Manual:
    known = project.tags.meanings
    if tag not in known:
        raise no_tag(tag, project.tags.tags)
    meaning = known[tag]
    if isinstance(meaning, Manual):
        return meaning
    by_hand = [code for code, each in known.items() if isinstance(each, Manual)]
    near = nearest(tag, by_hand)
    place = project.tags.tags[tag].place
    raise NotFound(
        Words(
            f"tag {tag!r} is computed ({place.file}:{place.line}), not set by hand"
            + (f" (did you mean {near}?)" if near else ""),
            f"标签“{tag}”是计算得出的（{place.file}:{place.line}），不能人工设置"
            + (f"（是不是想写 {near}？）" if near else ""),
        )
    )


def _allowed(tag: str, meaning: Manual, value: str) -> str:
    kept = canonical(value, meaning.type)
    if kept is None:
        raise ProjectError(
            Words(f"{tag} takes values of type {meaning.type.value}", f"{tag} 的取值类型是 {meaning.type.value}")
        )
    if meaning.values and kept not in meaning.values:
        near = nearest(kept, meaning.values)
        raise ProjectError(
            Words(
                f"{tag} cannot be {value!r}; it is one of {', '.join(meaning.values)}"
                + (f" (did you mean {near}?)" if near else ""),
                f"{tag} 不能是“{value}”，只能是 {'、'.join(meaning.values)}"
                + (f"（是不是想写 {near}？）" if near else ""),
            )
        )
    return kept


def _until(length: Span, at: datetime, zone: str) -> datetime:
    try:
        return length.after(at, zone)
    except (OverflowError, ValueError):
        raise ProjectError(Words(f"{length} is too long", f"{length} 太长")) from None


def _span(text: str) -> Span:
    faults = Faults()
    found = span(Text(text), faults)
    if found is None:
        raise ProjectError(faults.found[0].what)
    return found
