"""The plan as text (golden files), what changed since the last build, and what new definitions would change.

HUAXIANG_GOLDEN=write writes golden/*.sql anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.steps import explain_steps, run_steps
from huaxiang.tag.compile import Target, compile_tags, plan_tags
from huaxiang.tag.explain import explain_tag
from huaxiang.tag.plan import TagChange, known_hashes, plan_changes
from huaxiang.tag.tagset import definition_hash, definition_hashes
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, tags_of, warehouse

GOLDEN = Path(__file__).parent / "golden"
PLANS = {
    "families": (
        "- {tag: n30, from: events, value: count(*), window: 30 days, where: \"event = 'buy'\"}\n"
        "- {tag: n90, from: events, value: count(*), window: 90 days, where: \"event = 'buy'\"}\n"
        "- {tag: app90, from: events, value: count(*), window: 90 days, where: \"channel = 'app'\"}\n"
        "- {tag: days90, from: events, value: count(distinct day), window: 90 days}\n"
        "- {tag: cats, from: events, value: count(distinct category)}\n"
        "- {tag: sessions, from: events, value: count(distinct session)}\n"
        "- {tag: sessions30, from: events, value: count(distinct session), window: 30 days}\n"
        "- {tag: last_channel, from: events, value: last(channel)}\n"
        "- {tag: mean, from: events, value: avg(amount), where: \"event = 'buy' and category = 'a'\"}\n"
    ),
    "layers": (
        "- {tag: n, from: orders, value: count(distinct order_id)}\n"
        "- {tag: last_at, from: orders, value: max(occurred_at)}\n"
        "- {tag: days, rule: days_since(last_at)}\n"
        "- {tag: r, bands: {of: days, quantiles: 5, reverse: true}}\n"
        "- {tag: good, rule: 'r >= population_avg(r)'}\n"
        "- {tag: lapsed, rule: 'days > repurchase_gap(0.9)'}\n"
    ),
    "preference": (
        "- tag: liked\n  from: orders\n"
        "  prefer: {item: category, weight: amount, half_life: 60 days, top: 2, distinctive: true}\n"
    ),
    "walk": (
        "- tag: step\n  from: events\n  window: 30 days\n"
        "  sequence: {steps: [\"event = 'view'\", \"event = 'buy'\"], within: 7 days, give: step}\n"
    ),
    "peers": (
        "- {tag: spend, from: orders, value: sum(amount)}\n- {tag: city, from: attributes, fact: city}\n"
        "- {tag: ratio, peers: {of: spend, within: city, as: ratio}}\n"
    ),
    "trend": (
        "- {tag: direction, from: orders, default: 0, "
        "trend: {value: sum(amount), every: 30 days, over: 3, as: direction}}\n"
    ),
}


def event(subject: int, days: float, **more: object) -> Row:
    return {"subject": subject, "occurred_at": ago(days), "event": "buy", "category": "a", "channel": "app"} | more


def order(subject: int, order_id: str, days: float) -> Row:
    return {"subject": subject, "order_id": order_id, "occurred_at": ago(days), "amount": 1, "category": "a"}


FACTS = {"events": [event(1, 3), event(1, 40, channel="web", category="b"), event(2, 5, event="view")]}


@pytest.mark.parametrize("name", sorted(PLANS))
def test_golden(name: str) -> None:
    with warehouse([1, 2], FACTS) as engine:
        steps = compile_tags(tags_of(PLANS[name]), as_of=AS_OF, zone=ZONE, engine=engine, previous=None, build=1)
    found, path = explain_steps(steps) + "\n", GOLDEN / f"{name}.sql"
    if os.environ.get("HUAXIANG_GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_measures_that_tags_share_are_computed_once() -> None:
    text = "- {tag: a, from: orders, value: sum(amount)}\n- {tag: b, from: orders, value: sum(amount) / count(*)}\n"
    with warehouse([1], {}) as engine:
        steps = compile_tags(tags_of(text), as_of=AS_OF, zone=ZONE, engine=engine, previous=None, build=1)
    assert explain_steps(steps).count("sum(") == 1


def test_changes_since_the_previous_build(tmp_path: Path) -> None:
    first = tags_of("- {tag: n, from: orders, value: count(*)}\n- {tag: other, from: orders, value: sum(amount)}")
    second = tags_of("- {tag: n, from: orders, value: count(*)}\n- {tag: other, from: orders, value: max(amount)}")
    with warehouse([1, 2, 3], {"orders": [order(1, "a", 1), order(2, "b", 1)]}) as engine:
        build(engine, first)
        assert engine.rows("SELECT * FROM tag_changes_new") == []
        engine.run(f"ATTACH '{tmp_path / 'old.duckdb'}' AS old")
        engine.run("CREATE TABLE old.tags AS SELECT * FROM tags")
        engine.run("CREATE TABLE old.tag_definitions AS SELECT * FROM tag_definitions")
        engine.run("DETACH old")
    with warehouse([2, 3, 4], {"orders": [order(2, "b", 1), order(2, "c", 1), order(4, "d", 1)]}) as engine:
        engine.attach(tmp_path / "old.duckdb", "previous")
        previous = known_hashes(engine, database="previous")
        assert previous == definition_hashes(first)
        build(engine, second, previous=previous, build=7)
        found = engine.rows('SELECT subject, tag, old, new, "at", build FROM tag_changes_new')
    assert found == [
        (1, "n", "1", None, AS_OF, 7),
        (2, "n", "1", "2", AS_OF, 7),
        (4, "n", None, "1", AS_OF, 7),
    ]


def test_a_plan_says_how_many_customers_would_move(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    before = tags_of(
        "- {tag: n, from: orders, value: count(*)}\n- {tag: many, rule: 'n > 1'}\n- {tag: old, rule: 'n > 5'}"
    )
    after = tags_of(
        "- {tag: n, from: orders, value: count(*)}\n- {tag: many, rule: 'n > 2'}\n- {tag: fresh, rule: 'n = 0'}"
    )
    rows = [order(1, "a", 1), order(2, "b", 1), order(2, "c", 1), *(order(3, f"d{n}", 1) for n in range(3))]
    with warehouse([1, 2, 3, 4], {"orders": rows}) as engine:
        build(engine, before)
        engine.run(f"ATTACH '{path}' AS saved")
        for table in engine.tables():
            engine.run(f"CREATE TABLE saved.{table} AS SELECT * FROM {table}")
        engine.run("DETACH saved")
    with Engine(path, read_only=True) as engine:
        found = plan_changes(engine, after, AS_OF, ZONE, 2)
        assert plan_changes(engine, before, AS_OF, ZONE, 2) == [TagChange(c, "same", 0, 4) for c in before.tags]
        # Explaining needs no writing either.
        assert explain_tag(engine, before, "many", 2, as_of=AS_OF, zone=ZONE).value is True
    assert found == [
        TagChange("n", "same", 0, 4),
        TagChange("many", "changed", 1, 4),
        TagChange("fresh", "new", 4, 4),
        TagChange("old", "gone", 4, 4),
    ]


def test_a_hash_follows_what_a_tag_rests_on() -> None:
    text = "- {tag: n, from: orders, value: count(*), window: 30 days}\n- {tag: many, rule: 'n > 1'}"
    first = definition_hash("many", tags_of(text))
    assert definition_hash("many", tags_of(text.replace("30", "31"))) != first
    assert definition_hash("many", tags_of(text.replace("n > 1", "n  >  1"))) == first


def test_one_subject_alone_gets_what_everybody_gets() -> None:
    tags = tags_of(PLANS["families"])
    with warehouse([1, 2], FACTS) as engine:
        everybody = build(engine, tags)
        target = replace(Target.trial("one"), subject=1)
        run_steps(engine, plan_tags(tags, as_of=AS_OF, zone=ZONE, engine=engine, target=target).steps)
        assert engine.dicts("SELECT * FROM one_tags") == [{"subject": 1, **everybody[1]}]
