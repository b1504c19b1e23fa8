"""How events flow, in figures: each is what the store and the inbox say."""

from __future__ import annotations

import time

import pytest

from huaxiang.inbox.log import INBOX_FILE
from huaxiang.read.current import CurrentBuild
from huaxiang.read.live.arrivals import Arrivals
from huaxiang.read.live.flow import Wanted, last_events
from huaxiang.read.live.look import FRESH, LiveView
from huaxiang.read.live.opened import SECOND, live_store, now_microseconds, read_only
from huaxiang.read.live.outcome import Came, why_stopped
from huaxiang.read.live.pulse import HOUR, MINUTE, SLICE, pulse_of
from huaxiang.read.live.state import SILENT, SILENT_REBASING, Doing, state_of
from huaxiang.read.subject_ids import encode_subject
from tests.read.live.seeded import Seeded

FACT = [{"source": "online", "outcome": "fact", "fact_id": 1}]
TWICE = [{"source": "online", "outcome": "duplicate"}]
STOPPED = [{"source": "online", "outcome": "quarantined:contract:missing:total:Order Completed"}]
UNTAKEN = [{"outcome": "untaken"}]
BOTH = [*FACT, {"source": "mini", "outcome": "quarantined:invalid:phone"}]


def test_nothing_live_ever(current: CurrentBuild) -> None:
    look, flow = LiveView().look(current.project, Wanted())
    assert look.state.doing is Doing.NEVER
    assert (look.state.depth, look.pulse.minute.rate, look.pulse.minute.p50, flow) == (0, 0.0, None, ())
    assert [(each.words.zh, each.last, each.ever) for each in look.health.doors] == [("官网", None, 0)]


@pytest.mark.parametrize(
    ("state", "silent", "doing"),
    [
        ("applying", 0, Doing.READY),
        ("waiting", 0, Doing.WAITING),
        ("preparing", 0, Doing.PREPARING),
        ("applying", SILENT + 1, Doing.STOPPED),
        ("rebasing", SILENT + 1, Doing.REBASING),
        ("rebasing", SILENT_REBASING + 1, Doing.STOPPED),
    ],
)
def test_what_the_applier_does(seeded: Seeded, state: str, silent: int, doing: Doing) -> None:
    now = now_microseconds()
    seeded.says(state, now - silent)
    assert state_of(seeded.store, 0, now).doing is doing


def test_the_applier_behind_and_stuck(seeded: Seeded) -> None:
    now = now_microseconds()
    seeded.says("applying", now)
    seeded.store.set_meta("applied", 3)
    found = state_of(seeded.store, 10, now)
    assert (found.doing, found.depth) == (Doing.APPLYING, 7)
    seeded.says("applying", now, {"en": "no key", "zh": "没有密钥"})
    found = state_of(seeded.store, 10, now)
    assert (found.doing, found.fault and found.fault.zh) == (Doing.STUCK, "没有密钥")


def test_pulse_weighs_batches_by_their_events(seeded: Seeded) -> None:
    now = now_microseconds() // SLICE * SLICE + 2 * SECOND
    who = seeded.people.known
    for ago, events, lag in ((1, 8, 100_000), (2, 2, 2_000_000), (90, 10, 400_000), (4_000, 50, 1)):
        at = now - ago * SECOND
        first = seeded.store.applied + 1
        seeded.apply(at, first, [("track", "x", who, FACT)] * events, at - lag, changes=1)
    pulse = pulse_of(seeded.store, now)
    assert pulse.minute.rate == pytest.approx(10 * SECOND / MINUTE)
    assert pulse.minute.p50 == pytest.approx(0.07)
    assert pulse.minute.p99 == pytest.approx(2.0)
    # The slice that is running has two seconds so far.
    assert pulse.slices[-1].rate == pytest.approx(5.0)
    # Older than an hour does not count.
    assert (pulse.hour.events, pulse.hour.facts, pulse.hour.changes) == (20, 20, 3)
    assert sum(each.rate for each in pulse.slices[:-1]) * SLICE / SECOND == pytest.approx(10)


