"""Whole columns of text at once: digits, money, JSON strings, lines ready to be written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.simulate.arrays import Bools, Ints

_HUNDREDTHS = pa.array([f".{n:02}" for n in range(100)])


def glue(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """Return the parts of each row joined; a plain str stands for the same text in every row."""
    return pc.binary_join_element_wise(*parts, between)


def pick(table: Sequence[str] | pa.Array, rows: Ints) -> pa.Array:
    """Return the entries of `table` at `rows`."""
    column = table if isinstance(table, pa.Array) else pa.array(table, pa.string())
    return column.take(pa.array(rows))


def whole(numbers: Ints, width: int = 0) -> pa.Array:
    """Return whole numbers as text, with leading zeros up to `width`."""
    plain = pc.cast(pa.array(numbers), pa.string())
    return pc.utf8_lpad(plain, width, "0") if width else plain


def money(cents: Ints) -> pa.Array:
    """Return amounts, given in hundredths, with two decimals."""
    return glue(whole(cents // 100), _HUNDREDTHS.take(pa.array(cents % 100)))


def json_text(column: pa.Array) -> pa.Array:
    """Return JSON strings, null for null; the text must need no escapes."""
    return pc.coalesce(glue('"', column, '"'), "null")


def blank_unless(column: pa.Array, keep: Bools, instead: str | None = "") -> pa.Array:
    """Return `column` where `keep`, else `instead`."""
    return pc.if_else(pa.array(keep), column, pa.scalar(instead, pa.string()))


def edit(column: pa.Array, rows: Ints, change: Callable[[str], str]) -> pa.Array:
    """Return `column` with the entries at the ascending `rows` changed one by one."""
    if not len(rows):
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    changed = [change(entry) for entry in column.take(pa.array(rows)).to_pylist()]
    return pc.replace_with_mask(column, pa.array(mask), pa.array(changed, pa.string()))


def fold(column: pa.Array, counts: Ints, between: str = ",") -> pa.Array:
    """Return the entries joined in runs of `counts` entries each."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), column), between)


def from_bytes(letters: Ints) -> pa.Array:
    """Return one text for each row of a table of ASCII codes."""
    rows, width = letters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(letters, dtype=np.uint8)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def decimal(cents: Ints) -> pa.Array:
    """Return exact amounts, given in hundredths."""
    low = cents.astype(np.int64)
    words = np.stack([low, low >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(14, 2), len(low), [None, pa.py_buffer(words)])
