"""What every normaliser must do, and golden cases of each kind."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.clean.maps import Maps
from huaxiang.clean.normalise import FILLERS, NORMALISERS, Normaliser, filler, normaliser
from huaxiang.missing import BLANK_WORDS
from huaxiang.privacy.blind import BlindIndex
from tests.small_shop import MASTER

GOLDEN = Path(__file__).parents[1] / "golden"
with (GOLDEN / "normalisers.csv").open(encoding="utf-8", newline="") as file:
    CASES = [(row["kind"], row["input"], row["expected"] or None) for row in csv.DictReader(file)]

each_kind = pytest.mark.parametrize("one", NORMALISERS, ids=lambda one: one.kind)
texts = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("0123456789xX-+ ()@.abcVIP王小明先生女士浙江省杭州市１２ＡＢ\u3000·'"), max_size=40),
    st.sampled_from([text for _, text, _ in CASES]),
)


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_golden(kind: str, text: str, expected: str | None) -> None:
    assert normaliser(kind).normalise(text) == expected


def test_kinds_are_distinct_and_all_have_golden_cases() -> None:
    kinds = [one.kind for one in NORMALISERS]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) - {"token", "code"} <= {kind for kind, _, _ in CASES}


def test_an_unknown_kind_is_read_as_a_code() -> None:
    one = normaliser("loyalty_card")
    assert (one.kind, one.normalise(" ab 12 ")) == ("loyalty_card", "AB12")


@each_kind
def test_words_for_no_value_are_no_values(one: Normaliser) -> None:
    for blank in BLANK_WORDS:
        for text in (blank, blank.upper(), f" {blank}\t"):
            assert one.normalise(text) is None, text


@each_kind
@settings(max_examples=300, deadline=None)
@given(text=texts)
def test_contract(one: Normaliser, text: str) -> None:
    canonical = one.normalise(text)
    if canonical is None:
        return
    assert canonical
    assert one.normalise(canonical) == canonical
    derived = one.derive(canonical)
    assert len(derived) == len(one.derived)
    for value, kind in zip(derived, one.derived.values(), strict=True):
        assert kind in ("text", "date")
        if kind == "date" and value is not None:
            date.fromisoformat(value)
    assert "*" in one.mask(canonical)
    assert one.mask(canonical) != canonical or "*" in canonical


@each_kind
@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_what_looks_canonical_is(one: Normaliser, data: st.DataObject) -> None:
    """The law that lets texts of a plain shape pass unread (clean/maps.py)."""
    if one.plain is None:
        return
    alike = st.from_regex(f"(?:{one.plain.pattern})", fullmatch=True)
    words = st.sampled_from(
        sorted({*FILLERS, *(text for _, text, _ in CASES), *(wanted or "" for *_, wanted in CASES)})
    )
    some = data.draw(st.lists(st.one_of(alike, words, words.map(str.upper), texts), min_size=1, max_size=20))
    fast = Maps(BlindIndex(MASTER), ()).fast(one, pa.array(some, pa.string()))
    for text, plain in zip(some, fast.to_pylist(), strict=True):
        assert not plain or (one.normalise(text) == text and (filler(text) is None or one.kind == "name"))


MIDDLES = {
    "phone": ("13812345678", "1234"),
    "id_card": ("11010519491231002X", "19491231"),
    "uscc": ("91110000600037341L", "0000600037"),
    "bank_card": ("4111111111111111", "111111111111"),
    "email": ("li.lei@example.com", ".lei"),
    "wechat": ("li_lei-1990", "_lei-19"),
    "openid": ("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "8uMuAJO_M2pxb1Q9zNjW"),
    "unionid": ("o6_bmasdasdsad6_2sgVt7hMZOPf", "masdasdsad6_2sgVt7hM"),
    "device_id": ("6d92078a-8246-4ba4-ae5b-76104861e7dc", "8246-4ba4-ae5b"),
    "token": ("abcdef123456", "ef12"),
    "member_id": ("VIP00123", "P001"),
    "code": ("VIP00123", "P001"),
    "name": ("王小明", "小明"),
    "address": ("浙江省杭州市西湖区文三路90号", "西湖区文三路90号"),
}


@each_kind
def test_the_mask_never_shows_the_middle(one: Normaliser) -> None:
    canonical, middle = MIDDLES[one.kind]
    assert one.normalise(canonical) == canonical
    assert middle not in one.mask(canonical)
    assert not re.search(r"\d{7}", one.mask(canonical))


@each_kind
@given(text=st.text(st.sampled_from("0123456789"), min_size=6, max_size=6), tail=st.text("abc12", max_size=20))
def test_masks_hide_at_least_as_much_as_they_must(one: Normaliser, text: str, tail: str) -> None:
    """Where a mask keeps the length, at least three characters are hidden (all, when there are fewer)."""
    canonical = one.normalise(text + tail)
    if canonical is not None and one.kind not in ("name", "address", "email"):
        assert one.mask(canonical).count("*") >= min(3, len(canonical))


@pytest.mark.parametrize(
    ("kind", "canonical", "shown"),
    [
        ("phone", "13800131234", "138****1234"),
        ("phone", "+861012345678", "+8610****5678"),
        ("name", "王小明", "王**"),
        ("id_card", "11010519491231002X", "110105********002X"),
        ("email", "lilei@example.com", "li***@example.com"),
        ("email", "l@example.com", "***@example.com"),
        ("address", "浙江省杭州市西湖区文三路90号", "浙江省杭州市***"),
        ("address", "北京市朝阳区建国路88号", "北京市***"),
        ("address", "文三路90号", "***"),
    ],
)
def test_masks(kind: str, canonical: str, shown: str) -> None:
    assert normaliser(kind).mask(canonical) == shown
