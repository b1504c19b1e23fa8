"""Static lists: files of identifiers, through the blind index, as nodes. No value of a list is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.clean.normalise.registry import normaliser
from huaxiang.connectors.base import ROW
from huaxiang.connectors.marks import values
from huaxiang.connectors.readers import BadRead, reader_for
from huaxiang.errors import ReadError
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey
from huaxiang.segment.definition import ByList
from huaxiang.segment.segmentset import SegmentSet
from huaxiang.sources import reader_of
from huaxiang.words import Words

SCHEMA = pa.schema([("segment", pa.string()), ("node", pa.int64())])


@dataclass(frozen=True)
class ListCount:
    """What became of a list's rows: `rows` read, `invalid` that are no identifier of the kind (by row number)."""

    segment: str
    rows: int
    invalid: tuple[int, ...]


def list_nodes(segments: SegmentSet, root: Path, master: MasterKey, region: str) -> tuple[pa.Table, list[ListCount]]:
    """Return the nodes of every static list, (segment, node), and what became of each list's rows.

    A list's identifiers are in the column named like their kind, or else in the first column.
    Raises ReadError when a list cannot be read.
    """
    blind = BlindIndex(master)
    tables, counts = [SCHEMA.empty_table()], []
    for code, segment in segments.segments.items():
        if isinstance(segment.body, ByList):
            kind = segment.body.identifier.text
            texts = _texts(root, segment.body)
            canonical = [(row, normaliser(kind, region).normalise(text) if text else None) for row, text in texts]
            good = [value for _, value in canonical if value is not None]
            nodes = blind.many(kind, good)[:, 0] if good else np.zeros(0, dtype=np.int64)
            tables.append(pa.table({"segment": [code] * len(good), "node": nodes}, schema=SCHEMA))
            invalid = tuple(row for row, value in canonical if value is None)
            counts.append(ListCount(code, len(texts), invalid))
    return pa.concat_tables(tables), counts


def _texts(root: Path, body: ByList) -> list[tuple[int, str | None]]:
    """Return the number and the text of each row."""
    name = body.file.text
    try:
        spec = reader_for(name)[1]
    except BadRead as error:
        raise ReadError(error.words) from error
    reader = reader_of(spec)
    parts = reader.parts(spec, root, None)
    if not parts or reader.layout != "columns":
        raise ReadError(Words(f"the list {name} cannot be read as a table", f"名单 {name} 无法作为表格读取"))
    found: list[tuple[int, str | None]] = []
    for part in parts:
        columns = reader.columns(spec, root, part) or []
        column = body.identifier.text if body.identifier.text in columns else columns[0]
        for batch in reader.read(spec, root, part, [column]):
            texts = values(batch.table.column(column)).to_pylist()
            found += zip(batch.table.column(ROW).to_pylist(), texts, strict=True)
            found += [(each.row, None) for each in batch.broken]
    return found
