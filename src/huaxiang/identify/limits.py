"""Where a limit would break: joined level by level of evidence, and what cannot be told at a level is left apart.

A level is all evidence of one strength, looked at as a whole: what it joins beyond a limit is separated by where things
stand, never by their numbers or the order in which they came.

1. Two people: groups with an identifier of which a person has only one are the people. Whatever hangs between them
   goes to the nearest; what is as near to two is between them, and goes to nobody.
2. Too many of a kind for one person: from its strongest identifier on, ring by ring, as long as all of a ring fit;
   those of the kinds that do not fit are left.
3. Too many of a kind, and nobody named: all that hold that kind are left as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt

from huaxiang.identify.arrays import Flags, Numbers, Places

Held = npt.NDArray[np.int32]
"""By group and kind, how many identifiers."""
_NOBODYS, _BETWEEN = -1, -2


@dataclass(frozen=True)
class Groups:
    """Nodes that become groups: each node's group (a node of it), what a group holds, its size, what is between two.

    `limits` is by kind how many a person may have, `names` whether one of it names a person.
    """

    of: Places
    held: Held
    size: Places
    between: Flags
    limits: Numbers
    names: Flags

    @classmethod
    def of_nodes(cls, code: npt.NDArray[np.uint8], limits: Numbers, names: Flags) -> Self:
        """Return nodes of these kinds, each a group of its own."""
        number = len(code)
        held = np.zeros((number, len(limits)), np.int32)
        held[np.arange(number), code] = 1
        return cls(
            np.arange(number, dtype=np.int32), held, np.ones(number, np.int32), np.zeros(number, np.bool_), limits,
            names,
        )  # fmt: skip

    def unite(self, groups: Places, label: Places) -> None:
        """Make one of the `groups` with the same `label`, a place among them."""
        into = groups[label]
        moved = np.flatnonzero(into != groups)
        np.add.at(self.held, into[moved], self.held[groups[moved]])
        np.add.at(self.size, into[moved], self.size[groups[moved]])
        self.of[groups[moved]] = into[moved]

    def roots(self, nodes: Places) -> Places:
        """Return the groups of some nodes."""
        found = self.of[nodes]
        while not np.array_equal(further := self.of[found], found):
            found = further
        self.of[nodes] = found
        return found

    def first_of_each(self) -> Places:
        """Return for each node the first node of its group."""
        roots = self.roots(np.arange(len(self.of), dtype=np.int32))
        first = np.full(len(roots), len(roots), np.int32)
        np.minimum.at(first, roots, np.arange(len(roots), dtype=np.int32))
        return first[roots]


def join_by_levels(groups: Groups, a: Places, b: Places, evidence: Numbers) -> None:
    """Join nodes by their edges, the strongest evidence first, within the limits."""
    order = np.argsort(-evidence, kind="stable")
    levels = np.flatnonzero(np.diff(evidence[order])) + 1
    for level in np.split(order, levels):
        x, y = groups.roots(a[level]), groups.roots(b[level])
        open_ = (x != y) & ~groups.between[x] & ~groups.between[y]
        if open_.any():
            _join_level(groups, x[open_], y[open_])


def _join_level(groups: Groups, x: Places, y: Places) -> None:
    there, ends = np.unique(np.concatenate([x, y]), return_inverse=True)
    place: Places = ends.astype(np.int32)
    level = _Level(groups, groups.held[there], place[: len(x)], place[len(x) :])
    label = level.joined()
    groups.between[there[level.between & (groups.size[there] == 1)]] = True
    groups.unite(there, label)


class _Level:
    """The groups that the edges of one level touch, by their places here; `between` are those between two people."""

    def __init__(self, groups: Groups, held: Held, x: Places, y: Places) -> None:
        self.limits, self.names = groups.limits, groups.names
        self.held, self.x, self.y = held, x, y
        self.between = np.zeros(len(held), np.bool_)

    def joined(self) -> Places:
        """Return for each group the first of those it is one with."""
        label = self._components(np.ones(len(self.x), np.bool_))
        if not self._too_many(label).any():
            return label
        near = self._named_together(label)
        self.held = self._sums(near)
        self.x, self.y = near[self.x], near[self.y]
        open_ = self._within(self._two_people(label))
        self.between &= np.bincount(near, minlength=len(near)) == 1
        return self._components(open_)[near]

    def _named_together(self, label: Places) -> Places:
        # Two that name people and were seen together are one person, for everything that hangs on either.
        named = self.held[:, self.names].any(axis=1) & _any(self._too_many(label))[label]
        near = self._components(named[self.x] & named[self.y])
        apart = _any(self._too_many(near))[near]
        return np.where(apart, np.arange(len(near), dtype=np.int32), near)

    def _two_people(self, label: Places) -> Flags:
        """Return which edges stay open when people are told apart by kinds that name them."""
        open_ = np.ones(len(self.x), np.bool_)
        many = self._too_many(label)
        for kind in np.flatnonzero(self.names & many.any(axis=0)):
            people = (self.held[:, kind] > 0) & many[label, kind]
            whose = np.where(people, np.arange(len(people)), _NOBODYS).astype(np.int32)
            _nearest(whose, *_neighbours(self.x, self.y, len(whose)))
            self.between |= whose == _BETWEEN
            open_ &= (whose[self.x] == whose[self.y]) & (whose[self.x] != _BETWEEN)
        return open_

    def _within(self, open_: Flags) -> Flags:
        """Return which edges stay open when no group holds too many of a kind."""
        while True:
            label = self._components(open_)
            many = self._too_many(label)
            if not many.any():
                return open_
            broken = _any(many)
            centre = self._centres(label, broken)
            ring = np.where(centre, 0, _NOBODYS).astype(np.int32)
            _grow(ring, label, self.held, self.limits, *_neighbours(self.x[open_], self.y[open_], len(ring)))
            inside = ring >= 0
            named = np.zeros(len(label), np.bool_)
            named[label[centre]] = True
            left = _any(many[label] & (self.held > 0)) & ~named[label]
            open_ = open_ & (inside[self.x] == inside[self.y]) & ~left[self.x] & ~left[self.y]

    def _centres(self, label: Places, broken: Flags) -> Flags:
        # Of each broken one the group with its strongest name: there is one at most, people being told apart.
        kinds = np.where(self.names & (self.held > 0), np.arange(len(self.names)), len(self.names))
        strongest = kinds.min(axis=1)
        best = np.full(len(label), len(self.names))
        np.minimum.at(best, label, strongest)
        return np.asarray(broken[label] & (strongest == best[label]) & (strongest < len(self.names)))

    def _components(self, open_: Flags) -> Places:
        label = np.arange(len(self.held), dtype=np.int32)
        _label(label, self.x[open_], self.y[open_])
        return label

    def _sums(self, label: Places) -> Held:
        sums = np.zeros_like(self.held)
        np.add.at(sums, label, self.held)
        return sums

    def _too_many(self, label: Places) -> npt.NDArray[np.bool_]:
        """Return by label and kind whether it holds more than a person may have."""
        return np.asarray(self._sums(label) > self.limits)


def _any(flags: Flags) -> Flags:
    """Return by row whether any is set."""
    return np.asarray(flags.any(axis=1))


def _neighbours(x: Places, y: Places, number: int) -> tuple[Numbers, Places]:
    """Return where each one's neighbours begin, and the neighbours."""
    ends = np.concatenate([x, y])
    order = np.argsort(ends, kind="stable")
    begin = np.zeros(number + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=number), out=begin[1:])
    return begin, np.concatenate([y, x])[order]


