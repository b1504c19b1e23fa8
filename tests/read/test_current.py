"""The current build: followed to the next, held as long as somebody reads."""

from __future__ import annotations

import shutil
import threading
from datetime import datetime
from pathlib import Path

import pytest

from huaxiang.errors import NotFound, ProjectError
from huaxiang.read.current import CurrentBuild, Warehouse, current_build
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.people import count_people
from huaxiang.registry import Registry
from tests.read.sample import template


def test_no_build_yet_makes_no_file(tmp_path: Path) -> None:
    root = template(tmp_path / "new")
    with Warehouse(root) as warehouse:
        assert warehouse.without_build()
        with pytest.raises(ProjectError, match="huaxiang build"), warehouse.current():
            pass
    assert not (root / ".huaxiang").exists()


def test_once_for_commands(root: Path) -> None:
    with current_build(root) as current:
        assert current.build.id == 2
        assert current.customers == current.build.summary["customers"]


def test_follows_the_next_build(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    with Warehouse(copy) as warehouse, warehouse.current() as before:
        customers = before.customers
        _next_build(copy)
        with warehouse.current() as after:
            assert (before.build.id, after.build.id) == (2, 3)
            assert after.customers == customers
        # The one before stays open for its reader.
        assert before.customers == customers


def _next_build(root: Path) -> None:
    # A build that found the same as the one before: what matters here is that it is another.
    registry = Registry(root / ".huaxiang" / "registry.db")
    last = registry.current()
    assert last is not None
    new = registry.begin_build(datetime(2026, 11, 21))
    shutil.copy(root / ".huaxiang" / "builds" / last.file, root / ".huaxiang" / "builds" / new.file)
    registry.finish_build(new.id, last.summary, last.definitions, ())
    registry.close()


def test_many_threads(root: Path) -> None:
    answers: list[int] = []
    with Warehouse(root) as warehouse:

        def ask() -> None:
            for _ in range(5):
                with warehouse.current() as current:
                    answers.append(count_people(current, Filter((TagIs("lifecycle", "重复"),))))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 30
    assert len(set(answers)) == 1


def test_unknown_names(current: CurrentBuild) -> None:
    for wanted in (Filter((TagIs("nothing", "1"),)), Filter(segment="nothing"), Filter((TagIs("age", "old"),))):
        with pytest.raises(NotFound):
            count_people(current, wanted)
