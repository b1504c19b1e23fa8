"""Values sealed by the clean stage before their person is known: one sealed table for each part of a source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.privacy.keys import KEY_BYTES
from huaxiang.privacy.seal import open_box, seal_box
from huaxiang.privacy.storage import VaultFile
from huaxiang.words import Words

PENDING = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
"""What a pending table holds: the node (`hi` of a blind index) a value was seen with, its kind, and the value."""

_PIECE_ROWS = 2_000_000
"""A piece is sealed and stored as one blob: SQLite takes at most 1 GB, AES-GCM 2 GiB."""
_WHAT = Words(en="values that wait for their person", zh="等待归属的个人数据")


def put_pending(file: VaultFile, part: str, table: pa.Table) -> None:
    """Seal `table` (columns of PENDING) under a new key as what `part` has, in place of what it had before."""
    rows = table.select(PENDING.names).cast(PENDING)
    starts = range(0, max(rows.num_rows, 1), _PIECE_ROWS)
    key = os.urandom(KEY_BYTES)
    wrapped = file.wrapping.seal(key, b"pending key|" + part.encode())
    with file.writing() as db:
        db.execute("DELETE FROM pending WHERE part = ?", (part,))
        db.executemany(
            "INSERT INTO pending (part, piece, wrapped, sealed) VALUES (?, ?, ?, ?)",
            (
                (
                    part,
                    piece,
                    wrapped,
                    seal_box(key, _pack(rows.slice(start, _PIECE_ROWS)), _place(part, piece, starts)),
                )
                for piece, start in enumerate(starts)
            ),
        )


def read_pending(file: VaultFile) -> Iterator[tuple[str, pa.Table]]:
    """Yield (part, table) for each part, opening one at a time. Raises SealError when one was altered.

    No transaction stays open between two parts: they may be dropped, or settled, while iterating.
    """
    with file.reading() as db:
        parts = [part for (part,) in db.execute("SELECT DISTINCT part FROM pending ORDER BY part")]
    for part in parts:
        with file.reading() as db:
            pieces = db.execute("SELECT wrapped, sealed FROM pending WHERE part = ? ORDER BY piece", (part,)).fetchall()
        if not pieces:  # dropped since
            continue
        key = file.wrapping.open(pieces[0][0], b"pending key|" + part.encode(), _WHAT)
        tables = (
            _unpack(open_box(key, sealed, _place(part, piece, range(len(pieces))), _WHAT))
            for piece, (_, sealed) in enumerate(pieces)
        )
        yield part, pa.concat_tables(tables)


def drop_pending(file: VaultFile, parts: Iterable[str]) -> None:
    """Remove what `parts` have; a part that has nothing is passed over."""
    with file.writing() as db:
        db.executemany("DELETE FROM pending WHERE part = ?", ((part,) for part in parts))


def forget_pending(file: VaultFile, nodes: npt.NDArray[np.int64]) -> int:
    """Remove the values seen with any of `nodes` from every part, as an erasure must; return how many there were."""
    forgotten = 0
    for part, table in read_pending(file):
        kept = table.filter(pc.invert(pc.is_in(table["node"], pa.array(nodes, pa.int64()))))
        if kept.num_rows < table.num_rows:
            forgotten += table.num_rows - kept.num_rows
            put_pending(file, part, kept)
    return forgotten


def _place(part: str, piece: int, pieces: range) -> bytes:
    # How many there are is bound in as well: a piece taken away is noticed.
    return f"pending|{piece}/{len(pieces)}|{part}".encode()


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, PENDING, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(packed: bytes) -> pa.Table:
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()
