"""The server keeps the applier: there with it, back when it is killed, gone with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from huaxiang.serving.store import STORE_FILE, LiveStore
from tests.jobs.conftest import gone
from tests.live.shop import FILES

from .conftest import Shop, until


@pytest.fixture
def shop_with_door(tmp_path: Path, shop: Shop) -> Shop:
    root = tmp_path / "with-door"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Shop(root, shop.env)


def applier(server: int) -> int | None:
    """The process of the applier, among the server's children."""
    for child in psutil.Process(server).children():
        # One that has just ended says no command line.
        with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if "huaxiang.live" in child.cmdline():
                return child.pid
    return None


def state(shop: Shop) -> str:
    try:
        store = LiveStore(shop.root / ".huaxiang" / STORE_FILE)
    except FileNotFoundError:
        return ""
    with store:
        return store.meta("state")


def test_the_applier_comes_comes_back_and_goes_with_the_server(shop_with_door: Shop) -> None:
    shop = shop_with_door
    with shop.served() as (server, process):
        # There was no build and no event: the first build is made by the server, then the applier has what to stand on.
        first = until(lambda: applier(server.pid))
        until(lambda: state(shop) == "applying", seconds=120)
        assert shop.build() == 1
        psutil.Process(first).kill()
        second = until(lambda: (found := applier(server.pid)) != first and found)
        process.kill()
        process.wait()
        until(lambda: gone(second))
    with shop.served() as (server, process):
        third = until(lambda: applier(server.pid))
        process.terminate()
        _, said = process.communicate(timeout=120)
        assert gone(third)
        assert "Traceback" not in said
