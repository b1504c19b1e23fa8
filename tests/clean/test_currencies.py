"""Amounts with the marks of currencies: another currency's number is never taken as the project's."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from huaxiang.clean.convert import NUMERIC, convert, foreign
from huaxiang.clean.currencies import CURRENCIES, EVERY
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError
from huaxiang.model import Type
from huaxiang.project import load_project
from huaxiang.scaffold import create_project
from tests.small_shop import Shop, with_columns

OWN = {
    "CNY": [
        "¥5",
        "￥5",
        "5元",
        "5块",
        "RMB 5",
        "5 CNY",
        "CNY5",
        "人民币5元",
        "5块钱",
        "-¥5",
        "¥-5",
        "(¥5)",
        "５元",
        "CN¥5",
    ],
    "USD": ["$5", "US$5", "5 USD", "usd 5", "5美元", "-$5", "($5)", "＄5"],
    "HKD": ["$5", "HK$5", "HKD 5", "5港元", "5元"],
    "TWD": ["NT$5", "NTD 5", "$5", "5元", "新台幣5元"],
    "JPY": ["¥5", "JP¥5", "5円", "５円", "5 JPY", "5日元"],
    "EUR": ["€5", "5 €", "EUR 5", "5欧元"],
    "XYZ": ["XYZ 5", "5 xyz"],
}
FOREIGN = {
    "CNY": [
        "US$5",
        "$5",
        "＄5",
        "-$5",
        "(US$5)",
        "€5",
        "£5",
        "HK$5",
        "NT$5",
        "JP¥5",
        "５円",
        "5 USD",
        "3.5万美元",
        "RM 5",
    ],
    "USD": ["HK$5", "NT$5", "S$5", "€5", "¥5", "5元", "5 CNY"],
    "HKD": ["US$5", "NT$1,000", "¥5", "RMB 5"],
    "TWD": ["US$5", "HK$5", "¥5"],
    "JPY": ["5元", "$5", "RMB 5", "人民币5元", "CN¥5"],
    "EUR": ["$5", "£5", "5円"],
    "XYZ": ["$5", "¥5", "¥1,234", "5 USD"],
}
PLAIN = ["5", "+5", "5.00", "1,234.50", "(5)", "3.5万", "12%", "1e3"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        yield opened


def read(engine: Engine, to: str, currency: str, texts: list[str]) -> list[tuple[Decimal | float | None, bool]]:
    column = exp.column("x")
    value, other = convert(column, to, currency=currency).sql("duckdb"), foreign(column, currency).sql("duckdb")
    return engine.rows(f"SELECT {value}, {other} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS x)", [texts])


@pytest.mark.parametrize("to", NUMERIC)
@pytest.mark.parametrize("currency", OWN)
def test_only_the_own_marks_are_read(engine: Engine, to: str, currency: str) -> None:
    own = OWN[currency]
    assert {abs(value or 0) for value, _ in read(engine, to, currency, own)} == {5}
    assert not any(other for _, other in read(engine, to, currency, [*own, *PLAIN]))
    others = FOREIGN[currency]
    assert read(engine, to, currency, others) == [(None, True)] * len(others)


def test_every_currency_reads_its_own_code_and_no_other(engine: Engine) -> None:
    for currency in CURRENCIES:
        for other in CURRENCIES:
            texts = [f"{other} 12.5", f"12.5{other.lower()}"]
            expected = (Decimal("12.5"), False) if currency == other else (None, True)
            assert read(engine, "money", currency, texts) == [expected] * 2
    texts = [text for texts in OWN.values() for text in texts if "xyz" not in text.lower()]
    assert {abs(value or 0) for value, _ in read(engine, "money", EVERY, texts)} == {5}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, model=with_columns("orders", {"currency": Type.TEXT}))


def facts_of(shop: Shop, columns: str) -> list[tuple[Any, ...]]:
    with shop.facts() as engine:
        return engine.rows(f"SELECT {columns} FROM orders ORDER BY source_row")


ORDERS = """
source: shop
read: data/o.csv
into: orders
{more}
columns: {{order_id: no, occurred_at: time, amount: amount, discount: off{mapped}}}
"""
ROWS = "no,time,amount,off,cur\nA,2026-05-01,¥10,1,CNY\nB,2026-05-01,US$10,1,USD\nC,2026-05-01,10,HK$1,\n"


def test_an_amount_in_another_currency_is_told_by_a_rule_of_its_own(shop: Shop) -> None:
    shop.write("data/o.csv", ROWS + "D,2026-05-01,ten,1,\n")
    shop.build(ORDERS.format(more="", mapped=""))
    assert facts_of(shop, "order_id, amount, discount") == [
        ("A", 10, 1), ("C", 10, None),
    ]  # fmt: skip
    told = sorted((each["rule"], each["fate"]) for each in shop.quarantine("data/o.csv"))
    assert told == [("currency:amount", "row"), ("currency:discount", "value"), ("invalid:amount", "row")]


def test_a_column_of_currencies_lets_every_amount_in(shop: Shop) -> None:
    shop.write("data/o.csv", ROWS)
    shop.build(ORDERS.format(more="", mapped=", currency: cur"))
    found = facts_of(shop, "order_id, amount, discount, currency")
    assert [(row[0], int(row[1]), int(row[2]), row[3]) for row in found] == [
        ("A", 10, 1, "CNY"), ("B", 10, 1, "USD"), ("C", 10, 1, None),
    ]  # fmt: skip


def test_a_source_declares_its_currency(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    create_project(root, "blank")
    source = root / "sources" / "s.yaml"
    source.parent.mkdir(exist_ok=True)
    (root / "data").mkdir(exist_ok=True)
    (root / "data" / "o.csv").write_text(ROWS, encoding="utf-8")
    source.write_text(ORDERS.format(more="currency: USD\nregion: US", mapped=""), encoding="utf-8")
    project = load_project(root)
    assert (project.sources[0].currency, project.sources[0].region) == ("USD", "US")
    assert (project.currency, project.identity.region) == ("CNY", "CN")
    source.write_text(ORDERS.format(more="currency: usd\nregion: USA", mapped=""), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load_project(root)
    told = raised.value.say("en")
    assert "USD" in told
    assert "there is no region 'USA'" in told
