"""Pieces that several pages are made of: numbers, bars that lead to people, tables of people, empty states, pagers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.visit import Visit, address
from huaxiang.read.distribution import Bar, Distribution
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.overview import Headline
from huaxiang.read.people import Column, People, Person
from huaxiang.read.showing import number
from huaxiang.read.standard import Part
from huaxiang.words import Words

_NUMBERS = (Part.SPENT, Part.ORDERS, Part.LAST_ORDER)
_PILLS = (Part.LIFECYCLE, Part.VALUE, Part.RFM)
_OPTIONAL = (Part.LIKED, Part.GENDER, Part.ORDERS)
_TONES = {"流失": "warn", "lapsed": "warn", "高价值": "strong", "重复": "good", "初次": "good", "中价值": "good"}


def card(title: str, *content: Html | str | None, note: str = "", end: Html | str = "", cls: str = "") -> Html:
    """Return a card with a title, a note beside it, and something at its right end."""
    header = el(
        "header", el("h2", title), el("p", note) if note else None, el("span", end, cls="hx-end") if end else None
    )
    return el("section", header, *content, cls=f"hx-card {cls}".strip())


def empty(title: str, text: str = "", *more: Html, small: bool = False, image: str = "empty") -> Html:
    """Return what stands where nothing is."""
    if small:
        return el("p", title, cls="hx-empty small")
    said = el("p", text) if text else None
    return el("div", icon(image, 40), el("b", title), said, *more, cls="hx-empty")


def percent(part: float) -> str:
    """Return a share as text: 12.3%, <0.1%, 100%."""
    if 0 < part < 0.0005:
        return "<0.1%"
    return f"{part:.0%}" if part in (0, 1) else f"{part:.1%}"


def people_address(wanted: Filter, page: int = 1) -> str:
    """Return the address of the list of those who meet a filter."""
    pairs: list[tuple[str, object]] = list(wanted.pairs())
    return address("/customers", *pairs, *([("page", page)] if page > 1 else []))


def person_address(person_id: str) -> str:
    """Return the address of a profile."""
    return f"/customers/{person_id}"


def stats(visit: Visit, found: Sequence[Headline]) -> Html:
    """Return the numbers at the top of a page, each a link to those it counts."""
    whole = found[0].count or 0
    return el("section", (_stat(visit, each, whole) for each in found), cls="hx-stats")


def _stat(visit: Visit, each: Headline, whole: int) -> Html:
    name = el("span", visit.say(each.words))
    if each.count is None:
        hint = visit.say(each.hint) if each.hint else ""
        return el("div", name, el("b", "—"), el("small", hint))
    part = (
        el("em", visit.say(w.SHARE, share=percent(each.count / whole))) if each.key != "customers" and whole else None
    )
    shown = [name, el("b", number(each.count)), part, el("small", visit.say(each.meaning))]
    return el("a", *shown, href=people_address(each.wanted), data_stat=each.key)


def spread_bars(visit: Visit, spread: Distribution, most: int = 12) -> Html:
    """Return a tag's values as bars, each a link to those who have it (but not of a sensitive tag)."""
    top = max((bar.count for bar in spread.bars), default=0)
    rows = [_bar(visit, spread, bar, top) for bar in spread.bars[:most]]
    rest = spread.others + sum(bar.count for bar in spread.bars[most:])
    more = el("p", visit.say(w.OTHERS, count=number(rest)), cls="hx-note") if rest else None
    return join(el("div", rows, cls="hx-bars"), more)


def _bar(visit: Visit, spread: Distribution, bar: Bar, top: int) -> Html:
    share = percent(bar.count / spread.known) if spread.known else ""
    lead = lead_of(spread, bar)
    return el(
        "a" if lead else "div",
        el("span", visit.say(bar.words)),
        el("span", el("i", style=f"width:{100 * bar.count / top if top else 0:.1f}%"), cls="bar"),
        el("span", el("b", number(bar.count)), f" {share}", cls="num"),
        href=lead or None,
    )


