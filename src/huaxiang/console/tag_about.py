"""What a tag is: numbers, words, formula, everything written beside it; how its values are spread; what changed."""

from __future__ import annotations

from nicegui import ui

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.columns import columns
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty, known_of, lead_of, meter, people_address, percent, spread_bars
from huaxiang.console.shell import Frame
from huaxiang.console.tag_here import Here
from huaxiang.console.tag_tree import path_words
from huaxiang.console.visit import Visit
from huaxiang.console.why import told_html
from huaxiang.govern import text_of
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.profile import DIMENSIONS
from huaxiang.read.showing import number
from huaxiang.read.tags import TagPage, tag_page
from huaxiang.tag.definition import Tag
from huaxiang.tag.metadata import LEGAL_WORDS, PERIOD_WORDS, SENSITIVITY_WORDS
from huaxiang.words import Count, Words

Shown = tuple[TagPage | None, str]


def ask(_: Visit, current: CurrentBuild, here: Here) -> Shown:
    """Return the tag as built, if it is, and the text of its definition now."""
    return tag_page(current, here.code) if here.built else None, text_of(here.project, here.code)


def draw(frame: Frame, here: Here, shown: Shown) -> None:
    """Draw the tag: numbers and spread if it is built, its definition always."""
    found, text = shown
    visit = frame.visit
    if found is None:
        frame.html(not_built(visit))
    else:
        frame.html(_facts(visit, found))
        _spread(frame, found)
    with frame.block("hx-pair"):
        frame.html(_definition(visit, found, here))
        frame.html(_written(visit, here, text), cls="hx-stack")
    if found is not None:
        frame.html(_changes(visit, found))


def not_built(visit: Visit) -> Html:
    """Return what stands where a tag's numbers would be when the current build does not have it."""
    do = el("code", "huaxiang build", cls="hx-code")
    nothing = empty(visit.say(wt.NOT_BUILT), visit.say(wt.NOT_BUILT_TEXT), do, image="build")
    return el("section", nothing, cls="hx-card")


def _facts(visit: Visit, found: TagPage) -> Html:
    spread = found.distribution
    without = people_address(Filter((TagIs(found.tag.code, ""),)))
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
            el("div", path_words(visit, found.tag.category), style="padding-top:6px"),
            el("small", visit.say(DIMENSIONS[found.tag.dimension])),
        ),
    ]
    return el("section", cells, cls="hx-stats", style="margin:0")


def _spread(frame: Frame, found: TagPage) -> None:
    visit, spread = frame.visit, found.distribution
    with ui.element("section").classes("hx-card"):
        click = None if spread.sensitive else el("span", visit.say(w.CLICK_PEOPLE), cls="hx-end")
        header = [el("h2", visit.say(w.DISTRIBUTION)), click]
        if not spread.bars:
            frame.html(el("header", header[0]), empty(visit.say(w.NOTHING_KNOWN), small=True))
            return
        frame.html(el("header", header))
        if spread.shape == "values" and not found.type.numeric:
            frame.html(spread_bars(visit, spread, 20))
            return
        labels, counts = [visit.say(bar.words) for bar in spread.bars], [bar.count for bar in spread.bars]
        addresses = [lead_of(spread, bar) for bar in spread.bars]
        draw_chart(columns(labels, counts, close=spread.shape == "ranges"), addresses, "tall", visit.say(spread.name))


def _definition(visit: Visit, found: TagPage | None, here: Here) -> Html:
    tag = here.tag
    meaning = el("p", visit.sentence(tag.meaning)) if tag and visit.say(tag.meaning) else None
    told = el("div", told_html(visit, found.why, with_value=False), cls="hx-stack") if found else None
    if told is None and here.code in here.project.tags.meanings:
        sentence = here.project.tags.words(here.code)
        told = el("div", el("h3", visit.say(w.MEANS)), el("p", visit.sentence(sentence)))
    if meaning is None and told is None:
        return card(visit.say(w.DEFINITION), empty(visit.say(wt.NO_MEANING), small=True))
    names = [el("a", visit.say(name), href=f"/tags/{code}", cls="hx-pill good") for code, name in _needed_by(found)]
    needed = el("div", el("h3", visit.say(w.NEEDED_BY)), el("div", names, cls="hx-chips")) if names else None
    return card(visit.say(w.DEFINITION), el("div", meaning, told, needed, cls="hx-stack hx-told"))


def _needed_by(found: TagPage | None) -> tuple[tuple[str, Words], ...]:
    return found.needed_by if found else ()


def _written(visit: Visit, here: Here, text: str) -> Html:
    listed = _metadata(visit, here.tag) if here.tag else None
    yaml = el("pre", text, cls="hx-code hx-yaml", tabindex="0", aria_label=visit.say(wt.YAML))
    return el("div", listed, card(visit.say(wt.YAML), yaml), cls="hx-stack")


def _metadata(visit: Visit, tag: Tag) -> Html:
    told = tag.metadata
    rows = [
        (w.OWNER, tag.owner),
        (wt.DATA_SOURCE, visit.say(told.source)),
        (wt.PERIOD, visit.say(PERIOD_WORDS[told.period]) if told.period else ""),
        (wt.SENSITIVITY, visit.say(SENSITIVITY_WORDS[told.sensitivity])),
        (wt.LEGAL_BASIS, visit.say(LEGAL_WORDS[told.legal_basis]) if told.legal_basis else ""),
        (wt.VALIDITY, _validity(visit, tag)),
        (wt.SIDE, visit.say(DIMENSIONS[tag.dimension])),
    ]
    listed = [
        el("div", el("dt", visit.say(words)), el("dd", said or el("span", visit.say(wt.NOT_SAID), cls="hx-note")))
        for words, said in rows
    ]
    return card(visit.say(wt.REGISTER), el("dl", listed, cls="hx-values"))


def _validity(visit: Visit, tag: Tag) -> str:
    first, last = tag.metadata.valid_from, tag.metadata.valid_to
    if first is None and last is None:
        return visit.say(wt.VALID_ALWAYS)
    if first is None:
        return visit.say(wt.VALID_UNTIL, last=last)
    return visit.say(wt.VALID_SINCE, first=first) if last is None else f"{first} – {last}"


def _changes(visit: Visit, found: TagPage) -> Html:
    if not found.changed:
        nothing = w.CHANGED_NONE if found.changed == 0 else w.NOT_COMPARED
        return card(visit.say(w.CHANGED), empty(visit.say(nothing), small=True))
    moves = [
        el(
            "div",
            el("span", f"{visit.say(move.old)} → {visit.say(move.new)}"),
            el("span"),
            el("b", number(move.count), cls="num"),
        )
        for move in found.moves
    ]
    said = el("p", visit.say(w.CHANGED_COUNT, count=Count(found.changed)), cls="hx-note")
    return card(visit.say(w.CHANGED), said, el("div", moves, cls="hx-bars"))
