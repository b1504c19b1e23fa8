"""Personal values made canonical: each distinct text of a batch once, a column at a time where that can be done.

Most texts already have their canonical form and show it by their shape (`plain` of a normaliser): they pass without
one object of Python each. Only the others are normalised one by one, and remembered for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from huaxiang.clean.normalise.base import Normaliser, Plain
from huaxiang.clean.normalise.fillers import Filler, filler
from huaxiang.clean.normalise.registry import normaliser
from huaxiang.clean.plan import CleanPlan, Personal, lent
from huaxiang.definitions.patterns import Patterns
from huaxiang.privacy.blind import BlindIndex

LARGEST = 300_000
"""So many texts of a kind are remembered at most: a bound on memory, not on correctness."""


@dataclass(frozen=True, slots=True)
class _Normal:
    """What one text is: its canonical form, and whether it is to be told as bad."""

    value: str | None
    bad: bool


@dataclass(frozen=True)
class Column:
    """A personal column of a batch: distinct texts as `values` with what they are, and for each row its place there.

    `nodes` is (hi, lo) of each blind index, and zeros where `values` is null or the column does not identify.
    """

    places: pa.Array
    values: pa.Array
    bad: pa.Array
    nodes: NDArray[np.int64]
    derived: Mapping[str, pa.Array]

    def by_row(self, personal: Personal, number: int) -> dict[str, pa.Array]:
        """Return the columns of the rows, by the names the plan's SQL knows them by."""
        found = {lent(number, "bad"): pc.fill_null(self.bad.take(self.places), False)}
        if personal.identifies:
            node = pa.array(self.nodes[:, 0], mask=pc.is_null(self.values).to_numpy(zero_copy_only=False))
            found[lent(number, "node")] = node.take(self.places)
        else:
            found[lent(number, "value")] = self.values.take(self.places)
        return found | {lent(number, f"d_{name}"): each.take(self.places) for name, each in self.derived.items()}


class Maps:
    """The memory of one worker.

    `never` are the patterns of values that identify nobody beside the fillers, `allow` of fillers that identify.
    """

    def __init__(self, blind: BlindIndex, never: Sequence[str], allow: Sequence[str] = ()) -> None:
        self.blind, self.never, self.allow = blind, tuple(never), tuple(allow)
        self._never, self._allow = Patterns(never), Patterns(allow)
        self._known: dict[tuple[str, str], dict[str, _Normal]] = {}
        self._derivatives: dict[str, dict[str, tuple[str | None, ...]]] = {}

    def column(self, personal: Personal, texts: pa.ChunkedArray) -> Column:
        """Return what a column of texts is."""
        encoded = texts.combine_chunks().dictionary_encode()
        places, distinct = encoded.indices, encoded.dictionary
        values, bad, derived = self._normal(personal, normaliser(personal.kind, personal.region), distinct)
        nodes = np.zeros((len(values), 2), np.int64)
        if personal.identifies and len(values):
            there = pc.is_valid(values)
            nodes[there.to_numpy(zero_copy_only=False)] = self.blind.column(personal.kind, values.filter(there))
        return Column(places, values, bad, nodes, derived)

    def fits(self, plan: CleanPlan) -> bool:
        """Say whether what is remembered holds for another plan too."""
        return (self.never, self.allow) == (plan.never, plan.allow)

    def fast(self, kind: Normaliser, texts: pa.Array) -> pa.Array:
        """Say of each text whether its shape shows that it is canonical, and nothing forbids to use it."""
        if kind.plain is None:
            return pa.repeat(False, len(texts))
        return pc.and_not(_matches(texts, kind.plain), self._never.found(texts))

    def _normal(
        self, personal: Personal, kind: Normaliser, texts: pa.Array
    ) -> tuple[pa.Array, pa.Array, dict[str, pa.Array]]:
        fast = self.fast(kind, texts)
        slow = pc.invert(fast)
        found = self._one_by_one(personal, kind, texts.filter(slow).to_pylist())
        values = pc.replace_with_mask(texts, slow, pa.array([each.value for each in found], pa.string()))
        bad = pc.replace_with_mask(fast, slow, pa.array([each.bad for each in found], pa.bool_()))
        bad = pc.and_not(bad, fast)
        return values, bad, self._derived(personal, kind, values)

    def _one_by_one(self, personal: Personal, kind: Normaliser, texts: list[str]) -> list[_Normal]:
        known = self._known.setdefault((personal.kind, personal.region), {})
        if len(known) + len(texts) > LARGEST:
            known.clear()
        # What others at work beside this one remember or forget meanwhile must not matter here.
        here = {text: known.get(text) for text in texts}
        for text, found in self._normals(kind, [text for text, normal in here.items() if normal is None]):
            here[text] = known[text] = found
        return [normal for text in texts if (normal := here[text]) is not None]

    def _normals(self, kind: Normaliser, texts: list[str]) -> Iterator[tuple[str, _Normal]]:
        written = self._fillers(texts)
        values = [None if told else kind.normalise(text) for text, told in zip(texts, written, strict=True)]
        # A code loses its blanks: "g u e s t" shows only now what it is.
        fillers = [before or after for before, after in zip(written, self._fillers(values), strict=True)]
        never = self._never.found(pa.array(values, pa.string())).to_pylist()
        for text, value, told, barred in zip(texts, values, fillers, never, strict=True):
            if value is None or told or barred:
                yield text, _Normal(None, told is not Filler.MISSING)
            else:
                yield text, _Normal(value, False)

    def _fillers(self, texts: Sequence[str | None]) -> list[Filler | None]:
        bare = [None if text is None else text.strip() for text in texts]
        allowed = self._allow.found(pa.array(bare, pa.string())).to_pylist()
        return [None if text is None or free else filler(text) for text, free in zip(bare, allowed, strict=True)]

    def _derived(self, personal: Personal, kind: Normaliser, values: pa.Array) -> dict[str, pa.Array]:
        """Return what derives from each value, of what the plan uses."""
        if not personal.derived:
            return {}
        known = self._derivatives.setdefault(personal.kind, {})
        if len(known) + len(values) > LARGEST:
            known.clear()
        nothing = (None,) * len(kind.derived)
        rows = [
            nothing if value is None else known.get(value) or known.setdefault(value, kind.derive(value))
            for value in values.to_pylist()
        ]
        places = {name: place for place, name in enumerate(kind.derived)}
        types = {name: pa.date32() if kind.derived[name] == "date" else pa.string() for name in personal.derived}
        return {
            name: pa.array([row[places[name]] for row in rows], pa.string()).cast(type_)
            for name, type_ in types.items()
        }


def _matches(texts: pa.Array, plain: Plain) -> pa.Array:
    size = pc.binary_length(texts)
    found: Any = pc.match_substring_regex(texts, f"^(?:{plain.pattern})$")
    found = pc.and_(found, pc.and_(pc.less_equal(size, plain.longest), pc.greater_equal(size, plain.shortest)))
    if plain.unless:
        found = pc.and_not(found, pc.match_substring_regex(texts, f"^(?:{plain.unless})$"))
    return found
