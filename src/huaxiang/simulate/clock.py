"""The period simulated, as minutes and seconds since its first midnight (Asia/Shanghai wall clock)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from huaxiang.simulate import text
from huaxiang.simulate.arrays import Ints

DAY = 1440
SHANGHAI_SECONDS = 8 * 3600
NEVER = 2**31 - 1
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Month:
    """One calendar month of the period: minutes `first` (in) to `last` (out)."""

    label: str
    first: int
    last: int

    def span(self, minutes: Ints) -> slice:
        """Return which part of the ascending `minutes` lies in this month."""
        low, high = np.searchsorted(minutes, [self.first, self.last])
        return slice(int(low), int(high))


@dataclass(frozen=True)
class Period:
    """The `months` calendar months that end with the day `until`, and the seed of everything drawn in them."""

    until: date
    months: int
    customers: int
    seed: int

    @cached_property
    def start(self) -> date:
        """The first day."""
        number = self.until.year * 12 + self.until.month - self.months
        return date(number // 12, number % 12 + 1, 1)

    @property
    def days(self) -> int:
        """How many days, first and last included."""
        return (self.until - self.start).days + 1

    @property
    def start_day(self) -> int:
        """The first day, in days since 1970-01-01."""
        return (self.start - _EPOCH).days

    def rng(self, name: str) -> np.random.Generator:
        """Return the stream of random numbers called `name`: streams do not depend on each other."""
        key = [self.seed, self.customers, self.until.toordinal(), self.months, zlib.crc32(name.encode())]
        return np.random.default_rng(key)

    def each_month(self) -> list[Month]:
        """Return the calendar months, the last perhaps cut short by `until`."""
        found, first = [], self.start
        while first <= self.until:
            following = (first + timedelta(days=32)).replace(day=1)
            last = min(following, self.until + timedelta(days=1))
            minutes = [(day - self.start).days * DAY for day in (first, last)]
            found.append(Month(f"{first:%Y-%m}", minutes[0], minutes[1]))
            first = following
        return found

    def epoch_ms(self, seconds: Ints) -> Ints:
        """Return milliseconds since 1970 UTC of wall clock `seconds` since the start."""
        return (seconds.astype(np.int64) + self.start_day * 86400 - SHANGHAI_SECONDS) * 1000

    def timestamps(self, seconds: Ints) -> pa.Array:
        """Return wall clock timestamps of `seconds` since the start."""
        return pa.array(seconds.astype(np.int64) + self.start_day * 86400).cast(pa.timestamp("s")).cast("timestamp[us]")

    def minute_text(self, minutes: Ints, separator: str, between: str) -> pa.Array:
        """Return each minute as text: date parts joined by `separator`, then `between`, then HH:MM."""
        low, high = (int(minutes.min()), int(minutes.max())) if len(minutes) else (0, 0)
        first_day = low // DAY
        days = [self.start + timedelta(days=first_day + n) for n in range(high // DAY - first_day + 1)]
        dates = pa.array([separator.join((f"{day:%Y}", f"{day:%m}", f"{day:%d}")) for day in days])
        clock = pa.array([f"{between}{n // 60:02}:{n % 60:02}" for n in range(DAY)])
        return text.glue(dates.take(pa.array(minutes // DAY - first_day)), clock.take(pa.array(minutes % DAY)))

    def second_text(self, seconds: Ints, separator: str = "-", between: str = " ") -> pa.Array:
        """Return each second as text, as `minute_text` does, with :SS behind."""
        table = pa.array([f":{n:02}" for n in range(60)])
        head = self.minute_text(seconds // 60, separator, between)
        return text.glue(head, table.take(pa.array(seconds % 60)))
