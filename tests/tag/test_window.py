"""Windows in zones where clocks change, on leap days, and at the ends of months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.sql.zones import first_moment, wall_clock
from huaxiang.tag.window import Span
from tests.tag.tag_shop import Row, build, tags_of, warehouse

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "UTC", "Pacific/Apia")
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1))


def utc(zone: str, *clock: int, fold: int = 0) -> datetime:
    """Return a wall clock as the UTC moment (naive)."""
    return datetime(*clock, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "as_of", "begins", "hours"),
    [
        # Summer time begins on 29 March 2026 in Berlin and on 8 March in New York: a day of 23 hours.
        ("Europe/Berlin", (2026, 3, 29, 12), (2026, 3, 28, 12), 23),
        ("America/New_York", (2026, 3, 8, 12), (2026, 3, 7, 12), 23),
        # It ends on 25 October and 1 November: a day of 25 hours.
        ("Europe/Berlin", (2026, 10, 25, 12), (2026, 10, 24, 12), 25),
        ("America/New_York", (2026, 11, 1, 12), (2026, 10, 31, 12), 25),
        ("Asia/Shanghai", (2026, 3, 29, 12), (2026, 3, 28, 12), 24),
    ],
)
def test_a_day_is_a_day_of_the_calendar(zone: str, as_of: tuple[int, ...], begins: tuple[int, ...], hours: int) -> None:
    at = utc(zone, *as_of)
    assert Span(1, "day").before(at, zone) == utc(zone, *begins) == at - timedelta(hours=hours)
    assert Span(24, "hour").before(at, zone) == at - timedelta(hours=24)
    assert Span(1, "week").before(at, zone) == Span(7, "day").before(at, zone)


def test_a_clock_time_that_was_left_out_is_the_moment_of_the_change() -> None:
    # On 29 March 2026 the clocks of Berlin went from 2:00 to 3:00.
    change = datetime(2026, 3, 29, 1)
    assert Span(1, "day").before(utc("Europe/Berlin", 2026, 3, 30, 2, 30), "Europe/Berlin") == change
    assert first_moment(datetime(2026, 3, 29, 2, 0), "Europe/Berlin") == change
    assert first_moment(datetime(2026, 3, 29, 3, 0), "Europe/Berlin") == change


def test_a_clock_time_that_came_twice_begins_with_the_first() -> None:
    # On 25 October 2026 it was half past two twice.
    at = utc("Europe/Berlin", 2026, 10, 26, 2, 30)
    assert Span(1, "day").before(at, "Europe/Berlin") == utc("Europe/Berlin", 2026, 10, 25, 2, 30)
    # In the second of the two hours the window stays where it is.
    again = utc("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1)
    assert wall_clock(again, "Europe/Berlin") == datetime(2026, 10, 25, 3)
    assert Span(1, "day").before(again, "Europe/Berlin") == utc("Europe/Berlin", 2026, 10, 24, 3)


@given(st.sampled_from(ZONES), MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=30)), st.integers(1, 400))
def test_a_later_moment_never_has_an_earlier_window(zone: str, at: datetime, later: timedelta, days: int) -> None:
    span = Span(days, "day")
    assert span.before(at, zone) <= span.before(at + later, zone)
    assert span.before(at, zone) < at


@pytest.mark.parametrize("zone", ZONES)
def test_leap_days(zone: str) -> None:
    leap = utc(zone, 2028, 2, 29, 9)
    assert Span(1, "year").before(leap, zone) == utc(zone, 2027, 2, 28, 9)
    assert Span(4, "year").before(leap, zone) == utc(zone, 2024, 2, 29, 9)
    assert Span(1, "month").before(utc(zone, 2028, 3, 31, 9), zone) == leap
    assert Span(1, "day").before(utc(zone, 2028, 3, 1, 9), zone) == leap
    assert Span(366, "day").before(utc(zone, 2028, 3, 1, 9), zone) == utc(zone, 2027, 3, 1, 9)


def test_a_span_longer_than_the_calendar_reaches_back_to_its_beginning() -> None:
    for unit in ("week", "month", "year"):
        assert Span(100_000, unit).before(datetime(2026, 1, 1), "Europe/Berlin") < datetime(200, 1, 1)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_tag_takes_the_facts_of_those_days(zone: str) -> None:
    as_of = utc(zone, 2026, 11, 5, 12)
    edge = utc(zone, 2026, 10, 22, 12)
    rows: list[Row] = [
        {"subject": 1, "order_id": str(at), "occurred_at": at, "amount": 1}
        for at in (edge, edge - timedelta(microseconds=1), as_of, as_of + timedelta(microseconds=1))
    ]
    with warehouse([1], {"orders": rows}) as engine:
        tags = tags_of("- {tag: n, from: orders, value: count(*), window: 14 days}")
        assert build(engine, tags, as_of=as_of, zone=zone)[1]["n"] == 2
