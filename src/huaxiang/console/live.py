"""/live: events as they come in and become profiles: how fast, how late, what waits, what was stopped."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui
from nicegui.elements.html import Html as HtmlElement

from huaxiang.console import words_live as wl
from huaxiang.console.ages import clock
from huaxiang.console.charts.base import Options, draw_chart
from huaxiang.console.charts.pulse import Beat, pulse_chart
from huaxiang.console.fresh import keep_fresh, put
from huaxiang.console.live_flow import flow_chips, flow_table, wanted_of
from huaxiang.console.live_state import background_tasks, counts, doors, figures, live_sources, notice
from huaxiang.console.live_tabs import live_tabs
from huaxiang.console.markup import el
from huaxiang.console.shell import Frame, show
from huaxiang.console.theme import ACCENT, WARN
from huaxiang.console.visit import Console, Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.flow import Passed, Wanted
from huaxiang.read.live.look import Look
from huaxiang.read.live.opened import wall_clock

ADDRESSES = ("/live",)
_EVERY = 1.0
Shown = tuple[Look, tuple[Passed, ...], Wanted, str]


async def page(console: Console, request: Request) -> None:
    """Show what is live."""
    await show(console, request, "live", _ask, _draw)


def _ask(visit: Visit, current: CurrentBuild) -> Shown:
    wanted = wanted_of(visit)
    look, flow = visit.console.live.look(current.project, wanted)
    return look, flow, wanted, current.project.zone


def _draw(frame: Frame, shown: Shown) -> None:
    visit = frame.visit
    frame.head(visit.say(wl.LIVE))
    frame.html(live_tabs(visit, "flow"))
    page = _Page(frame, shown)
    page.draw(shown)

    async def refresh() -> None:
        page.draw((await visit.read(lambda current: _ask(visit, current))).value)

    keep_fresh(_EVERY, refresh)


class _Page:
    """The parts of the page that are drawn again every second."""

    def __init__(self, frame: Frame, shown: Shown) -> None:
        visit = self._visit = frame.visit
        self._held = False
        self._notice, self._figures = _place(), _place()
        self._charts: tuple[ui.echart, ui.echart] | None = None
        with frame.block("hx-grid"):
            if shown[2].everything:
                self._charts = (
                    self._chart(visit.say(wl.RATE_CHART), _rate(visit, shown)),
                    self._chart(visit.say(wl.LAG_CHART), _lag(visit, shown)),
                )
            self._counts = _place("hx-12")
            with frame.block("hx-8 hx-flow") as flow:
                self._flow = _place()
            # What moves away under the hand cannot be followed.
            flow.on("mouseenter", lambda: self._hold(True)).on("mouseleave", lambda: self._hold(False))
            flow.on("focusin", lambda: self._hold(True)).on("focusout", lambda: self._hold(False))
            self._health = _place("hx-4 hx-stack")

    def draw(self, shown: Shown) -> None:
        """Show what is live now."""
        look, flow, wanted, zone = shown
        visit = self._visit
        put(self._notice, notice(visit, look, zone))
        put(self._figures, figures(visit, look, zone))
        put(self._counts, counts(visit, look))
        beside = (doors(visit, look), live_sources(visit, look), background_tasks(visit, look, zone))
        put(self._health, el("div", *beside, cls="hx-stack"))
        if not self._held:
            put(self._flow, el("div", flow_chips(visit, wanted), flow_table(visit, flow, wanted)))
        for chart, options in zip(self._charts or (), (_rate(visit, shown), _lag(visit, shown)), strict=False):
            if chart.options["series"] != options["series"] or chart.options["xAxis"] != options["xAxis"]:
                chart.options.update(options)
                chart.update()

    def _hold(self, held: bool) -> None:
        self._held = held

    def _chart(self, title: str, options: Options) -> ui.echart:
        with ui.element("div").classes("hx-6"), ui.element("section").classes("hx-card"):
            ui.html(str(el("header", el("h2", title))), sanitize=False)
            return draw_chart(options, cls="low", label=title)


def _place(cls: str = "") -> HtmlElement:
    return ui.html("", sanitize=False).classes(cls)


def _labels(shown: Shown) -> list[str]:
    look, _, _, zone = shown
    return [clock(wall_clock(each.at, zone)) for each in look.pulse.slices]


def _rate(visit: Visit, shown: Shown) -> Options:
    look = shown[0]
    applied = [round(each.rate, 1) for each in look.pulse.slices]
    arrived = [round(look.arrived.by_slice.get(each.at, 0.0), 1) for each in look.pulse.slices]
    lines = (
        Beat(visit.say(wl.APPLIED), applied, ACCENT, filled=True),
        Beat(visit.say(wl.ARRIVED), arrived, WARN),
    )
    return pulse_chart(_labels(shown), lines)


def _lag(visit: Visit, shown: Shown) -> Options:
    slices = shown[0].pulse.slices
    median = [None if each.p50 is None else round(each.p50, 3) for each in slices]
    worst = [None if each.p99 is None else round(each.p99, 3) for each in slices]
    lines = (
        Beat(visit.say(wl.MEDIAN), median, ACCENT, filled=True),
        Beat(visit.say(wl.WORST), worst, WARN),
    )
    return pulse_chart(_labels(shown), lines)
