"""Texts that are the same to a reader are one value; what has a meaning of its own is left."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.clean.canonical import PATTERNS
from huaxiang.clean.convert import convert
from huaxiang.engine.duckdb import Engine

AS_TEXT = convert(exp.column("t"), "text").sql(dialect="duckdb")
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Co", "Cn"], exclude_characters="\x00"),
        st.sampled_from(
            PATTERNS["rare_from"] + PATTERNS["common_from"].replace("\x00", "") + "e\u0301ｶﾞ女\uf981\u200d\ufe0f👨"
        ),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


def read(engine: Engine, texts: list[str]) -> list[str | None]:
    sql = f"SELECT {AS_TEXT} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)"
    return [row[0] for row in engine.rows(sql, [texts])]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_canonical_texts_stay_and_are_composed(engine: Engine, texts: list[str]) -> None:
    once = [text or "" for text in read(engine, texts)]
    assert [text or "" for text in read(engine, once)] == once
    assert all(unicodedata.is_normalized("NFC", text) for text in once)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_texts_that_differ_by_composition_alone_are_one(engine: Engine, texts: list[str]) -> None:
    assert read(engine, [unicodedata.normalize("NFD", text) for text in texts]) == read(engine, texts)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_nothing_is_done_that_nfkc_would_not_do_but_for_what_nobody_sees(engine: Engine, texts: list[str]) -> None:
    def folded(text: str | None) -> str:
        seen = "".join(
            each for each in text or "" if unicodedata.category(each) not in ("Cf", "Cc") and not _is_variant(each)
        )
        return "".join(unicodedata.normalize("NFKC", seen).split())

    spaced = [" ".join(text.split()) for text in texts]
    assert [folded(text) for text in read(engine, spaced)] == [folded(text) for text in spaced]


def _is_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def test_each_character_of_the_tables_has_one_counterpart_or_none() -> None:
    assert len(PATTERNS["rare_from"]) == len(PATTERNS["rare_to"]) == len(set(PATTERNS["rare_from"]))
    assert len(PATTERNS["common_from"]) == len(set(PATTERNS["common_from"]))


@pytest.mark.parametrize("text", list("™®½¼㎡㎏℃²³₂①⑩㈱㊙Ⅳⅷº，。！？（）：；、《》「」…—～￥％＋＠👍🏽"))
def test_what_has_a_meaning_of_its_own_stays(engine: Engine, text: str) -> None:
    assert read(engine, [text]) == [text]
