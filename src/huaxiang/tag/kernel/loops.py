"""The inner loops of the compiled pass: one row of accumulators for the subject at hand, written out when it ends.

One set of loops interprets every plan (arrays of operations), so that they are compiled once. A subject's facts come
in the order of time: the facts between two edges of windows lie together, and an operation skips those before its
first window. Between edges each operation has a cell of its own; a window's value is that of all cells from its edge
on. Facts without a time come last and count where there is no window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

ROWS, KNOWN, SUM, MIN, MAX, FIRST, LAST, DISTINCT, DAYS, MODE = range(10)
FINE, UNSORTED, TOO_LARGE = 0, 1, 2
SUBJECT, AT = 0, 1
"""The first two columns of every pass."""
NULL = -(1 << 63)
_TIMELESS = (1 << 63) - 1
BEFORE_ALL = -62_135_596_800_000_000
"""0001-01-01 in microseconds: a fact without a time is older than everything."""
TILE = 512
"""So many subjects' values lie together: few enough for the cache, enough for each measure's to be copied as one."""
U = np.uintp
_SPREAD = np.uint64(0x03F79D71B4CB0A89)
"""Times a power of two, its first six bits tell which: so the lowest bit of a number is found without a loop."""
_PLACES = np.zeros(64, np.int64)
for _bit in range(64):
    _PLACES[((int(_SPREAD) << _bit) & (2**64 - 1)) >> 58] = _bit

Numbers = NDArray[np.int64]
Bits = NDArray[np.uint64]
_Function = TypeVar("_Function", bound=Callable[..., object])


# The fields of an operation, one row of numbers each. GROUP: which facts it takes. Its accumulators are CELLS × WIDTH
# numbers of the state from STATE on. From CELL on: the segment each cell begins with, then the one past the last.
FORM, GROUP, COLUMN, CELLS, WIDTH, STATE, CELL = range(7)
# What is written of each subject, a row each: of which operation, from which of its cells on.
OP, FROM = range(2)
# Where the pass is, kept between batches: the place among the subjects, the subject, the time of its last fact, and
# whether it is one of ours.
_PLACE, _WHO, _TIME, _OPEN = range(4)


class Walk(NamedTuple):
    """Where a pass is (`at`), the state of the subject at hand, and room to work in.

    `bounds` are the rows with which segments begin, the last of them ends, facts without a time begin and end. `rows`
    lists those of each group, `counts` how many they are, `marks` [bound, group] the bounds in the list.
    """

    at: Numbers
    bounds: Numbers
    counts: Numbers
    rows: Numbers
    marks: Numbers
    state: Numbers


def walk(segments: int, groups: int, rows: int, fresh: Numbers) -> Walk:
    """Return a walk that has not begun; `fresh` is the state of a subject without facts, `rows` the most of a batch."""
    at, bounds, counts = np.array([0, NULL, NULL, 0]), np.zeros(segments + 3, np.int64), np.zeros(groups, np.int64)
    return Walk(
        at, bounds, counts, np.zeros((groups, rows), np.int64), np.zeros((segments + 3, groups), np.int64), fresh.copy()
    )


def _compiled(function: _Function) -> _Function:
    return cast("_Function", numba.njit(nogil=True, cache=True)(function))


def _inlined(function: _Function) -> _Function:
    # A call hands over each array as seven numbers: it takes longer than a subject's few facts.
    return cast("_Function", numba.njit(nogil=True, cache=True, forceinline=True)(function))


@_compiled
def take(
    columns: Numbers, groups: Bits, size: int, subjects: Numbers, edges: Numbers, ops: Numbers, outs: Numbers,
    at: Numbers, bounds: Numbers, counts: Numbers, rows: Numbers, marks: Numbers, state: Numbers, fresh: Numbers,
    out: Numbers,
) -> int:  # fmt: skip
    """Take in the first `size` facts of `columns`; write the subjects that end to `out`.

    `edges` are where segments end: each window's beginning, then the first moment too late. `out` is by [subject //
    TILE, measure, subject % TILE].
    """
    # Arrays are handed on one by one: taken out of a tuple, each would be counted up and down every time.
    i = 0
    while i < size:
        subject = columns[U(SUBJECT), U(i)]
        if subject != at[U(_WHO)]:
            if subject < at[U(_WHO)]:
                return UNSORTED
            if finish(ops, outs, at, state, fresh, out) != FINE:
                return TOO_LARGE
            place = at[U(_PLACE)]
            while place < len(subjects) and subjects[U(place)] < subject:
                place += 1
            at[U(_PLACE)], at[U(_WHO)], at[U(_TIME)] = place, subject, NULL
            at[U(_OPEN)] = place < len(subjects) and subjects[U(place)] == subject
        j = i + 1
        while j < size and columns[U(SUBJECT), U(j)] == subject:
            j += 1
        if at[U(_OPEN)]:
            if not _segments(columns, i, j, edges, at, bounds):
                return UNSORTED
            status = _apply(columns, groups, ops, bounds, counts, rows, marks, state)
            if status != FINE:
                return status
        i = j
    return FINE


@_compiled
def keep(columns: Numbers, size: int, subjects: Numbers, rows: Numbers) -> int:
    """Move the facts of `subjects` (sorted) to the front of a block; return how many they are. `rows` is room."""
    place, kept, who, mine = 0, 0, NULL, False
    for row in range(size):
        subject = columns[U(SUBJECT), U(row)]
        if subject != who:
            # Found anew at the beginning, and where facts are in disorder: who takes them in will find out.
            if place == 0 or subject < who:
                place = np.searchsorted(subjects, subject)
            while place < len(subjects) and subjects[U(place)] < subject:
                place += 1
            who, mine = subject, place < len(subjects) and subjects[U(place)] == subject
        if mine:
            rows[U(kept)] = row
            kept += 1
    if kept < size:
        for column in range(len(columns)):
            for each in range(kept):
                columns[U(column), U(each)] = columns[U(column), U(rows[U(each)])]
    return kept


@_compiled
def merge(
    stored: Numbers, i: int, size: int, later: Numbers, j: int, last: int, out: Numbers, rows: Numbers
) -> tuple[int, int, int]:
    """Fill `out` with the facts of two blocks from i and j on, both by subject and time, until the stored ones end.

    `rows` is room, for as many as go into `out`. Return i, j and how many facts were put in.
    """
    filled = 0
    while i < size and filled < len(rows):
        if j < last and _before(later, j, stored, i):
            rows[U(filled)] = ~j
            j += 1
        else:
            rows[U(filled)] = i
            i += 1
        filled += 1
    for column in range(len(out)):
        for each in range(filled):
            row = rows[U(each)]
            out[U(column), U(each)] = stored[U(column), U(row)] if row >= 0 else later[U(column), U(~row)]
    return i, j, filled


@_inlined
def _before(one: Numbers, i: int, other: Numbers, j: int) -> bool:
    if one[U(SUBJECT), U(i)] != other[U(SUBJECT), U(j)]:
        return bool(one[U(SUBJECT), U(i)] < other[U(SUBJECT), U(j)])
    # Without a time, a fact comes last.
    time, known = one[U(AT), U(i)], other[U(AT), U(j)]
    return bool(time != NULL and (known == NULL or time < known))


@_inlined
def _segments(columns: Numbers, i: int, j: int, edges: Numbers, at: Numbers, bounds: Numbers) -> bool:
    """Note where the segments of the facts i to j lie; False when they are not in the order of time."""
    latest = at[U(_TIME)]
    segments = len(edges)
    bounds[U(0)] = i
    for segment in range(segments + 1):
        edge = edges[U(segment)] if segment < segments else _TIMELESS
        while i < j:
            time = columns[U(AT), U(i)]
            if time == NULL or time >= edge:
                break
            if time < latest:
                return False
            latest = time
            i += 1
        # The last round is over facts later than as_of, which are in no segment.
        bounds[U(segment + 1)] = i
    while i < j:
        if columns[U(AT), U(i)] != NULL:
            return False
        latest = _TIMELESS
        i += 1
    bounds[U(segments + 2)] = i
    at[U(_TIME)] = latest
    return True


@_inlined
def _apply(
    columns: Numbers, groups: Bits, ops: Numbers, bounds: Numbers, counts: Numbers, rows: Numbers, marks: Numbers,
    state: Numbers,
) -> int:  # fmt: skip
    last = len(bounds) - 1
    _share_out(groups, bounds, counts, rows, marks)
    for op in range(len(ops)):
        group = ops[U(op), U(GROUP)]
        if marks[U(last), U(group)] == 0:
            continue
        place = ops[U(op), U(STATE)]
        for cell in range(ops[U(op), U(CELLS)]):
            i, j = marks[U(ops[U(op), U(CELL + cell)]), U(group)], marks[U(ops[U(op), U(CELL + cell + 1)]), U(group)]
            status = _do(columns, ops, op, rows, i, j, False, state, place + cell * ops[U(op), U(WIDTH)])
            if status != FINE:
                return status
        i, j = marks[U(last - 1), U(group)], marks[U(last), U(group)]
        if i < j and ops[U(op), U(CELL)] == 0:
            status = _do(columns, ops, op, rows, i, j, True, state, place)
            if status != FINE:
                return status
    return FINE


@_inlined
def _share_out(groups: Bits, bounds: Numbers, counts: Numbers, rows: Numbers, marks: Numbers) -> None:
    """List the rows of each group, and where each segment lies in its list."""
    one = np.uint64(1)
    for group in range(len(counts)):
        counts[U(group)] = 0
    for segment in range(len(bounds)):
        for group in range(len(counts)):
            marks[U(segment), U(group)] = counts[U(group)]
        if segment == len(bounds) - 1:
            break
        # What lies between the last segment and the facts without a time is later than as_of.
        late = segment == len(bounds) - 3
        for row in range(bounds[U(segment)], bounds[U(segment)] if late else bounds[U(segment + 1)]):
            held = groups[U(row)]
            while held:
                lowest = held & (~held + one)
                group = _PLACES[U((lowest * _SPREAD) >> np.uint64(58))]
                rows[U(group), U(counts[U(group)])] = row
                counts[U(group)] += 1
                held ^= lowest


@_inlined
def _do(
    columns: Numbers, ops: Numbers, op: int, rows: Numbers, i: int, j: int, timeless: bool, state: Numbers, place: int
) -> int:
    """Do an operation with the rows of one cell."""
    form = ops[U(op), U(FORM)]
    if form == ROWS:
        state[U(place)] += j - i
        return FINE
    if i == j:
        return FINE
    column, group = ops[U(op), U(COLUMN)], ops[U(op), U(GROUP)]
    if form == KNOWN:
        _known(columns, column, rows, group, i, j, state, place)
    elif form == SUM:
        return FINE if _sum(columns, column, rows, group, i, j, state, place) else TOO_LARGE
    elif form == MIN:
        _min(columns, column, rows, group, i, j, state, place)
    elif form == MAX:
        _max(columns, column, rows, group, i, j, state, place)
    elif form == DISTINCT:
        _seen(columns, column, rows, group, i, j, state, place)
    elif form == MODE:
        _tally(columns, column, rows, group, i, j, state, place)
    elif form == DAYS:
        return FINE if _days(columns, column, rows, group, i, j, state, place) else UNSORTED
    else:
        _ends(form, columns, column, rows, group, i, j, timeless, state, place)
    return FINE


@_inlined
def _known(
    columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int
) -> None:
    count = 0
    for each in range(i, j):
        count += columns[U(column), U(rows[U(group), U(each)])] != NULL
    state[U(place)] += count


@_inlined
def _added(a: int, b: int) -> tuple[int, bool]:
    total = a + b
    return total, ((a ^ total) & (b ^ total)) >= 0


@_inlined
def _sum(columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int) -> bool:
    total, count, fits = state[U(place)], state[U(place + 1)], True
    for each in range(i, j):
        value = columns[U(column), U(rows[U(group), U(each)])]
        if value != NULL:
            total, fine = _added(total, value)
            fits = fits and fine
            count += 1
    state[U(place)], state[U(place + 1)] = total, count
    return fits


@_inlined
def _min(columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int) -> None:
    least = state[U(place)]
    for each in range(i, j):
        value = columns[U(column), U(rows[U(group), U(each)])]
        if value != NULL and (least == NULL or value < least):
            least = value
    state[U(place)] = least


@_inlined
def _max(columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int) -> None:
    most = state[U(place)]
    for each in range(i, j):
        most = max(most, columns[U(column), U(rows[U(group), U(each)])])
    state[U(place)] = most


@_inlined
def _ends(
    form: int,
    columns: Numbers,
    column: int,
    rows: Numbers,
    group: int,
    i: int,
    j: int,
    timeless: bool,
    state: Numbers,
    place: int,
) -> None:
    # Facts are in the order of time: the first (for LAST: from behind) that is known decides, with those of its moment.
    step = 1 if form == FIRST else -1
    each = i if form == FIRST else j - 1
    found = False
    while i <= each < j:
        row = rows[U(group), U(each)]
        value = columns[U(column), U(row)]
        if value != NULL:
            time = BEFORE_ALL if timeless else columns[U(AT), U(row)]
            if found and time != state[U(place)]:
                break
            _better(form, time, value, state, place)
            found = True
        each += step


@_inlined
def _better(form: int, time: int, value: int, state: Numbers, place: int) -> None:
    """Keep the value of the earlier (FIRST) or later moment; of several at that moment, the smallest."""
    known, best = state[U(place)], state[U(place + 1)]
    nearer = time < known if form == FIRST else time > known
    if best == NULL or nearer or (time == known and value < best):
        state[U(place)], state[U(place + 1)] = time, value


@_inlined
def _seen(columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int) -> None:
    for each in range(i, j):
        value = columns[U(column), U(rows[U(group), U(each)])]
        if value != NULL:
            state[U(place + (value >> 6))] |= np.int64(1) << (value & 63)


@_inlined
def _tally(
    columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int
) -> None:
    for each in range(i, j):
        value = columns[U(column), U(rows[U(group), U(each)])]
        if value != NULL:
            state[U(place + value)] += 1


@_inlined
def _days(columns: Numbers, column: int, rows: Numbers, group: int, i: int, j: int, state: Numbers, place: int) -> bool:
    day, count = state[U(place)], state[U(place + 1)]
    for each in range(i, j):
        value = columns[U(column), U(rows[U(group), U(each)])]
        if value not in (NULL, day):
            if value < day:
                return False
            day = value
            count += 1
    state[U(place)], state[U(place + 1)] = day, count
    return True


@_compiled
def finish(ops: Numbers, outs: Numbers, at: Numbers, state: Numbers, fresh: Numbers, out: Numbers) -> int:
    """Write the values of the subject at hand and begin anew."""
    if not at[U(_OPEN)]:
        return FINE
    place = at[U(_PLACE)]
    for measure in range(len(outs)):
        op, first = outs[U(measure), U(OP)], outs[U(measure), U(FROM)]
        form, width = ops[U(op), U(FORM)], ops[U(op), U(WIDTH)]
        begin, cells = ops[U(op), U(STATE)] + first * width, ops[U(op), U(CELLS)] - first
        value, fits = _merged(form, state, begin, cells, width)
        if not fits:
            return TOO_LARGE
        out[U(place // TILE), U(measure), U(place % TILE)] = value
    for each in range(len(state)):
        state[U(each)] = fresh[U(each)]
    at[U(_OPEN)] = 0
    return FINE


@_inlined
def _merged(form: int, state: Numbers, place: int, cells: int, width: int) -> tuple[int, bool]:
    """Return what the cells from `place` on say together, and whether it fits."""
    end = place + cells * width
    if form in (ROWS, KNOWN):
        total = 0
        for at in range(place, end):
            total += state[U(at)]
        return total, True
    if form == DAYS:
        return state[U(place + 1)], True
    if form == SUM:
        total, known, fits = 0, 0, True
        for at in range(place, end, 2):
            total, fine = _added(total, state[U(at)])
            known, fits = known + state[U(at + 1)], fits and fine
        return (total if known else NULL), fits and total != NULL
    if form == MIN:
        least = NULL
        for at in range(place, end):
            if state[U(at)] != NULL and (least == NULL or state[U(at)] < least):
                least = state[U(at)]
        return least, True
    if form == MAX:
        most = NULL
        for at in range(place, end):
            most = max(most, state[U(at)])
        return most, True
    if form in (FIRST, LAST):
        return _nearest(form, state, place, end), True
    if form == DISTINCT:
        return _different(state, place, end, width), True
    return _most_counted(state, place, end, width), True


@_inlined
def _nearest(form: int, state: Numbers, place: int, end: int) -> int:
    time, best = state[U(place)], state[U(place + 1)]
    for at in range(place + 2, end, 2):
        other, value = state[U(at)], state[U(at + 1)]
        nearer = other < time if form == FIRST else other > time
        if value != NULL and (best == NULL or nearer or (other == time and value < best)):
            time, best = other, value
    return int(best)


@_inlined
def _different(state: Numbers, place: int, end: int, width: int) -> int:
    total = 0
    for word in range(width):
        union = np.int64(0)
        for at in range(place + word, end, width):
            union |= state[U(at)]
        while union:
            union &= union - 1
            total += 1
    return total


@_inlined
def _most_counted(state: Numbers, place: int, end: int, width: int) -> int:
    best, times = NULL, 0
    for value in range(width):
        total = 0
        for at in range(place + value, end, width):
            total += state[U(at)]
        if total > times:
            best, times = value, total
    return best
