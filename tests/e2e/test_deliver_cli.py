"""Subscribers and deliveries at the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from huaxiang.deliver.deliverer import Deliverer
from huaxiang.deliver.listing import deliveries, standings
from tests.deliver.shop import (
    QUICK,
    SECRET,
    VARIABLE,
    Receiver,
    change,
    make_shop,
    new_of,
    post,
    receiver,
    subscriber,
    until,
)

from .conftest import Cli, cli_env


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv(VARIABLE, SECRET)
    return Cli(make_shop(tmp_path / "shop"), cli_env(tmp_path / "config"))


def deliver(cli: Cli, state: str, many: int) -> None:
    """Run the deliverer until so many deliveries are in a state."""
    run_until(cli, lambda file: len(deliveries(file, state=state)) == many)


def run_until(cli: Cli, true: Callable[[Path], bool]) -> None:
    async def run() -> None:
        async with Deliverer(cli.root, QUICK):
            await until(lambda: true(cli.root / ".huaxiang" / "deliveries.db"))

    asyncio.run(run())


def refuse(hook: Receiver, status: int) -> None:
    hook.answer = lambda got, nth: (status, {})


def test_a_dead_letter_is_seen_and_sent_again(cli: Cli) -> None:
    with receiver() as hook:
        refuse(hook, 500)
        subscriber(cli.root, hook.url, "name: {zh: 客户管理, en: CRM}")
        assert cli.json("delivery", "list") == []
        post(cli.root, change(1, 1), change(2, 2), change(3, 3))
        deliver(cli, "dead", 3)
        listed = cli.json("delivery", "list", "--state", "dead", "--subscriber", "crm")
        assert [(each["why"], each["status"], each["attempts"]) for each in listed] == [("status", 500, 4)] * 3
        shown = cli.run("--lang", "zh", "delivery", "list", "--limit", "1").stdout
        assert "死信" in shown
        assert "不是 2xx" in shown
        assert cli.json("subscriber", "list")[0]["dead"] == 3
        refuse(hook, 200)
        assert cli.json("delivery", "replay", str(listed[0]["id"])) == {"replayed": 1}
        deliver(cli, "delivered", 1)
        assert "2 deliveries" in cli.run("delivery", "replay", "--subscriber", "crm", "--state", "dead").stdout
        deliver(cli, "delivered", 3)
        assert [new_of(each.body["data"]) for each in hook.taken()] == [3, 1, 2]
        row = cli.run("subscriber", "list").stdout
        assert "crm" in row
        assert "enabled" in row


def test_a_subscriber_is_enabled_again(cli: Cli) -> None:
    with receiver() as hook:
        refuse(hook, 410)
        subscriber(cli.root, hook.url)
        post(cli.root, change(1, 1))
        run_until(cli, lambda file: standings(file, ["crm"])[0].state == "disabled")
        assert "410" in cli.run("subscriber", "list").stdout
        assert "1 message waits" in cli.run("subscriber", "enable", "crm").stdout
        refuse(hook, 200)
        deliver(cli, "delivered", 1)


def test_a_test_message_is_sent_at_once(cli: Cli) -> None:
    with receiver() as hook:
        subscriber(cli.root, hook.url)
        assert "crm answered 204" in cli.run("subscriber", "test", "crm").stdout
        assert (hook.forged, hook.got[0].body["type"]) == (0, "test")
        refuse(hook, 401)
        assert "(401)" in cli.run("subscriber", "test", "crm", code=1).stdout
    assert "无法连接" in cli.run("--lang", "zh", "subscriber", "test", "crm", code=1).stdout


def test_what_is_asked_wrongly_is_told(cli: Cli) -> None:
    subscriber(cli.root, "https://crm.example.com/")
    assert "did you mean crm?" in cli.run("subscriber", "test", "crmm", code=1).stderr
    assert "--state is one of" in cli.run("delivery", "list", "--state", "done", code=1).stderr
    for wrong in ([], ["1", "--state", "dead"], ["--subscriber", "crm"], ["--state", "dead"]):
        assert "give numbers" in cli.run("delivery", "replay", *wrong, code=1).stderr
    assert "1 of these numbers do not exist" in cli.run("delivery", "replay", "7").stdout
