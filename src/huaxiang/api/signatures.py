"""Signed webhooks: whether a body was sent by who knows the secret."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping

from huaxiang.api.refusals import Refusal
from huaxiang.inbox.door import Signature, secret_of
from huaxiang.words import Words

TOLERANCE = 300
"""Seconds a Standard Webhook's time may differ from ours: an old one may be a recording, played again."""


def check_signature(
    signature: Signature, headers: Mapping[bytes, bytes], body: bytes, clock: Callable[[], float] = time.time
) -> None:
    """Check the signature of `body`. Raises Refusal (401) when it is missing, wrong, or too old."""
    secret = secret_of(signature.secret)
    if secret is None:
        # The variable that holds it is not set: nothing can be known to be signed.
        raise _wrong()
    if signature.standard:
        _check_standard(secret, headers, body, clock())
        return
    sent = headers.get(signature.header.lower().encode("latin-1"), b"").strip()
    digest = hmac.digest(secret.encode(), body, signature.algorithm)
    expected = signature.prefix.encode() + _written(digest, signature.encoding)
    # Digits of a hex number may be capitals; base64 is only ever itself.
    if signature.encoding == "hex":
        sent, expected = sent.lower(), expected.lower()
    if not hmac.compare_digest(sent, expected):
        raise _wrong()


def _check_standard(secret: str, headers: Mapping[bytes, bytes], body: bytes, now: float) -> None:
    """Check as https://www.standardwebhooks.com says: id, time and body signed together, any of several signatures."""
    stamp = headers.get(b"webhook-timestamp", b"")
    if not stamp.isdigit() or len(stamp) > 15 or abs(now - int(stamp)) > TOLERANCE:
        raise Refusal(
            401,
            "bad_timestamp",
            Words(
                f"webhook-timestamp is missing or more than {TOLERANCE} seconds from our time",
                f"缺少 webhook-timestamp，或与本机时间相差超过 {TOLERANCE} 秒",
            ),
        )
    signed = b".".join((headers.get(b"webhook-id", b""), stamp, body))
    expected = base64.b64encode(hmac.digest(_secret_bytes(secret), signed, "sha256"))
    sent = headers.get(b"webhook-signature", b"").split()
    matches = [hmac.compare_digest(each.removeprefix(b"v1,"), expected) for each in sent[:16] if each[:3] == b"v1,"]
    if not any(matches):
        raise _wrong()


def _secret_bytes(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _written(digest: bytes, encoding: str) -> bytes:
    return digest.hex().encode() if encoding == "hex" else base64.b64encode(digest)


def _wrong() -> Refusal:
    return Refusal(
        401,
        "bad_signature",
        Words(
            "the signature is missing or is not that of this body under the door's secret",
            "缺少签名，或签名与该入口密钥对请求体的签名不符",
        ),
    )
