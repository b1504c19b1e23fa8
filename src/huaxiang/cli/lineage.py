"""huaxiang lineage, huaxiang impact: where a value comes from, where it goes, and what a change would touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from huaxiang.cli.building import HERE, Folder, open_project
from huaxiang.cli.screen import screen
from huaxiang.errors import ProjectError
from huaxiang.lineage import Edge, Graph, Impact, Node, NodeKind, Relation, Touched, downstream, find, graph, upstream
from huaxiang.lineage import impact as impact_of
from huaxiang.lineage.graph import KIND_WORDS, RELATION_WORDS
from huaxiang.lineage.impact import HOW
from huaxiang.project import Project
from huaxiang.read.current import current_build

WHAT = "A tag, a segment, SOURCE.COLUMN or FACT.COLUMN. 标签、人群、来源.列 或 事实表.列。"
_LONG = 72


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("lineage", epilog="Example: huaxiang lineage lifecycle --up")(lineage)
    app.command("impact", epilog="Example: huaxiang impact pos.qty")(impact)


def lineage(
    what: Annotated[str, typer.Argument(help=WHAT)],
    up: Annotated[bool, typer.Option("--up", help="Only what it comes from. 只看上游。")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what is made of it. 只看下游。")] = False,
    project: Folder = HERE,
) -> None:
    """Show where something comes from and what is made of it. 查看血缘：从哪里来、用到哪里去。"""
    loaded = open_project(project)
    whole = graph(loaded)
    node = find(whole, loaded, what).node
    both = up == down
    above, below = upstream(whole, node), downstream(whole, node)
    shown = {"node": node} | ({"up": above} if up or both else {}) | ({"down": below} if down or both else {})
    screen.data({name: _plain(value) for name, value in shown.items()})
    if screen.json:
        return
    if up or both:
        screen.out.print(_tree(screen.t("comes from", "上游"), node, above, above.above, lambda edge: edge.above))
    if down or both:
        screen.out.print(_tree(screen.t("is used by", "下游"), node, below, below.below, lambda edge: edge.below))


def _plain(value: Node | Graph) -> object:
    if isinstance(value, Node):
        return {"id": value.id, **vars(value)}
    return {"nodes": [{"id": node.id, **vars(node)} for node in value.nodes.values()], "edges": value.edges}


def _tree(way: str, node: Node, graph: Graph, edges: Mapping[str, Sequence[Edge]], end: Callable[[Edge], str]) -> Tree:
    """Draw one way; what was drawn before is named again, but not opened again."""
    seen: set[str] = set()

    def grow(tree: Tree, id_: str) -> None:
        seen.add(id_)
        by_end: dict[str, Edge] = {}
        for edge in sorted(edges[id_], key=lambda edge: list(Relation).index(edge.relation)):
            # Whose column a raw one is, its code says: pos.qty.
            if edge.relation is not Relation.PART or graph.nodes[end(edge)].kind is not NodeKind.SOURCE:
                by_end.setdefault(end(edge), edge)
        for other, edge in by_end.items():
            again = other in seen and bool(edges[other])
            branch = tree.add(_line(graph.nodes[other], edge) + (" [dim]↑[/]" if again else ""))
            if other not in seen:
                grow(branch, other)

    top = Tree(f"[dim]{way}[/] {_line(node)}")
    grow(top, node.id)
    return top


def _line(node: Node, edge: Edge | None = None) -> str:
    name = node.words.say(screen.language)
    said = "" if name == node.code else f" {escape(name)}"
    # An edge tells what the lower of its two is made by: beside a node its own formula stands, or nothing.
    why = node.detail if len(node.detail) <= _LONG else f"{node.detail[: _LONG - 1]}…"
    how = "" if edge is None or edge.relation is Relation.VALUE else f" [yellow]({_relation(edge.relation)})[/]"
    detail = "" if why in ("", node.code) else f" [dim]{escape(why)}[/]"
    return f"[cyan]{screen.words(KIND_WORDS[node.kind])}[/] [b]{escape(node.code)}[/]{said}{how}{detail}"


def _relation(relation: Relation) -> str:
    return screen.words(RELATION_WORDS[relation])


def impact(
    what: Annotated[str, typer.Argument(help=WHAT)],
    project: Folder = HERE,
) -> None:
    """Show what a change of a column would touch, and how many customers. 查看改动一列会影响什么、多少客户。"""
    loaded = open_project(project)
    found = _impact(loaded, what)
    screen.data(found)
    if screen.json:
        return
    screen.out.print(_line(found.node))
    if found.nothing:
        screen.say("Nothing rests on it.", "没有任何内容用到它。")
    _table(found, screen.t("Columns of facts", "事实列"), found.facts)
    _table(found, screen.t("Tags", "标签"), found.tags)
    _table(found, screen.t("Segments", "人群"), found.segments)
    _table(found, screen.t("Exports", "导出"), found.exports)
    _table(found, screen.t("Also", "其他"), found.others)


def _impact(project: Project, what: str) -> Impact:
    with ExitStack() as stack:
        try:
            current = stack.enter_context(current_build(project.root, project))
        except ProjectError:
            current = None
        return impact_of(project, what, current)


def _table(found: Impact, title: str, rows: Sequence[Touched]) -> None:
    if not rows:
        return
    heads = screen.heads(("what", "内容"), ("name", "名称"), ("how", "影响"), ("customers now", "现有客户"))
    named = NodeKind.EXPORT if rows[0].node.kind is NodeKind.EXPORT else None
    screen.table(f"{title} ({len(rows)})", heads, [
        (each.node.code, each.node.detail if named else each.node.words.say(screen.language),
         HOW[each.how].say(screen.language), each.customers)
        for each in rows
    ], right=(3,))  # fmt: skip
