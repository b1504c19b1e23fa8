"""/overview: everybody at a glance, and each number leads to the people behind it."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from nicegui import ui

from huaxiang.console import words as w
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.columns import columns
from huaxiang.console.charts.pyramid import pyramid
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, known_of, lead_of, meter, percent, spread_bars, stats
from huaxiang.console.shell import Frame, show
from huaxiang.console.theme import ACCENT_SCALE, WARN
from huaxiang.console.visit import Console, Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution
from huaxiang.read.overview import Chart, Overview, lapsed_value, overview
from huaxiang.read.showing import number, share
from huaxiang.read.standard import WORDS, Part

ADDRESSES = ("/overview",)


async def page(console: Console, request: Request) -> None:
    """Show the overview."""
    await show(console, request, "overview", _ask, _draw)


def _ask(visit: Visit, current: CurrentBuild) -> tuple[Overview, str | None]:
    found = overview(current)
    lifecycle = found.charts[Part.LIFECYCLE].spread
    return found, lapsed_value(current, lifecycle.tag) if lifecycle else None


def _draw(frame: Frame, shown: tuple[Overview, str | None]) -> None:
    found, lapsed = shown
    visit, charts = frame.visit, found.charts
    frame.head(visit.say(w.OVERVIEW))
    frame.html(stats(visit, found.headlines))
    with frame.block("hx-grid"):
        with ui.element("div").classes("hx-7 hx-fill"):
            _lifecycle(frame, charts[Part.LIFECYCLE], lapsed)
        with ui.element("div").classes("hx-5 hx-fill"):
            _value(frame, charts[Part.VALUE])
        with ui.element("div").classes("hx-7 hx-fill"):
            _upright(frame, charts[Part.AGE], close=True)
        frame.html(_bars(visit, charts[Part.GENDER], 4), _bars(visit, charts[Part.CHANNEL], 6), cls="hx-5 hx-stack")
        frame.html(_bars(visit, charts[Part.RFM], 8), cls="hx-4 hx-fill")
        frame.html(_bars(visit, charts[Part.PROVINCE], 8, visit.say(w.REGION)), cls="hx-4 hx-fill")
        frame.html(_bars(visit, charts[Part.CITY], 8), cls="hx-4 hx-fill")
        frame.html(_channels(visit, found), cls="hx-6")
        frame.html(_quality(visit, found), _fresh(visit, found), cls="hx-6 hx-stack")


def _lifecycle(frame: Frame, chart: Chart, lapsed: str | None) -> None:
    colours = []
    if chart.spread:
        scale = iter(reversed(ACCENT_SCALE[1:5]))
        colours = [WARN if bar.value == lapsed else next(scale, ACCENT_SCALE[1]) for bar in chart.spread.bars]
    _upright(frame, chart, shades=colours)


def _upright(frame: Frame, chart: Chart, *, close: bool = False, shades: list[str] | None = None) -> None:
    visit, title = frame.visit, frame.visit.say(WORDS[chart.part])
    with ui.element("section").classes("hx-card"):
        if chart.spread is None or not chart.spread.bars:
            frame.html(_title(title), empty(visit.say(chart.hint), small=True))
            return
        frame.html(_title(title, known_of(visit, chart.spread)))
        labels = [visit.say(bar.words) for bar in chart.spread.bars]
        options = columns(labels, [bar.count for bar in chart.spread.bars], close=close, shades=shades or ())
        draw_chart(options, _addresses(chart.spread), label=title)


def _value(frame: Frame, chart: Chart) -> None:
    visit, title = frame.visit, frame.visit.say(w.VALUE_PYRAMID)
    with ui.element("section").classes("hx-card"):
        if chart.spread is None or not chart.spread.bars:
            frame.html(_title(title), empty(visit.say(chart.hint), small=True))
            return
        frame.html(_title(title, known_of(visit, chart.spread)))
        bars = chart.spread.bars
        texts = [f"{number(bar.count)} · {percent(share(bar.count, chart.spread.known))}" for bar in bars]
        options = pyramid([visit.say(bar.words) for bar in bars], [bar.count for bar in bars], texts)
        draw_chart(options, _addresses(chart.spread), label=title)


def _addresses(spread: Distribution) -> list[str]:
    return [lead_of(spread, bar) for bar in spread.bars]


def _title(text: str, note: str = "") -> Html:
    return el("header", el("h2", text), el("span", note, cls="hx-end") if note else None)


def _bars(visit: Visit, chart: Chart, most: int, title: str = "") -> Html:
    title = title or visit.say(WORDS[chart.part])
    if chart.spread is None or not chart.spread.bars:
        return card(title, empty(visit.say(chart.hint), small=True))
    return card(title, spread_bars(visit, chart.spread, most), end=known_of(visit, chart.spread))


def _channels(visit: Visit, found: Overview) -> Html:
    top = max((each.customers for each in found.channels), default=0)
    rows = [
        el(
            "div",
            el("span", visit.say(each.words)),
            el("span", el("i", style=f"width:{100 * share(each.customers, top):.1f}%"), cls="bar"),
            el("span", el("b", number(each.customers)), cls="num"),
        )
        for each in found.channels
    ]
    return card(visit.say(w.CHANNELS), el("div", rows, cls="hx-bars"), end=visit.say(w.CHANNELS_NOTE))


def _quality(visit: Visit, found: Overview) -> Html:
    quality = found.quality
    rows = [
        (w.ROWS_READ, number(quality.rows), None),
        (w.USED, percent(quality.used), quality.used),
        (w.OWNED, percent(share(quality.owned, quality.facts)), share(quality.owned, quality.facts)),
        (w.DUPLICATES, number(quality.duplicates), None),
        (w.QUARANTINED, number(quality.quarantined), None),
    ]
    body = [
        el("div", el("dt", visit.say(words)), el("dd", meter(part) if part is not None else None, text))
        for words, text, part in rows
    ]
    link = el("a", visit.say(w.SEE_DATA), href="/data")
    return card(visit.say(w.QUALITY), el("dl", body, cls="hx-values"), end=link)


def _fresh(visit: Visit, found: Overview) -> Html:
    times = found.freshness
    rows = ((w.LATEST_FACT, times.latest), (w.LOOKS_AT, times.as_of), (w.BUILT_AT, times.finished))
    body = [el("div", el("dt", visit.say(words)), el("dd", _moment(at))) for words, at in rows]
    return card(visit.say(w.FRESHNESS), join(el("dl", body, cls="hx-values")))


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "—"
