"""/alerts: rules of watch.yaml that did not hold: for which tag, what was measured; who has seen to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from nicegui import ui

from huaxiang.codes import value_words
from huaxiang.console import words_govern as wg
from huaxiang.console.acting import Field, Notice, button, tabs, unnamed
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty, pill
from huaxiang.console.shell import Frame, show
from huaxiang.console.visit import Console, Visit
from huaxiang.console.who import who
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import UNKNOWN, local, number
from huaxiang.registry.health import Alert, alerts
from huaxiang.tag.wording import value_key
from huaxiang.watch.alerts import acknowledge_alert
from huaxiang.watch.definition import when_words
from huaxiang.watch.measured import COLUMNS
from huaxiang.words import Words

ADDRESSES = ("/alerts",)
_GRAVE = {
    "critical": (wg.CRITICAL, "流失", 0),
    "warning": (wg.WARNING, "流失", 1),
    "info": (wg.INFO, "", 2),
}
_SHARES = ("coverage", "coverage_before", "coverage_baseline", "flipped", "top_share")
_MOST_SEEN = 100


@dataclass(frozen=True)
class Shown:
    """Alerts, and the names of tags and their values."""

    zone: str
    open: tuple[Alert, ...]
    seen: tuple[Alert, ...]
    names: Mapping[str, Words]


async def page(console: Console, request: Request) -> None:
    """Show the alerts."""
    await show(console, request, "governance", lambda _, current: _ask(current), _draw)


def _ask(current: CurrentBuild) -> Shown:
    found = alerts(current.registry)
    names = current.project.tags.naming.tags
    still = sorted((each for each in found if each.open), key=lambda each: (_grave(each)[2], -each.build, each.id))
    seen = tuple(each for each in found if not each.open)[:_MOST_SEEN]
    return Shown(current.project.zone, tuple(still), seen, names)


def _draw(frame: Frame, shown: Shown) -> None:
    visit = frame.visit
    frame.head(visit.say(wg.GOVERNANCE))
    frame.html(tabs(visit, "alerts"), unnamed(visit) if shown.open else None)
    with frame.block("hx-stack"):
        if not shown.open:
            nothing = empty(visit.say(wg.NO_ALERTS), visit.say(wg.NO_ALERTS_DO), image="alert")
            frame.html(el("section", nothing, cls="hx-card"))
        for each in shown.open:
            _draw_open(frame, shown, each)
        if shown.seen:
            rows = [_seen(visit, shown, each) for each in shown.seen]
            frame.html(card(visit.say(wg.SEEN_ALERTS), el("div", rows, cls="hx-rows")))


def _draw_open(frame: Frame, shown: Shown, alert: Alert) -> None:
    visit = frame.visit
    with ui.element("section").classes("hx-card") as box:
        box.props["data-alert"] = alert.id
        frame.html(_head(visit, shown, alert), _measured(visit, alert, shown.names))
        notice = Notice(visit)
        with ui.element("div").classes("hx-do").style("margin-top:12px") as row:
            note = Field(visit.say(wg.WHAT_DONE))

            async def done() -> None:
                by, text = who(visit), note.value
                answer = await visit.read(lambda current: acknowledge_alert(current.registry, alert.id, by, text))
                row.clear()
                notice.say(_seen_by(visit, shown.zone, answer.value))

            button(visit.say(wg.ACKNOWLEDGE), done, notice)


def _head(visit: Visit, shown: Shown, alert: Alert) -> Html:
    words, tone, _ = _grave(alert)
    at = f"{local(alert.raised, shown.zone):%Y-%m-%d %H:%M}"
    name = shown.names.get(alert.tag, Words(alert.tag, alert.tag))
    return el(
        "header",
        el("h2", el("a", visit.say(name), href=f"/tags/{alert.tag}"), f" · {visit.say(alert.name)}"),
        pill(visit.say(words), tone),
        el("span", visit.say(wg.RAISED, build=alert.build, at=at), cls="hx-end"),
    )


def _grave(alert: Alert) -> tuple[Words, str, int]:
    return _GRAVE.get(alert.severity, (Words(alert.severity, alert.severity), "", 3))


def _measured(visit: Visit, alert: Alert, names: Mapping[str, Words]) -> Html:
    rows = [
        el(
            "div",
            el("dt", visit.say(COLUMNS[name][1] if name in COLUMNS else Words(name, name))),
            el("dd", _value(visit, name, _said(visit, alert.tag, value, names))),
        )
        for name, value in alert.measured.items()
    ]
    rule = el("p", visit.say(wg.RULE_IS), visit.say(when_words(alert.condition)), cls="hx-note")
    return el(
        "div",
        rule,
        el("h3", visit.say(wg.MEASURED), cls="hx-note", style="margin-top:8px"),
        el("dl", rows, cls="hx-values"),
    )


def _said(visit: Visit, tag: str, value: Any, names: Mapping[str, Words]) -> Any:
    """Return the values of a tag that a measurement lists by their words; any other measurement as it is."""
    if not isinstance(value, list | tuple):
        return value
    return [visit.say(names.get(value_key(tag, str(each))) or value_words(str(each))) for each in value]


def _value(visit: Visit, name: str, value: Any) -> str:
    if value is None:
        return visit.say(UNKNOWN)
    if isinstance(value, list | tuple):
        return visit.say(Words(", ", "、")).join(str(each) for each in value) or "—"
    if name in _SHARES and isinstance(value, int | float):
        return f"{value:.1%}"
    if isinstance(value, float) and COLUMNS.get(name, (Type.NUMBER, UNKNOWN))[0] is Type.NUMBER:
        return f"{value:.3g}"
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _seen(visit: Visit, shown: Shown, alert: Alert) -> Html:
    name = shown.names.get(alert.tag, Words(alert.tag, alert.tag))
    return el(
        "div",
        el("span", el("a", visit.say(name), href=f"/tags/{alert.tag}"), f" · {visit.say(alert.name)}", cls="grow"),
        el("small", _seen_by(visit, shown.zone, alert), cls="hx-note"),
    )


def _seen_by(visit: Visit, zone: str, alert: Alert) -> str:
    at = f"{local(alert.acknowledged, zone):%Y-%m-%d %H:%M}" if alert.acknowledged else ""
    said = visit.say(wg.SEEN_BY, who=alert.by or "", at=at)
    return f"{said}: {alert.note}" if alert.note else said
