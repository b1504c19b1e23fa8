"""Why a tag has the value it has, in a dialog: sentence, formula, thresholds, and the facts with file and row."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from huaxiang.console import words as w
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.visit import Visit
from huaxiang.errors import HuaxiangError
from huaxiang.read.why import Facts, Why, why
from huaxiang.words import Count, Words

KINDS = {
    "statistic": w.STATISTIC,
    "rule": w.RULE,
    "bands": w.BANDS,
    "fact": w.FACT,
    "preference": w.PREFERENCE,
    "sequence": w.SEQUENCE,
    "trend": w.TREND,
    "peers": w.PEERS,
    "psychological": w.PSYCHOLOGICAL,
}
KINDS |= {"imported": w.IMPORTED, "manual": w.MANUAL, "sql": w.QUERY, "model": w.PREDICTED}
_PRESSED = "(event) => { const it = event.target.closest('[data-why]'); if (it) emit(it.dataset.why) }"


def why_on_click(element: Element, visit: Visit, subject: int, note: Callable[[str], str] = lambda code: "") -> None:
    """Open the dialog when something with `data-why` in `element` is clicked.

    `note` says of a tag's code what is to be known before the explanation (or in its place, when there is
    none), "" nothing.
    """
    with ui.dialog() as dialog, ui.element("div").classes("hx-dialog").props('role="dialog" aria-modal="true"') as box:
        pass

    async def opened(event: GenericEventArguments) -> None:
        code = str(event.args or "")
        _fill(box, el("div", el("p", visit.say(w.LOADING), cls="hx-note"), cls="body"))
        dialog.open()
        try:
            told = (await visit.read(lambda current: why(current, code, subject))).value
        except HuaxiangError as error:
            _fill(box, el("div", el("p", note(code) or error.say(visit.language)), cls="body"))
            return
        with box:
            _fill(box, _header(visit, told), el("div", _noted(note(code)), told_html(visit, told), cls="body"))
        box.props["aria-label"] = visit.say(w.WHY_OF, name=visit.say(told.name))

    element.on("click", opened, js_handler=_PRESSED)
    box.on("click", dialog.close, js_handler="(event) => { if (event.target.closest('[data-close]')) emit() }")


def _noted(text: str) -> Html | None:
    return el("p", text, cls="hx-notice plain") if text else None


def _fill(box: Element, *content: Html) -> None:
    box.clear()
    with box:
        ui.html(str(join(*content)), sanitize=False)


def _header(visit: Visit, told: Why) -> Html:
    close = el("button", icon("close"), type="button", cls="hx-close", data_close=True, aria_label=visit.say(w.CLOSE))
    return el("header", el("h2", visit.say(w.WHY_OF, name=visit.say(told.name))), close)


def told_html(visit: Visit, told: Why, *, with_value: bool = True) -> Html:
    """Return an explanation: what the value is, what it means, how it is computed, what it rests on."""
    value = None
    if with_value and told.value is not None:
        sure = el("p", visit.say(w.CONFIDENCE, share=visit.say(told.confidence))) if told.confidence else None
        value = el("div", el("h3", visit.say(told.name)), el("p", visit.say(told.value), cls="big"), sure)
    return join(
        value,
        el("div", el("h3", visit.say(w.MEANS)), el("p", visit.sentence(told.sentence))),
        el(
            "div",
            el("h3", visit.say(w.FORMULA)),
            el("div", told.formula, cls="hx-code"),
            el(
                "p",
                f"{visit.sentence(KINDS.get(told.kind, Words(told.kind, told.kind)))} · ",
                _place(visit, told),
                cls="hx-note",
            ),
        ),
        _origin(visit, told),
        _thresholds(visit, told),
        _facts(visit, told.facts) if told.facts else None,
        *(_facts(visit, each) for each in told.further),
        _needs(visit, told),
    )


def _place(visit: Visit, told: Why) -> str:
    return visit.say(w.DEFINED_IN, place=told.place)


def _origin(visit: Visit, told: Why) -> Html | None:
    note = el("p", visit.say(told.note), cls="hx-note") if told.note else None
    if not told.origin:
        return note
    rows = [el("div", el("dt", visit.say(name)), el("dd", visit.say(value))) for name, value in told.origin]
    return el("div", el("h3", visit.say(w.ORIGIN)), el("dl", rows, cls="hx-values"), note)


def _thresholds(visit: Visit, told: Why) -> Html | None:
    if not told.thresholds:
        return None
    rows = [
        el("div", el("dt", visit.say(each.words)), el("dd", visit.say(each.value))) for each in told.thresholds[:40]
    ]
    moment = f"{told.compared_at:%Y-%m-%d %H:%M}" if told.compared_at else "—"
    tied = el("p", visit.say(told.tied), cls="hx-note") if told.tied else None
    return el("div", el("h3", visit.say(w.THRESHOLDS, moment=moment)), el("dl", rows, cls="hx-values hx-cuts"), tied)


def _facts(visit: Visit, facts: Facts) -> Html:
    if not facts.total:
        return el("p", visit.say(w.RESTS_ON_NO_FACTS), cls="hx-note")
    title = visit.say(w.RESTS_ON_FACTS, count=Count(facts.total), table=visit.say(facts.words))
    if facts.total > len(facts.rows):
        latest = visit.say(w.LATEST_SHOWN, count=Count(len(facts.rows)))
        title += visit.say(Words(" ({latest})", "（{latest}）"), latest=latest)
    heads = [*(el("th", visit.say(each)) for each in facts.columns), el("th", visit.say(w.WHERE_FROM))]
    rows = [
        el(
            "tr",
            (el("td", visit.say(value)) for value in row.values),
            el("td", f"{visit.say(row.source_words)} · ", from_html(visit, row.file, row.row)),
        )
        for row in facts.rows
    ]
    table = el("table", el("thead", el("tr", heads)), el("tbody", rows), cls="hx-table")
    return el("div", el("h3", title), el("div", table, cls="hx-scroll", tabindex="0"))


def from_html(visit: Visit, file: str, row: int | None) -> Html:
    """Return where a fact came from: the file and the row in it."""
    where = f" {visit.say(w.ROW, row=row)}" if row is not None else ""
    return el("span", f"{file}{where}", cls="hx-from")


def _needs(visit: Visit, told: Why) -> Html | None:
    if not told.needs:
        return None
    parts = [
        el(
            "details",
            el("summary", visit.say(need.name), el("b", visit.say(need.value) if need.value else "")),
            el(
                "div",
                told_html(visit, need, with_value=False),
                el("a", visit.say(w.SEE_TAG), href=f"/tags/{need.code}"),
            ),
            cls="hx-need",
            open=told.facts is None and len(told.needs) == 1,
        )
        for need in told.needs
    ]
    return el("div", el("h3", visit.say(w.RESTS_ON_TAGS)), el("div", parts, cls="hx-stack"))
