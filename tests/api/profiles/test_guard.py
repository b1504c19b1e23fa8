"""Tokens are read now and then, not for every request; a bucket lets bursts through and then makes wait."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from huaxiang.api.profiles import guard as guarding
from huaxiang.api.profiles.guard import AGAIN_SECONDS, AHEAD_SECONDS, FRESH_SECONDS, Guard
from huaxiang.api.profiles.refusals import Refused
from huaxiang.registry import Registry
from huaxiang.registry.tokens import Token, create_token, revoke_token, tokens


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry.db")
    yield opened
    opened.close()


def name_of(guard: Guard, header: str) -> str | None:
    try:
        return guard.token(header).name
    except Refused as refused:
        assert (refused.status, refused.code) == (401, "unauthorized")
        return None


def test_a_revoked_token_is_refused_after_a_second(registry: Registry) -> None:
    clock, (text, _) = Clock(), create_token(registry, "site", by="li")
    guard = Guard(registry, clock)
    assert name_of(guard, f"Bearer {text}") == "site"
    revoke_token(registry, "site", by="li")
    clock.now += FRESH_SECONDS / 2
    assert name_of(guard, f"bearer  {text} ") == "site"
    clock.now += FRESH_SECONDS
    assert name_of(guard, f"Bearer {text}") is None


def test_who_asks_steadily_waits_for_no_list(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, (text, _) = Clock(), create_token(registry, "site", by="li")
    read_in = list[str]()

    def told(asked: Registry) -> list[Token]:
        read_in.append(threading.current_thread().name)
        return tokens(asked)

    monkeypatch.setattr(guarding, "tokens", told)
    guard = Guard(registry, clock)
    assert name_of(guard, f"Bearer {text}") == "site"
    here = read_in[0]
    clock.now += FRESH_SECONDS - AHEAD_SECONDS / 2
    assert name_of(guard, f"Bearer {text}") == "site"
    guard.close()
    assert read_in[0] == here != read_in[1]
    assert len(read_in) == 2
    revoke_token(registry, "site", by="li")
    clock.now += FRESH_SECONDS / 2
    # Of the list that was read beside it, it is not a second yet.
    assert name_of(guard, f"Bearer {text}") == "site"
    clock.now += FRESH_SECONDS
    assert name_of(guard, f"Bearer {text}") is None


def test_a_new_token_opens_at_once_and_guesses_read_no_more(registry: Registry) -> None:
    clock = Clock()
    guard = Guard(registry, clock)
    assert name_of(guard, "Bearer guess") is None
    text, _ = create_token(registry, "site", by="li")
    assert name_of(guard, f"Bearer {text}") is None
    clock.now += AGAIN_SECONDS * 2
    basic = base64.b64encode(f"{text}:".encode()).decode()
    assert name_of(guard, f"Basic {basic}") == "site"


@pytest.mark.parametrize("header", ["", "Bearer", "Basic", "Basic ÿ", "Basic /w==", "Digest x", "\x00"])
def test_a_header_of_another_form_opens_nothing(registry: Registry, header: str) -> None:
    assert name_of(Guard(registry, Clock()), header) is None


def test_a_batch_may_pass_and_is_paid_for_afterwards(registry: Registry) -> None:
    clock, (_, token) = Clock(), create_token(registry, "site", by="li", rate=10)
    guard = Guard(registry, clock)
    guard.spend(token, 50)
    with pytest.raises(Refused) as refused:
        guard.spend(token, 1)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "5"})
    clock.now += 4.0
    with pytest.raises(Refused):
        guard.spend(token, 1)
    clock.now += 0.2
    guard.spend(token, 1)
    clock.now += 60.0
    for _ in range(10):
        guard.spend(token, 1)
    with pytest.raises(Refused):
        guard.spend(token, 1)


def test_without_a_rate_nobody_waits(registry: Registry) -> None:
    guard, (_, token) = Guard(registry, Clock()), create_token(registry, "site", by="li")
    for _ in range(3):
        guard.spend(token, 1_000_000)
