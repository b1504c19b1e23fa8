"""The graph itself: what rests on what, as frozen nodes and edges, and walks up and down it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from huaxiang.words import Words


class NodeKind(StrEnum):
    """What a node is, in the order in which data goes through them."""

    SOURCE = "source"
    LOOKUP = "lookup"
    RAW = "raw"
    LIST = "list"
    IDENTIFIER = "identifier"
    PERSONAL = "personal"
    FACT = "fact"
    REJECT = "reject"
    TABLE = "table"
    VAULT = "vault"
    THRESHOLD = "threshold"
    TAG = "tag"
    STATISTIC = "statistic"
    SEGMENT = "segment"
    EXPORT = "export"


KIND_WORDS: Mapping[NodeKind, Words] = {
    NodeKind.SOURCE: Words("source", "来源"),
    NodeKind.LOOKUP: Words("lookup", "对照表"),
    NodeKind.RAW: Words("column of a source", "来源列"),
    NodeKind.LIST: Words("list or file of values", "名单或取值文件"),
    NodeKind.IDENTIFIER: Words("identifier", "标识"),
    NodeKind.PERSONAL: Words("personal value", "个人信息"),
    NodeKind.FACT: Words("column of facts", "事实列"),
    NodeKind.REJECT: Words("rule that rejects rows", "拒绝规则"),
    NodeKind.TABLE: Words("fact table", "事实表"),
    NodeKind.VAULT: Words("vault", "保险库"),
    NodeKind.THRESHOLD: Words("threshold over all customers", "全体阈值"),
    NodeKind.TAG: Words("tag", "标签"),
    NodeKind.STATISTIC: Words("statistic of one segment", "人群自带统计"),
    NodeKind.SEGMENT: Words("segment", "人群"),
    NodeKind.EXPORT: Words("export", "导出"),
}


class Relation(StrEnum):
    """What the upper end does for the lower one."""

    VALUE = "value"
    ROWS = "rows"
    WHOSE = "whose"
    PART = "part"
    SEALED = "sealed"


RELATION_WORDS: Mapping[Relation, Words] = {
    Relation.VALUE: Words("used to compute the value", "参与计算取值"),
    Relation.ROWS: Words("decides which facts exist", "决定有哪些事实"),
    Relation.WHOSE: Words("decides which customer facts belong to", "决定事实归谁"),
    Relation.PART: Words("contains it", "包含它"),
    Relation.SEALED: Words("is sealed there", "封存于此"),
}


@dataclass(frozen=True)
class Node:
    """One thing of the project. `code` is how people write it (pos.qty, orders.amount, a tag's code).

    `detail` is its formula, pattern or expression; `place` file:line, "" where nothing is written down.
    """

    kind: NodeKind
    code: str
    words: Words
    detail: str = ""
    place: str = ""

    @property
    def id(self) -> str:
        """What names it in a graph: kind:code."""
        return f"{self.kind.value}:{self.code}"


@dataclass(frozen=True)
class Edge:
    """`below` rests on `above` (ids of nodes); `detail` is the expression that says so."""

    above: str
    below: str
    relation: Relation
    detail: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes by id, and the edges among them; no edge leads back up."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]

    @cached_property
    def above(self) -> Mapping[str, tuple[Edge, ...]]:
        """Id → the edges that come into it."""
        return self._by(lambda edge: edge.below)

    @cached_property
    def below(self) -> Mapping[str, tuple[Edge, ...]]:
        """Id → the edges that go out of it."""
        return self._by(lambda edge: edge.above)

    def of_kind(self, kind: NodeKind) -> list[Node]:
        """Return the nodes of a kind, in order."""
        return [node for node in self.nodes.values() if node.kind is kind]

    def only(self, ids: Iterable[str]) -> Graph:
        """Return the graph of these nodes alone, with the edges among them."""
        wanted = set(ids)
        edges = tuple(edge for edge in self.edges if edge.above in wanted and edge.below in wanted)
        return Graph({id_: node for id_, node in self.nodes.items() if id_ in wanted}, edges)

    def _by(self, end: Callable[[Edge], str]) -> dict[str, tuple[Edge, ...]]:
        found: dict[str, list[Edge]] = {id_: [] for id_ in self.nodes}
        for edge in self.edges:
            found[end(edge)].append(edge)
        return {id_: tuple(edges) for id_, edges in found.items()}


ALL = frozenset(Relation)


def upstream(graph: Graph, node: Node | str, relations: frozenset[Relation] = ALL) -> Graph:
    """Return the node with everything it rests on, through edges of the given relations."""
    return graph.only(_walk(_id(node), graph.above, lambda edge: edge.above, relations))


def downstream(graph: Graph, node: Node | str, relations: frozenset[Relation] = ALL) -> Graph:
    """Return the node with everything that rests on it, through edges of the given relations."""
    return graph.only(_walk(_id(node), graph.below, lambda edge: edge.below, relations))


def around(graph: Graph, node: Node | str, relations: frozenset[Relation] = ALL) -> Graph:
    """Return the node with everything above and below it: what a page of it draws."""
    up, down = upstream(graph, node, relations), downstream(graph, node, relations)
    nodes = {id_: each for id_, each in graph.nodes.items() if id_ in up.nodes or id_ in down.nodes}
    kept = {*up.edges, *down.edges}
    return Graph(nodes, tuple(edge for edge in graph.edges if edge in kept))


def _id(node: Node | str) -> str:
    return node if isinstance(node, str) else node.id


def _walk(
    first: str, edges: Mapping[str, tuple[Edge, ...]], end: Callable[[Edge], str], relations: frozenset[Relation]
) -> set[str]:
    seen, todo = {first}, [first]
    while todo:
        for edge in edges[todo.pop()]:
            following = end(edge)
            if edge.relation in relations and following not in seen:
                seen.add(following)
                todo.append(following)
    return seen
