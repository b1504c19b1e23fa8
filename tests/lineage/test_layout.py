"""Where nodes are drawn: left to right, apart from each other, with few crossings, always the same."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.lineage import Edge, Graph, Layout, Node, NodeKind, Relation, graph, layout
from huaxiang.words import Words
from tests.lineage.lineage_shop import small_project

KINDS = (NodeKind.SOURCE, NodeKind.RAW, NodeKind.FACT, NodeKind.TAG, NodeKind.SEGMENT)


def made(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> Graph:
    """Return a graph of nodes (layer, number); edges go from the lower layer to the higher."""
    nodes: dict[tuple[int, int], Node] = {}
    edges = []
    for first, second in pairs:
        above, below = sorted((first, second))
        for layer, number in (above, below):
            code = f"{layer}-{number}"
            nodes.setdefault((layer, number), Node(KINDS[layer], code, Words(code, code)))
        if above[0] < below[0]:
            edges.append(Edge(nodes[above].id, nodes[below].id, Relation.VALUE))
    return Graph({node.id: node for node in nodes.values()}, tuple(dict.fromkeys(edges)))


def crossings(drawn: Layout) -> int:
    """Count by hand the crossings of edges between neighbouring columns."""
    at = {placed.node.id: placed for placed in drawn.nodes}
    total = 0
    for one, other in combinations(drawn.edges, 2):
        a, b, c, d = at[one.above], at[one.below], at[other.above], at[other.below]
        if a.column == c.column and b.column == d.column == a.column + 1:
            total += (a.order - c.order) * (b.order - d.order) < 0
    return total


def sound(drawn: Layout) -> None:
    """Check that nothing stands on anything and every edge leads right."""
    assert len({(placed.x, placed.y) for placed in drawn.nodes}) == len(drawn.nodes)
    assert len({(placed.column, placed.order) for placed in drawn.nodes}) == len(drawn.nodes)
    at = {placed.node.id: placed.column for placed in drawn.nodes}
    assert all(at[edge.above] < at[edge.below] for edge in drawn.edges)


def test_a_project_is_drawn_apart_and_to_the_right(tmp_path: Path) -> None:
    whole = graph(small_project(tmp_path))
    drawn = layout(whole)
    sound(drawn)
    assert drawn == layout(whole)
    column = {placed.node.id: placed.column for placed in drawn.nodes}
    assert column["tag:spent"] < column["threshold:population_avg(spent)"] < column["tag:grade"]
    assert {column[id_] for id_ in column if id_.startswith("source:")} == {0}


def test_crossed_pairs_are_uncrossed() -> None:
    mirrored = [((2, n), (3, 9 - n)) for n in range(10)]
    assert crossings(layout(made(mirrored))) == 0


def test_a_tree_has_no_crossings() -> None:
    tree = [((1, n // 2), (2, n)) for n in (5, 1, 3, 0, 2, 4)] + [((2, n), (4, 5 - n)) for n in range(6)]
    assert layout(made(tree)).crossings == 0


def test_nothing_at_all() -> None:
    assert layout(Graph({}, ())) == Layout((), (), 0, 0, 0)


_POINT = st.tuples(st.integers(0, 4), st.integers(0, 5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_POINT, _POINT), max_size=30))
def test_any_graph_is_drawn_soundly(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    drawn = layout(made(pairs))
    sound(drawn)
    assert crossings(drawn) <= drawn.crossings
