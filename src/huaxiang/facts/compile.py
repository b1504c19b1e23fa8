"""The steps that make fact tables out of cleaned parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted, quoted_text
from huaxiang.model import COMMON, HOLDS, FactTable, Model, Type
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


def compile_inputs(parts: Sequence[Cleaned]) -> list[Step]:
    """Return the steps that make `parts`, `raw_nodes` and `raw_links`: what identify reads."""
    write = PythonStep("parts", lambda engine: _write_parts(engine, parts), "parts")
    return [write, *identifier_steps(parts, "raw_nodes", "raw_links")]


def identifier_steps(parts: Sequence[Cleaned], nodes: str, links: str) -> list[Step]:
    """Return the steps that show the identifiers of parts as `nodes`, those seen together as `links`."""
    pair = "a BIGINT, b BIGINT, source VARCHAR, part INTEGER, source_row BIGINT, rows BIGINT"
    return [
        _view(nodes, files_of(parts, "nodes"), "node BIGINT, lo BIGINT, kind VARCHAR, rows BIGINT"),
        _view(links, files_of(parts, "links"), pair),
    ]


def compile_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that make the fact tables, `duplicates` and `quarantine`."""
    return [*prepare_facts(parts, model), *sort_facts(parts, model)]


def prepare_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps for which nobody need be known: `duplicates`, and the codes of few-valued texts."""
    steps: list[Step] = [
        SqlStep(
            "duplicates",
            "CREATE TABLE duplicates (fact VARCHAR, fact_id BIGINT, source VARCHAR, part INTEGER, "
            "source_row BIGINT, item INTEGER, kept_part INTEGER, kept_row BIGINT)",
            "duplicates",
        )
    ]
    for table, files in _with_files(parts, model):
        steps += [
            _cleaned(table, files),
            SqlStep(f"{table.name}: duplicates", duplicates_query(table.name), "duplicates", ("facts_in", "parts")),
            PythonStep(f"{table.name}: codes", partial(_code, table=table), f"{table.name}: codes", ("facts_in",)),
        ]
    return steps


def sort_facts(parts: Sequence[Cleaned], model: Model) -> list[Step]:
    """Return the steps that make the fact tables, after `prepare_facts`, and `quarantine`."""
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


def duplicates_query(name: str) -> str:
    # Only the few ids that occur twice are ranked; ranking all would sort every fact.
    return f"""INSERT INTO duplicates
WITH twice AS (SELECT fact_id FROM facts_in GROUP BY fact_id HAVING count(*) > 1),
ranked AS (
  SELECT f.fact_id, p.source, f.part, f.source_row, f.item,
    row_number() OVER latest AS place, first_value(f.part) OVER latest AS kept_part,
    first_value(f.source_row) OVER latest AS kept_row
  FROM facts_in f SEMI JOIN twice ON twice.fact_id = f.fact_id JOIN parts p ON p.part = f.part
  WINDOW latest AS (PARTITION BY f.fact_id ORDER BY p.rank DESC, f.source_row DESC, f.item DESC)
)
SELECT {quoted_text(name)}, fact_id, source, part, source_row, item, kept_part, kept_row FROM ranked WHERE place > 1"""


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
    nodes = sorted((column for column in there if column.startswith("node")), key=lambda column: int(column[4:]))
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
