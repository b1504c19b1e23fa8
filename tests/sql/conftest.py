"""The warehouse that queries are asked of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huaxiang.engine.duckdb import Engine
from tests.sql.asking import FEEDBACK, ORDERS
from tests.tag.tag_shop import warehouse


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with warehouse([1, 2, 3], {"orders": ORDERS, "feedback": FEEDBACK}) as engine:
        yield engine
