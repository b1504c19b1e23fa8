"""What every kind of tag must keep to, whatever it computes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from huaxiang.model import Type
from huaxiang.steps import run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.explain import explain_tag
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.tag.measures import SQL_TYPES
from huaxiang.tag.tagset import definition_hash
from tests.tag.examples_stored import STORED
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, tags_of, warehouse

EXAMPLES = {
    "fact": "- {tag: x, from: attributes, fact: city, sources: [crm]}",
    "statistic": "- {tag: x, from: orders, value: last(category), window: 200 days}",
    "preference": "- {tag: x, from: orders, "
    "prefer: {item: category, weight: amount, half_life: 7 days, distinctive: true}}",
    "rule": "- {tag: y, from: orders, value: count(distinct store)}\n- {tag: x, rule: {many: 'y > 1', else: few}}",
    "bands": "- {tag: y, from: orders, value: avg(quantity)}\n- {tag: x, bands: {of: y, quantiles: 3}}",
} | STORED
CITIES = ("上海", "北京", "广州")


def _facts() -> dict[str, list[Row]]:
    """Many facts at few moments: everything ties."""
    orders = [
        {
            "subject": 1 + n % 5, "order_id": f"o{n // 2}", "occurred_at": ago(n % 3 * 30),
            "amount": Decimal(n % 7) / 10,
            "quantity": (n % 11) / 10, "category": "abc"[n % 3] if n % 4 else None, "store": f"s{n % 2}",
        }
        for n in range(60)
    ]  # fmt: skip
    attributes = [
        {"subject": 1 + n % 5, "source": ("crm", "web")[n % 2], "city": CITIES[n % 3], "occurred_at": ago(n % 2)}
        for n in range(30)
    ]
    return {"orders": orders, "attributes": attributes}


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == {kind.name for kind in KINDS}


@pytest.fixture(params=sorted(EXAMPLES))
def text(request: pytest.FixtureRequest) -> str:
    return EXAMPLES[request.param]


def test_the_order_of_rows_does_not_matter(text: str) -> None:
    answers = []
    for seed in (None, 1, 2, 3):
        with warehouse(range(1, 8), _facts(), shuffled=seed) as engine:
            answers.append((build(engine, tags_of(text)), engine.rows("SELECT * FROM tag_weights ORDER BY ALL")))
    assert all(answer == answers[0] for answer in answers)


def test_stored_as_enum_or_text_alike(text: str) -> None:
    answers = []
    for enums in (True, False):
        with warehouse(range(1, 8), _facts(), enums=enums) as engine:
            answers.append(build(engine, tags_of(text)))
    assert answers[0] == answers[1]


def test_no_facts_at_all(text: str) -> None:
    with warehouse([1, 2], {}) as engine:
        found = build(engine, tags_of(text))
    assert list(found) == [1, 2]
    assert found[1]["x"] in (None, "few")


def test_nobody_at_all(text: str) -> None:
    with warehouse([], {}) as engine:
        assert build(engine, tags_of(text)) == {}


def test_facts_of_nobody_do_not_count(text: str) -> None:
    facts = {name: [{**row, "subject": None} for row in rows] for name, rows in _facts().items()}
    with warehouse([1], facts) as engine:
        assert build(engine, tags_of(text))[1]["x"] in (None, "few")


def test_facts_after_as_of_do_not_count(text: str) -> None:
    past = AS_OF - timedelta(days=45)
    before = {name: [row for row in rows if row["occurred_at"] <= past] for name, rows in _facts().items()}
    with warehouse(range(1, 6), _facts()) as engine:
        found = build(engine, tags_of(text), as_of=past)
    with warehouse(range(1, 6), before) as engine:
        assert build(engine, tags_of(text), as_of=past) == found


def test_the_column_has_the_type_it_says(text: str) -> None:
    tags = tags_of(text)
    with warehouse([1], _facts()) as engine:
        build(engine, tags)
        assert engine.columns("tags")["x"] == SQL_TYPES[tags.types["x"]]
    assert tags.types["x"] is not Type.NULL


def test_every_subject_has_one_row(text: str) -> None:
    with warehouse([5, 3, 1, 4, 2], _facts()) as engine:
        build(engine, tags_of(text))
        assert sorted(engine.rows("SELECT subject FROM tags")) == [(1,), (2,), (3,), (4,), (5,)]


def test_one_subject_alone_has_the_value_it_has_among_all(text: str) -> None:
    tags = tags_of(text)
    if "quantiles" in text or "distinctive" in text:
        return  # these rest on everybody
    with warehouse(range(1, 8), _facts()) as engine:
        everybody = build(engine, tags)
        for subject in (2, 7):
            target = Target("one", "one_w", "one_t", "one_d", "one", temporary=True, subject=subject)
            run_steps(engine, plan_tags(tags, as_of=AS_OF, zone=ZONE, engine=engine, target=target).steps)
            assert engine.dicts("SELECT * FROM one") == [{"subject": subject, **everybody[subject]}]


def test_nothing_is_left_behind(text: str) -> None:
    with warehouse([1], _facts()) as engine:
        before = engine.tables()
        build(engine, tags_of(text))
        left = {"tags", "tag_weights", "tag_thresholds", "tag_cuts", "tag_definitions", "tag_changes_new"}
        stored = {table for table in engine.tables() if table.startswith("tag_input_")}
        assert engine.tables() - before - stored == left
        assert engine.rows("SELECT * FROM duckdb_tables() WHERE temporary") == []


def test_it_explains_itself(text: str) -> None:
    tags = tags_of(text)
    with warehouse(range(1, 6), _facts()) as engine:
        found = build(engine, tags)
        told = explain_tag(engine, tags, "x", 1, as_of=AS_OF, zone=ZONE)
    assert told.value == found[1]["x"]
    assert told.words.en
    assert told.words.zh
    assert told.steps
    if told.needs:
        assert told.needs[0].value == found[1]["y"]
        told = told.needs[0]
    if text in STORED.values():
        assert told.origin or "SELECT" in told.formula
        return
    assert told.evidence is not None
    assert told.evidence.total >= len(told.evidence.rows) > 0
    assert "source_row" in told.evidence.columns


def test_the_hash_follows_the_meaning_only(text: str) -> None:
    first = definition_hash("x", tags_of(text))
    assert definition_hash("x", tags_of("\n\n" + text.replace("{tag: x,", "{tag: x, name: other, owner: me,"))) == first
    assert (
        definition_hash("x", tags_of(text.replace("from: orders", "from: order_items").replace("store", "brand")))
        != first
        or "attributes" in text
        or text in STORED.values()
    )
