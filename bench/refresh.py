"""Time a refresh against a full build: after one percent of new facts, and after a day without any.

python -m bench.refresh CUSTOMERS EVENTS --generator generate_events.py --tags fifty_tags.json [--parquet FILE]
[--work FOLDER]. A full build is taken as what it does from cleaned facts on: facts sorted and coded, then the tags
(its cleaning, which a refresh does for new files only, is left out in favour of the full build). A refresh is all of
what `huaxiang refresh` does from cleaned facts on: copy the warehouse, put the new facts in, refresh the tags. Its
tables are compared with those of a full build over the same facts at the same moment.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from bench.fifty import AS_OF, events_file, events_parser, events_query, sorted_facts, tagset_of
from huaxiang.engine.duckdb import GIB, Engine
from huaxiang.facts.refresh import note_order, put_behind
from huaxiang.model import CHANGED
from huaxiang.steps import run_steps
from huaxiang.tag.changes import changes_step
from huaxiang.tag.compile import compile_tags
from huaxiang.tag.refresh import Moved, Refreshed, refresh_tags
from huaxiang.tag.tagset import TagSet

OLD, NEW = "event_id % 100 <> 0", "event_id % 100 = 0"
"""Every hundredth event is one that comes later."""


def main() -> None:
    """Run both cases and print the table."""
    arguments = events_parser(__doc__).parse_args()
    tagset = tagset_of(json.loads(arguments.tags.read_text()))
    with tempfile.TemporaryDirectory(dir=arguments.work) as name:
        folder = Path(name)
        parquet = events_file(arguments, folder)
        rows = [_case("1 % new facts", folder, parquet, tagset, NEW, AS_OF)]
        rows.append(_case("a day, no facts", folder, parquet, tagset, None, AS_OF + timedelta(days=1)))
    print(f"\n{'case':18}{'touched':>10}{'refresh s':>11}{'full s':>9}{'ratio':>7}{'of tags alone':>15}  equal")
    for row in rows:
        print(row)


def _case(title: str, folder: Path, parquet: Path, tagset: TagSet, new: str | None, at: datetime) -> str:
    last, whole, now = (folder / f"{name}.duckdb" for name in ("last", "whole", "now"))
    sorting, tagging = _full(last, parquet, tagset, OLD if new else "true", AS_OF)
    print(f"{title}: the last build, facts {sorting:.1f} s, tags {tagging:.1f} s", flush=True)
    cleaned = _cleaned(folder, parquet, new) if new else None
    begun = time.perf_counter()
    shutil.copyfile(last, now)
    done = _refreshed(now, last, cleaned, tagset, at)
    seconds = time.perf_counter() - begun
    print(f"{title}: refresh {seconds:.1f} s, {done.touched} touched, {done.why} {done.windows}", flush=True)
    last.unlink()
    sorting, tagging = _full(whole, parquet, tagset, "true", at)
    print(f"{title}: the full build, facts {sorting:.1f} s, tags {tagging:.1f} s", flush=True)
    equal = _equal(whole, now)
    whole.unlink()
    now.unlink()
    full = sorting + tagging
    return (
        f"{title:18}{done.touched:>10,}{seconds:>11.1f}{full:>9.1f}{seconds / full:>7.2f}{seconds / tagging:>15.2f}"
        f"  {'yes' if equal else 'NO'}"
    )


def _full(file: Path, parquet: Path, tagset: TagSet, where: str, at: datetime) -> tuple[float, float]:
    begun = time.perf_counter()
    sorted_facts(parquet, file, where)
    between = time.perf_counter()
    with Engine(file, memory=3 * GIB, threads=2, spill=file.parent) as engine:
        run_steps(engine, compile_tags(tagset, as_of=at, zone="UTC", engine=engine, previous=None, build=1))
        engine.run("CHECKPOINT")
    return between - begun, time.perf_counter() - between


def _cleaned(folder: Path, parquet: Path, new: str) -> Path:
    """The new events in a file of their own, as cleaning leaves a part."""
    file = folder / "part.parquet"
    with Engine(folder / "part.duckdb", memory=3 * GIB, threads=2) as engine:
        engine.run(f"COPY (SELECT * FROM '{parquet}' WHERE {new}) TO '{file}'")
    (folder / "part.duckdb").unlink()
    return file


def _refreshed(file: Path, last: Path, cleaned: Path | None, tagset: TagSet, at: datetime) -> Refreshed:
    with Engine(file, memory=3 * GIB, threads=2, spill=file.parent) as engine:
        engine.attach(last, "previous")
        engine.run(f"CREATE TEMP TABLE {CHANGED} (subject BIGINT, why VARCHAR)")
        if cleaned:
            note_order(engine, "events", 0)
            put_behind(engine, "events", events_query(cleaned))
            engine.run(f"INSERT INTO {CHANGED} SELECT DISTINCT customer_id, 'facts' FROM '{cleaned}'")
        done = refresh_tags(engine, tagset, Moved(AS_OF, at, "UTC"))
        run_steps(engine, [changes_step(done.restless, at, 2, done.moves)])
        engine.run("CHECKPOINT")
    for name, seconds in done.seconds.items():
        if seconds > 0.3:
            print(f"  {seconds:6.2f}  {name}")
    return done


def _equal(one: Path, other: Path) -> bool:
    with Engine(one, read_only=True, memory=4 * GIB, spill=one.parent) as engine:
        engine.attach(other, "other")
        here, there = engine.one("SELECT count(*) FROM tags"), engine.one("SELECT count(*) FROM other.tags")
        same = engine.one("SELECT count(*) FROM (SELECT * FROM tags INTERSECT ALL SELECT * FROM other.tags)")
    return bool(here == there == same)


if __name__ == "__main__":
    main()
