"""Why are these two identifiers one person? The shortest way between them over evidence that holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from huaxiang.engine.duckdb import Engine


@dataclass(frozen=True)
class Hop:
    """One link of a way: `a` and `b` were seen together, first in `source_row` of `part` of `source`."""

    a: int
    b: int
    kind_a: str
    kind_b: str
    source: str
    part: int
    source_row: int
    rows: int


Neighbours = Mapping[int, Mapping[int, Hop]]

_LINKS = """
WITH mine AS (
  SELECT node, kind FROM identifiers WHERE subject = $1 AND state = 'joined'
)
SELECT links.a, links.b, x.kind, y.kind, links.source, links.part, links.source_row, links.rows
FROM links JOIN mine AS x ON x.node = links.a JOIN mine AS y ON y.node = links.b
WHERE links.subject = $1 AND links.state IN ('joined', 'weak')
ORDER BY links.rows DESC, links.source, links.part, links.a
"""


def evidence_path(engine: Engine, node_a: int, node_b: int) -> list[Hop]:
    """Return the hops from one identifier to another of the same person; empty when nothing joins them.

    The fewest hops; of several such ways the one with the most evidence (the smallest sum of 1 / rows).
    """
    subject = engine.one(
        "SELECT x.subject FROM identifiers AS x JOIN identifiers AS y USING (subject) WHERE x.node = ? AND y.node = ?",
        [node_a, node_b],
    )
    if subject is None or node_a == node_b:
        return []
    return list(_walk(_neighbours(engine.rows(_LINKS, [subject])), node_a, node_b))


def _neighbours(rows: list[tuple[Any, ...]]) -> Neighbours:
    # Both directions; the strongest link of a pair is the first to come.
    found: dict[int, dict[int, Hop]] = {}
    for a, b, kind_a, kind_b, *rest in rows:
        found.setdefault(a, {}).setdefault(b, Hop(a, b, kind_a, kind_b, *rest))
        found.setdefault(b, {}).setdefault(a, Hop(b, a, kind_b, kind_a, *rest))
    return found


def _walk(neighbours: Neighbours, start: int, goal: int) -> Iterator[Hop]:
    came: dict[int, int] = {}
    queue: list[tuple[int, float, int, int]] = [(0, 0.0, start, start)]
    while queue:
        hops, weakness, node, before = heappop(queue)
        if node in came:
            continue
        came[node] = before
        if node == goal:
            break
        for other, hop in neighbours.get(node, {}).items():
            if other not in came:
                heappush(queue, (hops + 1, weakness + 1 / max(hop.rows, 1), other, node))
    yield from reversed(list(_back(neighbours, came, start, goal)))


def _back(neighbours: Neighbours, came: Mapping[int, int], start: int, goal: int) -> Iterator[Hop]:
    node = goal
    while node != start and node in came:
        yield neighbours[came[node]][node]
        node = came[node]
