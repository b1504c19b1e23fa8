"""A copy of the built sample with a live store, an inbox and deliveries."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.read.current import CurrentBuild, Warehouse
from tests.read.live.seeded import Seeded, with_door
from tests.read.sample import KEY, sample_project


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@pytest.fixture
def root(sample: Path, tmp_path: Path) -> Path:
    """Return a copy with a door that nothing ever came in at."""
    return with_door(Path(shutil.copytree(sample, tmp_path / "shop")))


@pytest.fixture
def seeded(root: Path) -> Iterator[Seeded]:
    """Return a copy whose live store is made and empty."""
    live = Seeded(root)
    yield live
    live.close()


@pytest.fixture
def current(root: Path) -> Iterator[CurrentBuild]:
    with Warehouse(root) as warehouse, warehouse.current() as current:
        yield current
