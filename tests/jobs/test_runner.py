"""Jobs as processes: done, failed, cancelled in flight, killed, left behind and taken up again."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from filelock import FileLock

from huaxiang.jobs.lock import lives
from huaxiang.jobs.runner import JobRunner
from huaxiang.registry import Registry
from huaxiang.registry.jobs import SCHEDULE, Job, Kind, State, ask_for_job, claim_job, job_of, jobs, stop_job

from .conftest import gone, kill, running, turned

ONE = {"workers": 1}


def at_work(job: Job) -> bool:
    """Whether a build is in the midst of its work."""
    return job.stage in ("identify", "facts", "tag", "segment")


def test_a_build_is_done_while_others_read(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.BUILD, "anna", ONE)[0].id
    before = registry.current()
    with running(root) as runner:
        seen = turned(runner, registry, number, at_work)
        assert seen.state is State.RUNNING and 0 < seen.progress < 1 and seen.words.zh and lives(root, number)
        assert registry.current() == before
        done = turned(runner, registry, number, lambda job: not job.open)
    made = registry.current()
    assert before and made and made.id == before.id + 1
    assert (done.state, done.fault, done.progress) == (State.DONE, None, 1.0)
    assert done.result is not None and done.result["build"] == made.id and done.result["alerts"] >= 0
    assert done.pid is not None and gone(done.pid) and not lives(root, number)


def test_cancelling_a_build_in_flight_leaves_the_last_one_as_it_was(root: Path, registry: Registry) -> None:
    before, files = registry.current(), {path.name for path in (root / ".huaxiang/builds").iterdir()}
    number = ask_for_job(registry, Kind.BUILD, "anna", ONE)[0].id
    with running(root) as runner:
        seen = turned(runner, registry, number, at_work)
        stop_job(registry, number)
        over = turned(runner, registry, number, lambda job: not job.open)
        assert (over.state, over.fault) == (State.CANCELLED, None)
        assert gone(seen.pid)
        assert registry.current() == before
        assert {path.name for path in (root / ".huaxiang/builds").iterdir()} == files
        # Nothing is left locked or half done: the next one goes through.
        again = ask_for_job(registry, Kind.BUILD, "anna", ONE)[0].id
        assert turned(runner, registry, again, lambda job: not job.open).state is State.DONE


def test_a_job_that_does_not_listen_is_told_more_firmly(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.BUILD, "anna")[0].id
    # It waits for the lock of a build that never ends, in a call that an interrupt does end: so it is stopped asleep.
    with FileLock(root / ".huaxiang/build.lock"), running(root, patience=0.5) as runner:
        seen = turned(runner, registry, number, lambda job: job.stage == "wait")
        assert seen.words.zh == "等待另一次构建"
        subprocess.run(["kill", "-STOP", str(seen.pid)], check=True)
        stop_job(registry, number)
        assert turned(runner, registry, number, lambda job: not job.open).state is State.CANCELLED
        assert gone(seen.pid)


def test_a_job_waits_for_a_build_begun_without_the_server(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.REFRESH, "anna")[0].id
    with running(root) as runner:
        with FileLock(root / ".huaxiang/build.lock"):
            turned(runner, registry, number, lambda job: job.stage == "wait")
        assert turned(runner, registry, number, lambda job: not job.open).state is State.DONE


def test_two_builds_and_a_refresh_asked_for_at_once_run_one_after_the_other(root: Path, registry: Registry) -> None:
    for kind, settings in ((Kind.BUILD, ONE), (Kind.BUILD, {"workers": 2}), (Kind.REFRESH, {})):
        assert ask_for_job(registry, kind, "anna", settings)[1]
    assert not ask_for_job(registry, Kind.BUILD, "ben", ONE)[1]
    most = 0
    with running(root) as runner:
        until = time.monotonic() + 300
        while jobs(registry, states=(State.QUEUED, State.RUNNING)) and time.monotonic() < until:
            runner.turn()
            most = max(most, len(jobs(registry, states=(State.RUNNING,))))
            time.sleep(0.05)
    done = jobs(registry)[::-1]
    assert [job.state for job in done] == [State.DONE] * 3
    assert most == 1
    assert all(one.finished and two.begun and one.finished <= two.begun for one, two in pairwise(done))


def test_a_killed_job_is_lost_and_asked_for_again_if_it_was_scheduled(root: Path, registry: Registry) -> None:
    before = registry.current()
    number = ask_for_job(registry, Kind.BUILD, SCHEDULE, ONE)[0].id
    with running(root) as runner:
        kill(turned(runner, registry, number, at_work).pid)
        lost = turned(runner, registry, number, lambda job: not job.open)
        assert lost.state is State.LOST and lost.fault is not None and lost.finished
        again = jobs(registry)[0]
        assert (again.id, again.kind, again.attempt, again.open) == (number + 1, Kind.BUILD, 2, True)
        assert registry.current() == before
        assert turned(runner, registry, again.id, lambda job: not job.open).state is State.DONE
    assert len(list((root / ".huaxiang/builds").glob("*.duckdb"))) == 2


def test_a_killed_job_that_a_person_asked_for_is_only_lost(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.HEALTH, "cli:anna")[0].id
    with running(root) as runner:
        kill(turned(runner, registry, number, lambda job: job.pid).pid)
        assert turned(runner, registry, number, lambda job: not job.open).state is State.LOST
        assert len(jobs(registry)) == 1


_KEEPS = """
import sys, time
from pathlib import Path
from huaxiang.jobs.runner import JobRunner
runner = JobRunner(Path(sys.argv[1]))
runner.begin()
while True:
    runner.turn()
    time.sleep(0.05)
