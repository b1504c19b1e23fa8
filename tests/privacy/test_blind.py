from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey, Purpose

ONE, OTHER = MasterKey(b"\x01" * 32), MasterKey(b"\x02" * 32)
TEXT = st.text(alphabet=st.characters())  # surrogates included


@given(st.text(), st.lists(TEXT, max_size=20))
def test_many_is_one_many_times_and_always_the_same(kind: str, values: list[str]) -> None:
    pairs = BlindIndex(ONE).many(kind, values)
    assert pairs.shape == (len(values), 2)
    assert pairs.dtype == np.int64
    again = BlindIndex(ONE)
    assert [again.one(kind, value) for value in values] == [tuple(pair) for pair in pairs.tolist()]


@given(st.text(), st.text(), TEXT, TEXT)
def test_differs_across_kinds_values_and_keys(kind: str, kind2: str, value: str, value2: str) -> None:
    index = BlindIndex(ONE)
    assert (index.one(kind, value) == index.one(kind2, value2)) == ((kind, value) == (kind2, value2))
    assert index.one(kind, value) != BlindIndex(OTHER).one(kind, value)


def test_the_border_between_kind_and_value_counts() -> None:
    index = BlindIndex(ONE)
    assert index.one("phone", "x1") != index.one("phonex", "1")
    assert index.one("k" * 40, "1") != index.one("k" * 41, "1")  # longer than BLAKE2's 16 bytes


def test_is_keyed_blake2b() -> None:
    hi, lo = BlindIndex(ONE).one("phone", "13800138000")
    digest = hashlib.blake2b(
        b"13800138000",
        digest_size=16,
        key=ONE.sub_key(Purpose.BLIND_INDEX),
        person=hashlib.blake2b(b"phone", digest_size=16).digest(),
    ).digest()
    assert hi.to_bytes(8, "big", signed=True) + lo.to_bytes(8, "big", signed=True) == digest


def test_no_key_in_repr() -> None:
    assert repr(ONE.sub_key(Purpose.BLIND_INDEX)) not in repr(BlindIndex(ONE))
