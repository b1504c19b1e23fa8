"""Expressions past all bounds are a fault at their place; what people write is far from them."""

from __future__ import annotations

import pytest

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.model import Type
from huaxiang.sql.check import Scope, check
from huaxiang.sql.language import MAX_CHARACTERS

SCOPE = Scope({"n": Type.INTEGER, "t": Type.TEXT})


def faults_of(text: str) -> list[str]:
    faults = Faults()
    check(Text(text, Place("tags/a.yaml", 7)), SCOPE, faults)
    assert all(fault.line == 7 and fault.what.zh for fault in faults.found)
    return [fault.what.en for fault in faults.found]


@pytest.mark.parametrize(
    "text",
    ["(" * 3_000 + "n > 1" + ")" * 3_000, "(" * 20_000, "not " * 3_000 + "(n > 1)", "n" + "+ 1" * 5_000,
     " and ".join(["n > 1"] * 5_000), "abs(" * 1_500 + "n" + ")" * 1_500, "if(" * 500 + "true" + ", 1, 2)" * 500,
     "n" + " > 1" * 2_000, " || ".join(["t"] * 3_000), "case when n > 1 then " * 500 + "1" + " end" * 500,
     "n in (" * 500 + "1" + ")" * 500, "x" * (MAX_CHARACTERS + 1), "(n, " * 600],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_past_all_bounds_is_one_fault(text: str) -> None:
    [fault] = faults_of(text)
    assert len(fault) < 300 and ("nested too deeply" in fault or "200,000 characters" in fault or "stuck near" in fault)


@pytest.mark.parametrize(
    "text",
    [" or ".join(f"n = {each}" for each in range(90)), "(" * 15 + "n > 1" + ")" * 15, "n" + " + 1" * 90 + " > 1",
     "n in (" + ", ".join(map(str, range(5_000))) + ")", "if(n > 1, 1, " * 12 + "0" + ")" * 12 + " > 1"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_people_write_is_within(text: str) -> None:
    assert faults_of(text) == []
