"""Cleaning one part: read in batches, cleaned by Work, written beside each other as Parquet."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huaxiang.clean.maps import Maps
from huaxiang.clean.pending import Pending
from huaxiang.clean.plan import CleanPlan, from_1904
from huaxiang.clean.work import CleanResult, Place, Tools, Work
from huaxiang.connectors.base import FROM_1904, Batch, Part
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.errors import ReadError
from huaxiang.manifest import manifest_of
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.seal import RowSealer
from huaxiang.privacy.vault import Vault
from huaxiang.sources import reader_of

ROWS, BYTES = 200_000, 64 << 20
"""Batches of readers are gathered up to about so many rows or bytes for each hand."""
HANDS = 4
"""So many hands clean a part at most: with more, all would wait for the one that reads."""
SHARE = 50_000
"""A hand is given so many rows of a batch at least: to plan its queries takes it as long as to clean some thousand."""

_MEASURED = ["occurred_at"]
"""Between which times a file's facts lie is asked by every build: were there any after its moment?"""
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
    if result.fault is not None:
        raise ReadError(result.fault)
    return result


def clean_parts(tasks: Iterable[CleanTask]) -> Iterator[CleanResult]:
    """Clean parts of one project one after the other, as `clean_part` does, sharing an engine, the key and the vault.

    Threads and memory are those of the first. One that cannot be read has a `fault` as its result, and no folder of its
    own: the others go on.
    """
    with ExitStack() as stack:
        shop: _Shop | None = None
        for task in tasks:
            if shop is None or not shop.tools[0].maps.fits(task.plan):
                shop = _Shop.open(task, stack)
            try:
                yield _clean(task, shop)
            except ReadError as error:
                yield CleanResult(fault=error.words)


@dataclass(frozen=True)
class _Shop:
    """What cleaning one part after another shares: the tools of each hand, and where personal values wait."""

    tools: tuple[Tools, ...]
    pool: ThreadPoolExecutor
    vault: Vault

    @staticmethod
    def open(task: CleanTask, stack: ExitStack) -> _Shop:
        master = load_master_key(task.project_id, task.root)
        engine = stack.enter_context(Engine(memory=task.memory, threads=task.threads))
        maps, sealer = Maps(BlindIndex(master), task.plan.never, task.plan.allow), RowSealer(master)
        hands = min(HANDS, engine.threads)
        engines = [engine, *(stack.enter_context(engine.cursor()) for _ in range(1, hands))]
        pool = stack.enter_context(ThreadPoolExecutor(hands))
        vault = stack.enter_context(Vault(task.vault, master))
        return _Shop(tuple(Tools(each, maps, sealer) for each in engines), pool, vault)


def _clean(task: CleanTask, shop: _Shop) -> CleanResult:
    begun = time.perf_counter()
    # A name of this run's own: what a run that was killed left behind, or still writes, is not touched.
    building = task.folder.with_name(f"{task.folder.name}.{token_hex(4)}.building")
    building.mkdir(parents=True)
    if task.part.locator.get(FROM_1904):
        task = replace(task, plan=from_1904(task.plan))
    hands = _Hands(task, shop, building)
    try:
        _read(task, hands, len(shop.tools))
    except ReadError:
        shutil.rmtree(building, ignore_errors=True)
        raise
    shop.vault.put_pending(str(task.number), hands.pending.table())
    shutil.rmtree(task.folder, ignore_errors=True)
    result = hands.result()
    result.files = manifest_of(building)
    building.rename(task.folder)
    result.seconds = time.perf_counter() - begun
    return result


def _read(task: CleanTask, hands: _Hands, count: int) -> None:
    read = reader_of(task.plan.read).read(task.plan.read, task.root, task.part, _columns(task))
    batches = _gathered(read, count)
    with closing(_ahead(batches) if count > 1 else batches) as coming:
        for batch in coming:
            hands.take(batch)


