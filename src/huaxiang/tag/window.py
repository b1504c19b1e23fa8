"""Spans of time as people write them ("90 days", "3 months") and where they begin."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.sql.zones import first_moment, wall_clock
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
_FIRST = datetime(1, 1, 2)
"""No window reaches further back."""


@dataclass(frozen=True)
class Span:
    """A length of time: hours are exact, everything longer follows the calendar of the project.

    Seven days before Monday 10:00 is Monday 10:00, also when the clocks changed in between; the month before
    31 March ends on the last of February, the year before 29 February on the 28th.
    """

    count: int
    unit: str

    def times(self, count: int) -> Span:
        """Return the span `count` times as long."""
        return Span(self.count * count, self.unit)

    @property
    def exact(self) -> timedelta | None:
        """The length in hours of a clock that never changes: a day has 24; None for months and years."""
        return self.count * _FIXED[self.unit] if self.unit in _FIXED else None

    def before(self, as_of: datetime, zone: str) -> datetime:
        """Return the UTC moment this long before `as_of`; it still belongs to the window.

        In hours, days and weeks a later `as_of` never has an earlier one; of months the last days share one.
        """
        if self.unit == "hour":
            return as_of - self.count * _FIXED[self.unit]
        clock = wall_clock(as_of, zone)
        if self.unit in _FIXED:
            back = self.count * _FIXED[self.unit]
            return first_moment(clock - back, zone) if clock - _FIRST > back else _FIRST
        months = clock.year * 12 + clock.month - 1 - self.count * (12 if self.unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        if year < 1:
            return _FIRST
        day = min(clock.day, calendar.monthrange(year, month)[1])
        return first_moment(clock.replace(year=year, month=month, day=day), zone)

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
