"""/customers/…: one customer: who (masked), five sides with a why for each tag, what happened, why it is one person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Request
from nicegui import ui
from nicegui.elements.html import Html as HtmlElement

from huaxiang.console import words as w
from huaxiang.console import words_live as wl
from huaxiang.console.fresh import keep_fresh, put
from huaxiang.console.icons import icon
from huaxiang.console.identity import draw_identity
from huaxiang.console.manual import Entries, draw_manual, entries_of
from huaxiang.console.markup import Html, el
from huaxiang.console.profile_live import live_line, part_now, since_build
from huaxiang.console.profile_parts import hero, in_segments, side_card, who_card
from huaxiang.console.shell import Frame, show
from huaxiang.console.timeline import FIRST, draw_timeline
from huaxiang.console.visit import Console, Visit
from huaxiang.console.why import why_on_click
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.customer import customer_now
from huaxiang.read.live.profile import LiveProfile, live_profile, newer, served_now
from huaxiang.read.profile import Profile
from huaxiang.read.standard import Part, tag_for
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.timeline import Timeline, timeline

ADDRESSES = ("/customers/{person}",)
_PILLS = (Part.LIFECYCLE, Part.VALUE, Part.RFM)
_FIGURES = (Part.SPENT, Part.ORDERS, Part.LAST_ORDER)
_WIDE = 12
_EVERY = 1.5


@dataclass(frozen=True)
class Shown:
    """A profile page: as of the build, and as events left it since; `happened` and `by_hand` None for who is new.

    `into` is whom the customer became part of since the build, "" nobody.
    """

    found: Profile
    happened: Timeline | None
    by_hand: Entries | None
    live: LiveProfile | None
    into: str
    pills: tuple[str, ...]
    figures: tuple[str, ...]

    @property
    def now(self) -> Profile:
        """The newest there is."""
        return self.live.profile if self.live else self.found


async def page(console: Console, request: Request) -> None:
    """Show one customer."""
    person = str(request.path_params["person"])[:40]
    await show(console, request, "customers", lambda visit, current: _ask(visit, current, person), _draw)


def _ask(visit: Visit, current: CurrentBuild, person: str) -> Shown:
    chosen = [tuple(code for part in parts if (code := tag_for(current, part))) for parts in (_PILLS, _FIGURES)]
    asked = customer_now(current, visit.console.serving, person)
    known = asked.found.subject
    return Shown(
        asked.found, timeline(current, known, limit=FIRST) if asked.known else None,
        entries_of(current, known) if asked.known else None, asked.live, asked.into, chosen[0], chosen[1],
    )  # fmt: skip


def _draw(frame: Frame, shown: Shown) -> None:
    visit, found = frame.visit, shown.found
    frame.head(el("a", icon("left", 15), visit.say(w.EVERYBODY), href="/customers", cls="hx-back"))
    page = _Page(frame, shown)
    page.hero_and_line()
    with frame.block("hx-grid"):
        with frame.block("hx-8 hx-stack"):
            page.sides()
            page.since = _place()
            if shown.happened:
                draw_timeline(frame, found.subject, shown.happened)
        with frame.block("hx-4 hx-stack"):
            frame.html(who_card(visit, found))
            page.segments = _place()
            if shown.by_hand:
                draw_manual(frame, found.subject, shown.by_hand)
            if found.identity.identifiers:
                draw_identity(frame, found.identity)
    page.fill()
    keep_fresh(_EVERY, page.again)


class _Page:
    """The parts of a profile that events change while it is looked at."""

    since: HtmlElement
    segments: HtmlElement

    def __init__(self, frame: Frame, shown: Shown) -> None:
        self._frame, self._visit, self._shown = frame, frame.visit, shown
        self._sides: list[tuple[HtmlElement, str]] = []

    def hero_and_line(self) -> None:
        """Draw the top: who it is, and whether it is live."""
        self._notice, self._hero, self._line = _place(), _place(), _place()

    def sides(self) -> None:
        """Draw the places of the five sides; how wide each is stays as it is."""
        with self._frame.block("hx-sides") as sides:
            for side in self._shown.now.sides:
                wide = "wide" if len(side.tags) > _WIDE else ""
                self._sides.append((_place(wide), wide))
        why_on_click(sides, self._visit, self._shown.now.subject, self._why_note)

    def fill(self) -> None:
        """Draw everything as it is now."""
        visit, shown = self._visit, self._shown
        now, live = shown.now, shown.live
        pills, figures = ([tag for code in codes if (tag := now.tag(code))] for codes in (shown.pills, shown.figures))
        put(self._hero, hero(visit, now, pills, figures))
        fresh = live.fresh if live and shown.happened else frozenset[str]()
        for (place, wide), side in zip(self._sides, now.sides, strict=True):
            put(place, side_card(visit, side, fresh, wide=bool(wide)))
        put(self.segments, in_segments(visit, now, live=live is not None))
        put(self.since, since_build(visit, live.happened if live else ()))
        put(self._notice, part_now(visit, shown.into) if shown.into else Html(""))
        self._draw_line()

    async def again(self) -> None:
        """Look whether events changed anything, and draw what they changed."""
        shown, stamp = self._shown, self._frame.stamp

        def ask(current: CurrentBuild) -> LiveProfile | str | None:
            served = served_now(self._visit.console.serving, shown.found.subject)
            if served is None or not newer(current, served) or current.build.id != stamp.build:
                return None
            if served.subject != shown.found.subject:
                return encode_subject(served.subject)
            if shown.live and (shown.live.batch, shown.live.at) == (served.batch, served.as_of):
                return shown.live
            return live_profile(current, served, shown.found)

        read = await self._visit.read(ask)
        if read.stamp.build != stamp.build:
            # What is on the page is of another build: the two are never mixed.
            put(self._notice, el("p", self._visit.say(w.NEW_BUILD), cls="hx-notice plain"))
            return
        if isinstance(read.value, str):
            if read.value != shown.into:
                self._shown = replace(shown, into=read.value, live=None)
                self.fill()
        elif read.value is not None and read.value is not shown.live:
            self._shown = replace(shown, live=read.value)
            self.fill()
        else:
            self._draw_line()

    def _draw_line(self) -> None:
        live = self._shown.live
        known = self._shown.happened is not None
        put(self._line, live_line(self._visit, live, self._frame.stamp.build, known=known) if live else Html(""))

    def _why_note(self, code: str) -> str:
        live = self._shown.live
        if self._shown.happened is None:
            return self._visit.say(wl.WHY_NEW)
        stale = live is not None and code in live.fresh
        return self._visit.say(wl.WHY_OF_BUILD, build=self._frame.stamp.build) if stale else ""


def _place(cls: str = "") -> HtmlElement:
    return ui.html("", sanitize=False).classes(cls)
