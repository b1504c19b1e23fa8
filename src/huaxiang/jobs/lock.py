"""How a job shows that its process lives: a lock it holds, which the system takes away with the process.

A number of a process does not do: the system gives it to another one later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from huaxiang.processes.locks import is_held
from huaxiang.project import STORE

FOLDER = "jobs"
_PATIENCE = 10.0


def lock_file(root: Path, number: int) -> Path:
    """Return the file that the process of a job holds locked."""
    return root / STORE / FOLDER / f"{number}.lock"


@contextmanager
def living(root: Path, number: int) -> Iterator[None]:
    """Hold the lock of a job for the block. Raises Timeout when another process does."""
    path = lock_file(root, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path, timeout=_PATIENCE):
        yield


def lives(root: Path, number: int) -> bool:
    """Tell whether a process does the job."""
    return is_held(lock_file(root, number))


def forget(root: Path, number: int) -> None:
    """Remove the lock of a job that is over."""
    lock_file(root, number).unlink(missing_ok=True)
