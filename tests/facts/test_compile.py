"""Fact tables: duplicates set apart, the latest kept, subjects found, sorted; in whatever order parts come."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine
from huaxiang.facts import compile as facts_module
from huaxiang.facts.compile import compile_facts, compile_inputs
from huaxiang.model import BUILT_IN, COMMON
from huaxiang.steps import explain_steps, run_steps
from tests.small_shop import NOW, Shop

POS = """{source: pos, channel: store, read: data/pos-*.csv, into: orders, identifiers: {phone: m, member_id: c},
key: [order_id], columns: {order_id: id, occurred_at: at, amount: n, status: s}, reject: ["amount < 0"]}"""
WEB = """{source: web, read: data/web-*.csv, into: orders, identifiers: {phone: m}, key: [order_id],
columns: {order_id: id, occurred_at: at, amount: n}}"""
HEAD = "id,at,m,c,n,s\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def line(
    order: str, amount: float, phone: str = "13800138000", day: int = 1, card: str = "", status: str = "paid"
) -> str:
    return f"{order},2026-05-{day:02d} 10:00:00,{phone},{card},{amount},{status}\n"


def test_the_latest_is_kept_and_the_others_are_duplicates(shop: Shop) -> None:
    shop.write("data/pos-9.csv", HEAD + line("A", 1) + line("A", 2) + line("B", 5))
    shop.write("data/pos-10.csv", HEAD + line("A", 3) + line("A", 4))
    shop.build(POS)
    with shop.facts() as engine:
        assert engine.rows("SELECT order_id, CAST(amount AS INT) FROM orders ORDER BY 1") == [("A", 4), ("B", 5)]
        kept = engine.rows(
            "SELECT p.name, d.source_row, k.name, d.kept_row FROM duplicates d JOIN parts p ON p.part = d.part "
            "JOIN parts k ON k.part = d.kept_part ORDER BY ALL"
        )
        assert kept == [
            ("data/pos-10.csv", 2, "data/pos-10.csv", 3),
            ("data/pos-9.csv", 2, "data/pos-10.csv", 3),
            ("data/pos-9.csv", 3, "data/pos-10.csv", 3),
        ]


def test_equal_keys_of_two_sources_are_two_facts(shop: Shop) -> None:
    shop.write("data/pos-1.csv", HEAD + line("A", 1))
    shop.write("data/web-1.csv", HEAD + line("A", 2))
    shop.build(POS)
    shop.build(WEB)
    with shop.facts() as engine:
        found = engine.rows("SELECT source, channel, CAST(amount AS INT) FROM orders ORDER BY 1")
        assert found == [("pos", "store", 1), ("web", "web", 2)]


def test_without_a_key_no_row_is_a_duplicate(shop: Shop) -> None:
    shop.write("data/pos-1.csv", HEAD + line("A", 1) * 3)
    shop.build(POS.replace("key: [order_id], ", ""))
    with shop.facts() as engine:
        assert engine.one("SELECT count(*) FROM orders") == 3
        assert engine.one("SELECT count(DISTINCT fact_id) FROM orders") == 3


def test_an_identifier_may_be_the_key(shop: Shop) -> None:
    shop.write("data/c.csv", "card,level\nVIP1,a\n vip1 ,b\nVIP2,c\n,d\n")
    shop.build("{source: crm, read: data/*.csv, into: attributes, identifiers: {member_id: card}, key: [member_id], "
               "columns: {level: level}}")  # fmt: skip
    with shop.facts() as engine:
        assert engine.rows("SELECT level FROM attributes ORDER BY 1") == [("b",), ("c",)]
        assert engine.rows("SELECT rule FROM quarantine") == [("missing:member_id",)]


def test_a_row_of_two_people_is_of_the_one_it_names(shop: Shop) -> None:
    shop.write("data/pos-1.csv", HEAD + line("A", 1, card="VIP1") + line("B", 1) + line("C", 1, phone=""))
    shop.build(POS)
    with shop.facts() as engine:
        nodes = dict(engine.rows("SELECT kind, node FROM raw_nodes"))
        found = dict(engine.rows("SELECT order_id, subject FROM orders"))
        assert found == {"A": nodes["member_id"], "B": nodes["phone"], "C": None}


def test_sorted_by_subject_and_time(shop: Shop) -> None:
    rows = [line(f"O{number}", 1, f"138001380{number % 7:02d}", 1 + number % 20) for number in range(60)]
    shop.write("data/pos-1.csv", HEAD + "".join(rows) + line("X", 1, ""))
    shop.build(POS)
    with shop.facts() as engine:
        found = engine.rows("SELECT subject, occurred_at, fact_id FROM orders")
        assert found[-1][0] is None
        assert found[:-1] == sorted(found[:-1])


def test_texts_with_few_values_are_coded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "CODED", 5)
    shop.write("data/pos-1.csv", HEAD + "".join(line(f"O{number}", 1, status="ok") for number in range(50)))
    shop.build(POS)
    with shop.facts() as engine:
        types = engine.columns("orders")
        assert types["status"].startswith("ENUM")
        assert types["order_id"] == "VARCHAR"
        assert engine.one("SELECT count(*) FROM orders WHERE status = 'ok'") == 50


def test_every_fact_has_a_table_even_without_parts() -> None:
    with Engine(threads=1) as engine:
        run_steps(engine, compile_inputs([], BUILT_IN, NOW))
        engine.run("CREATE TABLE identifiers AS SELECT node, node AS subject, 1 AS rank FROM raw_nodes")
        run_steps(engine, compile_facts([], BUILT_IN))
        assert {*BUILT_IN.facts, "duplicates", "quarantine", "parts"} <= engine.tables()
        for table in BUILT_IN.facts.values():
            assert {"subject", "fact_id", "recorded_at", *COMMON, *table.columns} <= set(engine.columns(table.name))


def test_tables_with_and_without_parts_have_the_same_columns(shop: Shop) -> None:
    shop.write("data/pos-1.csv", HEAD + line("A", 1))
    shop.build(POS)
    with shop.facts() as full, Engine(threads=1) as empty:
        run_steps(empty, compile_inputs([], BUILT_IN, NOW))
        empty.run("CREATE TABLE identifiers AS SELECT node, node AS subject, 1 AS rank FROM raw_nodes")
        run_steps(empty, compile_facts([], BUILT_IN))
        assert list(full.columns("orders")) == list(empty.columns("orders"))


def test_the_plan_can_be_read(shop: Shop) -> None:
    shop.write("data/pos-1.csv", HEAD + line("A", 1))
    shop.build(POS)
    text = explain_steps(compile_facts(shop.cleaned(), BUILT_IN))
    assert "-- orders: duplicates: duplicates ← facts_in, parts" in text


# --- laws -----------------------------------------------------------------------------------------------------------

LINES = st.builds(
    line,
    st.sampled_from("ABCDE"),
    st.integers(-2, 9),
    st.sampled_from(["", "13800138000", "13900139000", "x"]),
    st.integers(1, 28),
    st.sampled_from(["", "VIP1"]),
)
FILES = st.lists(st.lists(LINES, max_size=6), min_size=1, max_size=4)
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def tables(shop: Shop, order: list[int] | None = None) -> dict[str, list[str]]:
    cleaned = shop.cleaned()
    given_order = [cleaned[place] for place in order] if order else cleaned
    with shop.facts(given_order) as engine:
        return {
            name: sorted(map(str, engine.rows(f"SELECT * FROM {name}"))) for name in ("orders", "duplicates", "parts")
        }


@QUIET
@given(files=FILES, data=st.data())
def test_the_order_of_parts_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], data: st.DataObject
) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for number, rows in enumerate(files):
        shop.write(f"data/pos-{number}.csv", HEAD + "".join(rows))
    shop.build(POS)
    order = data.draw(st.permutations(range(len(shop.cleaned()))))
    assert tables(shop) == tables(shop, list(order))


@QUIET
@given(files=FILES, changed=st.lists(LINES, max_size=5))
def test_incremental_equals_full(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], changed: list[str]
) -> None:
    """A file rewritten, one added and one copied: the facts are those of a project that saw only the last state."""
    grown, fresh = Shop(tmp_path_factory.mktemp("grown")), Shop(tmp_path_factory.mktemp("fresh"))
    for number, rows in enumerate(files):
        grown.write(f"data/pos-{number}.csv", HEAD + "".join(rows))
    grown.build(POS)
    for shop in (grown, fresh):
        for number, rows in enumerate(files):
            shop.write(f"data/pos-{number}.csv", HEAD + "".join(rows))
        shop.write("data/pos-0.csv", HEAD + "".join(changed) + line("Z", 1))
        shop.write("data/pos-8.csv", HEAD + "".join(changed))
        shop.write("data/pos-9.csv", HEAD + "".join(changed))
        shop.build(POS)
    columns = "subject, source, order_id, amount, occurred_at, day, source_row, status"
    found = []
    for shop in (grown, fresh):
        with shop.facts() as engine:
            found.append(sorted(map(str, engine.rows(f"SELECT {columns} FROM orders"))))
    assert found[0] == found[1]
    assert grown.as_of == NOW
