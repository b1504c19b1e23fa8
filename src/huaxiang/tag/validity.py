"""Tags outside their days of validity: nobody has a value, and nothing is computed for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from huaxiang.model import Type
from huaxiang.tag.kinds.base import Meaning, Naming, Planner
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words


@dataclass(frozen=True)
class Expired:
    """What a tag means on a day outside its validity; `of` is what it means otherwise."""

    of: Meaning

    @property
    def type(self) -> Type:
        """The type stays: what rests on the tag still checks."""
        return self.of.type

    @property
    def needs(self) -> frozenset[str]:
        """It rests on nothing."""
        return frozenset()

    @property
    def formula(self) -> str:
        """Another computation than the tag's own, so that a build computes it anew on the day it ends."""
        return "expired"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return unknown."""
        return exp.null()

    def rests(self) -> None:
        """Rest on no facts."""

    def words(self, naming: Naming) -> Words:
        """Return the tag's own words, with what keeps it from having a value."""
        own = self.of.words(naming)
        return Words(f"outside its validity; otherwise {own.en}", f"不在有效期内；有效期内为：{own.zh}")


def local_day(as_of: datetime, zone: str) -> date:
    """Return the calendar day of a UTC moment in the project's time zone."""
    return as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def expired(tagset: TagSet, day: date) -> tuple[str, ...]:
    """Return the codes that do not hold on a day."""
    return tuple(code for code, tag in tagset.tags.items() if not tag.metadata.valid_on(day))


def without(tagset: TagSet, codes: Iterable[str]) -> TagSet:
    """Return the set with these tags expired; the set itself when there are none."""
    wanted = set(codes)
    if not wanted:
        return tagset
    meanings = {code: Expired(each) if code in wanted else each for code, each in tagset.meanings.items()}
    return replace(tagset, meanings=meanings)
