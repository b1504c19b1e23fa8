"""Values set by hand: which one counts at a moment, for whom, and what may be set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from huaxiang.errors import HuaxiangError, NotFound
from huaxiang.inputs.merged import origins
from huaxiang.inputs.setting import set_for, set_manual, withdraw_manual
from huaxiang.inputs.staging import Context
from huaxiang.project import Project
from huaxiang.registry.manual import manual_values, set_values, withdraw_values
from tests.inputs.shop import desk, merge, project_at, staged
from tests.tag.tag_shop import AS_OF, ago

CARE = "- {tag: x, manual: {values: [VIP, normal]}}"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with desk(tmp_path) as context:
        yield context


def put(context: Context, subject: int, value: str, days: float, holds: float = 1000) -> None:
    set_values(
        context.registry, "x", [subject], value, reason="-", who="li", set_at=ago(days),
        expires_at=ago(days) + timedelta(days=holds),
    )  # fmt: skip


def test_the_newest_that_holds_counts(context: Context) -> None:
    put(context, 1, "normal", 10)
    put(context, 1, "VIP", 5)
    put(context, 2, "VIP", 10)
    put(context, 2, "normal", 5, holds=3)
    put(context, 3, "VIP", -1)
    values, found = staged(context, CARE)
    assert values == {1: "VIP", 2: "VIP"}
    assert (found["rows"], found["used"], found["idle"]) == (5, 2, 3)


def test_it_holds_from_the_moment_it_is_set_until_just_before_it_expires(tmp_path: Path) -> None:
    for moved, known in ((-1, False), (0, True), (9, True), (10, False)):
        with desk(tmp_path / str(moved), as_of=AS_OF + timedelta(days=moved)) as context:
            put(context, 1, "VIP", 0, holds=10)
            assert bool(staged(context, CARE)[0]) is known, moved


def test_of_two_set_at_one_moment_the_one_set_last_counts(context: Context) -> None:
    put(context, 1, "VIP", 5)
    put(context, 1, "normal", 5)
    assert staged(context, CARE)[0] == {1: "normal"}


def test_what_is_withdrawn_still_counted_before(tmp_path: Path) -> None:
    for at, value in ((ago(4), {1: "VIP"}), (ago(2), {})):
        with desk(tmp_path / f"{at:%d}", as_of=at) as context:
            put(context, 1, "normal", 6)
            put(context, 1, "VIP", 5)
            assert withdraw_values(context.registry, "x", [1, 2], who="me", at=ago(3)) == 2
            assert staged(context, CARE)[0] == value
            assert [each.withdrawn_by for each in manual_values(context.registry, "x")] == ["me", "me"]


def test_values_follow_merges_and_the_newest_of_both_counts(context: Context) -> None:
    put(context, 1, "VIP", 5)
    put(context, 2, "normal", 9)
    merge(context.engine, (1, 2, 4), (2, 3, 5))
    assert staged(context, CARE)[0] == {3: "VIP"}
    assert sorted(set_for(context.registry, context.engine, [3])) == [1, 2]
    assert origins(context.engine, 3) == [3, 1, 2]


def test_who_was_merged_split_off_and_merged_again_is_where_the_last_merge_says(context: Context) -> None:
    put(context, 1, "VIP", 5)
    merge(context.engine, (1, 2, 4), (1, 3, 7))
    assert staged(context, CARE)[0] == {3: "VIP"}


def test_who_is_split_off_again_has_what_was_set_for_them(context: Context) -> None:
    put(context, 1, "VIP", 5)
    merge(context.engine, (1, 2, 4))
    context.engine.run("INSERT INTO subjects VALUES (1)")
    assert staged(context, CARE)[0] == {1: "VIP"}


def test_what_the_definition_no_longer_allows_is_counted(context: Context) -> None:
    put(context, 1, "gold", 5)
    put(context, 2, "VIP", 5)
    put(context, 99, "VIP", 5)
    values, found = staged(context, CARE)
    assert values == {2: "VIP"}
    assert {rule: each["rows"] for rule, each in found["stopped"].items()} == {"invalid:value": 1, "unknown:subject": 1}
    assert found["rows"] == 3
    values, found = staged(context, "- {tag: x, manual: {type: integer}}")
    assert values == {} and found["stopped"]["invalid:value"]["rows"] == 3


def test_nothing_set_is_said_plainly(context: Context) -> None:
    assert staged(context, CARE)[1]["note"]["en"] == "nobody has set a value yet"


def test_a_thousand_subjects_at_once(context: Context) -> None:
    done = set_values(
        context.registry, "x", range(1, 1201), "VIP", reason="-", who="li", set_at=ago(1), expires_at=ago(-1)
    )
    assert done == 1200
    assert staged(context, CARE)[0] == {1: "VIP", 2: "VIP", 3: "VIP"}
    assert withdraw_values(context.registry, "x", range(1, 1201), who="li", at=ago(0)) == 1200


TAGS = """
- tag: care
  manual: {values: [VIP, normal], expires: 3 months}
