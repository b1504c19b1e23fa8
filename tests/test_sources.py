"""Sources: what a definition becomes; faults are in definitions/golden/sources.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.connectors.readers import READERS
from huaxiang.definitions.fields import Text
from huaxiang.sources import reader_of
from tests.small_shop import checked

POS = """
source: pos
name: {zh: 门店, en: Stores}
channel: store
read: {csv: data/*.csv, encoding: gbk}
into: orders
identifiers: {phone: [m1, m2], member_id: card}
personal: {name: buyer}
key: [order_id, member_id]
required: [product]
lookups: {goods: {read: ref/goods.csv, key: sku}}
columns:
  order_id: id
  occurred_at: {value: at, format: ["%Y/%m/%d", "%d.%m.%Y"]}
  amount: 1.10
  product: goods.name
reject: [amount < 0]
"""


def test_a_whole_source() -> None:
    source = checked(POS)
    assert (source.code, source.channel, source.layout, source.into.name) == ("pos", "store", "columns", "orders")
    assert source.identifiers == (("phone", Text("m1")), ("phone", Text("m2")), ("member_id", Text("card")))
    assert source.personal == (("name", Text("buyer")),)
    assert source.required == ("occurred_at", "order_id", "amount", "member_id", "product")
    assert source.columns["occurred_at"].formats == ("%Y/%m/%d", "%d.%m.%Y")
    assert source.columns["amount"].value == Text("1.10")
    assert source.columns["amount"].value.place.line == 15
    assert [(each.name, each.key, each.on) for each in source.lookups] == [("goods", "sku", "sku")]


def test_the_channel_is_the_source_unless_it_says_another() -> None:
    assert checked(POS.replace("channel: store\n", "")).channel == "pos"


CHANGES = {
    "a column": ("order_id: id", "order_id: number", True),
    "a rule": ("amount < 0", "amount < 1", True),
    "an option of reading": ("gbk", "utf-8", True),
    "a format": ("%d.%m.%Y", "%m.%d.%Y", True),
    "a comment": ("reject:", "# note\nreject:", False),
    "the order of keys of a mapping": ("{csv: data/*.csv, encoding: gbk}", "{encoding: gbk, csv: data/*.csv}", False),
}


@pytest.mark.parametrize(("old", "new", "changes"), CHANGES.values(), ids=CHANGES.keys())
def test_the_hash_changes_with_what_it_depends_on(old: str, new: str, changes: bool) -> None:
    assert old in POS
    assert (checked(POS).hash() != checked(POS.replace(old, new)).hash()) is changes


def test_the_hash_changes_with_its_context() -> None:
    source = checked(POS)
    assert source.hash("UTC") != source.hash("Asia/Shanghai")
    assert source.hash("UTC") == source.hash("UTC")


def test_a_lookup_has_a_fingerprint_of_its_content(tmp_path: Path) -> None:
    [lookup] = checked(POS).lookups
    (tmp_path / "ref").mkdir()
    found = []
    for content in ("sku,name\nA,苹果\n", "sku,name\nA,梨\n", "sku,name\nA,苹果\n"):
        (tmp_path / "ref/goods.csv").write_text(content, encoding="utf-8")
        found.append(lookup.fingerprint(tmp_path))
    assert found[0] == found[2] != found[1]


def test_every_reader_is_found_by_its_kind() -> None:
    read = checked(POS).read
    assert reader_of(read).kind == "csv"
    assert len({reader.kind for reader in READERS}) == len(READERS)
