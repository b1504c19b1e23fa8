"""Time the tag step: fifty tags over events, families against a query a tag, one fused GROUP BY, and polars.

python bench/tag_step.py CUSTOMERS EVENTS --generator generate_events.py --tags fifty_tags.json [--parquet FILE]
[--work FOLDER] [--methods families,…]. Each method runs in its own process. The others get the events as they came,
in a DuckDB table (polars: in the generator's Parquet); query_a_tag_sorted gets the families' own layout, sorted by
subject with coded texts, to tell what is the layout's and what the plan's. The answer is compared with the fused one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from bench.fifty import AS_OF, COLUMNS, events_file, events_parser, sorted_facts, tagset_of
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.steps import run_steps
from huaxiang.tag.compile import compile_tags

METHODS = ("families", "query_a_tag", "query_a_tag_sorted", "fused", "polars")
Done = tuple[int, Callable[[], object]]
"""How many tags a method computed, and how to keep its answer for comparison once the clock is stopped."""


def main() -> None:
    arguments = _arguments()
    if arguments.method:
        print(json.dumps(_measured(arguments)))
        return
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        _prepare(arguments, Path(folder))
        found = {method: _apart(method, arguments, Path(folder)) for method in arguments.methods.split(",")}
        _report(found)
        _compare(Path(folder), found, arguments)


def _arguments() -> argparse.Namespace:
    parser = events_parser(__doc__)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--memory", type=float, default=3.5, help="GiB DuckDB may hold")
    parser.add_argument("--steps", action="store_true", help="print the seconds of each step of the families")
    parser.add_argument("--method", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _prepare(arguments: argparse.Namespace, folder: Path) -> None:
    parquet = events_file(arguments, folder)
    (folder / "events.path").write_text(str(parquet.resolve()))
    begun = time.perf_counter()
    sorted_facts(parquet, folder / "facts.duckdb")
    plain = duckdb.connect(str(folder / "plain.duckdb"))
    plain.execute(
        f"""CREATE TABLE events AS SELECT customer_id AS subject, event_id AS fact_id, ts AS occurred_at,
        CAST(ts AS DATE) AS day, etype AS event, category, channel, CAST(amount AS DECIMAL(18,2)) AS amount, qty
        FROM '{parquet}'"""
    )
    plain.close()
    print(f"load {time.perf_counter() - begun:.1f} s", flush=True)


def _apart(method: str, arguments: argparse.Namespace, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.tag_step", str(arguments.customers), str(arguments.events)]
    command += ["--generator", str(arguments.generator), "--tags", str(arguments.tags), "--method", method]
    command += ["--folder", str(folder), "--memory", str(arguments.memory)]
    command += ["--steps"] if arguments.steps else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    for line in done.stdout.splitlines()[:-1]:
        print(line)
    print(method, done.stdout.splitlines()[-1], flush=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _measured(arguments: argparse.Namespace) -> dict[str, float]:
    wanted = json.loads(arguments.tags.read_text())
    run = {
        "families": _families, "query_a_tag": _query_a_tag, "query_a_tag_sorted": _query_a_tag_sorted,
        "fused": _fused, "polars": _polars,
    }[arguments.method]  # fmt: skip
    begun = time.perf_counter()
    tags, keep = run(wanted, arguments)
    seconds = time.perf_counter() - begun
    keep()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    return {"seconds": round(seconds, 2), "GiB": round(peak, 2), "tags": tags}


def _families(wanted: list[dict[str, Any]], arguments: argparse.Namespace) -> Done:
    """Run compile_tags and its steps in the file itself, as a build does."""
    tagset = tagset_of(wanted)
    engine = Engine(arguments.folder / "facts.duckdb", memory=int(arguments.memory * GIB), threads=2)
    steps = compile_tags(tagset, as_of=AS_OF, zone="UTC", engine=engine, previous=None, build=1)
    seconds = run_steps(engine, steps)
    if arguments.steps:
        for name, taken in seconds.items():
            print(f"  {taken:6.2f}  {name}")

    def keep() -> None:
        engine.run(f"COPY tags TO '{arguments.folder / 'families.parquet'}'")
        engine.close()

    return len(wanted), keep


def _condition(tag: dict[str, Any], *, window: bool = True) -> str:
    parts = [f"event = '{tag['event_type']}'"] if tag["event_type"] else []
    parts += ["{} = '{}'".format(*tag["equals"])] if tag["equals"] else []
    if window and tag["window_days"]:
        parts.append(f"occurred_at >= TIMESTAMP '{AS_OF - timedelta(days=tag['window_days'])}'")
    return " AND ".join(parts) or "true"


def _naive(tag: dict[str, Any], condition: str) -> str:
    column = COLUMNS.get(tag["column"], tag["column"])
    head = {
        "count": "count(*)", "nunique": f"count(DISTINCT {column})", "mode": f"mode({column})",
        "argmax": f"arg_max({column}, occurred_at)", "argmin": f"arg_min({column}, occurred_at)",
    }.get(tag["aggregate"], f"{tag['aggregate']}({column})")  # fmt: skip
    return f"{head} FILTER (WHERE {condition}) AS {tag['tag']}" if condition else f"{head} AS {tag['tag']}"


def _nothing() -> None:
    """Keep nothing."""


def _open(arguments: argparse.Namespace, file: str) -> duckdb.DuckDBPyConnection:
    store = duckdb.connect(str(arguments.folder / file), read_only=True)
    store.execute(f"SET enable_progress_bar = false; SET temp_directory = '{arguments.folder}'; SET threads = 2")
    store.execute("SET memory_limit = '10GB'; SET preserve_insertion_order = false")
    return store


def _query_a_tag_sorted(wanted: list[dict[str, Any]], arguments: argparse.Namespace) -> Done:
    return _query_a_tag(wanted, arguments, "facts.duckdb")


def _query_a_tag(wanted: list[dict[str, Any]], arguments: argparse.Namespace, file: str = "plain.duckdb") -> Done:
    store = _open(arguments, file)
    for tag in wanted:
        sql = f"SELECT subject, {_naive(tag, '')} FROM events WHERE {_condition(tag)} GROUP BY subject"
        store.execute(f"CREATE OR REPLACE TEMP TABLE one_{tag['tag']} AS {sql}")
    # Fifty tables, not one: joining them is not counted.
    return len(wanted), _nothing


def _fused(wanted: list[dict[str, Any]], arguments: argparse.Namespace) -> Done:
    store = _open(arguments, "plain.duckdb")
    columns = ", ".join(_naive(tag, _condition(tag)) for tag in wanted)
    store.execute(f"CREATE TEMP TABLE fused AS SELECT subject, {columns} FROM events GROUP BY subject")
    target = arguments.folder / "fused.parquet"
    return len(wanted), lambda: store.execute(f"COPY fused TO '{target}'")


def _polars(wanted: list[dict[str, Any]], arguments: argparse.Namespace) -> Done:
    import polars as pl  # noqa: PLC0415  (only this method's process pays for it)

    path = (arguments.folder / "events.path").read_text()
    ours = [tag for tag in wanted if tag["aggregate"] not in ("nunique", "mode")]
    found = []
    for tag in ours:
        keep = pl.lit(True)
        if tag["event_type"]:
            keep = keep & (pl.col("etype") == tag["event_type"])
        if tag["equals"]:
            keep = keep & (pl.col(tag["equals"][0]) == tag["equals"][1])
        if tag["window_days"]:
            keep = keep & (pl.col("ts") >= AS_OF - timedelta(days=tag["window_days"]))
        found.append(_polars_aggregate(pl, tag, keep).alias(tag["tag"]))
    lazy = pl.scan_parquet(path).with_columns(pl.col("etype", "channel", "category").cast(pl.Categorical))
    lazy.group_by("customer_id").agg(found).collect(engine="streaming")
    return len(ours), _nothing


def _polars_aggregate(pl: Any, tag: dict[str, Any], keep: Any) -> Any:
    if tag["aggregate"] == "count":
        return keep.sum()
    column = pl.col(tag["column"]).filter(keep)
    if tag["aggregate"] in ("argmax", "argmin"):
        way = pl.col("ts").filter(keep)
        return column.get(way.arg_max() if tag["aggregate"] == "argmax" else way.arg_min())
    return {"sum": column.sum, "max": column.max, "min": column.min, "avg": column.mean}[tag["aggregate"]]()


def _report(found: dict[str, dict[str, float]]) -> None:
    others = [each["seconds"] for name, each in found.items() if name not in ("families", "query_a_tag_sorted")]
    best = min(others, default=None)
    print(f"\n{'method':20}{'tags':>6}{'seconds':>10}{'GiB':>7}{'× families':>12}")
    own = found.get("families", {}).get("seconds")
    for name, each in found.items():
        ratio = f"{each['seconds'] / own:.2f}" if own else ""
        print(f"{name:20}{each['tags']:>6}{each['seconds']:>10.1f}{each['GiB']:>7.2f}{ratio:>12}")
    if own and best:
        print(f"families = {own / best:.2f} × the best other")


def _compare(folder: Path, found: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Compare families with the fused answer; modes and firsts may differ where several values tie."""
    if not {"families", "fused"} <= found.keys():
        return
    store = duckdb.connect()
    ours, theirs = folder / "families.parquet", folder / "fused.parquet"
    for tag in json.loads(arguments.tags.read_text()):
        name = tag["tag"]
        if tag["aggregate"] in ("sum", "avg", "max", "min") and tag["column"] != "ts":
            differs = f"abs(coalesce(CAST(a.{name} AS DOUBLE), -1) - coalesce(CAST(b.{name} AS DOUBLE), -1)) > 1e-6"
        else:
            differs = f"CAST(a.{name} AS VARCHAR) IS DISTINCT FROM CAST(b.{name} AS VARCHAR)"
        sql = f"SELECT count(*) FROM '{ours}' a FULL JOIN '{theirs}' b USING (subject) WHERE {differs}"
        count = store.execute(sql).fetchone()
        if count and count[0]:
            wrong = _not_a_mode(store, folder, tag) if tag["aggregate"] == "mode" else count[0]
            print(f"{name}: {count[0]} customers differ, {wrong} of them not by a tie")
    print("compared")


def _not_a_mode(store: duckdb.DuckDBPyConnection, folder: Path, tag: dict[str, Any]) -> int:
    """Return for how many customers our most frequent value is not one of the most frequent ones."""
    store.execute(f"ATTACH IF NOT EXISTS '{folder / 'facts.duckdb'}' AS facts (READ_ONLY)")
    sql = f"""
    WITH seen AS (
      SELECT subject, CAST({tag["column"]} AS VARCHAR) AS value, count(*) AS times
      FROM facts.events WHERE {_condition(tag)} GROUP BY ALL
    ), most AS (SELECT subject, max(times) AS times FROM seen GROUP BY subject)
    SELECT count(*) FROM '{folder / "families.parquet"}' a JOIN most USING (subject)
    LEFT JOIN seen ON seen.subject = a.subject AND seen.value = a.{tag["tag"]}
    WHERE seen.times IS DISTINCT FROM most.times"""
    row = store.execute(sql).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
