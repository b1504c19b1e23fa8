"""Which identifiers are set aside before anything is joined: a hot line is not a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from huaxiang.identify.arrays import Flags, Numbers, Places, group_starts, rank_in_group
from huaxiang.identify.graph import Graph


class Reason(IntEnum):
    """Why an identifier was set aside."""

    NONE = 0
    SHARED = 1
    AMBIGUOUS = 2
    COLLISION = 3


REASONS = ("shared", "ambiguous", "collision")
"""The reasons as texts, in the order of their codes, from 1."""


@dataclass(frozen=True)
class Aside:
    """By node: why it was set aside (Reason), how many people it was seen with at least, and whether it is contested.

    A contested one was seen with more of some kind than one person has: in a row that is of two people it says less
    than the others do.
    """

    reason: npt.NDArray[np.uint8]
    people: Numbers
    contested: Flags

    @property
    def flags(self) -> Flags:
        """Which nodes are set aside."""
        return np.asarray(self.reason != Reason.NONE)


def set_aside(graph: Graph) -> Aside:
    """Judge every identifier by those it was seen with; one look for all, so that order cannot matter.

    Of a certain kind of which a person has `per_person`, so many times more are so many people at least. An identifier
    seen with more people than `shared_by` is shared. One that is not, but was seen with more of a kind than a person
    has, all of those up to the first too many on equal evidence, is ambiguous; shared ones do not count for that, and
    a kind that names a person is not given up for kinds that do not.
    """
    kinds = graph.kinds
    aside = Aside(np.zeros(len(graph), np.uint8), np.zeros(len(graph), np.int64), np.zeros(len(graph), np.bool_))
    crowded = np.zeros(len(graph), np.bool_)
    edges = _Edges.of(graph, ~graph.collides[graph.a] & ~graph.collides[graph.b])
    for kind in np.flatnonzero(kinds.certain):
        number = np.bincount(edges.seen_with(graph, int(kind))[0], minlength=len(graph))
        people = -(-number // kinds.per_person[kind])
        np.maximum(aside.people, people, out=aside.people)
        aside.reason[people > kinds.shared_by[graph.code]] = Reason.SHARED
        crowded |= number >= kinds.per_person[kind]
    trusted = ~aside.flags & ~graph.collides
    crowded &= trusted & graph.certain
    between = trusted[graph.a] & trusted[graph.b] & (crowded[graph.a] | crowded[graph.b])
    _judge_contested(graph, aside, crowded, _Edges.of(graph, between))
    aside.reason[graph.collides] = Reason.COLLISION
    return aside


@dataclass(frozen=True)
class _Edges:
    """Some edges of a graph, with the codes of their ends."""

    a: Places
    b: Places
    evidence: Numbers
    code_a: npt.NDArray[np.uint8]
    code_b: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, graph: Graph, among: Flags) -> Self:
        a, b = graph.a[among], graph.b[among]
        return cls(a, b, graph.evidence[among], graph.code[a], graph.code[b])

    def seen_with(self, graph: Graph, kind: int) -> tuple[Places, Numbers]:
        """Return the identifiers that have an edge to one of `kind`, once for each, and the edge's evidence.

        Two of a kind that names a person say nothing about each other: they are two people.
        """
        of_a, of_b = self.code_b == kind, self.code_a == kind
        if graph.kinds.names_a_person[kind]:
            of_a, of_b = of_a & (self.code_a != kind), of_b & (self.code_b != kind)
        seen = np.concatenate([self.a[of_a], self.b[of_b]])
        return seen, np.concatenate([self.evidence[of_a], self.evidence[of_b]])


def _judge_contested(graph: Graph, aside: Aside, crowded: Flags, edges: _Edges) -> None:
    kinds = graph.kinds
    for kind in np.flatnonzero(kinds.certain):
        limit = int(kinds.per_person[kind])
        seen, evidence = edges.seen_with(graph, int(kind))
        # One of the kind itself is one of those a person may have.
        room = limit - ((graph.code == kind) & (limit > 1))
        over = crowded & (np.bincount(seen, minlength=len(graph)) > room)
        over &= (limit == 1) | ~kinds.names_a_person[graph.code]
        aside.contested[over] = True
        aside.reason[_equal_beyond(seen, evidence, over, room)] = Reason.AMBIGUOUS


def _equal_beyond(seen: Places, evidence: Numbers, among: Flags, room: Numbers) -> Numbers:
    """Return the nodes `among` whose strongest edge is no stronger than the first there is no `room` for."""
    rows = np.flatnonzero(among[seen])
    rows = rows[np.lexsort((-evidence[rows], seen[rows]))]
    starts = group_starts(seen[rows])
    rank = rank_in_group(starts)
    beyond = np.flatnonzero(rank == room[seen[rows]])
    equal = evidence[rows[beyond]] == evidence[rows[beyond - rank[beyond]]]
    return np.asarray(seen[rows[beyond[equal]]])
