"""A file that is copied beside other work is the same file, whichever way it is copied."""

from __future__ import annotations

import ctypes
import mmap
import os
import random
from pathlib import Path

import pytest

from huaxiang.pipeline import copying as module
from huaxiang.pipeline.copying import Copying

WAYS = {"as the system can": (), "past memory": ("_shares",), "piece by piece": ("_shares", "_copied_past_memory")}


def _cannot(*_: object) -> bool:
    raise OSError(95, "not supported")


@pytest.mark.parametrize("size", [0, 1, 4096, 40_960, 100_001, 5 << 20])
@pytest.mark.parametrize("unable", WAYS.values(), ids=WAYS)
def test_a_copy_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, unable: tuple[str, ...]
) -> None:
    for way in unable:
        monkeypatch.setattr(module, way, _cannot)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(random.Random(size).randbytes(size))
    target.write_bytes(b"something longer that was there before" * 9999)
    with Copying(source, target) as copying:
        copying.wait()
        assert target.read_bytes() == source.read_bytes()
    assert target.read_bytes() == source.read_bytes()


def test_the_copy_takes_no_memory_of_the_system(tmp_path: Path) -> None:
    source, probe, target = tmp_path / "a", tmp_path / "probe", tmp_path / "b"
    source.write_bytes(bytes(8 << 20))
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
        os.writev(handle, [mmap.mmap(-1, 4 * mmap.PAGESIZE)])
        os.close(handle)
    except (AttributeError, OSError):
        pytest.skip("this file system is written to through memory only")
    if _cached(probe):
        pytest.skip("this file system is in memory")
    with Copying(source, target) as copying:
        copying.wait()
    assert _cached(target) == 0


def _cached(path: Path) -> int:
    """Return how many pages of a file the system holds in memory."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as view:
        held = (ctypes.c_ubyte * -(-len(view) // mmap.PAGESIZE))()
        start = ctypes.addressof(ctypes.c_char.from_buffer(view))
        assert ctypes.CDLL(None).mincore(ctypes.c_void_p(start), ctypes.c_size_t(len(view)), held) == 0
        return sum(each & 1 for each in held)


def test_an_error_ends_the_copying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 4096)
    monkeypatch.setattr(module, "_shares", _cannot)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(os.urandom(64 << 20))
    with pytest.raises(KeyboardInterrupt), Copying(source, target):
        raise KeyboardInterrupt
    assert target.read_bytes() != source.read_bytes()


def test_what_cannot_be_copied_is_said_to_who_waits(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x")
    with pytest.raises(OSError, match="nowhere"), Copying(source, tmp_path / "nowhere" / "b") as copying:
        copying.wait()
