"""Incremental equals full: for every kind, whatever changed and however much time has passed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine
from huaxiang.model import CHANGED
from huaxiang.tag.compile import Target
from huaxiang.tag.refresh import Moved, Refreshed, refresh_tags
from huaxiang.tag.tagset import TagSet
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, tags_of, warehouse

TEXT = """
- {tag: orders_30, from: orders, value: count(distinct order_id), window: 30 days, default: 0}
- {tag: orders_7, from: orders, value: count(), window: 7 days, default: 0}
- {tag: spend, from: orders, value: sum(amount), where: "status is null or status <> 'refunded'"}
- {tag: months, from: orders, value: sum(quantity), window: 2 months}
- {tag: favourite, from: orders, value: mode(category), window: 90 days}
- {tag: usual_store, from: orders, value: mode(store), window: 90 days, per: order_id}
- {tag: mean_order, from: orders, value: avg(amount), per: order_id}
- {tag: second_store, from: orders, per: order_id, sequence: {nth: 2, value: store}}
- tag: again
  from: orders
  window: 60 days
  per: order_id
  sequence: {steps: ["amount > 1", "amount > 2"], give: time}
- {tag: last_store, from: orders, value: last(store)}
- {tag: days, from: orders, value: count(distinct day), window: 60 days}
- {tag: idle, from: orders, value: days_since(max(occurred_at))}
- {tag: city, from: attributes, fact: city, sources: [crm, web]}
- {tag: likes, from: orders, prefer: {item: category, weight: amount, top: 2}, window: 60 days}
- {tag: fresh_likes, from: orders, prefer: {item: store, half_life: 5 days, top: 2}}
- {tag: own_taste, from: orders, prefer: {item: category, weight: amount, distinctive: true, top: 2}}
- {tag: state, rule: {睡眠: 'idle > 40', 活跃: 'orders_30 > 1', else: 普通}}
- {tag: tier, bands: {of: spend, cuts: {low: "< 5", mid: "< 20", else: high}}}
- {tag: score, bands: {of: orders_30, quantiles: 3}}
- {tag: above, rule: {yes: 'spend > population_avg(spend)', else: no}}
- {tag: beside, peers: {of: spend, within: city, least: 2}}
- {tag: late, rule: {yes: 'idle > repurchase_gap(0.5, favourite)', else: no}}
- {tag: both, rule: {yes: "above = 'yes' and late = 'yes'", else: no}}
"""
TAGS = tags_of(TEXT)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Not shrunk: an example builds three warehouses."""
TABLES = ("tags", "tag_weights", "tag_thresholds", "tag_cuts", "tag_definitions")
PEOPLE = 6

order = st.fixed_dictionaries(
    {
        "subject": st.one_of(st.none(), st.integers(1, PEOPLE)),
        "order_id": st.integers(1, 9).map(lambda n: f"o{n}"),
        "occurred_at": st.integers(-40, 100).map(ago),
        "amount": st.integers(0, 900).map(lambda n: Decimal(n) / 100),
        "quantity": st.one_of(st.none(), st.integers(0, 30).map(lambda n: n / 10)),
        "category": st.sampled_from(["a", "b", "c", None]),
        "store": st.sampled_from(["s1", "s2", None]),
        "status": st.sampled_from([None, "refunded", "paid"]),
    }
)
stated = st.fixed_dictionaries(
    {
        "subject": st.integers(1, PEOPLE),
        "source": st.sampled_from(["crm", "web"]),
        "city": st.sampled_from(["上海", "北京", None]),
        "occurred_at": st.one_of(st.none(), st.integers(-5, 100).map(ago)),
    }
)


def numbered(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**row, "fact_id": number} for number, row in enumerate(rows)]


def changed_between(before: Mapping[str, Sequence[Row]], after: Mapping[str, Sequence[Row]]) -> set[int]:
    """Return the subjects that have not the same facts: new, gone, corrected, or moved to another subject."""
    return {
        subject
        for table in after
        for subject in range(1, PEOPLE + 1)
        if [row for row in before[table] if row["subject"] == subject]
        != [row for row in after[table] if row["subject"] == subject]
    }


def carried(source: Engine, into: Engine) -> None:
    for table in TABLES:
        with into.shown(carried=source.arrow(f"SELECT * FROM {table}")):
            into.run(f"CREATE TABLE {table} AS SELECT * FROM carried")


