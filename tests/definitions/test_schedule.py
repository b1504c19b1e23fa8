"""Schedules as people write them, and when they come round."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.definitions.schedule import LIVE, NEVER, Daily, Every, Schedule, parse_schedule, rule_of

NEW_YORK = "America/New_York"


def parsed(text: str, default: Schedule = NEVER) -> tuple[Schedule, Faults]:
    faults = Faults()
    return parse_schedule(parse_yaml(text, "huaxiang.yaml", faults), default, faults), faults


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("every 30 minutes", Every(timedelta(minutes=30))),
        ("every 1 minute", Every(timedelta(minutes=1))),
        ("every hour", Every(timedelta(hours=1))),
        ("Every  2 Hours", Every(timedelta(hours=2))),
        ("03:00", Daily(time(3))),
        ("23:59", Daily(time(23, 59))),
        ("3:05", Daily(time(3, 5))),
    ],
)
def test_a_rule_is_read(text: str, rule: object) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text", ["", "often", "every", "every 0 minutes", "every -1 hours", "every 2 days", "24:00", "12:60", "3",
     "every 99999 hours"]
)  # fmt: skip
def test_what_is_no_rule_is_none(text: str) -> None:
    assert rule_of(text) is None


def test_a_schedule_keeps_the_default_of_what_it_leaves_out() -> None:
    found, faults = parsed('rebuild: "03:00"\nhealth: every 6 hours', LIVE)
    assert not faults.found
    assert found == Schedule(Every(timedelta(minutes=30)), Daily(time(3)), Every(timedelta(hours=6)))
    assert parsed("refresh: off", LIVE)[0] == NEVER
    # YAML takes 03:00 without quotes for a text too.
    assert parsed("rebuild: 03:00")[0].rebuild == Daily(time(3))
    assert parse_schedule(None, LIVE, Faults()) == LIVE


def test_faults_name_place_and_nearest_word() -> None:
    _, faults = parsed("refresh: now and then\nrebild: 03:00")
    assert [(fault.line, fault.hint) for fault in faults.found] == [(1, None), (2, "rebuild")]
    assert "every 30 minutes" in faults.found[0].what.zh


def test_every_counts_from_the_last_time() -> None:
    assert Every(timedelta(minutes=30)).after(utc("2026-03-08T06:45"), NEW_YORK) == utc("2026-03-08T07:15")


def test_daily_is_a_time_of_the_projects_zone() -> None:
    rule = Daily(time(3))
    assert rule.after(utc("2026-06-01T18:59"), "Asia/Shanghai") == utc("2026-06-01T19:00")
    assert rule.after(utc("2026-06-01T19:00"), "Asia/Shanghai") == utc("2026-06-02T19:00")
    assert rule.after(utc("2026-01-01T00:00"), NEW_YORK) == utc("2026-01-01T08:00")
    assert rule.after(utc("2026-07-01T00:00"), NEW_YORK) == utc("2026-07-01T07:00")


@pytest.mark.parametrize("at", [time(1, 30), time(2, 30), time(0), time(23, 30)])
@pytest.mark.parametrize("zone", [NEW_YORK, "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe"])
def test_every_day_of_a_year_has_it_once(zone: str, at: time) -> None:
    moment, seen = utc("2026-01-01T12:00"), []
    for _ in range(365):
        moment = Daily(at).after(moment, zone)
        seen.append(moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date())
    assert seen == [seen[0] + timedelta(days=n) for n in range(365)]


def test_the_night_that_skips_the_time_has_it_later_and_the_one_that_repeats_it_once() -> None:
    assert Daily(time(2, 30)).after(utc("2026-03-08T05:00"), NEW_YORK) == utc("2026-03-08T07:30")
    first = Daily(time(1, 30)).after(utc("2026-11-01T04:00"), NEW_YORK)
    assert first == utc("2026-11-01T05:30")
    assert Daily(time(1, 30)).after(first, NEW_YORK) == utc("2026-11-02T06:30")
