"""One rule for text: values one by one and Arrow columns give the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.connectors import astext

CHINA = timezone(timedelta(hours=8))
SAID: list[tuple[Any, Any, str]] = [
    (123.0, pa.float64(), "123"),
    (0.1, pa.float64(), "0.1"),
    (-1.5e-7, pa.float64(), "-0.00000015"),
    (1e20, pa.float64(), "1.0000000000000000E+20"),
    (12345678901.0, pa.float64(), "12345678901"),
    (13800138000, pa.int64(), "13800138000"),
    (True, pa.bool_(), "true"),
    (Decimal("1.50"), pa.decimal128(10, 2), "1.50"),
    (Decimal("0.0000000010"), pa.decimal128(20, 10), "0.0000000010"),
    (date(2024, 5, 6), pa.date32(), "2024-05-06"),
    (date(2024, 5, 6), pa.date64(), "2024-05-06"),
    (datetime(2024, 5, 6, 7, 8, 9), pa.timestamp("s"), "2024-05-06 07:08:09"),
    (datetime(2024, 5, 6), pa.timestamp("ms"), "2024-05-06 00:00:00"),
    (datetime(1924, 5, 6, 7, 8, 9, 120), pa.timestamp("us"), "1924-05-06 07:08:09.000120"),
    (datetime(2024, 5, 6, 7, 8, 9, 120000), pa.timestamp("ns"), "2024-05-06 07:08:09.120000"),
    (datetime(2024, 5, 6, 7, tzinfo=CHINA), pa.timestamp("us", "Asia/Shanghai"), "2024-05-05 23:00:00+00:00"),
    (datetime(2024, 5, 6, 7, 0, 0, 5, UTC), pa.timestamp("us", "UTC"), "2024-05-06 07:00:00.000005+00:00"),
    (time(7, 8, 9), pa.time32("s"), "07:08:09"),
    (b"a\xff", pa.binary(), "a\uf7ff"),
    ([1, 2.5, None], pa.list_(pa.float64()), "[1.0, 2.5, null]"),
    (
        {"a": "张", "b": date(2024, 1, 1)},
        pa.struct({"a": pa.string(), "b": pa.date32()}),
        '{"a": "张", "b": "2024-01-01"}',
    ),
    ("text", pa.large_string(), "text"),
    ("text", pa.dictionary(pa.int8(), pa.string()), "text"),
]


@pytest.mark.parametrize(("value", "kind", "text"), SAID, ids=[f"{kind}-{text}" for _, kind, text in SAID])
def test_values_and_columns_agree(value: Any, kind: Any, text: str) -> None:
    column = astext.of_column(pa.array([value, None], kind))
    assert column.to_pylist() == [text, None]
    assert column.type == pa.string()
    if not isinstance(value, list):
        assert astext.of_values([value, None]).to_pylist() == [text, None]


@given(st.floats(allow_nan=False))
def test_floats_agree_and_lose_nothing(value: float) -> None:
    text = astext.of_value(value)
    assert text is not None
    assert astext.of_column(pa.array([value])).to_pylist() == [text]
    assert float(text) == value
    assert "e" not in text


@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2200, 1, 1)))
def test_times_agree(value: datetime) -> None:
    assert astext.of_column(pa.array([value], pa.timestamp("us"))).to_pylist() == [astext.of_value(value)]


def test_the_rest() -> None:
    assert astext.of_value(timedelta(days=2, hours=3)) == "51:00:00"
    assert astext.of_value(timedelta(seconds=-1.5)) == "-00:00:01.500000"
    assert astext.of_value(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert astext.of_value(memoryview(b"x")) == "x"
    assert astext.of_value((1, "a")) == '[1, "a"]'
