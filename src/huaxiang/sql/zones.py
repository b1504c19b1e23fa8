"""Wall clocks: times are kept in UTC, calendars (days, hours, weekdays) are the project's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlglot import exp


@cache
def fixed_offset(zone: str) -> timedelta | None:
    """Return the zone's offset from UTC if it has been the same since 1992 (as China's), else None."""
    info = ZoneInfo(zone)
    months = (datetime(year, month, 1, tzinfo=UTC) for year in range(1992, 2038) for month in (1, 4, 7, 10))
    offsets = {info.utcoffset(moment.astimezone(info)) for moment in months}
    return offsets.pop() if len(offsets) == 1 else None


def to_local(utc: exp.Expression, zone: str) -> exp.Expression:
    """Return the wall clock of `zone` for a UTC timestamp expression. A fixed offset is ten times as fast."""
    return _shift(utc, zone, "UTC", zone, 1)


def to_utc(local: exp.Expression, zone: str) -> exp.Expression:
    """Return the UTC timestamp for a wall clock of `zone`."""
    return _shift(local, zone, zone, "UTC", -1)


def local_date(at: datetime, zone: str) -> date:
    """Return the calendar date in `zone` at a UTC moment (naive)."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def wall_clock(at: datetime, zone: str) -> datetime:
    """Return the wall clock of `zone` (naive) at a UTC moment (naive); while an hour repeats, the clock waits.

    So a later moment never has an earlier clock.
    """
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    if local.fold == 0:
        return local.replace(tzinfo=None)
    first = local.replace(fold=0)
    before = first.utcoffset() or timedelta(0)
    return _turn(at - before + (local.utcoffset() or timedelta(0)), at, zone) + before


def first_moment(clock: datetime, zone: str) -> datetime:
    """Return the first UTC moment (naive) at which the wall clock of `zone` has come to `clock`.

    A clock time that a change to summer time leaves out has come at the change.
    """
    local = clock.replace(tzinfo=ZoneInfo(zone), fold=0)
    moment = local.astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == clock.replace(fold=0):
        return moment.replace(tzinfo=None)
    return _turn(local.replace(fold=1).astimezone(UTC).replace(tzinfo=None), moment.replace(tzinfo=None), zone)


def _turn(before: datetime, after: datetime, zone: str) -> datetime:
    """Return the first moment after `before` that has the offset of `after`: clocks change once between them."""
    info = ZoneInfo(zone)
    wanted = after.replace(tzinfo=UTC).astimezone(info).utcoffset()
    # Clocks change at whole seconds.
    low, high = 0, int((after - before).total_seconds()) + 1
    before = before.replace(microsecond=0)
    while high - low > 1:
        middle = (low + high) // 2
        at = before + timedelta(seconds=middle)
        if at.replace(tzinfo=UTC).astimezone(info).utcoffset() == wanted:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def _shift(tree: exp.Expression, zone: str, source: str, target: str, sign: int) -> exp.Expression:
    offset = fixed_offset(zone)
    if offset is None:
        for name in (source, target):
            tree = exp.Anonymous(this="timezone", expressions=[exp.Literal.string(name), tree])
        return tree
    seconds = int(offset.total_seconds()) * sign
    if seconds == 0:
        return tree
    interval = exp.Interval(this=exp.Literal.string(str(abs(seconds))), unit=exp.var("SECOND"))
    add = exp.Add if seconds > 0 else exp.Sub
    return exp.paren(add(this=exp.paren(tree.copy()), expression=interval))
