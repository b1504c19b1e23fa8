"""Cleaning one part: read in batches, normalise distinct values, type and judge rows in SQL, write what leaves."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from huaxiang.clean.normalise.fillers import is_filler
from huaxiang.clean.normalise.registry import normaliser
from huaxiang.clean.plan import CleanPlan, Personal, key_sql
from huaxiang.connectors.base import DOCUMENT, ROW, Batch, Part
from huaxiang.engine.duckdb import GIB, Engine, quoted, quoted_text
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import load_master_key
from huaxiang.privacy.seal import RowSealer
from huaxiang.privacy.vault import Vault
from huaxiang.sources import reader_of

_ODD = (b"\xef\x9e", b"\xef\x9f")
"""How the characters that stand for undecodable bytes begin in UTF-8."""
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
    """What cleaning one part found: rows read, facts, quarantined by rule, and per column what was wrong."""

    rows: int = 0
    facts: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def counts(self) -> dict[str, object]:
        """Return the counts as plain data for the registry."""
        return {
            "rows": self.rows, "facts": self.facts, "quarantined": dict(self.quarantined),
            "missing": dict(self.missing), "invalid": dict(self.invalid), "seconds": round(self.seconds, 3),
        }  # fmt: skip


def clean_part(task: CleanTask) -> CleanResult:
    """Clean one part into `task.folder` (made anew, complete or absent) and seal its personal values.

    Raises ReadError when the part cannot be read at all, StepError for a fault of ours.
    """
    begun = time.perf_counter()
    building = task.folder.with_name(task.folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    master = load_master_key(task.project_id, task.root)
    with Engine(memory=task.memory, threads=task.threads) as engine:
        work = _Work(task, engine, BlindIndex(master), RowSealer(master), building)
        work.lend()
        for batch in reader_of(task.plan.read).read(task.plan.read, task.root, task.part, _columns(task)):
            work.take(batch)
    with Vault(task.vault, master) as vault:
        vault.put_pending(str(task.number), work.pending())
    shutil.rmtree(task.folder, ignore_errors=True)
    building.rename(task.folder)
    work.result.seconds = time.perf_counter() - begun
    return work.result


def _columns(task: CleanTask) -> list[str]:
    if task.plan.layout == "document":
        return list(task.plan.names)
    there = reader_of(task.plan.read).columns(task.plan.read, task.root, task.part) or []
    return list(dict.fromkeys([*there, *task.plan.names]))


class _Work:
    """The state of cleaning one part: what has been found so far."""

    def __init__(self, task: CleanTask, engine: Engine, blind: BlindIndex, sealer: RowSealer, folder: Path) -> None:
        self.task, self.plan, self.engine = task, task.plan, engine
        self.blind, self.sealer, self.folder = blind, sealer, folder
        self.result = CleanResult()
        self.never = [re.compile(pattern, re.IGNORECASE) for pattern in self.plan.never]
        self.values: list[pa.Table] = []
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
            with self.engine.shown(_lookup=pa.concat_tables(tables)):
                lent = ", ".join(f"last({quoted(column)} ORDER BY {ROW}) AS {quoted(column)}" for column in columns)
                self.engine.run(
                    f"CREATE TEMP TABLE {quoted('lookup ' + lookup.name)} AS SELECT {quoted(lookup.key)} AS _key, {lent} "
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
            self._raw()
        odd = _has_odd(batch.table)
        maps = [self._map(place, personal) for place, personal in enumerate(self.plan.personal)]
        with self.engine.shown(**{f"_m{place}": table for place, table in enumerate(maps)}):
            for place, personal in enumerate(self.plan.personal):
                self._show_map(place, personal)
            self._judge(odd)
            self._leave()

    def pending(self) -> pa.Table:
        """Return the personal values of the accepted rows, each once: node, kind, value."""
        schema = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
        tables = [table.cast(schema) for table in self.values]
        return pa.concat_tables([schema.empty_table(), *tables]).group_by(["node", "kind", "value"]).aggregate([])

    def _broken(self, batch: Batch) -> None:
        if not batch.broken:
            return
        self.result.rows += len(batch.broken)
        records = [(each.row, 0, each.rule, "row", each.raw) for each in batch.broken]
        self._quarantine(records)

    def _raw(self) -> None:
        """Make `raw`: a row for each record, its columns as texts, `_row` and `_item`."""
        names = self.plan.names
        if self.plan.layout == "columns":
            sql = "SELECT *, 0 AS _item FROM _arrow"
        else:
            sql = _extract(names, self.plan.rows)
        if self.plan.lookups:
            sql = self._with_lookups(sql)
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE raw AS {sql}", step="raw")

    def _with_lookups(self, sql: str) -> str:
        columns, joins = ["a.*"], ""
        for number, (lookup, names) in enumerate(self.plan.lookups):
            columns += [f"l{number}.{quoted(name)} AS {quoted(f'{lookup.name}.{name}')}" for name in names]
            joins += f" LEFT JOIN {quoted('lookup ' + lookup.name)} l{number} ON l{number}._key = a.{quoted(lookup.on)}"
        return f"SELECT {', '.join(columns)} FROM ({sql}) a{joins}"

    def _map(self, place: int, personal: Personal) -> pa.Table:
        """Return, for the distinct texts of a personal column: node, lo, canonical value, state and what derives."""
        texts = self.engine.arrow(
            f"SELECT DISTINCT {personal.sql} AS text FROM raw r WHERE {personal.sql} IS NOT NULL", step="distinct"
        )["text"].to_pylist()
        kind = normaliser(personal.kind)
        canonical = [kind.normalise(text) for text in texts]
        states = [self._state(text, value) for text, value in zip(texts, canonical, strict=True)]
        canonical = [value if state == "ok" else None for value, state in zip(canonical, states, strict=True)]
        good = [value for value in canonical if value is not None]
        blind = np.zeros((len(texts), 2), dtype=np.int64)
        mask = np.array([value is not None for value in canonical], dtype=bool)
        if good:
            blind[mask] = self.blind.many(personal.kind, good)
        columns = {
            "text": pa.array(texts, pa.string()),
            "node": pa.array(blind[:, 0], mask=~mask),
            "lo": pa.array(blind[:, 1], mask=~mask),
            "value": pa.array(canonical, pa.string()),
            "state": pa.array(states, pa.string()),
        }
        if personal.derived:
            nothing = (None,) * len(personal.derived)
            derived = [kind.derive(value) if value is not None else nothing for value in canonical]
            for number, name in enumerate(personal.derived):
                columns[f"d_{name}"] = pa.array([values[number] for values in derived], pa.string())
        return pa.table(columns)

    def _state(self, text: str, canonical: str | None) -> str:
        if canonical is None:
            return "filler" if is_filler(text) else "invalid"
        return "blocked" if any(pattern.fullmatch(canonical) for pattern in self.never) else "ok"

    def _show_map(self, place: int, personal: Personal) -> None:
        kind = normaliser(personal.kind)
        derived = "".join(
            f", CAST(d_{name} AS {'DATE' if kind.derived[name] == 'date' else 'VARCHAR'}) AS {quoted('d_' + name)}"
            for name in personal.derived
        )
        self.engine.run(
            f"CREATE OR REPLACE TEMP TABLE map{place} AS SELECT text, node, lo, value, state{derived} FROM _m{place}",
            step="map",
        )

    def _judge(self, odd: bool) -> None:
        """Make `typed`: typed columns, nodes, what was invalid; and `judged`: the rule that stops each row, if any."""
        plan = self.plan
        joins = "".join(
            f"\n  LEFT JOIN map{place} m{place} ON m{place}.text = {personal.sql}"
            for place, personal in enumerate(plan.personal)
        )
        parts = ["r._row", "r._item"]
        for place, personal in enumerate(plan.personal):
            parts += [f"m{place}.node AS n{place}", f"m{place}.state IN ('invalid', 'blocked') AS bad_n{place}"]
            if not personal.identifies:
                parts.append(f"m{place}.value AS p{place}")
        for column in plan.columns:
            parts += [f"{column.sql} AS {quoted(column.name)}", f"({column.invalid}) AS {quoted('bad_' + column.name)}"]
        body = ",\n  ".join(parts)
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE typed AS SELECT {body}\nFROM raw r{joins}", step="type columns")
        self.engine.run(
            f"CREATE OR REPLACE TEMP TABLE judged AS SELECT t._row, t._item, {self._rule(odd)} AS rule FROM typed t"
            + (" JOIN raw r ON r._row = t._row AND r._item = t._item" if odd or self._rules_need_raw() else ""),
            step="judge rows",
        )

    def _rules_need_raw(self) -> bool:
        return any('"r".' in sql or "r." in sql for _, sql in self.plan.reject)

    def _rule(self, odd: bool) -> str:
        kinds = {self.plan.personal[place].kind: place for place in reversed(self.plan.priority)}
        cases = []
        if odd:
            names = self.plan.names if self.plan.layout == "document" else tuple(self.engine.columns("raw"))
            texts = ", ".join(f"r.{quoted(name)}" for name in names if name not in (ROW, "_item"))
            cases.append(f"WHEN regexp_matches(concat_ws('', {texts}), '[\\x{{F780}}-\\x{{F7FF}}]') THEN 'undecodable'")
        typed = {column.name for column in self.plan.columns}
        for name in self.plan.required:
            known = quoted(name) if name in typed else f"n{kinds[name]}"
            bad = quoted(f"bad_{name}") if name in typed else f"bad_n{kinds[name]}"
            cases.append(f"WHEN t.{known} IS NULL THEN CASE WHEN t.{bad} THEN {quoted_text('invalid:' + name)} "
                         f"ELSE {quoted_text('missing:' + name)} END")  # fmt: skip
        for text, sql in self.plan.reject:
            cases.append(f"WHEN {sql} THEN {quoted_text('reject: ' + text)}")
        return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"

    def _leave(self) -> None:
        """Write what leaves: facts, nodes, links, quarantined rows and values; collect personal values; count."""
        engine = self.engine
        engine.run(
            "CREATE OR REPLACE TEMP VIEW good AS SELECT t.* FROM typed t "
            "JOIN judged j ON j._row = t._row AND j._item = t._item WHERE j.rule IS NULL"
            if self._anything_stopped()
            else "CREATE OR REPLACE TEMP VIEW good AS SELECT * FROM typed",
            step="good rows",
        )
        self._facts()
        self._nodes_and_links()
        self._personal_values()
        self._count()
        self._stopped()

    def _anything_stopped(self) -> bool:
        rows = self.engine.rows("SELECT rule, count(*) FROM judged GROUP BY rule")
        for rule, count in rows:
            self.result.rows += count
            if rule is None:
                self.result.facts += count
        return any(rule is not None for rule, _ in rows)

    def _facts(self) -> None:
        plan, task = self.plan, self.task
        typed = {column.name for column in plan.columns}
        channel = (
            f"coalesce(t.channel, {quoted_text(plan.channel)})" if "channel" in typed else quoted_text(plan.channel)
        )
        occurred = "t.occurred_at" if "occurred_at" in typed else "CAST(NULL AS TIMESTAMP)"
        own = "".join(
            f",\n  {'t.' + quoted(name) if name in typed else 'CAST(NULL AS ' + type_ + ')'} AS {quoted(name)}"
            for name, type_ in plan.types.items()
        )
        nodes = "".join(f", t.n{place} AS node{number}" for number, place in enumerate(plan.priority, start=1))
        sql = (
            f"SELECT {key_sql(plan, task.part.name)} AS fact_id, CAST({task.number} AS INTEGER) AS part, "
            f"CAST(t._row AS BIGINT) AS source_row, CAST(t._item AS INTEGER) AS item, {channel} AS channel, "
            f"{occurred} AS occurred_at, CAST({plan.day} AS DATE) AS day, "
            f"TIMESTAMP {quoted_text(task.read_at)} AS recorded_at"
            f"{nodes}{own}\nFROM "
            f"(SELECT *{'' if 'occurred_at' in typed else ', CAST(NULL AS TIMESTAMP) AS occurred_at'} FROM good) t"
        )
        self._copy(sql, "facts")

    def _nodes_and_links(self) -> None:
        plan = self.plan
        if not plan.priority:
            return
        pieces = [
            f"SELECT t.n{place} AS node, any_value(m.lo) AS lo, {quoted_text(plan.personal[place].kind)} AS kind, "
            f"count(*) AS rows FROM good t JOIN (SELECT DISTINCT node, lo FROM map{place} WHERE node IS NOT NULL) m "
            f"ON m.node = t.n{place} GROUP BY t.n{place}"
            for place in plan.priority
        ]
        self._copy(" UNION ALL ".join(pieces), "nodes")
        links = []
        for number, place in enumerate(plan.priority[1:], start=1):
            before = ", ".join(f"n{each}" for each in plan.priority[:number])
            anchor = f"coalesce({before})"
            links.append(
                f"SELECT {anchor} AS a, n{place} AS b, min(_row) AS source_row, count(*) AS rows FROM good "
                f"WHERE n{place} IS NOT NULL AND {anchor} IS NOT NULL AND {anchor} <> n{place} GROUP BY ALL"
            )
        if links:
            source, number = quoted_text(plan.source), self.task.number
            union = " UNION ALL ".join(links)
            self._copy(
                f"SELECT a, b, {source} AS source, CAST({number} AS INTEGER) AS part, source_row, rows FROM ({union})",
                "links",
            )

    def _personal_values(self) -> None:
        plan = self.plan
        for place, personal in enumerate(plan.personal):
            kind = quoted_text(personal.kind)
            if personal.identifies:
                sql = (
                    f"SELECT DISTINCT m.node, {kind} AS kind, m.value FROM map{place} m "
                    f"JOIN (SELECT DISTINCT n{place} AS node FROM good) t ON t.node = m.node"
                )
            elif plan.priority:
                anchor = f"coalesce({', '.join(f'n{each}' for each in plan.priority)})"
                sql = (
                    f"SELECT DISTINCT {anchor} AS node, {kind} AS kind, p{place} AS value FROM good "
                    f"WHERE p{place} IS NOT NULL AND {anchor} IS NOT NULL"
                )
            else:
                continue
            self.values.append(self.engine.arrow(sql, step="personal values"))

    def _count(self) -> None:
        flags = [(column.name, quoted(column.name), quoted("bad_" + column.name)) for column in self.plan.columns]
        flags += [(personal.kind, f"n{place}", f"bad_n{place}") for place, personal in enumerate(self.plan.personal)]
        counts = ", ".join(
            f"count(*) FILTER ({known} IS NULL AND NOT coalesce({bad}, false)), count(*) FILTER ({bad})"
            for _, known, bad in flags
        )
        if not flags:
            return
        row = self.engine.rows(f"SELECT {counts} FROM typed")[0]
        for number, (name, _, _) in enumerate(flags):
            self.result.missing[name] += row[2 * number]
            self.result.invalid[name] += row[2 * number + 1]

    def _stopped(self) -> None:
        """Quarantine rows that a rule stopped, and the invalid values of rows that went on without them."""
        flags = [(column.name, quoted("bad_" + column.name)) for column in self.plan.columns]
        flags += [(each.kind, f"bad_n{place}") for place, each in enumerate(self.plan.personal)]
        bad = ", ".join(f"CASE WHEN t.{flag} THEN {quoted_text(name)} END" for name, flag in flags) or "NULL"
        any_bad = " OR ".join(f"t.{flag}" for _, flag in flags) or "false"
        shown = "to_json(r)" if self.plan.layout == "columns" else f"r.{DOCUMENT}"
        records = self.engine.rows(
            f"SELECT t._row, t._item, coalesce(j.rule, 'invalid:' || concat_ws(',', {bad})), "
            f"CASE WHEN j.rule IS NULL THEN 'value' ELSE 'row' END, CAST({shown} AS VARCHAR) "
            "FROM typed t JOIN judged j ON j._row = t._row AND j._item = t._item "
            "JOIN raw r ON r._row = t._row AND r._item = t._item "
            f"WHERE j.rule IS NOT NULL OR {any_bad}",
            step="quarantine",
        )
        self._quarantine([(row, item, rule, fate, text.encode()) for row, item, rule, fate, text in records])

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

    def _copy(self, sql: str, name: str) -> None:
        self.engine.run(f"COPY ({sql}) TO {quoted_text(str(self._file(name)))} (FORMAT parquet)", step=f"write {name}")

    def _file(self, name: str) -> Path:
        number = 1
        while (path := self.folder / f"{name}-{self.batch:05d}-{number}.parquet").exists():
            number += 1
        return path


def _has_odd(table: pa.Table) -> bool:
    return any(mark in bytes(buffer) for buffer in _buffers(table) for mark in _ODD)


def _buffers(table: pa.Table) -> Iterator[memoryview]:
    for column in table.columns:
        for chunk in column.chunks:
            if pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type):
                data = chunk.buffers()[2]
                if data is not None:
                    yield memoryview(data)


def _extract(names: tuple[str, ...], rows: str | None) -> str:
    """Return the SQL that takes named values out of documents; `rows` is the path of a list to be spread out."""
    inside = [name for name in names if rows and (name == rows or name.startswith(rows + "."))]
    outside = [name for name in names if name not in inside]
    lists = {"o": outside, "i": inside}
    columns = [
        f"{letter}[{number}] AS {quoted(name)}"
        for letter, group in lists.items()
        for number, name in enumerate(group, start=1)
    ]
    outer = _paths(DOCUMENT, [_path(name) for name in outside])
    if rows is None:
        return f"SELECT {ROW}, 0 AS _item, {DOCUMENT}, {', '.join(columns)} FROM (SELECT *, {outer} AS o FROM _arrow)"
    inner = _paths("_piece", [_path(name[len(rows) + 1 :]) for name in inside])
    pieces = f"json_extract({DOCUMENT}, {quoted_text(_path(rows) + '[*]')})"
    return (
        f"SELECT {ROW}, _item, {DOCUMENT}, {', '.join(columns)} FROM (SELECT *, {inner} AS i FROM ("
        f"SELECT *, unnest(pieces) AS _piece, generate_subscripts(pieces, 1) AS _item FROM ("
        f"SELECT *, {outer} AS o, CASE WHEN len({pieces}) = 0 THEN [CAST('null' AS JSON)] ELSE {pieces} END AS pieces "
        f"FROM _arrow)))"
    )


def _paths(document: str, paths: list[str]) -> str:
    if not paths:
        return "CAST([] AS VARCHAR[])"
    return f"json_extract_string({document}, [{', '.join(quoted_text(path) for path in paths)}])"


def _path(name: str) -> str:
    return "$" + "".join(f'."{step}"' for step in name.split(".")) if name else "$"
