"""How a tag does: its score part by part, what to do, alerts, and how it went over the builds."""

from __future__ import annotations

from nicegui import ui

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.lines import Line, lines
from huaxiang.console.market import HEALTH_WORDS, grade
from huaxiang.console.markup import Html, el, join
from huaxiang.console.parts import card, empty, percent
from huaxiang.console.shell import Frame
from huaxiang.console.tag_about import not_built
from huaxiang.console.tag_here import Here
from huaxiang.console.tag_rows import score_badge
from huaxiang.console.theme import ACCENT, WARN
from huaxiang.console.visit import Visit
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import local
from huaxiang.registry.health import Alert
from huaxiang.watch import tag_detail
from huaxiang.watch.definition import when_words
from huaxiang.watch.health import Health, TagDetail, TrendPoint
from huaxiang.watch.score import ALARM_PSI, PARTS, Points
from huaxiang.words import Words

_SCORE = "#7a8fb0"
_SEVERITIES = {"info": "good", "warning": "warn", "critical": "poor"}
_SEVERITY_WORDS = {"info": wt.INFO, "warning": wt.WARNING, "critical": wt.CRITICAL}


def ask(_: Visit, current: CurrentBuild, here: Here) -> TagDetail | None:
    """Return the tag's health; None when this build was not measured, or does not have the tag."""
    return tag_detail(current, here.code) if here.built and here.measured else None


def draw(frame: Frame, here: Here, found: TagDetail | None) -> None:
    """Draw score, suggestions, alerts, trend; or say what to run."""
    visit = frame.visit
    if not here.built:
        frame.html(not_built(visit))
        return
    if found is None:
        do = el("code", "huaxiang health --measure", cls="hx-code")
        nothing = empty(visit.say(wt.NO_HEALTH), visit.say(wt.NO_HEALTH_TEXT), do, image="overview")
        frame.html(el("section", nothing, cls="hx-card"))
        return
    frame.html(_score(visit, found.health))
    with frame.block("hx-pair"):
        frame.html(_suggestions(visit, found.health, here))
        frame.html(_alerts(visit, found.history, here))
    _trend(frame, here, found.trend)


def _score(visit: Visit, health: Health) -> Html:
    kind = HEALTH_WORDS[grade(health.score)]
    head = el(
        "div",
        score_badge(visit, health.score, big=True),
        el("div", el("b", visit.say(kind)), el("p", visit.say(wt.SCORE_NOTE), cls="hx-note")),
        cls="hx-scorehead",
    )
    rows = [_part(visit, each) for each in health.parts]
    return card(visit.say(wt.HEALTH), head, el("ul", rows, cls="hx-parts"))


def _part(visit: Visit, each: Points) -> Html:
    meaning = next((part.meaning for part in PARTS if part.code == each.part), Words("", ""))
    left_out = each.points is None
    share = 0.0 if each.points is None else each.points / each.weight
    kind = "none" if left_out else grade(round(100 * share))
    points = visit.say(wt.LEFT_OUT) if each.points is None else f"{each.points:g} / {each.weight}"
    return el(
        "li",
        el("span", visit.say(each.name), cls="k"),
        el("span", el("i", style=f"width:{100 * share:.0f}%"), cls=f"track {kind}"),
        el("span", points, cls="n"),
        el("p", el("span", visit.sentence(each.reason)), el("small", visit.sentence(meaning)), cls="why"),
        data_part=each.part,
    )


def _suggestions(visit: Visit, health: Health, here: Here) -> Html:
    if not health.suggestions:
        return card(visit.say(wt.TO_DO), empty(visit.say(wt.NOTHING_TO_DO), small=True))
    rows = [
        el("li", el("span", visit.say(each.name), cls="hx-pill warn"), el("p", visit.sentence(each.why)))
        for each in health.suggestions
    ]
    way = el("a", visit.say(wt.EDIT_TAG), href=f"/tags/{here.code}/edit")
    return card(visit.say(wt.TO_DO), el("ul", rows, cls="hx-todo"), end=way)


def _alerts(visit: Visit, found: tuple[Alert, ...], here: Here) -> Html:
    if not found:
        return card(visit.say(wt.ALERTS), empty(visit.say(wt.NO_ALERTS), small=True))
    rows = [
        el(
            "li",
            el("span", visit.say(_SEVERITY_WORDS[each.severity]), cls=f"hx-pill {_SEVERITIES[each.severity]}"),
            el(
                "p",
                el("b", visit.say(each.name)),
                el("small", visit.say(w.BUILD, number=each.build), " · ", visit.say(when_words(each.condition))),
                el("small", _seen_to(visit, each, here)),
            ),
        )
        for each in found[:8]
    ]
    way = el("a", visit.say(wt.ALL_ALERTS), href="/alerts")
    return card(visit.say(wt.ALERTS), el("ul", rows, cls="hx-todo"), end=way)


def _seen_to(visit: Visit, alert: Alert, here: Here) -> str:
    if alert.acknowledged is None:
        return visit.say(wt.OPEN)
    at = local(alert.acknowledged.replace(tzinfo=None), here.project.zone)
    return visit.say(wt.ACKNOWLEDGED, by=alert.by or "—", day=f"{at:%Y-%m-%d}")


def _trend(frame: Frame, here: Here, points: tuple[TrendPoint, ...]) -> None:
    visit = frame.visit
    with ui.element("section").classes("hx-card"):
        frame.html(el("header", el("h2", visit.say(wt.TREND)), el("p", visit.say(wt.TREND_NOTE))))
        if len(points) > 1:
            labels = [f"#{each.build}\n{local(each.as_of, here.project.zone):%m-%d}" for each in points]
            drawn = [
                Line(visit.say(w.COVERAGE) + " %", [round(100 * each.coverage, 1) for each in points], ACCENT),
                Line(visit.say(wt.HEALTH), [each.score for each in points], _SCORE),
                Line("PSI", [None if each.psi is None else round(each.psi, 3) for each in points], WARN, right=True),
            ]
            draw_chart(
                lines(labels, drawn, ALARM_PSI, visit.say(wt.PSI_LIMIT, limit=ALARM_PSI)), label=visit.say(wt.TREND)
            )
        frame.html(_builds(visit, here, points))


def _builds(visit: Visit, here: Here, points: tuple[TrendPoint, ...]) -> Html:
    heads = (wt.BUILD, w.COVERAGE, "PSI", wt.FLIPPED, wt.SCORE_THEN)
    head = el("tr", (el("th", each if isinstance(each, str) else visit.say(each)) for each in heads))
    rows = [
        el(
            "tr",
            el("td", f"#{each.build} · {local(each.as_of, here.project.zone):%Y-%m-%d}", _other(visit, each)),
            el("td", percent(each.coverage)),
            el("td", "—" if each.psi is None else f"{each.psi:.3f}"),
            el("td", "—" if each.flipped is None else percent(each.flipped)),
            el("td", str(each.score)),
        )
        for each in reversed(points[-12:])
    ]
    alone = el("p", visit.say(wt.ONE_BUILD), cls="hx-note") if len(points) == 1 else None
    return join(alone, el("div", el("table", el("thead", head), el("tbody", rows), cls="hx-table"), cls="hx-scroll"))


def _other(visit: Visit, point: TrendPoint) -> Html | None:
    return None if point.same_definition else el("small", visit.say(wt.OTHER_DEFINITION), cls="hx-note")
