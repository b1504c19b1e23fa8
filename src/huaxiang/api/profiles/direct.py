"""The address that is asked most, answered without what routing and checking of parameters cost it.

`GET /v1/profiles/{who}` without parameters has nothing to check but `who`: it is documented, and answered, as the route
of that address, by the same function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from huaxiang.api.profiles.answers import safe
from huaxiang.api.profiles.desk import Desk
from huaxiang.api.profiles.routes import one_profile
from huaxiang.api.profiles.shapes import LONGEST

PREFIX = "/v1/profiles/"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Direct:
    """Answers such requests of one desk (an ASGI application): those that `takes` says are its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._answer = safe(self._profile, PREFIX)

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Say whether a request is for one profile, without parameters that would have to be checked."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return False
        path = str(scope["path"])
        who = path.removeprefix(PREFIX)
        return path.startswith(PREFIX) and 0 < len(who) <= LONGEST and "/" not in who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _profile(self, request: Request) -> Response | StreamingResponse:
        await self._desk.counted(request)
        return await one_profile(self._desk, request, str(request.scope["path"]).removeprefix(PREFIX))
