"""The fifty tags over the generator's events, as our definitions, and the events as a build stores them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import BUILT_IN, Column, FactTable, Model, Type
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words

AS_OF = datetime(2026, 11, 21)
COLUMNS = {"ts": "occurred_at", "etype": "event"}
AGGREGATES = {
    "count": "count(*)", "sum": "sum({})", "max": "max({})", "min": "min({})", "avg": "avg({})",
    "nunique": "count(distinct {})", "argmax": "last({})", "argmin": "first({})", "mode": "mode({})",
}  # fmt: skip


def events_parser(about: str | None) -> argparse.ArgumentParser:
    """Return the parser of what every benchmark over the generator's events is told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("customers", type=int)
    parser.add_argument("events", type=int)
    parser.add_argument("--generator", type=Path, required=True)
    parser.add_argument("--tags", type=Path, required=True)
    parser.add_argument("--parquet", type=Path, help="events made before by the generator")
    parser.add_argument("--work", type=Path, default=None, help="where files of gigabytes may lie")
    return parser


def events_file(arguments: argparse.Namespace, folder: Path) -> Path:
    """Return the Parquet file of events: the one made before, or one that the generator makes in `folder`."""
    if arguments.parquet is not None:
        return Path(arguments.parquet)
    parquet = folder / "events.parquet"
    command = [sys.executable, arguments.generator, arguments.customers, arguments.events, parquet]
    subprocess.run([str(part) for part in command], check=True)
    return parquet


def tagset_of(wanted: list[dict[str, Any]]) -> TagSet:
    """Return the tags of fifty_tags.json as definitions of ours."""
    columns = {"qty": Column("qty", Type.INTEGER, Words("quantity", "数量"))}
    events = BUILT_IN.facts["events"]
    model = Model({**BUILT_IN.facts, "events": FactTable("events", events.words, {**events.columns, **columns})})
    faults = Faults()
    tagset = TagSet.check(parse_tags([Node(_definition(tag)) for tag in wanted], faults), model, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]
    return tagset


def _definition(tag: dict[str, Any]) -> dict[str, Node]:
    column = COLUMNS.get(tag["column"], tag["column"])
    parts = [f"event = '{tag['event_type']}'"] if tag["event_type"] else []
    parts += ["{} = '{}'".format(*tag["equals"])] if tag["equals"] else []
    found = {"tag": tag["tag"], "from": "events", "value": AGGREGATES[tag["aggregate"]].format(column)}
    found |= {"where": " and ".join(parts)} if parts else {}
    found |= {"window": f"{tag['window_days']} days"} if tag["window_days"] else {}
    return {key: Node(value) for key, value in found.items()}


def sorted_facts(parquet: Path, file: Path, where: str = "true") -> None:
    """Write the events that meet `where` as a build stores facts: sorted by subject, few-valued texts coded."""
    store = duckdb.connect(str(file))
    store.execute(f"SET enable_progress_bar = false; SET temp_directory = '{file.parent}'; SET memory_limit = '6GB'")
    for name in ("etype", "category", "channel"):
        store.execute(f"CREATE TYPE {name} AS ENUM (SELECT DISTINCT {name} FROM '{parquet}' ORDER BY 1)")
    store.execute(f"CREATE TABLE events AS {events_query(parquet, where)} ORDER BY subject, occurred_at, fact_id")
    store.execute(f"CREATE TABLE subjects AS SELECT DISTINCT customer_id AS subject FROM '{parquet}' ORDER BY subject")
    store.close()


def events_query(parquet: Path, where: str = "true") -> str:
    """Return the SELECT of the generator's events as facts."""
    return f"""SELECT customer_id AS subject, event_id AS fact_id, ts AS occurred_at,
    CAST(ts AS DATE) AS day, CAST(etype AS etype) AS event, CAST(category AS category) AS category,
    CAST(channel AS channel) AS channel, CAST(amount AS DECIMAL(18,2)) AS amount, CAST(qty AS BIGINT) AS qty
    FROM '{parquet}' WHERE {where}"""
