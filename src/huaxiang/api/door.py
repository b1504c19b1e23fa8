"""The doors over HTTP, as a bare ASGI application: what comes in is checked, and on the disk before it is answered.

    POST /v1/{identify,track,page,screen,group,alias,batch}   Segment's API, and RudderStack's; /v1/t, /v1/i … for short
    POST /beacon/v1/batch?writeKey=KEY                        RudderStack's, as a browser's page sends while it closes
    POST /sa?token=KEY                                        神策 (Sensors), and its libraries' /sa.gif
    GET  /sa.gif?token=KEY&data=…                             the same, as its library for browsers loads an image
    POST /v1/webhook/DOOR                                     whatever a company's other systems send

Every answer but that image is JSON: {"success": true} with, where some events can be no facts, "quarantined" (their
index in the body, messageId, rule and message); or {"code", "message"} with the status that fits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlencode

import msgspec

from huaxiang.api.bodies import BODY, Gone, Receive, read_body
from huaxiang.api.cross_origin import check_origin, cross_origin, preflight
from huaxiang.api.depth import Depth
from huaxiang.api.gate import Gate, Held, Rate
from huaxiang.api.refusals import JSON, Headers, Refusal, bad, language_asked, later, no_key, not_found, too_large
from huaxiang.api.shapes import BATCH_BYTES, Look, first_look, second_look
from huaxiang.api.signatures import check_signature
from huaxiang.api.write_keys import WriteKeys, key_of
from huaxiang.inbox.commit import GroupCommit, InboxUnavailable
from huaxiang.inbox.door import Door
from huaxiang.inbox.log import Body, Inbox
from huaxiang.inbox.pieces import EVENT_BYTES
from huaxiang.words import Words

_LOG = logging.getLogger(__name__)
Send = Callable[[Any], Awaitable[None]]
RawHeaders = Mapping[bytes, bytes]

TYPES = ("identify", "track", "page", "screen", "group", "alias", "batch")
FORMS: Final[Mapping[str, str]] = {
    **{f"/v1/{type_}": type_ for type_ in TYPES},
    # Segment's library for browsers calls each by its first letter.
    **{f"/v1/{type_[0]}": type_ for type_ in TYPES},
    "/beacon/v1/batch": "batch",
    **dict.fromkeys(("/sa", "/sa.gif"), "sensors"),
}
"""Which form a body has, by the path it is sent to."""
WEBHOOKS = "/v1/webhook/"
DONE: Final = b'{"success":true}'
_IMAGE = ".gif"
_PIXEL: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent image of one by one."""
_GIF: Final[Headers] = [(b"content-type", b"image/gif"), (b"cache-control", b"no-store")]
_SENT = ("data_list", "data", "gzip")
"""The fields of 神策's form that are read; the key is none of them, and not kept."""


class Answer(NamedTuple):
    """What is sent back: the body, its type, and further headers."""

    body: bytes
    more: Headers
    kind: Headers = JSON


