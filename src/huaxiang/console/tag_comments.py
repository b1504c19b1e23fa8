"""What people say of a tag, and a place to say something."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.console import words_tags as wt
from huaxiang.console.forms import on_sent
from huaxiang.console.governed import governed
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty, face
from huaxiang.console.shell import Frame
from huaxiang.console.tag_here import Here
from huaxiang.console.visit import Visit, address
from huaxiang.console.who import NOBODY, who
from huaxiang.govern import comment
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import local
from huaxiang.registry.tags import Comment

_LONGEST = 4_000


def ask(_: Visit, __: CurrentBuild, ___: Here) -> None:
    """Nothing more than the page knows already."""


def draw(frame: Frame, here: Here, _: None) -> None:
    """Draw the comments, the newest last, and the form below them."""
    visit = frame.visit
    said = here.history.comments
    listed = (
        el("ul", (_comment(visit, here, each) for each in said), cls="hx-comments")
        if said
        else empty(visit.say(wt.NO_COMMENTS), visit.say(wt.NO_COMMENTS_TEXT), image="edit")
    )
    form = frame.html(card(visit.say(wt.COMMENTS), listed, _form(visit)))

    def add(current: CurrentBuild, given: Mapping[str, str]) -> None:
        comment(governed(current).project, here.code, given.get("text", "")[:_LONGEST], by=who(visit))

    on_sent(form, visit, add, address(f"/tags/{here.code}", ("tab", "comments")))


def _comment(visit: Visit, here: Here, each: Comment) -> Html:
    at = local(each.at.replace(tzinfo=None), here.project.zone)
    version = el("span", visit.say(wt.OF_VERSION, version=each.version)) if each.version else None
    head = el("div", el("b", each.by), el("time", f"{at:%Y-%m-%d %H:%M}"), version, cls="head")
    return el("li", face(each.by), el("div", head, el("p", each.text)))


def _form(visit: Visit) -> Html:
    name = who(visit)
    by = visit.say(wt.NO_NAME_HINT) if name == NOBODY else visit.say(wt.AS_NAME, name=name)
    return el(
        "form",
        el(
            "textarea", name="text", rows="3", required=True, maxlength=_LONGEST, cls="hx-field",
            placeholder=visit.say(wt.SAY_SOMETHING), aria_label=visit.say(wt.SAY_SOMETHING),
        ),
        el(
            "div", el("span", by, cls="hx-note"),
            el("button", visit.say(wt.SAY_IT), type="submit", cls="hx-button main"),
        ),
        cls="hx-say",
    )  # fmt: skip
