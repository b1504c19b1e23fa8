"""A file that is copied beside other work is the same file, however it is copied and whoever waits."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from huaxiang.pipeline import copying as module
from huaxiang.pipeline.copying import Copying


@pytest.mark.parametrize("size", [0, 1, 4096, 100_001])
@pytest.mark.parametrize("gentle", [False, True])
@pytest.mark.parametrize("able", [True, False], ids=["by the system", "by hand"])
def test_a_copy_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, gentle: bool, able: bool
) -> None:
    def cannot(*_: int) -> int:
        raise OSError(95, "not supported")

    monkeypatch.setattr(module, "_CHUNK", 10_000)
    if not able:
        monkeypatch.setattr(os, "copy_file_range", cannot, raising=False)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(random.Random(size).randbytes(size))
    target.write_bytes(b"something longer that was there before" * 9999)
    with Copying(source, target) as copying:
        copying.gentle(gentle)
        copying.wait()
        assert target.read_bytes() == source.read_bytes()
        copying.gentle(False)
    assert target.read_bytes() == source.read_bytes()


def test_what_cannot_be_copied_is_said_to_who_waits(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x")
    with pytest.raises(OSError, match="nowhere"), Copying(source, tmp_path / "nowhere" / "b") as copying:
        copying.wait()
