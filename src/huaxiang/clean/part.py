"""Cleaning one part: read in batches, cleaned by Work, written beside each other as Parquet."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huaxiang.clean.maps import Maps
from huaxiang.clean.plan import CleanPlan
from huaxiang.clean.work import CleanResult, Place, Tools, Work
from huaxiang.connectors.base import Batch, Part
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.seal import RowSealer
from huaxiang.privacy.vault import Vault
from huaxiang.sources import reader_of

ROWS, BYTES = 200_000, 64 << 20
"""Batches of readers are gathered up to about so many rows or bytes."""

_WRITTEN_AT_ONCE = 1 << 16
"""Values of a column handed to the Parquet writer together: by its own 1,024 it takes a quarter longer."""


@dataclass(frozen=True)
class CleanTask:
    """One part to clean: where the project and the vault are, the plan, the part, and where the result goes."""

    root: Path
    project_id: str
    vault: Path
    plan: CleanPlan
    part: Part
    number: int
    folder: Path
    read_at: str
    threads: int | None = None
    memory: int = 2 * GIB


def clean_part(task: CleanTask) -> CleanResult:
    """Clean one part into `task.folder` (made anew, complete or absent) and seal its personal values.

    Raises ReadError when the part cannot be read at all, StepError for a fault of ours.
    """
    [result] = clean_parts([task])
    return result


def clean_parts(tasks: Iterable[CleanTask]) -> Iterator[CleanResult]:
    """Clean parts of one project one after the other, as `clean_part` does, sharing an engine, the key and the vault.

    Threads and memory are those of the first.
    """
    with ExitStack() as stack:
        shop: _Shop | None = None
        for task in tasks:
            if shop is None or shop.tools.maps.never != task.plan.never:
                shop = _Shop.open(task, stack)
            yield _clean(task, shop)


@dataclass(frozen=True)
class _Shop:
    """What cleaning one part after another shares, and where personal values wait."""

    tools: Tools
    vault: Vault

    @staticmethod
    def open(task: CleanTask, stack: ExitStack) -> _Shop:
        master = load_master_key(task.project_id, task.root)
        engine = stack.enter_context(Engine(memory=task.memory, threads=task.threads))
        tools = Tools(engine, Maps(BlindIndex(master), task.plan.never), RowSealer(master))
        return _Shop(tools, stack.enter_context(Vault(task.vault, master)))


def _clean(task: CleanTask, shop: _Shop) -> CleanResult:
    begun = time.perf_counter()
    building = task.folder.with_name(task.folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    place = Place(task.root, task.part.name, task.number, task.read_at)
    work = Work(task.plan, place, shop.tools, _Files(building).put)
    work.lend()
    for batch in _gathered(reader_of(task.plan.read).read(task.plan.read, task.root, task.part, _columns(task))):
        work.take(batch)
    shop.vault.put_pending(str(task.number), work.pending())
    shutil.rmtree(task.folder, ignore_errors=True)
    building.rename(task.folder)
    work.result.seconds = time.perf_counter() - begun
    return work.result


class _Files:
    """Keeps what leaves as Parquet, a file each, numbered as they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers: Counter[str] = Counter()

    def put(self, name: str, table: pa.Table) -> None:
        """Write one table."""
        self.numbers[name] += 1
        path = self.folder / f"{name}-{self.numbers[name]:06d}.parquet"
        if name == "quarantine":
            pq.write_table(table, path, compression="zstd")
            return
        pq.write_table(
            table, path, compression="lz4", use_dictionary=_few_valued(table), write_statistics=False,
            store_decimal_as_integer=True, write_batch_size=_WRITTEN_AT_ONCE,
        )  # fmt: skip


def _columns(task: CleanTask) -> list[str]:
    if task.plan.layout == "document":
        return list(task.plan.names)
    there = reader_of(task.plan.read).columns(task.plan.read, task.root, task.part) or []
    return list(dict.fromkeys([*there, *(name for name in task.plan.names if name not in _lent(task.plan))]))


def _lent(plan: CleanPlan) -> set[str]:
    return {f"{lookup.name}.{name}" for lookup, names in plan.lookups for name in names}


def _gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the batches put together to about ROWS rows or BYTES bytes: planning a query costs as much for few rows."""
    waiting: list[Batch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = rows + batch.table.num_rows, size + batch.table.nbytes
        if rows >= ROWS or size >= BYTES:
            yield _together(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield _together(waiting)


def _together(batches: Sequence[Batch]) -> Batch:
    broken = tuple(each for batch in batches for each in batch.broken)
    return Batch(pa.concat_tables([batch.table for batch in batches]), broken)


def _few_valued(table: pa.Table) -> list[str]:
    """Return the columns that are worth a dictionary, judged by their first rows."""
    head = table.slice(0, 1000)
    return [name for name in table.column_names if pc.count_distinct(head[name]).as_py() <= 500]
