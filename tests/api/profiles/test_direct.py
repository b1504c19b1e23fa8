"""The address asked most is answered as the route that documents it answers, whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from huaxiang.api.profiles.direct import Direct
from huaxiang.api.profiles.shapes import LONGEST
from huaxiang.serving.base import Base
from tests.api.profiles.served import ids

_MOVING = ("date", "server")


def _asked(app: Any, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.get(path, headers=headers)

    found = asyncio.run(ask())
    return found.status_code, {name: each for name, each in found.headers.items() if name not in _MOVING}, found.content


@pytest.mark.parametrize("who", ["known", "phone:13800138000", "nobody", "no_kind:1", "phone%3A138", "%E5%BC%A0"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_says_what_the_route_says(
    app: FastAPI, base: Base, token: Callable[..., tuple[str, str]], who: str, language: str
) -> None:
    path = f"/v1/profiles/{ids(base, 1)[0] if who == 'known' else who}"
    direct = Direct(app.state.desk)
    for bearer in (token()[0], "hx_wrong", ""):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        headers["Accept-Language"] = language
        found = _asked(app, path, headers)
        assert _asked(direct, path, headers) == found
        if found[0] == 200:
            again = headers | {"If-None-Match": found[1]["etag"]}
            assert _asked(direct, path, again) == _asked(app, path, again)
            assert _asked(direct, path, again)[0] == 304


def test_it_takes_only_what_needs_no_checking() -> None:
    plain = {"type": "http", "method": "GET", "path": "/v1/profiles/C0", "query_string": b""}
    assert Direct.takes(plain)
    for other in (
        {"query_string": b"include=tags"}, {"method": "POST"}, {"method": "HEAD"}, {"type": "websocket"},
        {"path": "/v1/profiles/"}, {"path": "/v1/profiles"}, {"path": "/v1/profiles/C0/tags"}, {"path": "/v1/docs"},
        {"path": f"/v1/profiles/{'a' * (LONGEST + 1)}"},
    ):  # fmt: skip
        assert not Direct.takes(plain | other)
