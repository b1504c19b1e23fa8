"""What DuckDB says when a file or a disk fails it, told as what it is."""

from __future__ import annotations

import re
from pathlib import Path

from huaxiang.damage import damaged, full, refused
from huaxiang.errors import HuaxiangError, ProjectError
from huaxiang.stores import STORE
from huaxiang.words import Words

_HELD = ("could not set lock", "conflicting lock")
_FULL = ("no space left", "file too large", "disk quota exceeded")
_REFUSED = ("read-only file system", "permission denied", "operation not permitted")
_DAMAGED = (
    "not a valid duckdb database", "corrupt", "checksum", "could not read enough bytes", "no magic bytes",
    "too small to be a parquet", "invalid data", "failed to deserialize", "could not read from file",
    "failed to load metadata", "invalid snappy", "lz4", "zstd decompression", "unexpected end of file",
    "deserialization error", "serialization error", "database has been invalidated", "failed to read",
)  # fmt: skip
_FILE = re.compile(r"""["'](/[^"']+)["']""")
"""A file in the engine's words, which quote its path."""


def fault_of(error: Exception, path: Path | None) -> HuaxiangError | None:
    """Return what an error of the engine is, if a file or a disk is at fault; None when it is something else.

    `path` is the warehouse at work; where the engine names another file, it is that one.
    """
    said = str(error).lower()
    held = _FILE.search(str(error))
    # Only of a file of ours: anything else in quotes may be a value of a row.
    where = Path(held.group(1)) if held and STORE in Path(held.group(1)).parts else path
    if any(text in said for text in _HELD):
        name = where.name if where else ""
        return ProjectError(
            Words(
                f"the warehouse {name} cannot be opened: another program is writing to it",
                f"无法打开数据仓库 {name}：另一个程序正在写入它",
            )
        )
    if "no such file" in said:
        name = where.name if where else ""
        return ProjectError(Words(f"{name} is not there", f"没有找到 {name}"))
    if any(text in said for text in _FULL):
        return full(where)
    if any(text in said for text in _REFUSED):
        return refused(where)
    return damaged(where) if any(text in said for text in _DAMAGED) else None
