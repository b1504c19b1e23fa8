"""Keeping a page fresh while somebody looks at it: a hidden tab and a closed one ask for nothing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.elements.html import Html as HtmlElement
from nicegui.events import GenericEventArguments

from huaxiang.console.markup import Html
from huaxiang.errors import HuaxiangError

_LOG = logging.getLogger("huaxiang.console")


def keep_fresh(every: float, refresh: Callable[[], Awaitable[None]]) -> None:
    """Call `refresh` every so many seconds while the page is looked at, and at once when it is looked at again."""
    failing = False

    async def again() -> None:
        nonlocal failing
        if not timer.client.has_socket_connection:
            return
        try:
            await refresh()
            failing = False
        except HuaxiangError:
            # What is shown stays; its age says how old it is. A later look may succeed.
            return
        except Exception as error:  # noqa: BLE001  (a page that fails every second says so once)
            if not failing:
                _LOG.error("a page could not be kept fresh", exc_info=error)
            failing = True

    async def seen(event: GenericEventArguments) -> None:
        if event.args:
            timer.activate()
            await again()
        else:
            timer.deactivate()

    timer = ui.timer(every, again, immediate=False)
    # static/console.js tells elements of this mark when the page is hidden and when it is seen again.
    mark = ui.element("div").props("data-fresh").style("display:none")
    mark.on("seen", seen, js_handler="(event) => emit(event.detail)")


def put(element: HtmlElement, content: Html) -> None:
    """Show something else in an element of HTML; nothing is sent when it is the same."""
    if element.content != str(content):
        element.set_content(str(content))
