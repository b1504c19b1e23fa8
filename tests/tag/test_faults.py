"""What is wrong is said with file, line and the nearest right word, all of it at once."""

from __future__ import annotations

from datetime import datetime

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.errors import NotFound
from huaxiang.library.include import names
from huaxiang.project import model_of
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.explain import explain_tag
from huaxiang.tag.graph import ordered
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.window import Span
from tests.tag.tag_shop import AS_OF, faults_of, tags_of, warehouse

KEYS = ", ".join(kind.key for kind in KINDS)
AT = "tags/test.yaml"
KEYS = ", ".join(kind.key for kind in KINDS)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("- {tag: a, value: count(*)}", [":1: tag lacks 'from'"]),
        ("- {tag: a, from: ordrs, value: count(*)}", [":1: there are no facts 'ordrs' (did you mean orders?)"]),
        (
            "- tag: a\n  from: orders\n  value: sum(amonut)\n  where: stauts = 'x'\n  window: 90 dayz\n  ownr: me",
            [
                ":3: there is no 'amonut' here (did you mean amount?)",
                ":4: there is no 'stauts' here (did you mean status?)",
                ":5: '90 dayz' is not a span of time: a number and one of hours, days, weeks, months, years"
                " (did you mean days?)",
                ":6: tag has no key 'ownr' (did you mean owner?)",
            ],
        ),
        (
            "- {tag: a, rule: 'b > 1'}\n- {tag: b, rule: 'c > 1'}\n- {tag: c, rule: 'a'}\n- {tag: d, rule: 'a + 1'}",
            [f":1: defined in a circle: a ({AT}:1) → b ({AT}:2) → c ({AT}:3) → a ({AT}:1)"],
        ),
        (
            "- {tag: a, from: orders, valu: count(*)}",
            [f":1: tag 'a' must have exactly one of {KEYS} (did you mean value?)"],
        ),
        ("- include: retial", [":1: the library has no tags 'retial' (did you mean retail?)"]),
        (
            "- {include: retail, only: [orders_30]}",
            [":1: library 'retail' has no 'orders_30' (did you mean orders_30d?)"],
        ),
        (
            "- {tag: a, from: orders, value: count(*)}\n- {tag: a, from: orders, value: sum(amount)}",
            [f":2: tag 'a' is defined twice: also at {AT}:1"],
        ),
        (
            "- {tag: a, rule: {x: 'order_90d > 1', else: y}}\n- {tag: orders_90d, from: orders, value: count(*)}",
            [":1: there is no 'order_90d' here (did you mean orders_90d?)"],
        ),
        (
            "- {tag: a, from: orders, value: amount}",
            [":1: amount must stand inside an aggregate such as last(amount) or sum(amount)"],
        ),
        (
            "- {tag: n, from: orders, value: count(*)}\n- tag: a\n  bands:\n    of: n\n    cuts:\n      x: below 3\n",
            [":6: 'below 3' is not a cut such as \"< 100\""],
        ),
        (
            "- {tag: n, from: orders, value: count(*)}\n- {tag: a, rule: 'population_quantile(n, 2)'}",
            [":2: the quantile of population_quantile must be a number between 0 and 1"],
        ),
    ],
)
def test_faults(text: str, messages: list[str]) -> None:
    assert faults_of(text) == [AT + message for message in messages]


def test_a_faulty_tag_causes_no_second_fault_in_those_that_name_it() -> None:
    found = faults_of("- {tag: a, from: orders, value: sum(nothing)}\n- {tag: b, rule: 'a > 1 and a < 5'}")
    assert found == [f"{AT}:1: there is no 'nothing' here"]


def test_a_project_overrides_what_it_includes() -> None:
    text = "- {include: retail, only: [orders_30d, orders_90d]}\n- {tag: orders_30d, from: orders, value: count(*)}"
    tags = tags_of(text)
    assert list(tags.tags) == ["orders_30d", "orders_90d"]
    assert tags.tags["orders_30d"].place.file == AT
    assert tags.tags["orders_90d"].place.file == "library/tags/retail.yaml"


def test_includes_can_leave_out() -> None:
    everything = tags_of("- include: events")
    assert list(tags_of("- {include: events, except: [activity]}").tags) == list(everything.tags)[:-1]


@pytest.mark.parametrize("name", names("tags"))
def test_the_library_is_right_and_worded(name: str) -> None:
    faults = Faults()
    node = parse_yaml(f"- include: {name}", AT, faults)
    assert node is not None
    # The ready tags of a name stand on the ready fact tables of the same name.
    model = model_of([node] if name in names("facts") else [], faults)
    tagset = TagSet.check(parse_tags([node], faults), model, faults)
    assert faults.found == []
    for code, tag in tagset.tags.items():
        assert tag.name.en != tag.name.zh, code
        assert tag.category, code
        words = tagset.meanings[code].words(tagset.naming)
        assert words.en, code
        assert words.zh, code


def test_a_tag_that_is_not_there() -> None:
    with warehouse([1], {}) as engine, pytest.raises(NotFound, match="did you mean orders_90d"):
        tags = tags_of("- {tag: orders_90d, from: orders, value: count(*)}")
        explain_tag(engine, tags, "order_90d", as_of=AS_OF, zone="UTC")


def test_a_long_chain_is_no_reason_to_fail() -> None:
    needs = {f"t{n}": [f"t{n + 1}"] for n in range(5000)} | {"t5000": []}
    order, circles = ordered(needs)
    assert order[0] == "t5000"
    assert order[-1] == "t0"
    assert circles == []


def test_spans() -> None:
    leap = datetime(2024, 3, 31, 1)
    assert Span(1, "month").before(leap, "UTC") == datetime(2024, 2, 29, 1)
    assert Span(1, "year").before(datetime(2024, 2, 29), "UTC") == datetime(2023, 2, 28)
    assert Span(36, "hour").before(leap, "UTC") == datetime(2024, 3, 29, 13)
    # 1 Nov 08:00 in Shanghai is 1 Nov 00:00 UTC; a month before is 1 Oct 08:00 there.
    assert Span(1, "month").before(datetime(2026, 11, 1), "Asia/Shanghai") == datetime(2026, 10, 1)
