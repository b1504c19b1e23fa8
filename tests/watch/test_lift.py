"""Lift: counted by hand from the raw rows, and blind to the future."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from huaxiang.errors import DefinitionError, ProjectError
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import health_rows
from huaxiang.tag.kinds.base import Kind
from huaxiang.watch import load_watching, measure_lift, outcome_of
from huaxiang.watch.formulas import lift
from huaxiang.watch.lift import Lifts, TagLift, lift_of
from tests.watch.shop import FIRST, HORIZON, Order, orders_until_june

T0 = FIRST - HORIZON


@pytest.fixture(scope="module")
def rows() -> list[Order]:
    return orders_until_june()


@pytest.fixture
def lifts(first: CurrentBuild) -> Iterator[Lifts]:
    yield _lifts(first, "orders")


def _lifts(current: CurrentBuild, text: str, horizon: str | None = None, codes: list[str] | None = None) -> Lifts:
    return measure_lift(current, outcome_of(text, current.project, load_watching(current.project), horizon), codes)


def _by_hand(rows: list[Order]) -> tuple[dict[str, int], set[str]]:
    """Return orders up to T0 by customer, and who ordered after T0 and up to the build's moment."""
    before = Counter(row.card for row in rows if row.at <= T0)
    after = {row.card for row in rows if T0 < row.at <= FIRST}
    return dict(before), after & before.keys()


def _shown(tag: TagLift) -> dict[str | None, tuple[int, int]]:
    return {each.value: (each.customers, each.hits) for each in tag.values}


def test_customers_and_hits_by_hand(lifts: Lifts, rows: list[Order]) -> None:
    before, after = _by_hand(rows)
    assert (lifts.since, lifts.until) == (T0, FIRST)
    assert (lifts.customers, lifts.hits) == (len(before), len(after))
    # The edges: T0 itself is the past, as_of the future, later is nothing; W0001 came after T0.
    assert "V0000" in before
    assert "V0001" in after or "V0001" not in before
    assert "W0001" not in before


def test_each_value_by_hand(lifts: Lifts, rows: list[Order]) -> None:
    before, after = _by_hand(rows)
    groups: dict[str, list[str]] = defaultdict(list)
    for card, orders in before.items():
        groups["high" if orders >= 5 else "mid" if orders >= 3 else "low"].append(card)
    by_hand = {value: (len(cards), len(after & set(cards))) for value, cards in groups.items() if len(cards) >= 30}
    assert _shown(lifts.tags["tier"]) == by_hand
    for each in lifts.tags["tier"].values:
        assert each.lift == lift(each.hits, each.customers, len(after), len(before))
        assert each.rate.value == each.hits / each.customers
        rest = (len(after) - each.hits) / (len(before) - each.customers)
        assert each.difference.value == pytest.approx(each.rate.value - rest)


def test_a_tag_that_is_the_outcome_does_not_see_it(first: CurrentBuild, lifts: Lifts) -> None:
    # In the build itself the tag is the outcome: everybody with it ordered within the horizon, nobody else did.
    seen = first.engine.rows(
        "SELECT t.ordered_30d, count(*), count(*) FILTER (EXISTS (SELECT 1 FROM orders o WHERE o.subject = t.subject"
        " AND o.occurred_at > ? AND o.occurred_at <= ?)) FROM tags t GROUP BY 1 ORDER BY 1",
        [T0, FIRST],
    )
    (no, _, hits_without), (yes, of, hits_with) = seen
    # The order at T0 itself is in the tag's window, and is no outcome.
    assert (no, hits_without, yes) == (False, 0, True)
    assert of - hits_with in (0, 1)
    # As of T0 it tells nothing: customers of this shop order whatever they did before.
    mine = lifts.tags["ordered_30d"]
    assert not mine.telling
    for each in mine.values:
        assert each.lift.low < 1 < each.lift.high
        assert 0.8 < each.lift.value < 1.2


def test_a_condition_over_amounts(first: CurrentBuild, rows: list[Order]) -> None:
    found = _lifts(first, "orders: sum(amount) > 400 and count(distinct category) >= 2", codes=["tier"])
    before, _ = _by_hand(rows)
    spent: dict[str, list[Order]] = defaultdict(list)
    for row in rows:
        if T0 < row.at <= FIRST and row.card in before:
            spent[row.card].append(row)
    hits = [c for c, own in spent.items() if sum(o.amount for o in own) > 400 and len({o.category for o in own}) >= 2]
    assert found.hits == len(hits) > 0
    assert found.tags.keys() == {"tier"}


def test_a_longer_horizon(first: CurrentBuild, rows: list[Order]) -> None:
    found = _lifts(first, "orders", "60 days", ["tier"])
    start = FIRST - timedelta(days=60)
    before = {row.card for row in rows if row.at <= start}
    assert found.customers == len(before)
    assert found.hits == len(before & {row.card for row in rows if start < row.at <= FIRST})


@dataclass(frozen=True)
class Stored(Kind):
    """A kind whose values do not come from facts."""

    stored: tuple[str, ...] | None = ()  # type: ignore[assignment]


def test_what_does_not_come_from_facts_is_left_out(first: CurrentBuild) -> None:
    tags = first.project.tags
    kind = tags.tags["orders_total"].kind
    stored = replace(tags.tags["orders_total"], kind=Stored(kind.name, kind.key, kind.words, kind.parse))
    project = replace(first.project, tags=replace(tags, tags={**tags.tags, "orders_total": stored}))
    found = _lifts(replace(first, project=project), "orders")
    # tier and twice rest on it: nor is it known what they were.
    assert set(found.left_out) == {"orders_total", "tier", "twice", "care"}
    assert found.tags.keys() == set(first.tags) - set(found.left_out)


def test_lifts_are_kept(first: CurrentBuild, lifts: Lifts) -> None:
    [row] = [row for row in health_rows(first.registry, build=1) if row.tag == "tier"]
    kept = lift_of(row.lift)
    assert kept is not None
    assert kept.tags["tier"] == lifts.tags["tier"]
    assert (kept.customers, kept.hits, kept.name) == (lifts.customers, lifts.hits, lifts.name)


def test_nothing_is_left_in_the_warehouse(first: CurrentBuild, lifts: Lifts) -> None:
    tables = {name for (name,) in first.engine.rows("SELECT table_name FROM duckdb_tables() WHERE temporary")}
    assert not tables


def test_before_there_were_customers(first: CurrentBuild) -> None:
    with pytest.raises(ProjectError, match="no customer"):
        _lifts(first, "orders", "2 years")


def test_an_outcome_nobody_had(first: CurrentBuild) -> None:
    found = _lifts(first, "orders: count(*) > 1000")
    assert (found.hits, dict(found.tags)) == (0, {})


@pytest.mark.parametrize(
    ("text", "horizon", "hint"),
    [
        ("ordrs", None, "orders"),
        ("orders: cuont(*) > 1", None, "count"),
        ("orders: sum(amuont) > 1", None, "amount"),
        ("orders", "30 dasy", "days"),
        ("orders: sum(amount)", None, None),
        ("orders: amount > 1", None, None),
    ],
)
def test_wrong_outcomes_say_what_is_wrong(
    first: CurrentBuild, text: str, horizon: str | None, hint: str | None
) -> None:
    with pytest.raises(DefinitionError) as raised:
        _lifts(first, text, horizon)
    assert raised.value.faults[0].hint == hint
