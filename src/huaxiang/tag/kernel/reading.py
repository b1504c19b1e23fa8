"""What a pass reads: facts by subject and time, as blocks of 64-bit numbers; those put in later merged into place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from huaxiang.engine.duckdb import Engine
from huaxiang.tag.kernel import loops
from huaxiang.tag.kernel.columns import Numbers, spread
from huaxiang.tag.kernel.program import Program

Block = tuple[Numbers, int]
"""Columns by facts, and how many facts are in it; overwritten by the next one."""
_ASIDE = 72
"""Room at the end of each row, so that one fact's numbers do not all fall on the same lines of the cache."""


def width_of(rows: int) -> int:
    """Return how many facts' room a block of so many has."""
    return rows + _ASIDE


def blocks(engine: Engine, program: Program, subjects: Numbers, rows: int) -> Iterator[Block]:
    """Yield the facts of the subjects (sorted), in blocks of at most `rows`."""
    first, last = int(subjects[0]), int(subjects[-1])
    later = _all(engine, program, program.scan_behind(first, last), subjects, rows)
    stored = _read(engine, program, program.scan(first, last), subjects, rows)
    return _merged(stored, later, rows) if later.shape[1] else stored


def _read(engine: Engine, program: Program, sql: str, subjects: Numbers, rows: int) -> Iterator[Block]:
    columns, room = np.empty((len(program.columns), width_of(rows)), np.int64), np.empty(rows, np.int64)
    for batch in engine.batches(sql, rows):
        for start in range(0, batch.num_rows, rows):
            part: Any = batch.slice(start, rows)
            for array, (_, kind), target in zip(part.columns, program.columns, columns, strict=True):
                spread(array, kind, target[: part.num_rows])
            yield columns, loops.keep(columns, part.num_rows, subjects, room)


def _all(engine: Engine, program: Program, sql: str | None, subjects: Numbers, rows: int) -> Numbers:
    none = np.empty((len(program.columns), 0), np.int64)
    read = _read(engine, program, sql, subjects, rows) if sql else iter(())
    return np.concatenate([none, *(columns[:, :size].copy() for columns, size in read)], axis=1)


def _merged(stored: Iterator[Block], later: Numbers, rows: int) -> Iterator[Block]:
    out, room = np.empty((len(later), width_of(rows)), np.int64), np.empty(rows, np.int64)
    begun = 0
    for columns, size in stored:
        read = 0
        while read < size:
            read, begun, filled = loops.merge(columns, read, size, later, begun, later.shape[1], out, room)
            yield out, filled
    for start in range(begun, later.shape[1], rows):
        left = later[:, start : start + rows]
        out[:, : left.shape[1]] = left
        yield out, left.shape[1]
