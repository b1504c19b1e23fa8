"""Telling of a whole column of texts that nothing need be done to them: no folding, no trimming.

Patterns of the engine take some 0.3 µs for each text; one compiled pass over the bytes of the column takes a tenth.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pyarrow as pa


def all_tidy(column: pa.ChunkedArray) -> bool:
    """Return whether every text is empty, or visible ASCII and common Chinese characters with blanks only between."""
    return all(_is_tidy(chunk) for chunk in column.chunks)


def _is_tidy(chunk: pa.Array) -> bool:
    texts = chunk.cast(pa.string())
    if not len(texts):
        return True
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    # What lies under a null is looked at as well: at worst a tidy column is not known to be so.
    source = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    return bool(_tidy(source, places))


def _tidy_py(data: Any, places: Any) -> bool:
    for row in range(len(places) - 1):
        begin, end = places[row], places[row + 1]
        if begin == end:
            continue
        if data[begin] == 32 or data[end - 1] == 32:
            return False
        at = begin
        while at < end:
            byte = data[at]
            if 32 <= byte <= 126:
                at += 1
            elif 0xE5 <= byte <= 0xE9 or (byte == 0xE4 and data[at + 1] >= 0xB8):
                at += 3
            else:
                return False
    return True


_tidy: Any = numba.njit(cache=True, nogil=True)(_tidy_py)
