"""Files: text of whole columns, parquet, and nothing that would make the same rows give different bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq


class Lines(Protocol):
    """Takes columns of finished lines, each ending with a line feed."""

    def __call__(self, lines: pa.Array) -> None: ...


@contextmanager
def text_file(path: Path, *, header: str = "", encoding: str = "utf-8", packed: bool = False) -> Iterator[Lines]:
    """Open `path` for finished lines, after a `header`; `packed` with gzip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        raw: IO[bytes] = stack.enter_context(path.open("wb"))
        # Name and time are left out of the gzip header, for they would differ from run to run.
        out = stack.enter_context(gzip.GzipFile("", "wb", 1, raw, mtime=0)) if packed else raw
        out.write(header.encode(encoding))

        def write(lines: pa.Array) -> None:
            if len(lines):
                joined = lines.buffers()[2]
                # The encoding with a byte order mark would repeat the mark before every batch.
                same = encoding.startswith("utf-8")
                out.write(joined if same else str(joined, "utf-8").encode(encoding))

        yield write


def parquet(path: Path, table: pa.Table) -> None:
    """Write a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)
