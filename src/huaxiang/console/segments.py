"""/segments: who belongs together, how many, and who came and went."""

from __future__ import annotations

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import empty, meter, percent, pill
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.segments import SegmentEntry, segment_list
from huaxiang.read.showing import number
from huaxiang.read.terms import category_words

ADDRESSES = ("/segments",)


async def page(console: Console, request: Request) -> None:
    """Show all segments."""
    await show(console, request, "segments", _ask, _draw)


def _ask(visit: Visit, current: CurrentBuild) -> list[SegmentEntry]:
    return segment_list(current)


def _draw(frame: Frame, found: list[SegmentEntry]) -> None:
    visit = frame.visit
    frame.head(visit.say(w.SEGMENTS))
    if not found:
        frame.html(el("section", empty(visit.say(w.NO_SEGMENTS), image="segments"), cls="hx-card"))
        return
    frame.html(el("div", (_segment(visit, each) for each in found), cls="hx-grid"))


def _segment(visit: Visit, each: SegmentEntry) -> Html:
    category = pill(visit.say(category_words(each.category))) if each.category else None
    size = [
        el("b", number(each.size)),
        el("span", meter(each.share), percent(each.share), cls="hx-note"),
        el("span", moves(visit, each), cls="moves"),
    ]
    return el(
        "a",
        el("h2", visit.say(each.name), category),
        el("p", visit.sentence(each.meaning)),
        el("div", size, cls="size"),
        href=f"/segments/{each.code}",
        cls="hx-card hx-segment hx-4 hx-fill",
    )


def moves(visit: Visit, each: SegmentEntry) -> str:
    """Return who came and went since the build before, "" when nobody did."""
    if not each.entered and not each.left:
        return ""
    return f"{visit.say(w.ENTERED)} {number(each.entered)} · {visit.say(w.LEFT)} {number(each.left)}"
