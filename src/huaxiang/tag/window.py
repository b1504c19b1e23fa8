"""Spans of time as people write them ("90 days", "3 months") and where they begin."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.words import Words

_WRITTEN = re.compile(r"(\d+)\s*([a-z]+?)s?")
_UNITS = {
    "hour": Words("hours", "小时"),
    "day": Words("days", "天"),
    "week": Words("weeks", "周"),
    "month": Words("months", "个月"),
    "year": Words("years", "年"),
}
_FIXED = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


@dataclass(frozen=True)
class Span:
    """A length of time: hours, days and weeks are exact, months and years follow the calendar of the project."""

    count: int
    unit: str

    def before(self, as_of: datetime, zone: str) -> datetime:
        """Return the UTC moment this long before `as_of`; it still belongs to the window."""
        if self.unit in _FIXED:
            return as_of - self.count * _FIXED[self.unit]
        local = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        months = local.year * 12 + local.month - 1 - self.count * (12 if self.unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        day = min(local.day, calendar.monthrange(year, month)[1])
        return local.replace(year=year, month=month, day=day).astimezone(UTC).replace(tzinfo=None)

    def after(self, at: datetime, zone: str) -> datetime:
        """Return the UTC moment this long after `at`."""
        return Span(-self.count, self.unit).before(at, zone)

    @property
    def days(self) -> float:
        """The length in days; months count 30.4375 and years 365.25 (for half-lives)."""
        if self.unit in _FIXED:
            return self.count * (_FIXED[self.unit] / timedelta(days=1))
        return self.count * (365.25 if self.unit == "year" else 365.25 / 12)

    @property
    def words(self) -> Words:
        """The span as people say it."""
        unit = _UNITS[self.unit]
        return Words(f"{self.count} {unit.en if self.count != 1 else unit.en[:-1]}", f"{self.count}{unit.zh}")

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


def span(text: Text | None, faults: Faults) -> Span | None:
    """Return what `text` says, or None (with a fault when it says no span)."""
    if text is None:
        return None
    found = _WRITTEN.fullmatch(text.text.strip().lower())
    if found is None or found[2] not in _UNITS or int(found[1]) == 0:
        known = [each + "s" for each in _UNITS]
        faults.add(
            text.place,
            f"{text.text!r} is not a span of time: a number and one of {', '.join(known)}",
            f"“{text.text}”不是时间长度：应为数字加 {'、'.join(known)} 之一",
            word=text.text.split()[-1] if text.text.split() else "",
            known=known,
        )
        return None
    if int(found[1]) > 100_000:
        faults.add(text.place, f"{text.text!r} is too long", f"“{text.text}”太长")
        return None
    return Span(int(found[1]), found[2])
