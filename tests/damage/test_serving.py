"""Stores damaged under a real server: the doors go on, and all that was acknowledged is there in the end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import httpx
import pytest

from huaxiang import Client
from huaxiang.damage import ASIDE
from huaxiang.errors import NotFound, ServerError
from huaxiang.inbox.log import Inbox
from huaxiang.privacy.keys import KEY_VARIABLE, load_master_key
from tests.damage.table import IN_USE, WHILE_SERVING
from tests.read.sample import KEY
from tests.server.conftest import Shop, until

WRITE_KEY = "key-of-the-shop"


def _there(client: Client, user: str) -> bool:
    try:
        return client.profile(f"user_id:{user}") is not None
    except (NotFound, ServerError, httpx.HTTPError):
        return False


@pytest.mark.timeout(900)
def test_what_was_acknowledged_is_there_whatever_is_done_to_a_store(shop: Path, tmp_path: Path) -> None:
    served = Shop(shop, {**os.environ, KEY_VARIABLE: KEY})
    store, older = shop / ".huaxiang", tmp_path / "older"
    shutil.copytree(store, older)
    token = served.json("token", "create", "site")["token"]
    sent: list[str] = []
    with served.served() as (server, process):
        client = Client(f"http://127.0.0.1:{server.port}", write_key=WRITE_KEY, token=token)

        def send() -> None:
            # An answer means that it is on the disk; whoever gets none sends again.
            user = f"S{len(sent)}"
            client.identify(user, traits={"phone": f"1370000{len(sent):04d}"})
            sent.append(user)

        send()
        until(lambda: _there(client, sent[-1]), lambda: process.poll() is None)
        until((store / "deliveries.db").exists)
        shutil.copy(store / "deliveries.db", older / "deliveries.db")
        for name, way in WHILE_SERVING:
            IN_USE[way](store / name, older)
            send()
            until(lambda: all(_there(client, user) for user in sent), lambda: process.poll() is None)
        until((store / "registry.db").exists)
        process.terminate()
        _, said = process.communicate(timeout=240)
        assert "Traceback" not in said
    with Inbox(store / "inbox.db", load_master_key("live_shop", shop)) as inbox:
        events = [body.raw for body in inbox.bodies(0, 1 << 30)]
    assert all(any(f'"{user}"'.encode() in raw for raw in events) for user in sent)
    assert inbox.path.parent.joinpath("live.db").exists()
    assert [path for path in store.iterdir() if ASIDE in path.name]
    # What a build reads is whole: it asks nobody.
    assert "vault.db" in served.run("build", "--workers", "1")
