"""Which identifiers are set aside before anything is joined: a hot line is not a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from huaxiang.identify.arrays import Flags, Numbers, group_starts, rank_in_group
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
    """By node: why it was set aside (Reason), and how many people it was seen with."""

    reason: npt.NDArray[np.uint8]
    people: Numbers

    @property
    def flags(self) -> Flags:
        """Which nodes are set aside."""
        return np.asarray(self.reason != Reason.NONE)


def set_aside(graph: Graph) -> Aside:
    """Judge every identifier by those it was seen with; one look for all, so that order cannot matter.

    People are told apart by kinds of which a person has only one: an identifier seen with more of them than
    `shared_by` is shared; a certain one seen with some, the two strongest on equal evidence, is ambiguous.
    """
    kinds = graph.kinds
    allowed = kinds.shared_by[graph.code]
    aside = Aside(np.zeros(len(graph), np.uint8), np.zeros(len(graph), np.int64))
    for kind in np.flatnonzero(kinds.names_a_person):
        seen, evidence = _seen_with(graph, int(kind))
        people = np.bincount(seen, minlength=len(graph))
        np.maximum(aside.people, people, out=aside.people)
        aside.reason[people > allowed] = Reason.SHARED
        unsure = graph.certain & (people > 1) & (aside.reason == Reason.NONE)
        aside.reason[_strongest_equal(seen, evidence, unsure)] = Reason.AMBIGUOUS
    aside.reason[graph.collides] = Reason.COLLISION
    return aside


def _seen_with(graph: Graph, kind: int) -> tuple[Numbers, Numbers]:
    # The identifiers of other kinds that have an edge to one of `kind`, once for each, and the edge's evidence.
    other = graph.code != kind
    usable = ~other & ~graph.collides
    of_a, of_b = usable[graph.b] & other[graph.a], usable[graph.a] & other[graph.b]
    seen = np.concatenate([graph.a[of_a], graph.b[of_b]])
    return seen.astype(np.int64), np.concatenate([graph.evidence[of_a], graph.evidence[of_b]])


def _strongest_equal(seen: Numbers, evidence: Numbers, among: Flags) -> Numbers:
    rows = np.flatnonzero(among[seen])
    rows = rows[np.lexsort((-evidence[rows], seen[rows]))]
    rank = rank_in_group(group_starts(seen[rows]))
    second = np.flatnonzero(rank == 1)
    equal = evidence[rows[second]] == evidence[rows[second - 1]]
    return np.asarray(seen[rows[second[equal]]])
