"""One event's whole way, as far as it went."""

from __future__ import annotations

import pytest

from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.opened import SECOND, now_microseconds
from huaxiang.read.live.outcome import Came
from huaxiang.read.live.way import Found, event_way
from huaxiang.read.subject_ids import encode_subject
from tests.read.live.seeded import SECONDS, Seeded

FACT = [{"source": "online", "outcome": "fact", "fact_id": 1}]


def test_received_checked_joined_changed_moved_told(seeded: Seeded, current: CurrentBuild) -> None:
    at, people = now_microseconds(), seeded.people
    received = at - 200_000
    seeded.arrive(received, 2, form="batch")
    second = [*FACT, {"source": "mini", "outcome": "quarantined:invalid:phone"}]
    batch = seeded.apply(
        at, 1, [("track", "Order Completed", people.known, FACT), ("identify", "", people.known, second)], received
    )
    seeded.change(batch, people.known, "orders_30d", 1, 2, at)
    seeded.change(batch, people.known, "last_order_at", None, "2026-11-22T03:00:00", at)
    seeded.change(batch, people.gone, "orders_30d", 1, 2, at)
    seeded.move(batch, people.known, "sleeping", "left", at)
    seeded.merge(batch, ((11, "device_id"), (12, "phone")), at)
    seeded.deliver(batch, people.known, "tag.changed", "delivered", at + SECOND, status=200)
    way = event_way(current, 1)
    assert (way.found, way.door, way.form) == (Found.KEPT, "web", "batch")
    assert way.event and way.event.whose == encode_subject(people.known)
    assert [each.came for each in way.event.taken] == [Came.FACT]
    assert way.event.taken[0].table_words == current.project.source("online").into.words
    assert way.batch and (way.batch.events, way.batch.same) == (2, 2)
    assert way.batch.waited == pytest.approx(0.2 - sum(SECONDS.values()))
    assert [name for name, _, _ in way.batch.seconds] == list(SECONDS)
    changes = {each.tag: (each.old.zh, each.new.zh) for each in way.changes}
    # A moment of the store is UTC, people read their own clock.
    assert changes == {"orders_30d": ("1 单", "2 单"), "last_order_at": ("未知", "2026-11-22 11:00")}
    assert [(each.segment, each.entered) for each in way.moves] == [("sleeping", False)]
    [merge] = way.merges
    assert (merge.from_id, merge.into_id) == (encode_subject(people.gone), encode_subject(people.known))
    assert merge.a and merge.b and (merge.a.zh, merge.b.zh) == ("设备号", "手机号")
    assert [(each.words.zh, each.rows) for each in merge.evidence] == [(current.project.source("crm").words.zh, 2)]
    [told] = way.sent
    assert (told.subscriber, told.state, told.status, told.tried) == ("crm", "delivered", 200, at + SECOND)
    assert not way.new
    stopped = event_way(current, 2).event
    assert stopped and stopped.came is Came.QUARANTINED and stopped.why and "手机号" in stopped.why.zh


def test_what_changed_because_time_passed_is_not_put_down_to_an_event(seeded: Seeded, current: CurrentBuild) -> None:
    at, people = now_microseconds(), seeded.people
    said = [{"source": "mini", "outcome": "fact", "fact_id": 1}]
    assert current.project.source("mini").into.name == "events"
    batch = seeded.apply(at, 1, [("page", "Home", people.known, said)], at - 1000)
    for tag, old, new in (("events_30d", 1, 2), ("orders_30d", 2, 1), ("days_since_order", 9, 10)):
        seeded.change(batch, people.known, tag, old, new, at)
    by_time = {each.tag: each.by_time for each in event_way(current, 1).changes}
    assert by_time == {"events_30d": False, "orders_30d": True, "days_since_order": True}


def test_somebody_new_and_nobody(seeded: Seeded, current: CurrentBuild) -> None:
    at = now_microseconds()
    seeded.arrive(at - 1000, 2)
    seeded.apply(at, 1, [("page", "", seeded.people.new, FACT), ("page", "", None, FACT)], at - 1000)
    new, nobody = event_way(current, 1), event_way(current, 2)
    assert new.new and new.event and new.event.whose == encode_subject(seeded.people.new)
    assert nobody.event and not nobody.event.whose and not nobody.changes


def test_not_there_yet_waiting_and_too_old(seeded: Seeded, current: CurrentBuild) -> None:
    at = now_microseconds()
    seeded.arrive(at, 5, form="batch")
    seeded.store.set_meta("applied", 2)
    assert event_way(current, 2).found is Found.OLD
    waiting = event_way(current, 5)
    assert (waiting.found, waiting.door, waiting.form) == (Found.WAITING, "web", "batch")
    assert waiting.received is not None
    for number in (6, 0):
        with pytest.raises(NotFound):
            event_way(current, number)
