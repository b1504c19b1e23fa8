"""Where to draw each node: columns from left to right, few crossings, nothing on top of anything, always the same.

Layers by the longest way, each kind in a band of its own; within a layer, sweeps by barycentre (Sugiyama, Tagawa and
Toda, "Methods for visual understanding of hierarchical system structures", IEEE SMC 11(2), 1981), the best sweep kept.
An edge over several layers bends at a point of its own in each, so that it counts as a crossing where it crosses.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huaxiang.lineage.graph import Edge, Graph, Node, NodeKind

WIDE, HIGH = 260.0, 44.0
"""How far apart columns and rows are, in the units of `Placed.x` and `Placed.y`."""
_BANDS = {
    NodeKind.SOURCE: 0, NodeKind.LOOKUP: 1, NodeKind.RAW: 1, NodeKind.LIST: 1, NodeKind.IDENTIFIER: 2,
    NodeKind.PERSONAL: 2, NodeKind.FACT: 2, NodeKind.REJECT: 2, NodeKind.TABLE: 2, NodeKind.VAULT: 2,
    NodeKind.THRESHOLD: 3, NodeKind.TAG: 3, NodeKind.STATISTIC: 3, NodeKind.SEGMENT: 4, NodeKind.EXPORT: 5,
}  # fmt: skip
_SWEEPS = 12


@dataclass(frozen=True)
class Placed:
    """A node in its place: `column` from 0 on the left, `order` from 0 on top of its column, and the middle's x, y."""

    node: Node
    column: int
    order: int
    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """Every node in its place, the edges, and how many pairs of edges cross."""

    nodes: tuple[Placed, ...]
    edges: tuple[Edge, ...]
    columns: int
    rows: int
    crossings: int


def layout(graph: Graph) -> Layout:
    """Return where to draw a graph: the same graph is always drawn the same."""
    column = _columns(graph)
    drawn = _Layers(graph, column)
    drawn.settle()
    rows = max((len(layer) for layer in drawn.real()), default=0)
    placed = []
    for number, layer in enumerate(drawn.real()):
        top = (rows - len(layer)) / 2
        placed += [
            Placed(graph.nodes[id_], number, order, number * WIDE, (top + order) * HIGH)
            for order, id_ in enumerate(layer)
        ]
    return Layout(tuple(placed), graph.edges, len(drawn.layers), rows, drawn.crossings())


def _columns(graph: Graph) -> dict[str, int]:
    """Return node → column: bands in order, within a band as long as its longest way; empty columns are left out."""
    deep: dict[str, tuple[int, int]] = {}
    for id_ in _ordered(graph):
        band = _BANDS[graph.nodes[id_].kind]
        above = [deep[edge.above] for edge in graph.above[id_]]
        inside = [depth + 1 for other, depth in above if other == band]
        deep[id_] = (band, max(inside, default=0))
    used = {place: number for number, place in enumerate(sorted(set(deep.values())))}
    return {id_: used[place] for id_, place in deep.items()}


def _ordered(graph: Graph) -> list[str]:
    """Return the ids so that each comes after all above it."""
    waiting = {id_: len(graph.above[id_]) for id_ in graph.nodes}
    ready = [id_ for id_, count in waiting.items() if not count]
    found = []
    while ready:
        id_ = ready.pop()
        found.append(id_)
        for edge in graph.below[id_]:
            waiting[edge.below] -= 1
            if not waiting[edge.below]:
                ready.append(edge.below)
    return found


class _Layers:
    """The layers with the points where long edges bend; a point is (edge's ends, layer)."""

    def __init__(self, graph: Graph, column: Mapping[str, int]) -> None:
        self.graph = graph
        count = max(column.values(), default=-1) + 1
        self.layers: list[list[str]] = [[] for _ in range(count)]
        for id_ in sorted(graph.nodes, key=lambda id_: (column[id_], _BANDS[graph.nodes[id_].kind], id_)):
            self.layers[column[id_]].append(id_)
        self.down: list[dict[str, list[str]]] = [{} for _ in range(count)]
        self.up: list[dict[str, list[str]]] = [{} for _ in range(count)]
        for above, below in sorted({(edge.above, edge.below) for edge in graph.edges}):
            self._thread(above, below, column)

    def _thread(self, above: str, below: str, column: Mapping[str, int]) -> None:
        before = above
        for layer in range(column[above] + 1, column[below] + 1):
            point = below if layer == column[below] else f"\0{above}\0{below}\0{layer}"
            if layer != column[below]:
                self.layers[layer].append(point)
            self.down[layer - 1].setdefault(before, []).append(point)
            self.up[layer].setdefault(point, []).append(before)
            before = point

    def settle(self) -> None:
        """Sweep down and up; keep the order with the fewest crossings."""
        best, fewest = [list(layer) for layer in self.layers], self.crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            if sweep % 2 == 0:
                for number in range(1, len(self.layers)):
                    self._sort(number, self.up[number], self.layers[number - 1])
            else:
                for number in range(len(self.layers) - 2, -1, -1):
                    self._sort(number, self.down[number], self.layers[number + 1])
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _sort(self, number: int, joined: Mapping[str, Sequence[str]], beside: Sequence[str]) -> None:
        place = {id_: order for order, id_ in enumerate(beside)}
        layer, scale = self.layers[number], len(beside) / max(len(self.layers[number]), 1)

        def middle(item: tuple[int, str]) -> tuple[float, int]:
            others = joined.get(item[1], ())
            at = sum(place[each] for each in others) / len(others) if others else item[0] * scale
            return at, item[0]

        self.layers[number] = [id_ for _, id_ in sorted(enumerate(layer), key=middle)]

    def crossings(self) -> int:
        """Return how many pairs of edges cross, between all neighbouring layers."""
        total = 0
        for number in range(len(self.layers) - 1):
            place = {id_: order for order, id_ in enumerate(self.layers[number + 1])}
            ends: list[int] = []
            for id_ in self.layers[number]:
                mine = sorted(place[each] for each in self.down[number].get(id_, ()))
                total += sum(len(ends) - bisect_right(ends, end) for end in mine)
                for end in mine:
                    insort(ends, end)
        return total

    def real(self) -> list[list[str]]:
        """Return the layers without the points where edges bend."""
        return [[id_ for id_ in layer if id_ in self.graph.nodes] for layer in self.layers]
