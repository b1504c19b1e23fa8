"""Certain evidence joins identifiers to persons; where a limit would break, edge by edge and the strongest first."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from huaxiang.identify.arrays import Flags, Numbers, Places
from huaxiang.identify.graph import Graph


def join(graph: Graph, usable: Flags) -> Places:
    """Return each node's person as the place of its smallest node; a node that is not `usable` is its own.

    Same graph, same persons: the order in which edges come does not matter.
    """
    person = np.arange(len(graph), dtype=np.int32)
    edges = usable[graph.a] & usable[graph.b]
    _unite(person, graph.a[edges], graph.b[edges])
    broken = _breaks_a_limit(graph, person)
    if broken.any():
        _rejoin(graph, person, broken, edges & broken[graph.a])
    return person


def _breaks_a_limit(graph: Graph, person: Places) -> Flags:
    # By node: whether its person has more of some kind than a person may have.
    broken = np.zeros(len(graph), np.bool_)
    for kind in np.flatnonzero(graph.kinds.certain):
        number = np.bincount(person[graph.code == kind], minlength=len(graph))
        broken |= number > graph.kinds.per_person[kind]
    return np.asarray(broken[person])


def _rejoin(graph: Graph, person: Places, broken: Flags, edges: Flags) -> None:
    # Small numbers for the broken persons' nodes, in the same order, so that the smallest stays the smallest.
    nodes = np.flatnonzero(broken)
    small = np.cumsum(broken, dtype=np.int32) - 1
    a, b = small[graph.a[edges]], small[graph.b[edges]]
    order = np.lexsort((b, a, -graph.evidence[edges]))
    held = np.zeros((len(nodes), len(graph.kinds.certain)), np.int32)
    held[np.arange(len(nodes)), graph.code[nodes]] = 1
    parts = np.arange(len(nodes), dtype=np.int32)
    _unite_within(parts, a[order], b[order], held, _limits(graph))
    person[nodes] = nodes[parts]


def _limits(graph: Graph) -> Numbers:
    return np.where(graph.kinds.certain, graph.kinds.per_person, 0)


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


def _unite_within_py(person: Places, a: Places, b: Places, held: Any, limits: Numbers) -> None:
    # As _unite, but an edge that would give one person more of a kind than `limits` joins nothing.
    for edge in range(len(a)):
        x, y = a[edge], b[edge]
        while person[x] != x:
            person[x] = person[person[x]]
            x = person[x]
        while person[y] != y:
            person[y] = person[person[y]]
            y = person[y]
        if x == y:
            continue
        if y < x:
            x, y = y, x
        fits = True
        for kind in range(len(limits)):
            fits = fits and held[x, kind] + held[y, kind] <= limits[kind]
        if fits:
            person[y] = x
            held[x] += held[y]
    for place in range(len(person)):
        person[place] = person[person[place]]


_unite: Any = numba.njit(cache=True, nogil=True)(_unite_py)
_unite_within: Any = numba.njit(cache=True, nogil=True)(_unite_within_py)
