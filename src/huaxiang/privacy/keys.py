"""The master key: 32 random bytes that live outside the project, and the sub-keys derived from it."""

from __future__ import annotations

import base64
import binascii
import os
import re
import sqlite3
import stat
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huaxiang.errors import MasterKeyError, WrongKeyError
from huaxiang.secret import from_environment
from huaxiang.stores import REGISTRY, STORE, VAULT
from huaxiang.words import Words

KEY_BYTES = 32
KEY_VARIABLE = "HUAXIANG_MASTER_KEY"
FILE_VARIABLE = "HUAXIANG_MASTER_KEY_FILE"
_PROJECT_ID = re.compile(r"\w[\w.-]{0,127}")


class Purpose(Enum):
    """What a sub-key is for. The labels are part of the format: changing one loses everything sealed under it."""

    BLIND_INDEX = "blind index"
    KEY_WRAPPING = "key wrapping"
    QUARANTINE = "quarantine"
    INBOX = "inbox"
    CHECK = "check"


class MasterKey:
    """The secret all others come from. It cannot be printed, pickled, copied or compared.

    Not a dataclass: `dataclasses.asdict` would hand the bytes to whoever logs or dumps settings.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """Keep `secret`, 32 bytes. Raises MasterKeyError when there are more or fewer."""
        if len(secret) != KEY_BYTES:
            raise MasterKeyError(
                Words(
                    en=f"a master key has {KEY_BYTES} bytes, this one has {len(secret)}",
                    zh=f"主密钥应为 {KEY_BYTES} 字节，这一个是 {len(secret)} 字节",
                )
            )
        self._secret = secret

    @classmethod
    def random(cls) -> MasterKey:
        """Return a new key from the operating system's randomness."""
        return cls(os.urandom(KEY_BYTES))

    def sub_key(self, purpose: Purpose) -> bytes:
        """Return the 32 bytes for `purpose` (HKDF-SHA256); knowing one sub-key tells nothing of another."""
        label = f"huaxiang/1/{purpose.value}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(self._secret)

    def as_text(self) -> str:
        """Return the key as base64, for the key file and nothing else."""
        return base64.b64encode(self._secret).decode("ascii")

    def __repr__(self) -> str:
        return "MasterKey(‹hidden›)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a master key is never pickled or copied")


