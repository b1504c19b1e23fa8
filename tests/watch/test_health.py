"""The score adds up and says why; suggestions come with their numbers; the trend is what was measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.export import export_people
from huaxiang.read.filters import Filter, TagIs
from huaxiang.registry.health import note_use, uses
from huaxiang.tag.wording import value_key
from huaxiang.watch import is_measured, load_watching, measure_lift, outcome_of, summary, tag_detail, tag_healths
from huaxiang.watch.health import Health
from huaxiang.watch.measured import Bin, Measured, measured_of
from huaxiang.watch.score import PARTS, points_of, score_of
from huaxiang.watch.suggestions import suggest_for
from huaxiang.words import Words
from tests.watch.shop import FIRST, SECOND, build_shop, opened

AT = "2026-06-01T00:00:00"
GOOD = Measured(
    "t", "x", "text", AT, AT, False, 1000, 900, "values", (Bin("a", 500), Bin("b", 400)), baseline=1, before=1,
    psi=0.05, psi_noise=0.01, flipped=0.03, segments=("s",), used={},
)  # fmt: skip


def points(measured: Measured, age: float = 0.0) -> dict[str, float | None]:
    return {each.part: each.points for each in points_of(measured, None, age)}


def test_scores_that_nobody_has_are_a_reason_to_regroup() -> None:
    found = {each.action: each for each in suggest_for(replace(GOOD, idle=("2", "3")), 1)}
    assert "no customer has 2, 3: equal numbers share a score" in found["regroup"].why.en
    assert "没有人得2、3" in found["regroup"].why.zh
    named = {value_key("t", "2"): Words("two", "二")}
    [regroup] = [each for each in suggest_for(replace(GOOD, idle=("2",)), 1, named) if each.action == "regroup"]
    assert regroup.why.en.startswith("no customer has two: ") and regroup.why.zh.startswith("没有人得二：")
    assert "regroup" not in {each.action for each in suggest_for(GOOD, 1)}


def test_weights_stand_in_one_table() -> None:
    assert {part.code: part.weight for part in PARTS} == {
        "coverage": 25, "drift": 25, "stability": 15, "use": 15, "freshness": 10, "redundancy": 10, "lift": 20,
    }  # fmt: skip
    for part in PARTS:
        assert part.meaning.en and part.meaning.zh


def test_a_healthy_tag_has_all_points() -> None:
    assert points(GOOD) == {
        "coverage": 25, "drift": 25, "stability": 15, "use": 15, "freshness": 10, "redundancy": 10, "lift": None,
    }  # fmt: skip
    assert score_of(points_of(GOOD, None, 0)) == 100


@pytest.mark.parametrize(
    ("change", "age", "part", "wanted"),
    [
        ({"known": 400}, 0, "coverage", 12.5),
        ({"known": 0}, 0, "coverage", 0),
        ({"customers": 0, "known": 0}, 0, "coverage", None),
        ({"psi": 0.175}, 0, "drift", 12.5),
        ({"psi": 0.3}, 0, "drift", 0),
        ({"psi": 0.3, "psi_noise": 0.4}, 0, "drift", 25),
        ({"psi": None}, 0, "drift", None),
        ({"flipped": 0.275}, 0, "stability", 7.5),
        ({"flipped": None}, 0, "stability", None),
        ({"shape": "ranges"}, 0, "stability", None),
        ({"segments": ()}, 0, "use", 0),
        ({"segments": (), "used": {"api": 1}}, 0, "use", 15),
        ({}, 16, "freshness", 5),
        ({"stale": True}, 0, "freshness", 0),
        ({"twins": (("u", 0.95),)}, 0, "redundancy", 0),
    ],
)
def test_each_part_by_hand(change: dict[str, object], age: float, part: str, wanted: float | None) -> None:
    assert points(replace(GOOD, **change), age)[part] == wanted  # type: ignore[arg-type]


def test_what_was_not_measured_is_left_out_with_its_weight() -> None:
    bare = replace(GOOD, known=400, psi=None, flipped=None)
    # 12.5 of 25, 15, 10 and 10: 47.5 of 60.
    assert score_of(points_of(bare, None, 0)) == round(100 * 47.5 / 60)


def test_a_score_is_the_sum_of_its_parts(second: CurrentBuild) -> None:
    for each in tag_healths(second, now=SECOND):
        known = [part for part in each.parts if part.points is not None]
        assert each.score == round(100 * sum(part.points or 0 for part in known) / sum(part.weight for part in known))
        assert all(part.reason.en and part.reason.zh and part.name.zh for part in each.parts)


def of(current: CurrentBuild, code: str) -> Health:
    return next(each for each in tag_healths(current, now=SECOND) if each.tag == code)


def test_the_worst_come_first(second: CurrentBuild) -> None:
    found = tag_healths(second, now=SECOND)
    assert [each.score for each in found] == sorted(each.score for each in found)
    assert found[0].tag == "last_category"
    assert {each.tag for each in found} == set(second.tags)
    told = summary(found)
    assert told["tags"] == len(found) and told["alerts"] > 0


def test_suggestions_come_with_their_numbers(second: CurrentBuild) -> None:
    actions = {each.tag: {one.action: one for one in each.suggestions} for each in tag_healths(second, now=SECOND)}
    mend = actions["last_category"]["mend"]
    assert mend.evidence["psi"] > 1 and mend.evidence["baseline"] == 1
    assert actions["orders_total"]["merge"].evidence == {"other": "orders_again", "likeness": 1.0}
    assert "the same as Orders with every row (" in actions["orders_total"]["merge"].why.en
    assert "与“全部订单行”几乎重复" in actions["orders_total"]["merge"].why.zh
    assert actions["never"]["fill"].evidence["coverage"] == 0
    split = actions["gift_orders"]["split"]
    assert split.evidence == {"value": "0", "share": 1.0}
    assert "freeze" in actions["liked"] and "freeze" not in actions["tier"]
    assert actions["tier"] == {} or "mend" in actions["tier"]
    for one in (each for tag in actions.values() for each in tag.values()):
        assert one.why.en and one.why.zh and one.name.zh and one.evidence


def test_nothing_is_frozen_before_it_was_watched_for_a_month(first: CurrentBuild) -> None:
    assert not [one for each in tag_healths(first) for one in each.suggestions if one.action == "freeze"]
    unused = replace(GOOD, segments=())
    assert [each.action for each in suggest_for(unused, 29.9)] == []
    assert [each.action for each in suggest_for(unused, 30.0)] == ["freeze"]


def test_twins_are_called_by_their_names(second: CurrentBuild) -> None:
    (told,) = (part for part in of(second, "orders_total").parts if part.part == "redundancy")
    assert told.reason == Words("nearly the same as Orders with every row (100%)", "与“全部订单行”几乎重复（100%）")


def test_the_trend_is_what_was_measured(second: CurrentBuild) -> None:
    found = tag_detail(second, "last_category", now=SECOND)
    assert [(each.build, each.as_of) for each in found.trend] == [(1, FIRST), (2, SECOND)]
    assert found.trend[0].psi is None and (found.trend[1].psi or 0) > 1
    assert found.trend[1].score < found.trend[0].score
    assert all(each.same_definition for each in found.trend)
    assert {each.alert for each in found.history} == {"drift", "value_vanishes"}
    assert found.health.alerts == found.history
    with pytest.raises(NotFound, match="teir"):
        tag_detail(second, "teir")


def test_a_build_that_was_not_measured(copy: Path) -> None:
    build_shop(copy, SECOND)
    with opened(copy) as current:
        assert not is_measured(current)
        assert tag_healths(current) == []
        with pytest.raises(NotFound, match="huaxiang health --measure"):
            tag_detail(current, "tier")


def test_lift_becomes_a_part_of_the_score(copy: Path) -> None:
    with opened(copy) as current:
        without = of(current, "tier")
        outcome = outcome_of("orders", current.project, load_watching(current.project), "90 days")
        measure_lift(current, outcome)
        found = of(current, "tier")
    assert without.lift is None and found.lift is not None
    part = next(each for each in found.parts if each.part == "lift")
    assert part.points in (0, 20)
    assert "Orders" in part.reason.en or "orders" in part.reason.en


def test_an_export_is_a_use(copy: Path, tmp_path: Path) -> None:
    with opened(copy) as current:
        assert of(current, "liked").measured.uses == 0
        export_people(current, Filter((TagIs("ordered_30d", "true"),), "best"), tmp_path / "x.csv", tags=["liked"])
        assert of(current, "liked").measured.used == {"export": 1}
        assert "freeze" not in {each.action for each in of(current, "liked").suggestions}
        today = uses(current.registry, date(2026, 1, 1))
        # What decides who is exported is used too.
        assert today == {"liked": {"export": 1}, "ordered_30d": {"export": 1}, "tier": {"export": 1}}


def test_uses_are_counted_by_day_and_fade(copy: Path) -> None:
    with opened(copy) as current:
        today = datetime.now(UTC).date()
        note_use(current.registry, "console", ["tier", "tier", "liked"], day=today)
        note_use(current.registry, "console", ["tier"], day=today)
        note_use(current.registry, "api", ["tier"], day=today - timedelta(days=40))
        assert of(current, "tier").measured.used == {"console": 3}
        assert uses(current.registry, today - timedelta(days=50))["tier"] == {"api": 1, "console": 3}


def test_a_registry_that_cannot_be_written_stops_no_use(copy: Path) -> None:
    with opened(copy) as current:
        with current.registry.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.commit()
        note_use(current.registry, "export", ["tier"])
        assert uses(current.registry, date(2026, 1, 1)) == {}


def test_records_come_back_as_they_were() -> None:
    rich = replace(
        GOOD, twins=(("u", 0.93),), vanished=("v",), used={"api": 2}, bins=(Bin("≤ 1", 3, 1.0), Bin("> 1", 4))
    )
    assert measured_of(rich.record()) == rich
    assert measured_of({**rich.record(), "of_a_later_version": 1}) == rich