"""


def left_behind(root: Path, registry: Registry, number: int) -> Job:
    """Have another process run the job, kill that process when the job is at work, and return the job."""
    with subprocess.Popen([sys.executable, "-c", _KEEPS, str(root)]) as other:
        until = time.monotonic() + 180
        while (job := job_of(registry, number)) is None or not at_work(job):
            assert time.monotonic() < until
            time.sleep(0.02)
        other.kill()
    return job


def test_a_job_that_outlives_its_server_is_followed_by_the_next(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.BUILD, "anna", ONE)[0].id
    left = left_behind(root, registry, number)
    with running(root) as runner:
        now = job_of(registry, number)
        assert now is not None and now.state is State.RUNNING
        # Another build waits for it, although this runner did not start it.
        ask_for_job(registry, Kind.BUILD, "anna", {"workers": 2})
        runner.turn()
        assert len(jobs(registry, states=(State.RUNNING,))) == 1
        done = turned(runner, registry, number, lambda job: not job.open)
        assert done.state is State.DONE and done.pid == left.pid


def test_a_job_left_behind_can_be_cancelled(root: Path, registry: Registry) -> None:
    before = registry.current()
    number = ask_for_job(registry, Kind.BUILD, "anna", ONE)[0].id
    left_behind(root, registry, number)
    with running(root) as runner:
        stop_job(registry, number)
        assert turned(runner, registry, number, lambda job: not job.open).state is State.CANCELLED
    assert registry.current() == before


def test_a_job_whose_process_went_with_its_server_is_lost_at_the_next_start(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.BUILD, SCHEDULE, ONE)[0].id
    left = left_behind(root, registry, number)
    kill(left.pid)
    # A process is gone a little before its threads are, which hold its lock.
    while not gone(left.pid) or lives(root, number):
        time.sleep(0.02)
    with running(root):
        lost = job_of(registry, number)
        assert lost is not None and lost.state is State.LOST
        again = jobs(registry)[0]
        assert (again.id, again.attempt, again.state) == (number + 1, 2, State.QUEUED)


def test_stopping_the_server_ends_its_jobs_and_keeps_what_waits(root: Path, registry: Registry) -> None:
    before = registry.current()
    first = ask_for_job(registry, Kind.BUILD, SCHEDULE, ONE)[0].id
    waits = ask_for_job(registry, Kind.REFRESH, "anna")[0].id
    with running(root) as runner:
        pid = turned(runner, registry, first, at_work).pid
    assert gone(pid)
    left, kept = job_of(registry, first), job_of(registry, waits)
    assert left is not None and left.state is State.LOST and left.fault is not None and "stopped" in left.fault.en
    assert kept is not None and kept.state is State.QUEUED
    assert registry.current() == before
    with running(root) as runner:
        # What was scheduled and did not come to its end is asked for again.
        assert jobs(registry)[0].attempt == 2
        assert turned(runner, registry, waits, lambda job: not job.open).state is State.DONE


def test_a_job_that_fails_says_why_in_both_languages(root: Path, registry: Registry) -> None:
    (root / "tags/broken.yaml").write_text("- tag: broken\n  from: nothing\n  value: count(*)\n", encoding="utf-8")
    number = ask_for_job(registry, Kind.BUILD, "anna")[0].id
    with running(root) as runner:
        failed = turned(runner, registry, number, lambda job: not job.open)
    assert failed.state is State.FAILED and failed.fault is not None
    assert "tags/broken.yaml:" in failed.fault.en and "tags/broken.yaml:" in failed.fault.zh


def test_a_job_that_is_not_to_run_any_more_does_nothing(root: Path, registry: Registry) -> None:
    number = ask_for_job(registry, Kind.BUILD, "anna")[0].id
    stop_job(registry, number)
    done = subprocess.run([sys.executable, "-m", "huaxiang.jobs", str(root), str(number)], check=False)
    assert done.returncode == 1
    assert len(registry.builds()) == 2


def test_measuring_and_the_base_are_jobs_too(root: Path, registry: Registry) -> None:
    numbers = [ask_for_job(registry, kind, "anna")[0].id for kind in (Kind.HEALTH, Kind.BASE)]
    with running(root) as runner:
        for number in numbers:
            done = turned(runner, registry, number, lambda job: not job.open)
            assert (done.state, done.result and done.result["build"]) == (State.DONE, 2), done.fault
    assert (root / ".huaxiang/bases/base-000002/base.json").is_file()


def test_a_changed_schedule_is_taken_up_and_a_wrong_one_leaves_it(root: Path, registry: Registry) -> None:
    main, now = root / "huaxiang.yaml", [datetime(2036, 6, 1)]
    text = main.read_text(encoding="utf-8")

    def asked(minutes: int) -> int:
        """Go round once so much later; return how many measurements were asked for by then."""
        now[0] += timedelta(minutes=minutes)
        runner.turn()
        for job in jobs(registry, states=(State.QUEUED, State.RUNNING)):
            stop_job(registry, job.id)
            turned(runner, registry, job.id, lambda job: not job.open)
        return len(jobs(registry, kinds=(Kind.HEALTH,)))

    runner = JobRunner(root, clock=lambda: now[0], patience=1.0)
    try:
        assert asked(60) == 0
        main.write_text(f"{text}\nschedule: {{health: every 5 minutes}}\n", encoding="utf-8")
        assert asked(6) == 1
        main.write_text(f"{text}\nschedule: {{health: sometimes or other}}\n", encoding="utf-8")
        assert asked(4) == 1
        assert asked(2) == 2
    finally:
        runner.stop()


def test_a_runner_goes_on_by_itself(root: Path, registry: Registry) -> None:
    runner = JobRunner(root)
    runner.start()
    try:
        number = ask_for_job(registry, Kind.HEALTH, "anna")[0].id
        until = time.monotonic() + 180
        while (job := job_of(registry, number)) is not None and job.open and time.monotonic() < until:
            time.sleep(0.1)
        assert job is not None and job.state is State.DONE
    finally:
        runner.stop()


def test_nobody_takes_a_job_twice(root: Path, registry: Registry) -> None:
    ask_for_job(registry, Kind.HEALTH, "anna")
    assert claim_job(registry) is not None
    assert claim_job(registry) is None
