"""/segments/…: one segment: size, condition, how its members differ from everybody, who they are, download."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.manual import draw_bulk
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty, meter, pager, people_address, people_table, percent
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit, address
from huaxiang.read.current import CurrentBuild
from huaxiang.read.export import Written
from huaxiang.read.filters import Filter
from huaxiang.read.manual import subjects_of_segment
from huaxiang.read.people import key_columns
from huaxiang.read.segments import Compared, MakeUp, SegmentPage, segment_page
from huaxiang.read.showing import number
from huaxiang.read.terms import kind_words
from huaxiang.words import Words

ADDRESSES = ("/segments/{code}",)
SIZE = 10
_ROWS = 8
_FORMS = (("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"))
_VALUES = ((Written.WORDS, w.DOWNLOAD_WORDS), (Written.CODES, w.DOWNLOAD_CODES))


@dataclass(frozen=True)
class Shown:
    """What the page shows; `tags` and `kinds` are what a download may include, (code, words, chosen at first)."""

    found: SegmentPage
    page: int
    tags: tuple[tuple[str, Words, bool], ...]
    kinds: tuple[tuple[str, Words], ...]


async def page(console: Console, request: Request) -> None:
    """Show one segment."""
    code = str(request.path_params["code"])[:80]
    await show(console, request, "segments", lambda visit, current: _ask(visit, current, code), _draw)


def _ask(visit: Visit, current: CurrentBuild, code: str) -> Shown:
    number_ = visit.number("page", 1, 100_000)
    found = segment_page(current, code, offset=(number_ - 1) * SIZE, limit=SIZE)
    key = [column.code for column in key_columns(current)]
    rest = [each for each in current.tags if each not in key and not current.tags[each].sensitive]
    tags = tuple((each, current.tags[each].name, each in key) for each in (*key, *rest))
    kinds = [("name", kind_words(current.project, "name"))]
    kinds += [
        (kind.kind, kind_words(current.project, kind.kind)) for kind in current.project.identity.kinds if kind.certain
    ]
    return Shown(found, number_, tags, tuple(kinds))


def _draw(frame: Frame, shown: Shown) -> None:
    visit, found = frame.visit, shown.found
    frame.head(visit.say(found.segment.name), back=("/segments", w.SEGMENTS))
    frame.html(_numbers(visit, found))
    with frame.block("hx-grid"):
        frame.html(_condition(visit, found), cls="hx-12")
        if found.entry.size:
            frame.html(
                el("h2", visit.say(w.MAKE_UP), style="font-size:16px;font-weight:600"),
                el("p", visit.say(w.TGI_NOTE), cls="hx-note"),
                cls="hx-12",
            )
            for each in found.make_up:
                frame.html(_make_up(visit, each), cls="hx-6 hx-fill")
        frame.html(_members(visit, shown), cls="hx-12")
        if found.entry.size:
            code = found.entry.code
            with frame.block("hx-12"):
                draw_bulk(frame, found.entry.size, lambda current: subjects_of_segment(current, code))


def _numbers(visit: Visit, found: SegmentPage) -> Html:
    entry = found.entry
    cells = [
        el(
            "a",
            el("span", visit.say(w.MEMBERS)),
            el("b", number(entry.size)),
            el("small", visit.say(w.ALL_MEMBERS)),
            href=people_address(Filter(segment=entry.code)),
        ),
        el(
            "div", el("span", visit.say(w.SHARE_OF_ALL)), el("b", percent(entry.share)), el("small", meter(entry.share))
        ),
        _moved(visit, w.ENTERED, entry.entered),
        _moved(visit, w.LEFT, entry.left),
    ]
    return el("section", cells, cls="hx-stats")


def _moved(visit: Visit, words: Words, count: int | None) -> Html:
    note = w.NO_BUILD_BEFORE if count is None else w.SINCE_LAST_BUILD
    return el(
        "div",
        el("span", visit.say(words)),
        el("b", "—" if count is None else number(count)),
        el("small", visit.say(note)),
    )


def _condition(visit: Visit, found: SegmentPage) -> Html:
    meaning = el("p", visit.sentence(found.segment.meaning)) if visit.say(found.segment.meaning) else None
    body = [
        meaning,
        el("p", visit.sentence(found.sentence), cls="hx-note" if meaning else ""),
        el("div", found.formula, cls="hx-code"),
        el("p", visit.say(w.DEFINED_IN, place=found.place), cls="hx-note"),
    ]
    return card(visit.say(w.CONDITION), el("div", body, style="display:grid;gap:8px"))


def _make_up(visit: Visit, each: MakeUp) -> Html:
    strongest = max((value.tgi or 0 for value in each.values), default=0)
    scale = max(abs(strongest - 100), 100.0)
    rows = [_compared(visit, value, scale) for value in each.values[:_ROWS]]
    heads = el("div", el("span"), _small(visit, w.SHARE_HEAD), el("span"), _small(visit, w.TGI))
    return card(visit.say(each.name), el("div", heads, rows, cls="hx-tgi"), end=_known(visit, each))


def _small(visit: Visit, words: Words) -> Html:
    return el("span", visit.say(words), cls="s")


def _known(visit: Visit, each: MakeUp) -> str:
    if each.known == each.members:
        return ""
    return visit.say(w.KNOWN_OF, known=number(each.known), all=number(each.members))


def _compared(visit: Visit, value: Compared, scale: float) -> Html:
    tgi = value.tgi if value.tgi is not None else 100.0
    width = min(abs(tgi - 100) / scale, 1.0) * 50
    place = f"left:50%;width:{width:.1f}%" if tgi >= 100 else f"right:50%;width:{width:.1f}%"
    said = f"{visit.say(w.WITHIN)} {percent(value.share)} · {visit.say(w.AMONG_ALL)} {percent(value.base_share)}"
    shown = "—" if value.tgi is None else f"{tgi:.0f}"
    return el(
        "div",
        el("span", visit.say(value.words)),
        el("span", percent(value.share), cls="s"),
        el("span", el("i", style=place, cls="" if tgi >= 100 else "less"), cls="track"),
        el("span", shown, cls="t high" if tgi >= 120 else "t"),
        title=said,
    )


def _members(visit: Visit, shown: Shown) -> Html:
    found = shown.found
    head = el(
        "header",
        el("h2", visit.say(w.MEMBERS), style="font-size:16px;font-weight:600;margin-right:auto"),
        _download(visit, shown) if found.entry.size else None,
        style="display:flex;align-items:center;margin:4px 0 10px",
    )
    if not found.members.rows:
        return el("div", head, el("section", empty(visit.say(w.NOBODY_HERE), image="segments"), cls="hx-card"))
    here = f"/segments/{found.entry.code}"
    addresses = (address(here, ("page", shown.page - 1)), address(here, ("page", shown.page + 1)))
    return el("div", head, people_table(visit, found.members), pager(visit, found.members, shown.page, SIZE, addresses))


def _download(visit: Visit, shown: Shown) -> Html:
    tags = [
        el("label", el("input", type="checkbox", name="tag", value=code, checked=chosen), visit.say(name))
        for code, name, chosen in shown.tags
    ]
    kinds = [
        el("label", el("input", type="checkbox", name="kind", value=kind), visit.say(name))
        for kind, name in shown.kinds
    ]
    forms = [
        el("label", el("input", type="radio", name="form", value=code, checked=code == "csv"), text)
        for code, text in _FORMS
    ]
    values = [
        el("label", el("input", type="radio", name="values", value=how, checked=how is Written.WORDS), visit.say(said))
        for how, said in _VALUES
    ]
    form = el(
        "form",
        el("fieldset", el("legend", visit.say(w.DOWNLOAD_FORM)), el("div", forms, cls="two")),
        el("fieldset", el("legend", visit.say(w.DOWNLOAD_VALUES)), el("div", values, cls="two")),
        el("fieldset", el("legend", visit.say(w.DOWNLOAD_KINDS)), el("div", kinds, cls="two")),
        el("fieldset", el("legend", visit.say(w.DOWNLOAD_TAGS)), el("div", tags, cls="two")),
        el("p", visit.say(w.DOWNLOAD_NOTE), cls="hx-note"),
        el("button", icon("download", 16), visit.say(w.DOWNLOAD), cls="hx-button main", type="submit"),
        action=f"/segments/{shown.found.entry.code}/download",
        method="post",
        cls="hx-form",
    )
    summary = el("summary", icon("download", 15), visit.say(w.DOWNLOAD), icon("down", 15))
    return el("details", summary, el("div", form), cls="hx-pick right")
