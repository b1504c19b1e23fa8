"""The compiled hash is the standard library's."""

from __future__ import annotations

from hashlib import blake2b

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keyed_hash import digests
from huaxiang.privacy.keys import MasterKey

TEXTS = st.one_of(st.binary(max_size=40), st.sampled_from([b"", *(b"x" * size for size in (127, 128, 129, 256, 300))]))


@settings(deadline=None)  # the first call compiles
@given(texts=st.lists(TEXTS, max_size=12), key=st.binary(min_size=1, max_size=64), person=st.binary(max_size=16))
def test_digests_are_blake2b(texts: list[bytes], key: bytes, person: bytes) -> None:
    found = digests(pa.array(texts, pa.binary()), key, person)
    wanted = [blake2b(text, digest_size=16, key=key, person=person).digest() for text in texts]
    assert [hi.to_bytes(8, signed=True) + lo.to_bytes(8, signed=True) for hi, lo in found.tolist()] == wanted


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_a_slice_of_a_column(type_: pa.DataType) -> None:
    column = pa.array(["一", "two", "", "4"], type_)
    assert digests(column.slice(1, 2), b"k", b"p").tolist() == digests(column, b"k", b"p").tolist()[1:3]


def test_a_column_has_the_numbers_of_its_texts() -> None:
    blind, texts = BlindIndex(MasterKey(bytes(range(32)))), ["13800138000", "王小明", ""]
    assert blind.column("phone", pa.array(texts)).tolist() == blind.many("phone", texts).tolist()
