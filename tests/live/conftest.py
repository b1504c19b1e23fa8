"""The small shop, built, with its key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.live.worker import Worker
from huaxiang.privacy.keys import KEY_VARIABLE
from tests.live.shop import make_shop, worker
from tests.read.sample import KEY, with_key


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with with_key():
        return make_shop(tmp_path_factory.mktemp("live") / "shop")


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


@pytest.fixture
def applier(shop: Path) -> Iterator[Worker]:
    made = worker(shop)
    yield made
    made.close()
