"""Where webhooks may go, and that what is looked at is what is connected to."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from huaxiang.definitions.nodes import Place
from huaxiang.deliver import sending
from huaxiang.deliver.sending import Answer, Envelope, Sender
from huaxiang.deliver.signing import secrets_of, signature
from huaxiang.networks import is_public, literal
from huaxiang.subscribers import TOPICS, Subscriber
from huaxiang.words import Words
from tests.deliver.shop import SECRET, Receiver, receiver

KEYS = secrets_of(["S"], {"S": SECRET})


def subscriber(url: str, private: bool = False) -> Subscriber:
    return Subscriber("crm", Words("", ""), url, ("S",), tuple(TOPICS), (), (), private, 1, Place())


def attempt(url: str, private: bool = False, timeout: float = 2.0) -> Answer:
    async def run() -> Answer:
        async with Sender(subscriber(url, private), KEYS, timeout) as sender:
            return await sender.send(Envelope("msg_1", "tag.changed", 1_700_000_000_000_000, '{"tag":"a"}'))

    return asyncio.run(run())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1", "nonsense",
        "::127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b:1::808:808", "64:ff9b:1::7f00:1", "fec0::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:808:808:0:0:80ff:fffe", "2002:c0a8:101::1", "2001:db8::1",
        "3fff::1", "5f00::1", "100::1", "2001:20::1", "4000::1", "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:192.168.0.1", "2606:4700:4700::1111%eth0", "192.0.0.8", "192.88.99.1", "240.0.0.1", "",
    ],
)  # fmt: skip
def test_what_is_not_of_the_open_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2a00:1450::5efe:8.8.8.8",
        "2001:470::1",
    ],
)
def test_what_is_of_the_open_internet_is_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "127.1"]
)
def test_nothing_is_sent_to_a_private_address_however_it_is_written(host: str) -> None:
    with receiver() as hook:
        port = hook.url.split(":")[2].split("/")[0]
        assert attempt(f"http://{host}:{port}/hook").why == "private"
        assert not hook.got


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("0x7f000001", "127.0.0.1"),
        ("[::1]", "::1"), ("fe80::1%25eth0", "fe80::1%eth0"), ("hook.example", None), ("", None), ("1.2.3.4.5", None),
    ],
)  # fmt: skip
def test_an_address_is_read_however_it_is_written(host: str, address: str | None) -> None:
    assert literal(host) == address


def test_an_address_that_is_none_fails_its_attempts_and_no_more() -> None:
    for host in ("0177.0.0.1", "a..b", "xn--a.example"):
        assert attempt(f"https://{host}/hook").why in ("protocol", "name", "connect")


class Names:
    """A name server of one name, whose answer differs from time to time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        real = asyncio.BaseEventLoop.getaddrinfo

        async def getaddrinfo(loop: Any, host: Any, port: Any, **more: Any) -> Any:
            if host != "hook.example":
                return await real(loop, host, port, **more)
            found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


def named(hook: Receiver) -> str:
    return hook.url.replace("127.0.0.1", "hook.example")


def test_a_name_that_leads_inside_is_refused_even_if_only_one_of_its_addresses_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiver() as hook:
        Names(monkeypatch, ["8.8.8.8", "127.0.0.1"])
        assert attempt(named(hook)).why == "private"
        assert not hook.got


def test_a_name_is_resolved_once_and_what_was_looked_at_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is public first and private then (rebinding) leads nowhere inside."""
    with receiver() as hook:
        names = Names(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
        # The documentation's network counts as public here, and answers nobody.
        monkeypatch.setattr("huaxiang.deliver.addresses.is_public", lambda address: address != "127.0.0.1")
        assert attempt(named(hook), timeout=0.5).why in ("timeout", "connect")
        assert not hook.got
        assert names.answers == [["127.0.0.1"]]


def test_the_name_stays_in_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as hook:
        Names(monkeypatch, ["127.0.0.1"])
        answer = attempt(named(hook), private=True)
        assert (answer.status, answer.why) == (204, "")
        assert hook.got[0].headers["Host"] == named(hook).split("/")[2]
        assert hook.forged == 0


def test_when_one_address_does_not_answer_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as hook:
        Names(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        assert attempt(named(hook), private=True).why == ""


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_what_went_wrong_is_told_apart() -> None:
    assert attempt(f"http://127.0.0.1:{closed_port()}/", private=True).why == "connect"
    assert attempt("http://no-such-name.invalid/", private=True).why == "name"
    assert attempt("http://" + "a" * 70 + ".example/", private=True).why in ("name", "connect", "protocol")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        (b"", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 200_000, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", ""),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", "status"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "protocol"),
    ],
)
def test_strange_answers_break_nothing(raw: bytes, why: str) -> None:
    async def run() -> Answer:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with Sender(subscriber(f"http://127.0.0.1:{port}/", private=True), KEYS, 3.0) as sender:
                return await sender.send(Envelope("msg_1", "tag.changed", 1, "{}"))

    answer = asyncio.run(run())
    assert answer.why == why
    assert answer.seconds < 2.5


def test_an_untrusted_certificate_is_told() -> None:
    with receiver() as hook:
        # Plain HTTP where TLS is expected.
        assert attempt(hook.url.replace("http://", "https://"), private=True).why == "tls"


def certificate(folder: Path, name: str) -> Path:
    """Write a certificate for a name, signed by itself, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "certificate.pem"
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(made.public_bytes(pem) + secret)
    return file


@pytest.mark.parametrize(("name", "why"), [("hook.example", ""), ("other.example", "tls")])
def test_the_certificate_must_be_of_the_name_not_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    file = certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    Names(monkeypatch, ["127.0.0.1"])
    asked: list[object] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, host, _context: asked.append(host)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async def run() -> Answer:
        async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            async with Sender(subscriber(f"https://hook.example:{port}/", private=True), KEYS, 3.0) as sender:
                return await sender.send(Envelope("msg_1", "tag.changed", 1, '{"a":1}'))

    assert asyncio.run(run()).why == why
    assert asked == ["hook.example"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("0.5", 0.5), ("-3", 0.0), ("1e99", 86_400.0), ("nan", None), ("inf", None), ("soon", None),
     ("", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert sending._retry_after(text) == seconds


def test_signatures_are_those_of_standard_webhooks() -> None:
    body, other = b'{"a":1}', base64.b64decode("b3RoZXItb3RoZXItb3RoZXI=")
    moment = int(time.time())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(moment)}
    headers["webhook-signature"] = signature([other, *KEYS], "msg_1", moment, body)
    assert Webhook(SECRET).verify(body, headers) == {"a": 1}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "plain words"])
def test_a_bad_secret_is_named_by_its_variable_only(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^S$"):
        secrets_of(["S"], {"S": secret})


def test_no_address_is_logged_as_it_may_hold_a_token(caplog: pytest.LogCaptureFixture) -> None:
    with receiver() as hook, caplog.at_level("DEBUG", logger=""):
        assert attempt(f"{hook.url}?token=of-the-subscriber", private=True).status == 204
    assert "of-the-subscriber" not in caplog.text
