"""What the tests of privacy share: a key, a vault, and a way to look at all bytes a vault has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from huaxiang.privacy.keys import FILE_VARIABLE, KEY_VARIABLE, MasterKey
from huaxiang.privacy.vault import Vault


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees, or writes into, the real key folder."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def master() -> MasterKey:
    return MasterKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.sqlite"


@pytest.fixture
def vault(path: Path, master: MasterKey) -> Iterator[Vault]:
    with Vault(path, master) as opened:
        yield opened


@pytest.fixture
def raw(path: Path) -> Callable[[], bytes]:
    """All bytes of the vault's files, WAL included."""
    return lambda: b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))
