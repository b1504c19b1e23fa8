"""Weak identifiers never join people: each follows the one person it was seen with, or floats."""

from __future__ import annotations

import numpy as np

from huaxiang.identify.arrays import Flags, Numbers, Places, group_starts, rank_in_group
from huaxiang.identify.graph import Graph

NOBODY = -1


def follow(graph: Graph, person: Places, settled: Flags, free: Flags) -> Places:
    """Return by node the person that a weak one follows, or NOBODY.

    `settled` nodes are certain and have a person; `free` ones are weak and were not set aside. A person keeps the
    strongest `per_person` of each kind; of those on equal evidence all, or none if there is no room for all.
    """
    node, whom, evidence = _sums(graph, person, settled, free)
    alone = np.bincount(node, minlength=len(graph))[node] == 1
    node, whom, evidence = node[alone], whom[alone], evidence[alone]
    code = graph.code[node]
    order = np.lexsort((-evidence, code, whom))
    kept = order[_fit(group_starts(whom[order], code[order]), evidence[order], graph.kinds.per_person[code[order]])]
    followed = np.full(len(graph), NOBODY, np.int32)
    followed[node[kept]] = whom[kept]
    return followed


def _fit(starts: Flags, evidence: Numbers, room: Numbers) -> Flags:
    """Return of sorted groups, the strongest evidence first, the rows that there is room for, equal ones together."""
    level = np.cumsum(starts | group_starts(evidence)) - 1
    level_rank = np.zeros(level[-1] + 1 if len(level) else 0, np.int64)
    np.maximum.at(level_rank, level, rank_in_group(starts))
    return np.asarray(level_rank[level] < room)


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
