"""What is stopped at a door is in the quarantine at once, told as live, each event once, until a build has it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from huaxiang.cli.main import app
from huaxiang.live.worker import Worker
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.read.data import rules
from huaxiang.read.live.flow import Wanted
from huaxiang.read.live.look import LiveView
from huaxiang.read.live.stopped import live_rules, stopped_live
from tests.live.shop import START, drain, put, rebuild

GOOD = {"type": "page", "userId": "u", "timestamp": "2026-02-28T04:00:00Z"}
BAD: list[Any] = [7, GOOD, GOOD | {"timestamp": -1}, GOOD | {"properties": {"amount": -1}}, "x"]


def cli(root: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(app, ["--lang", "en", "--json", *arguments, "--project", str(root)])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_what_is_stopped_live_is_listed_at_once_and_once(shop: Path, applier: Worker) -> None:
    put(shop, BAD)
    drain(applier)
    every = ("web_events", "web_orders", "web_people")
    with current_build(shop) as current:
        stopped = stopped_live(current)
        assert [(each.number, each.sources, each.rule) for each in stopped] == [
            (5, every, "not_an_object"), (4, ("web_events",), "reject: amount < 0"),
            (3, ("web_events",), "bad_time"), (1, every, "not_an_object"),
        ]  # fmt: skip
        assert [(each.rule, each.events, each.latest) for each in live_rules(stopped)] == [
            ("not_an_object", 2, 5), ("bad_time", 1, 3), ("reject: amount < 0", 1, 4),
        ]  # fmt: skip
        assert [each.number for each in stopped_live(current, "web_people")] == [5, 1]
        assert [each.number for each in stopped_live(current, "web_events", "bad_time")] == [3]
        assert stopped_live(current, "pos") == ()
        assert all(each.words.en and each.words.zh and each.sources_words.en for each in stopped)
        assert rules(current) == ()
    assert [batch["quarantined"] for batch in applier.store.dicts("SELECT quarantined FROM batches")] == [4]


def test_the_command_line_lists_it_and_says_what_becomes_of_it(shop: Path, applier: Worker) -> None:
    put(shop, BAD)
    drain(applier)
    listed = cli(shop, "quarantine", "list")
    assert {each["rule"]: (each["live"], each["events"]) for each in listed} == {
        "not_an_object": (True, 2), "bad_time": (True, 1), "reject: amount < 0": (True, 1),
    }  # fmt: skip
    assert [each["rule"] for each in cli(shop, "quarantine", "list", "--source", "web_people")] == ["not_an_object"]
    [one] = cli(shop, "quarantine", "list", "--source", "web_events", "--rule", "bad_time")
    assert (one["number"], one["live"]) == (3, True)
    assert cli(shop, "quarantine", "redrive") == {"parts": 0, "live": 4}
    said = CliRunner().invoke(app, ["--lang", "en", "quarantine", "redrive", "--project", str(shop)]).stdout
    assert "the next build or refresh takes them up" in " ".join(said.split())
    table = CliRunner().invoke(app, ["--lang", "zh", "quarantine", "list", "--project", str(shop)]).stdout
    assert "尚未进入构建" in table


def test_a_build_takes_it_over_before_the_applier_goes_on(shop: Path, applier: Worker) -> None:
    put(shop, BAD)
    drain(applier)
    rebuild(shop, START + timedelta(minutes=1))
    with current_build(shop) as current:
        assert stopped_live(current) == ()
        assert {each.rule for each in rules(current)} == {"not_an_object", "bad_time", "reject: amount < 0"}
    put(shop, ["later"])
    drain(applier)
    with current_build(shop) as current:
        assert [each.number for each in stopped_live(current)] == [6]


def test_what_a_build_read_beyond_its_mark_is_not_listed_twice(shop: Path, applier: Worker) -> None:
    put(shop, BAD)
    drain(applier)
    rebuild(shop, START + timedelta(minutes=1))
    with current_build(shop) as current:
        current.build.summary["events"] = 0
        assert stopped_live(current) == ()


def test_the_live_page_counts_events(shop: Path, applier: Worker) -> None:
    put(shop, BAD)
    drain(applier)
    look, _ = LiveView().look(load_project(shop), Wanted())
    assert look.health.stopped == 4
    assert {each.code: each.quarantined for each in look.health.sources} == {
        "web_events": 4, "web_orders": 2, "web_people": 2,
    }  # fmt: skip
