"""What files a folder holds: their sizes, times and hashes, kept to be compared with what is there later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

Manifest = Mapping[str, tuple[int, int, str]]
"""File name → size in bytes, time of change in nanoseconds, hash of the content."""


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of a folder's own files, hashed. Raises OSError."""
    return {path.name: _entry(path) for path in sorted(folder.iterdir()) if path.is_file()}


def difference(folder: Path, manifest: Manifest, *, hashed: bool = False) -> str | None:
    """Return the name of the first file that is missing, added or not what was written; None when all is as it was.

    Sizes and times are looked at first; the content where a time differs, and always if `hashed`.
    """
    try:
        there = {path.name: path.stat() for path in folder.iterdir() if path.is_file()}
    except OSError:
        return folder.name
    for name in sorted(there.keys() ^ manifest.keys()):
        return name
    for name, (size, at, written) in manifest.items():
        found = there[name]
        if found.st_size != size:
            return name
        if (hashed or found.st_mtime_ns != at) and _hash(folder / name) != written:
            return name
    return None


def _entry(path: Path) -> tuple[int, int, str]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, _hash(path)


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return ""
