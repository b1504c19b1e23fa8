"""/tags: the market of tags: the tree by category, search as one types, choices, a row for each tag."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.governed import governed
from huaxiang.console.icons import icon
from huaxiang.console.market import FACETS, Facet, Market, Narrowing, counted, market, narrowed
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import empty
from huaxiang.console.shell import Frame, show
from huaxiang.console.tag_rows import found, grouped
from huaxiang.console.tag_tree import Leaf, folded_tree, grow, path_words, tree
from huaxiang.console.visit import Console, Visit, address
from huaxiang.console.who import who
from huaxiang.govern import Hit, favourite
from huaxiang.read.current import CurrentBuild
from huaxiang.words import Count

ADDRESSES = ("/tags",)
_TYPED = "(event) => { clearTimeout(window.hxTyped); window.hxTyped = setTimeout(() => emit(event.target.value), 180) }"
"""Words are looked for when one stops typing for a moment."""
PRESSED_STAR = "(event) => { const it = event.target.closest('[data-star]'); if (it) emit(it.dataset.star) }"


async def page(console: Console, request: Request) -> None:
    """Show the market."""
    await show(console, request, "tags", market, _draw)


def _draw(frame: Frame, shown: Market) -> None:
    visit, asked = frame.visit, Narrowing.of(frame.visit)
    everything = shown.index.search()
    count = el("small", visit.say(w.TAG_COUNT, count=Count(len(everything)))) if everything else None
    frame.head(join(visit.say(w.TAGS), count))
    frame.html(_ways(visit))
    if not everything:
        frame.html(el("section", empty(visit.say(w.NO_TAGS), image="tags"), cls="hx-card"))
        return
    limbs = grow(Leaf(hit.code, hit.name, hit.category) for hit in everything)
    frame.html(folded_tree(visit, limbs, category=asked.category))
    with frame.block("hx-grid"):
        frame.html(tree(visit, limbs, category=asked.category), cls="hx-3 hx-tree-aside")
        with frame.block("hx-9 hx-market"):
            notes = _notes(visit, shown)
            if notes:
                frame.html(notes)
            field = frame.html(_search(visit, asked))
            frame.html(_chosen(visit, shown, asked))
            results = ui.html(str(_rows(visit, shown, asked, asked.text)), sanitize=False)
            results.classes("hx-results-tags").props('aria-live="polite"')
    typed = [asked.text]

    def look(event: GenericEventArguments) -> None:
        typed[0] = str(event.args or "").strip()[:120]
        results.content = str(_rows(visit, shown, asked, typed[0]))

    async def starred(event: GenericEventArguments) -> None:
        shown.starred = await toggle_star(visit, str(event.args or ""), wanted=event.args not in shown.starred)
        results.content = str(_rows(visit, shown, asked, typed[0]))

    field.on("input", look, js_handler=_TYPED)
    results.on("click", starred, js_handler=PRESSED_STAR)


async def toggle_star(visit: Visit, code: str, *, wanted: bool) -> set[str]:
    """Make a tag a favourite of who sits here, or no longer; return the favourites."""

    def change(current: CurrentBuild) -> set[str]:
        return set(favourite(governed(current).project, code, user=who(visit), wanted=wanted))

    return (await visit.read(change)).value


def _ways(visit: Visit) -> Html:
    links = [
        el("a", icon("plus", 15), visit.say(wt.NEW_TAG), href="/tags/new", cls="hx-button main"),
        el("a", visit.say(wt.SUGGESTIONS), href="/suggestions", cls="hx-button"),
        el("a", visit.say(wt.APPROVALS), href="/approvals", cls="hx-button"),
        el("a", visit.say(wt.ALERTS), href="/alerts", cls="hx-button"),
    ]
    return el("nav", links, cls="hx-ways", aria_label=visit.say(w.TAGS))


def _notes(visit: Visit, shown: Market) -> Html:
    faults = el("p", visit.say(wt.FILES_WRONG, count=Count(shown.faults)), cls="hx-warning") if shown.faults else None
    unmeasured = None if shown.measured else el("p", visit.say(wt.NOT_MEASURED_YET), cls="hx-warning")
    return join(faults, unmeasured)


def _search(visit: Visit, asked: Narrowing) -> Html:
    field = el(
        "input", type="search", name="q", value=asked.text, placeholder=visit.say(wt.FIND_TAG), cls="hx-field",
        aria_label=visit.say(wt.FIND_TAG_SHORT), autocomplete="off", spellcheck="false", enterkeyhint="search",
    )  # fmt: skip
    kept = [el("input", type="hidden", name=name, value=value) for name, value in asked.pairs(q=None)]
    return el("form", icon("search", 17), field, kept, action="/tags", method="get", role="search", cls="hx-find")


def _chosen(visit: Visit, shown: Market, asked: Narrowing) -> Html:
    facets = {facet.name: facet for facet in FACETS}
    chips = [_chip(visit, asked, name, facets[name].say(visit, value)) for name, value in asked.chosen]
    if asked.category:
        chips.insert(0, _chip(visit, asked, "category", path_words(visit, asked.category)))
    if len(chips) > 1:
        chips.append(el("a", visit.say(w.CLEAR), href="/tags"))
    picks = [_pick(visit, shown, asked, facet) for facet in FACETS if facet.name not in dict(asked.chosen)]
    return el("div", chips, picks, cls="hx-filters")


def _chip(visit: Visit, asked: Narrowing, name: str, text: str) -> Html:
    away = el(
        "a", icon("close", 13), href=address("/tags", *asked.pairs(**{name: None})), title=visit.say(w.REMOVE),
        aria_label=f"{visit.say(w.REMOVE)} {text}",
    )  # fmt: skip
    return el("span", text, away, cls="hx-chip")


def _pick(visit: Visit, shown: Market, asked: Narrowing, facet: Facet) -> Html | None:
    values = counted(shown, facet, narrowed(shown, asked, but=facet.name))
    if not values:
        return None
    links = [
        el(
            "a", facet.say(visit, value), el("span", str(count)),
            href=address("/tags", *asked.pairs(**{facet.name: value})),
        )
        for value, count in values
    ]  # fmt: skip
    return el(
        "details", el("summary", visit.say(facet.words), icon("down", 15)), el("div", links), cls="hx-pick", name="pick"
    )


def _rows(visit: Visit, shown: Market, asked: Narrowing, text: str) -> Html:
    hits: list[Hit] = narrowed(shown, asked, text)
    if not hits:
        clear = el("a", visit.say(w.CLEAR), href="/tags", cls="hx-button")
        nothing = empty(visit.say(wt.NO_TAG_FOUND), visit.say(wt.NO_TAG_FOUND_DO), clear, image="search")
        return el("section", nothing, cls="hx-card")
    return found(visit, shown, hits) if text else grouped(visit, shown, hits)
