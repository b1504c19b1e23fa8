"""The law of plain readings: where one gives a value, `convert` gives the same."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.clean.convert import TYPES, convert
from huaxiang.clean.plain import plain
from huaxiang.engine.duckdb import Engine

GOLDEN = Path(__file__).parent / "golden"
FORMATS: dict[str, tuple[tuple[str, ...], ...]] = {
    "date": ((), ("%d/%m/%Y",), ("%Y.%m.%d", "%d-%m-%y"), ("%Y-%m-%d %H:%M:%S%z",)),
    "time": ((), ("%Y/%m/%d %H:%M",), ("%d/%m/%y %H:%M", "%Y-%m-%dT%H:%M:%S%z"), ("%Y-%m-%dT%H:%M:%S%z",)),
}
CASES = [(to, formats) for to in TYPES for formats in FORMATS.get(to, ((),))]
ZONES = ("Asia/Shanghai", "UTC", "America/New_York")
EVERYDAY = [
    "2026-05-01", "2026-05-01 10:00:00", "2026-05-01T10:00:00Z", "2026-05-01T10:00:00+08:00",
    "2026-05-01 10:00:00.5-05:30",
    "2026-05-01T10:00:00+14:00", "2026-05-01T25:00:00+08:00", "0026-05-01", "2026/5/1", "2026/05/01 10:00",
    "26/05/01 10:00",
    "01/05/2026", "01/05/26 10:00", "1748707431102", "1748707431", "174870743110", "20260501", "12", "-3.50", "+7",
    "1e5",
    "1,234.5", "０１", " 12 ", "12\t", "1.005", "99999999999999999999", "9" * 16, ".5", "5.", "inf", "nan", "NULL",
    "无", "-",
    "男", "M", "female", "先生 ", "是", "否", "true", "T", "", " ", "苹果", "苹果 ", "a b", "Ａ", "a\u3000b", "é",
    "\u200b", "🍎", "年",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


def golden_texts() -> list[str]:
    return [
        cell for file in sorted(GOLDEN.glob("*.csv")) for row in csv.reader(file.open(encoding="utf-8")) for cell in row
    ]


def differing(engine: Engine, texts: list[str], to: str, formats: tuple[str, ...], zone: str) -> list[tuple[str, ...]]:
    column = exp.column("x")
    short = plain(column, to, formats, zone).sql(dialect="duckdb")
    full = convert(column, to, format=list(formats) or None, zone=zone).sql(dialect="duckdb")
    sql = (
        f"SELECT x, CAST(a AS VARCHAR), CAST(b AS VARCHAR) FROM (SELECT x, {short} AS a, {full} AS b FROM "
        "(SELECT unnest(CAST(? AS VARCHAR[])) AS x)) WHERE a IS NOT NULL AND a IS DISTINCT FROM b"
    )
    return engine.rows(sql, [texts])


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("to", "formats"), CASES, ids=str)
def test_everyday_and_golden_texts(engine: Engine, to: str, formats: tuple[str, ...], zone: str) -> None:
    assert differing(engine, EVERYDAY + golden_texts(), to, formats, zone) == []


SHAPED = st.one_of(
    st.from_regex(r"[-+]?\d{0,20}(\.\d{0,5})?", fullmatch=True),
    st.from_regex(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,7})?)?(Z|[+-]\d\d:?\d\d)?)?",
                  fullmatch=True),
    st.from_regex(r"\d{8,14}", fullmatch=True),
    st.text(max_size=8),
    st.sampled_from(EVERYDAY).flatmap(lambda text: st.sampled_from([text + " ", " " + text, text.upper(), text * 2])),
)  # fmt: skip


@pytest.mark.parametrize(("to", "formats"), CASES, ids=str)
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(SHAPED, min_size=20, max_size=60))
def test_any_text(engine: Engine, to: str, formats: tuple[str, ...], texts: list[str]) -> None:
    clean = [text for text in texts if "\x00" not in text]
    assert differing(engine, clean, to, formats, "Asia/Shanghai") == []


@pytest.mark.parametrize("text", ["苹果", "a b", "2026-05-01", "12.50", "男"])
def test_the_common_forms_are_plain(engine: Engine, text: str) -> None:
    short = plain(exp.Literal.string(text), "text", (), "UTC").sql(dialect="duckdb")
    assert engine.one(f"SELECT {short}") == text
