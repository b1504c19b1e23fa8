"""Running passes: slices of subjects on every core, each a batch of the answer, streamed to the engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import StepError
from huaxiang.tag.kernel import loops
from huaxiang.tag.kernel.columns import NULL, Numbers, Unfit, back
from huaxiang.tag.kernel.program import Program
from huaxiang.tag.kernel.reading import blocks, width_of

_ROWS = 16_384
"""Facts in a batch: what the loops work on should lie in the processor's cache."""
_SUBJECTS = 122_880
_NUMBERS = 8_000_000
"""Numbers in a slice of the answer: 64 MB, of which a few are held at a time."""
_SHARES = 4
"""So many slices for each core at least: the last one to end keeps nobody waiting for long."""
_SUBJECT = "subject"


class Answer:
    """The `subjects` (sorted) with a column per measure, as a stream. `fault` is why it ended early, if it did."""

    def __init__(self, engine: Engine, programs: Sequence[Program], subjects: Numbers) -> None:
        # Everything is asked on connections of its own: the engine's is busy with the statement that reads the answer.
        self.engine, self.programs, self.threads = engine.cursor(), programs, engine.threads
        self.subjects = subjects
        self.fault: Exception | None = None
        self.stopped = Event()
        outputs = [output for program in programs for output in program.outputs]
        self.schema = pa.schema([(_SUBJECT, pa.int64()), *((output.name, output.kind.arrow) for output in outputs)])

    def reader(self) -> Any:
        """Return the stream, for the engine to read once."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[Any]:
        try:
            yield from self._slices()
        except Exception as fault:
            # Told in its own words: through the stream, the engine would only hear of a failed read.
            self.fault = fault
            raise

    def _slices(self) -> Iterator[Any]:
        subjects = self.subjects
        # Of a few subjects too every core has some; one alone has nobody to wait for.
        share = len(subjects) // (_SHARES * self.threads if self.threads > 1 else 1) + 1
        size = max(1024, min(_SUBJECTS, _NUMBERS // len(self.schema.names), share))
        slices = iter([subjects[start : start + size] for start in range(0, len(subjects), size)])
        waiting: deque[Future[Any]] = deque()
        with ThreadPoolExecutor(self.threads) as workers:
            try:
                for each in slices:
                    waiting.append(workers.submit(self._slice, each))
                    if len(waiting) > self.threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                self.stopped.set()
                for future in waiting:
                    future.cancel()

    def _slice(self, subjects: Numbers) -> Any:
        arrays = [pa.array(subjects)]
        with self.engine.cursor() as engine:
            for program in self.programs:
                out = self._pass(engine, program, subjects)
                for place, output in enumerate(program.outputs):
                    arrays.append(back(out[:, place].reshape(-1)[: len(subjects)], output.kind))
        return pa.record_batch(arrays, schema=self.schema)

    def _pass(self, engine: Engine, program: Program, subjects: Numbers) -> Numbers:
        none = np.array([0 if output.counts else NULL for output in program.outputs], np.int64)
        out = np.empty((len(subjects) // loops.TILE + 1, len(none), loops.TILE), np.int64)
        out[:] = none[:, None]
        on = loops.walk(len(program.edges), program.groups, width_of(_ROWS), program.fresh)
        for columns, size in blocks(engine, program, subjects, _ROWS):
            groups = _groups(program, columns[:, :size])
            _check(loops.take(
                columns, groups, size, subjects, program.edges, program.ops, program.outs,
                on.at, on.bounds, on.counts, on.rows, on.marks, on.state, program.fresh, out,
            ))  # fmt: skip
            if self.stopped.is_set():
                raise Unfit("stopped")
        _check(loops.finish(program.ops, program.outs, on.at, on.state, program.fresh, out))
        return out


def _groups(program: Program, columns: Numbers) -> loops.Bits:
    """Return for each fact the groups it is in, a bit each."""
    groups = np.full(columns.shape[1], program.free, np.uint64)
    if program.flags is not None:
        groups |= columns[program.flags].view(np.uint64)
    for codes in program.codes:
        values = columns[codes.column]
        groups &= codes.groups[np.where(values == NULL, len(codes.groups) - 1, values)]
    return groups


def _check(status: int) -> None:
    if status == loops.UNSORTED:
        raise Unfit("facts are not in the order of subject and time")
    if status == loops.TOO_LARGE:
        raise Unfit("a sum is too large")


def run_passes(engine: Engine, programs: Sequence[Program], subjects: Numbers, name: str, sql: str, step: str) -> bool:
    """Run a statement that reads the answer about `subjects` (sorted) as `name`.

    Returns False when the facts are not fit for it: nothing is written.
    """
    answer = Answer(engine, programs, subjects)
    try:
        with engine.in_stored_order(), engine.shown(**{name: answer.reader()}):
            engine.run(sql, step=step)
    except Exception:
        # A pass computes every expression for every fact, SQL only where its conditions hold: there it may go well.
        if isinstance(answer.fault, Unfit | StepError):
            return False
        if answer.fault:
            raise answer.fault from None
        raise
    finally:
        answer.engine.close()
    return True


def read_columns(programs: Sequence[Program]) -> list[str]:
    """Return the SELECT's columns: each measure as SQL would give it."""
    outputs = [output for program in programs for output in program.outputs]
    return [
        f"CAST({quoted(each.name)} AS {each.cast}) AS {quoted(each.name)}" if each.cast else quoted(each.name)
        for each in outputs
    ]
