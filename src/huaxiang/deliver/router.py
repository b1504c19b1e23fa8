"""GET /v1/stream: server-sent events, for browsers (EventSource) and services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence, Set
from contextlib import aclosing, suppress
from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute

from huaxiang.deliver.outbox import Message
from huaxiang.deliver.sending import Envelope
from huaxiang.deliver.stream import Gap, Stream, Wanted
from huaxiang.deliver.topics import checked_topics
from huaxiang.errors import HuaxiangError
from huaxiang.read.subject_ids import decode_subject
from huaxiang.subscribers import TAG_CHANGED

PATH = "/v1/stream"
HEARTBEAT = 15.0
PATIENCE = 30.0
"""Seconds a listener may take to read what was sent, then the connection is closed."""
_LARGEST = 2**63 - 1


class EventStream(StreamingResponse):
    """A stream of events that ends when the other side does not read."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Any) -> None:
        """Send as the listener reads; give up on one who does not."""

        async def impatient(message: Any) -> None:
            async with asyncio.timeout(PATIENCE):
                await send(message)

        async with aclosing(cast(AsyncGenerator[bytes, None], self.body_iterator)):
            with suppress(TimeoutError):
                await super().stream_response(impatient)


def stream_router(
    stream: Stream, dependencies: Sequence[Any] = (), heartbeat: float = HEARTBEAT, route: type[APIRoute] = APIRoute,
    guarded: Callable[[], Set[str]] = frozenset,
) -> APIRouter:  # fmt: skip
    """Return the router of /v1/stream over a running stream.

    `dependencies`: what must hold before anybody may listen (FastAPI's Depends); `heartbeat`: seconds of silence after
    which a comment is sent; `route` answers what `dependencies` refuse; `guarded`: the tags whose changes nobody is
    told here.
    """
    router = APIRouter(dependencies=list(dependencies), tags=["stream"], route_class=route)

    @router.get(
        PATH,
        summary="Changes as they happen, as server-sent events",
        response_class=EventStream,
        responses={
            200: {"content": {"text/event-stream": {}}},
            400: {"description": "No such topic, customer or Last-Event-ID"},
            503: {"description": "Too many listeners; come again after Retry-After"},
        },
    )
    async def stream_events(
        topics: Annotated[str | None, Query(description="Only these topics, with commas between.")] = None,
        subject: Annotated[str | None, Query(description="Only of this customer: its id.")] = None,
        last_event_id: Annotated[
            str | None, Header(description="The id of the last event that came: on after it.")
        ] = None,
    ) -> Response:
        try:
            wanted = _wanted(topics, subject)
        except HuaxiangError as error:
            return _wrong(error.words.en, error.words.zh)
        after = _number(last_event_id)
        if last_event_id and after is None:
            return _wrong("Last-Event-ID is the id of an event of this stream", "Last-Event-ID 应为本流中事件的 id")
        if stream.full:
            return JSONResponse(
                {"code": "busy", "message": "too many listeners", "message_zh": "监听者过多"},
                503, {"Retry-After": "5"},
            )  # fmt: skip
        # Proxies that gather answers before they pass them on would hold events back.
        headers = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no"}
        return EventStream(_lines(stream, wanted, after, heartbeat, guarded), headers=headers)

    return router


def _wanted(topics: str | None, subject: str | None) -> Wanted:
    named = None if topics is None else [each.strip() for each in topics.split(",") if each.strip()]
    return Wanted(checked_topics(named), None if subject is None else decode_subject(subject))


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
        return None
    return int(text)


def _wrong(en: str, zh: str) -> JSONResponse:
    return JSONResponse({"code": "invalid_request", "message": en, "message_zh": zh}, 400)


async def _lines(
    stream: Stream, wanted: Wanted, after: int | None, heartbeat: float, guarded: Callable[[], Set[str]]
) -> AsyncGenerator[bytes, None]:
    # A first line at once: the listener knows that it is heard, and proxies open the way.
    yield b": huaxiang\nretry: 2000\n\n"
    async with aclosing(stream.listen(wanted, after, heartbeat)) as heard:
        async for each in heard:
            line = _line(each, guarded())
            if line:
                yield line


def _line(each: Message | Gap | None, guarded: Set[str]) -> bytes:
    """Return what a listener is sent; nothing of a change of guarded tags alone."""
    if each is None:
        return b":\n\n"
    if isinstance(each, Gap):
        return b'id: %d\nevent: missed\ndata: {"after":%d}\n\n' % (each.number, each.after)
    payload = each.payload
    if each.topic == TAG_CHANGED and guarded and not guarded.isdisjoint(each.data.get("tags", ())):
        left = {code: change for code, change in each.data["tags"].items() if code not in guarded}
        if not left:
            return b""
        payload = msgspec.json.encode({**each.data, "tags": left}).decode()
    # The id is that of the whole message, as with webhooks that are told a part of it.
    envelope = Envelope(each.id, each.topic, each.at, payload)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (each.number, each.topic.encode(), envelope.body)
