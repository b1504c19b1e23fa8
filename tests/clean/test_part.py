"""Cleaning one part: nothing vanishes, what is wrong is kept sealed, and no personal value is left in clear."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.clean import part as part_module
from huaxiang.clean.part import clean_part, clean_parts
from huaxiang.clean.plan import Kinds
from huaxiang.model import Type
from huaxiang.privacy.vault import Vault
from huaxiang.sources import reader_of
from tests.small_shop import KINDS, MASTER, NOW, ZONE, Shop, checked, planned, with_columns

POS = """
source: pos
channel: store
read: data/*.csv
into: orders
identifiers: {phone: mobile, member_id: card}
personal: {name: buyer}
key: [order_id, line]
columns:
  order_id: receipt
  line: line
  occurred_at: {value: sold, format: "%Y/%m/%d %H:%M"}
  amount: qty * price - discount
  quantity: qty
  product: product
reject: ["amount < 0", "occurred_at > now()"]
"""
HEAD = "receipt,line,sold,mobile,card,buyer,qty,price,discount,product\n"
GOOD = "R1,1,2026/05/01 10:00,13800138000,VIP1,王小明,2,10.50,0,苹果\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def facts_of(shop: Shop, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    with shop.facts() as engine:
        return engine.rows(f"SELECT {columns} FROM {table} ORDER BY part, source_row, item")


def test_a_row_becomes_a_fact(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + GOOD)
    shop.build(POS)
    found = facts_of(
        shop, "orders", "order_id, amount, quantity, CAST(occurred_at AS VARCHAR), CAST(day AS VARCHAR), channel"
    )
    assert found == [("R1", 21, 2.0, "2026-05-01 02:00:00", "2026-05-01", "store")]
    assert shop.results["data/a.csv"].rows == shop.results["data/a.csv"].facts == 1


def test_amounts_keep_less_than_a_cent(shop: Shop) -> None:
    rows = "".join(f"R{each},1,2026/05/01 10:00,,VIP1,,1,0.004,0,x\n" for each in range(1000))
    shop.write("data/a.csv", HEAD + rows + "S,1,2026/05/01 10:00,,VIP2,,1,918.7849999999999,0,x\n")
    shop.build(POS)
    with shop.facts() as engine:
        assert engine.one("SELECT sum(amount) FROM orders WHERE product = 'x' AND order_id LIKE 'R%'") == 4
        assert engine.one("SELECT amount FROM orders WHERE order_id = 'S'") == Decimal("918.785")


RULES = {
    "a rule of the source": ("R2,1,2026/05/01 10:00,,VIP1,,1,5,9,\n", "reject: amount < 0"),
    "a rule with now()": ("R2,1,2027/05/01 10:00,,VIP1,,1,5,0,\n", "reject: occurred_at > now()"),
    "a required column is missing": ("R2,1,2026/05/01 10:00,,VIP1,,1,,0,\n", "missing:amount"),
    "a required column is invalid": ("R2,1,2026/02/31 10:00,,VIP1,,1,5,0,\n", "invalid:occurred_at"),
    "a key column is missing": ("R2,,2026/05/01 10:00,,VIP1,,1,5,0,\n", "missing:line"),
    "too few fields": ("R2,1\n", "too_few_fields"),
    "too many fields": (GOOD.strip() + ",more\n", "too_many_fields"),
    "a number its type cannot hold": ("R2,1,2026/05/01 10:00,,VIP1,,999999999999,9999999999999,0,\n", "invalid:amount"),
}


@pytest.mark.parametrize(("row", "rule"), RULES.values(), ids=RULES.keys())
def test_rows_that_are_stopped(shop: Shop, row: str, rule: str) -> None:
    shop.write("data/a.csv", HEAD + GOOD + row)
    shop.build(POS)
    result = shop.results["data/a.csv"]
    assert (result.rows, result.facts, dict(result.quarantined)) == (2, 1, {rule: 1})
    [kept] = shop.quarantine("data/a.csv")
    assert (kept["rule"], kept["fate"], kept["source_row"], kept["source"]) == (rule, "row", 3, "pos")


def test_a_quarantined_row_opens_to_what_it_was(shop: Shop) -> None:
    row = 'R2,1,bad,13800138001,VIP9,"张, ""三""",1,5,0,🍎\n'
    shop.write("data/a.csv", HEAD + GOOD + row + "short,1\n")
    shop.build(POS)
    stopped, broken = shop.quarantine("data/a.csv")
    names = HEAD.strip().split(",")
    assert json.loads(stopped["raw"]) == dict(zip(names, next(csv.reader([row])), strict=True))
    assert broken["raw"] == b"short,1"


def test_an_invalid_value_is_kept_and_its_row_goes_on(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + GOOD.replace("13800138000", "12345"))
    shop.build(POS)
    result = shop.results["data/a.csv"]
    assert (result.facts, result.invalid["phone"], dict(result.quarantined)) == (1, 1, {})
    [kept] = shop.quarantine("data/a.csv")
    assert (kept["fate"], kept["rule"], json.loads(kept["raw"])["mobile"]) == ("value", "invalid:phone", "12345")


@pytest.mark.parametrize("text", ["", "-", "无", "null", "0", "anonymous"])
def test_fillers_and_blocked_values_join_nobody(shop: Shop, text: str) -> None:
    shop.write("data/a.csv", HEAD + GOOD.replace("VIP1", text))
    shop.build(POS)
    with shop.facts() as engine:
        assert engine.rows("SELECT DISTINCT kind FROM raw_nodes") == [("phone",)]


UNDECODABLE = {
    "a personal value": ("王小明", "undecodable:name", "value"),
    "an identifier": ("VIP1", "undecodable:member_id", "value"),
    "a column": ("苹果", "undecodable:product", "value"),
    "part of what a column is worked out of": ("10.50", "undecodable:amount", "row"),
    "a key": ("R1", "undecodable:order_id", "row"),
}


@pytest.mark.parametrize(("text", "rule", "fate"), UNDECODABLE.values(), ids=UNDECODABLE.keys())
def test_an_undecodable_value_is_told_and_can_be_recovered(shop: Shop, text: str, rule: str, fate: str) -> None:
    bad = GOOD.encode("gb18030").replace(text.encode("gb18030"), b"\xff\xff")
    shop.write("data/a.csv", (HEAD + GOOD * 3).encode("gb18030") + bad)
    shop.build(POS.replace("data/*.csv", "{csv: data/*.csv, encoding: gb18030}"))
    result = shop.results["data/a.csv"]
    assert (result.rows, result.facts, result.invalid[rule.partition(":")[2]]) == (4, 4 - (fate == "row"), 1)
    [kept] = shop.quarantine("data/a.csv")
    assert (kept["rule"], kept["fate"]) == (rule, fate)
    assert "\uf7ff\uf7ff" in json.loads(kept["raw"]).values()


def test_what_cannot_be_decoded_and_is_not_used_stops_nothing(shop: Shop) -> None:
    shop.write("data/a.csv", (HEAD.strip() + ",note\n").encode() + GOOD.strip().encode() + b",\xff\xfe\n")
    shop.build(POS.replace("data/*.csv", "{csv: data/*.csv, encoding: utf-8}"))
    assert shop.results["data/a.csv"].facts == 1
    assert shop.quarantine("data/a.csv") == []


SHORTENED = {
    "a phone": ("13800138000", "1.38E+10", "shortened:phone", "value"),
    "a member number": ("VIP1", "6.22848E+18", "shortened:member_id", "value"),
    "a key": ("R1", "3.61257E+18", "shortened:order_id", "row"),
    "the number of a line": (",1,", ",1.5E+2,", "shortened:line", "row"),
}


@pytest.mark.parametrize(("text", "short", "rule", "fate"), SHORTENED.values(), ids=SHORTENED.keys())
def test_a_number_that_has_lost_digits_is_no_identifier(
    shop: Shop, text: str, short: str, rule: str, fate: str
) -> None:
    shop.write("data/a.csv", HEAD + GOOD.replace(text, short, 1))
    shop.build(POS)
    assert shop.results["data/a.csv"].facts == (fate == "value")
    [kept] = shop.quarantine("data/a.csv")
    assert (kept["rule"], kept["fate"]) == (rule, fate)
    assert short.strip(",") in json.loads(kept["raw"]).values()


def test_a_number_written_out_in_full_is_right_and_an_amount_may_be_short(shop: Shop) -> None:
    more = GOOD.replace("R1", "3.612571234567890123E18").replace("13800138000", "1.3800138000E10")
    shop.write("data/a.csv", HEAD + more.replace("10.50", "1.05E+1"))
    shop.build(POS)
    assert facts_of(shop, "orders", "order_id, amount") == [("3612571234567890123", 21)]
    assert ("phone", "13800138000") in pending(shop)
    assert shop.quarantine("data/a.csv") == []


def test_values_bad_for_two_reasons_are_told_by_both(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + GOOD.replace("13800138000", "1.38E+10").replace(",2,", ",two,"))
    shop.build(POS.replace("amount: qty * price - discount", "amount: price"))
    rules = {kept["rule"]: kept["fate"] for kept in shop.quarantine("data/a.csv")}
    assert rules == {"shortened:phone": "value", "invalid:quantity": "value"}


def test_a_workbook_with_merged_cells_and_formulas(shop: Shop) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["no", "at", "phone", "sum", "note"])
    sheet.append(["R1", "2026-05-01 10:00", 13800138000, 30, "x"])
    sheet.append(["R2", "2026-05-02 10:00"])
    sheet.append(["R3", "2026-05-03 10:00", '="139"&"00139000"', 5, "=NOW()"])
    for column in "CDE":
        sheet.merge_cells(f"{column}2:{column}3")
    (shop.root / "data").mkdir()
    book.save(shop.root / "data/a.xlsx")
    shop.build(
        "{source: s, read: data/*.xlsx, into: interactions, identifiers: {phone: phone}, "
        "columns: {topic: no, occurred_at: at, duration: sum, outcome: note}}"
    )
    found = facts_of(shop, "interactions", "topic, duration, outcome, subject IS NOT NULL")
    assert found == [("R1", 30, "x", True), ("R2", None, "x", True), ("R3", 5, None, False)]
    kept = [(each["source_row"], each["rule"]) for each in shop.quarantine("data/a.xlsx#Sheet")]
    assert kept == [(3, "merged:duration"), (4, "no_result:outcome,phone")]
    shown = json.loads(shop.quarantine("data/a.xlsx#Sheet")[0]["raw"])
    assert (shown["phone"], shown["sum"]) == ("13800138000", "30")


def test_days_of_a_workbook_that_counts_from_1904(shop: Shop) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    for row in (["at", "sum"], [datetime(2026, 5, 1, 10), 44681], [44681.5, 1]):
        sheet.append(row)
    (shop.root / "data").mkdir()
    book.save(shop.root / "data/a.xlsx")
    shop.build("{source: s, read: data/*.xlsx, into: interactions, columns: {occurred_at: at, duration: sum}}")
    found = facts_of(shop, "interactions", "CAST(occurred_at AS VARCHAR), duration")
    assert found == [("2026-05-01 02:00:00", 44681), ("2026-05-01 04:00:00", 1)]


def test_counts_of_missing_and_invalid(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD + GOOD + "R2,1,2026/05/01 10:00,1,,,x,5,0,\n")
    shop.build(POS)
    result = shop.results["data/a.csv"]
    assert (result.missing["name"], result.missing["member_id"], result.missing["product"]) == (1, 1, 1)
    assert (result.invalid["quantity"], result.invalid["amount"], result.invalid["phone"]) == (1, 1, 1)


# --- what a source may be -------------------------------------------------------------------------------------------


def test_an_identifier_can_be_required(shop: Shop) -> None:
    shop.write(
        "data/a.csv",
        "at,m,p,q\n2026-05-01,7,,\n2026-05-01,-,,13800138000\n2026-05-01,7,1,\n2026-05-01,7,,13800138001\n",
    )
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, identifiers: {member_id: m, phone: [p, q]},
        required: [member_id, phone], columns: {occurred_at: at}}"""
    )
    assert dict(shop.results["data/a.csv"].quarantined) == {
        "missing:phone": 1, "missing:member_id": 1, "invalid:phone": 1,
    }  # fmt: skip


def test_a_key_of_two_columns_of_one_kind_is_the_first_that_is_known(shop: Shop) -> None:
    shop.write("data/a.csv", "l,p,q\na,13800138001,\nb,,13800138002\nc,,13800138003\nd,13800138001,13800138003\n")
    shop.build(
        """{source: s, read: data/*.csv, into: attributes, identifiers: {phone: [p, q]}, key: [phone],
        columns: {level: l}}"""
    )
    assert [row[0] for row in facts_of(shop, "attributes", "level")] == ["b", "c", "d"]


def test_a_source_without_identifiers(shop: Shop) -> None:
    shop.write("data/a.csv", "id,at,who,amount\n1,2026-05-01 10:00:00,王小明,3\n")
    shop.build(
        "{source: s, read: data/*.csv, into: orders, key: [order_id], personal: {name: who}, "
        "columns: {order_id: id, occurred_at: at, amount: amount}}"
    )
    assert facts_of(shop, "orders", "subject, amount") == [(None, 3)]
    with Vault(shop.root / "vault.db", MASTER) as vault:
        assert sum(table.num_rows for _, table in vault.pending()) == 0


def test_identifiers_given_as_lists(shop: Shop) -> None:
    shop.write(
        "data/a.csv", "id,at,a,b\n1,2026-05-01 10:00:00,13800138000,13900139000\n2,2026-05-02 10:00:00,,13700137000\n"
    )
    shop.build(
        "{source: s, read: data/*.csv, into: interactions, identifiers: {phone: [a, b]}, columns: {occurred_at: at}}"
    )
    with shop.facts() as engine:
        assert engine.one("SELECT count(*) FROM raw_nodes WHERE kind = 'phone'") == 3
        assert engine.one("SELECT count(*) FROM raw_links") == 1
        # Every identifier is a person of its own here: a row of two of them is nobody's.
        assert engine.one("SELECT count(subject) FROM interactions") == 1


def test_a_kind_under_personal_does_not_identify(shop: Shop) -> None:
    shop.write("data/a.csv", "id,at,mine,theirs\n1,2026-05-01 10:00:00,13800138000,+86 139-0013-9000\n")
    shop.build(
        "{source: s, read: data/*.csv, into: interactions, identifiers: {phone: mine}, personal: {phone: theirs}, "
        "columns: {occurred_at: at}}"
    )
    with shop.facts() as engine:
        assert engine.one("SELECT count(*) FROM raw_nodes") == 1
    assert pending(shop) == {("phone", "13800138000"), ("phone", "13900139000")}


def pending(shop: Shop) -> set[tuple[str, str]]:
    with Vault(shop.root / "vault.db", MASTER) as vault:
        return {(row["kind"], row["value"]) for _, table in vault.pending() for row in table.to_pylist()}


def test_free_text_is_kept_as_it_is_but_trimmed(shop: Shop) -> None:
    body = "  你好，我想退货。\n" + "很长的正文 abc Ａ" * 200 + "\n "
    shop.lines("data/a.jsonl", [{"at": "2026-05-01 10:00:00", "m": "13800138000", "body": body, "comment": " \t"}])
    shop.build(
        "{source: s, read: data/*.jsonl, into: interactions, identifiers: {phone: m}, "
        "personal: {body: body, comment: comment}, columns: {occurred_at: at}}"
    )
    assert pending(shop) == {("phone", "13800138000"), ("body", body.strip())}
    assert shop.results["data/a.jsonl"].invalid["body"] == 0
    assert shop.results["data/a.jsonl"].missing["comment"] == 1


def test_derived_columns(shop: Shop) -> None:
    shop.write("data/a.csv", "c,a,b\n11010519491231002X,浙江省杭州市西湖区文三路90号,\n,,上海市浦东新区世纪大道1号\n")
    shop.build(
        "{source: s, read: data/*.csv, into: attributes, identifiers: {id_card: c}, personal: {address: [a, b]}, "
        "columns: {level: \"'x'\"}}"
    )
    found = facts_of(shop, "attributes", "CAST(birth_date AS VARCHAR), gender, province, city")
    assert found == [("1949-12-31", "female", "浙江省", "杭州市"), (None, None, "上海市", "上海市")]


def test_a_mapped_column_may_prefer_what_derives(shop: Shop) -> None:
    shop.write("data/a.csv", "c,g,b\n11010519491231002X,男,1990-01-01\n,女,1990年1月1日\n,?,31/31\n")
    shop.build(
        """{source: s, read: data/*.csv, into: attributes, identifiers: {id_card: c}, columns: {
        gender: "coalesce(id_card.gender, g)", birth_date: "coalesce(id_card.birth_date, b)"}}"""
    )
    found = facts_of(shop, "attributes", "CAST(birth_date AS VARCHAR), gender")
    assert found == [("1949-12-31", "female"), ("1990-01-01", "female"), (None, None)]
    assert shop.results["data/a.csv"].invalid["birth_date"] == 1


def test_rules_over_raw_columns_and_mapped_ones(shop: Shop) -> None:
    shop.write(
        "data/a.csv",
        "id,at,test,n\n1,2026-05-01 10:00:00,no,1\n2,2026-05-01 10:00:00,yes,1\n3,2026-05-01 10:00:00,no,７\n",
    )
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at, duration: n},
        reject: ["test = 'yes'", "n > 5 and test = 'no'", "duration > 100"]}"""
    )
    assert dict(shop.results["data/a.csv"].quarantined) == {
        "reject: test = 'yes'": 1,
        "reject: n > 5 and test = 'no'": 1,
    }


@pytest.mark.parametrize("hands", [1, 3])
def test_lookups_lend_their_columns(shop: Shop, monkeypatch: pytest.MonkeyPatch, hands: int) -> None:
    shop.threads = hands
    monkeypatch.setattr(part_module, "SHARE", 1)
    shop.write("ref/products.csv", "sku,dept\nA,生鲜\nB,old\nB,家居\n")
    shop.write(
        "data/a.csv", "id,at,sku,n\n1,2026-05-01 10:00:00,A,1\n2,2026-05-01 10:00:00,B,1\n3,2026-05-01 10:00:00,C,1\n"
    )
    shop.build(
        """{source: s, read: data/*.csv, into: order_items, lookups: {products: {read: ref/products.csv, key: sku}},
        columns: {occurred_at: at, product: sku, category: products.dept}}"""
    )
    assert facts_of(shop, "order_items", "product, category") == [("A", "生鲜"), ("B", "家居"), ("C", None)]


def test_formats(shop: Shop) -> None:
    shop.model = with_columns("interactions", {"due": Type.DATE})
    shop.write(
        "data/a.csv", "id,at,due\n1,01/05/2026 10:00,2026.05.31\n2,2026-05-01 11:00,31-05-2026\n3,01/05/26 10:00,\n"
    )
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {
        occurred_at: {value: at, format: ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]},
        due: {value: due, format: ["%Y.%m.%d", "%d-%m-%Y"]}}}"""
    )
    found = facts_of(shop, "interactions", "CAST(occurred_at AS VARCHAR), CAST(due AS VARCHAR)")
    assert found == [("2026-05-01 02:00:00", "2026-05-31"), ("2026-05-01 03:00:00", "2026-05-31")]
    assert dict(shop.results["data/a.csv"].quarantined) == {"invalid:occurred_at": 1}


def test_an_empty_file_is_a_part_without_rows(shop: Shop) -> None:
    shop.write("data/a.csv", HEAD)
    shop.build(POS)
    assert (shop.results["data/a.csv"].rows, shop.results["data/a.csv"].facts) == (0, 0)
    assert facts_of(shop, "orders", "1") == []


# --- JSON -----------------------------------------------------------------------------------------------------------

ITEMS = """
source: online
read: {json: data/*.jsonl, rows: items}
into: orders
identifiers: {phone: buyer.phone}
columns: {order_id: no, line: items.n, occurred_at: at, amount: items.price}
"""


def order(**more: Any) -> dict[str, Any]:
    return {"no": "O1", "at": "2026-05-01T10:00:00+08:00", "buyer": {"phone": "13800138000"}} | more


EXPLODED = {
    "two items": ({"items": [{"n": 1, "price": 2}, {"n": 2, "price": 3.5}]}, [("1", 2), ("2", 3.5)]),
    "an empty list": ({"items": []}, []),
    "no list": ({}, []),
    "null": ({"items": None}, []),
    "an object instead": ({"items": {"n": 1, "price": 2}}, [("1", 2)]),
    "a text that says a list": ({"items": '[{"n": 1, "price": 2}, {"n": 2, "price": 3.5}]'}, [("1", 2), ("2", 3.5)]),
    "a text that says an object": ({"items": ' {"n": 1, "price": 2}'}, [("1", 2)]),
    "texts that say objects": ({"items": ['{"n": 1, "price": 2}', '[{"n": 2, "price": 3.5}]']}, [("1", 2), ("2", 3.5)]),
    "numbered": ({"items": {"0": {"n": 1, "price": 2}, "1": {"n": 2, "price": 3.5}}}, [("1", 2), ("2", 3.5)]),
    "numbered otherwise": ({"items": {"10": {"n": 2, "price": 3}, "9": {"n": 1, "price": 2}}}, [("1", 2), ("2", 3)]),
    "numbered in a text": ({"items": '{"1": {"n": 1, "price": 2}}'}, [("1", 2)]),
    "a list in a list": ({"items": [[{"n": 1, "price": 2}], [], [{"n": 2, "price": 3.5}]]}, [("1", 2), ("2", 3.5)]),
    "an empty object": ({"items": {}}, []),
    "texts of nothing": ({"items": " "}, []),
    "a text of an empty list": ({"items": "[]"}, []),
    "a text of null": ({"items": "null"}, []),
    "a text": ({"items": "two of A"}, [(None, None)]),
    "a text of broken JSON": ({"items": '[{"n": 1, "price": 2}'}, [(None, None)]),
    "a number": ({"items": 2}, [(None, None)]),
    "a list in a list in a list": ({"items": [[[{"n": 1, "price": 2}]]]}, [(None, None)]),
    "odd items": ({"items": [None, 7, "x", {"n": 4, "price": "８"}]}, [(None, None)] * 3 + [("4", 8)]),
}


@pytest.mark.parametrize(("more", "rows"), EXPLODED.values(), ids=EXPLODED.keys())
def test_a_list_is_spread_into_rows(shop: Shop, more: dict[str, Any], rows: list[tuple[Any, Any]]) -> None:
    shop.lines("data/a.jsonl", [order(**more)])
    shop.build(ITEMS)
    result = shop.results["data/a.jsonl"]
    good = [(line, amount) for line, amount in rows if amount is not None]
    assert facts_of(shop, "orders", "line, CAST(amount AS DOUBLE)") == good
    assert (result.rows, result.quarantined.total()) == (len(rows), len(rows) - len(good))
    for kept in shop.quarantine("data/a.jsonl"):
        assert json.loads(kept["raw"]) == order(**more)
        assert kept["rule"] == "not_an_item"


def test_where_the_item_itself_is_asked_for_it_may_be_anything(shop: Shop) -> None:
    tags = {"1": ["a", "b"], "2": '["a", "b"]', "3": "a", "4": [["a"], "b"], "5": None}
    shop.lines("data/a.jsonl", [{"at": "2026-05-01", "no": no, "tags": each} for no, each in tags.items()])
    shop.build("""
source: s
read: {json: data/*.jsonl, rows: tags}
into: interactions
columns: {occurred_at: at, topic: tags, agent: no}
""")
    expected = [("1", "a"), ("1", "b"), ("2", "a"), ("2", "b"), ("3", "a"), ("4", "a"), ("4", "b")]
    assert sorted(facts_of(shop, "interactions", "agent, topic")) == expected


KEYS = ["a b", "名字", "a.b", "q'q", 'd"d', "s/s", "t~t", "b\\b", "*", "$", "a-b"]


@pytest.mark.parametrize("key", KEYS)
def test_any_key_of_a_document_can_be_named(shop: Shop, key: str) -> None:
    shop.lines("data/a.jsonl", [{"at": "2026-05-01 10:00:00", key: "found", "in": {key: "inside"}}])
    name = '"' + key.replace('"', '""') + '"'
    columns = {"occurred_at": "at", "topic": name, "agent": f'"in".{name}'}
    shop.build(
        f"{{source: s, read: data/*.jsonl, into: interactions, columns: {json.dumps(columns, ensure_ascii=False)}}}"
    )
    # Of a path only the whole is also tried as one key.
    assert facts_of(shop, "interactions", "topic, agent") == [("found", None if "." in key else "inside")]


@pytest.mark.parametrize("key", ["comment", "date", "order", "desc.group", "select", "名字.值"])
def test_a_bare_name_is_a_key_even_if_sql_has_that_word(shop: Shop, key: str) -> None:
    outer, _, inner = key.partition(".")
    shop.lines("data/a.jsonl", [{"at": "2026-05-01 10:00:00", outer: {inner: "found"} if inner else "found"}])
    columns = {"occurred_at": "at", "topic": key}
    shop.build(
        f"{{source: s, read: data/*.jsonl, into: interactions, columns: {json.dumps(columns, ensure_ascii=False)}}}"
    )
    assert facts_of(shop, "interactions", "topic") == [("found",)]


def test_a_long_number_of_a_document_keeps_its_digits(shop: Shop) -> None:
    shop.write("data/a.jsonl", '{"at": "2026-05-01 10:00:00", "t": 123456789012345678901234567890, "a": 1.10}')
    shop.build("{source: s, read: data/*.jsonl, into: interactions, columns: {occurred_at: at, topic: t, duration: a}}")
    assert facts_of(shop, "interactions", "topic, duration") == [("123456789012345678901234567890", 1.1)]


# --- laws -----------------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(["", "1", "2.5", "-3", "￥1,234.50", "１２", "1e5", "x", "R1", "R2", "无", "2026/05/01 10:00",
                     "2027/01/01 00:00", "2026/02/30 00:00", "13800138000", "VIP1", "王小明", 'a "b"', "a,b", "a\nb",
                     "99999999999999999999999"]),
    st.text(max_size=12),
)  # fmt: skip
QUIET = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def csv_bytes(draw: st.DrawFn) -> bytes:
    """A file of records, most whole, some with fields too few or too many, some with bytes no encoding has."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    width = HEAD.count(",") + 1
    for _ in range(draw(st.integers(0, 12))):
        size = draw(st.sampled_from([width, width, width, width, width - 1, width + 1, 1]))
        writer.writerow(draw(st.lists(CELLS, min_size=size, max_size=size)))
    body = out.getvalue().encode("utf-8", "replace")
    odd = draw(st.sampled_from([b"", b"", b"\xff", b"\xe4\xb8", b"\x00"]))
    place = draw(st.integers(0, len(body)))
    return HEAD.encode() + GOOD.encode() * draw(st.integers(0, 2)) + body[:place] + odd + body[place:]


@QUIET
@given(files=st.lists(csv_bytes(), min_size=1, max_size=3))
def test_nothing_vanishes(tmp_path_factory: pytest.TempPathFactory, files: list[bytes]) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for number, content in enumerate(files):
        shop.write(f"data/{number}.csv", content)
    shop.build(POS)
    adds_up(shop, "orders")


def adds_up(shop: Shop, table: str) -> None:
    """Rows are facts or quarantined in every part, and after the facts stage facts, duplicates or quarantined."""
    for result in shop.results.values():
        assert result.rows == result.facts + result.quarantined.total()
    with shop.facts() as engine:
        counted = engine.rows(
            f"SELECT (SELECT sum(rows) FROM parts), (SELECT count(*) FROM {table}), (SELECT count(*) FROM duplicates), "
            "(SELECT count(*) FROM quarantine WHERE fate = 'row')"
        )
    rows, facts, duplicates, quarantined = counted[0]
    assert (rows or 0) == facts + duplicates + quarantined
    assert rows == sum(result.rows for result in shop.results.values())


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "price", "phone", "x"]), inner),
    max_leaves=6,
)
BROKEN = st.sampled_from(['{"no": ', "x", "[", '"\\ud800"'])
DOCUMENTS = st.dictionaries(st.sampled_from(["no", "at", "buyer", "items", "other"]), JSONS, max_size=5)


@QUIET
@given(lines=st.lists(DOCUMENTS.map(json.dumps) | JSONS.map(json.dumps) | BROKEN, max_size=8))
def test_nothing_vanishes_of_documents(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.lines("data/good.jsonl", [order(items=[{"n": 1, "price": 2}])])
    shop.write("data/odd.jsonl", "\n".join(lines).encode("utf-8", "replace"))
    shop.build(ITEMS)
    adds_up(shop, "orders")


@QUIET
@given(content=csv_bytes(), rows=st.integers(1, 5))
def test_batches_make_no_difference(tmp_path_factory: pytest.TempPathFactory, content: bytes, rows: int) -> None:
    found = []
    for size in (part_module.ROWS, rows):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(part_module, "ROWS", size)
            shop = Shop(tmp_path_factory.mktemp("shop"))
            shop.write("data/a.csv", content)
            shop.build(POS)
            found.append((facts_of(shop, "orders"), shop.results["data/a.csv"].counts() | {"seconds": 0}))
    assert found[0] == found[1]


@QUIET
@given(content=csv_bytes(), share=st.integers(1, 5), rows=st.integers(1, 5))
def test_hands_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, share: int, rows: int
) -> None:
    found = []
    for threads in (1, 3):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(part_module, "ROWS", rows * (3 if threads == 1 else 1))
            patch.setattr(part_module, "SHARE", share)
            found.append(_all_of(tmp_path_factory, content, threads))
    assert found[0] == found[1]


def _all_of(tmp_path_factory: pytest.TempPathFactory, content: bytes, threads: int) -> list[Any]:
    """Return facts, counts, links, what was stopped and which personal values wait."""
    shop = Shop(tmp_path_factory.mktemp("shop"), threads=threads)
    shop.write("data/a.csv", content)
    shop.build(POS)
    [each] = shop.cleaned()
    folder = each.folder.name
    links: Counter[tuple[int, int]] = Counter()
    for link in _values(shop, folder, "links"):
        links[link["a"], link["b"]] += link["rows"]
    stopped = sorted((each["source_row"], each["rule"], each["fate"]) for each in _values(shop, folder, "quarantine"))
    with Vault(shop.root / "vault.db", MASTER) as vault:
        waiting = {tuple(value.values()) for _, table in vault.pending() for value in table.to_pylist()}
    counts = shop.results["data/a.csv"].counts() | {"seconds": 0}
    return [facts_of(shop, "orders"), counts, links, stopped, waiting]


def test_a_fault_of_one_hand_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path, threads=2)
    monkeypatch.setattr(part_module, "SHARE", 2)
    shop.write("data/a.csv", HEAD + GOOD * 4)
    write = pq.write_table

    def refuse(table: pa.Table, path: Path, **how: Any) -> None:
        if path.name == "facts-000002.parquet":
            raise OSError("the disk is full")
        write(table, path, **how)

    monkeypatch.setattr(pq, "write_table", refuse)
    with pytest.raises(OSError, match="full"):
        shop.build(POS)
    assert [path.name for path in (shop.root / "parts").iterdir() if not path.name.endswith(".building")] == []


def test_parts_cleaned_together_are_as_cleaned_alone(shop: Shop) -> None:
    for number in range(3):
        shop.write(f"data/{number}.csv", HEAD + GOOD * 2 + f"R{number},1,x,{number},VIP{number},,1,1,1,\n")
    shop.write("data/z.csv", HEAD)
    plan = planned(checked(POS), shop.root)
    parts = reader_of(plan.read).parts(plan.read, shop.root, None)
    alone = [clean_part(shop.task(plan, part, number, f"a{number}")) for number, part in enumerate(parts)]
    together = list(clean_parts([shop.task(plan, part, number, f"t{number}") for number, part in enumerate(parts)]))
    assert [each.counts() | {"seconds": 0} for each in alone] == [each.counts() | {"seconds": 0} for each in together]
    for name in ("facts", "nodes", "links"):
        for number in range(len(parts)):
            assert _rows(shop, f"a{number}", name) == _rows(shop, f"t{number}", name)


def _rows(shop: Shop, folder: str, name: str) -> list[str]:
    return sorted(map(str, _values(shop, folder, name)))


def _values(shop: Shop, folder: str, name: str) -> list[dict[str, Any]]:
    files = sorted((shop.root / "parts" / folder).glob(f"{name}-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_part_is_complete_or_absent(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write("data/a.csv", HEAD + GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(pq, "write_table", refuse)
    shop.write("data/a.csv", HEAD + GOOD + "short\n")
    with pytest.raises(OSError, match="full"):
        shop.build(POS)
    assert [path.name for path in (shop.root / "parts").iterdir() if not path.name.endswith(".building")] == []


SECRETS = {
    "phone": "13912345678", "name": "欧阳逸尘", "address": "浙江省杭州市西湖区文三路90号801室",
    "id_card": "11010519491231002X",
    "email": "yichen.ouyang@example.cn", "body": "请打我的私人电话，谢谢你们",
}  # fmt: skip


def test_no_personal_value_is_left_in_clear(shop: Shop) -> None:
    people = [
        {"at": "2026-05-01 10:00:00", **SECRETS},
        {"at": "no time", **SECRETS},
        {"at": "2026-05-02 10:00:00", **SECRETS, "id_card": "110105194912310021"},
    ]
    shop.lines("data/a.jsonl", [*people, "x"])
    (shop.root / "data/a.jsonl").open("a").write('\n{"name": "欧阳逸尘", ')
    shop.build(
        "{source: s, read: data/*.jsonl, into: interactions, "
        "identifiers: {id_card: id_card, phone: phone, email: email}, "
        "personal: {name: name, address: address, body: body}, columns: {occurred_at: at}}"
    )
    assert shop.results["data/a.jsonl"].quarantined.total() == 3
    with shop.facts(file=shop.root / "parts" / "warehouse.duckdb") as engine:
        engine.run("CHECKPOINT")
    written = [
        file for file in shop.root.rglob("*") if file.is_file() and "data" not in file.relative_to(shop.root).parts
    ]
    assert {"vault.db", "warehouse.duckdb", "registry.db"} <= {file.name for file in written}
    for file in written:
        content = file.read_bytes() + _unpacked(file)
        for kind, secret in (*SECRETS.items(), ("id_card", "110105194912310021")):
            for encoding in ("utf-8", "utf-16-le", "gb18030"):
                assert secret.encode(encoding) not in content, f"{kind} in {file.name}"


def _unpacked(file: Path) -> bytes:
    """Return the cells of a parquet file, which lie compressed in it."""
    if file.suffix != ".parquet":
        return b""
    sink = pa.BufferOutputStream()
    table = pq.read_table(file)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def test_never_patterns_of_any_form(shop: Shop) -> None:
    shop.kinds = Kinds(KINDS.order, ("vip(1)", "(?i:TEST\\d)", "x|y", "A+|B+"))
    rows = [GOOD.replace("VIP1", card) for card in ("VIP1", "test5", "Y", "AAAA", "VIP12", "AB")]
    shop.write("data/a.csv", HEAD + "".join(row.replace("R1", f"R{number}") for number, row in enumerate(rows)))
    shop.build(POS)
    with shop.facts() as engine:
        assert engine.one("SELECT count(*) FROM raw_nodes WHERE kind = 'member_id'") == 2


def test_the_zone_and_moment_of_these_tests() -> None:
    assert (NOW.hour, ZONE) == (4, "Asia/Shanghai")
