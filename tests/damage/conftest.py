"""A built shop with a door: what came in by it is partly in the build, partly only in the live store."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from tests.live.shop import START, drain, make_shop, put, rebuild, worker
from tests.read.sample import KEY, with_key


def told(number: int, day: int) -> dict[str, object]:
    """An event in which a customer says who they are."""
    at = START + timedelta(days=day)
    return {
        "type": "identify", "messageId": f"m{number}", "userId": f"u{number}", "timestamp": at.isoformat() + "Z",
        "traits": {"phone": f"1390000{number:04d}", "name": f"Name {number}", "city": "上海"},
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop: ten people of a build, ten whom the live store alone knows; `older` has its stores of before."""
    with with_key():
        root = make_shop(tmp_path_factory.mktemp("damage") / "shop")
        shutil.copytree(root / ".huaxiang", root.parent / "older")
        put(root, [told(number, 0) for number in range(10)])
        rebuild(root, START + timedelta(days=1))
        put(root, [told(number, 1) for number in range(10, 20)])
        applier = worker(root, START + timedelta(days=2))
        drain(applier)
        applier.close()
        return root


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


@pytest.fixture
def older(built: Path) -> Path:
    """The project's own folder as it was a build ago."""
    return built.parent / "older"
