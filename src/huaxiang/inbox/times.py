"""Times as senders write them, in microseconds since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = -2_208_988_800_000_000, 7_258_118_400_000_000
"""1900 and 2200: a time outside is a fault of its sender."""
_MILLISECONDS = 100_000_000_000
"""A number of at least this many is in milliseconds: as seconds it would be past the year 5000."""


def microseconds_of(value: object) -> int | None:
    """Return a time written in ISO 8601 (UTC where it names no zone) or as seconds or milliseconds since 1970.

    None for anything else, and for years before 1900 or from 2200 on.
    """
    if isinstance(value, str):
        return _parsed(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return sound(int(value * 1000) if abs(value) >= _MILLISECONDS else int(value * 1_000_000))
    except (ValueError, OverflowError):
        return None


@lru_cache(4096)
def _parsed(text: str) -> int | None:
    """Read a text. The events of a batch share the time they were sent at, and often their own."""
    try:
        moment = datetime.fromisoformat(text)
        return sound(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND)
    except (ValueError, OverflowError):
        return None


def sound(microseconds: int) -> int | None:
    """Return the moment, None when it is before 1900 or from 2200 on."""
    return microseconds if _FIRST <= microseconds < _LAST else None


def written(microseconds: int) -> str:
    """Return a time as ISO 8601 in UTC: 2026-06-30T08:00:00.123456Z."""
    seconds = microseconds // 1_000_000
    return f"{_second(seconds)}.{microseconds - seconds * 1_000_000:06d}Z"


@lru_cache(4096)
def _second(seconds: int) -> str:
    """Write a whole second: what arrives together happened at few of them, and writing one takes its time."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:-6]
