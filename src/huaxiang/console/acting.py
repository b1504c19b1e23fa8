"""What pages on which something is done are made of: fields, buttons, notices, and the project as it is now."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from nicegui import run, ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from huaxiang.console import words_govern as wg
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.visit import Visit
from huaxiang.console.who import NOBODY, who
from huaxiang.damage import named
from huaxiang.project import Project, load_project
from huaxiang.words import Words

T = TypeVar("T")
_LOG = logging.getLogger("huaxiang.console")
TABS = (
    ("approvals", "/approvals", wg.APPROVALS),
    ("alerts", "/alerts", wg.ALERTS),
    ("suggestions", "/suggestions", wg.SUGGESTIONS),
    ("sync", "/sync", wg.SYNC),
)
"""The pages of governance: name, address, words."""


def tabs(visit: Visit, chosen: str) -> Html:
    """Return the way between the pages of governance."""
    links = [
        el("a", visit.say(words), href=to, aria_current="page" if name == chosen else None) for name, to, words in TABS
    ]
    return el("nav", links, cls="hx-tabs", aria_label=visit.say(wg.GOVERNANCE))


def unnamed(visit: Visit) -> Html | None:
    """Return a note for who has not said a name, None for who has."""
    return el("p", visit.say(wg.UNNAMED), cls="hx-notice warn") if who(visit) == NOBODY else None


def project_now(visit: Visit) -> Project:
    """Return the project as files and registry say now: the build's may be older. Raises DefinitionError."""
    return load_project(visit.console.warehouse.project.root)


async def in_thread(work: Callable[[], T]) -> T:
    """Do something without holding up other visits."""
    answer = await run.io_bound(work)
    if answer is None:
        raise RuntimeError("the server is shutting down")
    return answer


class Notice:
    """A place on the page where it is said what came of something."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._box = ui.element("div").props('aria-live="polite"').classes("hx-says")

    def say(self, text: str | Html, *more: Html, tone: str = "good") -> None:
        """Say something; `tone` is good, warn or plain."""
        self._box.clear()
        with self._box:
            ui.html(str(el("div", text, *more, cls=f"hx-notice {tone}")), sanitize=False)

    def working(self, words: Words = wg.WORKING) -> None:
        """Say that it is being done."""
        self.say(join(self._visit.say(words), el("span", el("i"), cls="hx-progress")), tone="plain")

    def clear(self) -> None:
        """Say nothing."""
        self._box.clear()

    def failed(self, error: Exception) -> None:
        """Say what went wrong. Only our own errors have words for people; of others the log gets the name alone."""
        if (fault := named(error)) is not None:
            self.say(fault.say(self._visit.language), tone="warn")
            return
        _LOG.error("an action failed", exc_info=error)
        self.say(self._visit.say(wg.FAILED), tone="warn")


def button(
    text: str, pressed: Callable[[], Awaitable[None]], notice: Notice, *, main: bool = False, sign: str = ""
) -> Element:
    """Draw a button; while what it does is being done it cannot be pressed again, and what fails is said."""
    with ui.element("button").classes("hx-button main" if main else "hx-button").props('type="button"') as drawn:
        ui.html(str(join(icon(sign, 16) if sign else None, text)), sanitize=False, tag="span")

    async def act() -> None:
        drawn.props("disabled")
        try:
            await pressed()
        except Exception as error:  # noqa: BLE001  (nobody is ever shown a traceback)
            notice.failed(error)
        finally:
            # What was done may have taken the button away.
            if not drawn.is_deleted:
                drawn.props(remove="disabled")

    drawn.on("click", act)
    return drawn


class Field:
    """A field people fill: what is in it is kept here. It begins empty, or with its first choice."""

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        lines: int = 1,
        choices: Sequence[tuple[str, str]] | None = None,
        changed: Callable[[], None] | None = None,
    ) -> None:
        self.value = choices[0][0] if choices else ""
        self._changed = changed
        kind = "select" if choices is not None else "input" if lines == 1 else "textarea"
        options = join(el("option", text, value=value) for value, text in choices or ())
        with ui.element("label").classes("hx-labelled"):
            ui.html(str(el("span", label)), sanitize=False, tag="span")
            # What is chosen stays the browser's: a value given from here would be put back at every update.
            drawn = ui.html(str(options), sanitize=False, tag="select") if options else ui.element(kind)
        drawn.classes("hx-field")
        if kind != "select":
            drawn.props('autocomplete="off" maxlength="500"')
            drawn.props["placeholder"] = hint
        if lines > 1:
            drawn.props["rows"] = lines
        self.element = drawn
        drawn.on("input", self._note, js_handler="(event) => emit(event.target.value)")

    def _note(self, event: GenericEventArguments) -> None:
        self.value = str(event.args or "")
        if self._changed:
            self._changed()


def code_block(text: str) -> Html:
    """Return a definition as it is written."""
    return el("div", text.rstrip("\n"), cls="hx-code")
