"""What is read of what the applier itself wrote: nothing here is filled by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from huaxiang.live.worker import Worker
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.read.live.flow import Wanted, last_events
from huaxiang.read.live.look import LiveView
from huaxiang.read.live.opened import live_store
from huaxiang.read.live.outcome import Came
from huaxiang.read.live.profile import live_profile, new_customer, newer, served_now
from huaxiang.read.live.state import Doing
from huaxiang.read.live.way import Found, event_way
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.serving.current import Serving
from tests.live.shop import START, drain, make_shop, put, worker
from tests.live.test_applying import view
from tests.read.sample import with_key

LATER = START + timedelta(minutes=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with with_key():
        return make_shop(tmp_path_factory.mktemp("applied") / "shop")


@pytest.fixture
def applier(built: Path, tmp_path: Path) -> Iterator[Worker]:
    made = worker(Path(shutil.copytree(built, tmp_path / "shop")), LATER)
    yield made
    made.close()


@pytest.fixture
def current(applier: Worker) -> Iterator[CurrentBuild]:
    with Warehouse(applier.root) as warehouse, warehouse.current() as current:
        yield current


def test_a_visitor_who_signs_in(applier: Worker, current: CurrentBuild) -> None:
    put(applier.root, [view("one", anonymousId="A-x"), view("two", userId="U-x")])
    drain(applier)
    put(applier.root, [view("three", anonymousId="A-x", userId="U-x"), {"type": "track"}])
    assert event_way(current, 3).found is Found.WAITING
    drain(applier)
    way = event_way(current, 3)
    assert way.event and way.event.whose and [each.came for each in way.event.taken] == [Came.FACT]
    [merge] = way.merges
    assert way.event.whose == merge.into_id
    assert merge.a and merge.b and merge.a != merge.b
    assert sum(each.rows for each in merge.evidence) == 1
    changes = {each.tag: each.new.en for each in way.changes}
    assert "3" in changes["views_7"]
    assert way.batch and way.batch.events == 2 and way.batch.seconds
    broken = event_way(current, 4).event
    assert broken and broken.came is Came.QUARANTINED and broken.why and not broken.whose
    with live_store(current.project.store) as store:
        assert store
        mine = last_events(store, current.project, Wanted(subject=decode_subject(merge.into_id)))
    assert [each.number for each in mine] == [3, 2, 1]


def test_the_profile_has_what_events_changed(applier: Worker, current: CurrentBuild) -> None:
    put(applier.root, [view("one", userId="U-y")])
    drain(applier)
    serving = Serving(applier.root)
    subject = serving.subject_of("user_id", "U-y")
    assert subject is not None
    served = served_now(serving, subject)
    assert served and newer(current, served)
    live = live_profile(current, served, new_customer(current, served))
    assert live.profile.id == encode_subject(subject)
    assert live.profile.tag("views_7") and live.profile.seen.facts == 1
    assert [each.events for each in live.happened] == [(1,)]
    serving.close()


def test_the_look_at_it_all(applier: Worker, current: CurrentBuild) -> None:
    put(applier.root, [view("one", userId="U-z"), {"type": "group", "userId": "U-z", "groupId": "g"}])
    drain(applier)
    look, flow = LiveView().look(current.project, Wanted())
    assert look.state.doing is Doing.READY
    assert (look.state.applied, look.state.depth) == (2, 0)
    assert {each.number: each.came for each in flow} == {1: Came.FACT, 2: Came.UNTAKEN}
    assert {each.code: each.ever for each in look.health.doors} == {"web": 2}
    assert {each.code: each.facts for each in look.health.sources}["web_events"] == 1
