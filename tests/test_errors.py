"""The exception tree: as it is drawn, in both languages, with nothing personal."""

from __future__ import annotations

import inspect
import re

import pytest

from huaxiang import errors
from huaxiang.errors import DefinitionError, Fault, HuaxiangError, StepError
from huaxiang.privacy.seal import SealError
from huaxiang.words import Words

TREE = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HuaxiangError)}


def test_the_tree_is_drawn_at_the_head_of_the_file() -> None:
    drawn = re.findall(r"^[├└]── (\w+)", errors.__doc__ or "", flags=re.M)
    assert set(drawn) == set(TREE) - {"HuaxiangError"} | {SealError.__name__}
    assert all(issubclass(kind, HuaxiangError) and kind.__doc__ for kind in [*TREE.values(), SealError])


def test_an_error_is_said_in_both_languages() -> None:
    error = HuaxiangError(Words("gone", "没了"))
    assert (str(error), error.say("en"), error.say("zh")) == ("gone", "gone", "没了")


def test_a_fault_says_where_what_and_the_nearest_word() -> None:
    fault = Fault("tags/a.yaml", 3, Words("no amont", "没有 amont"), "amount")
    assert fault.say("en") == "tags/a.yaml:3: no amont (did you mean amount?)"
    assert fault.say("zh") == "tags/a.yaml:3: 没有 amont（是不是想写 amount？）"
    assert Fault("a", 1, Words("x", "x")).say("en") == "a:1: x"


def test_a_definition_error_tells_all_faults_in_order() -> None:
    faults = [Fault("b", 1, Words("3", "三")), Fault("a", 9, Words("2", "二")), Fault("a", 2, Words("1", "一"))]
    error = DefinitionError(faults)
    assert str(error).splitlines() == ["a:2: 1", "a:9: 2", "b:1: 3"]
    assert error.say("zh").splitlines() == ["a:2: 一", "a:9: 二", "b:1: 三"]


def test_a_step_error_names_its_step() -> None:
    error = StepError("orders: by subject", "SELECT 1", "no such table")
    assert (error.step, error.sql) == ("orders: by subject", "SELECT 1")
    assert error.say("zh") == "步骤 orders: by subject 失败：no such table"


@pytest.mark.parametrize("name", sorted(TREE))
def test_the_errors_know_no_web_and_no_engine(name: str) -> None:
    assert TREE[name].__module__ == "huaxiang.errors"
