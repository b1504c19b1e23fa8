"""What is asked for when, with a clock in the hand of the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from huaxiang.definitions.schedule import LIVE, Daily, Every, Schedule
from huaxiang.jobs.schedule import ATTEMPTS, Scheduler
from huaxiang.project import Project, load_project
from huaxiang.registry import Registry
from huaxiang.registry.jobs import SCHEDULE, Job, Kind, State, ask_for_job, claim_job, finish_job, jobs, stop_job

START = datetime(2036, 6, 1, 4)
HALF = timedelta(minutes=30)
MAIN = "project: shop\ntime_zone: Asia/Shanghai\n"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "huaxiang.yaml").write_text(MAIN, encoding="utf-8")
    (tmp_path / "identity.yaml").write_text("identifiers: {phone: {trust: certain, per_person: 3}}\n", encoding="utf-8")
    return load_project(tmp_path)


def on(project: Project, **rules: Every | Daily) -> Project:
    return replace(project, schedule=Schedule(**rules))


def over(registry: Registry, asked: list[Job], state: State = State.DONE) -> list[Kind]:
    """Let what was asked for run and end; return its kinds."""
    for job in asked:
        taken = claim_job(registry)
        assert taken is not None and taken.id == job.id
        finish_job(registry, job.id, state)
    return [job.kind for job in asked]


def test_a_project_with_doors_is_refreshed_each_half_hour_others_never(tmp_path: Path, project: Project) -> None:
    assert project.schedule == Schedule()
    (tmp_path / "huaxiang.yaml").write_text(f"{MAIN}schedule: {{rebuild: '03:00'}}\n", encoding="utf-8")
    assert load_project(tmp_path).schedule == Schedule(rebuild=Daily(time(3)))
    (tmp_path / "doors").mkdir()
    (tmp_path / "doors/web.yaml").write_text(
        "door: web\naccept: segment\nwrite_key: key-of-the-web\n", encoding="utf-8"
    )  # fmt: skip
    assert load_project(tmp_path).schedule == replace(LIVE, rebuild=Daily(time(3)))


def test_every_comes_round_and_waits_for_what_runs(registry: Registry, project: Project) -> None:
    project, scheduler = on(project, refresh=Every(HALF)), Scheduler(registry, START)
    assert not scheduler.tick(project, START + HALF - timedelta(seconds=1))
    asked = scheduler.tick(project, START + HALF)
    assert [(job.kind, job.asked_by, job.asked_at) for job in asked] == [(Kind.REFRESH, SCHEDULE, START + HALF)]
    # It takes longer than half an hour: no second one is asked for, and one when it is over.
    assert not scheduler.tick(project, START + 3 * HALF)
    over(registry, asked)
    assert over(registry, scheduler.tick(project, START + 3 * HALF)) == [Kind.REFRESH]
    assert not scheduler.tick(project, START + 3 * HALF + timedelta(minutes=29))


def test_what_was_missed_is_made_up_for_once(registry: Registry, project: Project) -> None:
    project = on(project, refresh=Every(HALF), rebuild=Daily(time(3)), health=Daily(time(4)))
    first = Scheduler(registry, START)
    assert over(registry, first.tick(project, START + timedelta(days=1))) == [Kind.BUILD, Kind.HEALTH]
    # The server was off for nine days: each once, and the refresh not, for the build does what it would do.
    back = START + timedelta(days=10)
    again = Scheduler(registry, back)
    assert over(registry, again.tick(project, back)) == [Kind.BUILD, Kind.HEALTH]
    assert not again.tick(project, back + timedelta(seconds=1))
    assert over(registry, again.tick(project, back + HALF)) == [Kind.REFRESH]


def test_daily_runs_once_a_day(registry: Registry, project: Project) -> None:
    project, scheduler = on(project, health=Daily(time(4))), Scheduler(registry, START)
    ran = []
    for minute in range(0, 3 * 24 * 60, 7):
        now = START + timedelta(minutes=minute)
        asked = scheduler.tick(project, now)
        over(registry, asked)
        ran += [job.asked_at for job in asked]
    # 04:00 in Shanghai is 20:00 UTC.
    assert [(at.hour, at.minute // 10) for at in ran] == [(20, 0)] * 3
    assert [at.day for at in ran] == [1, 2, 3]


def test_a_build_made_without_the_server_counts(registry: Registry, project: Project) -> None:
    made = registry.begin_build(datetime(2026, 1, 1))
    registry.finish_build(made.id, {}, {}, [])
    # The registry stamps a build with the clock on the wall: times are counted from there.
    begun = registry.build(made.id).begun
    project, scheduler = on(project, refresh=Every(HALF)), Scheduler(registry, begun)
    assert not scheduler.tick(project, begun + HALF - timedelta(seconds=1))
    assert over(registry, scheduler.tick(project, begun + HALF)) == [Kind.REFRESH]


def test_a_clock_set_back_does_not_stop_the_schedule(registry: Registry, project: Project) -> None:
    project, scheduler = on(project, refresh=Every(HALF)), Scheduler(registry, START)
    over(registry, scheduler.tick(project, START + timedelta(days=1)))
    earlier = Scheduler(registry, START)
    assert over(registry, earlier.tick(project, START + HALF)) == [Kind.REFRESH]


def test_a_lost_job_of_the_schedule_is_asked_for_again_but_not_forever(registry: Registry, project: Project) -> None:
    project, scheduler = on(project, health=Every(HALF)), Scheduler(registry, START)
    asked, now = scheduler.tick(project, START + HALF), START + HALF
    for attempt in range(1, ATTEMPTS):
        assert [job.attempt for job in asked] == [attempt]
        over(registry, asked, State.LOST)
        asked = scheduler.again(now)
    over(registry, asked, State.LOST)
    assert not scheduler.again(now)
    # Its next time comes all the same.
    assert over(registry, scheduler.tick(project, now + HALF)) == [Kind.HEALTH]


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_what_ended_otherwise_is_not_asked_for_again(registry: Registry, project: Project, state: State) -> None:
    project, scheduler = on(project, health=Every(HALF)), Scheduler(registry, START)
    over(registry, scheduler.tick(project, START + HALF), state)
    assert not scheduler.again(START + HALF)


def test_a_lost_job_that_a_person_asked_for_is_theirs_to_ask_again(registry: Registry) -> None:
    over(registry, [ask_for_job(registry, Kind.HEALTH, "cli:anna")[0]], State.LOST)
    assert not Scheduler(registry, START).again(START)


def test_the_first_build_is_asked_for_where_there_is_something_to_build(
    registry: Registry, project: Project, tmp_path: Path
) -> None:
    scheduler = Scheduler(registry, START)
    assert not scheduler.begin(project, START)
    (tmp_path / "sources").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/pos.csv").write_text("no,sold_at,paid\n1,2026-01-01,5\n", encoding="utf-8")
    (tmp_path / "sources/pos.yaml").write_text(
        "source: pos\nread: data/*.csv\ninto: orders\ncolumns: {order_id: no, occurred_at: sold_at, amount: paid}\n",
        encoding="utf-8",
    )
    project = load_project(tmp_path)
    assert [job.kind for job in scheduler.begin(project, START)] == [Kind.BUILD]
    # It waits already: another start asks for nothing more.
    assert not scheduler.begin(project, START)
    stop_job(registry, jobs(registry)[0].id)
    registry.finish_build(registry.begin_build(START).id, {}, {}, [])
    assert not scheduler.begin(project, START)
