"""Copying a warehouse file beside other work, and writing the copy out to the disk."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from mmap import PAGESIZE, mmap
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import BinaryIO, Self

if sys.platform == "linux":
    import fcntl

_CHUNK = 4 << 20
_HANDS = 2
"""How many pieces are on their way to the disk at a time."""
_FICLONE = 0x40049409
"""The request of Linux that a file share the blocks of another."""


class Copying:
    """A file that is being copied from the moment on that this is made; at the end of the block it is on the disk.

    The disk is busy with it while the processors are with other work. A block that ends with an error ends the copying,
    wherever it is.
    """

    def __init__(self, source: Path, target: Path) -> None:
        self._source, self._target = source, target
        self._given_up = Event()
        self._pool = ThreadPoolExecutor(1)
        self._copied = self._pool.submit(self._copy)
        self._written = self._pool.submit(self._written_out)

    def wait(self) -> None:
        """Return once the copy may be opened. Raises OSError when it could not be made."""
        self._copied.result()

    def _copy(self) -> None:
        for way in (_shares, _copied_past_memory):
            # Where the file system cannot do it, or is full: the last way can, or says so.
            with suppress(OSError):
                if way(self._source, self._target, self._given_up):
                    return
        with self._source.open("rb") as source, self._target.open("wb") as target:
            while not self._given_up.is_set() and (piece := source.read(_CHUNK)):
                target.write(piece)

    def _written_out(self) -> BinaryIO:
        # Closed while the engine has it, it would let go of the engine's lock: those of POSIX are a process's.
        file = self._target.open("rb")
        if not self._given_up.is_set():
            os.fsync(file.fileno())
        return file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._given_up.set()
        with self._pool:
            self._written.result().close()


def _shares(source: Path, target: Path, _: Event) -> bool:
    """Let both files share their blocks, until one of them is written to; return whether that can be done."""
    if sys.platform != "linux":
        return False
    with source.open("rb") as inward, target.open("wb") as outward:
        fcntl.ioctl(outward.fileno(), _FICLONE, inward.fileno())
    return True


def _copied_past_memory(source: Path, target: Path, given_up: Event) -> bool:
    """Copy a file so that the system keeps no second one of it in memory; return whether that can be done.

    To find memory for a copy of a gigabyte takes the processor longer than the disk takes to write it. And who waits
    for the disk to have what they wrote themselves does not wait for the copy.
    """
    size = source.stat().st_size
    if sys.platform != "linux" or not size or size % PAGESIZE:
        return False
    inward = os.open(source, os.O_RDONLY)
    try:
        outward = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_DIRECT, 0o666)
        try:
            # With all its room from the first byte on, it may be written to in several places at a time.
            os.posix_fallocate(outward, 0, size)
            with ThreadPoolExecutor(_HANDS) as pool:
                starts = [range(hand * _CHUNK, size, _HANDS * _CHUNK) for hand in range(_HANDS)]
                list(pool.map(lambda mine: _pieces(inward, outward, mine, size, given_up), starts))
        finally:
            os.close(outward)
    finally:
        os.close(inward)
    return True


def _pieces(inward: int, outward: int, starts: range, size: int, given_up: Event) -> None:
    # Direct writing asks for memory that begins with a page, as a map's does.
    with mmap(-1, _CHUNK) as room, memoryview(room) as view:
        for start in starts:
            if given_up.is_set():
                return
            with view[: min(_CHUNK, size - start)] as piece:
                if not os.preadv(inward, [piece], start) == os.pwritev(outward, [piece], start) == len(piece):
                    raise OSError("a piece was not copied as a whole")
