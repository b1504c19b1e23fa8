"""Copying a warehouse file beside other work, and writing the copy out to the disk."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import BinaryIO, Self

_CHUNK = 32 << 20


class Copying:
    """A file that is being copied from the moment on that this is made; at the end of the block it is on the disk.

    The disk is busy with it while the processors are with other work. Who writes to the same disk meanwhile and waits
    until it is there waits for what the copy has under way, too: while it is `gentle`, that is never much.
    """

    def __init__(self, source: Path, target: Path) -> None:
        self._source, self._target = source, target
        self._gentle = Event()
        self._pool = ThreadPoolExecutor(1)
        self._copied = self._pool.submit(self._copy)
        self._written = self._pool.submit(self._written_out)

    def gentle(self, yes: bool) -> None:
        """Say whether somebody else waits for the disk."""
        if yes:
            self._gentle.set()
        else:
            self._gentle.clear()

    def wait(self) -> None:
        """Return once the copy may be opened. Raises OSError when it could not be made."""
        self._copied.result()

    def _copy(self) -> None:
        with self._source.open("rb", 0) as source, self._target.open("wb", 0) as target:
            while _copied(source.fileno(), target.fileno()):
                if self._gentle.is_set():
                    os.fsync(target.fileno())

    def _written_out(self) -> BinaryIO:
        # Closed while the engine has it, it would let go of the engine's lock: those of POSIX are a process's.
        file = self._target.open("rb")
        os.fsync(file.fileno())
        return file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._pool:
            self._written.result().close()


def _copied(source: int, target: int) -> int:
    """Copy the next bytes of a file, and return how many they were."""
    if sys.platform == "linux":
        # Not every file system can; one that is full says so again below.
        with suppress(OSError):
            return os.copy_file_range(source, target, _CHUNK)
    read = os.read(source, _CHUNK)
    done = 0
    while done < len(read):
        done += os.write(target, memoryview(read)[done:])
    return done
