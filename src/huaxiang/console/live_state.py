"""How it stands, in figures: the applier, the rate, the lag, the inbox; an hour's counts; doors and sources."""

from __future__ import annotations

from collections.abc import Sequence

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.ages import clock, day_and_clock, lasting
from huaxiang.console.live_flow import flow_address
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty
from huaxiang.console.visit import Visit
from huaxiang.processes.supervision import Running, TaskState
from huaxiang.read.live.flow import Wanted
from huaxiang.read.live.health import DoorHealth, SourceHealth
from huaxiang.read.live.look import Look
from huaxiang.read.live.opened import wall_clock
from huaxiang.read.live.outcome import Came
from huaxiang.read.live.state import DOING, Doing
from huaxiang.read.showing import number
from huaxiang.words import Count, Words

_BAD = (Doing.STUCK, Doing.STOPPED)


def notice(visit: Visit, look: Look, zone: str) -> Html:
    """Return what stands in the way of events, if something does."""
    state = look.state
    serve = el("code", "huaxiang serve", cls="hx-from")
    if state.doing is Doing.STUCK and state.fault:
        fault = visit.say(state.fault).rstrip(".。")
        return el("p", visit.say(wl.STUCK_TEXT, fault=fault), cls="hx-notice warn")
    if state.doing is Doing.STOPPED:
        return el("p", visit.say(wl.STOPPED_TEXT), " ", serve, cls="hx-notice warn")
    if state.doing is Doing.NEVER:
        return el("p", visit.say(wl.NEVER_TEXT), " ", serve, cls="hx-notice plain")
    return Html("")


def figures(visit: Visit, look: Look, zone: str) -> Html:
    """Return the big figures."""
    minute = look.pulse.minute
    no_lag = visit.say(wl.NO_LAG)
    return el(
        "section",
        _applier(visit, look, zone),
        _figure(visit.say(wl.RATE), number(round(minute.rate, 1)), visit.say(wl.RATE_NOTE), "rate"),
        _lag(visit, minute.p50, minute.p99, no_lag),
        _figure(visit.say(wl.DEPTH), number(look.state.depth), visit.say(wl.DEPTH_NOTE), "depth"),
        cls="hx-stats",
    )


def _applier(visit: Visit, look: Look, zone: str) -> Html:
    state = look.state
    tone = "warn" if state.doing in _BAD else "good" if state.doing in (Doing.APPLYING, Doing.READY) else ""
    sign = el("i", cls=f"hx-dot {tone}".strip())
    heard = ""
    if state.heartbeat:
        at = wall_clock(state.heartbeat, zone)
        heard = visit.say(wl.HEARD, at=day_and_clock(at) if state.doing is Doing.STOPPED else clock(at))
    return el(
        "div",
        el("span", visit.say(wl.APPLIER)),
        el("b", sign, visit.say(DOING[state.doing]), cls="said"),
        el("small", visit.say(wl.UP_TO, number=number(state.applied))) if state.heartbeat else None,
        el("small", heard) if heard else None,
        data_stat="applier",
        data_doing=state.doing.value,
    )


def _figure(name: str, shown: str, note: str, key: str) -> Html:
    return el("div", el("span", name), el("b", shown), el("small", note), data_stat=key)


def _lag(visit: Visit, median: float | None, worst: float | None, none: str) -> Html:
    if median is None or worst is None:
        return _figure(visit.say(wl.LAG), "—", none, "lag")
    pair = el(
        "div",
        el("div", el("b", lasting(visit, median)), el("small", visit.say(wl.MEDIAN), cls="keep")),
        el("div", el("b", lasting(visit, worst)), el("small", visit.say(wl.WORST), cls="keep")),
        cls="hx-two",
    )
    return el("div", el("span", visit.say(wl.LAG)), pair, data_stat="lag")


def counts(visit: Visit, look: Look) -> Html:
    """Return what the last hour's events came to; of what was not taken in, a way to those events."""
    hour = look.pulse.hour
    # Which events were doubles is told by their ways: a number without any leads nowhere.
    doubled = Came.DUPLICATE if any(each.duplicates for each in look.health.sources) else None
    shown: Sequence[tuple[Words, int, Came | None]] = (
        (wl.EVENTS, hour.events, None), (wl.BECAME_FACTS, hour.facts, None),
        (w.DUPLICATES, hour.duplicates, doubled), (w.QUARANTINED, hour.quarantined, Came.QUARANTINED),
        (wl.UNTAKEN, hour.untaken, Came.UNTAKEN), (wl.CHANGES, hour.changes, None), (wl.MOVES, hour.moves, None),
        (w.MERGED_TIMES, hour.merges, None),
    )  # fmt: skip
    rows = [
        el("div", el("dt", visit.say(words)), el("dd", _count(count, came)), data_count=words.en)
        for words, count, came in shown
    ]
    return card(visit.say(wl.LAST_HOUR), el("dl", rows, cls="hx-figures hx-hour"))


