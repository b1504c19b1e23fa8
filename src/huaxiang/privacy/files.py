"""Files that SQLite has open in this process, and how to do without opening them once more.

Closing any descriptor of a file takes away every lock that the process has on it (POSIX), those of SQLite too: the next
process to close the file would take itself for the last one, and remove the write-ahead log under this one.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

_FOUND, _NOT_FOUND = 10, 11


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read and write, unless there is a file; that one is not opened."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def hold_bytes(paths: Iterable[Path], pieces: Sequence[bytes]) -> bool:
    """Tell whether any of `pieces` is in the bytes of one of the files, which a process of its own searches."""
    if not pieces:
        return False
    command = [sys.executable, "-P", "-m", "huaxiang.privacy.files", *(str(path) for path in paths)]
    wanted = "\n".join(piece.hex() for piece in pieces)
    done = subprocess.run(command, input=wanted, text=True, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
    if done.returncode not in (_FOUND, _NOT_FOUND):
        raise OSError(f"the bytes of {', '.join(Path(path).name for path in command[4:])} could not be searched")
    return done.returncode == _FOUND


def search(paths: Iterable[Path], pieces: Sequence[bytes]) -> bool:
    """Do what `hold_bytes` asks for, in this process."""
    for path in paths:
        if path.exists() and path.stat().st_size:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
                if any(raw.find(piece) >= 0 for piece in pieces):
                    return True
    return False


if __name__ == "__main__":
    asked = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    sys.exit(_FOUND if search(map(Path, sys.argv[1:]), asked) else _NOT_FOUND)
