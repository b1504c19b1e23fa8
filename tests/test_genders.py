"""A gender is one of the built-in values or one of the project's own; a word stands for one of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.genders import GENDERS, Genders, parse_genders
from tests import small_shop
from tests.small_shop import Shop, checked


def said(text: str) -> tuple[Genders, list[str]]:
    faults = Faults()
    node = parse_yaml(text, "huaxiang.yaml", faults)
    assert node is not None
    found = parse_genders(Fields(node, "it", faults), "gender")
    return found, [fault.what.en for fault in faults.found]


def test_words_stand_for_one_value_each() -> None:
    words = [word for _, each in GENDERS for word in each]
    assert len(words) == len(set(words))


def test_a_project_adds_values_and_moves_words() -> None:
    found, faults = said("gender: {non_binary: [非二元, ＮＢ], male: [爷], unstated: [9]}")
    genders = dict(found)
    assert faults == []
    assert genders["non_binary"] == {"non_binary", "非二元", "nb"}
    assert genders["unstated"] == {"unstated", "9"}
    assert {"爷", "男"} <= genders["male"]
    assert not genders["other"] & {"非二元", "nb"}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("gender: {a: [x], b: [X]}", ["'x' stands under a too"]),
        ("gender: {a: [[x]]}", ["a must be a list of words"]),
        ("gender: [x]", ["gender must be a mapping of keys to values"]),
    ],
)
def test_faults(text: str, faults: list[str]) -> None:
    assert said(text)[1] == faults


def test_a_value_of_the_projects_own_becomes_a_fact_and_other_texts_are_invalid(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write("data/a.csv", "g\nM\nNB\n其他\n保密\n?!\n未知\n")
    genders, _ = said("gender: {non_binary: [NB], unstated: [未知]}")
    with patch.object(small_shop, "checked", lambda text, model: replace(checked(text, model), genders=genders)):
        shop.build("{source: s, read: data/*.csv, into: attributes, columns: {gender: g}}")
    with shop.facts() as engine:
        found = engine.rows("SELECT gender FROM attributes ORDER BY source_row")
    assert found == [("male",), ("non_binary",), ("other",), (None,), (None,), ("unstated",)]
    assert shop.results["data/a.csv"].invalid["gender"] == 1
