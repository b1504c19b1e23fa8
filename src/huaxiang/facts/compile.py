"""The steps that make fact tables out of cleaned parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted, quoted_text
from huaxiang.model import COMMON, HOLDS, LATER, REPEATED, FactTable, Model, Type
from huaxiang.registry import KnownPart
from huaxiang.steps import PythonStep, SqlStep, Step
from huaxiang.whose import owner_sql

CODED = 1000
"""A text column with at most this many different values becomes an ENUM: one or two bytes a row, and fast groups."""
_HEAD = ("fact_id", "source", "channel", "part", "source_row", "item", "occurred_at", "day", "recorded_at")


@dataclass(frozen=True)
class Cleaned:
    """A cleaned part: what the registry knows of it, the fact table it feeds, and the folder with its files."""

    part: KnownPart
    table: str
    folder: Path

    def files(self, name: str) -> list[str]:
        """Return its files of one sort ("facts", "nodes", "links", "quarantine"), in order."""
        return [str(path) for path in sorted(self.folder.glob(f"{name}-*.parquet"))]


def compile_inputs(parts: Sequence[Cleaned], model: Model, as_of: datetime) -> list[Step]:
    """Return the steps that make `parts`, `raw_nodes`, `raw_links` and LATER: what identify reads, beside REPEATED."""
    write = PythonStep("parts", lambda engine: _write_parts(engine, parts), "parts")
    return [write, *identifier_steps(parts, "raw_nodes", "raw_links"), *later_steps(parts, model, as_of)]


def later_steps(parts: Sequence[Cleaned], model: Model, as_of: datetime) -> list[Step]:
    """Return the steps that make LATER, of all facts whose time is after `as_of`."""
    columns = "fact VARCHAR, part INTEGER, source_row BIGINT, item INTEGER, occurred_at TIMESTAMP, nodes BIGINT[]"
    steps: list[Step] = [SqlStep(LATER, f"CREATE OR REPLACE TEMP TABLE {LATER} ({columns})", LATER)]
    for table, files in _with_files(parts, model):
        steps.append(
            PythonStep(f"{table.name}: later", partial(_add_later, table=table, files=files, as_of=as_of), LATER)
        )
    return steps


def _add_later(engine: Engine, table: FactTable, files: Sequence[str], as_of: datetime) -> None:
    rows = read_files(files)
    columns = [name for (name, *_) in engine.rows(f"DESCRIBE SELECT * FROM {rows}")]
    engine.run(
        f"INSERT INTO {LATER} SELECT {quoted_text(table.name)}, part, source_row, item, occurred_at, "
        f"{_nodes_sql(columns)} FROM {rows} WHERE occurred_at > TIMESTAMP {quoted_text(as_of.isoformat(' '))}",
        step=f"{table.name}: later",
    )


def _nodes_sql(columns: Collection[str], prefix: str = "") -> str:
    """Return the SQL of the list of a fact's identifiers, the strongest first."""
    listed = ", ".join(f"{prefix}{name}" for name in node_columns(columns))
    return f"list_filter([{listed}]::BIGINT[], lambda x: x IS NOT NULL)"


def node_columns(columns: Collection[str]) -> list[str]:
    """Return the columns of cleaned facts that hold identifiers, the strongest first."""
    return sorted((name for name in columns if name.startswith("node")), key=lambda name: int(name[4:]))


def identifier_steps(parts: Sequence[Cleaned], nodes: str, links: str) -> list[Step]:
    """Return the steps that show the identifiers of parts as `nodes`, those seen together as `links`."""
    pair = "a BIGINT, b BIGINT, source VARCHAR, part INTEGER, source_row BIGINT, rows BIGINT"
    return [
        _view(nodes, files_of(parts, "nodes"), "node BIGINT, lo BIGINT, kind VARCHAR, rows BIGINT"),
        _view(links, files_of(parts, "links"), pair),
    ]


