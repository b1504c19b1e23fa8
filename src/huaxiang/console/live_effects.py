"""What an event did: whose it is and why, tags before and after, segments, and who was told."""

from __future__ import annotations

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.ages import lasting
from huaxiang.console.markup import Html, el, join, with_link
from huaxiang.console.parts import person_address
from huaxiang.console.visit import Visit
from huaxiang.read.live.effects import Change, Merge, Move
from huaxiang.read.live.opened import SECOND
from huaxiang.read.live.outcome import Came
from huaxiang.read.live.sent import Sent
from huaxiang.read.live.way import EventWay
from huaxiang.words import Count, Words

_LISTED = Words(", ", "、")
_NOBODYS = {Came.QUARANTINED: wl.STOPPED_BEFORE, Came.UNTAKEN: wl.UNTAKEN_BEFORE}
_STATES = {"delivered": "good", "dead": "warn"}


def joined(visit: Visit, way: EventWay, build: int) -> Html:
    """Return whose an event is, and why: new, known, or two who became one."""
    event = way.event
    if event is None or not event.whose:
        came = event.came if event else Came.UNTAKEN
        return el("p", visit.say(_NOBODYS.get(came, wl.TO_NOBODY)), cls="hx-note")
    who = el("a", event.whose, href=person_address(event.whose), cls="hx-id")
    said = [el("p", with_link(visit.say(wl.TO_WHOM), "{id}", who))]
    if way.merges:
        said.append(el("ul", (_merge(visit, each) for each in way.merges), cls="hx-rows"))
    elif way.new:
        said.append(el("p", visit.say(wl.NEW_CUSTOMER, build=build), cls="hx-note"))
    else:
        said.append(el("p", visit.say(wl.KNOWN_CUSTOMER), cls="hx-note"))
    if event.merged:
        said.append(el("p", visit.say(wl.MERGED_SINCE, id=event.whose), cls="hx-note"))
    return join(*said)


def _merge(visit: Visit, each: Merge) -> Html:
    told = visit.say(w.MERGED, from_id=each.from_id, into_id=each.into_id)
    why = None
    if each.a and each.b:
        kinds = {"a": visit.say(each.a), "b": visit.say(each.b)}
        where = visit.say(_LISTED).join(
            f"{visit.say(seen.words)} ({visit.say(w.IN_ROWS, rows=Count(seen.rows))})" for seen in each.evidence
        )
        why = visit.say(wl.BECAUSE, where=where, **kinds) if where else visit.say(wl.BECAUSE_TOGETHER, **kinds)
    return el("li", el("span", told, cls="hx-id grow"), el("span", why, cls="hx-note whole") if why else None)


def changed(visit: Visit, way: EventWay) -> Html:
    """Return the tags that have another value now."""
    if way.event is None or not way.event.whose:
        return el("p", visit.say(wl.NOTHING_TO_DO), cls="hx-note")
    if not way.changes:
        return el("p", visit.say(wl.NO_CHANGES), cls="hx-note")
    by_event = [_change(visit, each) for each in way.changes if not each.by_time]
    by_time = [_change(visit, each) for each in way.changes if each.by_time]
    return join(
        el("ul", by_event, cls="hx-changes") if by_event else el("p", visit.say(wl.NO_CHANGES), cls="hx-note"),
        el("p", visit.say(wl.WINDOWS_MOVE), cls="hx-note") if by_event else None,
        el("div", el("p", visit.say(wl.BY_TIME), cls="hx-note"), el("ul", by_time, cls="hx-changes"), data_by="time")
        if by_time
        else None,
    )


def _change(visit: Visit, each: Change) -> Html:
    return el(
        "li",
        el("a", visit.say(each.name), href=f"/tags/{each.tag}"),
        el("span", visit.say(each.old), cls="was"),
        el("span", "→", cls="to", aria_hidden="true"),
        el("span", visit.say(each.new), cls="is"),
        data_tag=each.tag,
    )


def moved(visit: Visit, way: EventWay) -> Html:
    """Return the segments entered and left."""
    if way.event is None or not way.event.whose:
        return el("p", visit.say(wl.NOTHING_TO_DO), cls="hx-note")
    if not way.moves:
        return el("p", visit.say(wl.NO_MOVES), cls="hx-note")
    return el("ul", (_move(visit, each) for each in way.moves), cls="hx-changes")


def _move(visit: Visit, each: Move) -> Html:
    words, tone = (w.ENTERED, "good") if each.entered else (w.LEFT, "")
    name = el("a", visit.say(each.name), href=f"/segments/{each.segment}")
    return el("li", name, pill_of(visit.say(words), tone), data_segment=each.segment)


def pill_of(text: str, tone: str) -> Html:
    """Return a short text in a pill of that tone."""
    return el("span", text, cls=f"hx-pill {tone}".strip())


def told(visit: Visit, way: EventWay) -> Html:
    """Return which subscribers were told, and how it went."""
    if way.event is None or not way.event.whose:
        return el("p", visit.say(wl.NOTHING_TO_DO), cls="hx-note")
    if not way.sent:
        return el("p", visit.say(wl.NONE_TOLD), cls="hx-note")
    return el("ul", (_sent(visit, each, way.event.microseconds) for each in way.sent), cls="hx-rows")


def _sent(visit: Visit, each: Sent, received: int) -> Html:
    parts = [el("span", visit.say(wl.ANSWERED, status=each.status))] if each.status else []
    if each.attempts > 1:
        parts.append(el("span", visit.say(wl.TRIES, count=Count(each.attempts))))
    after = f"+{lasting(visit, (each.tried - received) / SECOND)}" if each.tried else ""
    return el(
        "li",
        el("b", each.subscriber),
        el("span", visit.say(each.topic), cls="grow"),
        el("small", parts, cls="hx-note hx-dots") if parts else None,
        pill_of(visit.say(each.state_words), _STATES.get(each.state, "")),
        el("time", after) if after else None,
    )
