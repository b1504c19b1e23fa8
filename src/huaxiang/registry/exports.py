"""Exports: which files were made of which segment or filter, by whom, of which build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from huaxiang.registry.store import Registry
from huaxiang.registry.tables import EXPORTS


@dataclass(frozen=True)
class Export:
    """One file that was written. `segment` is None for an export of everybody or of a filter by tags.

    `tags` are its columns, `filters` the tags it was chosen by, `kinds` those of personal values it holds masked;
    `file` is the bare name.
    """

    id: int
    at: datetime
    by: str
    segment: str | None
    tags: tuple[str, ...]
    filters: tuple[str, ...]
    kinds: tuple[str, ...]
    form: str
    file: str
    rows: int
    build: int


def record_export(
    registry: Registry,
    *,
    build: int,
    file: str,
    form: str,
    rows: int,
    segment: str | None = None,
    tags: Sequence[str] = (),
    filters: Sequence[str] = (),
    kinds: Sequence[str] = (),
    by: str = "",
) -> None:
    """Note a file that was written, now (UTC)."""
    values = {
        "at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"), "by": by, "segment": segment,
        "tags": list(tags), "filters": list(filters), "kinds": list(kinds),
        "form": form, "file": file, "rows": rows, "build": build,
    }  # fmt: skip
    with registry.engine.begin() as connection:
        connection.execute(EXPORTS.insert().values(**values))


def exports(registry: Registry, *, segment: str | None = None, tag: str | None = None) -> list[Export]:
    """Return the exports so far, newest first: all, those of a segment, or those a tag is in."""
    query = sa.select(EXPORTS).order_by(EXPORTS.c.id.desc())
    if segment is not None:
        query = query.where(EXPORTS.c.segment == segment)
    with registry.engine.connect() as connection:
        found = [_export(row) for row in connection.execute(query).mappings()]
    return [each for each in found if tag is None or tag in (*each.tags, *each.filters)]


def _export(row: Any) -> Export:
    return Export(
        row["id"], datetime.fromisoformat(row["at"]), row["by"], row["segment"], tuple(row["tags"]),
        tuple(row["filters"]), tuple(row["kinds"]), row["form"], row["file"], row["rows"], row["build"],
    )  # fmt: skip