def test_arrivals_count_an_hour_once(seeded: Seeded) -> None:
    now = now_microseconds()
    for ago, events, door in ((5_000, 7, "web"), (1_800, 3, "web"), (20, 2, "app"), (1, 1, "web")):
        seeded.arrive(now - ago * SECOND, events, door)
    arrivals, path = Arrivals(), seeded.project.store / INBOX_FILE
    with read_only(path, "bodies") as inbox:
        assert arrivals.look(inbox, now).by_door == {"web": 4, "app": 2}
        seeded.arrive(now, 5, "app")
        assert arrivals.look(inbox, now).by_door == {"web": 4, "app": 7}
        assert sum(arrivals.look(inbox, now).by_slice.values()) > 0
        assert arrivals.look(inbox, now + HOUR + 2 * MINUTE).by_door == {}


def test_last_events_by_outcome_door_and_customer(seeded: Seeded, current: CurrentBuild) -> None:
    now, people = now_microseconds(), seeded.people
    web = [("track", "Order Completed", people.known, FACT), ("track", "Order Completed", None, STOPPED)]
    app = [("page", "", people.gone, TWICE), ("track", "Odd", None, UNTAKEN), ("identify", "", people.known, BOTH)]
    seeded.apply(now, 1, web, now - 1000)
    seeded.apply(now, 3, app, now - 1000, door="app")
    seeded.store.db.execute("INSERT INTO merged VALUES (?, ?)", (people.gone, people.known))

    def numbers(wanted: Wanted) -> list[int]:
        return [each.number for each in last_events(seeded.store, current.project, wanted)]

    assert numbers(Wanted()) == [5, 4, 3, 2, 1]
    assert numbers(Wanted(came=Came.QUARANTINED)) == [5, 2]
    assert numbers(Wanted(came=Came.FACT)) == [5, 1]
    assert numbers(Wanted(came=Came.DUPLICATE)) == [3]
    assert numbers(Wanted(came=Came.UNTAKEN)) == [4]
    assert numbers(Wanted(door="app", came=Came.FACT)) == [5]
    assert numbers(Wanted(subject=people.known)) == [5, 3, 1]
    merged = last_events(seeded.store, current.project, Wanted(came=Came.DUPLICATE))[0]
    assert (merged.whose, merged.merged) == (encode_subject(people.known), True)
    stopped = last_events(seeded.store, current.project, Wanted(door="web", came=Came.QUARANTINED))[0]
    assert stopped.why and "total" in stopped.why.en and "total" in stopped.why.zh


def test_why_an_event_was_stopped(current: CurrentBuild) -> None:
    project = current.project
    assert "JSON" in why_stopped(project, None, "not_an_object").en
    assert "手机号" in why_stopped(project, "orders", "invalid:phone").zh


def test_those_who_look_at_once_share_a_look(seeded: Seeded, current: CurrentBuild) -> None:
    now, view = now_microseconds(), LiveView()
    seeded.says("applying", now)
    seeded.arrive(now, 3)
    first, _ = view.look(current.project, Wanted())
    assert first.state.depth == 3
    seeded.apply(now, 1, [("track", "x", None, UNTAKEN)] * 3, now)
    assert view.look(current.project, Wanted())[0] is first
    time.sleep(FRESH + 0.1)
    again, flow = view.look(current.project, Wanted())
    assert (again.state.depth, again.pulse.hour.untaken, len(flow)) == (0, 3, 3)


def test_doors_and_sources_fare(seeded: Seeded, current: CurrentBuild) -> None:
    now = now_microseconds()
    seeded.arrive(now - 7_200 * SECOND, 4, "old")
    seeded.arrive(now, 2)
    seeded.apply(now, 1, [("track", "x", None, FACT), ("track", "x", None, STOPPED), ("track", "x", None, TWICE)], now)
    health = LiveView().look(current.project, Wanted())[0].health
    doors = {each.code: (each.hour, each.ever, each.defined) for each in health.doors}
    assert doors == {"web": (2, 2, True), "old": (0, 4, False)}
    assert all(each.last for each in health.doors)
    [online] = [each for each in health.sources if each.code == "online"]
    assert (online.facts, online.duplicates, online.quarantined, health.kept) == (1, 1, 1, 3)


def test_no_store_is_made_by_looking(current: CurrentBuild) -> None:
    with live_store(current.project.store) as store:
        assert store is None
    assert not (current.project.store / "live.db").exists()
