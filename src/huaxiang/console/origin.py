"""Whose page a request comes from: what changes something, and every socket, is opened by pages of ours alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SOCKETS = "/_nicegui_ws/"
"""Where a socket's messages also travel as requests, where a browser cannot open one."""


def from_here(headers: Mapping[str, str], *, form: bool = False) -> bool:
    """Tell whether a request was sent by a page of ours, or by no browser at all.

    Browsers say it, and no page can make them say otherwise. Our own pages keep their address to themselves, so that
    a `form` of theirs comes from "null" in a browser that does not tell more; a socket never does.
    """
    site = headers.get("sec-fetch-site")
    if site:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None or (form and origin == "null"):
        return True
    return urlsplit(origin).netloc == headers.get("host")


class SameOrigin:
    """Refuses sockets, and requests that change something, of pages that are not ours."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if not from_here(Headers(scope=scope)):
                # Before it is accepted, this is answered with 403.
                await send({"type": "websocket.close", "code": 1008})
                return
        elif scope["type"] == "http":
            form, socket = scope["method"] not in _READS, str(scope["path"]).startswith(_SOCKETS)
            if (form or socket) and not from_here(Headers(scope=scope), form=form and not socket):
                await PlainTextResponse("?", status_code=403)(scope, receive, send)
                return
        await self.app(scope, receive, send)
