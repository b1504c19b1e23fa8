"""A fault hides no other, and causes none in what names it; what a tag can never be is a fault to compare it with."""

from __future__ import annotations

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.model import BUILT_IN
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from tests.tag.tag_shop import faults_of

AT = "tags/test.yaml"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "- tag: a\n  from: ordrs\n  value: sum(amount\n  where: foo(status) = 'x'",
            [
                ":2: there are no facts 'ordrs' (did you mean orders?)",
                ":3: 'sum(amount' is not an expression: stuck near 'amount' (column 10)",
                ":4: there is no function 'foo' here (did you mean floor?)",
            ],
        ),
        (
            "- tag: a\n  from: ordrs\n  prefer:\n    item: lowr(category)\n    weight: amont\n    top: 500",
            [
                ":2: there are no facts 'ordrs' (did you mean orders?)",
                ":3: top must be between 1 and 100",
                ":4: there is no function 'lowr' here (did you mean lower?)",
                ":5: there is no 'amont' here (did you mean amount?)",
            ],
        ),
        (
            "- tag: a\n  sql: select subject, sum(amont) as value from ordrs group by subject",
            [
                ":2: there is no 'amont' here (did you mean amount?)",
                ":2: there is no table 'ordrs' here (did you mean orders?)",
            ],
        ),
        (
            "- tag: a\n  from: orders\n  where: stauts = 'x'\n  trend: {value: sum(amonut), every: 3 dayz, over: 1}",
            [
                ":3: there is no 'stauts' here (did you mean status?)",
                ":4: '3 dayz' is not a span of time: a number and one of hours, days, weeks, months, years"
                " (did you mean days?)",
                ":4: over is 2 to 60 windows",
                ":4: there is no 'amonut' here (did you mean amount?)",
            ],
        ),
        (
            "- tag: a\n  bands:\n    of: n + 1\n    quantiles: 3\n    labels: [x]",
            [
                ":2: 3 quantiles need 3 labels, not 1",
                ":3: there is no 'n' here",
            ],
        ),
    ],
    ids=["statistic", "preference", "sql", "trend", "bands"],
)
def test_what_depends_on_nothing_broken_is_judged(text: str, messages: list[str]) -> None:
    assert sorted(faults_of(text)) == [AT + message for message in messages]


def test_a_faulty_tag_is_known_by_its_name() -> None:
    text = "- {tag: spender, valu: sum(amount)}\n- {tag: b, rule: 'spender > 1'}\n- {tag: c, rule: 'spendr > 1'}"
    first, second = faults_of(text)
    assert first.startswith(f"{AT}:1: tag 'spender' must have exactly one of ")
    assert first.endswith("(did you mean value?)")
    assert second == f"{AT}:3: there is no 'spendr' here (did you mean spender?)"


def test_a_code_that_is_taken_is_told_whatever_else_is_wrong() -> None:
    text = "- {tag: a, fact: city}\n- {tag: a, from: orders, value: sum(amonut), ownr: me}"
    assert sorted(faults_of(text)) == [
        f"{AT}:1: tag lacks 'from'",
        f"{AT}:2: tag 'a' is defined twice: also at {AT}:1",
        f"{AT}:2: tag has no key 'ownr' (did you mean owner?)",
        f"{AT}:2: there is no 'amonut' here (did you mean amount?)",
    ]


CLOSED = """
- {tag: n, from: orders, value: count(*)}
- {tag: life, rule: {活跃: n > 1, 流失: n = 1, else: 新客}}
- {tag: size, bands: {of: n, cuts: {小: < 3, else: 大}}}
- {tag: rank, bands: {of: n, quantiles: 2, labels: [低, 高]}}
- {tag: city, from: attributes, fact: city}
- {tag: sex, from: attributes, fact: gender, values: [female, male]}
- {tag: free, rule: "case when n > 1 then 'a' else 'b' end"}
"""


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("life = '流矢'", "“流矢”不是 life 的取值（是不是想写 流失？）"),
        ("'流矢' <> life", "“流矢”不是 life 的取值（是不是想写 流失？）"),
        ("n > 1 and life not in ('流失', '活跌')", "“活跌”不是 life 的取值（是不是想写 活跃？）"),
        ("size = '中'", "“中”不是 size 的取值"),
        ("rank in ('低', '中')", "“中”不是 rank 的取值"),
        ("sex in ('femal')", "“femal”不是 sex 的取值（是不是想写 female？）"),
    ],
)
def test_a_text_that_a_tag_can_never_be(condition: str, message: str) -> None:
    faults = Faults()
    node = parse_yaml(f'{CLOSED}- {{tag: last, rule: "{condition}"}}\n', AT, faults)
    assert node is not None
    TagSet.check(parse_tags([node], faults), BUILT_IN, faults)
    assert [fault.say("zh") for fault in faults.found] == [f"{AT}:9: {message}"]
    assert "is no value of" in faults.found[0].what.en


@pytest.mark.parametrize(
    "condition",
    ["life = '新客' and size <> '小' and rank in ('低', '高')", "city = '沪'", "free = 'c'", "sex = 'male'",
     "lower(life) = 'x'", "life > '一'"],
)  # fmt: skip
def test_what_a_tag_can_be_and_what_nobody_knows(condition: str) -> None:
    assert faults_of(f'{CLOSED}- {{tag: last, rule: "{condition}"}}\n') == []


def test_of_a_faulty_tag_nobody_knows_its_values() -> None:
    text = "- {tag: life, rule: {流失: nothing > 1, else: 新客}}\n- {tag: b, rule: \"life = '流矢'\"}"
    assert faults_of(text) == [f"{AT}:1: there is no 'nothing' here"]
