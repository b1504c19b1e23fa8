"""Times as senders write them, in microseconds since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = -2_208_988_800_000_000, 7_258_118_400_000_000
"""1900 and 2200: a time outside is a fault of its sender."""
FIRST_EVENT = 946_684_800_000_000
"""2000-01-01: no event is older. What claims to be comes of a clock that was never set (1970), of a -1 for "none" or
of a zero date, and as a fact it would be its customer's first visit for ever. A birthday among properties may be."""
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
        return _sound(int(value * 1000) if abs(value) >= _MILLISECONDS else int(value * 1_000_000))
    except (ValueError, OverflowError):
        return None


@lru_cache(4096)
def _parsed(text: str) -> int | None:
    """Read a text. The events of a batch share the time they were sent at, and often their own."""
    try:
        moment = datetime.fromisoformat(text)
        return _sound(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND)
    except (ValueError, OverflowError):
        return None


def event_time(value: object) -> int | None:
    """Return the time of an event, or of its sending, as `microseconds_of` does; None for one before 2000 too."""
    moment = microseconds_of(value)
    return None if moment is None or moment < FIRST_EVENT else moment


def is_event_time(microseconds: int) -> bool:
    """Say whether an event may have happened then: from 2000 on, and before 2200."""
    return FIRST_EVENT <= microseconds < _LAST


def _sound(microseconds: int) -> int | None:
    return microseconds if _FIRST <= microseconds < _LAST else None


def written(microseconds: int) -> str:
    """Return a time as ISO 8601 in UTC: 2026-06-30T08:00:00.123456Z."""
    seconds = microseconds // 1_000_000
    return f"{_second(seconds)}.{microseconds - seconds * 1_000_000:06d}Z"


@lru_cache(4096)
def _second(seconds: int) -> str:
    """Write a whole second: what arrives together happened at few of them, and writing one takes its time."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:-6]
