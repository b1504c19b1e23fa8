"""/tags/new and /tags/…/edit: a definition as YAML, checked while it is written, tried on a sample, kept as a draft."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from importlib.resources import files

from fastapi import Request
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from huaxiang import govern
from huaxiang.console import words as w
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Field, Notice, button, in_thread, project_now, unnamed
from huaxiang.console.editing import Checked, checked, fault_list, impact_html, preview_html
from huaxiang.console.markup import Html, el
from huaxiang.console.palette import Group, before_cursor, fitting, offered
from huaxiang.console.shell import Frame, show
from huaxiang.console.starting import KIND_NAMES, starting_kinds, starting_text
from huaxiang.console.visit import Console, Visit, address
from huaxiang.console.who import who
from huaxiang.errors import DefinitionError
from huaxiang.govern.states import Action
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.preview import preview
from huaxiang.registry.tags import State, Version
from huaxiang.words import Words

ADDRESSES = ("/tags/new", "/tags/{code}/edit")
_PAUSE = 0.25
"""Seconds without typing after which the text is checked."""
_WRITE = """(event) => {
  const word = event.target.closest("[data-word]")?.dataset.word;
  const view = getElement(ID)?.editor;
  if (!word || !view) return;
  const at = view.state.selection.main.head, before = view.state.doc.sliceString(0, at);
  const begun = before.match(/[\\p{L}\\p{N}_]*$/u)[0];
  const from = begun && word.toLowerCase().startsWith(begun.toLowerCase()) ? at - begun.length : at;
  view.dispatch({changes: {from, to: at, insert: word},
    selection: {anchor: from + word.length - (word.endsWith("()") ? 1 : 0)}});
  view.focus();
}"""
_COMPLETE = files("huaxiang.console").joinpath("static", "completing.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Shown:
    """What the editor begins with: the project now, the text, the draft it is of, and what waits for approval."""

    project: Project
    text: str
    name: Words | None
    draft: Version | None
    waiting: Version | None


async def page(console: Console, request: Request) -> None:
    """Show the editor."""
    code = request.path_params.get("code")
    await show(console, request, "tags", lambda visit, current: _ask(visit, str(code)[:80] if code else None), _draw)


def _ask(visit: Visit, code: str | None) -> Shown:
    project = project_now(visit)
    if code is None:
        return Shown(project, starting_text(project, visit.text("kind")), None, None, None)
    text = govern.text_of(project, code)
    standing = govern.standings(project).get(code)
    waiting = standing.waiting if standing else None
    draft = waiting if waiting and waiting.state is State.DRAFT else None
    tag = project.tags.tags.get(code)
    name = tag.name if tag else Words(code, code)
    return Shown(project, draft.text if draft else text, name, draft, None if draft else waiting)


def _draw(frame: Frame, shown: Shown) -> None:
    _Editor(frame, shown).draw()


class _Editor:
    def __init__(self, frame: Frame, shown: Shown) -> None:
        self.frame, self.visit, self.shown = frame, frame.visit, shown
        self.project, self.draft = shown.project, shown.draft
        self.text, self.before = shown.text, ""
        self.round = 0
        self.offered = ""
        self.checked = Checked([], None, None)

    def draw(self) -> None:
        visit, shown = self.visit, self.shown
        title = visit.say(wg.EDIT_TAG, name=visit.say(shown.name)) if shown.name else visit.say(wg.NEW_TAG)
        self.frame.head(title, back=("/tags", w.BACK_TO_TAGS))
        self.frame.html(unnamed(visit), _standing(visit, shown))
        with self.frame.block("hx-grid"):
            with self.frame.block("hx-8 hx-stack"):
                self._draw_text()
                self._draw_actions()
            with self.frame.block("hx-4 hx-stack"):
                self._draw_preview()
                self._draw_palette()
        ui.timer(0.05, self._begin, once=True)

    def _draw_text(self) -> None:
        visit = self.visit
        with ui.element("section").classes("hx-card"):
            self.frame.html(el("header", el("h2", visit.say(w.DEFINITION)), el("p", visit.say(wg.EDITOR_NOTE))))
            if self.shown.name is None:
                self._draw_kinds()
            self.editor = ui.codemirror(
                self.text, language="YAML", indent="  ", line_wrapping=True, on_change=self._typed
            ).classes("hx-editor")
            self.faults = ui.element("div").props('aria-live="polite"').style("margin-top:10px")

    def _draw_kinds(self) -> None:
        visit = self.visit
        chosen = visit.text("kind") or "statistic"
        links = [
            el(
                "a",
                visit.say(KIND_NAMES[kind]),
                href=address("/tags/new", ("kind", kind)),
                cls="hx-pill strong" if kind == chosen else "hx-pill",
            )
            for kind in starting_kinds()
        ]
        start = el("p", visit.say(wg.START_WITH), cls="hx-note")
        self.frame.html(start, el("div", links, cls="hx-chips", style="margin:4px 0 12px"))

    def _draw_actions(self) -> None:
        visit = self.visit
        with ui.element("section").classes("hx-card"), ui.element("div").classes("hx-stack"):
            self.note = Field(visit.say(wg.NOTE))
            notice = Notice(visit)
            self.notice = notice
            with ui.element("div").classes("hx-do"):
                button(visit.say(wg.SAVE), self._save, notice)
                button(visit.say(wg.SUBMIT), self._submit, notice, main=True)
                if not self.project.governance.approval:
                    button(visit.say(wg.PUBLISH), self._publish, notice)
                button(visit.say(wg.IMPACT), self._impact, notice)

    def _draw_preview(self) -> None:
        visit = self.visit
        with ui.element("section").classes("hx-card"):
            self.frame.html(el("header", el("h2", visit.say(wg.PREVIEW))))
            self.tried = ui.element("div").props('aria-live="polite"')

    def _draw_palette(self) -> None:
        visit = self.visit
        with ui.element("section").classes("hx-card"):
            self.frame.html(el("header", el("h2", visit.say(wg.WORDS_THAT_FIT)), el("p", visit.say(wg.WORDS_NOTE))))
            self.wanted = Field(visit.say(wg.FIND_WORD), changed=self._show_words)
            self.words = ui.element("div").classes("hx-palette").style("margin-top:10px")
        self.words.on("click", js_handler=_WRITE.replace("ID", str(self.editor.id)))
        self._show_words()

    async def _begin(self) -> None:
        self._offer()
        await self._check()

    def _offer(self) -> None:
        """Send the page the words that it completes, when they are others than before."""
        found = offered(self.project, self.text)
        words = {sort: [(each.code, self.visit.say(each.words)) for each in group] for sort, group in found.items()}
        # In a script of the page, "</" could end it.
        sent = json.dumps(words, ensure_ascii=False).replace("</", "<\\/")
        if sent != self.offered:
            self.offered = sent
            self.editor.client.run_javascript(f"({_COMPLETE})(getElement({self.editor.id}), {sent})")

    def _show_words(self) -> None:
        groups = fitting(self.project, self.text, self.before, self.wanted.value.strip())
        shown = [_group(self.visit, group) for group in groups]
        self._fill(self.words, *(shown or [el("p", self.visit.say(wg.NO_WORD), cls="hx-empty small")]))

    def _fill(self, element: ui.element, *content: Html) -> None:
        element.clear()
        with element:
            ui.html("".join(content), sanitize=False)

    async def _typed(self, event: ValueChangeEventArguments[str]) -> None:
        old, self.text = self.text, event.value or ""
        self.before = before_cursor(old, self.text)
        self._show_words()
        self._offer()
        self.round += 1
        mine = self.round
        await asyncio.sleep(_PAUSE)
        if mine == self.round:
            await self._check()

    async def _check(self) -> None:
        mine, text = self.round, self.text
        try:
            found = await in_thread(lambda: checked(self.project, text))
        except Exception as error:  # noqa: BLE001  (nobody is ever shown a traceback)
            self.notice.failed(error)
            return
        if mine != self.round:
            return
        self.checked = found
        lines = {fault.line for fault in found.faults if fault.file == govern.check.CONSOLE}
        last = self.text.count("\n") + 1
        self.editor.decorations = [
            {"kind": "line", "line": min(max(line, 1), last), "class": "hx-wrong"} for line in sorted(lines)
        ]
        self._fill(self.faults, fault_list(self.visit, found.faults))
        if found.made is None:
            self._fill(self.tried, el("p", self.visit.say(wg.PREVIEW_WAITS), cls="hx-empty small"))
        elif found.stored:
            self._fill(self.tried, el("p", self.visit.say(wg.PREVIEW_ASKED), cls="hx-note"))
            with self.tried:
                button(self.visit.say(wg.PREVIEW_NOW), self._try, self.notice)
        else:
            await self._try()

    async def _try(self) -> None:
        mine, made, code = self.round, self.checked.made, self.checked.code
        if made is None or code is None:
            return

        def ask(current: CurrentBuild) -> Html:
            return preview_html(self.visit, preview(current, made.at(current.build.as_of), code))

        try:
            answer = (await self.visit.read(ask)).value
        except Exception as error:  # noqa: BLE001
            self.tried.clear()
            with self.tried:
                Notice(self.visit).failed(error)
            return
        if mine == self.round:
            self._fill(self.tried, answer)

    async def _save(self) -> None:
        version = await self._saved()
        self._say(wg.SAVED, version)

    async def _saved(self) -> Version:
        by, text, note, draft = who(self.visit), self.text, self.note.value, self.draft

        def save() -> Version:
            project = project_now(self.visit)
            same = draft if draft and draft.code == _code(text) else None
            return govern.save_draft(project, text, by=by, note=note, revises=same)

        self.draft = await in_thread(save)
        return self.draft

    async def _submit(self) -> None:
        self._say(wg.SUBMITTED, await self._act(Action.SUBMIT), to_approvals=True)

    async def _publish(self) -> None:
        self._say(wg.ONLINE_NOW, await self._act(Action.PUBLISH))

    async def _act(self, action: Action) -> Version:
        draft = await self._saved()
        by, note = who(self.visit), self.note.value

        def act() -> Version:
            project = project_now(self.visit)
            return govern.act(
                project, draft.code, action, by=by, comment=note, version=draft.version, revision=draft.revision
            )

        done = await in_thread(act)
        # What is written next is a version of its own.
        self.draft = None
        return done

    def _say(self, words: Words, version: Version, *, to_approvals: bool = False) -> None:
        link = el("a", self.visit.say(wg.TO_APPROVALS), href="/approvals") if to_approvals else Html("")
        self.notice.say(self.visit.say(words, version=version.version), link)

    async def _impact(self) -> None:
        text, visit = self.text, self.visit
        self.notice.working(wg.IMPACT_NOTE)

        def ask(current: CurrentBuild) -> Html:
            project = project_now(visit)
            return impact_html(visit, project, govern.impact(project, text, current.engine))

        self.notice.say((await visit.read(ask)).value, tone="plain")


def _code(text: str) -> str:
    try:
        return govern.code_in(text)
    except DefinitionError:
        return ""


def _standing(visit: Visit, shown: Shown) -> Html | None:
    if shown.draft:
        said = visit.say(wg.IS_DRAFT, version=shown.draft.version, author=shown.draft.author)
    elif shown.waiting:
        said = visit.say(wg.IS_WAITING, version=shown.waiting.version, author=shown.waiting.author)
    else:
        return None
    return el("p", said, cls="hx-notice plain")


def _group(visit: Visit, group: Group) -> Html:
    name = visit.say(group.name, name=visit.say(group.of)) if group.of else visit.say(group.name)
    words = [
        el("button", each.code.strip(": "), el("small", visit.say(each.words)), type="button", data_word=each.code)
        for each in group.found
    ]
    return el("div", el("h3", name), el("div", words, cls="words"))
