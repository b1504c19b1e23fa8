"""Where nodes and edges gather while a graph is made; the first of two nodes of one id stays."""

from __future__ import annotations

from dataclasses import dataclass, field

from huaxiang.connectors.base import ReadSpec
from huaxiang.lineage.graph import Edge, Graph, Node, NodeKind, Relation
from huaxiang.model import COMMON, FactTable, Model
from huaxiang.words import Words


@dataclass
class Drawing:
    """A graph in the making."""

    model: Model
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)

    def node(self, kind: NodeKind, code: str, words: Words | None = None, detail: str = "", place: str = "") -> str:
        """Note a node; return its id."""
        made = Node(kind, code, words or Words(code, code), detail, place)
        return self.nodes.setdefault(made.id, made).id

    def edge(self, above: str, below: str, relation: Relation, detail: str = "") -> None:
        """Note that `below` rests on `above`."""
        self.edges.setdefault(Edge(above, below, relation, detail))

    def table(self, name: str) -> str:
        """Return the id of a fact table: which of its rows there are."""
        found = self.model.facts.get(name)
        return self.node(NodeKind.TABLE, name, found.words if found else None)

    def fact(self, table: FactTable | str, column: str) -> str:
        """Return the id of a column of a fact table. A day is the date of its moment."""
        found = self.model.facts.get(table) if isinstance(table, str) else table
        name = table if isinstance(table, str) else table.name
        known = {**COMMON, **found.columns} if found else {}
        words = known[column].words if column in known else None
        if found is not None and words is not None:
            words = Words(f"{found.words.en}: {words.en}", f"{found.words.zh}·{words.zh}")
        id_ = self.node(NodeKind.FACT, f"{name}.{column}", words, known[column].type.value if column in known else "")
        if column == "day":
            self.edge(self.fact(table, "occurred_at"), id_, Relation.VALUE, "day")
        return id_

    def done(self) -> Graph:
        """Return what was noted as a graph."""
        return Graph(dict(self.nodes), tuple(self.edges))


def plain_target(read: ReadSpec) -> str:
    """Return where a source reads from; of a database only its kind, since an address may hold a password."""
    return read.target.partition("://")[0] if "://" in read.target else read.target
