"""Weak identifiers never join people: each follows the one person it was seen with, or floats."""

from __future__ import annotations

import numpy as np

from huaxiang.identify.arrays import Flags, Numbers, Places, group_starts, rank_in_group
from huaxiang.identify.graph import Graph

NOBODY = -1


def follow(graph: Graph, person: Places, settled: Flags, free: Flags) -> Places:
    """Return by node the person that a weak one follows, or NOBODY.

    `settled` nodes are certain and have a person; `free` ones are weak and were not set aside. A person keeps the
    strongest `per_person` of each kind.
    """
    node, whom, evidence = _sums(graph, person, settled, free)
    alone = np.bincount(node, minlength=len(graph))[node] == 1
    node, whom, evidence = node[alone], whom[alone], evidence[alone]
    code = graph.code[node]
    order = np.lexsort((node, -evidence, code, whom))
    rank = rank_in_group(group_starts(whom[order], code[order]))
    kept = order[rank < graph.kinds.per_person[code[order]]]
    followed = np.full(len(graph), NOBODY, np.int32)
    followed[node[kept]] = whom[kept]
    return followed


def _sums(graph: Graph, person: Places, settled: Flags, free: Flags) -> tuple[Places, Places, Numbers]:
    # Each (weak node, person) once, with its evidence.
    to_b, to_a = free[graph.a] & settled[graph.b], free[graph.b] & settled[graph.a]
    node = np.concatenate([graph.a[to_b], graph.b[to_a]])
    whom = person[np.concatenate([graph.b[to_b], graph.a[to_a]])]
    evidence = np.concatenate([graph.evidence[to_b], graph.evidence[to_a]])
    order = np.lexsort((whom, node))
    node, whom, evidence = node[order], whom[order], evidence[order]
    starts = np.flatnonzero(group_starts(node, whom))
    total = np.add.reduceat(evidence, starts) if len(starts) else evidence
    return node[starts], whom[starts], total
