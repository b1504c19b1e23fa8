"""Words in both languages, and the nearest one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.words import Words, language_of, nearest


def test_words_are_said_in_a_language() -> None:
    words = Words("orders", "订单")
    assert (words.say("en"), words.say("zh")) == ("orders", "订单")


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
