"""A Python function that is called for every change: in order, at least once, from where it left off."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huaxiang.deliver import LiveEvent, subscribe
from huaxiang.errors import Conflict, HuaxiangError, NotFound, ProjectError
from huaxiang.read.subject_ids import encode_subject
from tests.deliver.shop import change, make_shop, merge, move, new_of, post


class Collector:
    """Keeps what it is called with, and stops after so many calls."""

    def __init__(self, enough: int) -> None:
        self.got: list[LiveEvent] = []
        self.enough, self.stop = enough, threading.Event()

    def __call__(self, event: LiveEvent) -> None:
        self.got.append(event)
        if len(self.got) >= self.enough:
            self.stop.set()


def follow(root: Path, enough: int, **more: object) -> list[LiveEvent]:
    kept = Collector(enough)
    called = subscribe(root, kept, stop=kept.stop, poll=0.01, **more)  # type: ignore[arg-type]
    assert called == len(kept.got)
    return kept.got


def test_calls_come_in_order_and_go_on_where_they_left_off(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, *(change(n, n) for n in range(5)))
    first = follow(root, 2, beginning=True)
    second = follow(root, 3)
    assert [new_of(each.data) for each in first + second] == [0, 1, 2, 3, 4]
    event = first[1]
    assert (event.topic, event.subject, event.at.tzinfo) == ("tag.changed", encode_subject(1), UTC)
    assert abs((datetime.now(UTC) - event.at).total_seconds()) < 60
    assert event.id.startswith("msg_")


def test_the_first_time_it_begins_with_what_comes(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, change(1, 1))
    kept = Collector(1)
    thread = threading.Thread(target=subscribe, args=(root, kept), kwargs={"stop": kept.stop, "poll": 0.01})
    thread.start()
    while not (root / ".huaxiang" / "cursors" / "python.json").exists():
        kept.stop.wait(0.01)
    post(root, change(2, 2))
    thread.join(120)
    assert [new_of(each.data) for each in kept.got] == [2]


def test_only_the_topics_named(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, change(1, 1), move(1), merge(2, 1), change(1, 2))
    found = follow(root, 2, beginning=True, topics=["segment.entered", "profile.merged"])
    assert [each.topic for each in found] == ["segment.entered", "profile.merged"]


def test_what_a_failing_callback_was_given_comes_again_first(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, *(change(n, n) for n in range(4)))

    def failing(event: LiveEvent) -> None:
        if new_of(event.data) == 2:
            raise RuntimeError("not now")

    with pytest.raises(RuntimeError):
        subscribe(root, failing, beginning=True)
    assert [new_of(each.data) for each in follow(root, 2)] == [2, 3]


def test_a_name_is_one_reader_s_and_names_are_checked(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, change(1, 1))

    def inner(_: LiveEvent) -> None:
        with pytest.raises(Conflict):
            subscribe(root, print)
        assert [new_of(each.data) for each in follow(root, 1, beginning=True, cursor_name="other")] == [1]
        stop.set()

    stop = threading.Event()
    assert subscribe(root, inner, beginning=True, stop=stop) == 1
    with pytest.raises(NotFound) as raised:
        subscribe(root, print, topics=["tag.change"])
    assert "tag.changed" in raised.value.say("zh")
    with pytest.raises(HuaxiangError):
        subscribe(root, print, cursor_name="../../etc")
    with pytest.raises(ProjectError):
        subscribe(tmp_path, print)
