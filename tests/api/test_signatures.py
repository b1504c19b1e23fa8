"""Webhooks are taken only from who knows the secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from huaxiang.api.refusals import Refusal
from huaxiang.api.signatures import check_signature
from huaxiang.inbox.door import Door, Signature, WebhookMapping
from huaxiang.words import Words
from tests.api.door_server import serving

BODY = b'{"items":[{"id":"1","kind":"paid","buyer":"u1"},{"id":"2","kind":"paid","buyer":"u2"}]}'
STANDARD = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def signed(algorithm: str, encoding: str, secret: str = "s3cret", body: bytes = BODY) -> str:
    digest = hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def refused(signature: Signature, headers: dict[str, str], body: bytes = BODY, now: float | None = None) -> str:
    raw = {name.lower().encode(): value.encode() for name, value in headers.items()}
    clock = {} if now is None else {"clock": lambda: now}
    try:
        check_signature(signature, raw, body, **clock)
    except Refusal as refusal:
        assert refusal.status == 401
        return refusal.code
    return ""


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_hmac_of_the_body(algorithm: str, encoding: str, prefix: str) -> None:
    form = Signature("s3cret", "X-Signature", algorithm, encoding, prefix)
    right = prefix + signed(algorithm, encoding)
    assert refused(form, {"x-signature": right}) == ""
    assert refused(form, {"X-SIGNATURE": f" {right} "}) == ""
    assert refused(form, {"x-signature": right}, BODY + b" ") == "bad_signature"
    assert refused(form, {"x-signature": prefix + signed(algorithm, encoding, "other")}) == "bad_signature"
    assert refused(form, {"x-signature": right[:-1]}) == "bad_signature"
    assert refused(form, {"x-signature": ""}) == "bad_signature"
    assert refused(form, {}) == "bad_signature"
    assert refused(form, {"x-signature": "é"}) == "bad_signature"


def test_a_hex_digest_in_capitals_is_the_same() -> None:
    form = Signature("s3cret", "X-Signature")
    assert refused(form, {"x-signature": signed("sha256", "hex").upper()}) == ""


def test_standard_webhooks() -> None:
    form, sender = Signature(STANDARD, standard=True), Webhook(STANDARD)
    now = datetime(2026, 6, 30, 8, tzinfo=UTC)

    def headers(at: datetime, body: bytes = BODY) -> dict[str, str]:
        stamp = str(int(at.timestamp()))
        signature = sender.sign("msg_1", at, body.decode())
        return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}

    right = headers(now)
    at = now.timestamp()
    assert refused(form, right, now=at) == ""
    several = right | {"webhook-signature": "v1a,xyz v1,abc= " + right["webhook-signature"]}
    assert refused(form, several, now=at) == ""
    assert refused(form, right, BODY + b" ", at) == "bad_signature"
    assert refused(form, right | {"webhook-id": "msg_2"}, now=at) == "bad_signature"
    assert refused(form, right | {"webhook-signature": right["webhook-signature"][3:]}, now=at) == "bad_signature"
    assert refused(form, {}, now=at) == "bad_timestamp"
    assert refused(form, right | {"webhook-timestamp": "soon"}, now=at) == "bad_timestamp"
    for off in (timedelta(seconds=301), timedelta(seconds=-301)):
        assert refused(form, headers(now + off), now=at) == "bad_timestamp"
    assert refused(form, headers(now + timedelta(seconds=299)), now=at) == ""


def test_the_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    form = Signature("env:SHOP_SECRET", "X-Signature")
    # Without the variable nothing is taken, not even what is signed with an empty secret, or with its name.
    monkeypatch.delenv("SHOP_SECRET", raising=False)
    for secret in ("", "env:SHOP_SECRET", "s3cret"):
        assert refused(form, {"x-signature": signed("sha256", "hex", secret)}) == "bad_signature"
    monkeypatch.setenv("SHOP_SECRET", "s3cret")
    assert refused(form, {"x-signature": signed("sha256", "hex")}) == ""


def test_signed_webhooks_over_http(tmp_path: Path) -> None:
    shop = Door(
        "shop",
        Words("Shop", "商城"),
        ("webhook",),
        signature=Signature("s3cret", header="X-Signature", prefix="sha256="),
        mapping=WebhookMapping(each="items", id="id", event="kind", user="buyer"),
    )
    stripe = Door("standard", Words("Standard", "标准"), ("webhook",), signature=Signature(STANDARD, standard=True))
    with serving(tmp_path, [shop, stripe]) as served, httpx.Client(base_url=served.url) as http:
        right = {"x-signature": "sha256=" + signed("sha256", "hex")}
        assert http.post("/v1/webhook/shop", content=BODY, headers=right).json() == {"success": True}
        assert http.post("/v1/webhook/shop", content=BODY + b" ", headers=right).json()["code"] == "bad_signature"
        assert http.post("/v1/webhook/shop", content=os.urandom(99)).json()["code"] == "bad_signature"
        assert [(event.name, event.message_id) for event in served.events()] == [("paid", "1"), ("paid", "2")]
        assert [each["userId"] for each in served.documents()] == ["u1", "u2"]
        now = datetime.now(UTC)
        headers = {
            "webhook-id": "m",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(STANDARD).sign("m", now, '{"a":1}'),
        }
        assert http.post("/v1/webhook/standard", content=b'{"a":1}', headers=headers).status_code == 200
        assert http.post("/v1/webhook/standard", content=b'{"a":2}', headers=headers).status_code == 401
        assert served.inbox.last == 3
