"""/tags: the tree of all tags with their coverage."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, meter, percent
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.tags import Branch, TagEntry, tag_tree
from huaxiang.read.terms import value_words

ADDRESSES = ("/tags",)


async def page(console: Console, request: Request) -> None:
    """Show all tags."""
    await show(console, request, "tags", _ask, _draw)


def _ask(visit: Visit, current: CurrentBuild) -> list[Branch]:
    return tag_tree(current)


def _draw(frame: Frame, branches: list[Branch]) -> None:
    visit = frame.visit
    total = sum(branch.count for branch in branches)
    frame.head(join(visit.say(w.TAGS), el("small", visit.say(w.TAG_COUNT, count=total)) if total else None))
    if not total:
        frame.html(el("section", empty(visit.say(w.NO_TAGS), image="tags"), cls="hx-card"))
        return
    with frame.block("hx-grid"):
        frame.html(tree(visit, branches), cls="hx-3 hx-tree-aside")
        frame.html(*(_branch(visit, branch) for branch in branches), cls="hx-9 hx-twocolumns")


def branch_name(visit: Visit, branch: Branch) -> str:
    """Return a category's name in the visit's language."""
    return visit.say(value_words(branch.name)) if branch.name else visit.say(w.UNCATEGORISED)


def tree(visit: Visit, branches: Sequence[Branch], chosen: str = "") -> Html:
    """Return the tree of tags, `chosen` marked."""
    return el(
        "nav",
        (_limb(visit, branch, chosen) for branch in branches),
        cls="hx-card hx-tree",
        aria_label=visit.say(w.TAGS),
    )


def _limb(visit: Visit, branch: Branch, chosen: str) -> Html:
    name = [icon("right", 14), branch_name(visit, branch), el("small", str(branch.count))]
    leaves = [
        el("a", visit.say(tag.name), href=f"/tags/{tag.code}", aria_current="page" if tag.code == chosen else None)
        for tag in branch.tags
    ]
    inner = [_limb(visit, each, chosen) for each in branch.branches]
    # Without a tag chosen the tree shows its first level; with one, the way to it is open.
    is_open = bool(chosen) and _holds(branch, chosen)
    return el("details", el("summary", name), leaves, inner, open=is_open)


def _holds(branch: Branch, code: str) -> bool:
    return any(tag.code == code for tag in branch.tags) or any(_holds(each, code) for each in branch.branches)


def _branch(visit: Visit, branch: Branch) -> Html:
    groups = [(branch_name(visit, branch), branch.tags)] if branch.tags else []
    groups += [(branch_name(visit, each), _all(each)) for each in branch.branches]
    rows = [row for name, tags in groups for row in _group(visit, name, tags, heading=len(groups) > 1)]
    table = el("table", el("tbody", rows), cls="hx-table")
    return card(
        branch_name(visit, branch), el("div", table, cls="hx-tablebox"), end=visit.say(w.TAG_COUNT, count=branch.count)
    )


def _all(branch: Branch) -> list[TagEntry]:
    return [*branch.tags, *(tag for each in branch.branches for tag in _all(each))]


def _group(visit: Visit, name: str, tags: Sequence[TagEntry], *, heading: bool) -> list[Html]:
    rows = [el("tr", el("th", name, colspan="2"))] if heading else []
    return rows + [
        el(
            "tr",
            el("td", el("a", visit.say(tag.name), href=f"/tags/{tag.code}", cls="over")),
            el("td", meter(tag.coverage), el("span", percent(tag.coverage)), cls="n", title=visit.say(w.COVERAGE)),
            cls="go",
        )
        for tag in tags
    ]
