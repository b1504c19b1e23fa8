"""Who serves a project: `.huaxiang/server.json`, there while a server runs; a lock keeps a second one away."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from huaxiang.errors import ProjectError
from huaxiang.processes.locks import is_held
from huaxiang.project import SERVER_LOCK, STORE
from huaxiang.words import Words

FILE = "server.json"
_PATIENCE_S = 1.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be told apart, not to listen to


@dataclass(frozen=True)
class Presence:
    """A running server: its process, where it listens, and the token by which commands of this machine speak to it."""

    pid: int
    host: str
    port: int
    token: str

    @property
    def reached_at(self) -> str:
        """The host by which this machine reaches it."""
        return _ANYWHERE.get(self.host, self.host)


@contextmanager
def only_server(root: Path) -> Iterator[None]:
    """Keep other servers of the project away for the block. Raises ProjectError when one is running."""
    (root / STORE).mkdir(parents=True, exist_ok=True)
    # Whoever asks whether a server runs holds the lock for a moment.
    lock = FileLock(root / STORE / SERVER_LOCK, timeout=_PATIENCE_S)
    try:
        lock.acquire()
    except Timeout:
        other = running_server(root)
        where = f" (http://{other.reached_at}:{other.port})" if other else ""
        raise ProjectError(
            Words(f"this project is being served already{where}", f"这个项目已有服务在运行{where}")
        ) from None
    try:
        # Whoever holds the lock is the server: what a killed one left would be taken for it.
        (root / STORE / FILE).unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def new_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(32)


@contextmanager
def announced(root: Path, presence: Presence) -> Iterator[None]:
    """Let commands find the server for the block: the file can be read by its owner alone, as the token is in it."""
    path = root / STORE / FILE
    fresh = path.with_name(f"{FILE}.{presence.pid}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(presence), file)
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_server(root: Path) -> Presence | None:
    """Return the server of a project, None when none runs; a file that a killed one left counts for nothing.

    Its lock tells whether it lives: its process number may be another process's by now.
    """
    try:
        presence = Presence(**json.loads((root / STORE / FILE).read_text(encoding="utf-8")))
        return presence if is_held(root / STORE / SERVER_LOCK) else None
    except (OSError, ValueError, TypeError):
        return None
