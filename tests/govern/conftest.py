"""The governed shop."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from tests.govern.governed import Shop, new_shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv(KEY_VARIABLE, MasterKey(bytes(range(32))).as_text())
    return new_shop(tmp_path / "shop")
