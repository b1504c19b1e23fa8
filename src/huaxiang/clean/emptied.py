"""Cells that hold a word for no value become null, a column at a time, before anything is made of them.

One compiled pass over the bytes of a column tells most texts; those in full width or with odd characters are asked for
one by one, each distinct text once. Nothing is copied but the bits that say which cells hold a value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from huaxiang.missing import plain_word

_VALUE, _BLANK, _ASK = 0, 1, 2


def emptied(column: pa.ChunkedArray, words: frozenset[str]) -> pa.ChunkedArray:
    """Return the column of texts with null for each text that is one of the words, whatever its case and width."""
    chunks = [_emptied(chunk.cast(pa.string()), words) for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string())


def _emptied(texts: pa.Array, words: frozenset[str]) -> pa.Array:
    blank = _blank(texts, words)
    if not blank.any():
        return texts
    there = texts.is_valid().to_numpy(zero_copy_only=False) & ~blank
    _, offsets, data = texts.buffers()
    # The texts before a slice's own keep their place, with bits that nobody reads.
    bits = np.packbits(np.concatenate([np.zeros(texts.offset, np.bool_), there]), bitorder="little")
    return pa.Array.from_buffers(
        pa.string(), len(texts), [pa.py_buffer(bits.tobytes()), offsets, data], offset=texts.offset
    )


def _blank(texts: pa.Array, words: frozenset[str]) -> NDArray[np.bool_]:
    if not len(texts):
        return np.zeros(0, np.bool_)
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    source = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    found = np.zeros(len(texts), np.uint8)
    _judge(source, places, *_listed(words), found)
    blank: NDArray[np.bool_] = found == _BLANK
    asked = np.flatnonzero(found == _ASK)
    if len(asked):
        doubtful = texts.take(pa.array(asked)).dictionary_encode()
        answers = [text is not None and plain_word(text) in words for text in doubtful.dictionary.to_pylist()]
        told = pc.fill_null(pa.array(answers, pa.bool_()).take(doubtful.indices), False)
        blank[asked] = told.to_numpy(zero_copy_only=False)
    return blank


@lru_cache(maxsize=256)
def _listed(words: frozenset[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the words as bytes, filled up to the longest, and their sizes."""
    listed = sorted((word.encode() for word in words), key=len)
    longest = max(len(word) for word in listed)
    filled = np.array([list(word.ljust(max(longest, 1), b"\0")) for word in listed], np.uint8)
    return filled, np.array([len(word) for word in listed], np.int64)


def _space_py(data: Any, at: Any, end: Any) -> Any:
    """Return how many bytes the white space at `at` takes, 0 where there is none."""
    byte = data[at]
    if byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31:
        return 1
    if byte == 0xC2 and at + 1 < end and (data[at + 1] == 0xA0 or data[at + 1] == 0x85):
        return 2
    if at + 2 >= end:
        return 0
    second, third = data[at + 1], data[at + 2]
    if byte == 0xE3 and second == 0x80 and third == 0x80:
        return 3
    if byte == 0xE2 and second == 0x80 and (third <= 0x8B or third in (0xA8, 0xA9, 0xAF)):
        return 3
    if byte == 0xE2 and second == 0x81 and third in (0x9F, 0xA0):
        return 3
    if byte == 0xEF and second == 0xBB and third == 0xBF:
        return 3
    return 3 if byte == 0xE1 and second == 0x9A and third == 0x80 else 0


_space: Any = numba.njit(cache=True, nogil=True)(_space_py)


def _judge_py(data: Any, places: Any, words: Any, sizes: Any, found: Any) -> None:
    longest = sizes[-1]
    for row in range(len(places) - 1):
        begin, end = places[row], places[row + 1]
        while begin < end:
            taken = _space(data, begin, end)
            if taken == 0:
                break
            begin += taken
        while begin < end:
            at = end - 1
            while at > begin and data[at] & 0xC0 == 0x80:
                at -= 1
            if _space(data, at, end) == 0:
                break
            end = at
        size = end - begin
        # In full width a character of ASCII takes three bytes, in a mathematical script four.
        if size > 4 * longest:
            continue
        for word in range(len(sizes)):
            if sizes[word] == size:
                same = 0
                while same < size:
                    byte = data[begin + same]
                    if 65 <= byte <= 90:
                        byte += 32
                    if byte != words[word, same]:
                        break
                    same += 1
                if same == size:
                    found[row] = _BLANK
                    break
        if found[row] == _VALUE:
            for at in range(begin, end):
                byte = data[at]
                # Neither ASCII nor Chinese: it may have another case, or another width.
                if 0xC2 <= byte <= 0xE2 or byte >= 0xEA:
                    found[row] = _ASK
                    break


_judge: Any = numba.njit(cache=True, nogil=True)(_judge_py)
