"""BLAKE2b (RFC 7693), keyed, of a whole column of texts at once, compiled.

The standard library's hash takes one Python object for each text; a column of millions has none. The answers are the
same (tests/privacy/test_keyed_hash.py compares them).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_IV = np.array(
    [
        *(0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1),
        *(0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179),
    ],
    np.uint64,
)
_ORDERS = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    ],
    np.uintp,
)
_BLOCK = 128
DIGEST_BYTES = 16


def digests(texts: pa.Array, key: bytes, person: bytes) -> NDArray[np.int64]:
    """Return for each text (none null) its digest of 16 bytes under `key`, as two signed big-endian numbers."""
    # Binary: a text may hold half of a surrogate pair.
    column = texts.cast(pa.large_binary())
    found = np.empty((len(column), 2), np.int64)
    if len(column):
        offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
        buffer = column.buffers()[2]
        data = np.frombuffer(buffer if buffer is not None and buffer.size else b"\0", np.uint8)
        _digest_all(data, offsets, _begun(key, person), _IV, _ORDERS, found)
    return found


def load_compiled() -> None:
    """Load what the first compiled function that a process calls has to load first: 0.3 s, here beside other work."""
    digests(pa.array([""]), b"", b"")


def _begun(key: bytes, person: bytes) -> NDArray[np.uint64]:
    """Return the state before the key is taken in, and the key as the block it is: 8 + 16 words."""
    parameters = bytes([DIGEST_BYTES, len(key), 1, 1]) + bytes(44) + person.ljust(16, b"\0")
    state = _IV ^ np.frombuffer(parameters, "<u8")
    return np.concatenate([state, np.frombuffer(key.ljust(_BLOCK, b"\0"), "<u8")])


def _mix_py(a: Any, b: Any, c: Any, d: Any, x: Any, y: Any) -> tuple[Any, Any, Any, Any]:
    a = a + b + x
    d ^= a
    d = (d >> np.uint64(32)) | (d << np.uint64(32))
    c = c + d
    b ^= c
    b = (b >> np.uint64(24)) | (b << np.uint64(40))
    a = a + b + y
    d ^= a
    d = (d >> np.uint64(16)) | (d << np.uint64(48))
    c = c + d
    b ^= c
    b = (b >> np.uint64(63)) | (b << np.uint64(1))
    return a, b, c, d


_mix: Any = numba.njit()(_mix_py)


# The working words are names, not an array: so they stay in registers, which makes it twice as fast.
def _compress_py(h: Any, words: Any, count: int, last: bool, iv: Any, orders: Any) -> None:
    v0, v1, v2, v3, v4, v5, v6, v7 = h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
    v8, v9, v10, v11, v12, v13, v14, v15 = iv[0], iv[1], iv[2], iv[3], iv[4], iv[5], iv[6], iv[7]
    v12 ^= np.uint64(count)
    if last:
        v14 = ~v14
    for turn in range(12):
        s = orders[turn]
        v0, v4, v8, v12 = _mix(v0, v4, v8, v12, words[s[0]], words[s[1]])
        v1, v5, v9, v13 = _mix(v1, v5, v9, v13, words[s[2]], words[s[3]])
        v2, v6, v10, v14 = _mix(v2, v6, v10, v14, words[s[4]], words[s[5]])
        v3, v7, v11, v15 = _mix(v3, v7, v11, v15, words[s[6]], words[s[7]])
        v0, v5, v10, v15 = _mix(v0, v5, v10, v15, words[s[8]], words[s[9]])
        v1, v6, v11, v12 = _mix(v1, v6, v11, v12, words[s[10]], words[s[11]])
        v2, v7, v8, v13 = _mix(v2, v7, v8, v13, words[s[12]], words[s[13]])
        v3, v4, v9, v14 = _mix(v3, v4, v9, v14, words[s[14]], words[s[15]])
    h[0] ^= v0 ^ v8
    h[1] ^= v1 ^ v9
    h[2] ^= v2 ^ v10
    h[3] ^= v3 ^ v11
    h[4] ^= v4 ^ v12
    h[5] ^= v5 ^ v13
    h[6] ^= v6 ^ v14
    h[7] ^= v7 ^ v15


_compress: Any = numba.njit()(_compress_py)


def _swapped_py(word: Any) -> Any:
    found = np.uint64(0)
    for place in range(8):
        found = (found << np.uint64(8)) | ((word >> np.uint64(8 * place)) & np.uint64(255))
    return found


_swapped: Any = numba.njit()(_swapped_py)


def _digest_all_py(data: Any, offsets: Any, begun: Any, iv: Any, orders: Any, found: Any) -> None:
    words, h = np.empty(16, np.uint64), np.empty(8, np.uint64)
    keyed = begun[:8].copy()
    key = begun[8:].copy()
    alone = begun[:8].copy()
    _compress(keyed, key, _BLOCK, False, iv, orders)
    _compress(alone, key, _BLOCK, True, iv, orders)
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        count = _BLOCK
        # The key is a block of its own; nothing after it makes it the last one.
        h[:] = alone if at == end else keyed
        while at < end:
            size = min(end - at, _BLOCK)
            words[:] = 0
            for place in range(size):
                words[place >> 3] |= np.uint64(data[at + place]) << np.uint64(8 * (place & 7))
            at += size
            count += size
            _compress(h, words, count, at == end, iv, orders)
        found[row, 0], found[row, 1] = np.int64(_swapped(h[0])), np.int64(_swapped(h[1]))


_digest_all: Any = numba.njit(cache=True, nogil=True)(_digest_all_py)
