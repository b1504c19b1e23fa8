"""What the editor says of a text: its faults, what it gives on a sample, what it would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang import govern
from huaxiang.console import words as w
from huaxiang.console import words_govern as wg
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import percent
from huaxiang.console.visit import Visit
from huaxiang.definitions.nodes import Faults
from huaxiang.errors import Fault
from huaxiang.govern.check import CONSOLE, read_text, would_be
from huaxiang.planning import Change
from huaxiang.project import Project
from huaxiang.read.preview import Preview
from huaxiang.read.showing import number
from huaxiang.words import Count

_MOST_FAULTS = 30
_MOST_BARS = 16


@dataclass(frozen=True)
class Checked:
    """A checked text: its faults, or the project with it and its code; `stored`: values that come from elsewhere."""

    faults: list[Fault]
    made: Project | None
    code: str | None
    stored: bool = False


def checked(project: Project, text: str) -> Checked:
    """Check a text as it stands in the editor."""
    faults = govern.check_text(project, text)
    if faults:
        return Checked(faults, None, None)
    node = read_text(text, Faults())
    made = would_be(project, node, Faults()) if node else None
    code = govern.code_in(text)
    if made is None or code not in made.tags.tags:
        return Checked(faults, None, None)
    return Checked(faults, made, code, made.tags.tags[code].kind.stored is not None)


def fault_list(visit: Visit, faults: Sequence[Fault]) -> Html:
    """Return the faults: where, what, and the nearest right word."""
    if not faults:
        return el("p", visit.say(wg.SOUND), cls="hx-note hx-sound")
    said = visit.say(wg.FAULTS, count=Count(len(faults)))
    rows = [
        el("li", el("span", _place(visit, each), cls="where"), _what(visit, each)) for each in faults[:_MOST_FAULTS]
    ]
    return join(el("p", said, cls="hx-faultcount"), el("ul", rows, cls="hx-faults"))


def _place(visit: Visit, fault: Fault) -> str:
    return visit.say(wg.LINE, line=fault.line) if fault.file == CONSOLE else f"{fault.file}:{fault.line}"


def _what(visit: Visit, fault: Fault) -> Html:
    hint = el("b", " ", visit.say(wg.DID_YOU_MEAN, word=fault.hint)) if fault.hint else None
    return el("span", visit.say(fault.what), hint)


def preview_html(visit: Visit, told: Preview) -> Html:
    """Return what a definition gives on a sample."""
    spread = told.spread
    count = number(told.estimate) if told.whole else visit.say(wg.ABOUT, count=number(told.estimate))
    figure = el(
        "p",
        el("span", count, data_preview=told.spread.known),
        el(
            "small",
            visit.say(wg.WITH_VALUE, count=Count(told.estimate)),
            f" · {percent(spread.known / told.sample) if told.sample else '—'}",
        ),
        cls="hx-figure",
    )
    parts = {
        "customers": Count(told.customers), "build": told.build, "sample": number(told.sample),
        "margin": number(told.margin),
    }  # fmt: skip
    said = visit.say(wg.PREVIEW_WHOLE if told.whole else wg.PREVIEW_SAMPLE, **parts)
    note = el("p", said, f" {visit.say(wg.TOOK, seconds=f'{told.seconds:.2f}')}", cls="hx-note")
    if not spread.bars:
        return join(figure, note, el("p", visit.say(wg.NOBODY_HAS), cls="hx-empty small"))
    bars = None if told.whole else el("p", visit.say(wg.IN_SAMPLE), cls="hx-note", style="margin-top:10px")
    return join(
        figure, note, bars, el("div", _bars(visit, told), cls="hx-bars", style="margin-top:8px"), _rest(visit, told)
    )


def _bars(visit: Visit, told: Preview) -> list[Html]:
    shown = told.spread.bars[:_MOST_BARS]
    top = max(bar.count for bar in shown) or 1
    return [
        el(
            "div",
            el("span", visit.say(bar.words)),
            el("span", el("i", style=f"width:{100 * bar.count / top:.1f}%"), cls="bar"),
            el("span", el("b", number(bar.count)), cls="num"),
        )
        for bar in shown
    ]


def _rest(visit: Visit, told: Preview) -> Html | None:
    rest = told.spread.others + sum(bar.count for bar in told.spread.bars[_MOST_BARS:])
    return el("p", visit.say(w.OTHERS, count=number(rest)), cls="hx-note") if rest else None


def impact_html(visit: Visit, project: Project, found: govern.Impact) -> Html:
    """Return what a definition would change for everybody; what rests on it is called by its name in the project."""
    change = found.change
    if change is None:
        own = visit.say(wg.IMPACT_NONE, build=found.build)
    else:
        words = wg.IMPACT_NEW if change.what == "new" else wg.IMPACT_CHANGED
        own = visit.say(words, count=Count(change.customers), of=Count(change.of))
    others = [
        el("div", visit.say(wg.IMPACT_OTHER, name=_called(visit, project, each), count=Count(each.customers)))
        for each in found.others
    ]
    more = el("div", el("b", visit.say(wg.IMPACT_OTHERS)), others, style="margin-top:6px") if others else None
    return join(el("span", own, data_impact=change.customers if change else 0), more)


def _called(visit: Visit, project: Project, change: Change) -> str:
    known = project.tags.tags if change.kind == "tag" else project.segments.segments
    return visit.say(known[change.code].name) if change.code in known else change.code
