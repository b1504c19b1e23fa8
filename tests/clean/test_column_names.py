"""Columns whose names differ only in case, or are called as the engine's own: each is the one that was named."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.clean.plan import compile_source
from huaxiang.clean.raw_names import raw_name
from huaxiang.definitions.nodes import Faults
from huaxiang.project import compile_sources, read_project
from tests.small_shop import KINDS, NOW, ZONE, Shop, checked

NAMES = ["Order", "order", "at", "Card", "card", "Amount", "amount", "_row", "_ITEM", ":bad 0", "^order"]
ROW: list[Any] = ["X1", "R1", "2026-05-01 10:00", "Z002", "M001", "999", "10", "seven", "eight", "nine", "ten"]
COLUMNS = {
    "order_id": "order", "occurred_at": "at", "amount": "amount", "product": "Order", "category": '"_ITEM"',
    "store": "_row", "status": 'concat("Amount", "^order", ":bad 0")',
}  # fmt: skip
WANTED = [("R1", 10, "X1", "eight", "seven", "999tennine")]


def write_csv(path: Path) -> None:
    path.write_text("\n".join([",".join(NAMES), ",".join(ROW)]))


def write_xlsx(path: Path) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for row, cells in enumerate([NAMES, ROW]):
        sheet.write_row(row, 0, cells)
    book.close()


def write_parquet(path: Path) -> None:
    pq.write_table(pa.table({name: [cell] for name, cell in zip(NAMES, ROW, strict=True)}), path)


def write_lines(path: Path) -> None:
    path.write_text(json.dumps(dict(zip(NAMES, ROW, strict=True))))


def write_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table t (one text)")
    connection.execute("insert into t values ('')")
    connection.commit()
    connection.close()


ANSWER = "select " + ", ".join(f"'{cell}' as \"{name}\"" for name, cell in zip(NAMES, ROW, strict=True)) + " from t"
READS = {
    "csv": ("data/x.csv", write_csv),
    "excel": ("data/x.xlsx", write_xlsx),
    "parquet": ("data/x.parquet", write_parquet),
    "json": ("data/x.jsonl", write_lines),
    "sql": ({"sql": "sqlite:///data/x.db", "query": ANSWER}, write_sqlite),
}


@pytest.mark.parametrize("kind", READS)
def test_the_column_named_is_the_one_taken(kind: str, tmp_path: Path) -> None:
    read, write = READS[kind]
    shop = Shop(tmp_path)
    (tmp_path / "data").mkdir()
    write(tmp_path / ("data/x.db" if kind == "sql" else str(read)))
    source = {
        "source": "s", "read": read, "into": "orders", "identifiers": {"member_id": "card"},
        "personal": {"note": "Card"}, "columns": COLUMNS,
    }  # fmt: skip
    shop.build(json.dumps(source))
    with shop.facts() as engine:
        assert engine.rows("SELECT order_id, amount, product, category, store, status FROM orders") == WANTED
    assert [result.quarantined for result in shop.results.values()] == [{}]


def test_a_stopped_row_keeps_both(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("data/x.csv", "at,AT,amount,Amount\nnever,2026-05-01 10:00,1,2\n")
    shop.build("{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at}}")
    [kept] = shop.quarantine("data/x.csv")
    assert json.loads(kept["raw"]) == {"at": "never", "AT": "2026-05-01 10:00", "amount": "1", "Amount": "2"}


def test_a_lookup_lends_the_column_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("ref/p.csv", "SKU,sku,Dept,dept\nB,A,wrong,right\n")
    shop.write("data/x.csv", "at,Sku,sku\n2026-05-01 10:00,B,A\n")
    shop.build(
        "{source: s, read: data/*.csv, into: interactions, lookups: {p: {read: ref/p.csv, key: sku}}, "
        "columns: {occurred_at: at, topic: p.dept, kind: p.Dept}}"
    )
    with shop.facts() as engine:
        assert engine.rows("SELECT topic, kind FROM interactions") == [("right", "wrong")]


def test_a_name_that_fits_two_columns_is_a_fault() -> None:
    faults = Faults()
    source = checked("{source: s, read: d/*.csv, into: interactions, columns: {occurred_at: at, topic: ORDER}}")
    assert compile_source(source, KINDS, ZONE, NOW, faults, frozenset({"at", "Order", "order"})) is None
    [fault] = faults.found
    said = "'ORDER' can mean each of Order / order: write the one that is meant as it is"
    assert fault.say("en") == f"sources/it.yaml:1: {said}"


@pytest.mark.parametrize(("topic", "count"), [("b", 0), ("a", 1)])
def test_a_query_may_not_give_two_columns_one_name_that_is_used(topic: str, count: int, tmp_path: Path) -> None:
    write_sqlite(tmp_path / "x.db")
    (tmp_path / "sources").mkdir()
    (tmp_path / "huaxiang.yaml").write_text("project: p")
    (tmp_path / "identity.yaml").write_text("identifiers: {phone: {trust: certain, per_person: 3}}")
    (tmp_path / "sources/s.yaml").write_text(
        "{source: s, read: {sql: 'sqlite:///x.db', query: 'select 1 as a, 2 as a, 3 as b, one from t'}, "
        f"into: interactions, columns: {{occurred_at: one, topic: {topic}}}}}"
    )
    faults = Faults()
    project = read_project(tmp_path, faults)
    assert project is not None
    compile_sources(project, datetime(2026, 7, 1), faults)
    told = [fault.say("en") for fault in faults.found]
    assert told == ["sources/s.yaml:1: 2 columns are called 'a': give each a name of its own"] * count


def test_two_columns_of_a_parquet_file_with_one_name_stop_nothing_else(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    (tmp_path / "data").mkdir()
    table = pa.table([pa.array(["2026-05-01"]), pa.array(["1"]), pa.array(["2"])], names=["at", "a", "a"])
    pq.write_table(table, tmp_path / "data/x.parquet")
    shop.build("{source: s, read: data/*.parquet, into: interactions, columns: {occurred_at: at}}")
    assert shop.results["data/x.parquet"].facts == 1


@given(st.lists(st.text(alphabet="aAbB^_:É é", max_size=4), unique=True))
def test_raw_names_are_apart_in_any_case(names: list[str]) -> None:
    raw = [raw_name(name).lower() for name in names]
    assert len(set(raw)) == len(names)
    assert not any(name.startswith(("_", ":")) for name in raw)
