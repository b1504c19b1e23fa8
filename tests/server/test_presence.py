"""Who serves a project: found while it does, not after, and never two."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

import pytest

from huaxiang.errors import ProjectError
from huaxiang.server.presence import FILE, Presence, announced, new_token, only_server, running_server

HERE = Presence(os.getpid(), "127.0.0.1", 8420, "secret")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".huaxiang").mkdir()
    return tmp_path


def test_a_server_is_found_while_it_runs_by_its_owner_alone(root: Path) -> None:
    assert running_server(root) is None
    with only_server(root), announced(root, HERE):
        assert running_server(root) == HERE
        assert (root / ".huaxiang" / FILE).stat().st_mode & 0o777 == 0o600
    assert running_server(root) is None and not (root / ".huaxiang" / FILE).exists()


def test_what_a_killed_server_left_counts_for_nothing_though_its_process_number_is_anothers_now(root: Path) -> None:
    stale = {"pid": os.getpid(), "host": "127.0.0.1", "port": 8420, "token": "old"}
    (root / ".huaxiang" / FILE).write_text(json.dumps(stale), encoding="utf-8")
    (root / ".huaxiang" / "server.lock").touch()
    assert running_server(root) is None
    with only_server(root):
        # It holds the lock, and is not there to be asked yet.
        assert running_server(root) is None
        with announced(root, HERE):
            assert running_server(root) == HERE


def test_whoever_asks_for_a_server_keeps_none_from_starting(root: Path) -> None:
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            running_server(root)

    (root / ".huaxiang" / FILE).write_text(json.dumps(asdict(HERE)), encoding="utf-8")
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(20):
            with only_server(root):
                pass
    finally:
        over.set()
        asking.join()


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"pid": "x", "host": "h", "port": 1, "token": "t"}'])
def test_a_broken_file_counts_for_nothing(root: Path, text: str) -> None:
    (root / ".huaxiang" / FILE).write_text(text, encoding="utf-8")
    assert running_server(root) is None


def test_a_second_server_is_kept_away_and_told_where_the_first_is(root: Path) -> None:
    with only_server(root), announced(root, HERE):
        with pytest.raises(ProjectError) as refused, only_server(root):
            pass
        assert "http://127.0.0.1:8420" in refused.value.words.zh
    with only_server(root):
        pass


def test_one_that_listens_everywhere_is_reached_here() -> None:
    assert Presence(1, "0.0.0.0", 1, "").reached_at == "127.0.0.1"
    assert Presence(1, "::", 1, "").reached_at == "::1"
    assert Presence(1, "10.0.0.7", 1, "").reached_at == "10.0.0.7"
    assert len({new_token() for _ in range(50)}) == 50
