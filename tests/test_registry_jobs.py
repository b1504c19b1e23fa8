"""The registry's part in jobs: asked for once, taken once, over once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huaxiang.registry import Registry
from huaxiang.registry.jobs import (
    Kind,
    State,
    ask_for_job,
    begin_job,
    claim_job,
    finish_job,
    job_of,
    jobs,
    prune_jobs,
    report_job,
    stop_job,
)
from huaxiang.words import Words


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


def test_a_job_that_waited_for_another_to_end_began_after_it(registry: Registry) -> None:
    ask_for_job(registry, Kind.BUILD, "anna")
    with ThreadPoolExecutor(1) as other, registry.engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        taking = other.submit(claim_job, registry)
        time.sleep(0.2)
        ended = datetime.now(UTC).replace(tzinfo=None)
        writer.rollback()
        taken = taking.result()
    assert taken is not None and taken.begun is not None and taken.begun >= ended


def test_a_job_is_asked_for_taken_watched_and_done(registry: Registry) -> None:
    asked, new = ask_for_job(registry, Kind.BUILD, "anna", {"workers": 2})
    assert new and asked.state is State.QUEUED and asked.settings == {"workers": 2} and asked.open
    taken = claim_job(registry)
    assert taken is not None and (taken.id, taken.state) == (asked.id, State.RUNNING) and taken.begun
    begun = begin_job(registry, asked.id, 42)
    assert begun is not None and begun.pid == 42
    report_job(registry, asked.id, "tag", Words("Tagging", "计算标签"), fraction=0.5, progress=0.6, detail="layer 1")
    now = job_of(registry, asked.id)
    assert now is not None and (now.stage, now.words.zh, now.fraction, now.progress) == ("tag", "计算标签", 0.5, 0.6)
    assert finish_job(registry, asked.id, State.DONE, result={"build": 3})
    done = job_of(registry, asked.id)
    assert done is not None and not done.open
    assert (done.progress, done.result, done.fault, done.detail) == (1.0, {"build": 3}, None, "")


def test_what_is_over_stays_as_it_is(registry: Registry) -> None:
    number = ask_for_job(registry, Kind.HEALTH, "anna")[0].id
    claim_job(registry)
    assert finish_job(registry, number, State.FAILED, fault=Words("no", "不"))
    assert not finish_job(registry, number, State.DONE)
    assert begin_job(registry, number, 1) is None
    stopped = stop_job(registry, number)
    assert stopped is not None and stopped.state is State.FAILED and stopped.fault == Words("no", "不")
    assert stopped.stop_asked is None


def test_the_same_job_waits_once_and_another_waits_beside_it(registry: Registry) -> None:
    first, _ = ask_for_job(registry, Kind.BUILD, "anna")
    again, new = ask_for_job(registry, Kind.BUILD, "ben")
    assert (again.id, new) == (first.id, False)
    assert ask_for_job(registry, Kind.BUILD, "ben", {"workers": 1})[1]
    assert ask_for_job(registry, Kind.REFRESH, "ben")[1]
    claim_job(registry)
    # What runs may have begun before the change for which it is asked.
    assert ask_for_job(registry, Kind.BUILD, "ben")[1]


def test_many_who_ask_at_once_ask_for_one_job(registry: Registry) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask_for_job(registry, Kind.BUILD, "anna"), range(24)))
    assert len({job.id for job, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1


def test_builds_and_refreshes_never_run_at_once_but_measuring_may(registry: Registry) -> None:
    build = ask_for_job(registry, Kind.BUILD, "anna")[0]
    refresh = ask_for_job(registry, Kind.REFRESH, "anna")[0]
    health = ask_for_job(registry, Kind.HEALTH, "anna")[0]
    taken = [claim_job(registry), claim_job(registry)]
    assert [each and each.id for each in taken] == [build.id, health.id]
    assert claim_job(registry) is None
    finish_job(registry, build.id, State.DONE)
    after = claim_job(registry)
    assert after is not None and after.id == refresh.id


def test_many_who_take_at_once_take_one_of_a_lane(registry: Registry) -> None:
    for workers in range(4):
        ask_for_job(registry, Kind.BUILD, "anna", {"workers": workers + 1})
    with ThreadPoolExecutor(8) as pool:
        taken = [each for each in pool.map(lambda _: claim_job(registry), range(16)) if each is not None]
    assert len(taken) == 1


def test_stopping_cancels_what_waits_and_asks_what_runs(registry: Registry) -> None:
    waits = ask_for_job(registry, Kind.BUILD, "anna")[0]
    assert (stopped := stop_job(registry, waits.id)) is not None and stopped.state is State.CANCELLED
    runs = ask_for_job(registry, Kind.BUILD, "anna")[0]
    claim_job(registry)
    asked = stop_job(registry, runs.id)
    assert asked is not None and asked.state is State.RUNNING and asked.stop_asked is not None
    assert stop_job(registry, 99) is None


def test_lists_are_newest_first_in_pages_and_the_oldest_are_forgotten(registry: Registry) -> None:
    for _ in range(5):
        number = ask_for_job(registry, Kind.HEALTH, "anna")[0].id
        claim_job(registry)
        finish_job(registry, number, State.DONE)
    waits = ask_for_job(registry, Kind.BUILD, "ben")[0].id
    assert [each.id for each in jobs(registry, limit=2)] == [waits, 5]
    assert [each.id for each in jobs(registry, before=5, limit=2)] == [4, 3]
    assert [each.id for each in jobs(registry, by="ben")] == [waits]
    assert [each.id for each in jobs(registry, states=(State.QUEUED,), kinds=(Kind.BUILD,))] == [waits]
    prune_jobs(registry, 2)
    assert [each.id for each in jobs(registry)] == [waits, 5]
    ask_for_job(registry, Kind.HEALTH, "anna")
    prune_jobs(registry, 1)
    # What is not over is never forgotten.
    assert [each.kind for each in jobs(registry)] == [Kind.HEALTH, Kind.BUILD]
