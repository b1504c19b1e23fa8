"""One attempt to send one message: signed, to an address that may be reached, within a time."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from types import TracebackType
from typing import Self

import httpx
import msgspec

from huaxiang import __version__
from huaxiang.deliver.addresses import Refused, resolved
from huaxiang.deliver.signing import signature
from huaxiang.subscribers import Subscriber

# It says every address at INFO, and an address may hold a token.
logging.getLogger("httpx").setLevel(logging.WARNING)

MOST_READ = 65_536
"""Bytes of an answer that are read, and thrown away, so that the connection can be used again."""
DRAIN_SECONDS = 1.0
_MOST_ADDRESSES = 3
_FRESH_SECONDS = 10.0
"""How long addresses that were looked at are connected to before the name is resolved, and looked at, again."""
LONGEST_PAUSE = 86_400.0


@dataclass(frozen=True)
class Envelope:
    """What is sent: an id that stays the same however often it is sent, the type, the moment (µs), the data (JSON)."""

    id: str
    topic: str
    at: int
    payload: str

    @property
    def body(self) -> bytes:
        """The body, the same bytes at every attempt."""
        moment = datetime.fromtimestamp(self.at / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return msgspec.json.encode(
            {"type": self.topic, "timestamp": moment, "data": msgspec.Raw(self.payload.encode())}
        )


@dataclass(frozen=True)
class Answer:
    """How an attempt ended: the status (None: no answer), why it failed ("" = delivered), how long, when to come again.

    `seconds` it took; `pause`: the seconds of Retry-After, None without it.
    """

    status: int | None
    why: str
    seconds: float
    pause: float | None = None


class Sender:
    """Sends to one subscriber; connections are kept between messages and shared with no other subscriber."""

    def __init__(self, subscriber: Subscriber, keys: Sequence[bytes], timeout: float) -> None:
        """Take the subscriber, its keys, and the seconds that one attempt may take in all."""
        self.subscriber, self.keys, self.timeout = subscriber, keys, timeout
        self._addresses: list[str] = []
        self._fresh_until = 0.0
        limits = httpx.Limits(max_connections=subscriber.concurrency, max_keepalive_connections=subscriber.concurrency)
        # No proxy of the environment: the address looked at must be the one connected to.
        self.client = httpx.AsyncClient(
            limits=limits, trust_env=False, follow_redirects=False,
            timeout=httpx.Timeout(timeout, connect=timeout / _MOST_ADDRESSES),
            verify=httpx.create_ssl_context(trust_env=True),
        )  # fmt: skip

    @cached_property
    def url(self) -> httpx.URL:
        """Where it sends to. Raises httpx.InvalidURL when that is no address: an attempt says so, and nothing stops."""
        return httpx.URL(self.subscriber.url)

    async def send(self, envelope: Envelope) -> Answer:
        """Try once; whatever happens outside is an Answer, never an error."""
        begun = time.monotonic()
        status: int | None = None
        pause: float | None = None
        try:
            async with asyncio.timeout(self.timeout):
                status, pause = await self._post(envelope)
            why = _why(status)
        except (TimeoutError, httpx.TimeoutException):
            why = "timeout"
        except Refused:
            why = "private"
        except socket.gaierror:
            why = "name"
        except httpx.ConnectError as error:
            why = "tls" if _is_tls(error) else "connect"
        except (httpx.HTTPError, httpx.InvalidURL):
            why = "protocol"
        except (OSError, UnicodeError):
            why = "connect"
        return Answer(status, why, time.monotonic() - begun, pause)

    async def _post(self, envelope: Envelope) -> tuple[int, float | None]:
        port = self.url.port or (443 if self.url.scheme == "https" else 80)
        if time.monotonic() >= self._fresh_until:
            self._addresses = await resolved(self.url.host, port, allow_private=self.subscriber.allow_private)
            self._fresh_until = time.monotonic() + _FRESH_SECONDS
        *others, last = self._addresses[:_MOST_ADDRESSES]
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._post_to(address, envelope)
        return await self._post_to(last, envelope)

    async def _post_to(self, address: str, envelope: Envelope) -> tuple[int, float | None]:
        body, moment = envelope.body, int(time.time())
        headers = {
            "Host": self.url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": f"huaxiang/{__version__}",
            "webhook-id": envelope.id,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(self.keys, envelope.id, moment, body),
        }
        async with self.client.stream(
            "POST", self.url.copy_with(host=address), content=body, headers=headers,
            extensions={"sni_hostname": self.url.raw_host.decode("ascii")},
        ) as response:  # fmt: skip
            # The status is the answer; a body that drips or breaks off changes nothing.
            with suppress(TimeoutError, httpx.HTTPError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await _drain(response)
            return response.status_code, _retry_after(response.headers.get("retry-after"))

    async def close(self) -> None:
        """Close its connections."""
        await self.client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _drain(response: httpx.Response) -> None:
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > MOST_READ:
            return


def _why(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


def _is_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) or "SSL" in str(cause) or "CERTIFICATE" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _retry_after(text: str | None) -> float | None:
    """Return the seconds of a Retry-After (seconds or a date), at most a day; None when it says nothing."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - time.time()
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)
