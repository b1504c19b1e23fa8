"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, moment and body."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from huaxiang.secret import from_environment

_PREFIX = "whsec_"
LEAST_BYTES = 16


def secrets_of(names: Iterable[str], environment: Mapping[str, str] | None = None) -> tuple[bytes, ...]:
    """Return the keys that environment variables hold (whsec_ and base64). Raises ValueError for a missing or bad one.

    The error names the variable, never its value.
    """
    found = []
    for name in names:
        given = from_environment(name) if environment is None else environment.get(name)
        text = (given or "").strip().removeprefix(_PREFIX)
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) < LEAST_BYTES:
            raise ValueError(name)
        found.append(key)
    return tuple(found)


def signature(keys: Iterable[bytes], message: str, moment: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one for each key, so that a secret can be changed without a gap."""
    signed = f"{message}.{moment}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode() for key in keys)
