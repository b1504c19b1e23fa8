"""What events change on a profile while it is looked at: the line that says so, and what happened since the build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from huaxiang.console import words_live as wl
from huaxiang.console.ages import aged, day_and_clock
from huaxiang.console.live_flow import event_address, flow_address
from huaxiang.console.markup import Html, el, join, with_link
from huaxiang.console.parts import card, person_address
from huaxiang.console.timeline import entry_html
from huaxiang.console.visit import Visit
from huaxiang.read.live.flow import Wanted
from huaxiang.read.live.happened import Happened
from huaxiang.read.live.profile import LiveProfile
from huaxiang.read.showing import number


def live_line(visit: Visit, live: LiveProfile, build: int, *, known: bool) -> Html:
    """Return the line that says that a profile is live, as of when, and how to see its events."""
    age = (datetime.now(UTC).replace(tzinfo=None) - live.at).total_seconds()
    said = visit.say(wl.LIVE_AT, at=day_and_clock(live.as_of), age=aged(visit, age), batch=number(live.batch))
    about = visit.say(wl.LIVE_SINCE, build=build) if known else visit.say(wl.NEW_LIVE)
    compared = visit.say(wl.LIVE_COMPARED, at=day_and_clock(live.compared_at)) if live.compared_at else None
    to = flow_address(Wanted(subject=live.profile.subject))
    return el(
        "p", el("span", el("i", cls="hx-dot good"), el("b", visit.say(wl.LIVE)), f" {said}"), el("span", about),
        el("span", compared) if compared else None,
        el("a", visit.say(wl.SEE_EVENTS), href=to), cls="hx-liveline",
    )  # fmt: skip


def part_now(visit: Visit, into: str) -> Html:
    """Return the note that a customer became part of another."""
    link = el("a", into, href=person_address(into))
    return el("p", with_link(visit.say(wl.PART_NOW), "{id}", link), cls="hx-notice warn")


def since_build(visit: Visit, happened: Sequence[Happened]) -> Html:
    """Return what happened since the build, each with the way to its event."""
    if not happened:
        return Html("")
    parts: list[Html] = []
    day = None
    for each in happened:
        if each.entry.at and each.entry.at.date() != day:
            day = each.entry.at.date()
            parts.append(el("div", str(day), cls="hx-day"))
        parts.append(entry_html(visit, each.entry, [_events(visit, each.events)]))
    return card(visit.say(wl.SINCE_BUILD), el("div", parts, cls="hx-timeline"), end=visit.say(wl.LIVE))


def _events(visit: Visit, events: Sequence[int]) -> Html:
    links = [el("a", visit.say(wl.EVENT_NO, number=number(each)), href=event_address(each)) for each in events]
    return el("div", join(links), cls="hx-note")
