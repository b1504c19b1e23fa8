"""Lineage, impact and suggestions from the command line, over the built sample shop."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .conftest import Cli
from .test_cli import PERSONAL


def test_lineage_goes_from_a_tag_to_the_columns_of_files(shop: Cli) -> None:
    text = shop.run("lineage", "lifecycle", "--up").stdout
    for each in ("days_since_order", "last_order_at", "orders.occurred_at", "pos.sold_at", "repurchase_gap(0.9"):
        assert each in text
    assert "is used by" not in text and "repeat_customers" not in text


def test_a_formula_stands_beside_what_it_makes(shop: Cli) -> None:
    lines = shop.run("lineage", "lifecycle", "--up").stdout.splitlines()
    assert '"orders_total" = 0' in lines[0]
    assert not [line for line in lines[1:] if '"orders_total" = 0' in line]


def test_lineage_goes_from_a_column_to_segments(shop: Cli) -> None:
    text = shop.run("lineage", "pos.unit_price", "--down").stdout
    for each in ("orders.amount", "spend_365d", "value_tier", "winback_high_value"):
        assert each in text
    both = shop.run("lineage", "value_tier").stdout
    assert "comes from" in both and "is used by" in both


def test_lineage_as_json_is_a_graph(shop: Cli) -> None:
    found = shop.json("lineage", "crm.身份证号", "--down")
    ids = {node["id"] for node in found["down"]["nodes"]}
    assert {"raw:crm.身份证号", "identifier:id_card", "vault:vault", "fact:attributes.gender", "tag:gender"} <= ids
    assert all(edge["above"] in ids and edge["below"] in ids for edge in found["down"]["edges"])
    assert "up" not in found


def test_impact_counts_customers_and_knows_exports(shop: Cli, tmp_path: Path) -> None:
    shop.run("segment", "export", "sleeping", "--to", str(tmp_path / "sleeping.csv"), "--tag", "value_tier")
    found = shop.json("impact", "pos.unit_price")
    tags = {each["node"]["code"]: each for each in found["tags"]}
    assert tags["spend_total"]["how"] == "value" and tags["orders_total"]["how"] == "rows"
    assert 0 < tags["last_order_at"]["customers"] < tags["spend_total"]["customers"] == found["of"]
    assert "sleeping.csv" in [each["node"]["words"]["en"] for each in found["exports"]]
    text = shop.run("--lang", "zh", "impact", "pos.unit_price").stdout
    assert "取值由它算出" in text and "sleeping.csv" in text


def test_a_wrong_name_ends_with_the_nearest(shop: Cli) -> None:
    assert "did you mean pos.unit_price" in shop.run("impact", "pos.unit_prise", code=1).stderr
    assert "did you mean lifecycle" in shop.run("lineage", "lifecicle", code=1).stderr


def test_suggestions_are_shown_with_evidence_and_without_personal_values(shop: Cli) -> None:
    text = shop.run("suggest", "--top", "5").stdout
    for each in ("Statistics", "Natural bands", "information gain 0.", "e.g. C"):
        assert each in text, each
    assert not PERSONAL.search(text)
    assert "信息增益" in shop.run("--lang", "zh", "suggest", "--top", "1").stdout
    found = shop.json("suggest", "--top", "5")
    assert found == shop.json("suggest", "--top", "5")
    gains = [each["evidence"]["gain"] for each in found["found"] if each["kind"] == "statistic"]
    assert 0 < len(gains) <= 5 and gains == sorted(gains, reverse=True)
    assert all(re.fullmatch(r"C\w{14}", each["example"]["id"]) for each in found["found"])


def test_an_accepted_suggestion_is_planned_like_any_definition(shop: Cli, tmp_path: Path) -> None:
    mine = Cli(tmp_path / "shop", shop.env)
    shutil.copytree(shop.root, mine.root, ignore=shutil.ignore_patterns("truth"))
    code = mine.json("suggest", "--top", "1")["found"][0]["code"]
    assert mine.json("suggest", "--top", "1", "--accept", code) == {"accepted": [code], "file": "tags/suggested.yaml"}
    assert code in mine.run("plan").stdout
    assert code not in [each["code"] for each in mine.json("suggest", "--top", "1")["found"]]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("orders", "is not an outcome such as"), ("count(order_id) > 0 from order", "did you mean orders?")],
)
def test_a_wrong_outcome_says_what_is_wrong(shop: Cli, outcome: str, said: str) -> None:
    assert said in shop.run("suggest", "--outcome", outcome, code=1).stderr
