"""Cleaning one part: read in batches, normalise distinct values, type and judge rows in SQL, write what leaves."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huaxiang.clean.documents import extract
from huaxiang.clean.maps import Column, Maps
from huaxiang.clean.nodes import seen_nodes
from huaxiang.clean.plan import CleanPlan, key_sql
from huaxiang.clean.tidy import all_tidy
from huaxiang.clean.typed import count_names, form_sql, typed_sql
from huaxiang.connectors.base import DOCUMENT, ROW, Batch, Part
from huaxiang.engine.duckdb import GIB, Engine, quoted, quoted_text
from huaxiang.errors import CountError
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keyed_hash import digests
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.seal import RowSealer
from huaxiang.privacy.vault import Vault
from huaxiang.sources import reader_of
from huaxiang.words import Words

_ODD = (b"\xef\x9e", b"\xef\x9f")
"""How the characters that stand for undecodable bytes begin in UTF-8."""
ROWS, BYTES = 200_000, 64 << 20
"""Batches of readers are gathered up to about so many rows or bytes."""
NODES = pa.schema([("node", pa.int64()), ("lo", pa.int64()), ("kind", pa.string()), ("rows", pa.int64())])


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


@dataclass
class CleanResult:
    """What cleaning one part found: rows read, facts, quarantined by rule, and per column what was wrong.

    `unread` are the rows no column could be read of. `known` are the values of the rows that became facts.
    """

    rows: int = 0
    facts: int = 0
    unread: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def counts(self) -> dict[str, object]:
        """Return the counts as plain data for the registry."""
        return {
            "rows": self.rows, "facts": self.facts, "unread": self.unread, "quarantined": dict(self.quarantined),
            "missing": dict(self.missing), "invalid": dict(self.invalid), "known": dict(self.known),
            "seconds": round(self.seconds, 3),
        }  # fmt: skip


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
            if shop is None or shop.maps.never != task.plan.never:
                shop = _Shop.open(task, stack)
            yield _clean(task, shop)


@dataclass(frozen=True)
class _Shop:
    """What cleaning one part after another shares."""

    engine: Engine
    maps: Maps
    sealer: RowSealer
    vault: Vault

    @staticmethod
    def open(task: CleanTask, stack: ExitStack) -> _Shop:
        master = load_master_key(task.project_id, task.root)
        engine = stack.enter_context(Engine(memory=task.memory, threads=task.threads))
        maps = Maps(BlindIndex(master), task.plan.never)
        return _Shop(engine, maps, RowSealer(master), stack.enter_context(Vault(task.vault, master)))


def _clean(task: CleanTask, shop: _Shop) -> CleanResult:
    begun = time.perf_counter()
    building = task.folder.with_name(task.folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    work = _Work(task, shop, building)
    work.lend()
    for batch in _gathered(reader_of(task.plan.read).read(task.plan.read, task.root, task.part, _columns(task))):
        work.take(batch)
    shop.vault.put_pending(str(task.number), work.pending())
    shutil.rmtree(task.folder, ignore_errors=True)
    building.rename(task.folder)
    work.result.seconds = time.perf_counter() - begun
    return work.result


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


class _Work:
    """The state of cleaning one part: what has been found so far."""

    def __init__(self, task: CleanTask, shop: _Shop, folder: Path) -> None:
        self.task, self.plan, self.folder = task, task.plan, folder
        self.engine, self.maps, self.sealer = shop.engine, shop.maps, shop.sealer
        self.result = CleanResult()
        self.values: list[pa.Table] = []
        self.seen: dict[str, pa.Array] = {}
        self.columns: dict[int, Column] = {}
        self.batch = 0

    def lend(self) -> None:
        """Load the lookups: one row for each key, the last one written."""
        for lookup, columns in self.plan.lookups:
            reader = reader_of(lookup.read)
            tables = [
                batch.table
                for part in reader.parts(lookup.read, self.task.root, None)
                for batch in reader.read(lookup.read, self.task.root, part, list(columns))
            ]
            with self.engine.shown(_lookup=_numbered(tables, columns)):
                lent = ", ".join(f"last({quoted(column)} ORDER BY {ROW}) AS {quoted(column)}" for column in columns)
                self.engine.run(
                    f"CREATE OR REPLACE TEMP TABLE {quoted('lookup ' + lookup.name)} AS "
                    f"SELECT {quoted(lookup.key)} AS _key, {lent} "
                    f"FROM _lookup WHERE {quoted(lookup.key)} IS NOT NULL GROUP BY 1",
                    step="lookup",
                )

    def take(self, batch: Batch) -> None:
        """Clean one batch."""
        self.batch += 1
        self._broken(batch)
        if batch.table.num_rows == 0:
            return
        with self.engine.shown(_arrow=batch.table):
            raw = self._raw(batch.table)
            with self.engine.shown(_rows=self._with_personal(raw)):
                self._type(raw, tuple(batch.table.column_names) if _has_odd(batch.table) else ())
                self._leave(raw.num_rows)

    def pending(self) -> pa.Table:
        """Return the personal values of the accepted rows, each once: node, kind, value."""
        schema = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
        return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in self.values)])

    def _broken(self, batch: Batch) -> None:
        if batch.broken:
            self.result.rows += len(batch.broken)
            self.result.unread += len(batch.broken)
            self._quarantine([(each.row, 0, each.rule, "row", each.raw) for each in batch.broken])

    def _raw(self, batch: pa.Table) -> pa.Table:
        """Return the rows: one for each record, its columns as texts, `_row` and `_item`."""
        if self.plan.layout == "document":
            sql = extract(self.plan.names, self.plan.rows)
        else:
            sql = "SELECT *, 0 AS _item FROM _arrow"
            if not self.plan.lookups:
                return batch.append_column("_item", pa.repeat(pa.scalar(0, pa.int32()), batch.num_rows))
        return self.engine.arrow(self._with_lookups(sql), step="raw")

    def _with_personal(self, raw: pa.Table) -> pa.Table:
        """Return the rows with what their personal values are."""
        worked_out = {
            f":text {place}": personal.sql
            for place, personal in enumerate(self.plan.personal)
            if not personal.free and not personal.column
        }
        rows = raw
        if worked_out:
            more = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in worked_out.items())
            rows = self.engine.arrow_of(f"SELECT r.*, {more} FROM _raw r", _raw=raw)
        for place, personal in enumerate(self.plan.personal):
            if not personal.free:
                found = self.maps.column(personal, rows[personal.column or f":text {place}"])
                self.columns[place] = found
                for name, column in found.by_row(personal, place).items():
                    rows = rows.append_column(name, column)
        return rows

    def _with_lookups(self, sql: str) -> str:
        if not self.plan.lookups:
            return sql
        columns, joins = ["a.*"], ""
        for number, (lookup, names) in enumerate(self.plan.lookups):
            columns += [f"l{number}.{quoted(name)} AS {quoted(f'{lookup.name}.{name}')}" for name in names]
            joins += f" LEFT JOIN {quoted('lookup ' + lookup.name)} l{number} ON l{number}._key = a.{quoted(lookup.on)}"
        return f"SELECT {', '.join(columns)} FROM ({sql}) a{joins}"

    def _type(self, raw: pa.Table, names: tuple[str, ...]) -> None:
        """Make `typed`: typed columns, nodes, what was invalid, and the rule that stops each row, if any."""
        plan, run = self.plan, self.engine.run
        texts = tuple(name for name in names if name not in (ROW, "_item"))
        if texts and plan.layout == "document":
            texts = plan.names
        read_as_text = {reading.column for reading in plan.readings if reading.column}
        tidy = frozenset(name for name in read_as_text if all_tidy(raw[name]))
        run(
            f"CREATE OR REPLACE TEMP TABLE typed AS {typed_sql(plan, '_rows', texts=texts, tidy=tidy)}",
            step="type columns",
        )
        doubt = self.engine.one("SELECT bit_or(_doubt) FROM typed") or 0
        if not doubt:
            return
        run(
            f"CREATE OR REPLACE TEMP TABLE doubtful AS SELECT r.* FROM _rows r "
            f"SEMI JOIN (SELECT {ROW}, _item FROM typed WHERE _doubt <> 0) t "
            f"ON t.{ROW} = r.{ROW} AND t._item = r._item",
            step="doubtful rows",
        )
        forms = frozenset(form for form in range(len(plan.forms)) if doubt >> form & 1)
        for form in sorted(forms):
            run(f"CREATE OR REPLACE TEMP TABLE form{form} AS {form_sql(plan, form, 'doubtful')}", step="read texts")
        run("DELETE FROM typed WHERE _doubt <> 0", step="doubtful rows")
        run(f"INSERT INTO typed {typed_sql(plan, 'doubtful', full=forms, texts=texts)}", step="type doubtful rows")

    def _leave(self, read: int) -> None:
        """Write what leaves: facts, nodes, links, quarantined rows and values; collect personal values; count."""
        self.result.rows += read
        stopped = self._count(read)
        self._facts()
        self._nodes(stopped)
        self._links()
        self._personal_values()
        if stopped:
            self._stopped()

    def _count(self, read: int) -> bool:
        """Count facts and what was missing or invalid; return whether anything must be quarantined."""
        names = count_names(self.plan)
        counts = "".join(
            f", count(*) FILTER ({known} IS NULL AND NOT {bad}), count(*) FILTER ({bad})"
            f", count({known}) FILTER (_rule IS NULL)"
            for _, known, bad in names
        )
        row = self.engine.rows(f"SELECT count(*), count(*) FILTER (_rule IS NULL){counts} FROM typed", step="count")[0]
        if row[0] != read:
            raise CountError(
                Words(
                    f"of {read} rows of {self.task.part.name} {row[0]} were typed",
                    f"{self.task.part.name} 读出 {read} 行，却得到 {row[0]} 行",
                )
            )
        self.result.facts += row[1]
        for number, (name, _, _) in enumerate(names):
            missing, invalid, known = row[2 + 3 * number : 5 + 3 * number]
            self.result.missing[name] += missing
            self.result.invalid[name] += invalid
            self.result.known[name] += known
        return bool(row[0] > row[1] or any(row[3::3]))

    def _facts(self) -> None:
        plan, task = self.plan, self.task
        typed = plan.typed_names
        channel = (
            f"coalesce(t.channel, {quoted_text(plan.channel)})" if "channel" in typed else quoted_text(plan.channel)
        )
        own = "".join(
            f",\n  {'t.' + quoted(name) if name in typed else 'CAST(NULL AS ' + type_ + ')'} AS {quoted(name)}"
            for name, type_ in plan.types.items()
        )
        nodes = "".join(f", t._n{place} AS node{number}" for number, place in enumerate(plan.priority, start=1))
        sql = (
            f"SELECT {key_sql(plan, task.part.name)} AS fact_id, CAST({task.number} AS INTEGER) AS part, "
            f"CAST(t._row AS BIGINT) AS source_row, CAST(t._item AS INTEGER) AS item, {channel} AS channel, "
            f"t.occurred_at, CAST({plan.day} AS DATE) AS day, "
            f"TIMESTAMP {quoted_text(task.read_at)} AS recorded_at{nodes}{own}\n"
            f"FROM (SELECT *{'' if 'occurred_at' in typed else ', CAST(NULL AS TIMESTAMP) AS occurred_at'} "
            "FROM typed WHERE _rule IS NULL) t"
        )
        facts = self.engine.arrow(sql, step="facts")
        self._write(facts.set_column(0, "fact_id", _numbers(facts["fact_id"])), "facts")

    def _nodes(self, stopped: bool) -> None:
        """Write the identifiers of the accepted rows: node, lo, kind, in how many rows; keep their values."""
        found = []
        for place in self.plan.priority:
            kind = self.plan.personal[place].kind
            gone = f"WHERE _rule IS NOT NULL AND _n{place} IS NOT NULL" if stopped else "WHERE false"
            seen = seen_nodes(
                self.columns[place],
                self.engine.arrow(f"SELECT _n{place} AS node, count(*) AS rows FROM typed {gone} GROUP BY 1"),
            )
            seen = seen.append_column("kind", pa.repeat(kind, seen.num_rows))
            found.append(seen.select(NODES.names).cast(NODES))
            known = self.seen.get(kind, pa.array([], pa.int64()))
            new = seen.filter(pc.invert(pc.is_in(seen["node"], known)))
            self.seen[kind] = pa.concat_arrays([known, *new["node"].chunks])
            self.values.append(new.select(["node", "kind", "value"]))
        if found:
            self._write(pa.concat_tables(found), "nodes")

    def _links(self) -> None:
        """Write which identifiers stand in one row: each with the strongest before it."""
        plan = self.plan
        links = []
        for number, place in enumerate(plan.priority[1:], start=1):
            anchor = _anchor(plan.priority[:number])
            links.append(
                f"SELECT {anchor} AS a, _n{place} AS b, min(_row) AS source_row, count(*) AS rows FROM typed "
                f"WHERE _rule IS NULL AND _n{place} IS NOT NULL AND {anchor} IS NOT NULL AND {anchor} <> _n{place} "
                "GROUP BY ALL"
            )
        if links:
            source, number = quoted_text(plan.source), self.task.number
            union = " UNION ALL ".join(links)
            sql = f"SELECT a, b, {source} AS source, CAST({number} AS INTEGER) AS part, source_row, rows FROM ({union})"
            self._write(self.engine.arrow(sql, step="links"), "links")

    def _personal_values(self) -> None:
        """Keep the values that identify nobody, with the strongest identifier of their row."""
        if not self.plan.priority:
            return
        anchor = _anchor(self.plan.priority)
        for place, personal in enumerate(self.plan.personal):
            if not personal.identifies:
                sql = (
                    f"SELECT DISTINCT {anchor} AS node, {quoted_text(personal.kind)} AS kind, _p{place} AS value "
                    f"FROM typed WHERE _rule IS NULL AND _p{place} IS NOT NULL AND {anchor} IS NOT NULL"
                )
                self.values.append(self.engine.arrow(sql, step="personal values"))

    def _stopped(self) -> None:
        """Quarantine rows that a rule stopped, and the invalid values of rows that went on without them."""
        bad = [(name, flag) for name, _, flag in count_names(self.plan)]
        names = ", ".join(f"CASE WHEN t.{flag} THEN {quoted_text(name)} END" for name, flag in bad) or "NULL"
        any_bad = " OR ".join(f"t.{flag}" for _, flag in bad) or "false"
        records = self.engine.rows(
            f"SELECT t._row, t._item, coalesce(t._rule, 'invalid:' || concat_ws(',', {names})), "
            f"CASE WHEN t._rule IS NULL THEN 'value' ELSE 'row' END, CAST({self._shown()} AS VARCHAR) "
            f"FROM (SELECT * FROM typed t WHERE t._rule IS NOT NULL OR {any_bad}) t "
            f"JOIN _arrow r ON r.{ROW} = t._row",
            step="quarantine",
        )
        self._quarantine([(row, item, rule, fate, text.encode()) for row, item, rule, fate, text in records])

    def _shown(self) -> str:
        """Return the SQL of a record as it came: its document, or its columns as JSON."""
        if self.plan.layout == "document":
            return f"r.{DOCUMENT}"
        names = [name for name in self.engine.columns("_arrow") if name != ROW]
        return f"json_object({', '.join(f'{quoted_text(name)}, r.{quoted(name)}' for name in names)})"

    def _quarantine(self, records: Sequence[tuple[int, int, str, str, bytes]]) -> None:
        if not records:
            return
        rows, items, rules, fates, texts = zip(*records, strict=True)
        self.result.quarantined.update(rule for rule, fate in zip(rules, fates, strict=True) if fate == "row")
        table = pa.table(
            {
                "source": pa.array([self.plan.source] * len(rows)),
                "part": pa.array([self.task.number] * len(rows), pa.int32()),
                "source_row": pa.array(rows, pa.int64()),
                "item": pa.array(items, pa.int32()),
                "rule": pa.array(rules, pa.string()),
                "fate": pa.array(fates, pa.string()),
                "sealed": pa.array(self.sealer.seal_many(texts, str(self.task.number)), pa.binary()),
            }
        )
        pq.write_table(table, self._file("quarantine"), compression="zstd")

    def _write(self, table: pa.Table, name: str) -> None:
        pq.write_table(
            table, self._file(name), compression="lz4", use_dictionary=_few_valued(table), write_statistics=False,
            store_decimal_as_integer=True,
        )  # fmt: skip

    def _file(self, name: str) -> Path:
        number = 1
        while (path := self.folder / f"{name}-{self.batch:05d}-{number}.parquet").exists():
            number += 1
        return path


def _numbers(keys: pa.ChunkedArray) -> pa.Array:
    """Return the numbers of facts: 63 bits of a stable hash of each key."""
    hashes = digests(keys.combine_chunks(), b"fact", b"")[:, 0]
    return pa.array((hashes.view(np.uint64) >> np.uint64(1)).view(np.int64))


def _few_valued(table: pa.Table) -> list[str]:
    """Return the columns that are worth a dictionary, judged by their first rows."""
    head = table.slice(0, 1000)
    return [name for name in table.column_names if pc.count_distinct(head[name]).as_py() <= 500]


def _anchor(places: Sequence[int]) -> str:
    """Return the SQL of the strongest identifier of a row among `places`."""
    return f"coalesce({', '.join(f'_n{place}' for place in places)})"


def _numbered(tables: Sequence[pa.Table], columns: Sequence[str]) -> pa.Table:
    """Return the tables as one, its rows numbered through."""
    empty = pa.table({ROW: pa.array([], pa.int64())} | {name: pa.array([], pa.string()) for name in columns})
    table = pa.concat_tables([empty, *tables])
    return table.set_column(table.column_names.index(ROW), ROW, pa.array(np.arange(table.num_rows)))


def _has_odd(table: pa.Table) -> bool:
    # One byte is looked for first: that is many times as fast, and in most columns it is not there.
    return any(mark in data for data in _texts(table) if _ODD[0][:1] in data for mark in _ODD)


def _texts(table: pa.Table) -> Iterator[bytes]:
    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type):
                data = chunk.buffers()[2]
                if data is not None:
                    yield data.to_pybytes()