class _Hands:
    """Those at work on one part: a large batch is shared out, and what they find is in the order of the shares."""

    def __init__(self, task: CleanTask, shop: _Shop, folder: Path) -> None:
        self.task, self.shop, self.folder = task, shop, folder
        self.pending = Pending()
        self._works: list[Work] = []

    def take(self, batch: Batch) -> None:
        """Clean one batch."""
        shares = _shares(batch, len(self.shop.tools))
        while len(self._works) < len(shares):
            self._works.append(self._begun(len(self._works)))
        working = [self.shop.pool.submit(work.take, share) for work, share in zip(self._works, shares, strict=False)]
        wait(working)
        for each in working:
            each.result()
        for work in self._works:
            self.pending.add(work.gathered())

    def result(self) -> CleanResult:
        """Return what was found."""
        whole = CleanResult()
        for work in self._works:
            whole.add(work.result)
        return whole

    def _begun(self, hand: int) -> Work:
        task = self.task
        place = Place(task.root, task.part.name, task.number, task.read_at)
        work = Work(task.plan, place, self.shop.tools[hand], _Files(self.folder, hand).put)
        work.lend()
        return work


def _shares(batch: Batch, hands: int) -> list[Batch]:
    rows = batch.table.num_rows
    share = max(SHARE, -(-rows // hands))
    tables = [batch.table.slice(start, share) for start in range(0, rows, share)] or [batch.table]
    return [Batch(table, batch.broken if place == 0 else ()) for place, table in enumerate(tables)]


class _Files:
    """Keeps what leaves a hand as Parquet, a file each, numbered as they come."""

    def __init__(self, folder: Path, hand: int) -> None:
        self.folder, self.hand = folder, hand
        self.numbers: Counter[str] = Counter()

    def put(self, name: str, table: pa.Table) -> None:
        """Write one table."""
        number = self.numbers[name] * HANDS + self.hand + 1
        self.numbers[name] += 1
        path = self.folder / f"{name}-{number:06d}.parquet"
        if name == "quarantine":
            pq.write_table(table, path, compression="zstd")
            return
        pq.write_table(
            table, path, compression="lz4", use_dictionary=_few_valued(table), write_statistics=_MEASURED,
            store_decimal_as_integer=True, write_batch_size=_WRITTEN_AT_ONCE,
        )  # fmt: skip


def _columns(task: CleanTask) -> list[str]:
    if task.plan.layout == "document":
        return list(task.plan.names)
    there = reader_of(task.plan.read).columns(task.plan.read, task.root, task.part) or []
    return list(dict.fromkeys([*there, *(name for name in task.plan.names if name not in _lent(task.plan))]))


def _lent(plan: CleanPlan) -> set[str]:
    return {f"{lookup.name}.{name}" for lookup, names in plan.lookups for name in names}


def _gathered(batches: Iterable[Batch], hands: int) -> Generator[Batch]:
    """Yield the batches put together to about ROWS rows or BYTES bytes: planning a query costs as much for few rows."""
    waiting: list[Batch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = (
            rows + batch.table.num_rows,
            size + batch.table.nbytes + sum(len(each.raw) for each in batch.broken),
        )
        if rows >= ROWS * hands or size >= BYTES * hands:
            yield _together(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield _together(waiting)


def _ahead(batches: Generator[Batch]) -> Generator[Batch]:
    """Yield the batches; the next one is read meanwhile, in a thread that all of them are read in."""
    with ThreadPoolExecutor(1) as reader:
        try:
            coming = reader.submit(next, batches, None)
            while (batch := coming.result()) is not None:
                coming = reader.submit(next, batches, None)
                yield batch
        finally:
            reader.submit(batches.close).result()


def _together(batches: Sequence[Batch]) -> Batch:
    broken = tuple(each for batch in batches for each in batch.broken)
    return Batch(pa.concat_tables([batch.table for batch in batches]), broken)


def _few_valued(table: pa.Table) -> list[str]:
    """Return the columns that are worth a dictionary, judged by their first rows."""
    head = table.slice(0, 1000)
    return [name for name in table.column_names if pc.count_distinct(head[name]).as_py() <= 500]
