"""The subscribers of a project as its files have them now; a fault in them keeps those of before."""

from __future__ import annotations

import logging
from pathlib import Path

from huaxiang.errors import HuaxiangError
from huaxiang.project import FILE, REGISTRY, STORE, load_project
from huaxiang.subscribers import FOLDER, Subscriber
from huaxiang.tag.overlay import read_versions

_LOG = logging.getLogger(__name__)


class Definitions:
    """The subscribers of the project in `root`, and the tags that travel only by name.

    `known`: whether they were ever read without fault; `fault`: what is wrong with the files now, None when nothing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.subscribers: tuple[Subscriber, ...] = ()
        self.guarded: frozenset[str] = frozenset()
        self.known = False
        self.fault: HuaxiangError | None = None
        self._seen: object = None
        self._registry: tuple[object, object] = (None, None)

    def reload(self) -> bool:
        """Read the definitions again if their files changed; return whether they were read and are sound."""
        seen = self._stamp()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            project = load_project(self.root)
        except HuaxiangError as error:
            if self.fault is None:
                _LOG.warning("definitions have faults; subscribers stay as they were")
            # What mends it may be elsewhere, in the environment or in a file that is not looked at.
            self.fault, self._seen = error, None
            return False
        self.subscribers, self.known, self.fault = project.subscribers, True, None
        self.guarded = frozenset(code for code, tag in project.tags.tags.items() if tag.sensitive)
        return True

    def _stamp(self) -> object:
        files = [self.root / FILE]
        for folder in (FOLDER, "tags", "segments", "facts"):
            files += sorted((self.root / folder).rglob("*.y*ml"))
        return tuple(_written(file) for file in files), self._governed()

    def _governed(self) -> object:
        """Return what the registry has of definitions. It changes for many other reasons, several times a minute."""
        file = self.root / STORE / REGISTRY
        written = _written(file)
        if written != self._registry[0]:
            self._registry = written, read_versions(file)
        return self._registry[1]


def _written(file: Path) -> tuple[str, int, int]:
    """Return what tells whether a file was written since: its name, when it was, how long it is."""
    try:
        found = file.stat()
    except OSError:
        return file.name, 0, 0
    return file.name, found.st_mtime_ns, found.st_size
