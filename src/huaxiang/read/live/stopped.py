"""What was stopped since the build: events in the quarantine of the live store that no build has taken in yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from huaxiang.inbox.log import SEGMENT
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.health import door_words
from huaxiang.read.live.opened import live_store, wall_clock
from huaxiang.read.live.outcome import why_stopped
from huaxiang.read.terms import FATES, source_words, term
from huaxiang.words import Words

_ROWS = (
    "SELECT r.number, r.source, r.rule, r.fate, r.at, t.door, t.type, t.event FROM rejected r "
    "LEFT JOIN traces t ON t.number = r.number WHERE r.number > ? ORDER BY r.number DESC, r.id"
)
_IN_BUILD = (
    "SELECT source, number FROM (SELECT CAST(q.source AS VARCHAR) AS source, "
    f"TRY_CAST(split_part(p.name, '#', 2) AS BIGINT) * {SEGMENT} + q.source_row AS number "
    "FROM quarantine q JOIN parts p ON p.part = q.part WHERE p.name LIKE 'door:%') WHERE number > ?"
)


@dataclass(frozen=True, kw_only=True)
class ByRule:
    """What one rule did since the build in all `sources` named. `at`: the project's wall clock."""

    sources: tuple[str, ...]
    sources_words: Words
    rule: str
    words: Words
    fate: str
    fate_words: Words
    at: datetime
    live: bool = True


@dataclass(frozen=True, kw_only=True)
class StoppedLive(ByRule):
    """One event that it stopped; `door`, `type` and `name` are "" of an event whose way is kept no more."""

    number: int
    door: str
    type: str
    name: str


@dataclass(frozen=True, kw_only=True)
class LiveRule(ByRule):
    """How many events it stopped, and the newest, whose time is `at`."""

    events: int
    latest: int


def stopped_live(
    current: CurrentBuild, source: str | None = None, rule: str | None = None
) -> tuple[StoppedLive, ...]:  # fmt: skip
    """Return the events stopped since the build, newest first: of one source, by one rule, or all."""
    held = int(current.build.summary.get("events", 0))
    # A build may have read on after it noted how far it is sure to be.
    known = current.once("stopped at doors", lambda: set(current.engine.rows(_IN_BUILD, [held])))
    with live_store(current.project.store) as store:
        rows = store.dicts(_ROWS, (held,)) if store else []
    together: dict[tuple[int, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if (row["source"], row["number"]) not in known and rule in (None, row["rule"]):
            together.setdefault((row["number"], row["rule"], row["fate"]), []).append(row)
    doors = {each.code: each.read.target for each in current.project.sources if each.read.kind == "door"}
    # An event that could not be applied at all is kept under its door.
    wanted = None if source is None else {source, doors.get(source, source)}
    found = (_stopped(current.project, group) for group in together.values())
    return tuple(each for each in found if wanted is None or not wanted.isdisjoint(each.sources))


def live_rules(stopped: Sequence[StoppedLive]) -> tuple[LiveRule, ...]:
    """Return which rules stopped these events (newest first), those of the same sources as one; most events first."""
    together: dict[tuple[tuple[str, ...], str, str], list[StoppedLive]] = {}
    for each in stopped:
        together.setdefault((each.sources, each.rule, each.fate), []).append(each)
    found = [
        LiveRule(
            **{each.name: getattr(group[0], each.name) for each in fields(ByRule)},
            events=len(group),
            latest=group[0].number,
        )
        for group in together.values()
    ]
    return tuple(sorted(found, key=lambda each: (-each.events, each.rule, each.sources)))


def _stopped(project: Project, rows: Sequence[Mapping[str, Any]]) -> StoppedLive:
    first = rows[0]
    sources = tuple(dict.fromkeys(str(row["source"]) for row in rows))
    tables = {source.code: source.into.name for source in project.sources}
    names = [source_words(project, code) if code in tables else door_words(project, code) for code in sources]
    said = Words(", ".join(each.en for each in names), "、".join(each.zh for each in names))
    return StoppedLive(
        sources=sources, sources_words=said,
        rule=first["rule"], words=why_stopped(project, tables.get(sources[0]), first["rule"]),
        fate=first["fate"], fate_words=term(FATES, first["fate"]), at=wall_clock(first["at"], project.zone),
        number=first["number"], door=first["door"] or "", type=first["type"] or "", name=first["event"] or "",
    )  # fmt: skip
