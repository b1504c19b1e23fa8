"""Deliveries whose state is damaged, at rest or in use, go on: what the outbox holds is sent, under the ids it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from huaxiang.damage import ASIDE
from huaxiang.deliver.deliverer import Deliverer
from tests.deliver.shop import QUICK, SECRET, VARIABLE, change, make_shop, post, receiver, subscriber, until
from tests.deliver.test_callback import follow


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, SECRET)
    return make_shop(tmp_path / "shop")


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"overwritten " * 1_000)


@pytest.mark.parametrize("damage", [_overwrite, Path.unlink], ids=["overwritten", "deleted"])
@pytest.mark.parametrize("in_use", [False, True], ids=["at rest", "in use"])
def test_messages_arrive_though_the_state_is_damaged(shop: Path, damage: Callable[[Path], None], in_use: bool) -> None:
    state = shop / ".huaxiang/deliveries.db"

    async def run() -> None:
        with receiver() as hook:
            subscriber(shop, hook.url)
            post(shop, change(1, 1))
            async with Deliverer(shop, QUICK):
                await until(lambda: hook.got)
                if in_use:
                    damage(state)
                    post(shop, change(2, 2))
                    await until(lambda: len({each.id for each in hook.got}) == 2)
            if not in_use:
                damage(state)
                post(shop, change(2, 2))
                async with Deliverer(shop, QUICK):
                    await until(lambda: len({each.id for each in hook.got}) == 2)
            # Again, perhaps, but under the id it had: whoever got it knows.
            assert {each.id for each in hook.got} == {each.id for each in hook.taken()}

    asyncio.run(run())
    assert state.exists()
    if not in_use:
        # In use, what SQLite keeps beside the file may make it whole again.
        assert bool(list(state.parent.glob(f"{state.name}{ASIDE}*"))) == (damage is _overwrite)


def test_a_place_of_a_callback_that_is_no_place_begins_with_what_there_is(shop: Path) -> None:
    place = shop / ".huaxiang/cursors/mine.json"
    place.parent.mkdir(parents=True)
    place.write_text('{"number": ', encoding="utf-8")
    post(shop, change(1, 1), change(2, 2))
    assert len(follow(shop, 2, cursor_name="mine")) == 2
    assert list(place.parent.glob(f"mine.json{ASIDE}*"))
