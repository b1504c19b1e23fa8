"""The two inner loops of the CSV reader, compiled: where each field of each record lies, and copying a column out.

Why not an existing parser: pyarrow's gives no row number beside a record it refuses, stops at a record longer than its
block, and takes twice as long. The rules are those of pyarrow and of Python's csv: a quote opens only at the start of a
field, "" within is one quote, what follows a closing quote belongs to the field, \\n, \\r\\n and \\r end a record, and
blank lines are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

WHITESPACE = 256
"""As separator: any run of blanks and tabs."""
NO_QUOTE = -1
U = np.uintp
"""Indices are cast to unsigned ones: numba else tests each for being negative, which doubles the time."""
ALL, MORE, OPEN = 0, 1, 2


@dataclass(frozen=True)
class Records:
    """Records of one buffer. `starts` and `stops` are [field, record]; a negative start marks a field to be unquoted.

    `counts` says how many fields each record truly has, `begins` and `ends` where it lies.
    `used` bytes are done with. `state`: ALL (nothing is left, or no room for more records), MORE (the last record needs
    more bytes), OPEN (at the end of the file the last record's quote is still open).
    """

    starts: NDArray[np.int32]
    stops: NDArray[np.int32]
    counts: NDArray[np.int32]
    begins: NDArray[np.int32]
    ends: NDArray[np.int32]
    used: int
    state: int

    def __len__(self) -> int:
        return len(self.counts)


def scan(data: bytes, at: int, final: bool, separator: int, quote: int, width: int, room: int) -> Records:
    """Return at most `room` records of `data` from `at` on, with the places of their first `width` fields."""
    starts, stops = np.empty((width, room), np.int32), np.empty((width, room), np.int32)
    counts, begins, ends = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    source = np.frombuffer(data, np.uint8)
    stop = _stops(separator)
    rows, used, state = _scan(source, at, final, separator, quote, stop, starts, stops, counts, begins, ends)
    return Records(starts[:, :rows], stops[:, :rows], counts[:rows], begins[:rows], ends[:rows], used, state)


def column(data: bytes, records: Records, field: int, rows: NDArray[np.int64], quote: int) -> pa.Array:
    """Return one field of the records `rows` as text."""
    starts, stops = records.starts[field], records.stops[field]
    offsets = np.empty(len(rows) + 1, np.int32)
    room = int((stops - np.where(starts < 0, ~starts, starts))[rows].sum()) if len(rows) else 0
    target = np.empty(room, np.uint8)
    written = _gather(np.frombuffer(data, np.uint8), starts, stops, rows, quote, offsets, target)
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(target[:written]))


def _stops(separator: int) -> NDArray[np.bool_]:
    """Return for each byte whether it ends a field that is not quoted."""
    table = np.zeros(256, np.bool_)
    table[[10, 13, *((32, 9) if separator == WHITESPACE else (separator,))]] = True
    return table


# One loop on purpose: called functions that change `i` would have to hand back tuples.
def _scan_py(  # noqa: PLR0915
    data: Any,
    at: int,
    final: bool,
    separator: int,
    quote: int,
    stop: Any,
    starts: Any,
    stops: Any,
    counts: Any,
    begins: Any,
    ends: Any,
) -> tuple[int, int, int]:
    size, width, room = len(data), starts.shape[0], starts.shape[1]
    white = separator == WHITESPACE
    row, i = 0, at
    while row < room:
        while i < size and (data[U(i)] == 10 or data[U(i)] == 13 or (white and (data[U(i)] == 32 or data[U(i)] == 9))):
            i += 1
        if i >= size:
            return row, i, ALL
        begin, fields = i, 0
        while True:
            start = i
            if quote >= 0 and i < size and data[U(i)] == quote:
                doubled, closed = False, False
                i += 1
                while i < size:
                    if data[U(i)] == quote:
                        if i + 1 < size and data[U(i + 1)] == quote:
                            doubled = True
                            i += 2
                            continue
                        closed = True
                        i += 1
                        break
                    i += 1
                if not closed:
                    return row, begin, OPEN if final else MORE
                after = i
                while i < size and not stop[data[U(i)]]:
                    i += 1
                if doubled or i != after:
                    first, last = ~start, i
                else:
                    first, last = start + 1, i - 1
            else:
                while i < size and not stop[data[U(i)]]:
                    i += 1
                first, last = start, i
            if white:
                while i < size and (data[U(i)] == 32 or data[U(i)] == 9):
                    i += 1
            if i >= size and not final:
                return row, begin, MORE
            if fields < width:
                starts[U(fields), U(row)], stops[U(fields), U(row)] = first, last
            fields += 1
            if white:
                if i >= size or data[U(i)] == 10 or data[U(i)] == 13:
                    break
            elif i < size and data[U(i)] == separator:
                i += 1
            else:
                break
        counts[U(row)], begins[U(row)], ends[U(row)] = fields, begin, i
        row += 1
    return row, i, ALL


def _gather_py(data: Any, starts: Any, stops: Any, rows: Any, quote: int, offsets: Any, target: Any) -> int:
    o = 0
    for place in range(len(rows)):
        offsets[U(place)] = o
        row = U(rows[U(place)])
        start, stop = starts[row], stops[row]
        if start >= 0:
            for i in range(start, stop):
                target[U(o)] = data[U(i)]
                o += 1
            continue
        i = ~start + 1
        inside = True
        while i < stop:
            if inside and data[U(i)] == quote:
                if i + 1 < stop and data[U(i + 1)] == quote:
                    i += 1
                else:
                    inside = False
                    i += 1
                    continue
            target[U(o)] = data[U(i)]
            o += 1
            i += 1
    offsets[len(rows)] = o
    return o


_scan: Any = numba.njit(cache=True, nogil=True)(_scan_py)
_gather: Any = numba.njit(cache=True, nogil=True)(_gather_py)
