"""The steps of one event's way, as a list read from top to bottom, and where its time went."""

from __future__ import annotations

from huaxiang.console import words_live as wl
from huaxiang.console.ages import clock, lasting
from huaxiang.console.live_effects import changed, joined, moved, told
from huaxiang.console.live_flow import named
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card
from huaxiang.console.visit import Visit
from huaxiang.read.live.flow import Passed
from huaxiang.read.live.health import door_words
from huaxiang.read.live.outcome import Came, Taken
from huaxiang.read.live.way import EventWay, Found
from huaxiang.read.showing import number
from huaxiang.words import Count, Words

_BETWEEN = Words(", ", "、")


def steps(visit: Visit, way: EventWay, build: int) -> Html:
    """Return the way of an event: a step for each thing that was done with it, and when."""
    done = [_step(visit.say(wl.RECEIVED), _received(visit, way), "0")]
    if way.event is None:
        text = wl.STILL_WAITING if way.found is Found.WAITING else wl.TOO_OLD
        done.append(_step("", join(visit.say(text)), "", waiting=True))
        return card(_title(visit, way), el("ol", done, cls="hx-way"))
    together = None
    if way.batch and way.batch.same > 1:
        together = el("p", visit.say(wl.SAME_BATCH, same=Count(way.batch.same)), cls="hx-note")
    done += [
        _step(visit.say(wl.CHECKED), _checked(visit, way.event), _after(visit, way, "clean")),
        _step(visit.say(wl.JOINED), joined(visit, way, build), _after(visit, way, "identify")),
        _step(visit.say(wl.TAGS_CHANGED), join(together, changed(visit, way)), _after(visit, way, "tag")),
        _step(visit.say(wl.SEGMENTS_MOVED), moved(visit, way), _in_profile(visit, way)),
        _step(visit.say(wl.TOLD), told(visit, way), ""),
    ]
    return card(_title(visit, way), el("ol", done, cls="hx-way"))


def _title(visit: Visit, way: EventWay) -> str:
    if way.event is None:
        return visit.say(wl.EVENT_NO, number=number(way.number))
    return way.event.name or way.event.type


def _step(title: str, content: Html, after: str, *, waiting: bool = False) -> Html:
    head = el("h3", title, el("time", after) if after else None) if title else None
    return el("li", head, el("div", content), cls="waiting" if waiting else "")


def _received(visit: Visit, way: EventWay) -> Html:
    if way.received is None:
        return Html("")
    door = visit.say(door_words(visit.console.warehouse.project, way.door))
    at = f"{way.received:%Y-%m-%d} {clock(way.received, fine=True)}"
    said = [el("p", visit.say(wl.AT_DOOR, door=door, at=at))]
    parts = []
    if way.event:
        parts += [el("span", *named(way.event))]
    if way.form:
        parts.append(el("span", visit.say(wl.SENT_AS, form=way.form)))
    return join(*said, el("p", parts, cls="hx-note hx-dots"))


def _checked(visit: Visit, event: Passed) -> Html:
    took = [each for each in event.taken if each.came is not Came.UNTAKEN and each.source]
    broken = next((each for each in event.taken if each.came is Came.QUARANTINED and not each.source), None)
    if broken and broken.why:
        return el("p", visit.say(wl.CONTRACT_BROKEN, why=visit.say(broken.why)), cls="hx-warn")
    if not took:
        return el("p", visit.say(wl.NOBODY_TOOK), cls="hx-note")
    together: dict[object, list[Taken]] = {}
    for each in took:
        # What the same rule stopped in several sources is one thing that happened to one event.
        same = each.why if each.came is Came.QUARANTINED else (each.source, each.fact, each.came)
        together.setdefault(same, []).append(each)
    return el("ul", (_taken(visit, each) for each in together.values()), cls="hx-rows")


def _taken(visit: Visit, group: list[Taken]) -> Html:
    each = group[0]
    names = dict.fromkeys(visit.say(one.source_words) for one in group)
    if each.came is Came.QUARANTINED:
        said = visit.say(wl.CAME_STOPPED, why=visit.say(each.why)) if each.why else visit.say(wl.CAME_STOPPED, why="?")
        tone = "hx-warn"
    elif each.came is Came.DUPLICATE:
        said, tone = visit.say(wl.CAME_DUPLICATE), "hx-note"
    else:
        said, tone = visit.say(wl.CAME_FACT, table=visit.say(each.table_words)), ""
    return el("li", el("b", visit.say(_BETWEEN).join(names)), el("span", said, cls=tone))


def _after(visit: Visit, way: EventWay, stage: str) -> str:
    """Return how long after the door a stage was through."""
    if way.batch is None:
        return ""
    passed = way.batch.waited
    for name, _, seconds in way.batch.seconds:
        passed += seconds
        if name == stage:
            return f"+{lasting(visit, passed)}"
    return ""


def _in_profile(visit: Visit, way: EventWay) -> str:
    """Return how long after the door everything was in the profile."""
    if way.batch is None:
        return ""
    return f"+{lasting(visit, way.batch.waited + sum(took for _, _, took in way.batch.seconds))}"


def times(visit: Visit, way: EventWay) -> Html:
    """Return where the time went, from the door to the profile."""
    batch = way.batch
    if batch is None:
        return Html("")
    rows = [(visit.say(wl.WAITED), batch.waited), *((visit.say(words), took) for _, words, took in batch.seconds)]
    top = max(seconds for _, seconds in rows) or 1.0
    bars = [
        el(
            "div", el("span", name), el("span", el("i", style=f"width:{100 * seconds / top:.1f}%"), cls="bar"),
            el("span", el("b", lasting(visit, seconds)), cls="num"),
        )
        for name, seconds in rows
    ]  # fmt: skip
    whole = sum(seconds for _, seconds in rows)
    note = visit.say(wl.IN_BATCH, id=number(batch.id), events=Count(batch.events))
    total = el("p", visit.say(wl.ALTOGETHER), el("b", lasting(visit, whole)), cls="hx-total")
    return card(visit.say(wl.TIMES), el("div", bars, cls="hx-bars hx-times"), total, el("p", note, cls="hx-note"))
