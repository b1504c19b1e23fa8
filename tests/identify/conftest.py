"""A warehouse in memory for each test file."""

from collections.abc import Iterator

import pytest

from huaxiang.engine.duckdb import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[Engine]:
    with Engine(threads=2) as opened:
        yield opened