def _count(count: int, came: Came | None) -> Html:
    if came is None or not count:
        return join(number(count))
    return el("a", number(count), href=flow_address(Wanted(came=came)))


def doors(visit: Visit, look: Look) -> Html:
    """Return the doors with their last events."""
    title = visit.say(wl.DOORS)
    if not look.health.doors:
        return card(title, empty(visit.say(wl.NO_DOORS), visit.say(wl.NO_DOORS_DO), image="data"))
    note = "" if look.arrived.whole else visit.say(wl.COUNTING)
    rows = [_door(visit, each) for each in look.health.doors]
    return card(title, el("div", rows, cls="hx-rows"), end=note or visit.say(wl.IN_HOUR))


def _door(visit: Visit, each: DoorHealth) -> Html:
    said = visit.say(wl.LAST_EVENT, at=day_and_clock(each.last)) if each.last else visit.say(wl.NO_LAST_EVENT)
    gone = None if each.defined else el("span", visit.say(wl.NOT_DEFINED), cls="hx-pill warn")
    return el(
        "div",
        el("span", el("a", visit.say(each.words), href=flow_address(Wanted(each.code))), gone, cls="grow"),
        el("b", number(each.hour)),
        el("small", said, cls="hx-note whole"),
        data_door=each.code,
    )


def background_tasks(visit: Visit, look: Look, zone: str) -> Html:
    """Return what the server does in the background, and how each of it fares."""
    rows = [_task(visit, each, zone) for each in look.tasks]
    return card(visit.say(wl.TASKS), el("div", rows, cls="hx-rows")) if rows else Html("")


def _task(visit: Visit, each: TaskState, zone: str) -> Html:
    restarting = each.state is Running.RESTARTING
    note = None
    if each.failed_at is not None:
        at = day_and_clock(wall_clock(int(each.failed_at * 1e6), zone))
        said = visit.say(wl.TASK_FAILED, count=Count(each.failures), at=at, fault=each.fault)
        note = el("small", said, cls="hx-note whole hx-warn" if restarting else "hx-note whole")
    sign = el("i", cls=f"hx-dot {'warn' if restarting else 'good'}")
    return el(
        "div",
        el("span", sign, visit.say(each.words), cls="grow"),
        el("small", visit.say(wl.TASK_RESTARTING if restarting else wl.TASK_RUNNING), cls="hx-note"),
        note,
        data_task=each.name,
        data_state=each.state.value,
    )


def live_sources(visit: Visit, look: Look) -> Html:
    """Return the sources behind the doors, with what they made of the newest events."""
    title = visit.say(wl.LIVE_SOURCES)
    if not look.health.sources:
        return card(title, empty(visit.say(wl.NO_SOURCES), small=True))
    rows = [_source(visit, each) for each in look.health.sources]
    end = visit.say(wl.AMONG, count=Count(look.health.kept)) if look.health.kept else ""
    stopped = look.health.stopped
    note = el("p", visit.say(wl.STOPPED_EVENTS, count=number(stopped)), cls="hx-note") if stopped else None
    return card(title, el("div", rows, cls="hx-rows"), note, end=end)


def _source(visit: Visit, each: SourceHealth) -> Html:
    parts = [el("span", visit.say(wl.FACTS_OF, count=number(each.facts)))]
    if each.duplicates:
        parts.append(el("span", visit.say(wl.DOUBLED, count=Count(each.duplicates))))
    if each.quarantined:
        stopped = visit.say(wl.STOPPED, count=number(each.quarantined))
        parts.append(el("a", stopped, href=flow_address(Wanted(each.door, Came.QUARANTINED)), cls="hx-warn"))
    said = visit.say(wl.LAST_EVENT, at=day_and_clock(each.last)) if each.last else visit.say(wl.NO_LAST_EVENT)
    return el(
        "div",
        el("span", visit.say(each.words), cls="grow"),
        el("small", said, cls="hx-note"),
        el("small", parts, cls="hx-note hx-dots whole"),
        data_source=each.code,
    )
