"""Small forms that change something: sent over the page's own connection, answered in words beside the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from huaxiang.console import words_tags as wt
from huaxiang.console.markup import el
from huaxiang.console.visit import Visit
from huaxiang.errors import DefinitionError, HuaxiangError
from huaxiang.read.current import CurrentBuild

_SENT = (
    "(event) => { event.preventDefault(); const form = event.target; if (form.dataset.busy) return; "
    "form.dataset.busy = '1'; setTimeout(() => delete form.dataset.busy, 1500); "
    "emit(Object.fromEntries(new FormData(form, event.submitter))) }"
)


def on_sent(element: Element, visit: Visit, change: Callable[[CurrentBuild, Mapping[str, str]], Any], to: str) -> None:
    """Make the change when a form in `element` is sent, then go to `to`; or say below it why it cannot be made."""
    with ui.element("div").classes("hx-said").props('role="alert"') as said:
        pass

    async def sent(event: GenericEventArguments) -> None:
        given = {str(name): str(value) for name, value in dict(event.args or {}).items()}
        said.clear()
        try:
            await visit.read(lambda current: change(current, given))
        except HuaxiangError as error:
            with said:
                ui.html(str(el("p", _told(visit, error), cls="hx-warning")), sanitize=False)
            return
        ui.navigate.to(to)

    element.on("submit", sent, js_handler=_SENT)


def _told(visit: Visit, error: HuaxiangError) -> str:
    if isinstance(error, DefinitionError) and error.faults:
        return visit.say(wt.DOES_NOT_FIT) + " " + error.faults[0].say(visit.language)
    return error.say(visit.language)
