"""When things are done by themselves: `every 30 minutes`, or daily at `03:00` in a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.words import Words

_EVERY = re.compile(r"every\s+(?:(\d{1,5})\s+)?(minute|hour)s?", re.IGNORECASE)
_DAILY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class Every:
    """Again and again, this long after the last time."""

    gap: timedelta

    def after(self, moment: datetime, zone: str) -> datetime:
        """Return the next time after `moment` (UTC, without a zone, as everything here)."""
        return moment + self.gap


@dataclass(frozen=True)
class Daily:
    """Once a calendar day, at a time of a clock on the wall."""

    at: time

    def after(self, moment: datetime, zone: str) -> datetime:
        """Return the next time after `moment`: later by what the clock skips; of two on one day, the first."""
        there = ZoneInfo(zone)
        day = moment.replace(tzinfo=UTC).astimezone(there).date()
        while True:
            due = datetime.combine(day, self.at, there).astimezone(UTC).replace(tzinfo=None)
            if due > moment:
                return due
            day += timedelta(days=1)


Rule = Every | Daily


@dataclass(frozen=True)
class Schedule:
    """When a project is refreshed, built in full and measured; None: only when somebody asks."""

    refresh: Rule | None = None
    rebuild: Rule | None = None
    health: Rule | None = None


NEVER = Schedule()
LIVE = Schedule(refresh=Every(timedelta(minutes=30)))
"""What a project with doors does if it says nothing: windows pass while no event comes."""


def parse_schedule(node: Node | None, default: Schedule, faults: Faults) -> Schedule:
    """Return the schedule that `schedule` in huaxiang.yaml says; what it leaves out is as in `default`."""
    if node is None:
        return default
    fields = Fields(node, Words("schedule", "schedule"), faults)
    found = Schedule(
        _rule(fields.text("refresh"), "refresh", default.refresh, faults),
        _rule(fields.text("rebuild"), "rebuild", default.rebuild, faults),
        _rule(fields.text("health"), "health", default.health, faults),
    )
    fields.finish()
    return found


def _rule(text: Text | None, key: str, default: Rule | None, faults: Faults) -> Rule | None:
    if text is None:
        return default
    if text.text == "off":
        return None
    found = rule_of(text.text)
    if found is None:
        faults.add(
            text.place,
            f"{key} cannot be {text.text!r}; write every 30 minutes, every 2 hours, 03:00 or off",
            f"{key} 不能是“{text.text}”，可以写 every 30 minutes、every 2 hours、03:00 或 off",
        )
    return found


def rule_of(text: str) -> Rule | None:
    """Return the rule that a text such as `every 30 minutes` or `03:00` says; None when it says none."""
    every, daily = _EVERY.fullmatch(text.strip()), _DAILY.fullmatch(text.strip())
    if every:
        count, unit = int(every[1] or 1), every[2].lower()
        gap = timedelta(hours=count) if unit == "hour" else timedelta(minutes=count)
        return Every(gap) if timedelta(0) < gap <= _LONGEST else None
    return Daily(time(int(daily[1]), int(daily[2]))) if daily else None