def refreshed(
    tagset: TagSet,
    before: Mapping[str, Sequence[Row]],
    after: Mapping[str, Sequence[Row]],
    days: float,
    known: int = PEOPLE,
    pass_from: int | None = None,
) -> tuple[Refreshed, Engine]:
    """Build with the facts of before, when so many were `known`; then refresh over those of after, `days` later."""
    engine = warehouse(range(1, PEOPLE + 1), after)
    with warehouse(range(1, known + 1), before) as old:
        build(old, tagset)
        carried(old, engine)
    engine.run(f"CREATE TEMP TABLE {CHANGED} (subject BIGINT, why VARCHAR)")
    for subject in changed_between(before, after):
        engine.run(f"INSERT INTO {CHANGED} VALUES (?, 'facts')", [subject])
    engine.run("CREATE TABLE tags_before AS SELECT * FROM tags")
    moved = Moved(AS_OF, AS_OF + timedelta(days=days), ZONE)
    done = refresh_tags(engine, tagset, moved, target=Target(pass_from=pass_from))
    return done, engine


def values(engine: Engine) -> dict[str, Any]:
    found: dict[str, Any] = {
        table: engine.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in ("tags", "tag_weights", "tag_thresholds")
    }
    return found | {"cuts": engine.dicts("SELECT * FROM tag_cuts")}


def differences(engine: Engine, codes: Collection[str]) -> list[tuple[Any, ...]]:
    """Return who has another value than before the refresh, tag by tag."""
    return [
        row
        for code in codes
        for row in engine.rows(
            f"SELECT subject, '{code}', CAST(was.{code} AS VARCHAR), CAST(now.{code} AS VARCHAR) "
            f"FROM tags_before was FULL JOIN tags now USING (subject) WHERE was.{code} IS DISTINCT FROM now.{code}"
        )
    ]


def rebuilt(tagset: TagSet, facts: Mapping[str, Sequence[Row]], days: float) -> Any:
    """Return what a full build at the later moment gives."""
    with warehouse(range(1, PEOPLE + 1), facts) as engine:
        build(engine, tagset, as_of=AS_OF + timedelta(days=days))
        return values(engine)


@settings(max_examples=40, deadline=None, phases=PHASES)
@given(
    kept=st.lists(order, max_size=14),
    gone=st.lists(order, max_size=4),
    new=st.lists(order, max_size=4),
    people=st.lists(stated, max_size=8),
    said=st.lists(stated, max_size=3),
    days=st.sampled_from([-3, 0, 0.25, 1, 7, 31, 80]),
    merged=st.booleans(),
    pass_from=st.sampled_from([None, 0]),
)
def test_a_refresh_gives_what_a_full_build_gives(
    kept: list[Row],
    gone: list[Row],
    new: list[Row],
    people: list[Row],
    said: list[Row],
    days: float,
    merged: bool,
    pass_from: int | None,
) -> None:
    tagset = TAGS
    before = {"orders": numbered([*kept, *gone]), "attributes": numbered(people)}
    into = {2: 1} if merged else {}
    moved = [{**row, "subject": into.get(row["subject"], row["subject"])} for row in kept]
    corrected = [{**row, "amount": row["amount"] + 1} if place == 0 else row for place, row in enumerate(moved)]
    after = {"orders": numbered([*corrected, *new]), "attributes": numbered([*people, *said])}
    done, engine = refreshed(tagset, before, after, days, pass_from=pass_from)
    with engine:
        assert values(engine) == rebuilt(tagset, after, days)
        moves = [] if done.moves is None else engine.rows(f"SELECT subject, tag, old, new FROM {done.moves}")
        assert sorted(moves, key=repr) == sorted(differences(engine, tagset.tags.keys() - set(done.restless)), key=repr)


def test_only_those_who_can_have_changed_are_touched() -> None:
    tagset = tags_of(
        "- {tag: a, from: orders, value: count(), window: 30 days, default: 0}\n- {tag: b, rule: {x: 'a > 1', else: y}}"
    )
    facts = {
        "orders": [
            {"subject": 1, "order_id": "1", "occurred_at": ago(10), "amount": 1},
            {"subject": 2, "order_id": "2", "occurred_at": ago(29.5), "amount": 1},
            {"subject": 3, "order_id": "3", "occurred_at": ago(-0.5), "amount": 1},
            {"subject": 4, "order_id": "4", "occurred_at": ago(31), "amount": 1},
        ]
    }
    done, engine = refreshed(tagset, facts, facts, 1)
    with engine:
        assert (done.touched, done.why, done.restless) == (2, {"arrival": 1, "window": 1}, ())
        assert done.windows == {"orders 30 day": 1}
        assert engine.rows("SELECT subject, a FROM tags ORDER BY 1") == [(1, 1), (2, 0), (3, 1), (4, 0), (5, 0), (6, 0)]


