"""Whether a process lives that holds a lock file: the system takes the lock away with the process.

The number of a process does not tell: the system gives it to another one later, in a container often the very same.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


def is_held(path: Path) -> bool:
    """Tell whether some process holds the lock. Raises OSError when the file cannot be opened."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
