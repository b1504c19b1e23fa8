"""Public ids: short, readable aloud, and a slip is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.errors import NotFound
from huaxiang.read.subject_ids import ALPHABET, decode_subject, encode_subject

SUBJECTS = st.integers(0, (1 << 63) - 1)


@given(SUBJECTS)
def test_round_trip(subject: int) -> None:
    text = encode_subject(subject)
    assert len(text) == 15
    assert decode_subject(text) == subject
    assert decode_subject(f" {text[:5].lower()}-{text[5:]} ") == subject


@given(SUBJECTS, st.integers(1, 14), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(subject: int, place: int, character: str) -> None:
    text = encode_subject(subject)
    wrong = text[:place] + character + text[place + 1 :]
    if wrong != text:
        with pytest.raises(NotFound):
            decode_subject(wrong)


def test_letters_that_look_like_digits() -> None:
    assert decode_subject(encode_subject(0).replace("0", "O")) == 0


@pytest.mark.parametrize("text", ["", "C", "X" * 15, "C" + "Z" * 14, "13800138000", "客户"])
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(NotFound):
        decode_subject(text)


@pytest.mark.parametrize("subject", [-1, 1 << 63])
def test_what_is_no_subject(subject: int) -> None:
    with pytest.raises(ValueError):
        encode_subject(subject)
