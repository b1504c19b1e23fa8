"""Lineage: from columns of sources to fact tables, tags, segments and exports, and back.

Enters: a project, the headers of its sources, the exports made so far. Leaves: a graph of frozen nodes and edges, what
stands above or below a node, what a change of a column would touch, and where to draw each node.
"""

from huaxiang.lineage.build import build_graph, graph, graph_of, headers_of
from huaxiang.lineage.find import Found, find
from huaxiang.lineage.graph import Edge, Graph, Node, NodeKind, Relation, around, downstream, upstream
from huaxiang.lineage.impact import Impact, Touched, impact
from huaxiang.lineage.layout import Layout, Placed, layout

__all__ = [
    "Edge", "Found", "Graph", "Impact", "Layout", "Node", "NodeKind", "Placed", "Relation", "Touched", "around",
    "build_graph", "downstream", "find", "graph", "graph_of", "headers_of", "impact", "layout", "upstream",
]  # fmt: skip
