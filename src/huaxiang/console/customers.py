"""/customers: who they are, those who spent most first; narrowed by tags and segments."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import empty, pager, people_address, people_table, stats
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution, distribution
from huaxiang.read.filters import Filter, TagIs, filter_of, filter_words, known_segment
from huaxiang.read.overview import Headline, headlines
from huaxiang.read.people import People, people
from huaxiang.read.showing import number
from huaxiang.read.standard import Part, tag_for
from huaxiang.words import Count, Words

ADDRESSES = ("/customers",)
SIZE = 25
PICKS = (Part.LIFECYCLE, Part.VALUE, Part.RFM, Part.GENDER, Part.AGE, Part.PROVINCE, Part.CHANNEL)
"""The parts one can narrow by, each with how many would be left."""


@dataclass(frozen=True)
class Shown:
    """What the page shows: the numbers at the top, the conditions, the choices, the people."""

    headlines: tuple[Headline, ...]
    wanted: Filter
    conditions: tuple[tuple[TagIs | None, Words], ...]
    picks: tuple[Distribution, ...]
    people: People
    page: int
    sorted_by: Words | None


async def page(console: Console, request: Request) -> None:
    """Show a page of customers."""
    await show(console, request, "customers", _ask, _draw)


def _ask(visit: Visit, current: CurrentBuild) -> Shown:
    wanted = filter_of(visit.query)
    number_ = visit.number("page", 1, 100_000)
    found = people(current, wanted, offset=(number_ - 1) * SIZE, limit=SIZE)
    conditions: list[tuple[TagIs | None, Words]] = [(each, filter_words(current, each)) for each in wanted.tags]
    if wanted.segment:
        conditions.append((None, known_segment(current, wanted.segment).name))
    codes = [code for part in PICKS if (code := tag_for(current, part))]
    picks = tuple(distribution(current, code, _others(wanted, code)) for code in codes)
    sorted_by = current.tags[found.sorted_by].name if found.sorted_by else None
    return Shown(headlines(current), wanted, tuple(conditions), picks, found, number_, sorted_by)


def _others(wanted: Filter, code: str) -> Filter:
    return Filter(tuple(each for each in wanted.tags if each.tag != code), wanted.segment)


def _draw(frame: Frame, shown: Shown) -> None:
    visit = frame.visit
    frame.head(visit.say(w.CUSTOMERS))
    frame.html(stats(visit, shown.headlines))
    frame.html(_filters(visit, shown))
    if not shown.people.rows:
        clear = el("a", visit.say(w.CLEAR), href="/customers", cls="hx-button")
        frame.html(el("section", empty(visit.say(w.NO_PEOPLE), visit.say(w.NO_PEOPLE_DO), clear), cls="hx-card"))
        return
    addresses = (people_address(shown.wanted, shown.page - 1), people_address(shown.wanted, shown.page + 1))
    frame.html(people_table(visit, shown.people), pager(visit, shown.people, shown.page, SIZE, addresses))


def _filters(visit: Visit, shown: Shown) -> Html:
    chips = [_chip(visit, shown.wanted, part, words) for part, words in shown.conditions]
    if len(chips) > 1:
        chips.append(el("a", visit.say(w.CLEAR), href="/customers"))
    picks = [_pick(visit, shown.wanted, spread) for spread in shown.picks if spread.bars and not spread.sensitive]
    total = shown.people.total
    count = visit.say(w.PEOPLE, count=Count(total))
    order = f" · {visit.say(w.SORTED, what=visit.say(shown.sorted_by))}" if shown.sorted_by else ""
    return el("div", chips, picks, el("span", count, order, cls="hx-count"), cls="hx-filters")


def _chip(visit: Visit, wanted: Filter, part: TagIs | None, words: Words) -> Html:
    text = visit.say(words) if part else visit.say(w.IN_SEGMENT, name=visit.say(words))
    away = el(
        "a", icon("close", 13), href=people_address(wanted.without(part)), title=visit.say(w.REMOVE),
        aria_label=f"{visit.say(w.REMOVE)} {text}",
    )  # fmt: skip
    return el("span", text, away, cls="hx-chip")


def _pick(visit: Visit, wanted: Filter, spread: Distribution) -> Html:
    chosen = {each.value for each in wanted.tags if each.tag == spread.tag}
    links = [
        el(
            "a",
            visit.say(bar.words),
            el("span", number(bar.count)),
            href=people_address(wanted.with_tag(TagIs(spread.tag, bar.value))),
            aria_current="true" if bar.value in chosen else None,
        )
        for bar in spread.bars
    ]
    if spread.unknown:
        unknown = people_address(wanted.with_tag(TagIs(spread.tag, "")))
        links.append(el("a", visit.say(w.UNKNOWN), el("span", number(spread.unknown)), href=unknown))
    return el(
        "details", el("summary", visit.say(spread.name), icon("down", 15)), el("div", links), cls="hx-pick", name="pick"
    )
