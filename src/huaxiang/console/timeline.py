"""The timeline of a profile: all channels, one of them, and further back as one asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from huaxiang.console import words as w
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import empty, pill
from huaxiang.console.shell import Frame, html
from huaxiang.console.visit import Visit
from huaxiang.console.why import from_html
from huaxiang.errors import HuaxiangError
from huaxiang.read.showing import number
from huaxiang.read.timeline import Entry, Timeline, timeline
from huaxiang.words import Count

FIRST, MORE = 15, 30
_PLACES = 3


class _Shown:
    """What of a timeline is on the page: the channel chosen, where the next page begins, the last day drawn."""

    def __init__(self, frame: Frame, subject: int, first: Timeline) -> None:
        self.frame, self.subject, self.channels, self.total = frame, subject, first.channels, first.total
        self.channel: str | None = None
        self.before = first.before
        self.day: date | str | None = None
        self.chips: Element
        self.box: Element
        self.more: Element

    async def choose(self, event: GenericEventArguments) -> None:
        """Show one channel alone, or (of "") all."""
        self.channel, self.before, self.day = str(event.args or "") or None, None, None
        self.box.clear()
        self.draw_chips()
        await self.load()

    async def load(self) -> None:
        """Show what was before."""
        visit, before, channel = self.frame.visit, self.before, self.channel
        try:
            read = await visit.read(
                lambda current: timeline(current, self.subject, before, MORE if before else FIRST, channel)
            )
        except HuaxiangError as error:
            with self.box:
                html(empty(error.say(visit.language), small=True))
            return
        if read.stamp.build != self.frame.stamp.build:
            # What is on the page is of another build: the two are never mixed.
            with self.box:
                html(empty(visit.say(w.NEW_BUILD), small=True))
            self.more.set_visibility(False)
            return
        self.draw(read.value)

    def draw(self, page: Timeline) -> None:
        """Draw a page below those before."""
        with self.box:
            html(_entries(self.frame.visit, page, self))
        self.before = page.before
        self.more.set_visibility(page.before is not None)

    def draw_chips(self) -> None:
        """Draw the choice of channels."""
        visit = self.frame.visit
        shown = [("", visit.say(w.ALL_CHANNELS), self.total)]
        shown += [(channel, visit.say(words), count) for channel, words, count in self.channels]
        buttons = [
            el(
                "button", text, el("span", number(count)), type="button", data_channel=code,
                aria_pressed="true" if code == (self.channel or "") else "false",
            )
            for code, text, count in shown
        ]  # fmt: skip
        self.chips.clear()
        with self.chips:
            html(el("div", buttons, cls="hx-chips"))


def draw_timeline(frame: Frame, subject: int, first: Timeline) -> None:
    """Draw the card of the timeline with its first page."""
    visit = frame.visit
    with ui.element("section").classes("hx-card"):
        html(el("header", el("h2", visit.say(w.TIMELINE))))
        if not first.entries:
            html(empty(visit.say(w.NO_FACTS), small=True))
            return
        shown = _Shown(frame, subject, first)
        shown.chips, shown.box = ui.element("div"), ui.element("div").classes("hx-timeline")
        more = ui.element("button").classes("hx-button").props('type="button"').style("margin-top:12px")
        with more:
            ui.html(str(join(visit.say(w.LOAD_MORE))), sanitize=False, tag="span")
        shown.more = more
        more.on("click", shown.load, args=[])
        shown.chips.on(
            "click",
            shown.choose,
            js_handler="(e) => { const it = e.target.closest('[data-channel]'); if (it) emit(it.dataset.channel) }",
        )
        shown.draw_chips()
        shown.draw(first)


def _entries(visit: Visit, page: Timeline, shown: _Shown) -> Html:
    parts = []
    for entry in page.entries:
        day: date | str = entry.at.date() if entry.at else visit.say(w.ALWAYS)
        if day != shown.day:
            parts.append(el("div", str(day), cls="hx-day"))
            shown.day = day
        parts.append(entry_html(visit, entry))
    return join(parts)


def entry_html(visit: Visit, entry: Entry, where: Sequence[Html] = ()) -> Html:
    """Return one thing that happened; `where` says where it is from when no file does."""
    summary = el("summary", el("b", visit.sentence(entry.title)), pill(visit.say(entry.channel_words)))
    lines = el("div", (el("div", visit.say(line)) for line in entry.lines), cls="lines") if entry.lines else None
    fields = el(
        "dl",
        (el("div", el("dt", visit.sentence(name)), el("dd", visit.say(value))) for name, value in entry.fields),
        cls="hx-values",
    )
    places = [
        el("div", f"{visit.say(place.words)} · ", from_html(visit, place.file, place.row), cls="hx-note")
        for place in entry.places[:_PLACES]
    ]
    rest = len(entry.places) - _PLACES
    if rest > 0:
        places.append(el("div", visit.say(w.MORE_PLACES, count=Count(rest)), cls="hx-note"))
    places += where
    more = el("div", lines, fields if entry.fields else None, el("div", places), cls="more")
    time = el("time", f"{entry.at:%H:%M}" if entry.at else "")
    return el("div", time, el("span", cls="dot"), el("details", summary, more), cls=f"hx-entry {entry.fact}")
