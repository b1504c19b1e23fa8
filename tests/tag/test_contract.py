"""What every kind of tag must keep to, whatever it computes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine
from huaxiang.model import CHANGED, Type
from huaxiang.steps import run_steps
from huaxiang.tag.compile import Plan, Target, plan_tags
from huaxiang.tag.explain import explain_tag
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.tag.measures import SQL_TYPES
from huaxiang.tag.refresh import Moved, refresh_tags
from huaxiang.tag.tagset import TagSet, definition_hash
from tests.tag.examples import EXAMPLES as OVER_FACTS
from tests.tag.examples import STAGED, Example, some_facts, together
from tests.tag.examples_stored import STORED, stage_stored
from tests.tag.tag_shop import AS_OF, ZONE, Row, build, tags_of, warehouse

EXAMPLES = (*OVER_FACTS, *STAGED)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai")
NOONS = (
    (2026, 3, 8), (2026, 3, 9), (2026, 3, 29), (2026, 3, 30),
    (2026, 10, 25), (2026, 11, 1), (2026, 11, 30), (2028, 2, 29), (2028, 3, 1), (2029, 2, 28),
)  # fmt: skip
"""Days around which the clocks of New York and Berlin change, and leap days."""


def test_every_kind_has_an_example() -> None:
    assert {example.kind for example in EXAMPLES} == {kind.name for kind in KINDS}


def _name(example: Example) -> str:
    before = [each for each in EXAMPLES[: EXAMPLES.index(example)] if each.kind == example.kind]
    return f"{example.kind}-{len(before) + 1}"


@pytest.fixture(params=EXAMPLES, ids=_name)
def example(request: pytest.FixtureRequest) -> Example:
    found: Example = request.param
    return found


@pytest.fixture
def text(example: Example) -> str:
    return example.text


def test_the_order_of_rows_does_not_matter(text: str) -> None:
    answers = []
    for seed in (None, 1, 2, 3):
        with warehouse(range(1, 8), some_facts(), shuffled=seed) as engine:
            answers.append((build(engine, tags_of(text)), engine.rows("SELECT * FROM tag_weights ORDER BY ALL")))
    assert all(answer == answers[0] for answer in answers)


_ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 90),
        st.sampled_from(["a", "b", "c", None]),
        st.one_of(st.none(), st.integers(-3, 9)),
        st.sampled_from(["s0", "s1", None]),
    ),
    max_size=20,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_ROWS, st.randoms(use_true_random=False))
def test_any_order_of_any_facts_gives_the_same(drawn: list[Any], random: Any) -> None:
    rows: list[Row] = [
        {"subject": who, "order_id": f"o{n % 3}", "occurred_at": AS_OF - timedelta(days=days), "amount": much,
         "category": category, "quantity": None if much is None else much / 4, "store": store, "fact_id": n}
        for n, (who, days, category, much, store) in enumerate(drawn)
    ]  # fmt: skip
    stated: list[Row] = [
        {"subject": who, "city": store, "source": category or "crm", "occurred_at": AS_OF - timedelta(days=days),
         "fact_id": n}
        for n, (who, days, category, _, store) in enumerate(drawn)
    ]  # fmt: skip
    answers = []
    for _ in range(2):
        with warehouse(range(1, 5), {"orders": rows, "attributes": stated}) as engine:
            answers.append(build(engine, tags_of(together())))
        random.shuffle(rows)
        random.shuffle(stated)
    assert answers[0] == answers[1]


def test_stored_as_enum_or_text_alike(text: str) -> None:
    answers = []
    for enums in (True, False):
        with warehouse(range(1, 8), some_facts(), enums=enums) as engine:
            answers.append(build(engine, tags_of(text)))
    assert answers[0] == answers[1]


def test_no_facts_at_all(example: Example) -> None:
    with warehouse([1, 2], {}) as engine:
        found = build(engine, tags_of(example.text))
    assert list(found) == [1, 2]
    assert found[1]["x"] in example.empty


def test_facts_of_which_nothing_is_known(text: str) -> None:
    kept = ("subject", "occurred_at")
    facts = {name: [{key: row[key] for key in kept} for row in rows] for name, rows in some_facts().items()}
    with warehouse([1, 2], facts) as engine:
        tags = tags_of(text)
        build(engine, tags)
        assert engine.columns("tags")["x"] == SQL_TYPES[tags.types["x"]]


def test_nobody_at_all(text: str) -> None:
    with warehouse([], {}) as engine:
        assert build(engine, tags_of(text)) == {}


def test_facts_of_nobody_do_not_count(example: Example) -> None:
    facts = {name: [{**row, "subject": None} for row in rows] for name, rows in some_facts().items()}
    with warehouse([1], facts) as engine:
        assert build(engine, tags_of(example.text))[1]["x"] in example.empty


def test_facts_after_as_of_do_not_count(text: str) -> None:
    past = AS_OF - timedelta(days=45)
    before = {name: [row for row in rows if row["occurred_at"] <= past] for name, rows in some_facts().items()}
    with warehouse(range(1, 7), some_facts()) as engine:
        found = build(engine, tags_of(text), as_of=past)
    with warehouse(range(1, 7), before) as engine:
        assert build(engine, tags_of(text), as_of=past) == found


def test_the_column_has_the_type_it_says(text: str) -> None:
    tags = tags_of(text)
    with warehouse([1], some_facts()) as engine:
        build(engine, tags)
        assert engine.columns("tags")["x"] == SQL_TYPES[tags.types["x"]]
    assert tags.types["x"] is not Type.NULL


def test_every_subject_has_one_row(text: str) -> None:
    with warehouse([5, 3, 1, 4, 2], some_facts()) as engine:
        build(engine, tags_of(text))
        assert sorted(engine.rows("SELECT subject FROM tags")) == [(1,), (2,), (3,), (4,), (5,)]


def test_nothing_is_left_behind(text: str) -> None:
    with warehouse([1], some_facts()) as engine:
        before = engine.tables()
        build(engine, tags_of(text))
        left = {"tags", "tag_weights", "tag_thresholds", "tag_cuts", "tag_definitions"}
        stored = {table for table in engine.tables() if table.startswith("tag_input_")}
        assert engine.tables() - before - stored == left
        assert engine.rows("SELECT table_name FROM duckdb_tables() WHERE temporary") == [("tag_changes_new",)]


@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.everybody], ids=_name)
def test_one_subject_alone_gets_what_everybody_gets(example: Example) -> None:
    tags = tags_of(example.text)
    with warehouse(range(1, 8), some_facts()) as engine:
        everybody = build(engine, tags)
        for subject in (1, 6, 7):
            target = replace(Target.trial("one"), subject=subject)
            run_steps(engine, plan_tags(tags, as_of=AS_OF, zone=ZONE, engine=engine, target=target).steps)
            (found,) = engine.dicts("SELECT * FROM one_tags")
            assert found == {"subject": subject, **everybody[subject]}


def _noon(day: tuple[int, int, int], zone: str) -> datetime:
    return datetime(*day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


@cache
def _told_in(zone: str, day: tuple[int, int, int]) -> dict[int, dict[str, Any]]:
    """A story told by the wall clock of a zone: facts at noon of days before `day`."""

    def ago(as_of: datetime, days: int) -> datetime:
        local = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(days=days)
        return _noon((local.year, local.month, local.day), zone)

    as_of = _noon(day, zone)
    facts = some_facts(as_of, ago)
    for rows in facts.values():
        for row in rows:
            at = row["occurred_at"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
            row["day"] = at.date()  # type: ignore[index]
    with warehouse(range(1, 8), facts) as engine:
        return build(engine, tags_of(together()), as_of=as_of, zone=zone)


@pytest.mark.parametrize("day", NOONS)
@pytest.mark.parametrize("zone", ZONES)
def test_the_same_story_is_the_same_by_every_clock(zone: str, day: tuple[int, int, int]) -> None:
    assert _told_in(zone, day) == _told_in("UTC", day)


def _plan(engine: Engine, tags: TagSet, as_of: datetime, zone: str) -> Plan:
    return plan_tags(tags, as_of=as_of, zone=zone, engine=engine)


def test_as_time_passes_a_refresh_gives_what_a_build_gives(example: Example) -> None:
    zone = "Europe/Berlin"
    tags = tags_of(example.text)
    with warehouse(range(1, 8), some_facts()) as engine, warehouse(range(1, 8), some_facts()) as other:
        engine.run(f"CREATE TEMP TABLE {CHANGED} (subject BIGINT, why VARCHAR)")
        moments = [AS_OF + timedelta(days=n, hours=n) for n in range(-70, 71, 14)]
        build(engine, tags, as_of=moments[0], zone=zone)
        for before, at in pairwise(moments):
            stage_stored(engine, tags, at, zone)
            refresh_tags(engine, tags, Moved(before, at, zone))
            refreshed = {row.pop("subject"): row for row in engine.dicts("SELECT * FROM tags")}
            assert refreshed == build(other, tags, as_of=at, zone=zone)


def test_what_reads_the_clock_is_restless() -> None:
    text = (
        "- {tag: calm, from: orders, value: sum(amount), window: 3 days}\n"
        '- {tag: age, from: orders, value: "days_since(max(occurred_at))"}\n'
        "- {tag: late, from: orders, where: occurred_at > as_of, value: count(*)}\n"
        "- {tag: old, rule: days_since(age_at)}\n- {tag: age_at, from: orders, value: min(occurred_at)}\n"
        "- {tag: liked, from: orders, prefer: {item: category, half_life: 7 days}}\n"
        "- {tag: loved, from: orders, prefer: {item: category}}\n"
        "- {tag: walk, from: orders, sequence: {steps: [occurred_at < as_of, amount > 1]}}\n"
    )
    with warehouse([1], {}) as engine:
        assert _plan(engine, tags_of(text), AS_OF, ZONE).restless == {"age", "late", "old", "liked", "walk"}


def test_it_explains_itself(text: str) -> None:
    tags = tags_of(text)
    with warehouse(range(1, 7), some_facts()) as engine:
        found = build(engine, tags)
        told = explain_tag(engine, tags, "x", 1, as_of=AS_OF, zone=ZONE)
    assert told.value == found[1]["x"]
    assert told.words.en
    assert told.words.zh
    assert told.steps
    if told.needs:
        assert told.needs[0].value == found[1]["y"]
    if text in STORED.values():
        assert told.origin or "SELECT" in told.formula
        return
    if told.evidence is None:
        told = told.needs[0]
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
