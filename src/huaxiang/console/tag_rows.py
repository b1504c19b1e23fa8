"""Tags as rows of the market: name, meaning, state, coverage, health, owner, and the star of a favourite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.icons import icon
from huaxiang.console.market import HEALTH_WORDS, Entry, Market, grade
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, meter, percent, pill
from huaxiang.console.tag_tree import path_of, path_words
from huaxiang.console.visit import Visit
from huaxiang.console.why import KINDS
from huaxiang.govern import STATE_WORDS, Hit
from huaxiang.read.terms import category_words
from huaxiang.registry.tags import State
from huaxiang.words import Count, Words

_STATES = {
    State.DRAFT: "warn", State.IN_REVIEW: "warn", State.ONLINE: "good", State.OFFLINE: "off", State.ARCHIVED: "off",
}  # fmt: skip


def score_badge(visit: Visit, score: int | None, *, big: bool = False) -> Html:
    """Return a health score in its colour; "—" where nothing was measured."""
    kind = grade(score)
    said = f"{visit.say(wt.HEALTH)}: {visit.say(HEALTH_WORDS[kind])}"
    return el("span", "—" if score is None else str(score), cls=f"hx-score {kind}{' big' if big else ''}", title=said)


def state_pill(visit: Visit, state: State) -> Html:
    """Return a version's state in its colour."""
    return el("span", visit.sentence(STATE_WORDS[state]), cls=f"hx-pill state {_STATES[state]}")


def star(visit: Visit, code: str, *, on: bool) -> Html:
    """Return the button that makes a tag a favourite, or no longer."""
    said = visit.say(wt.UNSTAR if on else wt.STAR)
    return el(
        "button", icon("star", 18), type="button", cls="hx-star", data_star=code, title=said, aria_label=said,
        aria_pressed="true" if on else "false",
    )  # fmt: skip


def grouped(visit: Visit, market: Market, hits: Sequence[Hit]) -> Html:
    """Return tags in a card for each category of the first level, as the definitions order them."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(next(iter(path_of(hit.category)), ""), []).append(hit)
    cards = [
        card(
            visit.say(category_words(name)) if name else visit.say(w.UNCATEGORISED),
            rows(visit, market, inside),
            end=visit.say(w.TAG_COUNT, count=Count(len(inside))),
        )
        for name, inside in groups.items()
    ]
    return el("div", cards, cls="hx-stack")


def found(visit: Visit, market: Market, hits: Sequence[Hit]) -> Html:
    """Return tags that were searched for, the best first."""
    return el("section", rows(visit, market, hits, paths=True), cls="hx-card")


def rows(visit: Visit, market: Market, hits: Iterable[Hit], *, paths: bool = False) -> Html:
    """Return tags as rows; with `paths` each says its category."""
    return el("ul", (_row(visit, market, hit, paths) for hit in hits), cls="hx-tagrows")


def _row(visit: Visit, market: Market, hit: Hit, paths: bool) -> Html:
    entry = market.entry(hit)
    name = el("a", visit.say(hit.name), href=f"/tags/{hit.code}", cls="name")
    head = el("div", name, el("span", hit.code, cls="hx-id"), _marks(visit, hit, entry), cls="head")
    told = visit.sentence(hit.meaning) or visit.sentence(market.meanings.get(hit.code, hit.meaning))
    said = [told, path_words(visit, hit.category) if paths else ""]
    meaning = el("p", " · ".join(each for each in said if each), cls="meaning")
    return el(
        "li",
        star(visit, hit.code, on=hit.code in market.starred),
        el("div", head, meaning, _foot(visit, hit), cls="what"),
        _coverage(visit, entry),
        el("div", el("small", visit.say(wt.HEALTH)), score_badge(visit, entry.score), cls="health"),
        data_tag=hit.code,
    )


def _marks(visit: Visit, hit: Hit, entry: Entry) -> list[Html]:
    marks = [state_pill(visit, hit.state)] if hit.state is not State.ONLINE else []
    if hit.waiting and hit.waiting is not hit.state:
        marks.append(el("span", visit.say(wt.WAITING, state=visit.say(STATE_WORDS[hit.waiting])), cls="hx-pill warn"))
    if hit.sensitive:
        marks.append(pill(visit.say(w.SENSITIVE), "流失"))
    if entry.alerts:
        said = visit.say(wt.MANY_ALERTS, count=Count(entry.alerts))
        marks.append(el("a", icon("alert", 13), str(entry.alerts), href="/alerts", cls="hx-pill warn", title=said))
    return marks


def _foot(visit: Visit, hit: Hit) -> Html:
    kind = visit.sentence(KINDS.get(hit.kind, Words(hit.kind, hit.kind)))
    online = el("span", visit.sentence(STATE_WORDS[State.ONLINE]), cls="on") if hit.state is State.ONLINE else None
    owner = el("span", f"{visit.say(w.OWNER)} {hit.owner}") if hit.owner else None
    return el("div", online, el("span", kind), owner, cls="foot")


def _coverage(visit: Visit, entry: Entry) -> Html:
    head = el("small", visit.say(w.COVERAGE))
    if entry.coverage is None:
        return el("div", head, el("span", visit.say(wt.NOT_IN_BUILD), cls="hx-note"), cls="coverage")
    return el("div", head, el("b", percent(entry.coverage)), meter(entry.coverage), cls="coverage")
