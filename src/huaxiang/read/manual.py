"""Values people set: whose, which, why, by whom, and whether they hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.inputs.merged import origins
from huaxiang.privacy.scrub import scrub
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import known_segment
from huaxiang.read.sensitive import withheld_tags
from huaxiang.read.showing import local
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import term
from huaxiang.registry.manual import ManualValue, manual_values
from huaxiang.words import Words

STATES: Mapping[str, Words] = {
    "holds": Words("holds", "有效"),
    "expired": Words("expired", "已过期"),
    "withdrawn": Words("withdrawn", "已撤销"),
}
MOST = 1000
MASK = "***"
"""What stands for a value of a sensitive tag."""


@dataclass(frozen=True)
class ManualEntry:
    """One value as it was set: the customer's public id at that time, and when (in the project's zone)."""

    tag: str
    id: str
    value: str
    reason: str
    who: str
    set_at: datetime
    expires_at: datetime
    state: str
    state_words: Words
    withdrawn_by: str | None


def manual_entries(
    current: CurrentBuild, at: datetime, *, tag: str | None = None, subject: int | None = None, limit: int = MOST
) -> list[ManualEntry]:
    """Return values set by hand, newest first, with their state at a moment (UTC): of a tag, of a customer, or all."""
    subjects = None if subject is None else origins(current.engine, subject)
    values = manual_values(current.registry, tag, subjects=subjects, limit=limit)
    hidden = withheld_tags(current.project.tags.tags)
    return [_entry(each, at, current.project.zone, hidden) for each in values]


def _entry(each: ManualValue, at: datetime, zone: str, hidden: Collection[str]) -> ManualEntry:
    gone = each.withdrawn_at is not None and each.withdrawn_at <= at
    state = "withdrawn" if gone else "expired" if each.expires_at <= at else "holds"
    return ManualEntry(
        each.tag, encode_subject(each.subject), MASK if each.tag in hidden else each.value, scrub(each.reason),
        each.who, local(each.set_at, zone),
        local(each.expires_at, zone), state, term(STATES, state), each.withdrawn_by,
    )  # fmt: skip


def subjects_of_segment(current: CurrentBuild, segment: str) -> list[int]:
    """Return the customers in a segment of the build, in order. Raises NotFound when there is no such segment."""
    known_segment(current, segment)
    sql = "SELECT subject FROM segment_members WHERE segment = ? ORDER BY subject"
    return [subject for (subject,) in current.engine.rows(sql, [segment])]
