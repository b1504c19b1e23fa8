"""Values that do not come from facts, as a person meets them on the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Cli

FILES = {
    "data/orders.csv": "order,time,card,amount\nA1,2026-06-02 10:00,V01,120\nA2,2026-06-20 18:30,V02,80\n",
    "data/levels.csv": "card,level\nV01,gold\n,silver\nV99,gold\n",
    "sources/shop.yaml": """
- source: shop
  read: data/orders.csv
  into: orders
  identifiers: {member_id: card}
  key: [order_id]
  columns: {order_id: order, occurred_at: time, amount: amount}
""",
    "tags/all.yaml": """
- tag: level
  imported: {read: data/levels.csv, by: {member_id: card}, value: level}
- tag: care
  manual: {values: [VIP, normal]}
- tag: churn
  model: {name: churn}
- tag: amounts
  sql: SELECT subject, amount AS value FROM orders
""",
    "segments/all.yaml": "- segment: gold\n  where: level = 'gold'\n",
}


@pytest.fixture(scope="module")
def cli(new_project: Callable[..., Cli]) -> Cli:
    cli = new_project("staged", "blank")
    for name, text in FILES.items():
        (cli.root / name).parent.mkdir(parents=True, exist_ok=True)
        (cli.root / name).write_text(text, encoding="utf-8")
    cli.run("build")
    return cli


def test_check_finds_a_wrong_column_of_a_file(cli: Cli) -> None:
    path = cli.root / "tags/all.yaml"
    path.write_text(FILES["tags/all.yaml"].replace("value: level", "value: levle"), encoding="utf-8")
    done = cli.run("check", code=1)
    path.write_text(FILES["tags/all.yaml"], encoding="utf-8")
    assert "tags/all.yaml:3: data/levels.csv has no column 'levle' (did you mean level?)" in done.stderr
    cli.run("check")


def test_build_and_quality_say_what_became_of_the_rows(cli: Cli) -> None:
    printed = " ".join(cli.run("build").stdout.split())
    assert "level: 2 of 3 rows stopped" in printed
    assert "churn (tags/all.yaml:6): model churn has predicted nothing yet" in printed
    text = cli.run("quality").stdout
    assert "data/levels.csv:3" in text and "V99" not in text
    found = {each["tag"]: each for each in cli.json("quality")["inputs"]}
    assert {rule["rule"]: rule["examples"] for rule in found["level"]["stopped"]} == {
        "missing:member_id": [["data/levels.csv", 3]], "unknown:member_id": [["data/levels.csv", 4]],
    }  # fmt: skip


def test_a_query_with_two_rows_for_a_customer_stops_nobody(cli: Cli) -> None:
    orders = FILES["data/orders.csv"] + "A3,2026-06-21 18:30,V02,50\n"
    (cli.root / "data/orders.csv").write_text(orders, encoding="utf-8")
    printed = " ".join(cli.run("build").stdout.split())
    assert "amounts (tags/all.yaml:8): the query gives more than one row for 1 customer" in printed
    assert "the values of the last good build are kept" in printed
    told = cli.json("explain", "amounts", "--customer", "V02")
    assert told["value"]["en"] == "¥80"
    assert "zh" in told["note"]


def test_a_value_is_set_shown_explained_and_withdrawn(cli: Cli) -> None:
    done = cli.json("tag", "set", "care", "VIP", "--segment", "gold", "--reason", "loyal", "--by", "li")
    assert (done["value"], done["customers"]) == ("VIP", 1)
    cli.run("tag", "set", "care", "normal", "--customer", "V02", "--reason", "-", "--by", "li", "--expires", "2 days")
    cli.run("build")
    assert cli.json("explain", "care", "--customer", "V01")["value"]["en"] == "VIP"
    text = cli.run("explain", "care", "--customer", "V01").stdout
    assert "set by: li" in text and "reason: loyal" in text
    assert cli.json("tag", "unset", "care", "--customer", "V01", "--by", "me")["withdrawn"] == 1
    listed = cli.json("tag", "manual", "care", "--customer", "V01")
    assert [(each["state"], each["withdrawn_by"]) for each in listed] == [("withdrawn", "me")]
    assert len(cli.json("tag", "manual")) == 2
    cli.run("build")
    assert cli.json("explain", "care", "--customer", "V01")["value"]["en"] == "unknown"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("care", "vpi", "--customer", "V01", "--reason", "x", "--by", "li"), "did you mean VIP?"),
        (("car", "VIP", "--customer", "V01", "--reason", "x", "--by", "li"), "did you mean care?"),
        (("care", "VIP", "--reason", "x", "--by", "li"), "give --customer, or --segment"),
        (("care", "VIP", "--customer", "V77", "--reason", "x", "--by", "li"), "No customer has this identifier"),
        (("care", "VIP", "--segment", "gol", "--reason", "x", "--by", "li"), "there is no segment 'gol'"),
        (("care", "VIP", "--customer", "V01", "--reason", " ", "--by", "li"), "say why"),
    ],
)
def test_what_is_wrong_is_said(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    before = len(cli.json("tag", "manual"))
    assert said in cli.run("tag", "set", *arguments, code=1).stderr
    assert len(cli.json("tag", "manual")) == before
