"""What all readers of files share: finding files below the project, their signatures and fingerprints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from huaxiang.connectors.base import Part, ReadSpec
from huaxiang.connectors.places import check_place, is_own, name_of, start_of
from huaxiang.errors import ReadError
from huaxiang.words import Words

CHUNK = 1 << 20
_WILD = re.compile(r"[*?\[]")


def unreadable(name: str, en: str, zh: str) -> ReadError:
    """Return the error for a part that cannot be read. `en` and `zh` are fixed texts: never anything read from it."""
    return ReadError(Words(en=f"{name}: {en}", zh=f"{name}：{zh}"))


def find(root: Path, pattern: str, endings: tuple[str, ...] = ()) -> list[Path]:
    """Return the files that `pattern` names, below `root` or a folder the project lists, sorted by name.

    A pattern that is a folder means all files below it. Only files with one of `endings` count, when given; those of
    the project's own store never do. Raises ReadError when the pattern or a link leads to where definitions may not
    read (places.py), or names a single file that is not there.
    """
    start, wanted = start_of(root, pattern)
    if _WILD.search(wanted):
        found: list[Path] = list(start.glob(wanted))
    elif (start / wanted).is_dir():
        found = list((start / wanted).rglob("*"))
    else:
        found = [start / wanted]
        if not found[0].is_file():
            raise unreadable(
                pattern, "there is no such file; check the name below the project", "找不到此文件，请检查项目内的路径"
            )
    files = sorted(file for file in found if not is_own(root, file) and file.is_file() and not _is_hidden(file))
    for file in files:
        check_place(root, file)
    return [file for file in files if not endings or file.name.lower().endswith(endings)]


def file_parts(root: Path, spec: ReadSpec, endings: tuple[str, ...] = ()) -> list[Part]:
    """Return one part for each file of `spec.target`. Raises as find()."""
    return [part_of(root, file) for file in find(root, spec.target, endings)]


def part_of(root: Path, file: Path) -> Part:
    """Return the part that is the whole of `file`."""
    name = name_of(root, file)
    return Part(name=name, signature=signature(file), order=order_of(name), locator={"file": name})


def path_of(root: Path, part: Part) -> Path:
    """Return the file of a part made here."""
    return root / str(part.locator["file"])


def signature(file: Path) -> str:
    """Return size and time of change of `file`. Raises ReadError when it is gone."""
    try:
        seen = file.stat()
    except OSError:
        raise unreadable(file.name, "cannot be opened", "无法打开") from None
    return f"{seen.st_size}-{seen.st_mtime_ns}"


def fingerprint(file: Path, name: str, extra: str = "") -> str:
    """Return the hash of the content of `file` (and of `extra`). Raises ReadError naming `name`."""
    digest = blake2b(extra.encode(), digest_size=16)
    for chunk in chunks(file, name):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(file: Path, name: str, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the bytes of `file` as they are. Raises ReadError naming `name`."""
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(size):
                yield chunk
    except OSError:
        raise unreadable(
            name, "cannot be opened (missing, locked or refused)", "无法打开（不存在、被占用或无权限）"
        ) from None


def order_of(name: str) -> str:
    """Return a text that sorts names as people do: "day-10" after "day-9"."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), name)


def doubled_names(part: str, written: list[str], names: list[str]) -> Iterator[Words]:
    """Yield what to tell of columns that a header calls by the name of an earlier one; `names` are the unique ones."""
    for text, name in zip(written, names, strict=True):
        if (first := text.strip()) and first != name:
            yield Words(
                f"{part}: the header names {first} more than once; this one is called {name}",
                f"{part}：表头多次出现 {first}；后一列名为 {name}",
            )


def unique_names(names: list[str]) -> list[str]:
    """Return `names` without blanks around them, the empty ones named by place, doubled ones numbered."""
    taken: set[str] = set()
    given = {name.strip() for name in names}
    result = []
    for place, raw in enumerate(names, start=1):
        name = wanted = raw.strip() or f"column_{place}"
        number = 2
        # A number is skipped when the header has that very name elsewhere: "a, a, a_2" must stay a, a_3, a_2.
        while name in taken or (name != raw.strip() and name in given):
            name, number = f"{wanted}_{number}", number + 1
        taken.add(name)
        result.append(name)
    return result


def _is_hidden(file: Path) -> bool:
    # "~$book.xlsx" is the lock Excel leaves beside an open workbook.
    return file.name.startswith((".", "~$"))
