"""The key of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from tests.inputs.shop import MASTER


@pytest.fixture(autouse=True)
def _key(_no_keys_of_ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MASTER.as_text())
