"""The command line as a person uses it, over the built sample shop (read only)."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pyarrow.parquet as pq
import pytest

from huaxiang.read.current import current_build
from huaxiang.read.profile import profile
from huaxiang.read.subject_ids import encode_subject
from huaxiang.server.presence import only_server

from .conftest import CUSTOMERS, Cli

PERSONAL = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|[\w.]+@[\w.]+\.\w+|(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{5}[\dX](?!\d)"
)


@pytest.fixture(scope="module")
def phone(shop: Cli) -> str:
    """A phone of the truth that one customer alone has."""
    rows = pq.read_table(shop.root / "truth/identifiers.parquet").to_pylist()
    own = [row["value"] for row in rows if row["kind"] == "phone" and not row["shared"] and row["origin"] == "own"]
    return next(value for value in own if "masked" in shop.run("--json", "profile", value).stdout)


def test_build_prints_what_it_found(shop: Cli) -> None:
    found = shop.json("quality")
    sources = {each["code"]: each for each in found["sources"]}
    doors = {"web_people", "web_events", "web_orders", "web_items"}
    assert sources.keys() == {"pos", "online", "mini", "crm", "calls", "survey", "mail", "social"} | doors
    for code, each in sources.items():
        assert each["rows"] == each["facts"] + each["duplicates"] + each["quarantined"]
        assert (each["rows"] > 0) is (code not in doors), "nothing came in at the door yet"


def test_customers_are_about_as_many_as_people(shop: Cli) -> None:
    of = shop.json("segment", "count", "--where", "orders_total >= 0")["of"]
    assert 0.95 * CUSTOMERS < of < 1.3 * CUSTOMERS


def test_profile_by_phone_is_masked_everywhere(shop: Cli, phone: str) -> None:
    for text in (shop.run("profile", phone).stdout, shop.run("--json", "profile", phone).stdout):
        assert phone not in text
        assert not PERSONAL.search(text)
        assert f"{phone[0]}******{phone[-1]}" in text


def test_profile_by_public_id_is_the_same(shop: Cli, phone: str) -> None:
    by_phone = shop.json("profile", phone)["profile"]
    assert shop.json("profile", by_phone["id"])["profile"] == by_phone


def test_the_five_sides_each_say_something(shop: Cli, phone: str) -> None:
    sides = shop.json("profile", phone)["profile"]["sides"]
    assert [side["dimension"] for side in sides] == ["demographic", "behaviour", "psychological", "social", "lifecycle"]
    text = shop.run("profile", phone).stdout
    if any(not side["tags"] for side in sides):
        assert "nothing known" in text


def test_explain_a_tag_of_a_customer_names_file_and_row(shop: Cli, phone: str) -> None:
    told = shop.json("explain", "spend_total", "--customer", phone)
    rows = told["facts"]["rows"]
    assert rows and all(row["file"].startswith("data/") and row["row"] > 0 for row in rows)


def test_explain_a_segment_says_which_parts_hold(shop: Cli, phone: str) -> None:
    text = shop.run("explain", "repeat_customers", "--customer", phone).stdout
    assert "✓" in text or "✗" in text


def test_explain_draws_the_path_of_evidence(shop: Cli) -> None:
    rows = pq.read_table(shop.root / "truth/identifiers.parquet").to_pylist()
    mine: dict[int, dict[str, str]] = {}
    for row in rows:
        if not row["shared"] and row["origin"] == "own" and row["kind"] in ("phone", "member_id"):
            mine.setdefault(row["person"], {})[row["kind"]] = row["value"]
    both = [person for person, kinds in mine.items() if len(kinds) == 2][:20]
    paths = []
    for person in both:
        kinds = mine[person]
        one, other = f"member_id:{kinds['member_id']}", f"phone:{kinds['phone']}"
        done = shop.run("--json", "explain", "path", "--between", one, other)
        paths.append(done.stdout)
    hops = [path for path in paths if '"file"' in path]
    assert len(hops) >= 15
    assert all("data/" in path for path in hops)


def test_unknown_names_get_the_nearest(shop: Cli) -> None:
    assert "did you mean lifecycle?" in shop.run("explain", "lifecycl", code=1).stderr
    assert "did you mean" in shop.run("quality", "--source", "poss", code=1).stderr


def test_conditions_are_checked(shop: Cli) -> None:
    done = shop.run("segment", "count", "--where", "orders_totl >= 3", code=1)
    assert "did you mean orders_total?" in done.stderr


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_export_has_as_many_rows_as_the_count(shop: Cli, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"out.{form}"
    arguments = ("--to", str(path), "--tag", "lifecycle", "--tag", "spend_total", "--masked", "phone")
    shop.run("segment", "export", "repeat_customers", *arguments)
    count = shop.json("segment", "count", "repeat_customers")["count"]
    assert count > 0
    rows = _rows(path, form)
    assert len(rows) == count
    assert not any(PERSONAL.search(str(value)) for row in rows for value in row)


def _rows(path: Path, form: str) -> list[tuple[object, ...]]:
    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [tuple(row) for row in csv.reader(file)][1:]
    if form == "xlsx":
        return list(openpyxl.load_workbook(path, read_only=True).active.values)[1:]
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


def test_counts_agree(shop: Cli) -> None:
    sizes = {each["code"]: each["size"] for each in shop.json("segment", "list")}
    for code in ("repeat_customers", "sleeping"):
        assert shop.json("segment", "count", code)["count"] == sizes[code]
        assert shop.json("segment", "count", "--where", f"in_segment('{code}')")["count"] == sizes[code]


def test_quarantine_list_says_rule_and_place(shop: Cli) -> None:
    rules = shop.json("quarantine", "list", "--source", "pos")
    rule = next(each for each in rules if each["rule"] == "reject: amount < 0")
    rows = shop.json("quarantine", "list", "--source", "pos", "--rule", rule["rule"])
    assert len(rows) == rule["rows"]
    assert all(row["file"].startswith("data/pos/") and row["text"] is None for row in rows)


def test_nothing_quarantined_is_a_sentence(shop: Cli) -> None:
    assert shop.run("quarantine", "list", "--source", "none").stdout.strip() == "Nothing is quarantined there."
    assert shop.json("quarantine", "list", "--source", "none") == []


def test_a_customer_of_one_identifier_needs_no_table(shop: Cli) -> None:
    with patch.dict(os.environ, shop.env), current_build(shop.root) as current:
        sql = "SELECT subject FROM identifiers WHERE subject NOT NULL GROUP BY subject HAVING count(*) = 1"
        alone = [subject for (subject,) in current.engine.rows(sql)]
        person = next(encode_subject(each) for each in alone if not profile(current, each).identity.evidence)
    said = shop.run("explain", person).stdout
    assert said.strip() == f"{person}: 1 identifier, seen with no other: nothing had to be joined."


def test_a_second_server_says_nothing_but_that_there_is_one(shop: Cli) -> None:
    with only_server(shop.root):
        done = shop.run("serve", "--port", "1", code=1)
    assert "Console" not in done.stdout
    assert "served already" in done.stderr


def test_plan_of_nothing_is_nothing(shop: Cli) -> None:
    assert shop.json("plan")["changes"] == []


def test_doctor_is_content(shop: Cli) -> None:
    assert all(each["state"] != "bad" for each in shop.json("doctor"))


def test_both_languages(shop: Cli) -> None:
    assert "人群" in shop.run("--lang", "zh", "segment", "list").stdout
    assert "Segments" in shop.run("--lang", "en", "segment", "list").stdout


def test_nothing_personal_on_disk_outside_raw_data(shop: Cli) -> None:
    """Every phone, card and e-mail of the truth is looked for in every byte of what huaxiang keeps."""
    rows = pq.read_table(shop.root / "truth/identifiers.parquet").to_pylist()
    values = [row["value"].encode() for row in rows if row["kind"] in ("phone", "id_card", "email")][:400]
    names = {row["name"].encode() for row in pq.read_table(shop.root / "truth/people.parquet").to_pylist()[:200]}
    files = [path for path in (shop.root / ".huaxiang").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert not [value for value in values if value in content], path.name
        assert not [name for name in names if len(name) >= 9 and name in content], path.name


def test_quality_shows_before_and_after(shop: Cli) -> None:
    columns = shop.json("quality", "--source", "crm")["columns"]
    assert {"phone", "id_card", "birth_date"} <= {each["column"] for each in columns}
    for each in columns:
        assert each["rows"] == each["known"] + each["empty"] + each["doubled"] + each["stopped"] > 0
    cards = next(each for each in columns if each["column"] == "id_card")
    said = f"{cards['good_before']:.1%} → {cards['good_after']:.1%}"
    assert said in " ".join(shop.run("quality", "--source", "crm").stdout.split())
