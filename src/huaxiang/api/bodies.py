"""The body of a request: read as it comes, never past a limit, unpacked no further than that."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from huaxiang.api.gate import Held
from huaxiang.api.refusals import Refusal, bad, too_large
from huaxiang.words import Words

Receive = Callable[[], Awaitable[Any]]
SLOWEST_BODY = 30.0
"""Seconds a body may take to come: one that never ends must not hold its place for ever."""
BODY = Words("the body", "请求体")
_MOST_PACKED = 1032
"""Bytes that one byte of deflate can hold at most."""
_GZIP = 31
"""zlib: a gzip header and no other, the largest window."""


class Gone(Exception):
    """The client hung up before its request was whole."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], held: Held, most: int) -> bytes:
    """Return the body, unpacked if it came as gzip; all of it counted in `held`.

    Raises Refusal when it is over `most` bytes (packed or unpacked), packed in another way, broken, too slow, or when
    `held` has no room; Gone when the client hung up.
    """
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"identity", b"gzip", b"x-gzip", b""):
        raise Refusal(
            415,
            "unknown_encoding",
            Words(
                "the body is packed in a way not known here: send it plain or as gzip",
                "请求体的压缩方式不受支持：请不压缩或使用 gzip",
            ),
        )
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and (len(announced) > 15 or int(announced) > most):
        raise too_large(BODY, most)
    raw = await _whole(receive, held, most)
    if b"gzip" not in encoding:
        return raw
    # Room is asked for before unpacking, for how much it will be is known only afterwards.
    held.take(min(most, len(raw) * _MOST_PACKED))
    return gunzip(raw, most)


async def _whole(receive: Receive, held: Held, most: int) -> bytes:
    message = await receive()
    first = _piece(message, held)
    if len(first) > most:
        raise too_large(BODY, most)
    if not message.get("more_body", False):
        return first
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            return await _rest(receive, held, most, first)
    except TimeoutError:
        raise Refusal(
            408,
            "too_slow",
            Words("the body did not come in time: send it again", "请求体未在时限内传完：请重新发送"),
        ) from None


async def _rest(receive: Receive, held: Held, most: int, first: bytes) -> bytes:
    whole = bytearray(first)
    while True:
        message = await receive()
        whole += _piece(message, held)
        if len(whole) > most:
            raise too_large(BODY, most)
        if not message.get("more_body", False):
            return bytes(whole)


def _piece(message: Mapping[str, Any], held: Held) -> bytes:
    if message["type"] != "http.request":
        raise Gone
    piece: bytes = message.get("body", b"")
    held.take(len(piece))
    return piece


def gunzip(raw: bytes, most: int) -> bytes:
    """Return what a gzip stream holds. Raises Refusal when it is broken, cut short, or over `most` bytes unpacked."""
    stream = zlib.decompressobj(_GZIP)
    try:
        whole = stream.decompress(raw, most + 1)
    except zlib.error:
        raise _broken() from None
    if len(whole) > most:
        raise too_large(Words("the body, unpacked,", "解压后的请求体"), most)
    # One stream and nothing after it: of many empty ones in a row each would cost a copy of the rest.
    if not stream.eof or stream.unused_data:
        raise _broken()
    return whole


def _broken() -> Refusal:
    return bad(
        "bad_gzip", "the body is said to be gzip and is not, or was cut short", "请求体声明为 gzip，但不是或不完整"
    )
