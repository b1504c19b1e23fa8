"""Answers as HTTP has them: JSON with an ETag, refusals in the reader's language, and never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from huaxiang.api.profiles.refusals import Refused, fault, preferred_language, refusal
from huaxiang.api.profiles.shapes import Error
from huaxiang.damage import named
from huaxiang.errors import HuaxiangError
from huaxiang.words import Language, Words

ALIAS = "/v1/spaces/"
"""Below it answers are as Segment's are."""
Handler = Callable[[Request], Coroutine[Any, Any, Response | StreamingResponse]]
_LOG = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
_HEADERS = {
    "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language", "X-Content-Type-Options": "nosniff",
}  # fmt: skip
_NO_METHOD = Words("this address does not take that method", "这个地址不支持该请求方法")
_NO_PATH = Words("there is nothing at this address", "这个地址没有内容")


def answer(request: Request, body: Any) -> Response:
    """Return a body as JSON; 304 without it when the reader has the same already."""
    content = _encode(body)
    if request.method != "GET":
        return Response(content, media_type="application/json", headers=_HEADERS)
    tag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    headers = _HEADERS | {"ETag": tag}
    if _known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def language_for(request: Request) -> Language:
    """Return the language of who asks."""
    return preferred_language(request.headers.get("accept-language", ""))


def refused(request: Request, why: Refused) -> Response:
    """Return a refusal as JSON."""
    error = Error(why.code, why.say(language_for(request)))
    body = {"error": error} if request.url.path.startswith(ALIAS) else error
    headers = {**_HEADERS, "Cache-Control": "no-store", **why.headers}
    return Response(_encode(body), status_code=why.status, media_type="application/json", headers=headers)


class Answering(APIRoute):
    """A route that answers whatever goes wrong in it."""

    def get_route_handler(self) -> Handler:
        """Return the handler, made safe."""
        return safe(super().get_route_handler(), self.path)


def safe(handler: Handler, path: str) -> Handler:
    """Return a handler that answers whatever goes wrong in it; `path` is what the log calls it."""

    async def answered(request: Request) -> Response | StreamingResponse:
        try:
            return await handler(request)
        except RequestValidationError as error:
            return refused(request, _invalid(error.errors()))
        except HTTPException:
            return refused(request, Refused("invalid", Words("the body is not readable", "请求内容无法读取")))
        except HuaxiangError as error:
            return refused(request, refusal(error))
        except Exception as error:  # noqa: BLE001 — the last line of defence: no traceback reaches a reader
            # Its words may hold what must not be logged; its kind and route do not.
            known = named(error)
            _LOG.error("%s failed: %s", path, known.words.en if known else type(error).__name__)
            return refused(request, refusal(known) if known else fault())

    return answered


def add_refusals(app: FastAPI) -> None:
    """Let the application answer addresses and methods it does not have in the same form."""

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return refused(request, Refused("not_allowed", _NO_METHOD, error.headers))
        return refused(request, Refused("not_found", _NO_PATH))

    app.add_exception_handler(HTTPException, unknown)


def _known(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))


def _invalid(errors: Any) -> Refused:
    # The value itself is not repeated: it may be somebody's number.
    first: Mapping[str, Any] = errors[0]
    where = ".".join(str(each) for each in first["loc"][1:]) or str(first["loc"][0])
    return Refused("invalid", Words(f"{where}: {first['msg']}", f"参数 {where} 无效：{first['msg']}"))
