"""The sample shop and its API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from huaxiang.api.app import create_api
from huaxiang.api.profiles.guard import AGAIN_SECONDS
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.registry.tokens import create_token
from huaxiang.serving.base import Base
from tests.api.profiles.served import make_base, registry_of, serving
from tests.read.sample import KEY, sample_project


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_project(tmp_path_factory)


@pytest.fixture(scope="session")
def base(root: Path) -> Base:
    return make_base(root)


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture
def app(root: Path, base: Base) -> FastAPI:
    return create_api(root)


@pytest.fixture
def token(app: FastAPI) -> Callable[..., tuple[str, str]]:
    """Return a function that makes a token and returns its text and name."""

    def make(**more: Any) -> tuple[str, str]:
        name = f"test-{token_hex(4)}"
        text, _ = create_token(registry_of(app), name, by="test", **more)
        # A server looks for tokens it does not know this often, and no more.
        time.sleep(AGAIN_SECONDS)
        return text, name

    return make


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def client(address: str, token: Callable[..., tuple[str, str]]) -> Iterator[httpx.Client]:
    """Return an HTTP client with a token that may read masked profiles."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token()[0]}"}) as client:
        yield client


@pytest.fixture
def current(root: Path) -> Iterator[CurrentBuild]:
    with Warehouse(root) as warehouse, warehouse.current() as current:
        yield current