def _label_py(label: Places, x: Places, y: Places) -> None:
    # Each place's label becomes the smallest place it is connected with.
    for edge in range(len(x)):
        a, b = x[edge], y[edge]
        while label[a] != a:
            label[a] = label[label[a]]
            a = label[a]
        while label[b] != b:
            label[b] = label[label[b]]
            b = label[b]
        if a < b:
            label[b] = a
        else:
            label[a] = b
    for place in range(len(label)):
        label[place] = label[label[place]]


def _nearest_py(whose: Places, begin: Numbers, neighbours: Places) -> None:
    # From all sources at once, a step at a time: who is reached from two in the same step is between them.
    steps = np.where(whose >= 0, 0, -1)
    queue = np.empty(len(whose), np.int64)
    number = 0
    for place in range(len(whose)):
        if whose[place] >= 0:
            queue[number] = place
            number += 1
    done = 0
    while done < number:
        here = queue[done]
        done += 1
        if whose[here] == _BETWEEN:
            continue
        for at in range(begin[here], begin[here + 1]):
            there = neighbours[at]
            if steps[there] < 0:
                steps[there] = steps[here] + 1
                whose[there] = whose[here]
                queue[number] = there
                number += 1
            elif steps[there] == steps[here] + 1 and whose[there] != whose[here]:
                whose[there] = _BETWEEN


def _grow_py(
    ring: Places, label: Places, held: Held, limits: Numbers, begin: Numbers, neighbours: Places
) -> None:  # fmt: skip
    # Ring after ring around the centres (0); of a ring, those with a kind that does not fit as a whole stay out.
    kinds = held.shape[1]
    total = np.zeros((len(ring), kinds), np.int64)
    coming = np.zeros((len(ring), kinds), np.int64)
    met = ring == 0
    inner = np.flatnonzero(met)
    for here in inner:
        total[label[here]] += held[here]
    outer = np.empty(len(ring), np.int64)
    step = 0
    while len(inner):
        step += 1
        number = 0
        for here in inner:
            for at in range(begin[here], begin[here + 1]):
                there = neighbours[at]
                if not met[there]:
                    met[there] = True
                    outer[number] = there
                    number += 1
                    coming[label[there]] += held[there]
        for place in outer[:number]:
            fits = True
            for kind in range(kinds):
                whole = total[label[place], kind] + coming[label[place], kind]
                fits = fits and (held[place, kind] == 0 or whole <= limits[kind])
            if fits:
                ring[place] = step
        kept = 0
        for place in outer[:number]:
            coming[label[place]] = 0
            if ring[place] == step:
                total[label[place]] += held[place]
                outer[kept] = place
                kept += 1
        inner = outer[:kept].copy()


_label: Any = numba.njit(cache=True, nogil=True)(_label_py)
_nearest: Any = numba.njit(cache=True, nogil=True)(_nearest_py)
_grow: Any = numba.njit(cache=True, nogil=True)(_grow_py)
