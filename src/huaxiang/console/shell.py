"""The frame around every page: navigation, project, build, language; and what is shown when something goes wrong."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request
from nicegui import context, ui
from nicegui.element import Element

from huaxiang.console import words as w
from huaxiang.console import words_govern as wg
from huaxiang.console import words_live as wl
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import empty
from huaxiang.console.search import search_box
from huaxiang.console.theme import style_sheet, version
from huaxiang.console.visit import Console, Stamp, Visit, address
from huaxiang.console.who import who_control
from huaxiang.damage import named
from huaxiang.errors import HuaxiangError, NotFound, ProjectError
from huaxiang.read.current import CurrentBuild
from huaxiang.words import Words

T = TypeVar("T")
_LOG = logging.getLogger("huaxiang.console")
PAGES = (
    ("customers", "/customers", w.CUSTOMERS),
    ("overview", "/overview", w.OVERVIEW),
    ("tags", "/tags", w.TAGS),
    ("segments", "/segments", w.SEGMENTS),
    ("data", "/data", w.DATA),
    ("live", "/live", wl.LIVE),
    ("governance", "/approvals", wg.GOVERNANCE),
)
"""The pages of the navigation: name (also of the icon), address, words."""


@dataclass(frozen=True)
class Frame:
    """What a page draws into: its visit and the build it shows."""

    visit: Visit
    stamp: Stamp

    def head(self, title: Html | str, back: tuple[str, Words] | None = None) -> None:
        """Draw the top of a page: title and search; `back` leads to the page above."""
        _head(self.visit, title, back)

    def html(self, *parts: Html | str | None, cls: str = "") -> Element:
        """Draw HTML."""
        return html(*parts, cls=cls)

    @contextmanager
    def block(self, cls: str) -> Iterator[Element]:
        """Draw a box that other things are drawn into."""
        with ui.element("div").classes(cls) as element:
            yield element


def html(*parts: Html | str | None, cls: str = "") -> Element:
    """Draw HTML whose texts are escaped already."""
    return ui.html(str(join(*parts)), sanitize=False).classes(cls)


async def show(
    console: Console,
    request: Request,
    page: str,
    question: Callable[[Visit, CurrentBuild], T],
    draw: Callable[[Frame, T], None],
) -> None:
    """Show a page: ask the build, draw the frame, draw the answer in it; or say in words what went wrong."""
    visit = Visit.of(console, request)
    _prepare(visit)
    try:
        read = await visit.read(lambda current: question(visit, current))
    except Exception as error:  # noqa: BLE001  (nobody is ever shown a traceback)
        with _frame(visit, page, None):
            _failed(visit, error)
        return
    with _frame(visit, page, read.stamp) as content:
        try:
            draw(Frame(visit, read.stamp), read.value)
        except Exception as error:  # noqa: BLE001
            content.clear()
            with content:
                _failed(visit, error)


def show_missing(console: Console, request: Request) -> None:
    """Show that there is no such page."""
    visit = Visit.of(console, request)
    _prepare(visit)
    with _frame(visit, "", None):
        _head(visit, visit.say(w.NOT_FOUND), None)
        html(_card(empty(visit.say(w.NOT_FOUND), visit.say(w.NO_PAGE), _home(visit))))


def _prepare(visit: Visit) -> None:
    # The frame's own texts (connection lost …) follow the page's language.
    client = context.client
    client.page = copy.copy(client.page)
    client.page.language = "zh-CN" if visit.language == "zh" else "en-US"
    ui.page_title(visit.console.name.say(visit.language))
    css = style_sheet()
    ui.add_head_html(f'<link rel="stylesheet" href="/assets/console.css?v={version(css)}">')
    ui.add_head_html('<script defer src="/assets/console.js"></script>')


@contextmanager
def _frame(visit: Visit, page: str, stamp: Stamp | None) -> Iterator[Element]:
    html(
        el("a", visit.say(w.TO_CONTENT), href="#content", cls="hx-skip"),
        _top(visit, stamp),
        _side(visit, page, stamp),
    )
    with ui.element("main").classes("hx-main").props('id="content"'), ui.element("div").classes("hx-page") as content:
        yield content


def _brand(visit: Visit, *more: Html) -> Html:
    mark = el("span", icon("customers", 19), cls="hx-mark")
    return el("a", mark, el("span", visit.console.name.say(visit.language), *more), href="/customers", cls="hx-brand")


def _top(visit: Visit, stamp: Stamp | None) -> Html:
    said = el("span", f"{_build(visit, stamp)} · {_moment(visit, stamp)}", cls="stamp") if stamp else Html("")
    brand = _brand(visit, el("br"), said) if stamp else _brand(visit)
    return el("div", brand, who_control(visit), _language_switch(visit), cls="hx-top")


def _side(visit: Visit, page: str, stamp: Stamp | None) -> Html:
    links = [
        el("a", icon(name, 19), el("span", visit.say(words)), href=to, aria_current="page" if name == page else None)
        for name, to, words in PAGES
    ]
    shown = (
        el("div", icon("build", 16), el("span", el("b", _build(visit, stamp)), _moment(visit, stamp)), cls="hx-stamp")
        if stamp
        else None
    )
    foot = el("div", shown, who_control(visit), _language_switch(visit), cls="hx-foot")
    return el("aside", _brand(visit), el("nav", links, cls="hx-nav", aria_label=visit.say(w.MENU)), foot, cls="hx-side")


def _build(visit: Visit, stamp: Stamp) -> str:
    return visit.say(w.BUILD, number=stamp.build)


def _moment(visit: Visit, stamp: Stamp) -> str:
    return visit.say(w.AS_OF, moment=f"{stamp.as_of:%Y-%m-%d %H:%M}")


def _language_switch(visit: Visit) -> Html:
    other = "en" if visit.language == "zh" else "zh"
    here = address(visit.path, *visit.query)
    button = el(
        "button", visit.say(w.OTHER_LANGUAGE), cls="hx-language", type="submit", title=visit.say(w.SWITCH_LANGUAGE)
    )
    to = el("input", type="hidden", name="to", value=here)
    return el("form", to, button, action=f"/language/{other}", method="post")


def _head(visit: Visit, title: Html | str, back: tuple[str, Words] | None) -> None:
    if back:
        html(el("a", icon("left", 15), visit.say(back[1]), href=back[0], cls="hx-back"))
    with ui.element("header").classes("hx-head"):
        ui.html(str(join(title)), sanitize=False, tag="h1")
        search_box(visit)


def _failed(visit: Visit, error: Exception) -> None:
    """Say what went wrong. Only our own errors have words for people; of others the log gets the name alone."""
    error = named(error) or error
    no_build = isinstance(error, ProjectError) and visit.console.warehouse.without_build()
    title = w.NO_BUILD if no_build else w.NOT_FOUND if isinstance(error, NotFound) else w.WENT_WRONG
    html(el("header", el("h1", visit.say(title)), cls="hx-head"))
    if no_build:
        do = [el("p", visit.say(w.NO_BUILD_DO)), el("code", "huaxiang build", cls="hx-code"), _reload(visit)]
        html(_card(empty(visit.say(w.NO_BUILD), visit.say(w.NO_BUILD_TEXT), *do)))
    elif isinstance(error, HuaxiangError):
        more = _home(visit) if isinstance(error, NotFound) else _reload(visit)
        html(_card(empty(visit.say(title), error.say(visit.language), more, image="alert")))
    else:
        _LOG.error("a page failed", exc_info=error)
        html(_card(empty(visit.say(title), visit.say(w.WENT_WRONG_TEXT), _reload(visit), image="alert")))


def _card(content: Html) -> Html:
    return el("section", content, cls="hx-card")


def _home(visit: Visit) -> Html:
    return el("a", visit.say(w.TO_CUSTOMERS), href="/customers", cls="hx-button")


def _reload(visit: Visit) -> Html:
    return el("a", visit.say(w.RELOAD), href=address(visit.path, *visit.query), cls="hx-button")
