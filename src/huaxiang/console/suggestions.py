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
from huaxiang.definitions.nodes import Faults
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import number
from huaxiang.registry.tags import Version
from huaxiang.suggest import (
    DEFAULT_HORIZON,
    SAMPLE,
    Outcome,
    Suggestion,
    Suggestions,
    default_outcome,
    parse_outcome,
    suggest,
)  # fmt: skip
from huaxiang.words import Count

ADDRESSES = ("/suggestions",)
_LAST = "last suggestions"
_KINDS = {"statistic": wg.STATISTIC_OF, "bands": wg.BANDS_OF, "preference": wg.PREFERENCE_OF}


@dataclass(frozen=True)
class Shown:
    """What the page begins with: the outcome it would look at, in words too, and what was last found in this build."""

    build: int
    outcome: str
    words: Outcome | None
    found: Suggestions | None


async def page(console: Console, request: Request) -> None:
    """Show what the data proposes."""
    await show(console, request, "governance", lambda _, current: _ask(current), _draw)


def _ask(current: CurrentBuild) -> Shown:
    outcome = current.once("default outcome", lambda: default_outcome(current))
    words = parse_outcome(outcome, DEFAULT_HORIZON, current.project, Faults())
    return Shown(current.build.id, outcome, words, current.answers.get(_LAST))


def _found(current: CurrentBuild, outcome: str, horizon: str) -> Suggestions:
    key = ("suggest", outcome, horizon)
    found = current.once(key, lambda: suggest(current, outcome=outcome, horizon=horizon))
    current.answers[_LAST] = found
    return found


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
            _fill(frame, box, shown.found, before=visit.say(wg.LAST_FOUND, build=shown.build))
        else:
            with box:
                frame.html(_idle(visit, shown.words))


def _idle(visit: Visit, outcome: Outcome | None) -> Html:
    """Return what stands where suggestions would be before any were looked for: what will happen."""
    tries = visit.say(wg.SUGGEST_TRIES, sample=Count(SAMPLE))
    steps = (tries, visit.say(wg.SUGGEST_KEEPS), visit.say(wg.SUGGEST_SHOWS))
    what = ""
    if outcome is not None:
        what = visit.say(wg.SUGGEST_WILL, outcome=visit.say(outcome.words), button=visit.say(wg.SUGGEST_NOW))
    listed = el("ol", (el("li", step) for step in steps))
    return el("section", empty(visit.say(wg.SUGGEST_IDLE), what, listed, image="tags"), cls="hx-card")


def _fill(frame: Frame, box: ui.element, found: Suggestions, before: str = "") -> None:
    visit = frame.visit
    box.clear()
    with box:
        said = visit.say(
            wg.SUGGEST_OF, outcome=visit.say(found.outcome_words),
            rate=percent(found.base_rate), customers=Count(found.customers), tried=Count(found.tried),
        )  # fmt: skip
        frame.html(el("p", f"{before} {said}".strip(), cls="hx-note"))
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
            pill(visit.sentence(_KINDS[each.kind])),
            el("span", each.code, cls="hx-end hx-id"),
        )
        left = el(
            "div", el("p", visit.sentence(each.meaning)), code_block(each.definition), cls="hx-stack", style="gap:8px"
        )
        frame.html(head, el("div", left, _evidence(visit, each), cls="hx-sides2"))
        notice = Notice(visit)
        with ui.element("div").classes("hx-do").style("margin-top:12px"):

            async def accepted() -> None:
                by = who(visit)
                note = visit.sentence(each.evidence.words)

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
        el("p", visit.sentence(proof.words), style="font-size:13px"),
        el("div", bars, cls="hx-bars", style="margin:8px 0") if bars else None,
        join(example),
    )
