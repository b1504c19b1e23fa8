"""Small array operations of the identity graph: numbers of 5 million nodes, never a Python dictionary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
"""Places in an array of nodes: the graph's own small numbers."""
Flags = npt.NDArray[np.bool_]


def places_of(values: Numbers, known: Numbers) -> tuple[Places, Flags]:
    """Return where each value stands in the sorted array `known` (its first place), and whether it is there at all.

    Looking up in the order of values keeps to the processor's cache: four times faster than as they come.
    """
    order = np.argsort(values, kind="stable")
    found = np.searchsorted(known, values[order])
    found[found == len(known)] = 0
    places = np.empty(len(values), np.int32)
    places[order] = found
    there = known[places] == values if len(known) else np.zeros(len(values), np.bool_)
    return places, there


def group_starts(*columns: npt.NDArray[np.integer]) -> Flags:
    """Return for sorted columns whether each row begins a new group of equal values."""
    starts = np.zeros(len(columns[0]), np.bool_)
    starts[:1] = True
    for column in columns:
        starts[1:] |= column[1:] != column[:-1]
    return starts


def rank_in_group(starts: Flags) -> Numbers:
    """Return each row's place within its group, from 0."""
    row = np.arange(len(starts))
    return row - np.maximum.accumulate(np.where(starts, row, 0))


def first_of_each(values: Numbers, among: Flags | None = None) -> Numbers:
    """Return the rows at which each value comes first, of the rows `among`; in order of values."""
    rows = np.arange(len(values)) if among is None else np.flatnonzero(among)
    return rows[np.unique(values[rows], return_index=True)[1]]


def by_code(values: Sequence[int]) -> Numbers:
    """Return a table that is read by a kind's code."""
    return np.array(values, np.int64)
