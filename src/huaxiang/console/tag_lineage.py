"""Where a tag comes from and where it goes, drawn; every box leads to its page."""

from __future__ import annotations

from html import escape

from nicegui import ui

from huaxiang.console import words_tags as wt
from huaxiang.console.charts.base import draw_chart
from huaxiang.console.charts.lineage import HIGH as ROW
from huaxiang.console.charts.lineage import STEP, WIDE, Box, lineage_chart, size
from huaxiang.console.markup import Html, el
from huaxiang.console.parts import card, empty
from huaxiang.console.shell import Frame
from huaxiang.console.tag_about import not_built
from huaxiang.console.tag_here import Here
from huaxiang.console.visit import Visit, address
from huaxiang.lineage import Graph, Layout, Node, NodeKind, Placed, Relation, around, downstream, graph_of, layout
from huaxiang.lineage.graph import KIND_WORDS, RELATION_WORDS
from huaxiang.lineage.layout import HIGH
from huaxiang.read.current import CurrentBuild

_PLAIN = frozenset({Relation.VALUE, Relation.PART})
_GROUNDS = {
    NodeKind.TAG: "#e3f0ee", NodeKind.STATISTIC: "#e3f0ee", NodeKind.THRESHOLD: "#eef4e4", NodeKind.SEGMENT: "#e6ebf6",
    NodeKind.EXPORT: "#f1e8f4", NodeKind.FACT: "#fbf3e2", NodeKind.TABLE: "#fbf3e2", NodeKind.SOURCE: "#e4e9e7",
}  # fmt: skip
_OTHER = "#eef1ef"
Shown = tuple[Graph, Layout, bool] | None


def ask(visit: Visit, current: CurrentBuild, here: Here) -> Shown:
    """Return what stands above and below the tag; everything, or what makes its value alone."""
    whole, graph = visit.text("all") == "1", graph_of(current)
    node = f"tag:{here.code}"
    if node not in graph.nodes:
        return None
    mine = around(graph, node) if whole else around(graph, node, _PLAIN)
    return mine, layout(mine), whole


def draw(frame: Frame, here: Here, shown: Shown) -> None:
    """Draw the picture, and below it the same as lists of links."""
    visit = frame.visit
    if shown is None:
        frame.html(not_built(visit))
        return
    graph, placed, whole = shown
    tag = f"tag:{here.code}"
    with ui.element("section").classes("hx-card hx-lineage"):
        frame.html(_header(visit, here, whole))
        wide, high = size(placed.columns, placed.rows)
        boxes = [_box(visit, each, each.node.id == tag) for each in placed.nodes]
        ways = [(edge.above, edge.below, escape(visit.say(RELATION_WORDS[edge.relation]))) for edge in placed.edges]
        with ui.element("div").classes("hx-canvas").props('tabindex="0"'):
            options = lineage_chart(boxes, ways, placed.columns, placed.rows)
            chart = draw_chart(options, [_address(each.node) for each in placed.nodes], label=visit.say(wt.LINEAGE))
            chart.style(f"width:{wide}px;height:{high}px")
        mine = next(each for each in placed.nodes if each.node.id == tag)
        # A wide picture opens at the tag, not at its far end.
        left, top = mine.column * STEP + WIDE // 2, int(mine.y / HIGH * ROW + ROW / 2)
        ui.run_javascript(
            f"const it = document.querySelector('.hx-canvas'); if (it) {{ it.scrollLeft = {left} - it.clientWidth / 2; "
            f"it.scrollTop = {top} - it.clientHeight / 2 }}"
        )
    below = downstream(graph, tag).nodes
    frame.html(_lists(visit, graph, tag, set(below)))


def _header(visit: Visit, here: Here, whole: bool) -> Html:
    other = address(f"/tags/{here.code}", ("tab", "lineage"), *([] if whole else [("all", "1")]))
    return el(
        "header",
        el("h2", visit.say(wt.LINEAGE)),
        el("p", visit.say(wt.LINEAGE_NOTE)),
        el("a", visit.say(wt.LINEAGE_LESS if whole else wt.LINEAGE_ALL), href=other, cls="hx-end"),
    )


def _box(visit: Visit, each: Placed, chosen: bool) -> Box:
    node = each.node
    text = node.code if node.kind in (NodeKind.RAW, NodeKind.FACT) else visit.say(node.words) or node.code
    told = [f"<b>{escape(visit.say(node.words))}</b>", escape(f"{visit.say(KIND_WORDS[node.kind])} · {node.code}")]
    told += [escape(part[:160]) for part in (node.detail, node.place) if part]
    return Box(node.id, text, each.column, each.y / HIGH, _GROUNDS.get(node.kind, _OTHER), "<br>".join(told), chosen)


def _address(node: Node) -> str:
    match node.kind:
        case NodeKind.TAG:
            return f"/tags/{node.code}"
        case NodeKind.SEGMENT:
            return f"/segments/{node.code}"
        case NodeKind.IDENTIFIER:
            return "/data/identity"
        case NodeKind.FACT | NodeKind.TABLE | NodeKind.PERSONAL:
            return "/data/quality"
        case NodeKind.REJECT:
            return "/data/quarantine"
        case NodeKind.SOURCE | NodeKind.RAW | NodeKind.LOOKUP | NodeKind.LIST:
            return "/data/sources"
    return ""


def _lists(visit: Visit, graph: Graph, tag: str, below: set[str]) -> Html:
    up = [node for id_, node in graph.nodes.items() if id_ != tag and id_ not in below]
    down = [node for id_, node in graph.nodes.items() if id_ != tag and id_ in below]
    return el(
        "div",
        card(visit.say(wt.UPSTREAM), _nodes(visit, up) if up else empty(visit.say(wt.NO_UPSTREAM), small=True)),
        card(visit.say(wt.DOWNSTREAM), _nodes(visit, down) if down else empty(visit.say(wt.NO_DOWNSTREAM), small=True)),
        cls="hx-pair",
    )


def _nodes(visit: Visit, nodes: list[Node]) -> Html:
    kinds: dict[NodeKind, list[Node]] = {}
    for node in nodes:
        kinds.setdefault(node.kind, []).append(node)
    groups = [
        el(
            "div",
            el("dt", visit.say(KIND_WORDS[kind])),
            el("dd", (_link(visit, node) for node in kinds[kind]), cls="hx-links"),
        )
        for kind in NodeKind
        if kind in kinds
    ]
    return el("dl", groups, cls="hx-values")


def _link(visit: Visit, node: Node) -> Html:
    text = node.code if node.kind in (NodeKind.RAW, NodeKind.FACT) else visit.say(node.words) or node.code
    to = _address(node)
    return el("a", text, href=to) if to else el("span", text)
