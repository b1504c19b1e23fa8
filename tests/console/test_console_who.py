"""A name given at one browser is kept by the server, for that browser alone."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from fastapi import Request as Asked

from huaxiang.console.visit import Console, Visit, own_path
from huaxiang.console.who import NOBODY, who, who_here
from tests.console.conftest import Open
from tests.read.sample import template


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_name_is_kept(open_page: Open, size: str) -> None:
    page = open_page("/segments", size=size)
    control = page.locator(".hx-who").filter(visible=True)
    control.locator("summary").click()
    control.locator("input[type=text]").fill("林 <b>小满")
    control.locator("button").click()
    page.wait_for_url("**/segments")
    page.locator(".hx-who").filter(visible=True).locator("summary").click()
    assert page.locator(".hx-who").filter(visible=True).locator("input[type=text]").input_value() == "林 <b>小满"
    cookies = {each["name"]: each for each in page.context.cookies()}
    assert cookies["huaxiang_session"]["httpOnly"]
    assert "林" not in str(cookies)
    other = open_page("/segments", size=size)
    other.locator(".hx-who").filter(visible=True).locator("summary").click()
    assert other.locator(".hx-who").filter(visible=True).locator("input[type=text]").input_value() == ""
    assert page.said == []  # type: ignore[attr-defined]


def test_another_page_says_nothing(address: str) -> None:
    request = Request(f"{address}/who", data=b"name=x&to=/", headers={"Origin": "https://evil.example"})
    with pytest.raises(HTTPError, match="403"):
        urlopen(request)


_SHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("", 101),
        ("Origin: http://{host}", 101),
        ("Sec-Fetch-Site: same-origin", 101),
        ("Origin: https://evil.example", 403),
        ("Origin: http://127.0.0.1:1", 403),
        ("Origin: http://{host}.evil.example", 403),
        ("Origin: null", 403),
        ("Sec-Fetch-Site: cross-site\r\nOrigin: http://{host}", 403),
        ("Sec-Fetch-Site: same-site", 403),
    ],
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_sockets_are_opened_by_our_own_pages_alone(address: str, more: str, status: int, transport: str) -> None:
    place = urlsplit(address)
    path, more = f"/_nicegui_ws/socket.io/?EIO=4&transport={transport}", more.format(host=place.netloc)
    shake = _SHAKE.format(path=path, host=place.netloc, more=f"{more}\r\n" if more else "")
    if transport == "polling":
        shake = shake.replace("Upgrade: websocket\r\nConnection: Upgrade\r\n", "Connection: close\r\n")
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as connection:
        connection.sendall(shake.encode())
        answer = connection.recv(200).decode("latin-1")
    assert (answer.split()[1] == "403") is (status == 403), answer
    if transport == "websocket":
        assert answer.split()[1] == str(status)


@pytest.mark.parametrize("path", ["/segments/repeat_customers/download", "/language/en", "/who"])
def test_forms_are_sent_by_our_own_pages_alone(address: str, path: str) -> None:
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
        with pytest.raises(HTTPError, match="403"):
            urlopen(Request(address + path, data=b"to=/", headers=header))
    urlopen(Request(address + path, data=b"to=/", headers={"Sec-Fetch-Site": "same-origin"})).read()


def test_what_was_taken_says_where_and_who(tmp_path: Path) -> None:
    console = Console(template(tmp_path / "shop"))
    visit = Visit(console, "zh", "/tags", (), "a")
    assert who_here(visit) == NOBODY
    console.remember("a", "Lin")
    assert who_here(visit) == "console:Lin"


def test_who_is_nobody_at_first(tmp_path: Path) -> None:
    console = Console(template(tmp_path / "shop"))
    visit = Visit(console, "zh", "/tags", (), "a")
    assert who(visit) == NOBODY == who(Visit(console, "zh", "/tags", ()))
    console.remember("a", "Lin")
    assert who(visit) == "Lin"
    console.remember("a", "")
    assert who(visit) == NOBODY


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_it_leads_nowhere_else(to: str) -> None:
    assert own_path(to) == "/"
    assert own_path("/tags?q=1") == "/tags?q=1"


@pytest.mark.parametrize(
    ("asks", "chose", "language"),
    [
        ("en-GB,en;q=0.9,zh;q=0.5", "", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "", "zh"),
        ("fr,en;q=0.3,zh;q=0.7", "", "zh"),
        ("fr-FR", "", "zh"),
        ("", "", "zh"),
        ("en", "zh", "zh"),
        ("zh", "en", "en"),
    ],
)
def test_the_language_is_ones_own_then_the_browsers_then_the_projects(
    tmp_path: Path, asks: str, chose: str, language: str
) -> None:
    console = Console(template(tmp_path / "shop"))
    headers = [(b"accept-language", asks.encode()), (b"cookie", f"huaxiang_language={chose}".encode())]
    assert console.language(Asked({"type": "http", "headers": headers})) == language
