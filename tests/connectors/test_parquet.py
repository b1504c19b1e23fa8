"""Parquet: kinds of columns as text, names with dots, real files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.connectors.reading_sources import read_all, real


def test_columns_of_many_kinds(tmp_path: Path) -> None:
    table = pa.table(
        {
            "emp.var.rate": pa.array([1.0, None, 2.5]),
            "at": pa.array([datetime(2024, 1, 1), None, datetime(2024, 1, 1, 2, 3, 4, 5)], pa.timestamp("ns")),
            "kind": pa.array(["a", "b", None]).dictionary_encode(),
            "nest": pa.array([{"x": [1]}, None, {"x": []}]),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=2)
    assert read_all("x.parquet", tmp_path).rows == [
        {"_row": 1, "emp.var.rate": "1", "at": "2024-01-01 00:00:00", "kind": "a", "nest": '{"x": [1]}'},
        {"_row": 2, "emp.var.rate": None, "at": None, "kind": "b", "nest": None},
        {"_row": 3, "emp.var.rate": "2.5", "at": "2024-01-01 02:03:04.000005", "kind": None, "nest": '{"x": []}'},
    ]


def test_real_coupons() -> None:
    file = real("retail_completejourney/coupon_redemptions.parquet")
    answer = read_all(file.name, file.parent)
    assert len(answer.rows) == 1582
    assert {len(row["redemption_date"]) for row in answer.rows} == {19}
