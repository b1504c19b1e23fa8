"""Everybody at a glance: how many, new, active and lapsed; lifecycle, value, age, region, channels; quality, freshness.

Every number of customers leads to those customers: it carries the filter that finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.codes import CHANNELS
from huaxiang.engine.duckdb import quoted
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution, distribution
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.people import count_people
from huaxiang.read.showing import local, share
from huaxiang.read.standard import CODES, Part, tag_for
from huaxiang.read.terms import term
from huaxiang.words import Words

CHARTS = (Part.LIFECYCLE, Part.VALUE, Part.RFM, Part.GENDER, Part.AGE, Part.PROVINCE, Part.CITY, Part.CHANNEL)
"""The parts that have a chart."""
_NEW_DAYS, _ACTIVE_DAYS = 30, 90


@dataclass(frozen=True)
class Headline:
    """One number: its key ("customers", "new", "active", "lapsed"), words, what it means, and who they are.

    `count` is None when the project has no tag to tell it by; `hint` then says which is wanted.
    """

    key: str
    words: Words
    meaning: Words
    count: int | None
    wanted: Filter
    hint: Words | None = None


@dataclass(frozen=True)
class Chart:
    """A part with the spread of the tag that plays it; None when there is no such tag, and `hint` says which."""

    part: Part
    spread: Distribution | None
    hint: Words


@dataclass(frozen=True)
class ChannelFacts:
    """One channel: its facts and the customers who were seen there."""

    channel: str
    words: Words
    facts: int
    customers: int


@dataclass(frozen=True)
class Quality:
    """The build in four numbers: rows = facts + duplicates + quarantined; `owned` facts have a customer."""

    rows: int
    facts: int
    duplicates: int
    quarantined: int
    owned: int

    @property
    def used(self) -> float:
        """The share of rows that became facts or were only doubles of one."""
        return share(self.facts + self.duplicates, self.rows)


@dataclass(frozen=True)
class Freshness:
    """How fresh it is: the latest fact, the moment the build sees, when it was finished (wall clock)."""

    latest: datetime | None
    as_of: datetime
    finished: datetime | None


@dataclass(frozen=True)
class Overview:
    """Everything the overview shows."""

    headlines: tuple[Headline, ...]
    charts: Mapping[Part, Chart]
    channels: tuple[ChannelFacts, ...]
    quality: Quality
    freshness: Freshness


def overview(current: CurrentBuild) -> Overview:
    """Return the overview of a build."""
    return Overview(
        headlines(current),
        {part: _chart(current, part) for part in CHARTS},
        current.once("channels", lambda: _channels(current)),
        current.once("quality", lambda: _quality(current)),
        current.once("freshness", lambda: freshness(current)),
    )


def headlines(current: CurrentBuild) -> tuple[Headline, ...]:
    """Return the four numbers everybody asks for first."""
    return current.once("headlines", lambda: _headlines(current))


def _headlines(current: CurrentBuild) -> tuple[Headline, ...]:
    everybody = Headline(
        "customers",
        Words("Customers", "客户总数"),
        Words("all customers identified in any source", "在任一来源中被识别出的人"),
        current.customers,
        Filter(),
    )
    return (everybody, _new(current), _active(current), _lapsed(current))


def freshness(current: CurrentBuild) -> Freshness:
    """Return how fresh the build is."""
    tables = [name for name in current.project.model.facts if name in current.tables]
    parts = " UNION ALL ".join(f"SELECT max(occurred_at) AS latest FROM {quoted(name)}" for name in tables)
    latest = current.engine.one(f"SELECT max(latest) FROM ({parts})") if parts else None
    zone, build = current.project.zone, current.build
    return Freshness(
        local(latest, zone) if latest else None,
        local(build.as_of, zone),
        local(build.finished, zone) if build.finished else None,
    )


def _new(current: CurrentBuild) -> Headline:
    words = Words("New", "新客户")
    meaning = Words(f"first order in the last {_NEW_DAYS} days", f"近 {_NEW_DAYS} 天内首次下单")
    code = tag_for(current, Part.FIRST_ORDER)
    if code is None or not current.type_of(code).numeric:
        return Headline("new", words, meaning, None, Filter(), wanted_tag(Part.FIRST_ORDER))
    return _counted(current, "new", words, meaning, Filter((TagIs(code, f"..{_NEW_DAYS + 1}"),)))


def _active(current: CurrentBuild) -> Headline:
    words = Words("Active", "活跃客户")
    meaning = Words(f"ordered in the last {_ACTIVE_DAYS} days", f"近 {_ACTIVE_DAYS} 天内下过单")
    code = tag_for(current, Part.LAST_ORDER)
    if code is None:
        return Headline("active", words, meaning, None, Filter(), wanted_tag(Part.LAST_ORDER))
    return _counted(current, "active", words, meaning, Filter((TagIs(code, f"..{_ACTIVE_DAYS + 1}"),)))


def _lapsed(current: CurrentBuild) -> Headline:
    words = Words("Lapsed", "流失客户")
    meaning = Words("lifecycle is lapsed", "生命周期处于流失阶段")
    code = tag_for(current, Part.LIFECYCLE)
    value = lapsed_value(current, code) if code else None
    if code is None or value is None:
        return Headline("lapsed", words, meaning, None, Filter(), wanted_tag(Part.LIFECYCLE))
    return _counted(current, "lapsed", words, meaning, Filter((TagIs(code, value),)))


def lapsed_value(current: CurrentBuild, code: str) -> str | None:
    """Return which value of the lifecycle tag means that somebody has gone."""
    known = [bar.value for bar in distribution(current, code).bars]
    known += [each.value for each in current.tags[code].values if each.value not in known]
    return next((value for value in known if value in ("流失", "lapsed", "churned", "lost", "已流失")), None)


def wanted_tag(part: Part) -> Words:
    """Return which tag would have to be defined for a part to be shown."""
    codes = CODES[part]
    return Words(f"this project has no tag {codes[0]!r}", f"本项目没有标签“{codes[0]}”")


def _counted(current: CurrentBuild, key: str, words: Words, meaning: Words, wanted: Filter) -> Headline:
    return Headline(key, words, meaning, count_people(current, wanted), wanted)


def _chart(current: CurrentBuild, part: Part) -> Chart:
    code = tag_for(current, part)
    return Chart(part, distribution(current, code) if code else None, wanted_tag(part))


def _channels(current: CurrentBuild) -> tuple[ChannelFacts, ...]:
    tables = [name for name in current.project.model.facts if name in current.tables]
    # Grouped per table first: a million customers' facts never meet in one union.
    parts = [
        f"SELECT CAST(channel AS VARCHAR) AS channel, subject, count(*) AS facts FROM {quoted(name)} GROUP BY ALL"
        for name in tables
    ]
    if not parts:
        return ()
    sql = (
        "SELECT channel, sum(facts), count(DISTINCT subject) FROM "
        f"({' UNION ALL '.join(parts)}) WHERE channel IS NOT NULL GROUP BY channel ORDER BY 3 DESC, 1"
    )
    return tuple(
        ChannelFacts(channel, term(CHANNELS, channel), int(facts), int(customers))
        for channel, facts, customers in current.engine.rows(sql)
    )


def _quality(current: CurrentBuild) -> Quality:
    summary = current.build.summary
    tables = [name for name in current.project.model.facts if name in current.tables]
    counts = ", ".join(f"(SELECT count(subject) FROM {quoted(name)})" for name in tables)
    owned = sum(current.engine.rows(f"SELECT {counts}")[0]) if tables else 0
    numbers = [int(summary.get(name, 0)) for name in ("rows", "facts", "duplicates", "quarantined")]
    return Quality(numbers[0], numbers[1], numbers[2], numbers[3], owned)
