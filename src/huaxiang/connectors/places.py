"""Which places of the disk definitions may read: below the project but for its store, and folders the project lists."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from huaxiang import stores
from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, read_yaml
from huaxiang.errors import ReadError
from huaxiang.words import Words

FILE = "huaxiang.yaml"
STORE = stores.STORE
"""The folder of a project that is huaxiang's own; nothing in it is read as data."""


def parse_data_roots(fields: Fields) -> tuple[Path, ...]:
    """Return the folders outside the project that `data_roots` lists; each is an absolute path."""
    found = []
    for text in fields.texts("data_roots"):
        if (
            PurePosixPath(text.text).is_absolute()
            and len(PurePosixPath(text.text).parts) > 1
            and not _climbs(text.text)
        ):
            found.append(Path(text.text))
        else:
            en, zh = "a data root is the absolute path of a folder", "data_roots 应是文件夹的绝对路径"
            fields.faults.add(text.place, en, zh)
    return tuple(found)


def leaves(written: str) -> bool:
    """Tell whether a path as written leads out of the project, wherever the project is."""
    return PurePosixPath(written).is_absolute() or bool(PureWindowsPath(written).drive) or _climbs(written)


def start_of(root: Path, written: str) -> tuple[Path, str]:
    """Return the folder below which a path or pattern is looked for, and what is looked for there.

    Raises ReadError when it leaves the project for a place that is not below a folder of `data_roots`, or names the
    project's store.
    """
    if not written.strip() or "\0" in written or _climbs(written) or PureWindowsPath(written).drive:
        raise _outside(written)
    path = PurePosixPath(written)
    if not path.is_absolute():
        if _in_store(Path(written)):
            raise _own(written)
        return root, written
    for folder in (root, *data_roots(root)):
        if path.is_relative_to(folder) and not _in_store(Path(path.relative_to(folder))):
            return folder, str(path.relative_to(folder))
    raise _outside(written)


def is_own(root: Path, file: Path) -> bool:
    """Tell whether a file was found in the project's store."""
    return file.is_relative_to(root) and _in_store(file.relative_to(root))


def check_place(root: Path, file: Path) -> None:
    """Raise ReadError when a file, links followed, is not where definitions may read."""
    real, home, name = file.resolve(), root.resolve(), name_of(root, file)
    if real.is_relative_to((root / STORE).resolve()):
        raise _own(name)
    if real.is_relative_to(home):
        return
    # What the project lists is looked up only where it matters: nearly every file is below the project.
    for folder in (each.resolve() for each in data_roots(root)):
        if real.is_relative_to(folder):
            if _in_store(real.relative_to(folder)):
                raise _own(name)
            return
    if file.is_relative_to(root) or file.is_symlink():
        raise _refused(name, "is a link that leaves the project", "是指向项目之外的链接")
    raise _outside(name)


def name_of(root: Path, file: Path) -> str:
    """Return a file's name as people see it: relative to the project, or the whole path of one outside."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def data_roots(root: Path) -> tuple[Path, ...]:
    """Return the folders outside the project that it lists in huaxiang.yaml."""
    faults = Faults()
    node = read_yaml(root / FILE, FILE, faults)
    return () if node is None else parse_data_roots(Fields(node, "", faults))


def _climbs(written: str) -> bool:
    return ".." in PurePosixPath(written).parts or ".." in PureWindowsPath(written).parts


def _in_store(path: Path) -> bool:
    return any(part.casefold() == STORE for part in path.parts)


def _outside(written: str) -> ReadError:
    return _refused(
        written,
        "is outside the project; name files below its folder, or list the folder under data_roots in huaxiang.yaml",
        "在项目之外；只能读取项目文件夹内的文件，或在 huaxiang.yaml 的 data_roots 中列出所在文件夹",
    )


def _own(written: str) -> ReadError:
    return _refused(
        written, f"is in {STORE}, which is no place for data", f"位于 {STORE} 中，那里存放的不是可读取的数据"
    )


def _refused(name: str, en: str, zh: str) -> ReadError:
    return ReadError(Words(f"{name}: {en}", f"{name}：{zh}"))
