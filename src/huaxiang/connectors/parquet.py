"""Parquet files, read row group by row group, every column as text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from huaxiang.connectors import astext
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Layout, Part, ReadSpec
from huaxiang.connectors.filekind import HEAD, PARQUET, wrong_kind
from huaxiang.connectors.files import chunks, file_parts, fingerprint, path_of, unreadable
from huaxiang.words import Words

_PARQUET = Words("a Parquet file", "Parquet 文件")


@dataclass(frozen=True)
class ParquetReader:
    """Reads Parquet. There are no broken records in it: a damaged file cannot be read at all."""

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = "parquet"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset()
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each file."""
        return file_parts(root, spec)

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return the hash of the file."""
        return fingerprint(path_of(root, part), part.name)

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return nothing: there is nothing to tell."""
        return []

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names in the schema."""
        with _opened(root, part) as file:
            return list(file.schema_arrow.names)

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the file is not whole."""
        with _opened(root, part) as file:
            there = sorted(set(columns) & set(file.schema_arrow.names))
            done = 0
            for batch in file.iter_batches(batch_size=self.batch_rows, columns=there, use_threads=False):
                yield Batch(_table(batch, columns, done))
                done += batch.num_rows


def _table(batch: pa.RecordBatch, columns: list[str], done: int) -> pa.Table:
    # Two columns may have one name, which pyarrow does not let one ask for.
    place = {name: field for field, name in reversed(list(enumerate(batch.schema.names)))}
    arrays = [
        astext.of_column(batch.column(place[name])) if name in place else pa.nulls(batch.num_rows, pa.string())
        for name in columns
    ]
    rows = pa.array(np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64))
    return pa.table([rows, *arrays], names=[ROW, *columns])


@contextmanager
def _opened(root: Path, part: Part) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path_of(root, part)) as file:
            yield file
    except MemoryError:
        # Arrow's own is one of its exceptions, too, but says nothing of the file.
        raise
    except (OSError, pa.ArrowException):
        path = path_of(root, part)
        head = next(chunks(path, part.name, HEAD), b"") if path.is_file() else PARQUET
        if not head.startswith(PARQUET) and (fault := wrong_kind(part.name, head, _PARQUET)):
            raise fault from None
        raise unreadable(
            part.name, "is not a whole Parquet file, or cannot be opened", "不是完整的 Parquet 文件，或无法打开"
        ) from None
