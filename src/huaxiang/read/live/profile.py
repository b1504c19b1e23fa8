"""A customer as of the last event: the build's profile with what is served now laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from huaxiang.errors import ProjectError
from huaxiang.read.current import CurrentBuild
from huaxiang.read.identity import IdentityShown
from huaxiang.read.live.happened import Happened, happened_since
from huaxiang.read.live.opened import live_store, wall_clock
from huaxiang.read.live.values import typed
from huaxiang.read.profile import InSegment, Profile, Seen, Who, sides_of, tags_row, who_is
from huaxiang.read.showing import local
from huaxiang.read.subject_ids import encode_subject
from huaxiang.serving.current import ServedProfile, Serving
from huaxiang.serving.values import plain


@dataclass(frozen=True)
class LiveProfile:
    """A customer as events left them. `as_of` and `at` are the same moment, as wall clock and UTC (naive).

    `fresh` are the tags that say something else than in the build; `happened` the facts since, latest first.
    `compared_at` is the moment of the thresholds that values are compared with, as wall clock; None without any.
    """

    profile: Profile
    batch: int
    as_of: datetime
    at: datetime
    fresh: frozenset[str]
    happened: tuple[Happened, ...]
    compared_at: datetime | None = None


def served_now(serving: Serving, subject: int) -> ServedProfile | None:
    """Return what is served of a customer; None when nothing is served yet, or not of them."""
    try:
        return serving.profile(subject)
    except ProjectError:
        return None


def newer(current: CurrentBuild, served: ServedProfile | None) -> bool:
    """Tell whether events made what is served newer than the build."""
    return served is not None and served.batch is not None and served.as_of > current.build.as_of


def live_profile(current: CurrentBuild, served: ServedProfile, found: Profile) -> LiveProfile:
    """Return `found`, the build's profile of a customer, as events left it. `served` must be newer than the build."""
    row = tags_row(current, found.subject)
    types = {code: current.type_of(code) for code in current.tags}
    tags = {code: typed(value, types[code]) for code, value in served.tags.items() if code in types}
    happened = happened_since(current, served.subject, found.subject)
    profile = replace(
        found,
        sides=sides_of(current, tags),
        segments=_segments(current, served, found.segments),
        seen=_seen(found.seen, happened),
    )
    as_of = local(served.as_of, current.project.zone)
    fresh = _fresh(row, served.tags, types)
    return LiveProfile(profile, served.batch or 0, as_of, served.as_of, fresh, happened, _compared_at(current))


def _compared_at(current: CurrentBuild) -> datetime | None:
    there = {"tag_thresholds", "segment_cuts"} & current.tables
    some = current.once("compared", lambda: any(current.engine.one(f"SELECT count(*) FROM {name}") for name in there))
    return local(current.build.as_of, current.project.zone) if some else None


def new_customer(current: CurrentBuild, served: ServedProfile) -> Profile:
    """Return what there is of a customer whom no build knows, before `live_profile`: who, and nothing else."""
    nothing = IdentityShown((), (), (), 0, 0)
    who: Who = who_is(current, served.subject)
    seen = Seen(0, None, None, None)
    sides = sides_of(current, {})
    return Profile(
        encode_subject(served.subject), served.subject, served.since, None, who, sides, (), seen, nothing
    )  # fmt: skip


def _fresh(row: Mapping[str, Any], tags: Mapping[str, Any], known: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(code for code in known if (plain(row.get(code)) or None) != (tags.get(code) or None))


def _segments(current: CurrentBuild, served: ServedProfile, before: tuple[InSegment, ...]) -> tuple[InSegment, ...]:
    names, since = current.project.segments.segments, {each.code: each for each in before}
    entered: dict[str, datetime] = {}
    with live_store(current.project.store) as store:
        sql = "SELECT segment, max(at) FROM moves WHERE subject = ? AND move = 'entered' GROUP BY 1"
        for code, at in store.db.execute(sql, (served.subject,)) if store else ():
            entered[code] = wall_clock(at, current.project.zone)
    return tuple(
        since.get(code) or InSegment(code, names[code].name, entered.get(code))
        for code in served.segments
        if code in names
    )


def _seen(seen: Seen, happened: tuple[Happened, ...]) -> Seen:
    times = [each.entry.at for each in happened if each.entry.at]
    if not happened:
        return seen
    return replace(
        seen,
        facts=seen.facts + sum(each.facts for each in happened),
        first=min([*times, *([seen.first] if seen.first else [])], default=None),
        last=max([*times, *([seen.last] if seen.last else [])], default=None),
    )
