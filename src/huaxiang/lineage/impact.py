"""What would be touched if a column changed or vanished: columns of facts, tags, segments, exports; and whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.lineage.build import graph, graph_of
from huaxiang.lineage.find import Found, find
from huaxiang.lineage.graph import ALL, Graph, Node, NodeKind, Relation, downstream
from huaxiang.model import Type
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.words import Words

HOW: Mapping[Relation, Words] = {
    Relation.VALUE: Words("its value is computed from it", "取值由它算出"),
    Relation.ROWS: Words("only through which facts exist", "只因事实增减而变"),
    Relation.WHOSE: Words("only through which customer facts belong to", "只因事实归属而变"),
}
"""How a thing is touched, as people read it."""
_DIRECT = frozenset({Relation.VALUE, Relation.PART, Relation.SEALED})
_PEOPLE = (NodeKind.FACT, NodeKind.TAG, NodeKind.SEGMENT)


@dataclass(frozen=True)
class Touched:
    """One thing that would change. `how` is VALUE when its value is made of the column, else ROWS or WHOSE: only which
    facts there are, or whose, depends on it. `customers` hold a value (are members) now; None without a build.
    """

    node: Node
    how: Relation
    customers: int | None


@dataclass(frozen=True)
class Impact:
    """Everything a change of `node` would touch, the nearest first. `build` is the one that was counted, if any."""

    node: Node
    source: str | None
    facts: tuple[Touched, ...]
    tags: tuple[Touched, ...]
    segments: tuple[Touched, ...]
    exports: tuple[Touched, ...]
    others: tuple[Touched, ...]
    build: int | None
    of: int | None

    @property
    def nothing(self) -> bool:
        """Whether nothing would change."""
        return not (self.facts or self.tags or self.segments or self.exports or self.others)


def impact(project: Project, what: str, current: CurrentBuild | None = None) -> Impact:
    """Return what a change of `what` would touch: a source's column, a fact's column, a tag … (see find).

    With a build, says how many customers hold a value now: of a fact's column, from the source asked for alone. Raises
    NotFound.
    """
    whole = graph_of(current) if current is not None else graph(project)
    return impact_in(whole, find(whole, project, what), current)


def impact_in(whole: Graph, found: Found, current: CurrentBuild | None = None) -> Impact:
    """Return what a change of a node of a graph would touch."""
    hows = _hows(whole, found.node)
    below = [whole.nodes[id_] for id_ in whole.nodes if id_ in hows and id_ != found.node.id]
    counts = _counts(current, [*below, found.node], found.source) if current is not None else {}
    touched = [Touched(node, hows[node.id], counts.get(node.id)) for node in below]
    touched.sort(key=lambda each: each.how is not Relation.VALUE)

    def of(*kinds: NodeKind) -> tuple[Touched, ...]:
        return tuple(each for each in touched if each.node.kind in kinds)

    return Impact(
        found.node,
        found.source,
        of(NodeKind.FACT),
        of(NodeKind.TAG),
        of(NodeKind.SEGMENT),
        of(NodeKind.EXPORT),
        of(*(kind for kind in NodeKind if kind not in (*_PEOPLE, NodeKind.EXPORT))),
        current.build.id if current is not None else None,
        current.customers if current is not None else None,
    )


def _hows(whole: Graph, node: Node) -> dict[str, Relation]:
    """Return id → how it is touched: by the first edge of the way there that does not make its value."""
    found = dict.fromkeys(downstream(whole, node, _DIRECT).nodes, Relation.VALUE)
    direct = list(found)
    for how in (Relation.ROWS, Relation.WHOSE):
        for id_ in direct:
            for edge in whole.below[id_]:
                if edge.relation is how:
                    for other in downstream(whole, edge.below, ALL).nodes:
                        found.setdefault(other, how)
    return found


def _counts(current: CurrentBuild, nodes: Iterable[Node], source: str | None) -> dict[str, int]:
    found: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    tags: list[str] = []
    for node in nodes:
        if node.kind is NodeKind.FACT:
            table, _, column = node.code.partition(".")
            columns.setdefault(table, []).append(column)
        elif node.kind is NodeKind.TAG and node.code in current.tags:
            tags.append(node.code)
    for table, names in columns.items():
        if table in current.tables:
            counted = _holders(current.engine, table, names, source)
            found |= {f"{NodeKind.FACT}:{table}.{name}": count for name, count in counted.items()}
    found |= {f"{NodeKind.TAG}:{code}": count for code, count in _known(current, tags).items()}
    if "segment_members" in current.tables:
        rows = current.engine.rows("SELECT segment, count(*) FROM segment_members GROUP BY segment")
        sizes = dict.fromkeys(current.project.segments.segments, 0) | dict(rows)
        found |= {f"{NodeKind.SEGMENT}:{code}": count for code, count in sizes.items()}
    return found


def _holders(engine: Engine, table: str, names: Iterable[str], source: str | None) -> Mapping[str, int]:
    """How many customers have a fact in which a column is known, each in one pass over the table."""
    there = [name for name in names if name in engine.columns(table)]
    if not there:
        return {}
    known = ", ".join(f"bool_or({quoted(name)} IS NOT NULL) AS {quoted(name)}" for name in there)
    where, parameters = ("AND source = ?", [source]) if source else ("", [])
    grouped = f"SELECT {known} FROM {quoted(table)} WHERE subject IS NOT NULL {where} GROUP BY subject"
    counts = ", ".join(f"count(*) FILTER ({quoted(name)})" for name in there)
    (row,) = engine.rows(f"SELECT {counts} FROM ({grouped})", parameters)
    return dict(zip(there, row, strict=True))


def _known(current: CurrentBuild, codes: list[str]) -> Mapping[str, int]:
    if not codes:
        return {}
    counts = ", ".join(
        f"count(*) FILTER (len({quoted(code)}) > 0)"
        if current.type_of(code) is Type.TEXTS
        else f"count({quoted(code)})"
        for code in codes
    )
    (row,) = current.engine.rows(f"SELECT {counts} FROM tags")
    return dict(zip(codes, row, strict=True))
