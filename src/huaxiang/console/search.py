"""Finding a customer: what is typed goes to the server over the page's own connection, and into no address."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.visit import Visit
from huaxiang.errors import HuaxiangError
from huaxiang.read.find import Found, Match
from huaxiang.read.live.find import find_now
from huaxiang.words import Count


def search_box(visit: Visit) -> None:
    """Draw the search field; one match leads to the profile, several are listed, none says why."""
    with ui.element("div").classes("hx-search").props('role="search"'):
        ui.html(str(icon("search")), sanitize=False)
        field = ui.element("input").props('type="search" enterkeyhint="search" autocomplete="off" spellcheck="false"')
        field.props["placeholder"] = visit.say(w.SEARCH)
        field.props["aria-label"] = visit.say(w.SEARCH_SHORT)
        results = ui.element("div").classes("hx-results").props('aria-live="polite"')

    async def look(event: GenericEventArguments) -> None:
        text = str(event.args or "").strip()[:400]
        if not text:
            results.clear()
            return
        _say(results, el("span", visit.say(w.SEARCHING)))
        try:
            found = (await visit.read(lambda current: find_now(current, visit.console.serving, text))).value
        except HuaxiangError as error:
            _say(results, el("span", error.say(visit.language)))
            return
        people = [match for match in found.matches if match.id]
        if len(people) == 1:
            ui.navigate.to(f"/customers/{people[0].id}")
            return
        _say(results, _list(visit, found))

    field.on("keydown.enter", look, js_handler="(event) => emit(event.target.value)")
    field.on("keydown.esc", results.clear)


def _say(results: Element, content: Html) -> None:
    results.clear()
    with results:
        ui.html(str(content), sanitize=False)


def _list(visit: Visit, found: Found) -> Html:
    people = [match for match in found.matches if match.id]
    if people:
        links = [el("a", el("b", match.id), visit.say(match.words), href=f"/customers/{match.id}") for match in people]
        return el("div", visit.say(w.FOUND_SEVERAL), links)
    if found.matches:
        return el("div", (el("p", _nobodys(visit, match)) for match in found.matches[:3]))
    return el("span", visit.say(found.note) if found.note else "")


def _nobodys(visit: Visit, match: Match) -> str:
    kind = visit.say(match.words)
    if match.state == "set_aside":
        return visit.say(w.FOUND_SHARED, kind=kind, people=Count(match.people))
    return visit.say(w.FOUND_FLOATING, kind=kind)
