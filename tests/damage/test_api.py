"""What the API answers while a store is damaged or the key is another: 503, a code, and words that name the file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from huaxiang.api.app import create_api
from huaxiang.api.depth import Depth
from huaxiang.inbox.log import Inbox
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey, load_master_key
from huaxiang.registry import Registry
from huaxiang.registry.tokens import create_token

STORE = Path(".huaxiang")
ASKED = "/v1/profiles/user_id:u1"


@pytest.fixture
def token(shop: Path) -> str:
    registry = Registry(shop / STORE / "registry.db")
    try:
        return create_token(registry, "site", by="test")[0]
    finally:
        registry.close()


def answer(shop: Path, token: str, language: str = "en") -> tuple[int, str, str]:
    app = create_api(shop)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.get(ASKED, headers={"authorization": f"Bearer {token}", "accept-language": language})

    try:
        got = asyncio.run(ask())
    finally:
        app.state.desk.close()
    body = got.json()
    return got.status_code, body.get("code", ""), body.get("message", "")


def test_a_sound_project_is_answered_from(shop: Path, token: str) -> None:
    assert answer(shop, token)[0] == 200


def test_a_damaged_live_store_is_told(shop: Path, token: str) -> None:
    (shop / STORE / "live.db").write_bytes(b"no database" * 1000)
    assert answer(shop, token) == (503, "damaged", "live.db is damaged (SQLITE_NOTADB): it is made again by itself")
    assert "live.db 已损坏" in answer(shop, token, "zh")[2]


def test_a_damaged_base_is_told(shop: Path, token: str) -> None:
    (shop / STORE / "bases/base-000002/node.npy").write_bytes(b"")
    status, code, words = answer(shop, token)
    assert (status, code) == (503, "damaged")
    assert "bases/base-000002 is damaged" in words


def test_another_key_is_told(shop: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MasterKey(bytes(32)).as_text())
    status, code, words = answer(shop, token)
    assert (status, code) == (503, "locked")
    assert words == "the server's master key is not the one the data was sealed with"


def test_the_gate_of_the_doors_stays_open_while_the_live_store_is_damaged_and_follows_the_one_made_anew(
    shop: Path, built: Path
) -> None:
    live = shop / STORE / "live.db"
    with Inbox(shop / STORE / "inbox.db", load_master_key("live_shop", shop)) as inbox:
        depth = Depth(inbox, live)
        assert depth() == 0
        live.unlink()
        live.write_bytes(b"no database" * 1000)
        assert depth() == 0
        live.unlink()
        assert depth() == 20
        live.write_bytes((built / STORE / "live.db").read_bytes())
        assert depth() == 0
        depth.close()