def key_file(project_id: str) -> Path:
    """Return where the key file of `project_id` is, or would be. Raises MasterKeyError when the id names no file."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named).expanduser()
    if not _PROJECT_ID.fullmatch(project_id):
        raise MasterKeyError(
            Words(
                en="the project's id must be letters, digits, '.', '_' or '-': it names the key file",
                zh="项目标识只能由文字、数字、“.”、“_”、“-”组成：密钥文件以它命名",
            )
        )
    config = os.environ.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a relative path there is invalid and must be ignored.
    home = Path(config) if Path(config).is_absolute() else Path.home() / ".config"
    return home / "huaxiang" / "keys" / f"{project_id}.key"


def create_master_key(project_id: str, project_root: Path | None = None) -> Path:
    """Make a new key and keep it in the key file of `project_id` (mode 0600, folder 0700); return the file's path.

    Raises MasterKeyError when a key is there already (in the file or in the environment: a key is never replaced, for
    what it sealed would be lost), when the file would lie in the project, or when it cannot be written.
    """
    if os.environ.get(KEY_VARIABLE):
        raise MasterKeyError(
            Words(
                en=f"{KEY_VARIABLE} already holds a master key: use it, or unset it before making a new one",
                zh=f"环境变量 {KEY_VARIABLE} 中已有主密钥：请直接使用，或先取消该变量再新建",
            )
        )
    path = key_file(project_id)
    _refuse_inside(path, project_root)
    text = MasterKey.random().as_text() + "\n"
    try:
        _make_folder(path.parent)
        # O_EXCL: of two processes that create at once, one is told so; no key ever overwrites another.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
    except FileExistsError:
        raise MasterKeyError(
            Words(
                en=f"{path} already exists and is not replaced: what it sealed could never be opened again",
                zh=f"{path} 已存在，不会被覆盖：否则用它封存的数据将再也打不开",
            )
        ) from None
    except OSError as fault:
        raise _unusable(path, fault) from None
    return path


def load_master_key(project_id: str, project_root: Path) -> MasterKey:
    """Return the master key of a project: from HUAXIANG_MASTER_KEY, else from its key file.

    Raises WrongKeyError when the project's data was sealed with another.
    Raises MasterKeyError, saying what to do, when there is none, when it is not 32 bytes of base64, when others can
    read the file, or when the file lies in the project (where it would be copied and committed with the data).
    """
    master = _found(project_id, project_root)
    for path in (project_root / STORE / VAULT, project_root / STORE / REGISTRY):
        noted = noted_key(path)
        if noted and noted != key_check(master):
            raise WrongKeyError(
                Words(
                    en=f"this master key is not the one that {path} was sealed with: put that key back",
                    zh=f"当前主密钥不是封存 {path} 时所用的那一把：请放回原来的主密钥",
                )
            )
    return master


def _found(project_id: str, project_root: Path) -> MasterKey:
    in_environment = from_environment(KEY_VARIABLE)
    if in_environment:
        return _decode(in_environment, KEY_VARIABLE)
    path = key_file(project_id)
    _refuse_inside(path, project_root)
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            # The open file is asked, not the path: it cannot be exchanged between the check and the reading.
            _refuse_shared(path, os.fstat(file.fileno()).st_mode)
            return _decode(file.read(1024), str(path))
    except FileNotFoundError:
        raise MasterKeyError(
            Words(
                en=f"no master key: set {KEY_VARIABLE} (base64 of 32 bytes), or put back the key file {path}; "
                "only a project whose vault is still empty may be given a new one",
                zh=f"找不到主密钥：请设置环境变量 {KEY_VARIABLE}（32 字节的 base64），或放回密钥文件 {path}；"
                "只有保险库还是空的项目才可以新建主密钥",
            )
        ) from None
    except OSError as fault:
        raise _unusable(path, fault) from None


def key_check(master: MasterKey) -> str:
    """Return what tells a master key from another, and nothing of it: 16 bytes of a sub-key for no other purpose."""
    return master.sub_key(Purpose.CHECK)[:16].hex()


def noted_key(path: Path) -> str:
    """Return what a vault or a registry says of the key the project was sealed with (`key_check`); "" when nothing.

    Nobody is waited for, and nothing written; a file that cannot be read is named by whoever opens it.
    """
    try:
        if not path.is_file() or not path.stat().st_size:
            return ""
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            row = db.execute(_NOTED[path.name]).fetchone()
    except (sqlite3.Error, OSError):
        return ""
    return str(row[0] or "") if row else ""


_NOTED = {VAULT: "SELECT key FROM written", REGISTRY: "SELECT value ->> '$.check' FROM marks WHERE name = 'key'"}


def _decode(text: str, place: str) -> MasterKey:
    """Return the key written in `text`, standard or URL-safe base64; the text itself never enters an error."""
    try:
        secret = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise MasterKeyError(
            Words(
                en=f"{place} does not hold a master key (base64 of {KEY_BYTES} bytes): put back the one it held",
                zh=f"{place} 中不是主密钥（应为 {KEY_BYTES} 字节的 base64）：请放回原来的主密钥",
            )
        )
    return MasterKey(secret)


def _make_folder(folder: Path) -> None:
    """Make `folder` for its owner alone; a folder that is there already keeps its mode, unless it is our own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.parts[-2:] == ("huaxiang", "keys"):
        folder.chmod(0o700)


def _refuse_inside(path: Path, project_root: Path | None) -> None:
    if project_root is not None and path.resolve().is_relative_to(project_root.resolve()):
        raise MasterKeyError(
            Words(
                en=f"the key file {path} lies in the project folder, where it is copied and committed with the data: "
                "move it out and set " + FILE_VARIABLE,
                zh=f"密钥文件 {path} 在项目文件夹内，会随数据一起被复制和提交：请移到别处并设置 {FILE_VARIABLE}",
            )
        )


def _refuse_shared(path: Path, mode: int) -> None:
    # Windows has no such modes; its files are protected by the user's profile folder.
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise MasterKeyError(
            Words(
                en=f"others can read the key file {path}: run  chmod 600 '{path}'",
                zh=f"其他用户可以读取密钥文件 {path}：请运行  chmod 600 '{path}'",
            )
        )


def _unusable(path: Path, fault: OSError) -> MasterKeyError:
    why = fault.strerror or type(fault).__name__
    return MasterKeyError(
        Words(
            en=f"the key file {path} cannot be used ({why}): check that this user may read and write it",
            zh=f"无法使用密钥文件 {path}（{why}）：请检查当前用户是否有读写权限",
        )
    )
