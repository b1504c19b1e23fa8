"""/tags/…: one tag, in seven parts: what it is, how it does, where from and where to, versions, use, examples, talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments

from huaxiang.console import (
    tag_about,
    tag_comments,
    tag_examples,
    tag_health,
    tag_lineage,
    tag_use,
    tag_versions,
)  # fmt: skip
from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import pill
from huaxiang.console.shell import Frame, show
from huaxiang.console.tag_here import Here, tag_here
from huaxiang.console.tag_rows import star, state_pill
from huaxiang.console.tag_tree import tree
from huaxiang.console.tags import PRESSED_STAR, toggle_star
from huaxiang.console.visit import Console, Visit, address
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import note_use
from huaxiang.words import Count, Words

ADDRESSES = ("/tags/{code}",)


@dataclass(frozen=True)
class Part:
    """One part of the page: its name in the address, its words, what it asks, how it is drawn."""

    name: str
    words: Words
    ask: Callable[[Visit, CurrentBuild, Here], Any]
    draw: Callable[[Frame, Here, Any], None]
    wide: bool = False
    """Whether it takes the room of the tree too."""


_TO_TAB = "document.querySelector('.hx-tabs [aria-current]')?.scrollIntoView({inline: 'center', block: 'nearest'})"
PARTS = (
    Part("", w.DEFINITION, tag_about.ask, tag_about.draw),
    Part("health", wt.HEALTH, tag_health.ask, tag_health.draw),
    Part("lineage", wt.LINEAGE, tag_lineage.ask, tag_lineage.draw, wide=True),
    Part("versions", wt.VERSIONS, tag_versions.ask, tag_versions.draw),
    Part("use", wt.USE, tag_use.ask, tag_use.draw),
    Part("examples", wt.EXAMPLES, tag_examples.ask, tag_examples.draw),
    Part("comments", wt.COMMENTS, tag_comments.ask, tag_comments.draw),
)


async def page(console: Console, request: Request) -> None:
    """Show one part of one tag; an unknown part is the first."""
    code = str(request.path_params["code"])[:80]
    part = next((each for each in PARTS if each.name == request.query_params.get("tab", "")), PARTS[0])

    def ask(visit: Visit, current: CurrentBuild) -> tuple[Here, Any]:
        here = tag_here(visit, current, code)
        if not part.name and here.built:
            # Opened, not leafed through: going on to another part is not one more use.
            note_use(current.registry, "console", {code})
        return here, part.ask(visit, current, here)

    await show(console, request, "tags", ask, lambda frame, shown: _draw(frame, part, *shown))


def _draw(frame: Frame, part: Part, here: Here, value: Any) -> None:
    visit = frame.visit
    frame.head(_title(visit, here), back=("/tags", w.BACK_TO_TAGS))
    with frame.block("hx-grid"):
        if not part.wide:
            frame.html(tree(visit, here.limbs, tag=here.code), cls="hx-3 hx-tree-aside")
        with frame.block(f"{'hx-12' if part.wide else 'hx-9'} hx-stack hx-tagpage"):
            _actions(frame, here)
            frame.html(_tabs(visit, here, part))
            if here.faults:
                frame.html(el("p", visit.say(wt.FILES_WRONG, count=Count(here.faults)), cls="hx-warning"))
            part.draw(frame, here, value)
    # On a phone the chosen tab may stand beyond the edge.
    ui.run_javascript(_TO_TAB)


def _title(visit: Visit, here: Here) -> Html:
    name = visit.say(here.tag.name) if here.tag else here.code
    sensitive = here.tag is not None and here.tag.sensitive
    mark = el("small", pill(visit.say(w.SENSITIVE), "流失")) if sensitive else None
    return join(name, el("small", here.code, cls="hx-id"), mark)


def _actions(frame: Frame, here: Here) -> None:
    visit, starred = frame.visit, [here.starred]
    waiting = here.stands.waiting
    with frame.block("hx-tagbar"):
        stars = ui.html(str(star(visit, here.code, on=here.starred)), sanitize=False)
        frame.html(
            state_pill(visit, here.stands.state),
            state_pill(visit, waiting.state) if waiting and waiting.state is not here.stands.state else None,
            cls="states",
        )
        frame.html(
            el("a", icon("edit", 15), visit.say(wt.EDIT), href=f"/tags/{here.code}/edit", cls="hx-button"),
            el("a", visit.say(wt.SUGGEST), href=address("/suggestions", ("tag", here.code)), cls="hx-button"),
            cls="ways",
        )

    async def pressed(_: GenericEventArguments) -> None:
        starred[0] = here.code in await toggle_star(visit, here.code, wanted=not starred[0])
        stars.content = str(star(visit, here.code, on=starred[0]))

    stars.on("click", pressed, js_handler=PRESSED_STAR)


def _tabs(visit: Visit, here: Here, chosen: Part) -> Html:
    counts = {"versions": len(here.history.versions), "comments": len(here.history.comments)}
    links = [
        el(
            "a",
            visit.say(part.words),
            el("small", str(counts[part.name])) if counts.get(part.name) else None,
            href=tab_address(here.code, part.name),
            aria_current="page" if part is chosen else None,
        )
        for part in PARTS
    ]
    return el("nav", links, cls="hx-tabs", aria_label=visit.say(wt.PARTS))


def tab_address(code: str, part: str) -> str:
    """Return the address of a part of a tag's page."""
    return address(f"/tags/{code}", *([("tab", part)] if part else []))
