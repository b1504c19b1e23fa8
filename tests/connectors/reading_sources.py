"""Reading a whole source in one call, for the tests of the readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from huaxiang.connectors.base import ROW, Batch, Broken, Part, Reader, ReadSpec
from huaxiang.connectors.readers import reader_for

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Answer:
    """All rows of all parts, the broken records, and what they came in."""

    rows: list[dict[str, Any]]
    broken: list[Broken]
    batches: list[Batch]
    parts: list[Part]

    def values(self) -> list[dict[str, Any]]:
        return [{key: value for key, value in row.items() if key != ROW} for row in self.rows]

    def numbers(self) -> list[int]:
        return [row[ROW] for row in self.rows]


def read_all(
    read: str | Mapping[str, Any], root: Path, columns: list[str] | None = None, state: str | None = None, **sizes: int
) -> Answer:
    reader, spec = reader_for(read)
    return read_with(type(reader)(**sizes), spec, root, columns, state)


def read_with(
    reader: Reader, spec: ReadSpec, root: Path, columns: list[str] | None, state: str | None = None
) -> Answer:
    parts = reader.parts(spec, root, state)
    batches = []
    for part in parts:
        names = columns if columns is not None else reader.columns(spec, root, part) or []
        batches += list(reader.read(spec, root, part, names))
    rows = [row for batch in batches for row in batch.table.to_pylist()]
    return Answer(rows, [one for batch in batches for one in batch.broken], batches, parts)


def real(path: str) -> Path:
    """Return a file of shared/data, or skip."""
    if not (DATA / path).exists():
        pytest.skip(f"the real data set {path} is not laid out beside the repository")
    return DATA / path