def compile_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that make the fact tables, `duplicates`, REPEATED and `quarantine`."""
    return [*doubled_facts(parts, model), *coded_facts(parts, model), *sort_facts(parts, model)]


def doubled_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that find which facts came several times: `duplicates`, and what they said again: REPEATED."""
    steps: list[Step] = [
        SqlStep(
            "duplicates",
            "CREATE TABLE duplicates (fact VARCHAR, fact_id BIGINT, source VARCHAR, part INTEGER, "
            "source_row BIGINT, item INTEGER, kept_part INTEGER, kept_row BIGINT)",
            "duplicates",
        ),
        SqlStep(
            REPEATED,
            f"CREATE TABLE {REPEATED} (fact VARCHAR, fact_id BIGINT, part INTEGER, source_row BIGINT, item INTEGER, "
            "a BIGINT, b BIGINT)",
            REPEATED,
        ),
    ]
    for table, files in _with_files(parts, model):
        find, name = partial(find_doubled, table=table.name), f"{table.name}: duplicates"
        steps += [_cleaned(table, files), PythonStep(name, find, "duplicates", ("facts_in", "parts"))]
    return steps


def coded_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that find the codes of few-valued texts."""
    steps: list[Step] = []
    for table, files in _with_files(parts, model):
        steps += [
            _cleaned(table, files),
            PythonStep(f"{table.name}: codes", partial(_code, table=table), f"{table.name}: codes", ("facts_in",)),
        ]
    return steps


def sort_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that make the fact tables, after those of `coded_facts`, and `quarantine`."""
    steps: list[Step] = []
    for table, files in _with_files(parts, model):
        reads = ("facts_in", "identifiers", f"{table.name}: codes")
        steps += [
            _cleaned(table, files),
            PythonStep(f"{table.name}: by subject", partial(_by_subject, table=table), table.name, reads),
        ]
    there = {table.name for table, _ in _with_files(parts, model)}
    steps += [_empty(table) for table in model.facts.values() if table.name not in there]
    columns = "source VARCHAR, part INTEGER, source_row BIGINT, item INTEGER, rule VARCHAR, fate VARCHAR, sealed BLOB"
    quarantine = _view("quarantine_in", files_of(parts, "quarantine"), columns)
    copy = SqlStep(
        "quarantine", "CREATE TABLE quarantine AS SELECT * FROM quarantine_in", "quarantine", ("quarantine_in",)
    )
    return [*steps, holds_step(model), quarantine, copy]


def _with_files(parts: Sequence[Cleaned], model: Model) -> list[tuple[FactTable, list[str]]]:
    """Return the tables that have facts, with their files."""
    found = [
        (table, files_of([part for part in parts if part.table == name], "facts"))
        for name, table in model.facts.items()
    ]
    return [(table, files) for table, files in found if files]


def files_of(parts: Sequence[Cleaned], name: str) -> list[str]:
    return [file for part in parts for file in part.files(name)]


def _view(name: str, files: list[str], columns: str) -> SqlStep:
    if not files:
        return SqlStep(name, f"CREATE TEMP TABLE {name} ({columns})", name)
    return SqlStep(name, f"CREATE TEMP VIEW {name} AS SELECT * FROM {read_files(files)}", name)


def read_files(files: Sequence[str]) -> str:
    listed = ", ".join(quoted_text(file) for file in files)
    return f"read_parquet([{listed}], union_by_name = true)"


def _write_parts(engine: Engine, parts: Sequence[Cleaned]) -> None:
    ordered = sorted(parts, key=lambda each: (each.part.source, each.part.order, each.part.name))
    table = pa.table(
        {
            "part": pa.array([each.part.id for each in ordered], pa.int32()),
            "source": pa.array([each.part.source for each in ordered], pa.string()),
            "name": pa.array([each.part.name for each in ordered], pa.string()),
            "rank": pa.array(list(range(len(ordered))), pa.int32()),
            "fact": pa.array([each.table for each in ordered], pa.string()),
            "rows": pa.array([int(each.part.counts["rows"]) for each in ordered], pa.int64()),
            "folder": pa.array([each.folder.name for each in ordered], pa.string()),
        }
    )
    with engine.shown(_parts=table):
        engine.run("CREATE OR REPLACE TABLE parts AS SELECT * FROM _parts", step="parts")


