"""A customer as of the last event: the build's profile with the newest values laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.opened import now_microseconds
from huaxiang.read.live.profile import live_profile, new_customer, newer, served_now
from huaxiang.read.profile import profile
from huaxiang.serving.base import Base
from huaxiang.serving.current import Serving, microseconds
from huaxiang.serving.export import base_folder
from tests.read.live.seeded import Seeded


@pytest.fixture
def serving(seeded: Seeded) -> Iterator[Serving]:
    serving = Serving(seeded.project.root, seeded.project)
    yield serving
    serving.close()


def base_of(current: CurrentBuild) -> Base:
    return Base(base_folder(current.project.store, current.build.id))


def test_nothing_is_served(current: CurrentBuild) -> None:
    assert served_now(Serving(current.project.root, current.project), 5) is None


def test_events_are_laid_over_the_build(seeded: Seeded, current: CurrentBuild, serving: Serving) -> None:
    at, known, base = now_microseconds(), seeded.people.known, base_of(current)
    assert not newer(current, served_now(serving, known))
    found = profile(current, known)
    tags = {**base.tags_of([known])[known], "orders_30d": 77, "last_order_at": "2026-11-22T03:00:00"}
    seeded.profile(8, known, tags, ["sleeping"], at)
    seeded.move(8, known, "sleeping", "entered", at)
    moment = current.build.as_of + timedelta(hours=1)
    seeded.fact("events", 3, known, moment, event="cart")
    seeded.fact("orders", 4, known, moment, order_id="W1", product="A", quantity=1)
    seeded.fact("orders", 5, known, moment, order_id="W1", product="B", quantity=2)
    served = served_now(serving, known)
    assert newer(current, served) and served
    live = live_profile(current, served, found)
    assert live.fresh == {"orders_30d", "last_order_at"}
    shown = {tag.code: tag.shown.zh for side in live.profile.sides for tag in side.tags}
    before = {tag.code: tag.shown.zh for side in found.sides for tag in side.tags}
    assert {code for code in shown if shown[code] != before.get(code)} == set(live.fresh)
    assert (shown["orders_30d"], shown["last_order_at"]) == ("77 单", "2026-11-22 11:00")
    assert [each.code for each in live.profile.segments] == ["sleeping"]
    assert live.profile.segments[0].since is not None
    assert (live.batch, live.profile.seen.facts) == (8, found.seen.facts + 3)
    assert {(each.entry.fact, each.events) for each in live.happened} == {("events", (3,)), ("orders", (4, 5))}


def test_a_fact_of_the_build_did_not_happen_since(seeded: Seeded, current: CurrentBuild, serving: Serving) -> None:
    known = seeded.people.known
    [(fact, moment)] = current.engine.rows(
        "SELECT fact_id, occurred_at FROM orders WHERE subject = ? LIMIT 1", [known]
    )  # fmt: skip
    seeded.fact("orders", 1, known, moment, fact_id=fact)
    seeded.profile(1, known, {}, [], now_microseconds())
    served = served_now(serving, known)
    assert served and live_profile(current, served, profile(current, known)).happened == ()


def test_what_is_older_than_the_build_is_not_shown(seeded: Seeded, current: CurrentBuild, serving: Serving) -> None:
    seeded.profile(1, seeded.people.known, {}, [], microseconds(current.build.as_of))
    assert not newer(current, served_now(serving, seeded.people.known))


def test_a_customer_no_build_knows(seeded: Seeded, current: CurrentBuild, serving: Serving) -> None:
    new = seeded.people.new
    seeded.profile(1, new, {"events_30d": 2}, [], now_microseconds())
    seeded.fact("events", 1, new, current.build.as_of, event="view")
    served = served_now(serving, new)
    assert served and newer(current, served)
    live = live_profile(current, served, new_customer(current, served))
    assert [tag.code for side in live.profile.sides for tag in side.tags] == ["events_30d"]
    assert live.profile.seen.facts == 1 and live.profile.seen.first
    assert live.profile.who.name == ""
