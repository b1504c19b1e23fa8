"""What is new, changed, the same, a copy, or gone; and slices of a database that add up over builds."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from huaxiang.collect.changes import Changes, by_source
from huaxiang.errors import ReadError
from tests.small_shop import Shop

POS = """{source: pos, read: data/*.csv, into: orders, identifiers: {phone: m}, key: [order_id],
columns: {order_id: id, occurred_at: at, amount: n}}"""
HEAD = "id,at,m,n\n"
DATABASE = """{source: crm, read: {sql: "sqlite:///shop.db", query: "select * from orders", cursor: id}, into: orders,
identifiers: {phone: m}, key: [order_id], columns: {order_id: id, occurred_at: at, amount: n}}"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def row(number: int, amount: int = 1, day: int = 1) -> str:
    return f"{number},2026-05-{day:02d} 10:00:00,138001380{number % 100:02d},{amount}\n"


def found(changes: Changes) -> dict[str, str]:
    return {each.part.name: each.what for each in changes.found}


def amounts(shop: Shop) -> dict[str, float]:
    with shop.facts() as engine:
        return dict(engine.rows("SELECT order_id, CAST(amount AS DOUBLE) FROM orders"))


def test_new_then_the_same(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + row(1))
    assert found(shop.build(POS)) == {"data/a.csv": "new"}
    shop.results.clear()
    assert found(shop.build(POS)) == {"data/a.csv": "same"}
    assert shop.results == {}


def test_a_touched_file_is_the_same_and_a_changed_one_replaces_its_own_rows(shop: Shop) -> None:
    path = shop.write("data/a.csv", HEAD + row(1) + row(2))
    shop.write("data/b.csv", HEAD + row(3))
    shop.build(POS)
    os.utime(path, (1, 1))
    assert found(shop.build(POS)) == {"data/a.csv": "same", "data/b.csv": "same"}
    shop.write("data/a.csv", HEAD + row(1, 7))
    assert found(shop.build(POS)) == {"data/a.csv": "changed", "data/b.csv": "same"}
    assert amounts(shop) == {"1": 7, "3": 1}


def test_a_copied_file_adds_nothing(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + row(1))
    shop.build(POS)
    shop.write("data/b.csv", HEAD + row(1))
    changes = shop.build(POS)
    assert found(changes) == {"data/a.csv": "same", "data/b.csv": "copy"}
    assert changes.found[1].copy_of == "data/a.csv"
    assert amounts(shop) == {"1": 1}
    with shop.facts() as engine:
        assert engine.one("SELECT count(*) FROM duplicates") == 0


def test_a_copy_takes_over_when_its_original_goes(shop: Shop) -> None:
    for name in ("a", "b"):
        shop.write(f"data/{name}.csv", HEAD + row(1))
    shop.build(POS)
    (shop.root / "data/a.csv").unlink()
    changes = shop.build(POS)
    assert found(changes) == {"data/b.csv": "changed"}
    assert [part.name for part in changes.gone] == ["data/a.csv"]
    assert amounts(shop) == {"1": 1}


def test_a_copy_that_sorts_first_becomes_the_original(shop: Shop) -> None:
    shop.write("data/b.csv", HEAD + row(1))
    shop.build(POS)
    shop.write("data/a.csv", HEAD + row(1))
    assert found(shop.build(POS)) == {"data/a.csv": "new", "data/b.csv": "copy"}
    assert found(shop.build(POS)) == {"data/a.csv": "same", "data/b.csv": "copy"}
    assert amounts(shop) == {"1": 1}


def test_a_changed_definition_reads_all_again(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + row(1, 5))
    shop.build(POS)
    assert found(shop.build(POS.replace("amount: n", 'amount: "n * 2"'))) == {"data/a.csv": "changed"}
    assert amounts(shop) == {"1": 10}


def test_cleaned_rows_that_were_lost_are_made_again(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + row(1))
    shop.build(POS)
    shutil.rmtree(shop.root / "parts" / shop.registry.parts()[0].folder)
    assert found(shop.build(POS)) == {"data/a.csv": "changed"}


def test_a_part_that_was_begun_and_never_finished_is_new(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + row(1))
    shop.registry.reserve_part("pos", "data/a.csv", "x")
    assert found(shop.build(POS)) == {"data/a.csv": "new"}


def test_a_source_that_cannot_be_reached(shop: Shop) -> None:
    with pytest.raises(ReadError, match=r"shop\.db"):
        shop.build(DATABASE)


def test_by_source(shop: Shop) -> None:
    for source, name in (("b", "x"), ("a", "y"), ("b", "z")):
        shop.registry.reserve_part(source, name, name)
    assert {code: [part.name for part in parts] for code, parts in by_source(shop.registry.parts()).items()} == {
        "a": ["y"], "b": ["x", "z"],
    }  # fmt: skip


# --- slices of a database -------------------------------------------------------------------------------------------


@pytest.fixture
def database(shop: Shop) -> sqlite3.Connection:
    connection = sqlite3.connect(shop.root / "shop.db")
    connection.execute("create table orders (id integer primary key, at text, m text, n integer)")
    return connection


def add(database: sqlite3.Connection, *numbers: int, amount: int = 1) -> None:
    rows = [(number, "2026-05-01 10:00:00", f"138001380{number:02d}", amount) for number in numbers]
    database.executemany("insert into orders values (?, ?, ?, ?)", rows)
    database.commit()


def test_slices_add_up(shop: Shop, database: sqlite3.Connection) -> None:
    assert found(shop.build(DATABASE)) == {}
    add(database, 1, 2)
    assert found(shop.build(DATABASE)) == {"orders@1": "new"}
    add(database, 3)
    changes = shop.build(DATABASE)
    assert (found(changes), changes.gone) == ({"orders@2": "new"}, ())
    assert amounts(shop) == {"1": 1, "2": 1, "3": 1}
    changes = shop.build(DATABASE)
    assert (found(changes), changes.gone) == ({}, ())
    assert amounts(shop) == {"1": 1, "2": 1, "3": 1}


def test_a_changed_definition_begins_again(shop: Shop, database: sqlite3.Connection) -> None:
    for number in (1, 2, 3):
        add(database, number)
        shop.build(DATABASE)
    changes = shop.build(DATABASE.replace("amount: n", 'amount: "n * 2"'))
    assert found(changes) == {"orders@1": "changed"}
    assert [part.name for part in changes.gone] == ["orders@2", "orders@3"]
    assert amounts(shop) == {"1": 2, "2": 2, "3": 2}
    add(database, 4)
    assert found(shop.build(DATABASE.replace("amount: n", 'amount: "n * 2"'))) == {"orders@2": "new"}
    assert amounts(shop) == {"1": 2, "2": 2, "3": 2, "4": 2}


def test_going_back_to_an_earlier_definition(shop: Shop, database: sqlite3.Connection) -> None:
    other = DATABASE.replace("amount: n", 'amount: "n * 2"')
    for number, definition in enumerate((DATABASE, other, DATABASE, DATABASE), start=1):
        add(database, number)
        shop.build(definition)
    assert amounts(shop) == {"1": 1, "2": 1, "3": 1, "4": 1}


def test_a_lost_slice_is_read_again(shop: Shop, database: sqlite3.Connection) -> None:
    for number in (1, 2, 3):
        add(database, number)
        shop.build(DATABASE)
    middle = next(part for part in shop.registry.parts() if part.name == "orders@2")
    shutil.rmtree(shop.root / "parts" / middle.folder)
    changes = shop.build(DATABASE)
    assert found(changes) == {"orders@1": "changed"}
    assert {part.name for part in changes.gone} == {"orders@2", "orders@3"}
    assert amounts(shop) == {"1": 1, "2": 1, "3": 1}


def test_a_build_that_broke_off_between_slices(shop: Shop, database: sqlite3.Connection) -> None:
    add(database, 1)
    shop.build(DATABASE)
    add(database, 2)
    shop.registry.reserve_part("crm", "orders@2", "orders@00000000000000000002")
    assert found(shop.build(DATABASE)) == {"orders@2": "new"}
    assert amounts(shop) == {"1": 1, "2": 1}
