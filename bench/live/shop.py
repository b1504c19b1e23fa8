"""A shop of the generator's events and the fifty tags, with a door: what the live benchmarks run on."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.fifty import AGGREGATES, COLUMNS

KEY = "bench-key"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "bench"
_FILES = {
    "huaxiang.yaml": "project: bench_live\ntime_zone: UTC\nschedule: {refresh: 'off', rebuild: 'off', health: 'off'}\n",
    "identity.yaml": "identifiers:\n  user_id: {trust: certain, per_person: 1}\n"
    "  anonymous_id: {trust: certain, per_person: 5}\n",
    "facts/events.yaml": "fact: events\ncolumns: {qty: integer}\n",
    "doors/web.yaml": f"door: web\naccept: [segment]\nwrite_key: {KEY}\n",
    "sources/history.yaml": """
source: history
channel: web
read: data/events.parquet
into: events
identifiers: {user_id: customer_id}
columns: {occurred_at: ts, event: etype, category: category, channel: channel, amount: amount, qty: qty}
""",
    "sources/live.yaml": """
source: live
channel: web
read: {door: web, type: track}
into: events
identifiers: {user_id: userId, anonymous_id: anonymousId}
columns:
  occurred_at: timestamp
  event: event
  category: properties.category
  channel: properties.channel
  amount: properties.amount
  qty: properties.qty
""",
}


def tags_yaml(wanted: list[dict[str, Any]]) -> str:
    """Return the fifty tags as definitions a project has (JSON is YAML)."""
    found = []
    for tag in wanted:
        column = COLUMNS.get(tag["column"], tag["column"])
        parts = [f"event = '{tag['event_type']}'"] if tag["event_type"] else []
        parts += ["{} = '{}'".format(*tag["equals"])] if tag["equals"] else []
        each = {"tag": tag["tag"], "category": "bench", "from": "events"}
        each |= {"value": AGGREGATES[tag["aggregate"]].format(column)}
        each |= {"where": " and ".join(parts)} if parts else {}
        each |= {"window": f"{tag['window_days']} days"} if tag["window_days"] else {}
        found.append(each)
    return json.dumps(found, indent=1)


def shop_parser(
    description: str | None, customers: int = 1_000_000, facts: int = 20_000_000
) -> argparse.ArgumentParser:
    """Return a parser of what says which shop a benchmark runs on."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--customers", type=int, default=customers)
    parser.add_argument("--facts", type=int, default=facts)
    parser.add_argument("--folder", type=Path, default=Path("bench-live"), help="where the shop is made, and kept")
    return parser


def shop_of(arguments: argparse.Namespace) -> dict[str, str]:
    """Make the shop asked for, as `make_shop` does; without what it is made of, end with a word."""
    if not (SHARED / "generate_events.py").is_file():
        raise SystemExit("left out: there is no generate_events.py in ../shared/bench")
    return make_shop(arguments.folder.resolve(), arguments.customers, arguments.facts, SHARED)


def make_shop(folder: Path, customers: int, events: int, shared: Path) -> dict[str, str]:
    """Make and build the shop in `folder`, unless it is there; return the environment its commands need."""
    root = folder / f"live-{customers}-{events}"
    env = os.environ | {"XDG_CONFIG_HOME": str(folder / "keys")}
    env["BENCH_ROOT"] = str(root)
    if (root / ".huaxiang" / "builds").exists():
        return env
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "tags").mkdir(exist_ok=True)
    wanted = json.loads((shared / "fifty_tags.json").read_text(encoding="utf-8"))
    (root / "tags" / "fifty.yaml").write_text(tags_yaml(wanted), encoding="utf-8")
    (root / "data").mkdir(exist_ok=True)
    generator = str(shared / "generate_events.py")
    parquet = str(root / "data" / "events.parquet")
    subprocess.run([sys.executable, generator, str(customers), str(events), parquet], check=True)
    command = [sys.executable, "-m", "huaxiang", "--json", "build", "--project", str(root), "--as-of", "2026-11-21"]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return env
