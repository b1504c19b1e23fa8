"""Finding files: patterns, order, and what may not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.connectors.base import ReadSpec
from huaxiang.connectors.files import file_parts, find, unique_names
from huaxiang.errors import ReadError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / "data" / "deep").mkdir(parents=True)
    for name in ("day-2.csv", "day-10.csv", "~$lock.csv", ".hidden.csv", "deep/day-1.csv"):
        (project / "data" / name).write_text("a\n")
    (tmp_path / "outside.csv").write_text("secret\n")
    return project


def test_a_pattern_finds_what_people_see(root: Path) -> None:
    assert [file.name for file in find(root, "data/*.csv")] == ["day-10.csv", "day-2.csv"]
    assert [file.name for file in find(root, "data/**/*.csv")] == ["day-10.csv", "day-2.csv", "day-1.csv"]
    assert [file.name for file in find(root, "data")] == ["day-10.csv", "day-2.csv", "day-1.csv"]
    assert find(root, "data/*.nothing") == []


def test_parts_sort_as_people_count(root: Path) -> None:
    parts = file_parts(root, ReadSpec("csv", "data/*.csv"))
    assert [part.name for part in sorted(parts, key=lambda part: part.order)] == ["data/day-2.csv", "data/day-10.csv"]


@pytest.mark.parametrize("pattern", ["../outside.csv", "data/../../outside.csv", "/etc/passwd", "", "../*.csv"])
def test_outside_is_refused(root: Path, pattern: str) -> None:
    with pytest.raises(ReadError, match="outside the project"):
        find(root, pattern)


def test_links_out_are_refused_and_links_within_are_not(root: Path) -> None:
    (root / "data" / "a.csv").symlink_to(root / "data" / "day-2.csv")
    assert len(find(root, "data/*.csv")) == 3
    (root / "data" / "b.csv").symlink_to(root.parent / "outside.csv")
    with pytest.raises(ReadError, match=r"data/b\.csv: is a link that leaves the project"):
        find(root, "data/*.csv")


def test_a_linked_folder_that_leaves_is_refused(root: Path) -> None:
    (root / "linked").symlink_to(root.parent)
    with pytest.raises(ReadError, match="leaves the project"):
        find(root, "linked/*.csv")


def test_a_single_file_that_is_not_there(root: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        find(root, "data/day-3.csv")


def test_unique_names() -> None:
    assert unique_names(["a", "a", "", " a_2 ", "a"]) == ["a", "a_3", "column_3", "a_2", "a_4"]
    assert unique_names([]) == []