def lead_of(spread: Distribution, bar: Bar) -> str:
    """Return the address of those who have a value; "" of a sensitive tag, which nobody is found by."""
    return "" if spread.sensitive else people_address(Filter((TagIs(spread.tag, bar.value),)))


def known_of(visit: Visit, spread: Distribution) -> str:
    """Return of how many customers a tag's value is known, "" when of all."""
    if not spread.unknown:
        return ""
    return visit.say(w.KNOWN_OF, known=number(spread.known), all=number(spread.everybody))


def pill(text: str, value: object = "") -> Html:
    """Return a short value in a pill; well-known values have a tone."""
    return el("span", text, cls=f"hx-pill {_TONES.get(str(value), '')}".strip())


def face(name: str, *, big: bool = False) -> Html:
    """Return the round sign of a person: the first character of the masked name."""
    return el("span", name[0] if name and name[0] != "*" else "·", cls="hx-face big" if big else "hx-face")


def people_table(visit: Visit, shown: People) -> Html:
    """Return a page of customers as a table, which becomes cards where it is narrow."""
    heads = [el("th", visit.say(w.CUSTOMER))]
    heads += [el("th", visit.say(column.name), cls=_class(column)) for column in shown.columns]
    rows = [_row(visit, person, shown.columns) for person in shown.rows]
    table = el("table", el("thead", el("tr", heads)), el("tbody", rows), cls="hx-table fold people")
    return el("div", table, cls="hx-tablebox")


def _row(visit: Visit, person: Person, columns: Sequence[Column]) -> Html:
    name = person.name or visit.say(w.NAMELESS)
    who = el("span", el("b", name), el("span", person.id, cls="hx-id"))
    head = el("td", el("a", face(person.name), who, href=person_address(person.id), cls="hx-person over"), cls="head")
    cells = [
        _cell(visit, column, text, raw) for column, text, raw in zip(columns, person.values, person.raw, strict=True)
    ]
    return el("tr", head, cells, cls="go")


def _cell(visit: Visit, column: Column, text: Words, raw: object) -> Html:
    label = visit.say(column.name)
    if raw is None or raw == []:
        return el("td", "—", cls=f"muted {_class(column)}")
    said = visit.say(text)
    if column.part in _PILLS:
        return el("td", pill(said, raw), cls="pill", data_label=label)
    if isinstance(raw, list):
        said = visit.say(Words(", ", "、")).join(said.split(visit.say(Words(", ", "、")))[:2])
    return el("td", said, cls=_class(column), data_label=label)


def _class(column: Column) -> str:
    return f"{'n' if column.part in _NUMBERS else ''} {'opt' if column.part in _OPTIONAL else ''}".strip()


def pager(visit: Visit, shown: People, page: int, size: int, addresses: tuple[str, str]) -> Html | None:
    """Return the way to the pages before and after; None when there is one page only."""
    if shown.total <= size:
        return None
    first, last = shown.offset + 1, shown.offset + len(shown.rows)
    said = visit.say(w.PAGE_OF, first=number(first), last=number(last), total=number(shown.total))
    before = _step(visit.say(w.PREVIOUS), addresses[0], enabled=page > 1)
    after = _step(visit.say(w.NEXT), addresses[1], enabled=last < shown.total)
    return el("nav", el("span", said), el("div", before, after), cls="hx-pager")


def _step(text: str, to: str, *, enabled: bool) -> Html:
    return el("a", text, href=to if enabled else None, cls="hx-button", aria_disabled=None if enabled else "true")


def meter(share: float, *, warn: bool = False) -> Html:
    """Return a share as a short bar."""
    return el("span", el("i", style=f"width:{100 * share:.1f}%"), cls="hx-meter warn" if warn else "hx-meter")


def table(heads: Sequence[tuple[str, str]], rows: Iterable[Html], cls: str = "hx-table fold") -> Html:
    """Return a table in its box; a head is its text and the class of its cells."""
    head = el("thead", el("tr", (el("th", text, cls=kind) for text, kind in heads)))
    return el("div", el("table", head, el("tbody", list(rows)), cls=cls), cls="hx-tablebox")
