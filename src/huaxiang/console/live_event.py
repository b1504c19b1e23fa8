"""/live/events/…: one event's whole way, step by step, with the milliseconds between; and where one looks for it."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui
from nicegui.elements.html import Html as HtmlElement
from nicegui.events import GenericEventArguments

from huaxiang.console import words_live as wl
from huaxiang.console.fresh import keep_fresh, put
from huaxiang.console.icons import icon
from huaxiang.console.live_flow import event_address, events_table, flow_address
from huaxiang.console.live_steps import steps, times
from huaxiang.console.live_tabs import live_tabs
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.flow import Passed, Wanted
from huaxiang.read.live.way import EventWay, event_way
from huaxiang.read.showing import number

ADDRESSES = ("/live/events", "/live/events/{number}")
_EVERY = 2.0
_DIGITS, _OTHERS = 15, 10
Shown = tuple[EventWay | None, tuple[Passed, ...]]


async def page(console: Console, request: Request) -> None:
    """Show one event's way, or where to look for one."""
    asked = str(request.path_params.get("number", ""))[:40]

    def ask(visit: Visit, current: CurrentBuild) -> Shown:
        if not asked:
            return None, visit.console.live.look(current.project, Wanted())[1]
        if not asked.isascii() or not asked.isdigit() or len(asked) > _DIGITS:
            raise NotFound(wl.NO_NUMBER)
        return _with_others(visit, current, event_way(current, int(asked)))

    await show(console, request, "live", ask, _draw)


def _with_others(visit: Visit, current: CurrentBuild, way: EventWay) -> Shown:
    if way.event is None or way.event.subject is None:
        return way, ()
    return way, visit.console.live.look(current.project, Wanted(subject=way.event.subject))[1]


def _draw(frame: Frame, shown: Shown) -> None:
    visit, (way, others) = frame.visit, shown
    title = visit.say(wl.EVENT_NO, number=number(way.number)) if way else visit.say(wl.ONE_EVENT)
    frame.head(title, None if way is None else ("/live", wl.BACK_TO_LIVE))
    if way is None:
        frame.html(live_tabs(visit, "event"))
        _search(frame, others)
        return
    with frame.block("hx-grid"):
        with frame.block("hx-8 hx-stack"):
            way_box = ui.html("", sanitize=False)
        with frame.block("hx-4 hx-stack"):
            side = ui.html("", sanitize=False)
            frame.html(_beside(visit, way.number))
        others_box = ui.html("", sanitize=False).classes("hx-12")
    _fill(visit, shown, frame.stamp.build, (way_box, side, others_box))
    asked = way.number

    async def refresh() -> None:
        again = await visit.read(lambda current: _with_others(visit, current, event_way(current, asked)))
        _fill(visit, again.value, again.stamp.build, (way_box, side, others_box))

    keep_fresh(_EVERY, refresh)


def _fill(visit: Visit, shown: Shown, build: int, places: tuple[HtmlElement, HtmlElement, HtmlElement]) -> None:
    way, others = shown
    if way is None:
        return
    put(places[0], steps(visit, way, build))
    put(places[1], times(visit, way))
    rest = [each for each in others if each.number != way.number]
    put(places[2], _others(visit, way, rest) if rest else Html(""))


def _others(visit: Visit, way: EventWay, rest: list[Passed]) -> Html:
    whose = Wanted(subject=way.event.subject) if way.event else Wanted()
    every = el("a", visit.say(wl.ALL_OF_CUSTOMER), href=flow_address(whose))
    return card(visit.say(wl.CUSTOMER_EVENTS), events_table(visit, rest[:_OTHERS]), end=every)


def _beside(visit: Visit, asked: int) -> Html:
    before = el("a", icon("left", 15), visit.say(wl.PREVIOUS_EVENT), href=event_address(asked - 1), cls="hx-button")
    after = el("a", visit.say(wl.NEXT_EVENT), icon("right", 15), href=event_address(asked + 1), cls="hx-button")
    return el("div", before if asked > 1 else None, after, cls="hx-do")


def _search(frame: Frame, flow: tuple[Passed, ...]) -> None:
    visit = frame.visit
    with frame.block("hx-stack"):
        with ui.element("section").classes("hx-card"):
            frame.html(el("p", visit.say(wl.FIND_NOTE), cls="hx-note", style="margin-bottom:10px"))
            with ui.element("form").classes("hx-do hx-find") as form:
                with ui.element("label").classes("hx-labelled"):
                    ui.html(str(el("span", visit.say(wl.FIND_EVENT))), sanitize=False, tag="span")
                    field = ui.element("input").classes("hx-field")
                    field.props('name="number" inputmode="numeric" autocomplete="off" maxlength="15"')
                with ui.element("button").classes("hx-button main").props('type="submit"'):
                    ui.html(visit.say(wl.SHOW_EVENT), sanitize=False, tag="span")
            form.on("submit", _sent, js_handler=_SENT)
        body = events_table(visit, flow) if flow else empty(visit.say(wl.NO_EVENTS), small=True)
        frame.html(card(visit.say(wl.LAST_EVENTS), body))


_SENT = "(event) => { event.preventDefault(); emit(event.target.elements.number.value) }"


def _sent(event: GenericEventArguments) -> None:
    digits = "".join(each for each in str(event.args or "") if each.isascii() and each.isdigit())
    if digits:
        ui.navigate.to(event_address(int(digits[:_DIGITS])))
