"""/data: where everything came from and how good it is: sources, quality, quarantine, identity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.charts.trend import sparkline
from huaxiang.console.data_live import live_quarantine
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, meter, percent, table
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit, address
from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.data import (
    ColumnQuality,
    FileRead,
    IdentityData,
    Quarantined,
    Rule,
    SourceRead,
    identity_data,
    quality,
    quarantine,
    rules,
    sources,
)
from huaxiang.read.showing import number
from huaxiang.words import Count, Words

ADDRESSES = ("/data", "/data/{view}")
VIEWS = (("sources", w.SOURCES), ("quality", w.QUALITY), ("quarantine", w.QUARANTINE), ("identity", w.IDENTITY_DATA))
_SHOWN = 50


async def page(console: Console, request: Request) -> None:
    """Show one of the views of the data."""
    view = str(request.path_params.get("view", "sources"))
    views = {"sources": _sources, "quality": _quality, "quarantine": _quarantine, "identity": _identity}

    def ask(visit: Visit, current: CurrentBuild) -> Html:
        if view not in views:
            raise NotFound(w.NO_PAGE)
        return views[view](visit, current)

    def draw(frame: Frame, content: Html) -> None:
        frame.head(frame.visit.say(w.DATA))
        frame.html(_tabs(frame.visit, view), content)

    await show(console, request, "data", ask, draw)


def _tabs(visit: Visit, view: str) -> Html:
    links = [
        el("a", visit.say(words), href=f"/data/{name}", aria_current="page" if name == view else None)
        for name, words in VIEWS
    ]
    return el("nav", links, cls="hx-tabs", aria_label=visit.say(w.DATA))


def _sources(visit: Visit, current: CurrentBuild) -> Html:
    return el("div", (_source(visit, each) for each in sources(current)), cls="hx-stack")


def _source(visit: Visit, each: SourceRead) -> Html:
    numbers = [
        (w.ROWS, number(each.rows)),
        (w.FACTS_COLUMN, number(each.facts)),
        (w.DUPLICATES, number(each.duplicates)),
        (w.QUARANTINED, number(each.quarantined)),
        (w.OWNED, percent(each.owned_share) if each.facts else "—"),
        (w.LATEST, _day(each.latest)),
        (w.LAST_READ, _moment(each.read_at)),
    ]
    figures = [el("div", el("dt", visit.say(words)), el("dd", text)) for words, text in numbers]
    said = visit.say(w.FILES, count=Count(len(each.files)))
    return card(
        visit.say(each.words),
        el("div", (el("p", visit.say(words), cls="hx-warning") for words in each.unread)) if each.unread else None,
        el("dl", figures, cls="hx-figures hx-sourcefigures"),
        el("details", el("summary", said, cls="hx-more"), _files(visit, each.files)) if each.files else None,
        note=f"{visit.say(each.channel)} · {visit.say(each.fact_words)}",
        end=el("span", each.code, cls="hx-id"),
    )


def _files(visit: Visit, files: tuple[FileRead, ...]) -> Html:
    heads = [
        (visit.say(w.FILE), ""),
        (visit.say(w.ROWS), "n"),
        (visit.say(w.QUARANTINED), "n"),
        (visit.say(w.LAST_READ), "n"),
    ]
    rows = [
        el(
            "tr",
            el("td", el("span", each.name, cls="hx-from"), _copy(visit, each), cls="head"),
            el("td", number(each.rows), cls="n", data_label=visit.say(w.ROWS)),
            el("td", number(each.quarantined), cls="n", data_label=visit.say(w.QUARANTINED)),
            el("td", _moment(each.read_at), cls="n", data_label=visit.say(w.LAST_READ)),
        )
        for each in files
    ]
    return table(heads, rows)


def _copy(visit: Visit, each: FileRead) -> Html | None:
    return el("div", visit.say(w.COPY_OF, name=each.same_as), cls="hx-note") if each.same_as else None


def _quality(visit: Visit, current: CurrentBuild) -> Html:
    by_source: dict[str, list[ColumnQuality]] = {}
    for each in quality(current):
        by_source.setdefault(each.source, []).append(each)
    totals = current.build.summary["sources"]
    names = {source.code: source.words for source in current.project.sources}
    cards = (_columns(visit, names[code], totals[code], found) for code, found in by_source.items())
    return el("div", cards, cls="hx-stack")


def _columns(visit: Visit, name: Words, totals: Mapping[str, int], found: list[ColumnQuality]) -> Html:
    heads = [(visit.say(words), kind) for words, kind in (
        (w.COLUMN, ""), (w.GOOD_BEFORE, ""), (w.GOOD_AFTER, ""), (w.MISSING, "n"), (w.INVALID, "n"),
        (w.IN_FACTS, "n"), (w.EMPTY_IN_FACTS, "n"), (w.HISTORY, "opt"))]  # fmt: skip
    rows = [
        el(
            "tr",
            el("td", *_named(visit, each), cls="head"),
            el("td", _good(each.good_before), data_label=visit.say(w.GOOD_BEFORE)),
            el("td", _good(each.good_after), data_label=visit.say(w.GOOD_AFTER)),
            el("td", number(each.missing), cls="n", data_label=visit.say(w.MISSING)),
            el("td", number(each.invalid), cls="n", data_label=visit.say(w.INVALID)),
            el("td", number(each.known), cls="n", data_label=visit.say(w.IN_FACTS)),
            el("td", number(each.empty), cls="n", data_label=visit.say(w.EMPTY_IN_FACTS)),
            el("td", sparkline(each.history, visit.say(w.HISTORY)), cls="opt"),
        )
        for each in found
    ]
    note = visit.say(w.QUALITY_NOTE, doubled=Count(totals["duplicates"]), stopped=Count(totals["quarantined"]))
    rows_read = visit.say(w.IN_ROWS, rows=Count(totals["rows"]))
    return card(visit.say(name), el("p", note, cls="hx-note"), table(heads, rows), end=rows_read)


def _named(visit: Visit, each: ColumnQuality) -> list[Html | str]:
    if each.words.en == each.words.zh == each.column:
        return [each.column]
    name = visit.sentence(each.words)
    return [name] if name.lower() == each.column else [name, el("span", f" {each.column}", cls="hx-id")]


def _good(part: float | None) -> Html:
    return el("span", "—") if part is None else join(meter(part, warn=part < 0.9), percent(part))


def _quarantine(visit: Visit, current: CurrentBuild) -> Html:
    found, live = rules(current), live_quarantine(visit, current)
    if not found:
        return live or el("section", empty(visit.say(w.NO_QUARANTINE)), cls="hx-card")
    source, rule = visit.text("source"), visit.text("rule")
    heads = [(visit.say(words), kind) for words, kind in (
        (w.RULE_COLUMN, ""), (w.SOURCE, ""), (w.FATE, ""), (w.ROWS, "n"))]  # fmt: skip
    rows = [_rule(visit, each, chosen=(each.source, each.rule) == (source, rule)) for each in found]
    listed = card(visit.say(w.QUARANTINE), table(heads, rows))
    shown = next((each for each in found if (each.source, each.rule) == (source, rule)), None)
    if shown is None:
        return el("div", live, el("p", visit.say(w.QUARANTINE_NOTE), cls="hx-note"), listed, cls="hx-stack")
    number_ = visit.number("page", 1, 100_000)
    stand = quarantine(current, source, rule, offset=(number_ - 1) * _SHOWN, limit=_SHOWN)
    return el(
        "div",
        live,
        el("p", visit.say(w.QUARANTINE_NOTE), cls="hx-note"),
        el(
            "div",
            el("div", listed, cls="hx-7"),
            el("div", _standing(visit, shown, stand, number_), cls="hx-5"),
            cls="hx-grid",
        ),
        cls="hx-stack",
    )


def _rule(visit: Visit, each: Rule, *, chosen: bool) -> Html:
    to = address("/data/quarantine", ("source", each.source), ("rule", each.rule))
    return el(
        "tr",
        el(
            "td",
            el("a", visit.sentence(each.words), href=to, cls="over", aria_current="true" if chosen else None),
            cls="head",
        ),
        el("td", visit.say(each.source_words)),
        el("td", visit.say(each.fate_words)),
        el("td", number(each.rows), cls="n", data_label=visit.say(w.ROWS)),
        cls="go",
        style="background:var(--accent-soft)" if chosen else None,
    )


def _standing(visit: Visit, rule: Rule, found: tuple[Quarantined, ...], page_number: int) -> Html:
    rows = [
        el("tr", el("td", el("span", each.file, cls="hx-from")), el("td", number(each.row), cls="n")) for each in found
    ]
    body = el(
        "table",
        el("thead", el("tr", el("th", visit.say(w.FILE)), el("th", visit.say(w.ROW_COLUMN), cls="n"))),
        el("tbody", rows),
        cls="hx-table",
    )
    steps = []
    for words, step, there in ((w.PREVIOUS, -1, page_number > 1), (w.NEXT, 1, page_number * _SHOWN < rule.rows)):
        if there:
            to = address("/data/quarantine", ("source", rule.source), ("rule", rule.rule), ("page", page_number + step))
            steps.append(el("a", visit.say(words), href=to, cls="hx-button"))
    more = el("nav", el("span"), el("div", steps), cls="hx-pager") if steps else None
    return card(
        visit.say(w.WHERE_THEY_STAND), el("div", body, cls="hx-tablebox"), more, note=visit.sentence(rule.words)
    )


def _identity(visit: Visit, current: CurrentBuild) -> Html:
    found = identity_data(current)
    cells = [
        el("div", el("span", visit.say(words)), el("b", number(count)))
        for words, count in (
            (w.CUSTOMERS, found.customers), (w.IDENTIFIERS, found.identifiers), (w.MERGED_TIMES, found.merges),
            (w.SPLIT_TIMES, found.splits),
        )
    ]  # fmt: skip
    return el(
        "div",
        el("section", cells, cls="hx-stats", style="margin:0"),
        el(
            "div",
            el("div", _kinds(visit, found), cls="hx-7"),
            el("div", _aside(visit, found), cls="hx-5"),
            cls="hx-grid",
        ),
        cls="hx-stack",
    )


def _kinds(visit: Visit, found: IdentityData) -> Html:
    heads = [(visit.say(words), kind) for words, kind in (
        (w.IDENTIFIERS, ""), (w.TRUST, ""), (w.JOINED, "n"), (w.ASIDE, "n"), (w.FLOATING, "n"))]  # fmt: skip
    rows = [
        el(
            "tr",
            el("td", visit.say(each.words), cls="head"),
            el("td", visit.say(w.CERTAIN if each.trust == "certain" else w.WEAK)),
            el("td", number(each.joined), cls="n", data_label=visit.say(w.JOINED)),
            el("td", number(each.set_aside), cls="n", data_label=visit.say(w.ASIDE)),
            el("td", number(each.floating), cls="n", data_label=visit.say(w.FLOATING)),
        )
        for each in found.kinds
    ]
    return card(visit.say(w.IDENTIFIERS), table(heads, rows))


def _aside(visit: Visit, found: IdentityData) -> Html:
    title = visit.say(w.SET_ASIDE_LIST)
    if not found.set_aside:
        return card(title, empty(visit.say(w.NO_SET_ASIDE), small=True))
    heads = [(visit.say(words), kind) for words, kind in (
        (w.IDENTIFIERS, ""), (w.REASON, ""), (w.PEOPLE_COLUMN, "n"), (w.ROWS, "n"))]  # fmt: skip
    rows = [
        el(
            "tr",
            el("td", visit.say(each.words), cls="head"),
            el("td", visit.say(each.reason_words)),
            el("td", number(each.people), cls="n", data_label=visit.say(w.PEOPLE_COLUMN)),
            el("td", number(each.rows), cls="n", data_label=visit.say(w.ROWS)),
        )
        for each in found.set_aside
    ]
    note = el("p", visit.say(w.SET_ASIDE_NOTE), cls="hx-note", style="margin-bottom:10px")
    return card(title, note, table(heads, rows), end=visit.say(w.SET_ASIDE_COUNT, count=Count(found.set_aside_total)))


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "—"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "—"