def test_a_threshold_moves_with_everybody_and_only_those_whose_class_moved_change() -> None:
    tagset = tags_of(
        "- {tag: spend, from: orders, value: sum(amount), window: 30 days, default: 0}\n"
        "- {tag: top, rule: 'spend >= population_quantile(spend, 0.8)'}"
    )
    facts = {
        "orders": [
            {"subject": who, "order_id": f"{who}", "occurred_at": ago(28), "amount": Decimal(who)}
            for who in range(1, PEOPLE + 1)
        ] + [{"subject": 1, "order_id": "new", "occurred_at": ago(-5), "amount": Decimal(100)}]
    }  # fmt: skip
    done, engine = refreshed(tagset, facts, facts, 5)
    with engine:
        assert engine.rows("SELECT name, value FROM tag_thresholds") == [("population_quantile(spend, 0.8)", 0.0)]
        assert done.restless == ("top",)
        assert [row[:2] for row in differences(engine, ["top"])] == [(who, "top") for who in (1, 2, 3, 4)]
        assert values(engine) == rebuilt(tagset, facts, 5)


def test_a_tag_that_reads_the_clock_moves_for_everybody_and_takes_what_rests_on_it_along() -> None:
    tagset = tags_of(
        "- {tag: idle, from: orders, value: days_since(max(occurred_at))}\n"
        "- {tag: sleepy, rule: {yes: 'idle > 10', else: no}}\n- {tag: n, from: orders, value: count()}"
    )
    facts = {"orders": [{"subject": 1, "order_id": "1", "occurred_at": ago(10), "amount": 1}]}
    done, engine = refreshed(tagset, facts, facts, 1)
    with engine:
        assert (done.touched, set(done.restless)) == (0, {"idle", "sleepy"})
        assert engine.rows("SELECT * EXCLUDE subject FROM tags WHERE subject = 1") == [(11, "yes", 1)]


OWN = "- {tag: own, from: orders, prefer: {item: category, distinctive: true}}\n"
IDLE = "- {tag: idle, from: orders, value: days_since(max(occurred_at))}\n"
CALM = (
    "- {tag: n, from: orders, value: count(), default: 0}\n"
    "- {tag: likes, from: orders, prefer: {item: category, weight: amount}}\n"
)


def bought(subject: int, category: str, days: float = 10) -> dict[str, Any]:
    return {"subject": subject, "order_id": "1", "occurred_at": ago(days), "amount": Decimal(1), "category": category}


def test_what_is_weighed_against_everybody_is_not_weighed_among_the_touched() -> None:
    tagset = tags_of(OWN + CALM)
    before = {"orders": [bought(1, "a"), bought(2, "a"), bought(3, "a"), bought(3, "b")]}
    after = {"orders": [*before["orders"], bought(3, "c")]}
    done, engine = refreshed(tagset, before, after, 0)
    with engine:
        assert (done.touched, done.restless) == (1, ("own",))
        assert engine.one("SELECT own FROM tags WHERE subject = 3") == ["b", "c", "a"]
        assert values(engine) == rebuilt(tagset, after, 0)


@pytest.mark.parametrize("text", [OWN + CALM + IDLE, IDLE + OWN, CALM], ids=["both", "all restless", "all calm"])
def test_who_is_new_has_every_tag_there_is(text: str) -> None:
    tagset = tags_of(text)
    before = {"orders": [bought(1, "a"), bought(2, "b")]}
    after = {"orders": [*before["orders"], bought(PEOPLE, "b", 3)]}
    done, engine = refreshed(tagset, before, after, 2, PEOPLE - 1)
    with engine:
        assert done.touched == 1
        assert list(engine.columns("tags")) == ["subject", *tagset.tags]
        assert values(engine) == rebuilt(tagset, after, 2)


def test_nothing_but_the_touched_is_left_behind() -> None:
    tagset = TAGS
    facts = {"orders": numbered([{"subject": 1, "order_id": "1", "occurred_at": ago(10), "amount": Decimal(1)}])}
    facts["attributes"] = []
    after = facts | {"orders": [*facts["orders"], {**bought(2, "a", 5), "fact_id": 9}]}
    _, engine = refreshed(tagset, facts, after, 3)
    with engine:
        left = {name for (name,) in engine.rows("SELECT table_name FROM duckdb_tables() WHERE temporary")}
    assert left == {CHANGED, "tag_among", "tag_touched", "tag_moves"}


def test_who_was_touched_and_did_not_move_is_not_written_again() -> None:
    tagset = tags_of("- {tag: first, from: orders, value: min(occurred_at)}")
    before = {"orders": [bought(1, "a", 9), bought(2, "a", 9), bought(3, "a", 9)]}
    after = {"orders": [*before["orders"], bought(2, "b", 5), bought(3, "b", 20)]}
    done, engine = refreshed(tagset, before, after, 0)
    with engine:
        stayed = engine.rows("SELECT subject FROM tags_before b JOIN tags t USING (subject) WHERE b.rowid = t.rowid")
        assert (done.touched, sorted(stayed)) == (2, [(1,), (2,), (4,), (5,), (6,)])
        assert engine.rows("SELECT subject, tag FROM tag_moves") == [(3, "first")]
