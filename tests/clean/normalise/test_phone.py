"""The mainland mobile's short way against phonenumbers itself."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.clean.normalise import normaliser

PHONE = normaliser("phone")
WRITTEN = ("{}", "+86{}", "0086{}", "86 {}", "(+86) {}", "{}.0", "'{}", "+86-{}", "tel:{}")


@settings(max_examples=2000, deadline=None)
@given(digits=st.from_regex(r"1[0-9]{10}", fullmatch=True))
def test_it_accepts_the_mobiles_that_phonenumbers_accepts(digits: str) -> None:
    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        assert PHONE.normalise(digits) is None
        return
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    is_mobile = phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in mobile
    assert (PHONE.normalise(digits) == digits) is is_mobile


@given(digits=st.from_regex(r"(13|15[0-35-9]|18)[0-9]{8,9}", fullmatch=True).filter(lambda d: len(d) == 11))
def test_every_way_of_writing_is_one_number(digits: str) -> None:
    assert {PHONE.normalise(form.format(digits)) for form in WRITTEN} == {digits}
    assert PHONE.normalise(f"{digits[:3]} {digits[3:7]}-{digits[7:]}") == digits


def test_the_usual_row_does_not_ask_phonenumbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonenumbers, "parse", None)
    assert PHONE.normalise("13800138000") == "13800138000"
    assert PHONE.normalise("+86 138-0013-8000") == "13800138000"
