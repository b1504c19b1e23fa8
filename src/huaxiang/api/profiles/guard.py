"""Who asks: the token of a request, and whether it asks too often."""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

from huaxiang.api.profiles.refusals import too_many, unauthorized
from huaxiang.registry import Registry
from huaxiang.registry.tokens import Token, find_token, tokens

FRESH_SECONDS = 1.0
"""How long a list of tokens is believed: a token that was revoked is refused after this at the latest."""
AHEAD_SECONDS = 0.2
"""How long before that the list is read again, beside the answers: whoever asks steadily waits for none of it."""
AGAIN_SECONDS = 0.1
"""How soon the list is read again for a token that is not in it: it may have been made just now."""


class Guard:
    """Knows the tokens of a registry. `clock` is in seconds."""

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry, self._clock = registry, clock
        self._list = _List(-math.inf, {})
        self._thread = ThreadPoolExecutor(1, "tokens")
        self._coming: Future[None] | None = None
        self._buckets: dict[str, _Bucket] = {}

    def token(self, authorization: str) -> Token:
        """Return the token of an Authorization header (Bearer, or Basic with it as user name). Raises Refused."""
        text, now = _text(authorization), datetime.now(UTC).replace(tzinfo=None)
        found = find_token(self._tokens(FRESH_SECONDS), text, now) if text else None
        if found is None and text:
            found = find_token(self._tokens(AGAIN_SECONDS), text, now)
        if found is None:
            raise unauthorized()
        return found

    def spend(self, token: Token, profiles: int) -> None:
        """Count profiles against what a token may read a second. Raises Refused (429) when it has read too many.

        Whoever has anything left may read a whole batch, and waits the longer afterwards.
        """
        if token.rate is None:
            return
        bucket = self._buckets.setdefault(token.id, _Bucket(token.rate, self._clock()))
        wait = bucket.spend(profiles, self._clock())
        if wait:
            raise too_many(wait)

    def close(self) -> None:
        """End what reads ahead."""
        self._thread.shutdown()

    def _tokens(self, fresh: float) -> dict[str, Token]:
        age = self._clock() - self._list.read
        if age > fresh:
            self._look()
        elif age > FRESH_SECONDS - AHEAD_SECONDS and (self._coming is None or self._coming.done()):
            self._coming = self._thread.submit(self._look)
        return self._list.tokens

    def _look(self) -> None:
        # As old as its beginning: what was revoked meanwhile may not be in it. And as one with its age: it is read by
        # two threads, and none may make the other's list younger than it is.
        begun = self._clock()
        found = _List(begun, {token.id: token for token in tokens(self._registry)})
        if begun >= self._list.read:
            self._list = found


class _List(NamedTuple):
    """The tokens by id, and when they were read."""

    read: float
    tokens: dict[str, Token]


class _Bucket:
    """What is left to a token: it fills with `rate` a second, and holds a second's worth."""

    def __init__(self, rate: int, now: float) -> None:
        self.rate, self.left, self.at = rate, float(rate), now

    def spend(self, cost: int, now: float) -> int:
        """Take `cost` and return 0, or take nothing and return after how many seconds to come again."""
        self.left = min(self.left + (now - self.at) * self.rate, float(self.rate))
        self.at = now
        if self.left < 1:
            return max(1, math.ceil((1 - self.left) / self.rate))
        self.left -= cost
        return 0


def _text(authorization: str) -> str:
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
    return ""
