"""Why a customer is one person: identifiers drawn as points, what joins them as lines, and where each was seen."""

from __future__ import annotations

from html import escape

from nicegui import ui

from huaxiang.console import words as w
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.graph import Line, Point, graph
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import pill
from huaxiang.console.shell import Frame, html
from huaxiang.console.visit import Visit
from huaxiang.console.why import from_html
from huaxiang.read.identity import Evidence, IdentityShown, MergeSeen, Node
from huaxiang.words import Count

_FEW, _DRAWN = 6, 14


def draw_identity(frame: Frame, found: IdentityShown) -> None:
    """Draw the card: the picture, the evidence behind it, what was not trusted, and merges."""
    visit = frame.visit
    with ui.element("section").classes("hx-card"):
        note = visit.say(w.IDENTITY_TEXT, identifiers=Count(found.identifiers), rows=Count(found.rows))
        if found.identifiers <= 1 and not found.evidence:
            note = visit.say(w.IDENTITY_ALONE)
        html(el("header", el("h2", visit.say(w.IDENTITY)), el("p", note)))
        if len(found.nodes) > 1:
            _picture(visit, found)
        html(_evidence(visit, found), _aside(visit, found), _merges(visit, found))


def _picture(visit: Visit, found: IdentityShown) -> None:
    nodes = found.nodes[:_DRAWN]
    points = [
        Point(escape(visit.say(each.words)), escape(each.masked), each.state == "joined", each.rows) for each in nodes
    ]
    seen: dict[tuple[int, int], Evidence] = {}
    for each in found.evidence:
        if each.a < len(nodes) and each.b < len(nodes):
            seen.setdefault((min(each.a, each.b), max(each.a, each.b)), each)
    lines = [Line(a, b, each.state, each.rows, escape(_said(visit, found, each))) for (a, b), each in seen.items()]
    draw_chart(graph(points, lines), cls="tall", label=visit.say(w.IDENTITY))


def _said(visit: Visit, found: IdentityShown, each: Evidence) -> str:
    a, b = (visit.say(found.nodes[place].words) for place in (each.a, each.b))
    return visit.say(w.SEEN_TOGETHER, a=a, b=b)


def _evidence(visit: Visit, found: IdentityShown) -> Html | None:
    if not found.evidence:
        return None
    rows = [_line(visit, found, each) for each in found.evidence]
    first, rest = rows[:_FEW], rows[_FEW:]
    more = None
    if rest:
        shown = el("summary", visit.say(w.SHOW_ALL, count=len(rows)), style="cursor:pointer;color:var(--accent)")
        more = el("details", shown, el("ul", rest, cls="hx-evidence"))
    return el("div", el("ul", first, cls="hx-evidence"), more)


def _line(visit: Visit, found: IdentityShown, each: Evidence) -> Html:
    rows = visit.say(w.IN_ROWS, rows=Count(each.rows))
    if each.files > 1:
        rows += f" · {visit.say(w.FILES, count=Count(each.files))}"
    rows += f" · {visit.say(each.whose)}" if each.whose else ""
    state = pill(visit.say(each.state_words)) if each.state != "joined" else None
    place = el(
        "div", f"{visit.say(each.source_words)} · {rows} · ", from_html(visit, each.file, each.row), cls="hx-note"
    )
    return el("li", state, _said(visit, found, each), place)


def _aside(visit: Visit, found: IdentityShown) -> Html | None:
    nodes = [each for each in found.nodes if each.state != "joined"]
    if not nodes:
        return None
    rows = [el("li", el("b", visit.say(each.words)), el("div", _reason(visit, each), cls="hx-note")) for each in nodes]
    return el("div", el("h3", visit.say(w.SET_ASIDE_NEAR), cls="hx-note"), el("ul", rows, cls="hx-evidence"))


def _reason(visit: Visit, node: Node) -> str:
    why = visit.say(node.why) if node.why else ""
    return f"{why} · {visit.say(w.WITH_PEOPLE, people=Count(node.people))}" if node.people else why


def _merges(visit: Visit, found: IdentityShown) -> Html | None:
    if not found.merges:
        return None
    rows = [_merge(visit, each) for each in found.merges]
    return el("div", el("h3", visit.say(w.MERGES), cls="hx-note"), el("ul", rows, cls="hx-evidence"))


def _merge(visit: Visit, merge: MergeSeen) -> Html:
    said = visit.say(w.MERGED, from_id=merge.from_id, into_id=merge.into_id)
    where = f"{visit.say(w.BUILD, number=merge.build)} · {merge.at:%Y-%m-%d %H:%M} · {visit.say(merge.reason)}"
    place = from_html(visit, merge.file, merge.row) if merge.file else None
    return el("li", said, el("div", where, el("br"), place, cls="hx-note"))
