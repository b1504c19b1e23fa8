"""`check` names the `format` that dates of the data need."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huaxiang.advice import advice
from huaxiang.project import load_project
from huaxiang.read.terms import rule_words

SOURCE = "source: s\nread: data/*\ninto: orders\ncolumns:\n  order_id: no\n  amount: sum\n  occurred_at: {}\n"


def project(root: Path, column: str, name: str, content: str) -> Path:
    for folder in ("sources", "data"):
        (root / folder).mkdir()
    (root / "huaxiang.yaml").write_text("project: x\n", encoding="utf-8")
    (root / "identity.yaml").write_text("identifiers: {member_id: {trust: certain, per_person: 1}}\n", encoding="utf-8")
    text = SOURCE.format(column).replace("data/*", f"data/*.{name.rpartition('.')[2]}")
    (root / "sources/s.yaml").write_text(text, encoding="utf-8")
    (root / "data" / name).write_text(content, encoding="utf-8")
    return root


def csv(*days: str) -> str:
    return "no,when,sum\n" + "".join(f"{number},{day},1\n" for number, day in enumerate(days))


def said(root: Path) -> list[str]:
    return [hint.say("en") for hint in advice(load_project(root))]


def test_the_pattern_is_named_where_the_texts_show_it(tmp_path: Path) -> None:
    [hint] = said(project(tmp_path, "when", "a.csv", csv("08/11/2022", "26/02/2023")))
    assert hint.startswith("sources/s.yaml:7: occurred_at: 2 of the first 2 values of 'when' are dates like 3/5/2024")
    assert hint.endswith('; write format: "%d/%m/%Y"')


def test_both_are_named_where_nothing_shows_it(tmp_path: Path) -> None:
    [hint] = said(project(tmp_path, "when", "a.csv", csv("08/11/2022", "2022-11-08")))
    assert '"%d/%m/%Y" if the day stands first, "%m/%d/%Y" if the month does, with a pattern for each other' in hint


def test_texts_that_contradict_are_said_to(tmp_path: Path) -> None:
    [hint] = said(project(tmp_path, "when", "a.csv", csv("26/02/2023", "11/13/2022")))
    assert hint.endswith("in some the day stands first, in some the month: no format can read both")


def test_documents_are_looked_at_too(tmp_path: Path) -> None:
    text = json.dumps({"no": "1", "sum": 1, "paid": {"when": "26/02/2023"}}) + "\n"
    [hint] = said(project(tmp_path, "paid.when", "a.jsonl", text))
    assert '"%d/%m/%Y"' in hint


@pytest.mark.parametrize(
    ("column", "days"), [("when", ["2022-11-08"]), ('{value: when, format: "%d/%m/%Y"}', ["26/02/2023"]), ("when", [])]
)
def test_nothing_is_said_where_nothing_is_missing(tmp_path: Path, column: str, days: list[str]) -> None:
    assert said(project(tmp_path, column, "a.csv", csv(*days))) == []


def test_the_rule_of_an_invalid_date_names_format(tmp_path: Path) -> None:
    found = load_project(project(tmp_path, "when", "a.csv", csv()))
    assert "`format`" in rule_words(found, "orders", "invalid:occurred_at").en
    assert "format" in rule_words(found, "orders", "invalid:occurred_at").zh
    assert "format" not in rule_words(found, "orders", "invalid:amount").en


def test_a_comparison_with_the_empty_text_is_told_to_be_none(tmp_path: Path) -> None:
    root = project(tmp_path, "when", "a.csv", csv("2022-11-08"))
    with (root / "sources/s.yaml").open("a", encoding="utf-8") as file:
        file.write("  store: \"if(no <> '', no, 'it''s')\"\nreject: [\"sum=''\", \"no = 'x'\"]\n")
    first, second = said(root)
    assert first.startswith("sources/s.yaml:8: ")
    assert "an empty cell is null, write … is null" in first
    assert second.startswith("sources/s.yaml:9: ")


def test_a_rule_of_a_source_is_said_in_words(tmp_path: Path) -> None:
    found = load_project(project(tmp_path, "when", "a.csv", csv()))
    said = rule_words(found, "orders", "reject: amount < 0 or occurred_at > now()")
    assert said.en.startswith("stopped by the rule: amount paid < 0 or time ") and "now" not in said.en
    assert said.en.endswith("the as-of time") and said.zh.endswith("基准时刻")
    assert rule_words(found, "orders", "reject: ((").en.endswith(": ((")
