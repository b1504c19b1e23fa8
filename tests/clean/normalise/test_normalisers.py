"""What every normaliser must do, and golden cases of each kind."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.clean.maps import Maps
from huaxiang.clean.normalise import FILLERS, NORMALISERS, Normaliser, filler, normaliser
from huaxiang.clean.normalise.base import masked
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
    shown = masked(canonical)
    assert shown.count("*") >= 2
    assert len(shown.replace("*", "").strip()) <= 2


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


@given(text=st.text(min_size=1, max_size=60))
def test_a_mask_shows_the_two_ends_at_most_and_never_how_long_a_value_is(text: str) -> None:
    shown = masked(text)
    assert shown in {"**", f"{text[0]}**", f"{text[0]}******{text[-1]}"}
    assert (len(shown) == 8) == (len(text) >= 8)


@pytest.mark.parametrize(
    ("canonical", "shown"),
    [
        ("13800131234", "1******4"),
        ("+861012345678", "+******8"),
        ("王小明", "王**"),
        ("王明", "王**"),
        ("王", "**"),
        ("11010519491231002X", "1******X"),
        ("lilei@example.com", "l******m"),
        ("l@x.cn", "l**"),
        ("浙江省杭州市西湖区文三路90号", "浙******号"),
        ("VIP0012", "V**"),
        ("V1", "V**"),
    ],
)
def test_masks(canonical: str, shown: str) -> None:
    assert masked(canonical) == shown
