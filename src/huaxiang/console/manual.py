"""Tags set by hand: on a customer's profile, and for everybody in a segment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nicegui import ui

from huaxiang.codes import value_words
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Field, Notice, button, in_thread, project_now, unnamed
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import empty, pill
from huaxiang.console.shell import Frame
from huaxiang.console.visit import Visit
from huaxiang.console.who import who
from huaxiang.inputs.setting import Done, set_manual, withdraw_manual
from huaxiang.pipeline import utc_now
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.manual import ManualEntry, manual_entries
from huaxiang.read.showing import local, number
from huaxiang.tag.definition import Tag
from huaxiang.tag.kinds.manual import Manual
from huaxiang.tag.wording import value_key
from huaxiang.words import Count, Words

Whom = Callable[[CurrentBuild], list[int]]
_SHOWN = 12


@dataclass(frozen=True)
class Entries:
    """What was set by hand for a customer, newest first, with the names of tags and their values."""

    entries: tuple[ManualEntry, ...]
    names: Mapping[str, Words]


def entries_of(current: CurrentBuild, subject: int) -> Entries:
    """Return what was set by hand for a customer."""
    found = manual_entries(current, utc_now(), subject=subject, limit=_SHOWN)
    return Entries(tuple(found), current.project.tags.naming.tags)


def draw_manual(frame: Frame, subject: int, shown: Entries) -> None:
    """Draw a customer's card: what was set by hand, and the way to set and withdraw."""
    visit = frame.visit

    def whom(current: CurrentBuild) -> list[int]:
        return [subject]

    with ui.element("section").classes("hx-card"):
        frame.html(el("header", el("h2", visit.say(wg.MANUAL_TAGS))))
        box = ui.element("div")
        _fill(visit, box, shown)

        async def again() -> None:
            answer = await visit.read(lambda current: entries_of(current, subject))
            _fill(visit, box, answer.value)

        _Setting(visit, whom, again).draw(visit.say(wg.SET_BY_HAND))


def draw_bulk(frame: Frame, members: int, whom: Whom) -> None:
    """Draw the way to set and withdraw a tag for everybody in a segment."""
    visit = frame.visit

    async def nothing() -> None:
        return

    with ui.element("section").classes("hx-card"):
        note = visit.say(wg.BULK_NOTE, count=number(members), build=frame.stamp.build)
        frame.html(el("header", el("h2", visit.say(wg.BULK)), el("p", note)))
        _Setting(visit, whom, nothing).draw(visit.say(wg.SET_BY_HAND))


def _fill(visit: Visit, box: ui.element, shown: Entries) -> None:
    rows = [_entry(visit, each, shown.names) for each in shown.entries]
    content = el("div", rows, cls="hx-rows") if rows else empty(visit.say(wg.NO_MANUAL), small=True)
    box.clear()
    with box:
        ui.html(str(content), sanitize=False)


def _entry(visit: Visit, each: ManualEntry, names: Mapping[str, Words]) -> Html:
    name = names.get(each.tag, Words(each.tag, each.tag))
    said_value = names.get(value_key(each.tag, each.value)) or value_words(each.value)
    holds = each.state == "holds"
    said = visit.say(
        wg.SET_BY, who=each.who, day=f"{each.set_at:%Y-%m-%d}", until=f"{each.expires_at:%Y-%m-%d}", reason=each.reason
    )
    state = None if holds else pill(visit.say(each.state_words))
    value = pill(visit.say(said_value), "重复" if holds else "")
    return el("div", el("span", visit.say(name)), value, state, el("p", said, cls="hx-note", style="flex-basis:100%"))


class _Setting:
    """The form, drawn when it is asked for: only then is the project read as it is now."""

    def __init__(self, visit: Visit, whom: Whom, after: Callable[[], Awaitable[None]]) -> None:
        self.visit, self.whom, self.after = visit, whom, after
        self.manual: dict[str, tuple[Tag, Manual]] = {}

    def draw(self, text: str) -> None:
        """Draw the button that opens it."""
        self.form = ui.element("div").classes("hx-stack").style("gap:10px;margin-top:10px")
        with self.form:
            self.notice = Notice(self.visit)
            with ui.element("div").classes("hx-do"):
                button(text, self._open, self.notice, sign="edit")

    async def _open(self) -> None:
        project = await in_thread(lambda: project_now(self.visit))
        self.manual = _manual_tags(project)
        self.form.clear()
        with self.form:
            self._draw_form() if self.manual else ui.html(str(_none(self.visit)), sanitize=False)

    def _draw_form(self) -> None:
        visit = self.visit
        ui.html(str(unnamed(visit) or ""), sanitize=False)
        choices = [(code, visit.say(tag.name)) for code, (tag, _) in self.manual.items()]
        self.tag = Field(visit.say(wg.TAG), choices=choices, changed=self._show_value)
        self.box = ui.element("div").classes("hx-stack").style("gap:10px")
        self._show_value()
        self.reason = Field(visit.say(wg.WHY_SET))
        self.notice = Notice(visit)
        with ui.element("div").classes("hx-do"):
            button(visit.say(wg.SET), self._set, self.notice, main=True)
            button(visit.say(wg.WITHDRAW), self._withdraw, self.notice)
        ui.html(str(el("p", icon("build", 13), " ", visit.say(wg.FROM_NEXT_BUILD), cls="hx-note")), sanitize=False)

    def _show_value(self) -> None:
        visit, (tag, meaning) = self.visit, self.manual[self.tag.value]
        named = tag.value_names
        choices = [(value, visit.say(named.get(value) or value_words(value))) for value in meaning.values]
        usual = visit.say(wg.USUALLY, span=visit.say(meaning.expires.words))
        self.box.clear()
        with self.box:
            self.value = Field(visit.say(wg.VALUE), choices=choices or None)
            self.expires = Field(visit.say(wg.EXPIRES), hint=usual)

    async def _set(self) -> None:
        visit, by, tag, value = self.visit, who(self.visit), self.tag.value, self.value.value
        reason, expires = self.reason.value, self.expires.value.strip() or None

        def work(current: CurrentBuild) -> tuple[Done, datetime]:
            project = project_now(visit)
            done = set_manual(
                project, current.registry, tag, value, self.whom(current), reason=reason, who=by, at=utc_now(),
                expires=expires,
            )  # fmt: skip
            return done, local(done.expires_at, project.zone)

        self.notice.working()
        done, until = (await visit.read(work)).value
        self.notice.say(visit.say(wg.SET_DONE, count=Count(done.customers), until=f"{until:%Y-%m-%d}"))
        await self._again()

    async def _withdraw(self) -> None:
        visit, by, tag = self.visit, who(self.visit), self.tag.value

        def work(current: CurrentBuild) -> int:
            project, subjects = project_now(visit), self.whom(current)
            return withdraw_manual(project, current.registry, current.engine, tag, subjects, who=by, at=utc_now())

        self.notice.working()
        count = (await visit.read(work)).value
        self.notice.say(visit.say(wg.WITHDRAWN, count=Count(count)))
        await self._again()

    async def _again(self) -> None:
        await self.after()


def _manual_tags(project: Project) -> dict[str, tuple[Tag, Manual]]:
    return {
        code: (project.tags.tags[code], meaning)
        for code, meaning in project.tags.meanings.items()
        if isinstance(meaning, Manual)
    }


def _none(visit: Visit) -> Html:
    link = el("a", visit.say(wg.MAKE_MANUAL), href="/tags/new?kind=manual")
    return el("p", visit.say(wg.NO_MANUAL_TAGS), link, cls="hx-notice plain")
