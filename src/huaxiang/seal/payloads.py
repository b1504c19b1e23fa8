"""Payloads: the values of each person as one JSON text, made of whole columns at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]

_TEXT = pa.large_string()
_EMPTY, _QUOTE = pa.scalar("", _TEXT), pa.scalar('"', _TEXT)
_TO_ESCAPE = r'["\\\x00-\x1f]'
"""The characters that JSON (RFC 8259, section 7) does not let stand in a text as they are."""


@dataclass(frozen=True)
class Owners:
    """Whose each identifier is: of each of `nodes` the place of its owner among `subjects`, which ascend."""

    nodes: pa.Array
    places: Numbers
    subjects: Numbers

    @classmethod
    def of(cls, nodes: pa.Table) -> Self:
        """Read a table (node, subject), without nulls."""
        subjects, places = np.unique(nodes.column("subject").to_numpy(), return_inverse=True)
        return cls(nodes.column("node").combine_chunks(), places, subjects)

    def places_of(self, nodes: pa.Array) -> Numbers:
        """Return the place of each node's owner; -1 for one that is nobody's."""
        found = pc.fill_null(pc.index_in(nodes, value_set=self.nodes), -1).to_numpy()
        places: Numbers = np.append(self.places, -1)[found]
        return places


def payloads(
    kinds: pa.Array, values: pa.Array, places: Numbers, owners: Owners, slices: int
) -> Iterator[tuple[Numbers, Sequence[str]]]:
    """Yield subjects, ascending, with their values as JSON: {kind: [values]}, each value once.

    The values, each of a kind, belong to the owners at `places`; -1 is nobody. A slice of the people at a time bounds
    what is held beside the values.
    """
    known = pc.unique(kinds)
    codes = pc.index_in(kinds, value_set=known).to_numpy()
    names = pa.array([json.dumps(kind, ensure_ascii=False) for kind in known.to_pylist()], _TEXT)
    edges = np.linspace(0, len(owners.subjects), slices + 1).astype(np.int64)
    for low, high in pairwise(edges.tolist()):
        rows = np.flatnonzero((places >= low) & (places < high))
        if len(rows):
            found, texts = _joined(places[rows] - low, codes[rows], values.take(pa.array(rows)), names)
            yield owners.subjects[low + found], texts


def _joined(
    people: Numbers, kinds: npt.NDArray[np.int32], text: pa.Array, names: pa.Array
) -> tuple[Numbers, Sequence[str]]:
    """Return the people, ascending, and the payload of each."""
    coded = text.dictionary_encode()
    # One number for (person, kind, value): sorting numbers groups them, and finds what is there twice.
    value_bits, kind_bits = len(coded.dictionary).bit_length(), len(names).bit_length()
    key = np.sort((((people << kind_bits) | kinds) << value_bits) | coded.indices.to_numpy())
    key = key[_begins(key)]
    value, group = key & ((1 << value_bits) - 1), key >> value_bits
    kind, person = group & ((1 << kind_bits) - 1), group >> kind_bits
    new_group, new_person = _begins(group), _begins(person)
    before = np.where(new_person, 2, np.where(new_group, 1, 0))
    opening = pc.binary_join_element_wise(
        pa.array(["", "],", "{"], _TEXT).take(pa.array(before)),
        pc.if_else(pa.array(new_group), names.take(pa.array(kind)), _EMPTY),
        pa.array([",", ":["], _TEXT).take(pa.array(new_group.astype(np.int8))),
        _EMPTY,
    )
    closing = pa.array(["", "]}"], _TEXT).take(pa.array(np.append(new_person[1:], True).astype(np.int8)))
    said = _quoted(coded.dictionary).take(pa.array(value))
    return person[new_person], _runs(
        pc.binary_join_element_wise(opening, said, closing, _EMPTY), np.flatnonzero(new_person)
    )


def _begins(column: Numbers) -> npt.NDArray[np.bool_]:
    """Return for a sorted column whether each row begins a new group of equal values."""
    return np.append(column[:1] == column[:1], column[1:] != column[:-1])


def _quoted(texts: pa.Array) -> pa.Array:
    """Return each text as JSON writes it."""
    plain = pc.binary_join_element_wise(_QUOTE, texts, _QUOTE, _EMPTY)
    odd = pc.match_substring_regex(texts, _TO_ESCAPE)
    if not pc.any(odd).as_py():
        return plain
    escaped = [json.dumps(text, ensure_ascii=False) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(plain, odd, pa.array(escaped, _TEXT))


def _runs(pieces: pa.Array, starts: Numbers) -> Sequence[str]:
    """Return the texts that the pieces make, each from one start to the next."""
    offsets = np.frombuffer(pieces.buffers()[1], np.int64)[pieces.offset : pieces.offset + len(pieces) + 1]
    cuts = pa.py_buffer(np.append(offsets[starts], offsets[-1]))
    texts: Sequence[str] = pa.LargeStringArray.from_buffers(len(starts), cuts, pieces.buffers()[2]).to_pylist()
    return texts