def _cleaned(table: FactTable, files: Sequence[str]) -> SqlStep:
    view = f"CREATE OR REPLACE TEMP VIEW facts_in AS SELECT * FROM {read_files(files)}"
    return SqlStep(f"{table.name}: cleaned", view, "facts_in")


def _empty(table: FactTable) -> SqlStep:
    types = (
        {"subject": "BIGINT"} | _head_types() | {column: SQL_TYPES[each.type] for column, each in table.columns.items()}
    )
    body = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types.items())
    return SqlStep(table.name, f"CREATE TABLE {quoted(table.name)} ({body})", table.name)


def _head_types() -> dict[str, str]:
    return {
        "fact_id": "BIGINT", "source": "VARCHAR", "channel": "VARCHAR", "part": "INTEGER", "source_row": "BIGINT",
        "item": "INTEGER", "occurred_at": "TIMESTAMP", "day": "DATE", "recorded_at": "TIMESTAMP",
    }  # fmt: skip


def find_doubled(engine: Engine, table: str) -> None:
    """Note of the facts of facts_in that came several times which rows gave way, and what they said again."""
    nodes = _nodes_sql(engine.columns("facts_in"), "f.")
    # Only the few ids that occur twice are ranked; ranking all would sort every fact.
    engine.run(
        "CREATE OR REPLACE TEMP TABLE facts_twice AS "
        "WITH twice AS (SELECT fact_id FROM facts_in GROUP BY fact_id HAVING count(*) > 1) "
        f"SELECT f.fact_id, p.source, p.rank, f.part, f.source_row, f.item, f.occurred_at, {nodes} AS nodes "
        "FROM facts_in f SEMI JOIN twice ON twice.fact_id = f.fact_id JOIN parts p ON p.part = f.part",
        step=f"{table}: several times",
    )
    engine.run(_DUPLICATES.format(table=quoted_text(table)), step=f"{table}: duplicates")
    engine.run(
        f"INSERT INTO {REPEATED} SELECT {quoted_text(table)}, fact_id, part, source_row, item, a, b "
        f"FROM ({REPEATED_QUERY})",
        step=f"{table}: said again",
    )
    engine.run("DROP TABLE facts_twice")


_DUPLICATES = """INSERT INTO duplicates
WITH ranked AS (
  SELECT fact_id, source, part, source_row, item, row_number() OVER latest AS place,
    first_value(part) OVER latest AS kept_part, first_value(source_row) OVER latest AS kept_row
  FROM facts_twice
  WINDOW latest AS (PARTITION BY fact_id ORDER BY rank DESC, source_row DESC, item DESC)
)
SELECT {table}, fact_id, source, part, source_row, item, kept_part, kept_row FROM ranked WHERE place > 1"""

# The row that said it first counts, by the time of the fact: it is there at every moment at which another one is.
REPEATED_QUERY = """WITH said AS (
  SELECT DISTINCT fact_id, part, rank, source_row, item, occurred_at, nodes[1] AS a, unnest(nodes[2:]) AS b
  FROM facts_twice
), ranked AS (
  SELECT *, row_number() OVER (
    PARTITION BY fact_id, a, b ORDER BY occurred_at NULLS FIRST, rank, source_row, item
  ) AS place
  FROM said
  WHERE a <> b
)
SELECT fact_id, part, source_row, item, a, b FROM ranked WHERE place > 1"""
"""Of facts_twice (fact_id, part, rank, source_row, item, occurred_at, nodes) what a fact said again, as REPEATED."""


def holds_step(model: Model) -> SqlStep:
    """Return the step that makes HOLDS, of all facts there are."""
    counts = "\nUNION ALL ".join(holds_query(table, f"FROM {quoted(table.name)}") for table in model.facts.values())
    return SqlStep(HOLDS, f"CREATE OR REPLACE TABLE {HOLDS} AS {counts}", HOLDS, tuple(model.facts))


