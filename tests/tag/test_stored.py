"""The kinds whose values are staged: what is wrong with a definition, what changes its meaning, who may move."""

from __future__ import annotations

import pytest

from huaxiang.model import Type
from huaxiang.tag.kinds.manual import canonical
from huaxiang.tag.planner import Planning
from huaxiang.tag.tagset import definition_hash
from tests.tag.examples_stored import STORED
from tests.tag.tag_shop import AS_OF, ZONE, faults_of, tags_of, warehouse


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("imported: {read: a.csv, by: {phone: m}, valu: v}", "imported has no key 'valu' (did you mean value?)"),
        ("imported: {read: a.csv, by: {phone: m}}", "imported lacks 'value'"),
        ("imported: {read: a.csv, by: {phone: m, email: e}, value: v}", "by takes one kind of identifier"),
        ("imported: {read: a.cvs, by: {phone: m}, value: v}", "(did you mean .csv?)"),
        ("imported: {read: a.jsonl, by: {phone: m}, value: v}", "not from JSON"),
        ("imported: {read: a.csv, by: {phone: m}, value: v, type: txt}", "type cannot be 'txt'"),
        ("manual: {type: integer, values: [many]}", "'many' is not a integer"),
        ("manual: {expires: 3 dyas}", "(did you mean days?)"),
        ("manual: {value: [a]}", "manual has no key 'value' (did you mean values?)"),
        ("model: {name: churn, give: confidance}", "(did you mean confidence?)"),
        ("model: {name: churn, give: version, type: number}", "the version of a prediction is text"),
        ("model: {}", "model lacks 'name'"),
        ("sql: SELECT subject, count(*) AS n FROM orders GROUP BY 1", "must give subject and value, not subject, n"),
        ("sql: SELECT category AS subject, 1 AS value FROM orders", "must give subject and value"),
        ("{sql: SELECT subject, amount AS value FROM orders, type: text}", "value is money, but type says text"),
        ("sql: SELECT subject, NULL AS value FROM orders", "value is always unknown"),
        ("sql: SELECT subject, amont AS value FROM orders", "there is no 'amont' here (did you mean amount?)"),
    ],
)  # fmt: skip
def test_faults_name_the_place_and_the_word(text: str, said: str) -> None:
    body = text.removeprefix("{").removesuffix("}") if text.startswith("{") else text
    lines = body.replace(", type: text", "\n  type: text") if text.startswith("{") else body
    found = faults_of(f"- tag: x\n  {lines}\n")
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("tags/test.yaml:") for fault in found)


@pytest.mark.parametrize("kind", sorted(STORED))
def test_they_say_that_time_alone_may_move_anybody(kind: str) -> None:
    with warehouse([1], {}) as engine:
        planning = Planning(engine, AS_OF, ZONE)
        planning.begin("x", 0)
        tags_of(STORED[kind]).meanings["x"].plan(planning)
    assert planning.restless_tags == {"x"}
    assert planning.stored_tags == ["x"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("imported: {read: a.csv, by: {phone: m}, value: v}", "imported: {read: a.csv, by: {phone: m}, value: w}"),
        ("imported: {read: a.csv, by: {phone: m}, value: v}", "imported: {read: b.csv, by: {phone: m}, value: v}"),
        ("manual: {values: [a]}", "manual: {values: [a, b]}"),
        ("model: {name: a}", "model: {name: b}"),
        (
            "sql: SELECT subject, 1 AS value FROM orders",
            "sql: SELECT subject, 1 AS value FROM orders WHERE amount > 1",
        ),
    ],
)
def test_another_meaning_is_another_hash(one: str, other: str) -> None:
    first, second = (definition_hash("x", tags_of(f"- tag: x\n  {text}\n")) for text in (one, other))
    assert first != second


def test_blanks_and_case_of_a_query_do_not_matter() -> None:
    one = "- tag: x\n  sql: SELECT subject, COUNT(*) AS value FROM orders GROUP BY subject\n"
    other = "- tag: x\n  sql: >\n    select subject,\n      count( * ) as value\n    from orders group by subject\n"
    assert definition_hash("x", tags_of(one)) == definition_hash("x", tags_of(other))


def test_comments_of_a_query_are_for_people() -> None:
    one = "- tag: x\n  sql: SELECT subject, 'a' AS value FROM orders\n"
    other = "- tag: x\n  sql: SELECT subject, /* why */ 'a' /* so */ AS value FROM orders\n"
    assert definition_hash("x", tags_of(one)) == definition_hash("x", tags_of(other))


def test_what_a_person_writes_is_kept_in_one_form() -> None:
    assert canonical(" 是 ", Type.BOOL) == canonical("TRUE", Type.BOOL) == "true"
    assert canonical("007", Type.INTEGER) == "7"
    assert canonical("1.2.3", Type.NUMBER) is None
    assert canonical("1.2345", Type.MONEY) == "1.2345"
    assert canonical("1.23456", Type.MONEY) is None
    assert canonical("2026-02-30", Type.DATE) is None
    assert canonical("  ", Type.TEXT) is None
