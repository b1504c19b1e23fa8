"""Letters and their marks put together (NFC) in cells, so that expressions compare texts as people see them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def composed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column of texts, each in NFC; the column itself where nothing in it can be put together."""
    texts = column.cast(pa.string())
    return pc.utf8_normalize(texts, "NFC") if any(map(_may_change, texts.chunks)) else texts


def _may_change(texts: pa.Array) -> bool:
    if not len(texts):
        return False
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    source = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    return bool(_look(source, places[0], places[-1]))


def _look_py(data: Any, begin: Any, end: Any) -> Any:
    """Say whether there is anything but ASCII, composed Latin letters, Cyrillic and Chinese characters."""
    at = begin
    while at < end:
        byte = data[at]
        if byte < 0x80:
            at += 1
        elif 0xC2 <= byte <= 0xCB or byte in (0xCF, 0xD0, 0xD1):
            at += 2
        elif 0xE4 <= byte <= 0xE9:
            at += 3
        elif byte == 0xE3 and data[at + 1] == 0x80:
            # Chinese punctuation.
            at += 3
        elif byte == 0xEF and data[at + 1] >= 0xBC:
            # Full width.
            at += 3
        else:
            return True
    return False


_look: Any = numba.njit(cache=True, nogil=True)(_look_py)
