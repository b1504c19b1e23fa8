"""Certain evidence joins identifiers to persons; where a limit would break, the strongest evidence first."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from huaxiang.identify.arrays import Flags, Places
from huaxiang.identify.graph import Graph
from huaxiang.identify.limits import Groups, join_by_levels


def join(graph: Graph, usable: Flags) -> tuple[Places, Flags]:
    """Return each node's person as the place of its smallest node, and which nodes stand between two people.

    A node that is not `usable` is its own, and so is one between two people, on equal evidence: it is joined to
    nobody. Same graph, same persons: neither the order in which edges come nor the numbers of nodes matter.
    """
    person = np.arange(len(graph), dtype=np.int32)
    edges = usable[graph.a] & usable[graph.b]
    _unite(person, graph.a[edges], graph.b[edges])
    between = np.zeros(len(graph), np.bool_)
    broken = _breaks_a_limit(graph, person)
    if broken.any():
        _rejoin(graph, person, broken, edges & broken[graph.a], between)
    return person, between


def _breaks_a_limit(graph: Graph, person: Places) -> Flags:
    # By node: whether its person has more of some kind than a person may have.
    broken = np.zeros(len(graph), np.bool_)
    for kind in np.flatnonzero(graph.kinds.certain):
        number = np.bincount(person[graph.code == kind], minlength=len(graph))
        broken |= number > graph.kinds.per_person[kind]
    return np.asarray(broken[person])


def _rejoin(graph: Graph, person: Places, broken: Flags, edges: Flags, between: Flags) -> None:
    # Small numbers for the broken persons' nodes, in the same order, so that the smallest stays the smallest.
    nodes = np.flatnonzero(broken)
    small = np.cumsum(broken, dtype=np.int32) - 1
    kinds = graph.kinds
    groups = Groups.of_nodes(graph.code[nodes], np.where(kinds.certain, kinds.per_person, 0), kinds.names_a_person)
    join_by_levels(groups, small[graph.a[edges]], small[graph.b[edges]], graph.evidence[edges])
    person[nodes] = nodes[groups.first_of_each()]
    between[nodes] = groups.between


def _unite_py(person: Places, a: Places, b: Places) -> None:
    # The smaller place becomes the root, so a place is never below its root: one pass makes all roots direct.
    for edge in range(len(a)):
        x, y = a[edge], b[edge]
        while person[x] != x:
            person[x] = person[person[x]]
            x = person[x]
        while person[y] != y:
            person[y] = person[person[y]]
            y = person[y]
        if x < y:
            person[y] = x
        else:
            person[x] = y
    for place in range(len(person)):
        person[place] = person[person[place]]


_unite: Any = numba.njit(cache=True, nogil=True)(_unite_py)
