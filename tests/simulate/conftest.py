"""One small sample retailer for all tests of this folder."""

from __future__ import annotations

import pytest

from huaxiang.simulate import simulate

from .shop import CUSTOMERS, UNTIL, Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample retailer, written once."""
    folder = tmp_path_factory.mktemp("shop")
    return Shop(folder, simulate(folder, customers=CUSTOMERS, until=UNTIL))
