"""/suggestions: new tags that the data proposes, with definition, evidence and an example; accepted as drafts."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from huaxiang import govern
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Field, Notice, button, code_block, in_thread, project_now, tabs, unnamed
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import empty, percent, person_address, pill
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.console.who import who
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import number
from huaxiang.registry.tags import Version
from huaxiang.suggest import DEFAULT_HORIZON, Suggestion, Suggestions, default_outcome, suggest

ADDRESSES = ("/suggestions",)
_KINDS = {"statistic": wg.STATISTIC_OF, "bands": wg.BANDS_OF, "preference": wg.PREFERENCE_OF}


@dataclass(frozen=True)
class Shown:
    """What the page begins with: the outcome it would look at, and what was found before for this build."""

    build: int
    outcome: str
    found: Suggestions | None


async def page(console: Console, request: Request) -> None:
    """Show what the data proposes."""
    await show(console, request, "governance", lambda _, current: _ask(current), _draw)


def _ask(current: CurrentBuild) -> Shown:
    outcome = current.once("default outcome", lambda: default_outcome(current))
    return Shown(current.build.id, outcome, current.answers.get(("suggest", outcome, DEFAULT_HORIZON)))


def _found(current: CurrentBuild, outcome: str, horizon: str) -> Suggestions:
    return current.once(("suggest", outcome, horizon), lambda: suggest(current, outcome=outcome, horizon=horizon))


def _draw(frame: Frame, shown: Shown) -> None:
    visit = frame.visit
    frame.head(visit.say(wg.GOVERNANCE))
    frame.html(tabs(visit, "suggestions"), unnamed(visit))
    with frame.block("hx-stack"):
        with ui.element("section").classes("hx-card"), ui.element("div").classes("hx-stack"):
            frame.html(el("p", visit.say(wg.SUGGEST_NOTE, build=shown.build), cls="hx-note"))
            notice = Notice(visit)
            with ui.element("div").classes("hx-do"):
                outcome = Field(visit.say(wg.OUTCOME), hint=shown.outcome)
                horizon = Field(visit.say(wg.HORIZON), hint=DEFAULT_HORIZON)

                async def look() -> None:
                    text, span = outcome.value.strip() or shown.outcome, horizon.value.strip() or DEFAULT_HORIZON
                    notice.working(wg.SUGGEST_TAKES)
                    answer = await visit.read(lambda current: _found(current, text, span))
                    notice.clear()
                    _fill(frame, box, answer.value)

                button(visit.say(wg.SUGGEST_NOW), look, notice, main=True)
        box = ui.element("div").classes("hx-stack")
        if shown.found:
            _fill(frame, box, shown.found)


def _fill(frame: Frame, box: ui.element, found: Suggestions) -> None:
    visit = frame.visit
    box.clear()
    with box:
        said = visit.say(
            wg.SUGGEST_OF, outcome=visit.say(found.outcome_words),
            rate=percent(found.base_rate), customers=number(found.customers), tried=number(found.tried),
        )  # fmt: skip
        frame.html(el("p", said, cls="hx-note"))
        if not found.found:
            frame.html(el("section", empty(visit.say(wg.NO_SUGGESTIONS)), cls="hx-card"))
        for each in found.found:
            _draw_one(frame, each)


def _draw_one(frame: Frame, each: Suggestion) -> None:
    visit = frame.visit
    with ui.element("section").classes("hx-card") as box:
        box.props["data-suggestion"] = each.code
        head = el(
            "header",
            el("h2", visit.say(each.name)),
            pill(visit.say(_KINDS[each.kind])),
            el("span", each.code, cls="hx-end hx-id"),
        )
        left = el("div", el("p", visit.say(each.meaning)), code_block(each.definition), cls="hx-stack", style="gap:8px")
        frame.html(head, el("div", left, _evidence(visit, each), cls="hx-sides2"))
        notice = Notice(visit)
        with ui.element("div").classes("hx-do").style("margin-top:12px"):

            async def accepted() -> None:
                by = who(visit)
                note = visit.say(each.evidence.words)

                def save() -> Version:
                    return govern.save_draft(project_now(visit), each.definition, by=by, note=note)

                version = await in_thread(save)
                link = el("a", visit.say(wg.EDIT), href=f"/tags/{each.code}/edit")
                notice.say(visit.say(wg.ACCEPTED, version=version.version), link)
                taken.delete()

            taken = button(visit.say(wg.ACCEPT), accepted, notice)


def _evidence(visit: Visit, each: Suggestion) -> Html:
    proof = each.evidence
    top = max((one.rate for one in proof.bins), default=0.0)
    bars = [
        el(
            "div",
            el("span", visit.say(one.words)),
            el("span", el("i", style=f"width:{100 * one.rate / top if top else 0:.1f}%"), cls="bar"),
            el("span", el("b", percent(one.rate)), f" / {number(one.customers)}", cls="num"),
            title=f"{percent(one.rate)} {visit.say(wg.RATE)}",
        )
        for one in proof.bins
    ]
    example = None
    if each.example:
        link = el("a", each.example.id, href=person_address(each.example.id))
        example = el("p", visit.say(wg.EXAMPLE), link, f" → {visit.say(each.example.value)}", cls="hx-note")
    return el(
        "div",
        el("h3", visit.say(wg.EVIDENCE)),
        el("p", visit.say(proof.words), style="font-size:13px"),
        el("div", bars, cls="hx-bars", style="margin:8px 0") if bars else None,
        join(example),
    )
