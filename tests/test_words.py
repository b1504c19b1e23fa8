"""Words in both languages, and the nearest one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.words import Count, Words, language_of, nearest


def test_words_are_said_in_a_language() -> None:
    words = Words("orders", "订单")
    assert (words.say("en"), words.say("zh")) == ("orders", "订单")


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 rows are"), (1, "1 row is"), (2, "2 rows are"), (1234, "1,234 rows are")],
)
def test_a_count_chooses_its_words(count: int, said: str) -> None:
    rows = Count(count)
    assert f"{rows} {rows:row is|rows are}" == f"{rows} {rows:row is|rows are}" == said


def test_a_count_is_a_number() -> None:
    assert (Count(3) + 4, f"{Count(7):>3}", json.dumps(Count(1234))) == (7, "  7", "1234")


def test_words_that_need_a_count_refuse_what_is_none() -> None:
    with pytest.raises(ValueError, match="Invalid format specifier"):
        f"{1:row|rows}"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-CN", "zh"),
        ("zh_TW.UTF-8", "zh"),
        ("ZH", "zh"),
        ("en", "en"),
        ("en_US.UTF-8", "en"),
        ("C", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_locale(locale: str, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [("amont", ["amount", "count"], "amount"), ("Ammount", ["amount"], "amount"), ("x", ["amount"], None),
     ("", ["a"], None),
     ("品累", ["品类", "门店"], "品类"), ("城市", ["品类", "门店"], None),
     ("AMOUNT", ["Amount"], "Amount"), ("a", [], None)],
)  # fmt: skip
def test_the_nearest_word(word: str, known: list[str], found: str | None) -> None:
    assert nearest(word, known) == found


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_known_word_is_nearest_to_itself(known: list[str]) -> None:
    found = nearest(known[0], known)
    assert found is not None
    assert found.lower() == known[0].lower()
