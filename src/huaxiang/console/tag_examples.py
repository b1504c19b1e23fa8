"""Five customers with different values of a tag, each with a why."""

from __future__ import annotations

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.icons import icon
from huaxiang.console.markup import el
from huaxiang.console.parts import empty, person_address
from huaxiang.console.shell import Frame
from huaxiang.console.tag_about import not_built
from huaxiang.console.tag_here import Here
from huaxiang.console.visit import Visit
from huaxiang.console.why import why_on_click
from huaxiang.read.current import CurrentBuild
from huaxiang.read.examples import Example, examples


def ask(_: Visit, current: CurrentBuild, here: Here) -> list[Example] | None:
    """Return the examples; None when the build does not have the tag."""
    return examples(current, here.code) if here.built else None


def draw(frame: Frame, here: Here, found: list[Example] | None) -> None:
    """Draw the examples; a click on one asks why it has its value."""
    visit = frame.visit
    if found is None:
        frame.html(not_built(visit))
        return
    with frame.block("hx-card"):
        frame.html(el("header", el("h2", visit.say(wt.EXAMPLES)), el("p", visit.say(wt.EXAMPLES_NOTE))))
        if not found:
            frame.html(empty(visit.say(w.NOTHING_KNOWN), small=True))
        for each in found:
            why = el("button", icon("why", 17), visit.say(w.WHY), type="button", cls="hx-button", data_why=here.code)
            row = frame.html(
                el("a", each.id, href=person_address(each.id), cls="hx-id"),
                el("b", visit.say(each.value)),
                why,
                cls="hx-example",
            )
            why_on_click(row, visit, each.subject)
