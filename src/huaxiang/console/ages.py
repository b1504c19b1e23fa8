"""How long something took and when it was, for people: 180 ms, 1.2 s, 14:03:07."""

from __future__ import annotations

from datetime import datetime

from huaxiang.console import words_live as wl
from huaxiang.console.visit import Visit
from huaxiang.read.showing import number

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def lasting(visit: Visit, seconds: float) -> str:
    """Return a duration in the unit that fits it."""
    if seconds < 1:
        return visit.say(wl.MILLISECONDS, count=_digits(seconds * 1000))
    if seconds < _MINUTE:
        return visit.say(wl.SECONDS, count=_digits(seconds))
    for words, size, most in ((wl.MINUTES, _MINUTE, _HOUR), (wl.HOURS, _HOUR, _DAY)):
        if seconds < most:
            return visit.say(words, count=int(seconds // size))
    return visit.say(wl.DAYS, count=number(int(seconds // _DAY)))


def aged(visit: Visit, seconds: float) -> str:
    """Return an age in whole seconds or more: it is read as it grows."""
    return lasting(visit, max(float(int(seconds)), 1.0)) if seconds < _MINUTE else lasting(visit, seconds)


def clock(at: datetime, *, fine: bool = False) -> str:
    """Return a time of day; `fine`: with milliseconds."""
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if fine else f"{at:%H:%M:%S}"


def day_and_clock(at: datetime) -> str:
    """Return a moment with its day."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _digits(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
