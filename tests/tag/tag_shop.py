"""A tiny warehouse for tests: facts given as Python rows, stored as the pipeline stores them (ENUMs, sorted)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.engine.duckdb import Engine
from huaxiang.model import BUILT_IN, FactTable, Model, Type
from huaxiang.steps import run_steps
from huaxiang.tag.compile import compile_tags
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from tests.tag.examples_stored import stage_stored

AS_OF = datetime(2026, 11, 1, 4)
ZONE = "Asia/Shanghai"
ENUMS = frozenset({"source", "channel", "category", "event", "status", "coupon", "kind", "store", "city", "gender"})
_ARROW = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.MONEY: pa.decimal128(18, 4),
    Type.DATE: pa.date32(),
    Type.TIME: pa.timestamp("us"),
    Type.BOOL: pa.bool_(),
}

Row = Mapping[str, Any]


def ago(days: float) -> datetime:
    """Return the moment so many days before AS_OF."""
    return AS_OF - timedelta(days=days)


def local_day(at: datetime | None) -> Any:
    """Return the calendar day in the project's zone."""
    return None if at is None else at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(ZONE)).date()


def warehouse(
    subjects: Iterable[int],
    facts: Mapping[str, Sequence[Row]],
    *,
    shuffled: int | None = None,
    enums: bool = True,
    model: Model = BUILT_IN,
) -> Engine:
    """Return a warehouse with every table of the model; `shuffled` is a seed to store the rows in disorder."""
    engine = Engine(threads=2)
    people = pa.table({"subject": pa.array(list(subjects), pa.int64())})
    with engine.shown(given=people):
        engine.run("CREATE TABLE subjects AS FROM given")
    for name, table in model.facts.items():
        types = _types(table)
        if not facts.get(name):
            engine.run(f"CREATE TABLE {name} ({_columns(tuple(types.items()))})")
            continue
        rows = [_whole(row, number) for number, row in enumerate(facts.get(name, ()))]
        if shuffled is not None:
            random.Random(shuffled).shuffle(rows)
        given = pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(list(types.items())))
        order = "" if shuffled is not None else "ORDER BY subject, occurred_at, fact_id"
        with engine.shown(given=given):
            columns = []
            for column in types:
                if enums and column in ENUMS and any(row.get(column) is not None for row in rows):
                    values = f"SELECT DISTINCT {column} FROM given WHERE {column} IS NOT NULL ORDER BY 1"
                    engine.run(f"CREATE TYPE {name}_{column} AS ENUM ({values})")
                    columns.append(f"CAST({column} AS {name}_{column}) AS {column}")
                else:
                    columns.append(f'"{column}"')
            engine.run(f"CREATE TABLE {name} AS SELECT {', '.join(columns)} FROM given {order}")
    return engine


def _types(table: FactTable) -> dict[str, pa.DataType]:
    types = {"subject": pa.int64(), "fact_id": pa.int64(), "part": pa.int32(), "source_row": pa.int64()}
    return types | {"item": pa.int32(), **{column: _ARROW[type_] for column, type_ in table.types.items()}}


@cache
def _columns(types: tuple[tuple[str, pa.DataType], ...]) -> str:
    """Return what a table of these types is made of, as the engine itself says: most tables here stay empty."""
    with Engine(threads=1) as engine, engine.shown(given=pa.schema(list(types)).empty_table()):
        engine.run("CREATE TABLE made AS FROM given")
        return ", ".join(f'"{name}" {type_}' for name, type_ in engine.columns("made").items())


def _whole(row: Row, number: int) -> dict[str, Any]:
    at = row.get("occurred_at")
    return {"fact_id": number, "source": "pos", "channel": "store", "part": 0, "source_row": number, "item": 0} | {
        "day": local_day(at), **row
    }  # fmt: skip


def tags_of(text: str, *, name: str = "tags/test.yaml") -> TagSet:
    """Return the tags of YAML text; a fault fails the test."""
    faults = Faults()
    node = parse_yaml(text, name, faults)
    assert node is not None
    tagset = TagSet.check(parse_tags([node], faults), BUILT_IN, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]
    return tagset


def faults_of(text: str, *, name: str = "tags/test.yaml") -> list[str]:
    """Return the faults of YAML text, as a person reads them in English."""
    faults = Faults()
    node = parse_yaml(text, name, faults)
    assert node is not None
    TagSet.check(parse_tags([node], faults), BUILT_IN, faults)
    return [fault.say("en") for fault in sorted(faults.found, key=lambda fault: (fault.file, fault.line))]


def build(engine: Engine, tagset: TagSet, **more: Any) -> dict[int, dict[str, Any]]:
    """Run the tag step; return subject → its tags."""
    options = {"as_of": AS_OF, "zone": ZONE, "previous": None, "build": 1} | more
    stage_stored(engine, tagset, options["as_of"], options["zone"])
    run_steps(engine, compile_tags(tagset, engine=engine, **options))
    return {row.pop("subject"): row for row in engine.dicts("SELECT * FROM tags")}
