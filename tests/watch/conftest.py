"""The watched shop: built and measured twice, once for all tests; and copies of it that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.read.current import CurrentBuild
from huaxiang.watch import measure
from tests.watch.shop import FIRST, SECOND, build_shop, make_shop, opened, orders_of_june, write_orders


@pytest.fixture(scope="session")
def first_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop after its first build, measured."""
    root = make_shop(tmp_path_factory.mktemp("watch") / "shop")
    build_shop(root, FIRST)
    with opened(root) as current:
        measure(current)
    return root


@pytest.fixture(scope="session")
def twice_built(first_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop after a second build, in which everybody bought wine."""
    root = tmp_path_factory.mktemp("watch") / "later"
    shutil.copytree(first_built, root)
    write_orders(root, "june", orders_of_june())
    build_shop(root, SECOND)
    with opened(root) as current:
        measure(current)
    return root


@pytest.fixture
def first(first_built: Path) -> Iterator[CurrentBuild]:
    with opened(first_built) as current:
        yield current


@pytest.fixture
def second(twice_built: Path) -> Iterator[CurrentBuild]:
    with opened(twice_built) as current:
        yield current


@pytest.fixture
def copy(twice_built: Path, tmp_path: Path) -> Path:
    """A copy of the shop as built twice, to change."""
    root = tmp_path / "copy"
    shutil.copytree(twice_built, root)
    return root
