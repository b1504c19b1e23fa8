"""The applier is killed at random moments under load: every event is applied exactly once all the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from huaxiang.live.applying import tick_end
from huaxiang.pipeline.run import utc_now
from huaxiang.serving.store import STORE_FILE, LiveStore
from tests.live.shop import START, follow, made_up, put, rebuild, rebuilt, served, worker
from tests.live.test_applying import without_population

KILLS = int(os.environ.get("HUAXIANG_KILLS", "6"))
"""How often it is killed; more by hand: HUAXIANG_KILLS=100 pytest tests/live/test_kill.py."""


@contextmanager
def running(shop: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "huaxiang.live", str(shop), "--alone"], start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def applied(shop: Path) -> int:
    with LiveStore(shop / ".huaxiang" / STORE_FILE) as store:
        return store.applied


def wait_until_applied(shop: Path, number: int, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while applied(shop) < number:
        assert time.monotonic() < ends, f"only {applied(shop)} of {number} events were applied"
        time.sleep(0.05)


@pytest.mark.timeout(600)
def test_killed_at_any_moment_each_event_is_applied_once(shop: Path) -> None:
    worker(shop).close()
    dice = random.Random(5)
    before = served(shop)
    sent = 0
    for kill in range(KILLS):
        with running(shop) as process:
            begun, upto = applied(shop), dice.random() * 0.6
            # The clock of a life begins when the first event is applied: what comes before is only loading.
            while applied(shop) == begun or upto > 0:
                some = list(made_up(100 + kill * 1000 + sent, dice.choice([1, 5, 40])))
                put(shop, some, utc_now())
                sent += len(some)
                pause = dice.random() * 0.05
                time.sleep(pause)
                if applied(shop) > begun:
                    upto -= pause
                assert process.poll() is None
    with running(shop):
        wait_until_applied(shop, sent, 120)
    with LiveStore(shop / ".huaxiang" / STORE_FILE) as store:
        _told_once(store, before, served(shop))
        counts = store.dicts("SELECT sum(events) AS events, min(first) AS first, max(last) AS last FROM batches")
        assert counts == [{"events": sent, "first": 1, "last": sent}]
    _is_a_rebuild(shop)


def _told_once(store: LiveStore, before: dict[int, Any], now: dict[int, Any]) -> None:
    """Follow every change told, in order: each begins where the one before it ended, the last is what is served."""
    known = {(subject, tag): value for subject, (tags, _) in before.items() for tag, value in tags.items()}
    for row in store.dicts("SELECT subject, tag, old, new FROM changes ORDER BY id"):
        key = (row["subject"], row["tag"])
        assert known.get(key) == msgspec.json.decode(row["old"])
        known[key] = msgspec.json.decode(row["new"])
    for subject, (tags, _) in now.items():
        assert {tag: known.get((subject, tag)) for tag in tags} == tags
    twice = "SELECT batch, subject FROM outbox WHERE topic = 'tag.changed' GROUP BY 1, 2 HAVING count(*) > 1"
    assert store.dicts(twice) == []


def _is_a_rebuild(shop: Path) -> None:
    """Bring everybody to one moment, as the scheduler does, and compare with a build of what came in."""
    applier = worker(shop, now=(now := tick_end(utc_now())))
    done = rebuild(shop, tick_end(now))
    follow(applier)
    assert applier.store.applied == applier.inbox.last
    applier.close()
    assert without_population(served(shop)) == without_population(rebuilt(shop, done))


def test_killed_while_it_goes_over_to_a_new_base(shop: Path) -> None:
    worker(shop).close()
    events = list(made_up(77, 600))
    put(shop, events)
    with running(shop):
        wait_until_applied(shop, len(events), 120)
    live = without_population(served(shop))
    rebuild(shop, START)
    put(shop, events[:50])
    for moment in (0.0, 0.05, 0.2):
        with running(shop) as process:
            while _state(shop) != "rebasing" and _base(shop) == 1 and process.poll() is None:
                time.sleep(0.01)
            time.sleep(moment)
    with running(shop):
        wait_until_applied(shop, len(events) + 50, 120)
        while _base(shop) != 2:
            time.sleep(0.05)
    again = without_population(served(shop))
    assert again.keys() == live.keys()


def _state(shop: Path) -> str:
    with LiveStore(shop / ".huaxiang" / STORE_FILE) as store:
        return store.meta("state")


def _base(shop: Path) -> int:
    with LiveStore(shop / ".huaxiang" / STORE_FILE) as store:
        return int(store.meta("base", "0"))
