"""/approvals: who asks for what, field by field, what it would change, what was said; approve or reject."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from huaxiang import govern
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Field, Notice, button, in_thread, project_now, tabs, unnamed
from huaxiang.console.editing import impact_html
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, pill, table
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.console.who import who
from huaxiang.definitions.nodes import Faults
from huaxiang.govern.diff import FieldDiff
from huaxiang.govern.states import Action
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import local
from huaxiang.registry.tags import Comment, State, Version
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.overlay import node_of
from huaxiang.words import Words

ADDRESSES = ("/approvals",)


@dataclass(frozen=True)
class Asked:
    """One version that waits: beside what is online now, with what was said."""

    version: Version
    name: Words
    new: bool
    differences: tuple[FieldDiff, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True)
class Shown:
    """What the page shows."""

    zone: str
    approval: bool
    four_eyes: bool
    waiting: tuple[Asked, ...]
    drafts: tuple[tuple[Version, Words], ...]


async def page(console: Console, request: Request) -> None:
    """Show what waits for approval."""
    await show(console, request, "governance", lambda visit, _: _ask(visit), _draw)


def _ask(visit: Visit) -> Shown:
    project = project_now(visit)
    rules = project.governance
    waiting = tuple(_asked(project, each) for each in govern.inbox(project))
    drafts = tuple(
        (each.waiting, _name(project, each.waiting))
        for each in govern.standings(project).values()
        if each.waiting and each.waiting.state is State.DRAFT
    )
    return Shown(project.zone, rules.approval, rules.four_eyes, waiting, drafts)


def _asked(project: Project, version: Version) -> Asked:
    there = version.code in project.tags.tags
    before = govern.text_of(project, version.code) if there else ""
    said = govern.history(project, version.code).comments
    return Asked(version, _name(project, version), not there, tuple(govern.diff(before, version.text)), said)


def _name(project: Project, version: Version) -> Words:
    there = project.tags.tags.get(version.code)
    if there:
        return there.name
    mine = parse_tags([node_of(version)], Faults())
    return mine[0].name if mine else Words(version.code, version.code)


def _draw(frame: Frame, shown: Shown) -> None:
    visit = frame.visit
    frame.head(visit.say(wg.GOVERNANCE))
    frame.html(tabs(visit, "approvals"), unnamed(visit), _rules(visit, shown))
    with frame.block("hx-stack"):
        for each in shown.waiting:
            _draw_request(frame, shown, each)
        if not shown.waiting:
            nothing = empty(
                visit.say(wg.NOTHING_WAITS), visit.say(wg.NOTHING_WAITS_DO), _new(visit), image="governance"
            )
            frame.html(el("section", nothing, cls="hx-card"))
        frame.html(_drafts(visit, shown))


def _new(visit: Visit) -> Html:
    return el("a", visit.say(wg.NEW_TAG), href="/tags/new", cls="hx-button")


def _rules(visit: Visit, shown: Shown) -> Html | None:
    if not shown.approval:
        return el("p", visit.say(wg.APPROVAL_OFF), cls="hx-notice plain")
    return el("p", visit.say(wg.FOUR_EYES), cls="hx-note", style="margin-bottom:12px") if shown.four_eyes else None


def _drafts(visit: Visit, shown: Shown) -> Html:
    rows = [
        el(
            "div",
            el("a", visit.say(name), href=f"/tags/{draft.code}/edit", cls="grow"),
            el("span", draft.code, cls="hx-id"),
            el("small", _by(visit, shown.zone, wg.BY_AT, draft), cls="hx-note"),
        )
        for draft, name in shown.drafts
    ]
    content = el("div", rows, cls="hx-rows") if rows else empty(visit.say(wg.NO_DRAFTS), small=True)
    return card(visit.say(wg.DRAFTS), content, end=el("a", visit.say(wg.NEW_TAG), href="/tags/new"))


def _by(visit: Visit, zone: str, words: Words, version: Version) -> str:
    at = f"{local(version.at, zone):%Y-%m-%d %H:%M}"
    return visit.say(words, version=version.version, author=version.author, at=at)


def _draw_request(frame: Frame, shown: Shown, each: Asked) -> None:
    visit, version = frame.visit, each.version
    head = el(
        "header",
        el("h2", el("a", visit.say(each.name), href=f"/tags/{version.code}") if not each.new else visit.say(each.name)),
        pill(visit.say(wg.NEW_HERE), "重复") if each.new else None,
        el("p", _by(visit, shown.zone, wg.ASKS, version)),
        el("a", visit.say(wg.EDIT), href=f"/tags/{version.code}/edit", cls="hx-end"),
    )
    note = el("p", version.note, style="margin-bottom:10px") if version.note else None
    with ui.element("section").classes("hx-card") as box:
        box.props["data-request"] = version.code
        frame.html(head, note, _differences(visit, each), _said(visit, shown.zone, each.comments))
        with ui.element("div").classes("hx-stack").style("margin-top:14px"):
            comment = Field(visit.say(wg.COMMENT))
            notice = Notice(visit)
            with ui.element("div").classes("hx-do") as row:
                _Decision(visit, version, comment, notice, row).draw()


def _differences(visit: Visit, each: Asked) -> Html:
    if not each.differences:
        return el("p", visit.say(wg.NO_DIFFERENCE), cls="hx-note")
    heads = [(visit.say(wg.FIELD), ""), (visit.say(wg.BEFORE), ""), (visit.say(wg.AFTER), "")]
    rows = [
        el(
            "tr",
            el("td", visit.sentence(one.words), cls="head"),
            el("td", one.before or "—", cls="was", data_label=visit.say(wg.BEFORE)),
            el("td", one.after or "—", cls="is", data_label=visit.say(wg.AFTER)),
        )
        for one in each.differences
    ]
    return el("div", table(heads, rows, "hx-table fold hx-diff"), cls="hx-within")


def _said(visit: Visit, zone: str, comments: tuple[Comment, ...]) -> Html | None:
    if not comments:
        return None
    rows = [
        el("li", el("b", each.by), f" {each.text}", el("small", f"{local(each.at, zone):%Y-%m-%d %H:%M}"))
        for each in comments
    ]
    return el(
        "div", el("h3", visit.say(wg.COMMENTS), cls="hx-note"), el("ul", rows, cls="hx-said"), style="margin-top:10px"
    )


class _Decision:
    """The buttons under a request."""

    def __init__(self, visit: Visit, version: Version, comment: Field, notice: Notice, row: ui.element) -> None:
        self.visit, self.version, self.comment, self.notice, self.row = visit, version, comment, notice, row

    def draw(self) -> None:
        """Draw them."""
        visit, notice = self.visit, self.notice
        button(visit.say(wg.APPROVE), self._approve, notice, main=True)
        button(visit.say(wg.REJECT), self._reject, notice)
        button(visit.say(wg.SAY), self._say, notice)
        button(visit.say(wg.IMPACT), self._impact, notice)

    async def _approve(self) -> None:
        done = await self._act(Action.APPROVE)
        self.notice.say(self.visit.say(wg.ONLINE_NOW, version=done.version))
        self.row.clear()

    async def _reject(self) -> None:
        done = await self._act(Action.REJECT)
        self.notice.say(self.visit.say(wg.REJECTED_NOW, version=done.version))
        self.row.clear()

    async def _act(self, action: Action) -> Version:
        visit, version, comment, by = self.visit, self.version, self.comment.value, who(self.visit)

        def act() -> Version:
            return govern.act(
                project_now(visit), version.code, action, by=by, comment=comment, version=version.version,
                revision=version.revision,
            )  # fmt: skip

        return await in_thread(act)

    async def _say(self) -> None:
        visit, version, text, by = self.visit, self.version, self.comment.value, who(self.visit)
        found = await in_thread(
            lambda: govern.comment(project_now(visit), version.code, text, by=by, version=version.version)
        )
        said = (el("div", el("b", each.by), f" {each.text}") for each in found)
        self.notice.say(join(said), tone="plain")

    async def _impact(self) -> None:
        visit, version = self.visit, self.version
        self.notice.working(wg.IMPACT_NOTE)

        def ask(current: CurrentBuild) -> Html:
            project = project_now(visit)
            return impact_html(visit, project, govern.impact(project, version.text, current.engine))

        self.notice.say((await visit.read(ask)).value, tone="plain")
