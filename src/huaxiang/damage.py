"""What a disk or a damaged file did to a store, told as what it is: the file's name, what is wrong, what to do.

The stores themselves raise what their libraries raise; whoever opens them does it within `told`, or asks `named`.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from huaxiang.errors import DamagedError, DiskError, HuaxiangError
from huaxiang.stores import store_of
from huaxiang.words import Words

# A file system tells a file that may grow no further by EFBIG, as a limit on the process does.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_BROKEN = frozenset({errno.EIO, errno.EUCLEAN if hasattr(errno, "EUCLEAN") else errno.EIO})
ASIDE = ".damaged-"
"""What the name of a store that was set aside has behind its own, before the moment."""
_BESIDE = ("-wal", "-shm", "-journal", ".wal", ".tmp")


def damaged(path: Path | None, why: str = "") -> DamagedError:
    """Return the error for a store whose bytes are not what was written; `why` is the library's code for it."""
    if path is None:
        return DamagedError(
            Words(
                f"a store of the project is damaged{_code(why)}:  huaxiang doctor  says which, and what to do",
                f"项目的某个存储已损坏{_code_zh(why)}：运行 huaxiang doctor 可查看是哪一个以及如何处理",
            )
        )
    name, lost = shown(path), _lost(path)
    return DamagedError(
        Words(f"{name} is damaged{_code(why)}: {lost.en}", f"{name} 已损坏{_code_zh(why)}：{lost.zh}"), path
    )


def full(path: Path | None) -> DiskError:
    """Return the error for a disk without room."""
    name = shown(path) if path else ""
    return DiskError(
        Words(
            f"the disk is full: {name or 'a file'} could not be written; make room, then try again",
            f"磁盘已满：{name or '文件'} 无法写入；请腾出空间后重试",
        )
    )


def refused(path: Path | None) -> DiskError:
    """Return the error for a disk, or a file, that this user may not write."""
    name = shown(path) if path else ""
    return DiskError(
        Words(
            f"{name or 'a file'} cannot be written: the disk is read-only, or this user has no right to write there",
            f"{name or '文件'} 无法写入：磁盘为只读，或当前用户没有写入权限",
        )
    )


def failing(path: Path | None, why: str) -> DiskError:
    """Return the error for a disk that answers with errors."""
    name = shown(path) if path else ""
    return DiskError(
        Words(
            f"{name or 'a file'} could not be read or written{_code(why)}: the disk is full or failing; look at its "
            "free space and its health",
            f"{name or '文件'} 读写失败{_code_zh(why)}：磁盘已满或有故障，请检查剩余空间与磁盘状况",
        )
    )


def busy(path: Path | None) -> DiskError:
    """Return the error for a store that somebody else held for too long."""
    name = shown(path) if path else ""
    return DiskError(
        Words(
            f"{name or 'a store of the project'} is held by another program: try again when it is done",
            f"{name or '项目的某个存储'} 正被另一个程序占用：请在其完成后重试",
        )
    )


def named(error: BaseException, path: Path | None = None) -> HuaxiangError | None:
    """Return what a failure of a disk or of a file of ours is; None when it is something else.

    `path` is the file at work; without it the error's own, if it names one. Causes are looked through.
    """
    for each in _chain(error):
        if (each is error and isinstance(each, HuaxiangError)) or isinstance(each, DamagedError | DiskError):
            return each
        if isinstance(each, sqlite3.Error):
            found = _of_sqlite(each, path)
        elif isinstance(each, OSError):
            found = _of_system(each, path)
        else:
            continue
        if found is not None:
            return found
    return None


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Let a failure of the file at `path` within the block be told as what it is; all else fails as ever."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        fault = named(error, path)
        if fault is None:
            raise
        raise fault from error


def moment() -> str:
    """Return now (UTC) as names of files have it."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def set_aside(path: Path) -> Path:
    """Move a store that cannot be read, with what SQLite keeps beside it, to a name that says so; return it."""
    at, number = moment(), 1
    target = path.with_name(f"{path.name}{ASIDE}{at}")
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}{ASIDE}{at}-{number}")
    path.rename(target)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            # Left where it is, SQLite would play it into whatever file has the name next.
            beside.rename(target.with_name(target.name + suffix))
    return target


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells one file from another that has its name later; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def shown(path: Path) -> str:
    """Return how messages name a file: below the project's own folder by its path there, else by its name."""
    name = path.name
    for suffix in _BESIDE:
        name = name.removesuffix(suffix)
    store = store_of(path)
    if store is None or not store.path.endswith("/"):
        return name
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index(store.name) :]) if store.name in parts else name


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen = set[int]()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        # What SQLAlchemy wraps is `orig`.
        before = None if each.__suppress_context__ else each.__context__
        waiting += [before, each.__cause__, getattr(each, "orig", None)]


def _of_sqlite(error: sqlite3.Error, path: Path | None) -> HuaxiangError | None:
    code = str(getattr(error, "sqlite_errorname", "") or "")
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or code == "SQLITE_IOERR_SHORT_READ":
        return damaged(path, code)
    if "no such table" in str(error):
        return damaged(path, "SQLITE_SCHEMA")
    if code == "SQLITE_FULL":
        return full(path)
    if code.startswith("SQLITE_READONLY") or code in ("SQLITE_PERM", "SQLITE_AUTH"):
        return refused(path)
    if code.startswith("SQLITE_CANTOPEN"):
        return refused(path) if path is None or path.is_file() or not path.exists() else damaged(path, code)
    if code.startswith("SQLITE_IOERR"):
        return full(path) if path is not None and _without_room(path) else failing(path, code)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return busy(path)
    return None


def _of_system(error: OSError, path: Path | None) -> HuaxiangError | None:
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
    if error.errno in _FULL:
        return full(where)
    if error.errno in _REFUSED:
        return refused(where)
    if error.errno in _BROKEN:
        return failing(where, errno.errorcode.get(error.errno or 0, ""))
    return None


def _without_room(path: Path) -> bool:
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < 1 << 20


def _lost(path: Path) -> Words:
    store = store_of(path)
    return store.lost if store else Words("put a copy of it back", "请放回它的备份")


def _code(why: str) -> str:
    return f" ({why})" if why else ""


def _code_zh(why: str) -> str:
    return f"（{why}）" if why else ""
