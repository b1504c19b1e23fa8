"""Time `huaxiang refresh` against `huaxiang build`: after a file of one percent of new facts, and after a day.

python -m bench.refresh_commands CUSTOMERS EVENTS --generator generate_events.py --tags fifty_tags.json
[--parquet FILE] [--work FOLDER] [--times N]. A project of the generator's events is built; a copy of it is what the
full build is run in, so that both commands find the same last build, the same cleaned parts and the same new file,
which both have to read. Everything a command does counts, from its start to its end, the cleaning of the new file too.
Then the two builds are compared: tags, facts and identifiers. The first build, from raw files of which nothing is
cleaned yet, is told beside. With --times each case is run so often, refresh and build in turn, and of the runs the one
with the middle ratio is told in the table: a machine with neighbours is not the same from minute to minute.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.fifty import AS_OF, events_file, events_parser
from bench.live.shop import tags_yaml
from huaxiang.engine.duckdb import GIB, Engine

_FILES = {
    "huaxiang.yaml": "project: bench_refresh\ntime_zone: UTC\n",
    "identity.yaml": "identifiers:\n  user_id: {trust: certain, per_person: 1}\n",
    "facts/events.yaml": "fact: events\ncolumns: {qty: integer}\n",
    "sources/history.yaml": """
source: history
channel: web
read: data/*.parquet
into: events
identifiers: {user_id: customer_id}
columns: {occurred_at: ts, event: etype, category: category, channel: channel, amount: amount, qty: qty}
""",
}
_COMPARED = {
    "tags": "*", "events": "* EXCLUDE (recorded_at, part)", "identifiers": "*", "subjects": "*", "tag_changes": "*"
}  # fmt: skip


@dataclass(frozen=True)
class Took:
    """What a command took: seconds by the clock, seconds of processors, and what it said."""

    seconds: float
    processor: float
    said: dict


def main() -> None:
    """Run both cases and print the table."""
    parser = events_parser(__doc__)
    parser.add_argument("--times", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as name:
        folder = Path(name)
        env = os.environ | {"XDG_CONFIG_HOME": str(folder / "keys")}
        root = _project(arguments, folder)
        first = _command(env, root, "build", AS_OF)
        print("the first build", _line(first), flush=True)
        day = _case("a day, no facts", env, root, AS_OF + timedelta(days=1), first, arguments.times)
        (folder / "new.parquet").rename(root / "data" / "new.parquet")
        new = _case("1 % new facts", env, root, AS_OF, first, arguments.times)
    print(f"\n{'':39}{'of a full build':^24}{'of the first build':^25}")
    ratios = f"{'s':>8}{'ratio':>7}{'of cpu':>8}"
    print(f"{'case':18}{'touched':>10}{'refresh s':>11}{ratios} {ratios}  equal\n{new}\n{day}")


def _project(arguments: argparse.Namespace, folder: Path) -> Path:
    """Make the project with 99 % of the events; the others lie in new.parquet beside it."""
    root = folder / "shop"
    tags = tags_yaml(json.loads(arguments.tags.read_text(encoding="utf-8")))
    for name, text in (_FILES | {"tags/fifty.yaml": tags}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "data").mkdir()
    parquet = events_file(arguments, folder)
    with Engine(folder / "split.duckdb", memory=3 * GIB, threads=2) as engine:
        for file, where in ((root / "data" / "events.parquet", "<> 0"), (folder / "new.parquet", "= 0")):
            engine.run(f"COPY (SELECT * FROM '{parquet}' WHERE event_id % 100 {where}) TO '{file}'")
    (folder / "split.duckdb").unlink()
    return root


def _case(title: str, env: dict[str, str], root: Path, at: datetime, first: Took, times: int) -> str:
    """Run a case; return its row of the table."""
    runs = [_pair(title, env, root, at) for _ in range(times)]
    equal = all(same for _, _, same in runs)
    done, full, _ = sorted(runs, key=lambda run: run[0].seconds / run[1].seconds)[(times - 1) // 2]
    touched = done.said.get("refresh", {}).get("touched", 0)
    ratios = " ".join(
        f"{each.seconds:>8.1f}{done.seconds / each.seconds:>7.3f}{done.processor / each.processor:>8.3f}"
        for each in (full, first)
    )
    return f"{title:18}{touched:>10,}{done.seconds:>11.1f}{ratios}  {'yes' if equal else 'NO'}"


def _pair(title: str, env: dict[str, str], root: Path, at: datetime) -> tuple[Took, Took, bool]:
    """Run both commands, each in a copy of the project; return what they took and whether they say the same."""
    twins = [root.with_name(name) for name in ("refreshed", "rebuilt")]
    took = []
    for twin, what in zip(twins, ("refresh", "build"), strict=True):
        # Copied right before: both find as much of their files in memory.
        shutil.copytree(root, twin)
        took.append(_command(env, twin, what, at))
    done, full = took
    print(f"{title}: refresh {_line(done)}\n{title}: build {_line(full)}", flush=True)
    equal = "rebuilt" not in done.said and _equal(*twins)
    for twin in twins:
        shutil.rmtree(twin)
    print(f"{title}: {done.seconds / full.seconds:.3f}, {'equal' if equal else 'NOT equal'}", flush=True)
    return done, full, equal


def _command(env: dict[str, str], root: Path, what: str, at: datetime) -> Took:
    program = [sys.executable, "-m", "huaxiang", "--json"]
    # Whatever went on before may have put the program's own files out of memory; the second command would find them.
    subprocess.run([*program, "check", "--project", str(root)], env=env, check=True, stdout=subprocess.DEVNULL)
    # What was written before is on the disk: no command waits for the bytes of another.
    os.sync()
    begun, used = time.perf_counter(), _processor()
    command = [*program, what, "--project", str(root), "--as-of", at.isoformat()]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return Took(time.perf_counter() - begun, _processor() - used, json.loads(done.stdout))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _line(took: Took) -> str:
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in took.said["stages"].items())
    return f"{took.seconds:.1f} s ({took.processor:.1f} s of processors): {stages}"


def _equal(one: Path, other: Path) -> bool:
    files = [next(iter(sorted((root / ".huaxiang" / "builds").glob("*.duckdb"))[-1:])) for root in (one, other)]
    with Engine(files[0], read_only=True, memory=4 * GIB, spill=one) as engine:
        engine.attach(files[1], "other")
        return all(_same(engine, table, columns) for table, columns in _COMPARED.items())


def _same(engine: Engine, table: str, columns: str) -> bool:
    here, there = f"SELECT {columns} FROM {table}", f"SELECT {columns} FROM other.{table}"
    counts = {engine.one(f"SELECT count(*) FROM ({each})") for each in (here, there, f"{here} INTERSECT ALL {there}")}
    return len(counts) == 1


if __name__ == "__main__":
    main()
