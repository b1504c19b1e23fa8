"""HTTP within bounds: what one client may send, how slowly, and how many may be connected.

What an application never sees is refused here: headers that are too large or never end, bodies that go on for ever.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from typing import Any, Final

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huaxiang.api.refusals import JSON, Refusal, language_asked, later
from huaxiang.words import Words

_SPARE = 256
"""Files that are left to everything else the server has open."""


@dataclass(frozen=True)
class Bounds:
    """Bytes of a request's line and headers, and of its body; seconds until each is there; connections at once."""

    head: int = 64 << 10
    body: int = 16 << 20
    head_seconds: float = 15.0
    body_seconds: float = 60.0
    connections: int = 2_000


BOUNDS: Final = Bounds()
HEAD = Refusal(
    431, "headers_too_large",
    Words(
        f"the headers are larger than {BOUNDS.head:,} bytes: send fewer of them",
        f"请求头超过 {BOUNDS.head:,} 字节：请减少请求头",
    ),
)  # fmt: skip
BODY = Refusal(
    413, "too_large",
    Words(f"the body is larger than {BOUNDS.body:,} bytes: send it in smaller parts",
          f"请求体超过 {BOUNDS.body:,} 字节：请拆小后再发送"),
)  # fmt: skip
SLOW = Refusal(
    408, "too_slow", Words("the request did not come in time: send it again", "请求未在时限内传完：请重新发送")
)
MALFORMED = Refusal(400, "not_http", Words("this is not an HTTP request", "这不是合法的 HTTP 请求"))
CROWDED = later(503, "crowded", Words("too many connections: try again shortly", "连接数过多：请稍后重试"), 1)
_REASONS = {400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large",
            431: "Request Header Fields Too Large", 503: "Service Unavailable"}  # fmt: skip


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Without a word it is closed after `head_seconds`; with too much or too slow a one, told why."""

    bounds = BOUNDS

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head, self._size, self._unread = False, 0, 0
        self._refused: Refusal | None = None
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or send it away when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > _room(self.bounds.connections):
            self._refuse(CROWDED)
        else:
            self._wait(self.bounds.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, no further than the bounds."""
        if self._refused is not None:
            return
        going_on = self._in_head
        super().data_received(data)
        # Of a header that has not ended the parser tells nothing, and keeps all of it.
        if going_on and self._in_head:
            self._unread += len(data)
            if self._unread > self.bounds.head:
                self._refuse(HEAD)

    def send_400_response(self, msg: str) -> None:
        """Say why nothing was taken: what raised in here has said it already."""
        self._refuse(MALFORMED)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._size, self._unread = True, 0, 0
        self._wait(self.bounds.head_seconds)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        self._count(len(url), self.bounds.head, HEAD)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(len(name) + len(value) + 4, self.bounds.head, HEAD)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        self._in_head, self._size = False, 0
        self._wait(self.bounds.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._count(len(body), self.bounds.body, BODY)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing: the request is whole."""
        self._wait(None)
        super().on_message_complete()

    def _count(self, size: int, most: int, refusal: Refusal) -> None:
        """Count what came; past the bound, refuse and end the parser's work on the rest."""
        self._size += size
        if self._size > most:
            self._refuse(refusal)
            raise HttpParserError(refusal.code)

    def _wait(self, seconds: float | None) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = None if seconds is None else self.loop.call_later(seconds, self._refuse, SLOW)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer, unless an answer has begun, and close."""
        if self._refused is not None or self.transport.is_closing():
            return
        self._refused = refusal
        self._wait(None)
        begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        # A connection that never said anything expects no answer.
        if not begun and (refusal is not SLOW or self.scope is not None):
            self.transport.write(_answer(refusal, dict(self.headers or ())))
        self.transport.close()


def _answer(refusal: Refusal, headers: dict[bytes, bytes]) -> bytes:
    body = refusal.body(language_asked(headers))
    lines = [b"HTTP/1.1 %d %s" % (refusal.status, _REASONS[refusal.status].encode())]
    lines += [name + b": " + value for name, value in [*JSON, *refusal.headers]]
    lines += [b"content-length: %d" % len(body), b"connection: close", b"", body]
    return b"\r\n".join(lines)


def _room(most: int) -> int:
    """Return how many connections there may be, with the files that this process may have open."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return most if files == resource.RLIM_INFINITY else min(most, max(16, files - _SPARE))
