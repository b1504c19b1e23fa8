"""What a person means by pos.qty, orders.amount, lifecycle, phone: a node of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huaxiang.errors import NotFound
from huaxiang.lineage.graph import Graph, Node, NodeKind
from huaxiang.project import Project
from huaxiang.words import Words, nearest

ORDER = (
    NodeKind.TAG, NodeKind.SEGMENT, NodeKind.RAW, NodeKind.FACT, NodeKind.SOURCE, NodeKind.LOOKUP, NodeKind.TABLE,
    NodeKind.IDENTIFIER, NodeKind.PERSONAL, NodeKind.STATISTIC, NodeKind.THRESHOLD, NodeKind.LIST, NodeKind.REJECT,
    NodeKind.EXPORT, NodeKind.VAULT,
)  # fmt: skip
"""Of two nodes with the same code, the one whose kind comes first is meant; kind:code names the other."""


@dataclass(frozen=True)
class Found:
    """A node, and the source it was asked through when a fact's column was named by its source (pos.amount)."""

    node: Node
    source: str | None = None


def find(graph: Graph, project: Project, text: str) -> Found:
    """Return the node a text names: SOURCE.COLUMN (as the files or as the mapping call it), TABLE.COLUMN, the code of
    a tag, segment, source or identifier, or kind:code. Raises NotFound with the nearest code.
    """
    text = text.strip()
    if text in graph.nodes:
        return _with_source(graph.nodes[text])
    for kind in ORDER:
        node = graph.nodes.get(f"{kind}:{text}")
        if node is not None:
            return _with_source(node)
    code, _, column = text.partition(".")
    for source in project.sources:
        node = graph.nodes.get(f"{NodeKind.FACT}:{source.into.name}.{column}")
        if source.code == code and column in source.columns and node is not None:
            return Found(node, source.code)
    raise _unknown(text, [node.code for node in graph.nodes.values()])


def _with_source(node: Node) -> Found:
    of_source = node.kind in (NodeKind.RAW, NodeKind.LOOKUP, NodeKind.SOURCE)
    return Found(node, node.code.partition(".")[0] if of_source else None)


def _unknown(text: str, known: Sequence[str]) -> NotFound:
    near = nearest(text, known)
    return NotFound(
        Words(
            f"nothing is called {text!r}: a tag, a segment, SOURCE.COLUMN or FACT.COLUMN"
            + (f" (did you mean {near}?)" if near else ""),
            f"没有“{text}”：应为标签、人群、来源.列 或 事实表.列" + (f"（是不是想写 {near}？）" if near else ""),
        )
    )
