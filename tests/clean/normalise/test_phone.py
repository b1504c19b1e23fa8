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
        assert PHONE.normalise(digits) in (None, "+" + digits)
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


READ = {
    # As written: what it is in a project of CN, US, HK and TW; None where it could be two numbers, or is none.
    "1-858-555-2671": (None, "+18585552671", None, None),
    "+1 858 555 2671": ("+18585552671",) * 4,
    "18585552671": ("18585552671", "+18585552671", None, None),
    "185-8555-2671": ("18585552671", None, None, None),
    "(415) 555-2671": (None, "+14155552671", None, None),
    "4155552671": (None, "+14155552671", None, None),
    "0415-5552671": ("+864155552671", None, None, None),
    "1 415 555 2671": ("+14155552671",) * 4,
    "14155552671": (None, "+14155552671", "+14155552671", "+14155552671"),
    "12125551234": ("+12125551234",) * 4,
    "852-91234567": ("+85291234567",) * 4,
    "85291234567": ("+85291234567",) * 4,
    "+852 9123 4567": ("+85291234567",) * 4,
    "0085291234567": ("+85291234567",) * 4,
    "91234567": (None, None, "+85291234567", None),
    "853-6612-3456": ("+85366123456",) * 4,
    "886-912-345-678": ("+886912345678",) * 4,
    "886912345678": ("+886912345678",) * 4,
    "0912-345-678": (None, None, None, "+886912345678"),
    "02-2345-6789": (None, None, None, "+886223456789"),
    "138-0013-8000": ("13800138000",) * 4,
    "13800138000": ("13800138000",) * 4,
    "86 138 0013 8000": ("13800138000",) * 4,
    "+86 10 6234 5678": ("+861062345678",) * 4,
    "010-62345678": ("+861062345678", None, None, None),
    "12345678901": (None,) * 4,
    "14012345678": (None, "+14012345678", "+14012345678", "+14012345678"),
    "555-2671": (None,) * 4,
}


@pytest.mark.parametrize("text", READ)
def test_a_number_without_a_code_is_one_of_the_region_and_what_could_be_two_is_refused(text: str) -> None:
    assert tuple(normaliser("phone", region).normalise(text) for region in ("CN", "US", "HK", "TW")) == READ[text]


@given(text=st.from_regex(r"(\+|00)?[0-9 ()-]{6,16}", fullmatch=True), region=st.sampled_from(["CN", "US", "HK", "TW"]))
def test_a_canonical_number_is_the_same_in_every_region(text: str, region: str) -> None:
    canonical = normaliser("phone", region).normalise(text)
    if canonical is None:
        return
    same = {each: normaliser("phone", each).normalise(canonical) for each in ("CN", "US", "HK", "TW")}
    assert same[region] == canonical or not canonical.startswith("+")
    if canonical.startswith("+"):
        assert set(same.values()) == {canonical}