def holds_query(table: FactTable, source: str, sign: str = "") -> str:
    """Return the SELECT of what facts hold, as HOLDS has it; `source` begins with FROM, `sign` is - for facts gone."""
    columns = ["occurred_at", "channel", *table.columns]
    counts = ", ".join(f"{sign}count({quoted(name)}) AS {quoted(name)}" for name in columns)
    return (
        f'SELECT {quoted_text(table.name)} AS fact, source_of AS source, "column", known FROM (UNPIVOT '
        f"(SELECT CAST(source AS VARCHAR) AS source_of, {counts} {source} GROUP BY 1) "
        f'ON {", ".join(map(quoted, columns))} INTO NAME "column" VALUE known)'
    )


def _by_subject(engine: Engine, table: FactTable) -> None:
    """Write the fact table: subjects looked up, duplicates left out, few-valued texts coded, sorted."""
    query = facts_query(engine, table, _coded(engine, table))
    # Otherwise threads put their sorted runs down in any order, and a pass over them steps aside.
    with engine.in_stored_order():
        engine.run(
            f"CREATE TABLE {quoted(table.name)} AS {query}\nORDER BY subject NULLS LAST, occurred_at",
            step=f"{table.name}: by subject",
        )


def facts_query(engine: Engine, table: FactTable, coded: Collection[str]) -> str:
    """Return the SELECT of facts_in as facts: subjects looked up, duplicates left out; `coded` columns as ENUMs.

    Makes the view `joined`, whose each identifier is.
    """
    there = engine.columns("facts_in")
    nodes = node_columns(there)
    columns = [_column(column, coded, table.name) for column in _HEAD]
    columns += [_column(column, coded, table.name) for column in table.columns]
    joins = "".join(f"\n  LEFT JOIN joined s{number} ON s{number}.node = f.{node}" for number, node in enumerate(nodes))
    places = range(len(nodes))
    subject = owner_sql([f"s{number}.subject" for number in places], [f"s{number}.rank" for number in places])
    left_out = engine.one("SELECT count(*) FROM duplicates WHERE fact = ?", [table.name])
    anti = (
        f"\n  ANTI JOIN (SELECT part, source_row, item FROM duplicates WHERE fact = {quoted_text(table.name)}) d "
        "ON d.part = f.part AND d.source_row = f.source_row AND d.item = f.item"
        if left_out
        else ""
    )
    engine.run(
        "CREATE OR REPLACE TEMP VIEW joined AS SELECT node, subject, rank FROM identifiers WHERE subject IS NOT NULL"
    )
    return (
        f"SELECT CAST({subject} AS BIGINT) AS subject, {', '.join(columns)}\n"
        f"FROM facts_in f JOIN parts p ON p.part = f.part{joins}{anti}"
    )


def _code(engine: Engine, table: FactTable) -> None:
    """Create an ENUM type for each text column with few values."""
    there = engine.columns("facts_in")
    texts = [name for name, column in (dict(COMMON) | dict(table.columns)).items() if column.type is Type.TEXT]
    texts = [name for name in texts if name in there or name == "source"]
    counts = ", ".join(f"approx_count_distinct({source_column(name)})" for name in texts)
    row = engine.rows(f"SELECT {counts} FROM facts_in f JOIN parts p ON p.part = f.part")[0]
    for name, count in zip(texts, row, strict=True):
        if 0 < count <= CODED:
            engine.run(
                f"CREATE TYPE {quoted(_type_of(table.name, name))} AS ENUM (SELECT DISTINCT {source_column(name)} AS v "
                "FROM facts_in f JOIN parts p ON p.part = f.part WHERE v IS NOT NULL ORDER BY v)",
                step=f"{table.name}: values of {name}",
            )


def _coded(engine: Engine, table: FactTable) -> set[str]:
    """Return the columns for which there is an ENUM type."""
    types = engine.types()
    return {name for name in ("source", *COMMON, *table.columns) if _type_of(table.name, name) in types}


def _type_of(table: str, column: str) -> str:
    return f"{table}.{column}"


def source_column(name: str) -> str:
    return "p.source" if name == "source" else f"f.{quoted(name)}"


def _column(name: str, coded: Collection[str], table: str) -> str:
    sql = source_column(name)
    return (
        f"CAST({sql} AS {quoted(_type_of(table, name))}) AS {quoted(name)}"
        if name in coded
        else f"{sql} AS {quoted(name)}"
    )
