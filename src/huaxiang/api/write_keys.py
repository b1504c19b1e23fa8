"""Write keys: which door a request is for."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import Generic, TypeVar

DoorT = TypeVar("DoorT")
MOST_KEY = 512
"""Characters of a key: a longer one is none."""


class WriteKeys(Generic[DoorT]):
    """The keys of all doors. How long a look-up takes tells nothing of any key."""

    def __init__(self, doors: Mapping[str, DoorT]) -> None:
        """Take the doors by write key; an empty key opens nothing."""
        # What is compared byte by byte is a digest under a key of this process only: nobody can come nearer to it.
        self._secret = os.urandom(32)
        self._doors = {self._digest(key): (key.encode(), door) for key, door in doors.items() if key}

    def door_of(self, key: str) -> DoorT | None:
        """Return the door that `key` opens, or None."""
        if len(key) > MOST_KEY:
            return None
        kept, door = self._doors.get(self._digest(key), (b"", None))
        return door if hmac.compare_digest(kept, _bytes(key)) else None

    def _digest(self, key: str) -> bytes:
        return blake2b(_bytes(key), key=self._secret, digest_size=16).digest()


def key_of(authorization: bytes) -> str:
    """Return the write key of an `Authorization` header: Basic base64("key:") or Bearer; "" when there is none."""
    scheme, _, rest = authorization.strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip().decode("latin-1")
    if scheme.lower() != b"basic":
        return ""
    try:
        user = base64.b64decode(rest.strip(), validate=True).partition(b":")[0]
    except (binascii.Error, ValueError):
        return ""
    return user.decode("utf-8", "replace")


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
