"""A built sample shop and its base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.serving.base import Base
from huaxiang.serving.export import base_folder, export_base
from tests.read.sample import KEY, sample_project


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture
def current(root: Path) -> Iterator[CurrentBuild]:
    with Warehouse(root) as warehouse, warehouse.current() as current:
        yield current


@pytest.fixture
def base(root: Path, current: CurrentBuild) -> Base:
    folder = base_folder(current.project.store, current.build.id)
    file = current.project.store / "builds" / current.build.file
    export_base(file, folder, list(current.project.model.facts), events=0)
    return Base(folder)
