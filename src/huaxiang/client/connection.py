"""Talking to a server: patient with one that is busy, plain about one that refuses."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from huaxiang.errors import HuaxiangError, NotAllowed, NotFound, ServerError
from huaxiang.words import Words

if TYPE_CHECKING:
    import httpx

BUSY = frozenset({429, 502, 503, 504})
"""Answers after which to try again."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 60.0
"""Seconds: the first wait, doubled every time; and the longest one a server may ask for."""


class Connection:
    """One server. Safe for threads; close it."""

    def __init__(self, address: str, *, timeout: float, retries: int, transport: httpx.BaseTransport | None) -> None:
        # Loaded here: whoever imports huaxiang for something else need not wait for it.
        self._httpx = import_module("httpx")
        self._client: httpx.Client = self._httpx.Client(
            base_url=address, timeout=timeout, transport=transport, headers={"User-Agent": "huaxiang"}
        )
        self._retries = retries

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the JSON a server answers; a busy one is asked again, up to `retries` times.

        Raises NotFound (404), NotAllowed (401, 403), ServerError for what else it refuses or when it is not reached.
        """
        content = None if body is None else as_json(body)
        kind = {} if content is None else {"Content-Type": "application/json"}
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                answer = self._client.request(method, path, headers={**headers, **kind}, content=content, params=query)
            except self._httpx.TransportError as error:
                if last:
                    raise _not_reached(error) from None
                time.sleep(_pause(attempt, None))
                continue
            if answer.is_success:
                return _json(answer)
            wait = _pause(attempt, answer.headers.get("retry-after"))
            if last or answer.status_code not in BUSY or wait > LONGEST_WAIT:
                raise _refusal(answer)
            time.sleep(wait)
        raise AssertionError("the last attempt answers or raises")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def as_json(value: Any) -> bytes:
    """Return a value as JSON: times and dates in ISO 8601 (a time without a zone is UTC), decimals as numbers.

    Raises TypeError or ValueError when it holds something JSON cannot say.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain).encode("utf-8", "replace")


def as_time(at: datetime) -> str:
    """Return a moment as events carry it; one without a zone is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"JSON cannot say a {type(value).__name__}")


def _pause(attempt: int, asked: str | None) -> float:
    """Return how many seconds to wait: what the server asked for, or ever longer, never all clients at once."""
    said = _seconds(asked)
    if said is not None:
        return said
    chance = int.from_bytes(os.urandom(2), "big") / 65_536
    return FIRST_WAIT * 2.0**attempt * (0.5 + chance / 2)


def _seconds(asked: str | None) -> float | None:
    if not asked:
        return None
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        at = datetime.strptime(asked, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())
    except ValueError:
        return None


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise ServerError(
            answer.status_code, "not_json", Words("the server's answer is not JSON", "服务器返回的不是 JSON")
        ) from None


def _refusal(answer: httpx.Response) -> HuaxiangError:
    code, message = "", ""
    try:
        said = answer.json()
        code, message = str(said.get("code", "")), str(said.get("message", ""))
    except (ValueError, AttributeError):
        pass
    message = message or f"HTTP {answer.status_code}"
    words = Words(message, message)
    if answer.status_code == 404:
        return NotFound(words)
    if answer.status_code in (401, 403):
        return NotAllowed(words)
    return ServerError(answer.status_code, code, words)


def _not_reached(error: Exception) -> ServerError:
    kind = type(error).__name__
    return ServerError(0, "not_reached", Words(f"the server was not reached ({kind})", f"无法连接服务器（{kind}）"))
