"""Facts come back from the live store exactly as they went in."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.model import FACTS
from huaxiang.serving.deltas import Deltas, fact_schema

ORDERS = FACTS["orders"]
MONEY = st.none() | st.decimals(min_value=-(10**13), max_value=10**13, places=4)
ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 2**62), MONEY, st.none() | st.text(max_size=5), st.floats(-1e9, 1e9)),
    max_size=20,
    unique_by=lambda row: (row[0], row[1]),
)


def _table(rows: list[tuple[int, int, Decimal | None, str | None, float]]) -> pa.Table:
    at = datetime(2026, 3, 1, 4, 5, 6, 789)
    head = {
        "source": "web", "channel": "web", "part": 3, "source_row": 1, "item": 0, "occurred_at": at,
        "day": date(2026, 3, 1), "recorded_at": at,
    }  # fmt: skip
    full = [
        {"subject": s, "fact_id": f, "amount": amount, "category": text, "quantity": quantity} | head
        for s, f, amount, text, quantity in rows
    ]
    return pa.Table.from_pylist(full, fact_schema(ORDERS))


def _encodable(text: str | None) -> bool:
    return text is None or not any(0xD800 <= ord(each) < 0xE000 for each in text)


@given(ROWS)
def test_what_goes_in_comes_out(rows: list[tuple[int, int, Decimal | None, str | None, float]]) -> None:
    rows = [row for row in rows if _encodable(row[3])]
    deltas = Deltas(sqlite3.connect(":memory:"), {"orders": ORDERS})
    deltas.make()
    table = _table(rows)
    deltas.add("orders", table, [1] * len(rows))
    deltas.add("orders", table, [2] * len(rows))
    order = [("subject", "ascending"), ("fact_id", "ascending")]
    assert deltas.facts_of("orders", range(1, 6)).sort_by(order).equals(table.sort_by(order))


def test_a_store_with_another_scale_of_money_holds_no_facts_to_be_misread() -> None:
    db = sqlite3.connect(":memory:")
    db.execute('CREATE TABLE "facts orders" (subject, amount)')
    db.execute('INSERT INTO "facts orders" VALUES (1, 110)')
    assert Deltas(db, {"orders": ORDERS}).facts_of("orders", [1]).num_rows == 0


def test_facts_follow_a_merge() -> None:
    deltas = Deltas(sqlite3.connect(":memory:"), {"orders": ORDERS})
    deltas.make()
    deltas.add("orders", _table([(1, 7, Decimal("1.10"), "茶", 1.0), (2, 8, None, None, 2.0)]), [1, 2])
    deltas.move({1: 2})
    assert deltas.facts_of("orders", [1]).num_rows == 0
    assert sorted(deltas.facts_of("orders", [2])["fact_id"].to_pylist()) == [7, 8]
