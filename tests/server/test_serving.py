"""A server that runs, and what people at a shell do beside it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from filelock import FileLock

from huaxiang.registry.jobs import Job, State
from huaxiang.server.presence import FILE, Presence, running_server
from tests.jobs.conftest import gone

from .conftest import Shop, until


def status(presence: Presence, path: str, method: str = "GET", **headers: str) -> int:
    connection = HTTPConnection(presence.host, presence.port, timeout=120)
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def at_work(shop: Shop) -> object:
    job = shop.newest()
    return job if job and job.stage in ("identify", "facts", "tag", "segment") else None


def waits(shop: Shop) -> object:
    job = shop.newest()
    return job if job and job.open and job.stage == "wait" else None


@contextmanager
def held(job: Job) -> Iterator[None]:
    """Let a job stand still for the block, wherever in its work it is."""
    os.killpg(job.pid or 0, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(job.pid or 0, signal.SIGCONT)


def test_one_address_answers_console_and_api_and_only_with_the_token(shop: Shop) -> None:
    with shop.served() as (server, _):
        assert status(server, "/customers") == 200
        assert status(server, "/v1/jobs") == status(server, "/v1/stream") == 401
        assert status(server, "/v1/stream", Authorization=f"Bearer {server.token}") == 401
        # No page stands where a door would be.
        assert status(server, "/sa.png?data=e30=") == status(server, "/sa/x") == 404
        assert status(server, "/v1/jobs", Authorization=f"Bearer {server.token}") == 200
        # The API's own tokens read profiles; this machine's does not.
        assert status(server, "/v1/openapi.json") == 200
        assert status(server, f"/v1/profiles/{shop.customer()}", Authorization=f"Bearer {server.token}") == 401


def test_a_build_asked_for_at_the_shell_is_the_servers_and_reads_go_on(shop: Shop) -> None:
    before = shop.build()
    somebody = shop.customer()
    profile = shop.json("profile", somebody)["profile"]
    with shop.served() as (server, _), shop.start("--json", "build", "--workers", "1") as building:
        with held(until(lambda: at_work(shop))):
            # In the midst of it: the command line reads, and so does the console.
            assert shop.json("profile", somebody)["profile"] == profile
            assert status(server, f"/customers/{somebody}") == 200
            assert building.poll() is None
        out, err = building.communicate(timeout=120)
    assert building.returncode == 0, err
    made = json.loads(out)
    assert made["build"] == before + 1 == shop.build()
    job = shop.newest()
    assert job is not None and job.asked_by.startswith("cli:") and job.state is State.DONE
    assert job.settings["workers"] == 1 and job.result is not None and job.result["build"] == made["build"]


def test_ctrl_c_at_the_shell_cancels_the_job(shop: Shop) -> None:
    before = shop.build()
    with shop.served(), shop.start("build") as building:
        job = until(lambda: at_work(shop))
        building.send_signal(signal.SIGINT)
        out, err = building.communicate(timeout=120)
        assert building.returncode == 130 and "Traceback" not in out + err
        assert "the last build is as it was" in out
        assert shop.job(job.id).state is State.CANCELLED
        assert shop.build() == before


def test_a_refresh_says_whom_it_touched(shop: Shop) -> None:
    with shop.served():
        text = shop.run("refresh")
    assert "does it as job 1" in text
    assert "Refreshed from build" in text or "A full build was done" in text


def test_a_job_that_fails_says_why_at_the_shell(shop: Shop) -> None:
    with shop.served(), shop.registry() as registry:
        (shop.root / "watch.yaml").write_text("alerts: 5\n", encoding="utf-8")
        assert "watch.yaml" in shop.run("build", code=1)
        assert registry.current() is not None


def test_jobs_are_listed_shown_and_cancelled(shop: Shop) -> None:
    assert shop.json("job", "list") == []
    with shop.served(), shop.start("build") as building:
        job = until(lambda: at_work(shop))
        with held(job):
            assert [each["id"] for each in shop.json("job", "list", "--open")] == [job.id]
            text = shop.run("job", "show", str(job.id))
            assert "full build, running" in text and "%" in text
            assert "stopping" in shop.run("job", "cancel", str(job.id))
        _, err = building.communicate(timeout=120)
        assert building.returncode == 1 and f"job {job.id} was cancelled" in err
    assert shop.json("job", "show", str(job.id))["state"] == "cancelled"
    assert "is over: cancelled" in shop.run("job", "cancel", str(job.id))
    assert "there is no job 99" in shop.run("job", "show", "99", code=1)


def test_a_second_server_is_refused_and_the_first_goes_on(shop: Shop) -> None:
    with shop.served() as (server, _):
        assert f"http://127.0.0.1:{server.port}" in shop.run("serve", "--port", "1", code=1)
        assert running_server(shop.root) == server
        assert status(server, "/customers") == 200


def test_stopped_in_the_midst_of_a_job_it_leaves_nothing_running(shop: Shop) -> None:
    before = shop.build()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        lock = FileLock(shop.root / ".huaxiang/build.lock")
        with lock, shop.served() as (_, process), shop.start("build") as building:
            job = until(lambda: waits(shop))
            process.send_signal(wanted)
            out, err = process.communicate(timeout=120)
            _, said = building.communicate(timeout=120)
        assert "Traceback" not in out + err + said
        assert not (shop.root / ".huaxiang" / FILE).exists()
        assert gone(job.pid) and shop.job(job.id).state is State.LOST
        assert building.returncode == 1 and ("does not answer" in said or "was lost" in said)
        assert shop.build() == before


def test_a_killed_server_stands_in_nobodys_way(shop: Shop) -> None:
    with shop.served() as (_, process):
        process.kill()
        process.wait()
        assert (shop.root / ".huaxiang" / FILE).exists() and running_server(shop.root) is None
        made = shop.json("build", "--workers", "1")
        assert made["build"] == shop.build() and shop.newest() is None
    with shop.served() as (server, _):
        assert status(server, "/customers") == 200
