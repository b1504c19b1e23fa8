"""Payloads: whatever the values are, the same as putting them together one by one."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.seal.payloads import Owners, payloads

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', "\\", "a\n\tb", "\x00", "王"]
)
ROWS = st.lists(st.tuples(st.integers(-5, 5), st.sampled_from(["phone", "name", '"odd']), TEXTS), max_size=30)


@given(rows=ROWS, owned=st.dictionaries(st.integers(-5, 4), st.integers(1, 3)), slices=st.integers(1, 4))
def test_it_equals_one_by_one(rows: list[tuple[int, str, str]], owned: dict[int, int], slices: int) -> None:
    owners = Owners.of(
        pa.table({"node": pa.array(list(owned), pa.int64()), "subject": pa.array(list(owned.values()), pa.int64())})
    )
    nodes, kinds, values = ([row[place] for row in rows] for place in range(3))
    places = owners.places_of(pa.array(nodes, pa.int64()))
    found = {}
    for subjects, texts in payloads(
        pa.array(kinds, pa.string()), pa.array(values, pa.large_string()), places, owners, slices
    ):
        assert np.all(np.diff(subjects) > 0)
        found |= {subject: json.loads(text) for subject, text in zip(subjects.tolist(), texts, strict=True)}
    expected: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for node, kind, value in rows:
        if node in owned:
            expected[owned[node]][kind].add(value)
    assert all(len(said) == len(set(said)) for kinds in found.values() for said in kinds.values())
    assert {subject: {kind: set(said) for kind, said in kinds.items()} for subject, kinds in found.items()} == expected
