"""Webhooks against a real receiver: signed, in order, tried again, at least once, whatever ends the sender."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from huaxiang.deliver.deliverer import Deliverer
from huaxiang.deliver.listing import Delivery, deliveries, standings
from huaxiang.deliver.state import Deliveries
from huaxiang.processes.supervision import Running, TaskReport
from huaxiang.registry import Registry
from tests.deliver.shop import (
    QUICK,
    SECRET,
    VARIABLE,
    Got,
    Receiver,
    change,
    make_shop,
    merge,
    move,
    new_of,
    post,
    receiver,
    subscriber,
    until,
    write,
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, SECRET)
    return make_shop(tmp_path / "shop")


def state_file(root: Path) -> Path:
    return root / ".huaxiang" / "deliveries.db"


def listed(root: Path, state: str | None = None) -> list[Delivery]:
    return deliveries(state_file(root), state=state)


def values(hook: Receiver) -> list[object]:
    return [new_of(each.body["data"]) for each in hook.taken()]


def test_what_is_wanted_arrives_signed_and_in_order(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url, "topics: [tag.changed, segment.entered, profile.merged]")
            post(shop, change(1, 1), change(2, 9, "health_risk"), move(1), move(1, topic="segment.left"), merge(3, 1))
            async with Deliverer(shop, QUICK):
                await until(lambda: len(hook.got) == 3)
                post(shop, *(change(n, n) for n in range(50)))
                await until(lambda: len(hook.got) == 53)
            assert hook.forged == 0
            assert [each.body["type"] for each in hook.got[:3]] == ["tag.changed", "segment.entered", "profile.merged"]
            assert values_of(hook.got[3:]) == list(range(50))
            first = hook.got[0]
            assert first.body["data"] == change(1, 1)[2]
            assert first.body["timestamp"].endswith("Z")
            assert first.headers["Content-Type"] == "application/json"
            assert len({each.id for each in hook.got}) == 53
        assert {each.state for each in listed(shop)} == {"delivered"}

    asyncio.run(run())


def values_of(got: list[Got]) -> list[object]:
    return [new_of(each.body["data"]) for each in got]


def test_sensitive_tags_go_to_whoever_names_them(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url, "tags: [health_risk]\ntopics: [tag.changed]")
            post(shop, change(1, 1), change(2, 9, "health_risk"))
            async with Deliverer(shop, QUICK):
                await until(lambda: hook.got)
            assert values(hook) == [9]

    asyncio.run(run())


def test_a_failing_message_is_tried_again_under_its_id_and_holds_nobody_up(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            hook.answer = lambda got, nth: (500 if new_of(got.body["data"]) == 1 and nth < 3 else 200, {})
            subscriber(shop, hook.url)
            post(shop, *(change(n, n) for n in range(1, 4)))
            async with Deliverer(shop, QUICK):
                await until(lambda: len(hook.taken()) == 3)
            assert values(hook) == [2, 3, 1]
            assert len({each.id for each in hook.got if new_of(each.body["data"]) == 1}) == 1
        assert {(each.state, each.why) for each in listed(shop)} == {("delivered", "")}
        assert sorted(each.attempts for each in listed(shop)) == [1, 1, 2]

    asyncio.run(run())


def test_after_an_outage_the_order_is_kept(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            hook.answer = lambda got, nth: (503 if nth < 20 else 200, {})
            subscriber(shop, hook.url)
            post(shop, *(change(n, n) for n in range(20)))
            async with Deliverer(shop, replace(QUICK, delays=(0.5,))):
                await until(lambda: len(hook.taken()) == 20)
            assert values(hook) == list(range(20))

    asyncio.run(run())


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_replayed(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            hook.answer = lambda got, nth: (404, {})
            subscriber(shop, hook.url)
            post(shop, change(1, 1))
            async with Deliverer(shop, QUICK):
                await until(lambda: listed(shop, "dead"))
                assert len(hook.got) == len(QUICK.delays) + 1
                (dead,) = listed(shop)
                assert (dead.why, dead.status, dead.attempts, dead.next_at) == ("status", 404, 4, None)
                hook.answer = lambda got, nth: (200, {})
                with Deliveries(state_file(shop)) as state:
                    assert state.replay(time.time_ns() // 1_000, subscriber="crm", state="dead") == 1
                await until(lambda: listed(shop, "delivered"))
            assert len({each.id for each in hook.got}) == 1

    asyncio.run(run())


def test_a_registry_that_cannot_be_read_for_a_while_holds_deliveries_up_but_does_not_end_them(shop: Path) -> None:
    registry = shop / ".huaxiang" / "registry.db"
    Registry(registry).close()
    sound = registry.read_bytes()

    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url)
            post(shop, change(1, 1))
            report = TaskReport()
            registry.write_bytes(b"no database" * 1000)
            async with Deliverer(shop, QUICK, report):
                await asyncio.sleep(0.5)
                registry.write_bytes(sound)
                await until(lambda: len(hook.taken()) == 1)
                post(shop, change(2, 2))
                await until(lambda: len(hook.taken()) == 2)
                assert {each.name for each in report.tasks()} == {"deliver: intake", "deliver: crm"}
                assert {each.state for each in report.tasks()} == {Running.RUNNING}

    asyncio.run(run())


def test_410_disables_a_subscriber_until_it_is_enabled(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            hook.answer = lambda got, nth: (410, {})
            subscriber(shop, hook.url)
            post(shop, change(1, 1), change(2, 2))
            async with Deliverer(shop, QUICK):
                await until(lambda: standings(state_file(shop), ["crm"])[0].state == "disabled")
                post(shop, change(3, 3))
                await until(lambda: len(listed(shop)) == 3)
                await asyncio.sleep(0.2)
                assert len(hook.got) == 1
                (standing,) = standings(state_file(shop), ["crm"])
                assert (standing.why, standing.waiting) == ("gone", 3)
                hook.answer = lambda got, nth: (200, {})
                with Deliveries(state_file(shop)) as state:
                    state.enable("crm", time.time_ns() // 1_000)
                await until(lambda: len(hook.taken()) == 3)
            assert sorted(values(hook)) == [1, 2, 3]

    asyncio.run(run())


def test_retry_after_is_a_pause_for_everything(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            hook.answer = lambda got, nth: (429, {"Retry-After": "3"}) if nth == 0 else (200, {})
            subscriber(shop, hook.url)
            post(shop, change(1, 1), change(2, 2))
            begun = time.monotonic()
            async with Deliverer(shop, QUICK):
                await until(lambda: hook.got)
                await asyncio.sleep(0.5)
                assert len(hook.got) == 1
                assert standings(state_file(shop), ["crm"])[0].paused is not None
                await until(lambda: len(hook.taken()) == 2)
            assert time.monotonic() - begun >= 2.95

    asyncio.run(run())


def test_several_at_once_keep_the_order_of_each_customer(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url, "concurrency: 8")
            post(shop, *(change(subject, n) for n in range(20) for subject in range(10)))
            async with Deliverer(shop, QUICK):
                await until(lambda: len(hook.got) == 200)
            for subject in range(10):
                mine = change(subject, 0)[2]["subject"]
                assert [new_of(e.body["data"]) for e in hook.got if e.body["data"]["subject"] == mine] == list(
                    range(20)
                )

    asyncio.run(run())


@pytest.mark.parametrize(
    ("more", "answered", "why"),
    [
        ("", (302, {"Location": "http://127.0.0.1/other"}), "redirect"),
        ("", None, "timeout"),
    ],
)
def test_what_is_no_answer_is_told(
    shop: Path, more: str, answered: tuple[int, dict[str, str]] | None, why: str
) -> None:
    def answer(got: Got, nth: int) -> tuple[int, dict[str, str]]:
        if answered is None:
            time.sleep(0.5)
        return answered or (200, {})

    async def run() -> None:
        with receiver() as hook:
            hook.answer = answer
            subscriber(shop, hook.url, more)
            post(shop, change(1, 1))
            # A short patience only where nothing answers in time: a busy machine takes its time to answer, too.
            async with Deliverer(shop, QUICK if answered else replace(QUICK, timeout=0.2)):
                await until(lambda: any(each.why for each in listed(shop)))
            assert listed(shop)[0].why == why

    asyncio.run(run())


def test_a_new_definition_is_taken_up_and_a_faulty_one_leaves_all_as_it_was(shop: Path) -> None:
    async def run() -> None:
        with receiver() as old, receiver() as new:
            async with Deliverer(shop, QUICK) as deliverer:
                await until(lambda: deliverer.definitions.known)
                subscriber(shop, old.url)
                await until(lambda: deliverer.definitions.subscribers)
                post(shop, change(1, 1))
                await until(lambda: old.got)
                write(shop, "subscribers/bad.yaml", "subscriber: bad\nurl: nowhere\nsecret: env:S\n")
                await until(lambda: deliverer.definitions.fault)
                post(shop, change(2, 2))
                await until(lambda: len(old.got) == 2)
                (shop / "subscribers" / "bad.yaml").unlink()
                subscriber(shop, new.url)
                await until(lambda: deliverer.definitions.fault is None)
                await until(lambda: deliverer.definitions.subscribers[0].url == new.url)
                post(shop, change(3, 3))
                await until(lambda: new.got)
            assert (values(old), values(new)) == ([1, 2], [3])

    asyncio.run(run())


def test_while_definitions_were_never_sound_messages_wait_in_the_outbox(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url)
            write(shop, "sources/bad.yaml", "source: bad\n")
            post(shop, change(1, 1))
            async with Deliverer(shop, QUICK) as deliverer:
                await until(lambda: deliverer.definitions.fault)
                await asyncio.sleep(0.2)
                assert not listed(shop)
                (shop / "sources" / "bad.yaml").unlink()
                await until(lambda: hook.got)

    asyncio.run(run())


def test_who_subscribes_later_hears_what_comes_then(shop: Path) -> None:
    async def run() -> None:
        with receiver() as hook:
            post(shop, *(change(n, n) for n in range(1, 4)))
            async with Deliverer(shop, QUICK) as deliverer:
                await until(lambda: deliverer._state.place()[0].number == 3)
                subscriber(shop, hook.url)
                await until(lambda: deliverer._lanes)
                post(shop, change(4, 4))
                await until(hook.taken)
            assert values(hook) == [4]

    asyncio.run(run())


def test_without_its_secret_a_subscriber_waits_and_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)

    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url)
            post(shop, change(1, 1))
            async with Deliverer(shop, QUICK):
                await until(lambda: standings(state_file(shop), ["crm"])[0].why == "secret")
                await until(lambda: listed(shop, "waiting"))
            assert not hook.got
            monkeypatch.setenv(VARIABLE, SECRET)
            async with Deliverer(shop, QUICK):
                await until(lambda: hook.got)
        assert standings(state_file(shop), ["crm"])[0].why == ""

    asyncio.run(run())


def test_a_backlog_outlives_a_stop(shop: Path) -> None:
    with receiver() as hook:
        subscriber(shop, hook.url)
        post(shop, *(change(n, n) for n in range(600)))

        async def run(enough: int) -> None:
            async with Deliverer(shop, QUICK):
                await until(lambda: len(hook.got) >= enough, 30)

        asyncio.run(run(100))
        assert len(hook.got) < 600
        asyncio.run(run(600))
        # A stop lets the attempt under way end: nothing comes twice.
        assert values(hook) == list(range(600))


_SENDER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from huaxiang.deliver.deliverer import Deliverer
from tests.deliver.shop import QUICK

async def main():
    async with Deliverer(Path(sys.argv[1]), replace(QUICK, delays=(0.05,) * 20)):
        print("running", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_nothing_is_lost_when_the_sender_is_killed_again_and_again(shop: Path) -> None:
    chance = random.Random(4)
    sent = 300
    with receiver() as hook:
        # One in ten is refused, so that some wait for another attempt whenever the sender dies.
        hook.answer = lambda got, nth: (500 if chance.random() < 0.1 else 200, {})
        subscriber(shop, hook.url, "concurrency: 4")
        kills = 0
        for _ in range(5):
            # While the sender runs, and while it does not.
            post(shop, *(change(n, n) for n in range(kills * 50, kills * 50 + 25)))
            sender = subprocess.Popen(
                [sys.executable, "-c", _SENDER, str(shop)], stdout=subprocess.PIPE, env=dict(os.environ), text=True
            )
            assert sender.stdout is not None
            assert sender.stdout.readline() == "running\n"
            post(shop, *(change(n, n) for n in range(kills * 50 + 25, kills * 50 + 50)))
            before = len(hook.got)
            end = time.monotonic() + 120
            while len(hook.got) < before + chance.randint(3, 30) and time.monotonic() < end:
                time.sleep(0.002)
            sender.send_signal(signal.SIGKILL)
            sender.wait()
            sender.stdout.close()
            kills += 1
        assert {new_of(each.body["data"]) for each in hook.taken()} < set(range(sent))
        post(shop, *(change(n, n) for n in range(kills * 50, sent)))

        async def finish() -> None:
            async with Deliverer(shop, replace(QUICK, delays=(0.05,) * 20)):
                await until(lambda: len(listed(shop, "waiting")) == 0 and standing() == sent, 30)

        def standing() -> int:
            return standings(state_file(shop), ["crm"])[0].delivered

        asyncio.run(finish())
        ids: dict[object, set[str]] = {}
        for each in hook.taken():
            ids.setdefault(new_of(each.body["data"]), set()).add(each.id)
        assert sorted(ids, key=str) == sorted(range(sent), key=str)
        assert all(len(each) == 1 for each in ids.values())
        assert hook.forged == 0
