"""What is measured of a build is what its tables hold, and a second build with skewed data drifts."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from huaxiang.errors import NotFound, ProjectError
from huaxiang.read.current import CurrentBuild
from huaxiang.registry.health import acknowledge, alerts, health_rows, pin_baseline
from huaxiang.watch import measure
from huaxiang.watch.alerts import acknowledge_alert
from huaxiang.watch.formulas import psi
from huaxiang.watch.measure import stale_tags
from huaxiang.watch.measured import Measured, measured_of
from huaxiang.watch.score import points_of
from tests.watch.shop import CUSTOMERS, SECOND, build_shop, opened


def measured(current: CurrentBuild, build: int) -> dict[str, Measured]:
    return {row.tag: measured_of(row.measured) for row in health_rows(current.registry, build=build)}


def test_values_are_counted(first: CurrentBuild) -> None:
    found = measured(first, 1)
    for code in ("tier", "last_category", "ordered_30d"):
        rows = dict(first.engine.rows(f"SELECT CAST({code} AS VARCHAR), count(*) FROM tags GROUP BY 1"))
        unknown = rows.pop(None, 0)
        each = found[code]
        assert {one.value: one.count for one in each.bins} == rows
        assert (each.unknown, each.others, each.customers) == (unknown, 0, first.customers)
        assert each.shape == "values"


def test_first_items_of_lists_are_counted(first: CurrentBuild) -> None:
    rows = first.engine.rows("SELECT liked FROM tags")
    by_hand = Counter(liked[0] for (liked,) in rows if liked)
    each = measured(first, 1)["liked"]
    assert {one.value: one.count for one in each.bins} == by_hand
    assert each.known == sum(by_hand.values())


def test_ranges_hold_their_upper_end(first: CurrentBuild) -> None:
    each = measured(first, 1)["spend_total"]
    assert each.shape == "ranges" and len(each.bins) == 10
    spent = [float(value) for (value,) in first.engine.rows("SELECT spend_total FROM tags") if value is not None]
    edges = [*each.edges, float("inf")]
    by_hand = [sum(low < value <= high for value in spent) for low, high in zip([float("-inf"), *edges], edges)]  # noqa: B905
    assert [one.count for one in each.bins] == by_hand
    assert sum(by_hand) == each.known
    # Tenths, as nearly as values allow.
    assert all(abs(count - each.known / 10) <= 3 for count in by_hand)


def test_dates_are_told_as_days_before_the_build(first: CurrentBuild) -> None:
    each = measured(first, 1)["last_order_at"]
    days = [(first.build.as_of - at).total_seconds() / 86400 for (at,) in first.engine.rows(
        "SELECT last_order_at FROM tags WHERE last_order_at IS NOT NULL")]  # fmt: skip
    assert each.bins[0].count == sum(day <= each.edges[0] for day in days)
    assert 0 <= each.edges[0] < each.edges[-1] <= 150


def test_a_tag_without_any_value(first: CurrentBuild) -> None:
    each = measured(first, 1)["never"]
    assert (each.known, each.coverage, each.top_share) == (0, 0.0, None)


def test_the_first_build_has_nothing_to_compare_with(first: CurrentBuild) -> None:
    for each in measured(first, 1).values():
        assert (each.baseline, each.before, each.psi, each.flipped, each.vanished) == (None, None, None, None, ())


def test_skewed_data_raises_psi(second: CurrentBuild) -> None:
    before, now = measured(second, 1)["last_category"], measured(second, 2)["last_category"]
    assert (now.baseline, now.before) == (1, 1)
    were = {each.value: each.count for each in before.bins}
    are = {each.value: each.count for each in now.bins}
    order = sorted(were)
    left = [are.get(value, 0) for value in order]
    by_hand = psi([*[were[value] for value in order], 0, before.unknown], [*left, are["wine"], now.unknown])
    assert now.psi == pytest.approx(by_hand)
    assert now.psi is not None and now.psi_noise is not None
    assert now.psi > 1 > now.psi_noise


def test_what_did_not_change_does_not_drift(second: CurrentBuild) -> None:
    gifts = measured(second, 2)["gift_orders"]
    assert gifts.psi == pytest.approx(0, abs=1e-6)
    assert gifts.flipped == 0


def test_values_vanish(second: CurrentBuild) -> None:
    # One customer, who bought nothing in June, still has tea.
    assert set(measured(second, 2)["last_category"].vanished) == {"coffee", "cake"}
    assert measured(second, 2)["tier"].vanished == ()


def test_flips_leave_out_new_customers(second: CurrentBuild) -> None:
    known_before = second.engine.one("SELECT count(*) FROM subjects WHERE since < 2")
    flips = second.engine.one(
        "SELECT count(*) FROM tag_changes JOIN subjects USING (subject) WHERE tag = 'last_category' AND since < 2"
    )
    assert CUSTOMERS / 2 < known_before < second.customers
    assert measured(second, 2)["last_category"].flipped == pytest.approx(flips / known_before)
    assert 0.99 < flips / known_before <= 1


def test_twins_are_found_once_each_way(first: CurrentBuild) -> None:
    found = measured(first, 1)
    assert found["orders_total"].twins == (("orders_again", 1.0),)
    # Twice the orders says the same as both, and is computed from one of them.
    assert found["orders_again"].twins == (("orders_total", 1.0), ("twice", 1.0))
    assert found["twice"].twins == (("orders_again", 1.0),)
    assert found["liked"].twins == () and found["never"].twins == ()


def test_use_is_who_names_a_tag(first: CurrentBuild) -> None:
    found = measured(first, 1)
    assert found["tier"].segments == ("best",)
    assert found["orders_total"].tags == ("twice", "tier")
    assert (found["liked"].segments, found["liked"].tags, found["liked"].uses) == ((), (), 0)


def test_ready_rules_raise_alerts(second: CurrentBuild) -> None:
    found = {(each.alert, each.tag): each for each in alerts(second.registry, build=2)}
    drift = found["drift", "last_category"]
    assert drift.severity == "warning" and drift.open
    assert drift.measured["psi"] == measured(second, 2)["last_category"].psi
    assert set(found["value_vanishes", "last_category"].measured["vanished"]) == {"coffee", "cake"}
    assert ("drift", "gift_orders") not in found
    assert [(each.alert, each.tag) for each in alerts(second.registry, build=1)] == [("nothing_known", "never")]


def test_nobody_expects_all_customers_to_have_a_value_that_people_set(second: CurrentBuild) -> None:
    care = measured(second, 2)["care"]
    assert (care.known, care.by_hand) == (0, True)
    coverage = next(each for each in points_of(care, None, 0.0, {}) if each.part == "coverage")
    assert coverage.points is None and "set by hand" in coverage.reason.en


def test_measuring_again_gives_the_same_and_keeps_what_was_acknowledged(copy: Path) -> None:
    with opened(copy) as current:
        before = health_rows(current.registry, build=2)
        raised = alerts(current.registry, build=2)
        seen = acknowledge(current.registry, raised[0].id, "li", "known")
        again = measure(current)
        assert health_rows(current.registry, build=2) == before
        assert {(each.alert, each.tag) for each in again.alerts} == {(each.alert, each.tag) for each in raised}
        assert next(each for each in again.alerts if each.id == raised[0].id) == seen
        assert acknowledge(current.registry, 9999, "li") is None


@pytest.mark.parametrize(("by", "note"), [("li", " "), (" ", "seen"), ("li", "call 13912345678")])
def test_an_alert_is_acknowledged_with_a_word_that_holds_nothing_personal(copy: Path, by: str, note: str) -> None:
    with opened(copy) as current:
        first = alerts(current.registry, build=2)[0]
        with pytest.raises(ProjectError):
            acknowledge_alert(current.registry, first.id, by, note)
        assert next(each for each in alerts(current.registry, build=2) if each.id == first.id).open
        assert (
            acknowledge_alert(current.registry, first.id, "li", " the source was late ").note == "the source was late"
        )
        with pytest.raises(NotFound):
            acknowledge_alert(current.registry, 9999, "li", "seen")


def test_a_changed_definition_is_no_drift(copy: Path) -> None:
    path = copy / "tags" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    new = text.replace("fact: category}", "fact: upper(category)}")
    path.write_text(new, encoding="utf-8")
    build_shop(copy, SECOND)
    with opened(copy) as current:
        found = measure(current).measured
        assert (found["last_category"].baseline, found["last_category"].psi) == (None, None)
        assert found["last_category"].flipped is None
        assert found["tier"].baseline == 1 and found["tier"].flipped == 0


def test_a_baseline_can_be_pinned(copy: Path) -> None:
    build_shop(copy, SECOND)
    with opened(copy) as current:
        assert measure(current).measured["last_category"].baseline == 1
        pin_baseline(current.registry, 2)
        pinned = measure(current).measured["last_category"]
        assert pinned.baseline == 2
        assert pinned.psi == pytest.approx(0, abs=1e-9)
        pin_baseline(current.registry, None)
        assert measure(current).measured["last_category"].baseline == 1


def test_a_stale_tag_is_as_old_as_its_values(copy: Path) -> None:
    with opened(copy) as current:
        assert stale_tags(current.build) == set()
        stale = replace(current.build, summary={**current.build.summary, "stale": ["tier"]})
        found = measure(replace(current, build=stale)).measured
        assert found["tier"].stale and not found["liked"].stale
        assert found["tier"].computed_as_of == "2026-06-01T00:00:00"
        assert found["tier"].row()["age_days"] == pytest.approx(30)
        inputs = {"b": {"stale": True, "failed": None}, "c": {"stale": False}}
        assert stale_tags(replace(stale, summary={"stale": {"a": 1}, "inputs": inputs})) == {"a", "b"}


def test_rows_without_customers(tmp_path: Path, first_built: Path) -> None:
    root = tmp_path / "empty"
    shutil.copytree(first_built, root)
    (root / "data" / "spring.csv").write_text("order,time,card,category,amount\n", encoding="utf-8")
    build_shop(root, SECOND, accept_loss=True)
    with opened(root) as current:
        found = measure(current)
        assert all(each.customers == 0 and each.coverage == 0 for each in found.measured.values())
