"""/sync: what files and registry say of a tag, side by side; both brought together, conflicts by taking a side."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui
from nicegui.element import Element

from huaxiang import govern
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Notice, button, code_block, in_thread, project_now, tabs, unnamed
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import empty, pill
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.console.who import who
from huaxiang.govern.sync import DIFFERENCE_WORDS, Difference, Pair, Side, Synced
from huaxiang.words import Count, Words

ADDRESSES = ("/sync",)


async def page(console: Console, request: Request) -> None:
    """Show where files and registry differ."""
    await show(console, request, "governance", lambda visit, _: _ask(visit), _draw)


def _ask(visit: Visit) -> list[Pair]:
    found = [pair for pair in govern.compare(project_now(visit)) if pair.what is not Difference.SAME]
    return sorted(found, key=lambda pair: (pair.what is not Difference.CONFLICT, pair.code))


def _draw(frame: Frame, pairs: list[Pair]) -> None:
    _Sync(frame, pairs).draw()


class _Sync:
    def __init__(self, frame: Frame, pairs: list[Pair]) -> None:
        self.frame, self.visit, self.pairs = frame, frame.visit, pairs
        self.take: dict[str, Side] = {}

    def draw(self) -> None:
        visit = self.visit
        self.frame.head(visit.say(wg.GOVERNANCE))
        self.frame.html(tabs(visit, "sync"), unnamed(visit))
        if not self.pairs:
            self.frame.html(el("section", empty(visit.say(wg.ALL_THE_SAME), image="governance"), cls="hx-card"))
            return
        with self.frame.block("hx-stack"):
            with ui.element("section").classes("hx-card"), ui.element("div").classes("hx-stack"):
                self.frame.html(el("p", visit.say(wg.SYNC_NOTE), cls="hx-note"))
                self.notice = Notice(visit)
                with ui.element("div").classes("hx-do"):
                    button(visit.say(wg.APPLY), self._apply, self.notice, main=True)
                    button(visit.say(wg.EXPORT), self._export, self.notice)
            for pair in self.pairs:
                self._draw_pair(pair)

    def _draw_pair(self, pair: Pair) -> None:
        visit = self.visit
        conflict = pair.what is Difference.CONFLICT
        tone = "流失" if conflict else ""
        with ui.element("section").classes("hx-card") as box:
            box.props["data-pair"] = pair.code
            what = pill(visit.say(DIFFERENCE_WORDS[pair.what]), tone)
            self.frame.html(el("header", el("h2", pair.code), what, el("span", pair.place, cls="hx-end hx-from")))
            sides = el(
                "div",
                _side(visit, wg.FILE_SIDE, pair.file),
                _side(visit, wg.REGISTRY_SIDE, pair.registry),
                cls="hx-sides2",
            )
            self.frame.html(sides)
            if conflict:
                with ui.element("div").classes("hx-do").style("margin-top:12px"):
                    drawn: dict[Side, Element] = {}
                    for side, words in ((Side.FILES, wg.TAKE_FILES), (Side.REGISTRY, wg.TAKE_REGISTRY)):
                        drawn[side] = self._choice(pair.code, side, visit.say(words), drawn)

    def _choice(self, code: str, side: Side, text: str, drawn: dict[Side, Element]) -> Element:
        async def chosen() -> None:
            self.take[code] = side
            for each, element in drawn.items():
                element.props["aria-pressed"] = "true" if each is side else "false"

        return button(text, chosen, self.notice)

    async def _apply(self) -> None:
        visit, take, by = self.visit, dict(self.take), who(self.visit)
        self._done(await in_thread(lambda: govern.apply(project_now(visit), by=by, take=take)))

    async def _export(self) -> None:
        visit, take = self.visit, dict(self.take)
        self._done(await in_thread(lambda: govern.export(project_now(visit), take=take)))

    def _done(self, synced: Synced) -> None:
        visit = self.visit
        said = visit.say(wg.SYNCED, count=Count(len(synced.done)), conflicts=Count(len(synced.conflicts)))
        files = el("div", visit.say(wg.WRITTEN, files=", ".join(synced.files))) if synced.files else Html("")
        again = el("a", visit.say(wg.SHOW_AGAIN), href="/sync")
        self.notice.say(said, again, files)
        self.take.clear()


def _side(visit: Visit, words: Words, text: str) -> Html:
    content = code_block(text) if text else el("p", visit.say(wg.NOT_THERE), cls="hx-note")
    return el("div", el("h3", visit.say(words)), content)