- tag: visits
  manual: {type: integer}
- tag: orders
  from: orders
  value: count(*)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path / "shop", {"tags/care.yaml": TAGS})


def test_setting_keeps_the_value_as_the_definition_writes_it(project: Project, context: Context) -> None:
    at = datetime(2026, 1, 31, 4)
    done = set_manual(project, context.registry, "care", " VIP ", [1, 2, 2], reason="asked", who="li", at=at)
    assert (done.value, done.customers, done.expires_at) == ("VIP", 2, datetime(2026, 4, 30, 4))
    done = set_manual(project, context.registry, "visits", "+07", [1], reason="x", who="li", at=at, expires="2 days")
    assert (done.value, done.expires_at) == ("7", datetime(2026, 2, 2, 4))


@pytest.mark.parametrize(
    ("tag", "value", "reason", "who", "said"),
    [
        ("car", "VIP", "x", "li", "there is no tag 'car' (did you mean care?)"),
        ("orders", "3", "x", "li", "tag 'orders' is computed (tags/care.yaml:6), not set by hand"),
        ("care", "vpi", "x", "li", "it is one of VIP, normal (did you mean VIP?)"),
        ("visits", "many", "x", "li", "visits takes values of type integer"),
        ("care", "VIP", "  ", "li", "say why"),
        ("care", "VIP", "x", "", "say why"),
        ("care", "VIP", "call 13800138000", "li", "leave out phone numbers"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_is_kept(
    project: Project, context: Context, tag: str, value: str, reason: str, who: str, said: str
) -> None:
    with pytest.raises(HuaxiangError, match=r".") as error:
        set_manual(project, context.registry, tag, value, [1], reason=reason, who=who, at=AS_OF)
    assert said in error.value.say("en")
    assert error.value.say("zh") != error.value.say("en")
    assert manual_values(context.registry) == []


def test_no_value_holds_beyond_the_calendar(project: Project, context: Context) -> None:
    with pytest.raises(HuaxiangError, match="99999 year is too long"):
        set_manual(project, context.registry, "care", "VIP", [1], reason="x", who="li", at=AS_OF, expires="99999 years")
    with pytest.raises(HuaxiangError, match="is not a span of time"):
        set_manual(project, context.registry, "care", "VIP", [1], reason="x", who="li", at=AS_OF, expires="soon")


def test_withdrawing_reaches_what_was_set_before_a_merge(project: Project, context: Context) -> None:
    for subject in (1, 2):
        set_manual(project, context.registry, "care", "VIP", [subject], reason="x", who="li", at=ago(3))
    merge(context.engine, (1, 3, 4))
    assert withdraw_manual(project, context.registry, context.engine, "care", [3], who="me", at=AS_OF) == 1
    assert {each.subject for each in manual_values(context.registry) if each.withdrawn_at} == {1}
    with pytest.raises(NotFound):
        withdraw_manual(project, context.registry, context.engine, "orders", [3], who="me", at=AS_OF)
