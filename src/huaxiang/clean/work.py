"""Cleaning rows: normalise distinct values, type and judge rows in SQL; facts, nodes, links and the stopped leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.clean.composed import composed
from huaxiang.clean.documents import ITEM_READ, extract
from huaxiang.clean.emptied import emptied
from huaxiang.clean.maps import Column, Maps
from huaxiang.clean.nodes import seen_nodes
from huaxiang.clean.pending import Values
from huaxiang.clean.plan import CleanPlan, key_sql
from huaxiang.clean.raw_names import raw_name, with_raw_names
from huaxiang.clean.spoilt import without_spoilt
from huaxiang.clean.tidy import all_tidy
from huaxiang.clean.typed import count_names, form_sql, typed_sql
from huaxiang.connectors.base import DOCUMENT, ROW, Batch
from huaxiang.connectors.marks import may_be_marked, unmarked, values
from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.errors import CountError
from huaxiang.manifest import Manifest
from huaxiang.privacy.keyed_hash import digests
from huaxiang.privacy.seal import RowSealer
from huaxiang.sources import reader_of
from huaxiang.words import Words

NODES = pa.schema([("node", pa.int64()), ("lo", pa.int64()), ("kind", pa.string()), ("rows", pa.int64())])
Put = Callable[[str, pa.Table], None]
"""What leaves: "facts", "nodes", "links" or "quarantine", and the table."""


@dataclass(frozen=True)
class Place:
    """What the rows are part of: the project's folder, the part's name and number, and when it was read (ISO, UTC)."""

    root: Path
    part: str
    number: int
    read_at: str


@dataclass(frozen=True)
class Tools:
    """What cleaning one part after another shares."""

    engine: Engine
    maps: Maps
    sealer: RowSealer


@dataclass
class CleanResult:
    """What cleaning one part found: rows read, facts, quarantined by rule, and per column what was wrong.

    `unread` are the rows no column could be read of. `known` are the values of the rows that became facts. With a
    `fault` the part could not be read, and nothing of it was kept.
    """

    rows: int = 0
    facts: int = 0
    unread: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    fault: Words | None = None
    files: Manifest = field(default_factory=dict)
    """What was written of the part, once all of it is."""

    def add(self, other: CleanResult) -> None:
        """Count what another found of the same part, too."""
        self.rows += other.rows
        self.facts += other.facts
        self.unread += other.unread
        for mine, more in (
            (self.quarantined, other.quarantined), (self.missing, other.missing),
            (self.invalid, other.invalid), (self.known, other.known),
        ):  # fmt: skip
            mine.update(more)

    def counts(self) -> dict[str, object]:
        """Return the counts as plain data for the registry."""
        return {
            "rows": self.rows, "facts": self.facts, "unread": self.unread, "quarantined": dict(self.quarantined),
            "missing": dict(self.missing), "invalid": dict(self.invalid), "known": dict(self.known),
            "seconds": round(self.seconds, 3),
        }  # fmt: skip


class Work:
    """The state of cleaning rows of one part: what has been found so far. `put` gets the tables that leave, by name."""

    def __init__(self, plan: CleanPlan, place: Place, tools: Tools, put: Put) -> None:
        self.plan, self.place, self.put = plan, place, put
        self.engine, self.maps, self.sealer = tools.engine, tools.maps, tools.sealer
        self.result = CleanResult()
        self.values: list[Values] = []
        self.columns: dict[int, Column] = {}

    def lend(self) -> None:
        """Load the lookups: one row for each key, the last one written."""
        for lookup, columns in self.plan.lookups:
            reader = reader_of(lookup.read)
            blanks = next(cell.words for cell in self.plan.cells if cell.name == raw_name(lookup.on))
            tables = [
                _with(_values(batch.table), lookup.key, emptied(values(batch.table[lookup.key]), blanks))
                for part in reader.parts(lookup.read, self.place.root, None)
                for batch in reader.read(lookup.read, self.place.root, part, list(columns))
            ]
            key = quoted(raw_name(lookup.key))
            with self.engine.shown(_lookup=with_raw_names(_numbered(tables, columns))):
                names = [quoted(raw_name(column)) for column in columns]
                lent = ", ".join(f"last({name} ORDER BY {ROW}) AS {name}" for name in names)
                self.engine.run(
                    f"CREATE OR REPLACE TEMP TABLE {quoted('lookup ' + lookup.name)} AS "
                    f"SELECT {key} AS _key, {lent} FROM _lookup WHERE {key} IS NOT NULL GROUP BY 1",
                    step="lookup",
                )

    def take(self, batch: Batch) -> None:
        """Clean one batch."""
        self._broken(batch)
        if batch.table.num_rows == 0:
            return
        table = batch.table if self.plan.layout == "document" else with_raw_names(batch.table)
        with self.engine.shown(_arrow=table):
            spoilt = without_spoilt(self._raw(table), self.plan)
            raw = self._emptied(spoilt.rows)
            if raw.num_rows == 0:
                return
            rows = self._with_personal(raw)
            with self.engine.shown(_rows=rows):
                self._type(raw, rows, spoilt.columns)
                self._leave(table, batch.table.column_names[1:], raw.num_rows)

    def gathered(self) -> list[Values]:
        """Return the personal values of the accepted rows of the batches since it was last asked."""
        values, self.values = self.values, []
        return values

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
        raw = self.engine.arrow(self._with_lookups(sql), step="raw")
        return self._readable(raw, batch) if ITEM_READ in raw.column_names else raw

    def _readable(self, raw: pa.Table, batch: pa.Table) -> pa.Table:
        """Return the rows whose item could be read; the others are quarantined."""
        readable = raw[ITEM_READ]
        raw = raw.drop_columns([ITEM_READ])
        if pc.all(readable).as_py() is not False:
            return raw
        wrong = raw.filter(pc.invert(readable)).select([ROW, "_item"])
        documents = batch.filter(pc.is_in(batch[ROW], wrong[ROW]))
        text = dict(zip(documents[ROW].to_pylist(), documents[DOCUMENT].to_pylist(), strict=True))
        self.result.rows += wrong.num_rows
        self.result.unread += wrong.num_rows
        self._quarantine([
            (row, item, "not_an_item", "row", text[row].encode())
            for row, item in zip(wrong[ROW].to_pylist(), wrong["_item"].to_pylist(), strict=True)
        ])  # fmt: skip
        return raw.filter(readable)

    def _emptied(self, raw: pa.Table) -> pa.Table:
        """Return the rows as expressions see them: texts composed, null where a cell holds no value.

        A column that is used in two ways is there twice.
        """
        cells = {cell.name: emptied(composed(raw[cell.column]), cell.words) for cell in self.plan.cells}
        for name, column in cells.items():
            place = raw.column_names.index(name) if name in raw.column_names else raw.num_columns
            raw = raw.set_column(place, name, column) if place < raw.num_columns else raw.append_column(name, column)
        return raw

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
            columns += [
                f"l{number}.{quoted(raw_name(name))} AS {quoted(raw_name(f'{lookup.name}.{name}'))}" for name in names
            ]
            table, on = quoted(f"lookup {lookup.name}"), quoted(raw_name(lookup.on))
            joins += f" LEFT JOIN {table} l{number} ON l{number}._key = a.{on}"
        return f"SELECT {', '.join(columns)} FROM ({sql}) a{joins}"

    def _type(self, raw: pa.Table, rows: pa.Table, spoilt: frozenset[str]) -> None:
        """Make `typed`: typed columns, nodes, what was invalid, and the rule that stops each row, if any."""
        plan, run = self.plan, self.engine.run
        read_as_text = {reading.column for reading in plan.readings if reading.column}
        tidy = frozenset(name for name in read_as_text if all_tidy(raw[name]))
        run(
            f"CREATE OR REPLACE TEMP TABLE typed AS {typed_sql(plan, '_rows', spoilt=spoilt, tidy=tidy)}",
            step="type columns",
        )
        doubt = self.engine.one("SELECT bit_or(_doubt) FROM typed") or 0
        if not doubt:
            return
        with self.engine.shown(_few=self._few(rows, "_doubt <> 0")):
            run(
                f"CREATE OR REPLACE TEMP TABLE doubtful AS SELECT r.* FROM _few r "
                f"SEMI JOIN (SELECT {ROW}, _item FROM typed WHERE _doubt <> 0) t "
                f"ON t.{ROW} = r.{ROW} AND t._item = r._item",
                step="doubtful rows",
            )
        forms = frozenset(form for form in range(len(plan.forms)) if doubt >> form & 1)
        for form in sorted(forms):
            run(f"CREATE OR REPLACE TEMP TABLE form{form} AS {form_sql(plan, form, 'doubtful')}", step="read texts")
        run("DELETE FROM typed WHERE _doubt <> 0", step="doubtful rows")
        run(f"INSERT INTO typed {typed_sql(plan, 'doubtful', full=forms, spoilt=spoilt)}", step="type doubtful rows")

    def _few(self, rows: pa.Table, condition: str) -> pa.Table:
        """Return those of `rows` with a number that `typed` has under a condition."""
        # A join would hand every text of every row to the engine, for the few that are wanted.
        wanted = self.engine.arrow(f"SELECT DISTINCT {ROW} FROM typed WHERE {condition}", step="few rows")
        return rows.filter(pc.is_in(rows[ROW], wanted[ROW]))

    def _leave(self, batch: pa.Table, names: Sequence[str], read: int) -> None:
        """Write what leaves: facts, nodes, links, quarantined rows and values; collect personal values; count."""
        self.result.rows += read
        stopped = self._count(read)
        self._facts()
        self._nodes(stopped)
        self._links()
        self._personal_values()
        if stopped:
            self._stopped(batch, names)

    def _count(self, read: int) -> bool:
        """Count facts and what was missing or invalid; return whether anything must be quarantined."""
        names = count_names(self.plan)
        counts = "".join(
            f", count(*) FILTER ({known} IS NULL AND {bad} IS NULL), count({bad})"
            f", count({known}) FILTER (_rule IS NULL)"
            for _, known, bad in names
        )
        row = self.engine.rows(f"SELECT count(*), count(*) FILTER (_rule IS NULL){counts} FROM typed", step="count")[0]
        if row[0] != read:
            raise CountError(
                Words(
                    f"of {read} rows of {self.place.part} {row[0]} were typed",
                    f"{self.place.part} 读出 {read} 行，却得到 {row[0]} 行",
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
        plan, place = self.plan, self.place
        typed = plan.typed_names
        channel = (
            f"coalesce(t.channel, {quoted_text(plan.channel)})" if "channel" in typed else quoted_text(plan.channel)
        )
        own = "".join(
            f",\n  {'t.' + quoted(name) if name in typed else 'CAST(NULL AS ' + type_ + ')'} AS {quoted(name)}"
            for name, type_ in plan.types.items()
        )
        nodes = "".join(f", t._n{at} AS node{number}" for number, at in enumerate(plan.priority, start=1))
        sql = (
            f"SELECT {key_sql(plan, place.part)} AS fact_id, CAST({place.number} AS INTEGER) AS part, "
            f"CAST(t._row AS BIGINT) AS source_row, CAST(t._item AS INTEGER) AS item, {channel} AS channel, "
            f"t.occurred_at, CAST({plan.day} AS DATE) AS day, "
            f"TIMESTAMP {quoted_text(place.read_at)} AS recorded_at{nodes}{own}\n"
            f"FROM (SELECT *{'' if 'occurred_at' in typed else ', CAST(NULL AS TIMESTAMP) AS occurred_at'} "
            "FROM typed WHERE _rule IS NULL) t"
        )
        facts = self.engine.arrow(sql, step="facts")
        self.put("facts", facts.set_column(0, "fact_id", _numbers(facts["fact_id"])))

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
            self.values.append((kind, seen.select(["node", "kind", "value"])))
        if found:
            self.put("nodes", pa.concat_tables(found))

    def _links(self) -> None:
        """Write which identifiers stand in one row: each with the strongest before it, once."""
        plan = self.plan
        links = []
        for number, place in enumerate(plan.priority[1:], start=1):
            anchor = _anchor(plan.priority[:number])
            others = "".join(f" AND _n{place} IS DISTINCT FROM _n{before}" for before in plan.priority[:number])
            links.append(
                f"SELECT {anchor} AS a, _n{place} AS b, min(_row) AS source_row, count(*) AS rows FROM typed "
                f"WHERE _rule IS NULL AND _n{place} IS NOT NULL AND {anchor} IS NOT NULL{others} GROUP BY ALL"
            )
        if links:
            source, number = quoted_text(plan.source), self.place.number
            union = " UNION ALL ".join(links)
            sql = f"SELECT a, b, {source} AS source, CAST({number} AS INTEGER) AS part, source_row, rows FROM ({union})"
            self.put("links", self.engine.arrow(sql, step="links"))

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
                self.values.append(("", self.engine.arrow(sql, step="personal values")))

    def _stopped(self, batch: pa.Table, columns: Sequence[str]) -> None:
        """Quarantine rows that a rule stopped, and the invalid values of rows that went on without them."""
        bad = [(name, flag) for name, _, flag in count_names(self.plan)]
        wrong = " OR ".join(["_rule IS NOT NULL", *(f"{flag} IS NOT NULL" for _, flag in bad)])
        reasons = ", ".join(f"t.{flag}" for _, flag in bad)
        with self.engine.shown(_few=_as_seen(self._few(batch, wrong))):
            records = self.engine.rows(
                f"SELECT t._row, t._item, t._rule, CAST([{reasons}] AS VARCHAR[]), "
                f"CAST({self._shown(columns)} AS VARCHAR) "
                f"FROM (SELECT * FROM typed WHERE {wrong}) t JOIN _few r ON r.{ROW} = t._row",
                step="quarantine",
            )
        names = [name for name, _ in bad]
        self._quarantine([
            (row, item, each, "row" if rule else "value", text.encode())
            for row, item, rule, why, text in records
            for each in ([rule] if rule else _by_reason(names, why))
        ])  # fmt: skip

    def _shown(self, names: Sequence[str]) -> str:
        """Return the SQL of a record as it came: its document, or its columns as JSON."""
        if self.plan.layout == "document":
            return f"r.{DOCUMENT}"
        return f"json_object({', '.join(f'{quoted_text(name)}, r.{quoted(raw_name(name))}' for name in names)})"

    def _quarantine(self, records: Sequence[tuple[int, int, str, str, bytes]]) -> None:
        if not records:
            return
        rows, items, rules, fates, texts = zip(*records, strict=True)
        self.result.quarantined.update(rule for rule, fate in zip(rules, fates, strict=True) if fate == "row")
        table = pa.table(
            {
                "source": pa.array([self.plan.source] * len(rows)),
                "part": pa.array([self.place.number] * len(rows), pa.int32()),
                "source_row": pa.array(rows, pa.int64()),
                "item": pa.array(items, pa.int32()),
                "rule": pa.array(rules, pa.string()),
                "fate": pa.array(fates, pa.string()),
                "sealed": pa.array(self.sealer.seal_many(texts, str(self.place.number)), pa.binary()),
            }
        )
        self.put("quarantine", table)


def _numbers(keys: pa.ChunkedArray) -> pa.Array:
    """Return the numbers of facts: 63 bits of a stable hash of each key."""
    hashes = digests(keys.combine_chunks(), b"fact", b"")[:, 0]
    return pa.array((hashes.view(np.uint64) >> np.uint64(1)).view(np.int64))


def _by_reason(names: Sequence[str], reasons: Sequence[str | None]) -> list[str]:
    """Return a rule for each reason why values of a row are bad: "invalid:phone,email"."""
    found: dict[str, list[str]] = {}
    for name, reason in zip(names, reasons, strict=True):
        if reason is not None:
            found.setdefault(reason, []).append(name)
    return [f"{reason}:{','.join(which)}" for reason, which in found.items()]


def _anchor(places: Sequence[int]) -> str:
    """Return the SQL of the strongest identifier of a row among `places`."""
    return f"coalesce({', '.join(f'_n{place}' for place in places)})"


def _with(rows: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, column)


def _as_seen(rows: pa.Table) -> pa.Table:
    """Return rows as people see them in the file."""
    return _each_text(rows, unmarked)


def _values(rows: pa.Table) -> pa.Table:
    """Return rows with their true values only."""
    return _each_text(rows, values)


def _each_text(rows: pa.Table, change: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.Table:
    for place, column in enumerate(rows.columns):
        if pa.types.is_string(column.type) and may_be_marked(column):
            rows = rows.set_column(place, rows.column_names[place], change(column))
    return rows


def _numbered(tables: Sequence[pa.Table], columns: Sequence[str]) -> pa.Table:
    """Return the tables as one, its rows numbered through."""
    empty = pa.table({ROW: pa.array([], pa.int64())} | {name: pa.array([], pa.string()) for name in columns})
    table = pa.concat_tables([empty, *tables])
    return table.set_column(table.column_names.index(ROW), ROW, pa.array(np.arange(table.num_rows)))
