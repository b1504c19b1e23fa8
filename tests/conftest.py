"""What all tests share: no test sees, or writes into, the real key folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huaxiang.privacy.keys import FILE_VARIABLE, KEY_VARIABLE

# Read once, when the first command line of a process is loaded: tables must be as wide for every test.
os.environ["COLUMNS"] = "160"


@pytest.fixture(autouse=True)
def _no_keys_of_ours(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    return home
