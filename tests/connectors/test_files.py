"""Finding files: patterns, order, and what may not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.connectors.base import ReadSpec
from huaxiang.connectors.files import file_parts, find, path_of, unique_names
from huaxiang.connectors.places import parse_data_roots
from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, parse_yaml
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


@pytest.mark.parametrize("pattern", [".huaxiang/x.csv", "./.huaxiang/*.csv", ".Huaxiang/x.csv", "data/.huaxiang/x.csv"])
def test_the_projects_own_store_is_no_data(root: Path, pattern: str) -> None:
    (root / ".huaxiang" / "parts").mkdir(parents=True)
    (root / ".huaxiang" / "x.csv").write_text("a\n")
    (root / ".huaxiang" / "parts" / "x.csv").write_text("a\n")
    with pytest.raises(ReadError, match="is no place for data"):
        find(root, pattern)
    with pytest.raises(ReadError):
        find(root, str(root / ".huaxiang" / "x.csv"))
    assert {file.parent.name for file in find(root, "**/*.csv")} == {"data", "deep"}
    assert find(root, ".h*/*.csv") == [] == find(root, "[.]huaxiang/**/*.csv")


def test_a_link_into_the_store_is_refused(root: Path) -> None:
    (root / ".huaxiang").mkdir()
    (root / ".huaxiang" / "x.csv").write_text("a\n")
    (root / "data" / "x.csv").symlink_to(root / ".huaxiang" / "x.csv")
    with pytest.raises(ReadError, match=r"data/x\.csv: is in \.huaxiang"):
        find(root, "data/*.csv")
    (root / "data" / "x.csv").unlink()
    (root / "store").symlink_to(root / ".huaxiang")
    with pytest.raises(ReadError, match="is no place for data"):
        find(root, "store/*.csv")


def test_folders_the_project_lists_are_read_and_no_others(root: Path) -> None:
    exports = root.parent / "exports"
    (exports / ".huaxiang").mkdir(parents=True)
    for name in ("day-1.csv", ".huaxiang/parts.csv"):
        (exports / name).write_text("a\n")
    (exports / "out.csv").symlink_to(root.parent / "outside.csv")
    with pytest.raises(ReadError, match="data_roots"):
        find(root, f"{exports}/day-1.csv")
    (root / "huaxiang.yaml").write_text(f"project: shop\ndata_roots: [{exports}]\n")
    (part,) = file_parts(root, ReadSpec("csv", f"{exports}/day-*.csv"))
    assert part.name == f"{exports}/day-1.csv"
    assert path_of(root, part).read_text() == "a\n"
    (root / "data" / "linked.csv").symlink_to(exports / "day-1.csv")
    assert find(root, "data/linked.csv")
    for pattern in (
        f"{exports}/*.csv", f"{exports}/../outside.csv", f"{exports}/.huaxiang/parts.csv", f"{root.parent}/*.csv"
    ):  # fmt: skip
        with pytest.raises(ReadError):
            find(root, pattern)


def test_a_data_root_is_an_absolute_path(tmp_path: Path) -> None:
    faults = Faults()
    node = parse_yaml("data_roots: [/srv/exports, exports, /, /srv/../etc]\n", "huaxiang.yaml", faults)
    assert node is not None
    assert parse_data_roots(Fields(node, "the project", faults)) == (Path("/srv/exports"),)
    assert {fault.what.en for fault in faults.found} == {"a data root is the absolute path of a folder"}


def test_a_single_file_that_is_not_there(root: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        find(root, "data/day-3.csv")


def test_unique_names() -> None:
    assert unique_names(["a", "a", "", " a_2 ", "a"]) == ["a", "a_3", "column_3", "a_2", "a_4"]
    assert unique_names([]) == []