class DoorApp:
    """Answers what is sent to the doors of a project. For one event loop."""

    def __init__(self, doors: Sequence[Door], commit: GroupCommit, gate: Gate) -> None:
        """Take the doors, the inbox's group commit, and the gate that says when too much is waiting."""
        self._doors = {door.code: door for door in doors}
        self._keys = WriteKeys({door.key: door for door in doors if door.key})
        self._rates = {door.code: Rate(door.limit) for door in doors}
        self._origins = frozenset(origin for door in doors for origin in door.origins)
        self._commit, self._gate = commit, gate
        for door in doors:
            if door.write_key and not door.key:
                _LOG.warning("door %s is shut: %s is not set", door.code, door.write_key.removeprefix("env:"))

    @classmethod
    def over(cls, doors: Sequence[Door], inbox: Inbox, live: Path) -> DoorApp:
        """Return the doors over an inbox open for writing; `live` is the path of the live store, there yet or not."""
        return cls(doors, GroupCommit(inbox), Gate(Depth(inbox, live)))

    async def close(self) -> None:
        """Take nothing more, and return when all that was taken is on the disk."""
        await self._commit.close()

    @staticmethod
    def serves(path: str) -> bool:
        """Say whether requests for `path` are for the doors."""
        # Whatever lies below a door's address is its own to refuse: the console's page would say that it was taken.
        return path.rstrip("/") in FORMS or path.startswith((WEBHOOKS, "/beacon/", "/sa.", "/sa/"))

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3); ends what waits for the disk when the server ends."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            headers: RawHeaders = dict(scope["headers"])
            try:
                answer = await self._answer(scope, headers, receive)
            except Gone:
                return
            except Refusal as refusal:
                await self._refuse(refusal, headers, send)
            else:
                await _send(send, 200, answer)

    async def _answer(self, scope: Mapping[str, Any], headers: RawHeaders, receive: Receive) -> Answer:
        path, method = scope["path"].rstrip("/"), scope["method"]
        form = "webhook" if path.startswith(WEBHOOKS) else FORMS.get(path)
        if form is None:
            raise not_found(path)
        if method == "OPTIONS":
            return Answer(b"", preflight(headers, self._origins))
        if method != "POST" and (method, form) != ("GET", "sensors"):
            raise _not_allowed(form)
        self._gate.check()
        if form == "webhook":
            return await self._webhook(path.removeprefix(WEBHOOKS), headers, receive)
        if form == "sensors":
            answer = await self._sensors(scope, headers, receive)
            return Answer(_PIXEL, answer.more, _GIF) if path.endswith(_IMAGE) else answer
        # navigator.sendBeacon sends no headers: there the key is in the address.
        asked = _asked(scope["query_string"]) if path.startswith("/beacon/") else {}
        return await self._segment(form, asked.get("writeKey", [""])[0], headers, receive)

    async def _segment(self, form: str, key: str, headers: RawHeaders, receive: Receive) -> Answer:
        # A key in the header is looked at before the body is read; one in the body can be only after.
        key = key_of(headers[b"authorization"]) if b"authorization" in headers else key
        door = self._opened_by(key, form) if key or b"authorization" in headers else None
        with self._held(door) as held:
            raw = await read_body(receive, headers, held, BATCH_BYTES if form == "batch" else EVENT_BYTES)
            sheet = first_look(form, raw)
            if door is None:
                door = self._opened_by(sheet.write_key, form)
                held.belongs_to(door.code)
            return await self._keep(door, form, raw, sheet.certain(door), headers)

    async def _sensors(self, scope: Mapping[str, Any], headers: RawHeaders, receive: Receive) -> Answer:
        # The way of 神策's libraries: they know one address, and the key is part of it.
        asked = _asked(scope["query_string"])
        key = key_of(headers[b"authorization"]) if b"authorization" in headers else asked.get("token", [""])[0]
        door = self._opened_by(key, "sensors")
        with self._held(door) as held:
            if scope["method"] == "GET":
                raw = _in_address(asked)
                held.take(len(raw))
            else:
                raw = await read_body(receive, headers, held, BATCH_BYTES)
            return await self._keep(door, "sensors", raw, None, headers)

    async def _webhook(self, code: str, headers: RawHeaders, receive: Receive) -> Answer:
        door = self._doors.get(code)
        if door is None or "webhook" not in door.accept:
            raise not_found(WEBHOOKS + code)
        if door.signature is None and self._keys.door_of(key_of(headers.get(b"authorization", b""))) is not door:
            raise no_key()
        with self._held(door) as held:
            raw = await read_body(receive, headers, held, BATCH_BYTES)
            if door.signature is not None:
                check_signature(door.signature, headers, raw)
            return await self._keep(door, "webhook", raw, None, headers)

    def _opened_by(self, key: str, form: str) -> Door:
        door = self._keys.door_of(key)
        if door is None:
            raise no_key()
        accepts = "sensors" if form == "sensors" else "segment"
        if accepts not in door.accept:
            words = Words(f"this door does not accept {accepts}", f"该入口不接受 {accepts}")
            raise Refusal(403, "not_accepted", words)
        return door

    def _held(self, door: Door | None) -> Held:
        if door is not None:
            # Whoever has sent too much already need not be read.
            self._rates[door.code].check()
        return Held(self._gate, door.code if door else "")

    async def _keep(self, door: Door, form: str, raw: bytes, certain: int | None, headers: RawHeaders) -> Answer:
        """Write a body of `door` to the inbox; `certain` is the number of its events when nothing is wrong with any."""
        check_origin(headers, door.origins)
        received = time.time_ns() // 1000
        look = Look(certain) if certain is not None else second_look(door, form, raw, received, language_asked(headers))
        more = cross_origin(headers, door.origins)
        if look.count:
            self._rates[door.code].take(look.count)
            try:
                await self._commit.submit(Body(door.code, form, received, raw, look.count))
            except InboxUnavailable as fault:
                raise later(503, "not_kept", fault.words, 5) from None
        if not look.wrong:
            return Answer(DONE, more)
        return Answer(msgspec.json.encode({"success": True, "quarantined": look.wrong}), more)

    async def _refuse(self, refusal: Refusal, headers: RawHeaders, send: Send) -> None:
        body = refusal.body(language_asked(headers))
        await _send(send, refusal.status, Answer(body, [*refusal.headers, *cross_origin(headers, self._origins)]))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


async def no_door(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer for the doors of a project that has none: 404 (ASGI 3)."""
    refusal = not_found(scope["path"])
    await _send(send, refusal.status, Answer(refusal.body(language_asked(dict(scope["headers"]))), []))


async def _send(send: Send, status: int, answer: Answer) -> None:
    headers = [*answer.kind, (b"content-length", b"%d" % len(answer.body)), *answer.more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _asked(query: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        raise bad("bad_address", "the address has too many parameters", "地址中的参数过多") from None


def _in_address(asked: Mapping[str, list[str]]) -> bytes:
    """Return what a GET says in its address as the body a POST would have had. Raises Refusal when it is too large."""
    raw = urlencode([(name, value) for name in _SENT for value in asked.get(name, ())]).encode()
    if len(raw) > BATCH_BYTES:
        raise too_large(BODY, BATCH_BYTES)
    return raw


def _not_allowed(form: str) -> Refusal:
    words = Words("events are sent with POST", "请使用 POST 发送事件")
    allowed = b"GET, POST, OPTIONS" if form == "sensors" else b"POST, OPTIONS"
    return Refusal(405, "method_not_allowed", words, [(b"allow", allowed)])
