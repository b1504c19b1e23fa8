"""Numbers in scientific notation: written out where every digit is there, refused where one may be gone."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.clean.normalise.figures import SUSPECT, written_out

READ = {
    "1.3911117777E10": "13911117777",
    "1.3911117777E+10": "13911117777",
    "1,3911117777e10": "13911117777",
    "１.3911117777E10": "13911117777",
    "'1.3911117777E10": "13911117777",
    "13.911117777E+9": "13911117777",
    "1.39111177770E10": "13911117777",
    "3.612571234567890123E+18": "3612571234567890123",
    "-1.5E1": "-15",
    "1.39E+10": None,
    "1.3911117E10": None,
    "1E+10": None,
    "1,39E+10": None,
    "3.61257123456789E+18": None,
    "1.2345678901234568e+16": None,
    "12345678901234568.0": None,
    "9007199254740992.0": "9007199254740992.0",
    "13911117777.0": "13911117777.0",
    "12E3": "12E3",
    "1.25E1": "1.25E1",
    "VIP1.5E+3": "VIP1.5E+3",
    "1.5E+3-A": "1.5E+3-A",
    "": "",
}


@pytest.mark.parametrize(("text", "expected"), READ.items())
def test_numbers(text: str, expected: str | None) -> None:
    assert written_out(text) == expected


@given(st.integers(1, 10**15), st.integers(1, 14))
def test_what_is_read_is_the_number_and_what_was_rounded_is_refused(number: int, places: int) -> None:
    digits = str(number)
    assert written_out(f"{number:.{max(len(digits) - 1, 1)}E}") == digits
    if places < len(digits) - 1:
        assert written_out(f"{number:.{places}E}") is None


@pytest.mark.parametrize("text", READ)
def test_whatever_is_changed_is_suspected(text: str) -> None:
    assert written_out(text) == text or re.search(SUSPECT, text)


@given(st.uuids())
def test_no_hexadecimal_id_is_suspected(value: UUID) -> None:
    assert not re.search(SUSPECT, str(value)) and not re.search(SUSPECT, value.hex)
