"""What the other stores should hold, noted when a build is done: numbers by which a later look finds a loss."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from huaxiang.manifest import Manifest
from huaxiang.registry.store import Registry
from huaxiang.registry.tables import MARKS, PART_FILES

KEY, VAULT, INBOX = "key", "vault", "inbox"
"""The names of marks: what tells the master key, the vault and the inbox from another."""


def marks(registry: Registry) -> dict[str, dict[str, Any]]:
    """Return all marks by name."""
    with registry.engine.connect() as connection:
        return {row.name: dict(row.value) for row in connection.execute(sa.select(MARKS.c.name, MARKS.c.value))}


def set_marks(registry: Registry, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Note marks, each in place of what was noted under its name before."""
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    with registry.engine.begin() as connection:
        for name, value in found.items():
            connection.execute(MARKS.delete().where(MARKS.c.name == name))
            connection.execute(MARKS.insert().values(name=name, value=dict(value), at=at))


def part_files(registry: Registry) -> dict[int, tuple[str, Manifest]]:
    """Return what was written of each part, by its number: the folder's name, and what files are in it."""
    query = sa.select(PART_FILES.c.part, PART_FILES.c.folder, PART_FILES.c.files)
    with registry.engine.connect() as connection:
        return {
            row.part: (row.folder, {name: (each[0], each[1], each[2]) for name, each in row.files.items()})
            for row in connection.execute(query)
        }


def note_part_files(registry: Registry, found: Mapping[int, tuple[str, Manifest]]) -> None:
    """Note what files the folders of parts hold, by the parts' numbers."""
    if not found:
        return
    rows = [
        {"part": part, "folder": folder, "files": {name: list(each) for name, each in files.items()}}
        for part, (folder, files) in found.items()
    ]
    with registry.engine.begin() as connection:
        connection.execute(PART_FILES.delete().where(PART_FILES.c.part.in_(list(found))))
        connection.execute(PART_FILES.insert(), rows)
