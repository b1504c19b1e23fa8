"""Texts that are the same to a reader are one value; what has a meaning of its own is left."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.clean.canonical import PATTERNS
from huaxiang.clean.composed import composed
from huaxiang.clean.convert import convert
from huaxiang.engine.duckdb import Engine
from tests.small_shop import Shop

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


def test_the_null_character_is_taken_out(engine: Engine) -> None:
    assert read(engine, ["a\x00b", "\x00"]) == ["ab", None]


@settings(max_examples=60, deadline=None)
@given(chunks=st.lists(st.lists(st.none() | TEXTS, max_size=5), min_size=1, max_size=2), begin=st.integers(0, 2))
def test_cells_are_composed(chunks: list[list[str | None]], begin: int) -> None:
    column = pa.chunked_array([pa.array(texts, pa.string())[begin:] for texts in chunks], pa.string())
    expected = [None if text is None else unicodedata.normalize("NFC", text) for text in column.to_pylist()]
    assert composed(column).to_pylist() == expected


def test_expressions_compare_texts_as_people_see_them(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("data/a.csv", "at,a\n2026-05-01,cafe\u0301\n2026-05-01,caf\u00e9\n2026-05-01,tea\n")
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at,
        topic: "if(a = 'caf\u00e9', 'coffee', a)"}, reject: ["a = 'cafe\u0301'"]}"""
    )
    assert shop.results["data/a.csv"].facts == 1
