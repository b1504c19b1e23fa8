"""Patterns of people: what is refused, and that none takes longer than its text is long."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.definitions.patterns import Patterns, pattern_fault


@pytest.mark.parametrize(
    ("pattern", "en", "zh"),
    [("(a", "missing ): (a", "缺少 )"), ("a)|(b", "unexpected )", "多余的 )"), ("[a", "missing ]: [a", "缺少 ]：[a"),
     ("(?=a)b", "invalid perl operator: (?= (look-around is not in it", "环视不在其中）：(?="),
     (r"(.)\1+", r"invalid escape sequence: \1 (back-references are not in it", "反向引用不在其中"),
     ("a{2000}", "invalid repetition size: {2000}", "最多 1000"),
     ("((a{100}){100}){100}", "invalid repetition size", "最多 1000")],
)  # fmt: skip
def test_what_the_engine_does_not_have_is_refused_in_words(pattern: str, en: str, zh: str) -> None:
    words = pattern_fault(pattern)
    assert words is not None
    assert en in words.en and words.en.startswith(repr(pattern))
    assert zh in words.zh


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|aa)+", "(a|a)*b", "([a-z]+)*\\d", "(.*)*x", "(a?){50}a{50}"])
def test_patterns_that_others_never_end_on_end_here(pattern: str) -> None:
    assert pattern_fault(pattern) is None
    # Two to the power of fifty thousand steps, for an engine that goes back and tries again.
    assert not Patterns([pattern]).holds("a" * 50_000 + "!")


def test_patterns_are_over_the_whole_value_in_any_case_each_for_itself() -> None:
    patterns = Patterns(["null", "a|b", "(?i:Test)\\d"])
    texts = pa.array(["NULL", "nullable", "a", "B", "ab", "test5", None, "ä"])
    assert patterns.found(texts).to_pylist() == [True, False, True, True, False, True, False, False]
    assert not Patterns([]).holds("anything")


@given(
    st.lists(st.text("ab0-[]()|*+.?", min_size=1, max_size=6), max_size=3),
    st.lists(st.text("abAB0-.", max_size=6), min_size=1, max_size=5),
)
def test_patterns_mean_what_pythons_mean(patterns: list[str], texts: list[str]) -> None:
    sound = []
    for each in patterns:
        try:
            compiled = re.compile(each, re.IGNORECASE)
        except (re.error, FutureWarning):
            continue
        if pattern_fault(each) is None:
            sound.append(compiled)
    found = Patterns([each.pattern for each in sound]).found(pa.array(texts)).to_pylist()
    assert found == [any(each.fullmatch(text) for each in sound) for text in texts]
