"""/tags/…: one tag: what it means, how its values are spread, how many have one, what changed."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from huaxiang.console import words as w
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.columns import columns
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, known_of, meter, people_address, percent, pill, spread_bars
from huaxiang.console.shell import Frame, show
from huaxiang.console.tags import tree
from huaxiang.console.visit import Console, Visit
from huaxiang.console.why import told_html
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.profile import DIMENSIONS
from huaxiang.read.showing import number
from huaxiang.read.tags import Branch, TagPage, tag_page, tag_tree
from huaxiang.read.terms import value_words

ADDRESSES = ("/tags/{code}",)
Shown = tuple[TagPage, list[Branch]]


async def page(console: Console, request: Request) -> None:
    """Show one tag."""
    code = str(request.path_params["code"])[:80]
    await show(console, request, "tags", lambda _, current: _ask(current, code), _draw)


def _ask(current: CurrentBuild, code: str) -> Shown:
    return tag_page(current, code), tag_tree(current)


def _draw(frame: Frame, shown: Shown) -> None:
    found, branches = shown
    visit, tag = frame.visit, found.tag
    mark = el("small", pill(visit.say(w.SENSITIVE), "流失")) if tag.sensitive else None
    frame.head(join(visit.say(tag.name), el("small", tag.code, cls="hx-id"), mark), back=("/tags", w.BACK_TO_TAGS))
    with frame.block("hx-grid"):
        frame.html(tree(visit, branches, tag.code), cls="hx-3 hx-tree-aside")
        with frame.block("hx-9 hx-stack"):
            frame.html(_facts(visit, found))
            _spread(frame, found)
            frame.html(_definition(visit, found))
            frame.html(_changes(visit, found))


def _facts(visit: Visit, found: TagPage) -> Html:
    spread = found.distribution
    without = people_address(Filter((TagIs(found.tag.code, ""),)))
    path = [visit.say(value_words(part)) for part in found.tag.category.split("/") if part]
    cells = [
        el(
            "div",
            el("span", visit.say(w.COVERAGE)),
            el("b", percent(found.coverage)),
            el("small", meter(found.coverage)),
        ),
        el(
            "div",
            el("span", visit.say(w.CUSTOMERS)),
            el("b", number(spread.known)),
            el("small", known_of(visit, spread)),
        ),
        el("a", el("span", visit.say(w.UNKNOWN)), el("b", number(spread.unknown)), href=without)
        if spread.unknown
        else el("div", el("span", visit.say(w.UNKNOWN)), el("b", "0")),
        el(
            "div",
            el("span", visit.say(w.CATEGORY)),
            el("div", " / ".join(path) or visit.say(w.UNCATEGORISED), style="padding-top:6px"),
            el("small", visit.say(DIMENSIONS[found.tag.dimension])),
        ),
    ]
    return el("section", cells, cls="hx-stats", style="margin:0")


def _spread(frame: Frame, found: TagPage) -> None:
    visit, spread = frame.visit, found.distribution
    with ui.element("section").classes("hx-card"):
        header = [el("h2", visit.say(w.DISTRIBUTION)), el("span", visit.say(w.CLICK_PEOPLE), cls="hx-end")]
        if not spread.bars:
            frame.html(el("header", header[0]), empty(visit.say(w.NOTHING_KNOWN), small=True))
            return
        frame.html(el("header", header))
        if spread.shape == "values" and not found.type.numeric:
            frame.html(spread_bars(visit, spread, 20))
            return
        labels, counts = [visit.say(bar.words) for bar in spread.bars], [bar.count for bar in spread.bars]
        addresses = [people_address(Filter((TagIs(spread.tag, bar.value),))) for bar in spread.bars]
        draw_chart(columns(labels, counts, close=spread.shape == "ranges"), addresses, "tall", visit.say(spread.name))


def _definition(visit: Visit, found: TagPage) -> Html:
    tag = found.tag
    meaning = el("p", visit.say(tag.meaning)) if visit.say(tag.meaning) else None
    needed = [el("a", visit.say(name), href=f"/tags/{code}", cls="hx-pill good") for code, name in found.needed_by]
    parts = [
        meaning,
        el("div", told_html(visit, found.why, with_value=False), cls="hx-stack"),
        el("div", el("h3", visit.say(w.NEEDED_BY), cls="hx-note"), el("div", needed, cls="hx-chips"))
        if needed
        else None,
        el("p", f"{visit.say(w.OWNER)}: {tag.owner}", cls="hx-note") if tag.owner else None,
    ]
    return card(visit.say(w.DEFINITION), el("div", parts, cls="hx-stack hx-told"))


def _changes(visit: Visit, found: TagPage) -> Html:
    if not found.changed:
        return card(visit.say(w.CHANGED), empty(visit.say(w.CHANGED_NONE), small=True))
    moves = [
        el(
            "div",
            el("span", f"{visit.say(move.old)} → {visit.say(move.new)}"),
            el("span"),
            el("b", number(move.count), cls="num"),
        )
        for move in found.moves
    ]
    said = el("p", visit.say(w.CHANGED_COUNT, count=number(found.changed)), cls="hx-note")
    return card(visit.say(w.CHANGED), said, el("div", moves, cls="hx-bars"))
