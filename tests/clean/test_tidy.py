"""A column is tidy only if the full reading of text would leave every text as it is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.clean.convert import convert
from huaxiang.clean.tidy import all_tidy
from huaxiang.engine.duckdb import Engine

TEXTS = st.one_of(
    st.sampled_from(["", "a b", "苹果", "A-1", " x", "x ", "Ａ", "a\tb", "〇", "㐀", "~", "NULL", "未知", "n/a"]),
    st.text(max_size=12),
)


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), TEXTS), max_size=8))
def test_tidy_texts_are_read_as_they_are(texts: list[str | None]) -> None:
    column = pa.chunked_array([pa.array(texts, pa.string())])
    if all_tidy(column):
        as_text = convert(exp.column("text"), "text").sql(dialect="duckdb")
        with Engine(threads=1) as engine:
            read = engine.arrow_of(f"SELECT text, {as_text} AS value FROM _texts", _texts=pa.table({"text": column}))
        assert all(row["value"] == (row["text"] or None) for row in read.to_pylist())


@pytest.mark.parametrize("text", ["苹果", "a b", "R1-0007", "", "北京 朝阳", "无", "N/A"])
def test_common_texts_are_tidy(text: str) -> None:
    assert all_tidy(pa.chunked_array([pa.array(["x", None, text])]))


@pytest.mark.parametrize("text", [" a", "a ", "ａ", "a\nb", "\u200bx", "é"])
def test_others_are_not(text: str) -> None:
    assert not all_tidy(pa.chunked_array([pa.array(["x"]), pa.array([text])]))
