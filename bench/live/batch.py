"""What a micro-batch computes: events put into the inbox, applied by the applier alone, timed stage by stage.

python -m bench.live.batch [--customers N --facts N --events N --batches N --folder F]. Nobody else is at work: no
server, no client. Of each batch it is told how long it took from reading the inbox to the commit, and of that what the
touched customers' facts, tags and segments took.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import time
from pathlib import Path

from bench.live.clients import made_event
from bench.live.shop import shop_of, shop_parser

from huaxiang.inbox.log import Body, Inbox
from huaxiang.live.ahead import LATE, MOST
from huaxiang.live.worker import Worker, make_base
from huaxiang.pipeline import utc_now
from huaxiang.project import load_project
from huaxiang.serving.current import microseconds

_PIECE = 100
_WARM = 5
_COMPUTE = ("facts", "tag", "compare")


def main() -> None:
    """Run and print."""
    parser = shop_parser(__doc__, 2_000_000, 50_000_000)
    parser.add_argument("--events", type=int, default=1_000, help="events in a batch")
    parser.add_argument("--batches", type=int, default=60)
    arguments = parser.parse_args()
    env = shop_of(arguments)
    os.environ |= env
    gc.set_threshold(*LATE)
    print(_table(arguments, applied(Path(env["BENCH_ROOT"]), arguments)))


def applied(root: Path, arguments: argparse.Namespace) -> list[dict[str, float]]:
    """Apply the batches; return the seconds of each by stage, the first few left out."""
    # What an earlier run left would be counted in.
    for left in [*(root / ".huaxiang").glob("live.db*"), *(root / ".huaxiang").glob("inbox.db*")]:
        left.unlink()
    worker = Worker(root)
    current = worker.registry.current()
    assert current is not None
    make_base(root, current.id)
    project, dice = load_project(root), random.Random(1)
    found = []
    with Inbox(project.inbox, worker.master, writing=True) as inbox:
        while worker.step() or worker.tools is None:
            pass
        for number in range(arguments.batches + _WARM):
            inbox.append(_bodies(dice, arguments, number))
            begun = time.perf_counter()
            done = worker.step()
            if done != arguments.events:
                raise SystemExit(f"{done} events in a batch: the applier takes at most {MOST}")
            whole = time.perf_counter() - begun
            # With nothing to do it notes how long the commit took.
            worker.step()
            last = worker.store.dicts("SELECT seconds FROM batches ORDER BY id DESC LIMIT 1")[0]["seconds"]
            found.append(json.loads(last) | {"whole": whole})
    worker.close()
    return found[_WARM:]


def _bodies(dice: random.Random, arguments: argparse.Namespace, number: int) -> list[Body]:
    found = []
    for first in range(0, arguments.events, _PIECE):
        events = [
            made_event(dice, arguments.customers, number * arguments.events + first + each)
            for each in range(min(_PIECE, arguments.events - first))
        ]
        found.append(Body("web", "batch", microseconds(utc_now()), json.dumps({"batch": events}).encode(), len(events)))
    return found


def _table(arguments: argparse.Namespace, found: list[dict[str, float]]) -> str:
    compute = [sum(each[name] for name in _COMPUTE) for each in found]
    rows = {name: [each[name] for each in found] for name in found[0]} | {"facts, tags, segments: compute": compute}
    lines = [
        f"{arguments.events:,} events a batch onto {arguments.customers:,} customers, {arguments.facts:,} facts held",
        "", "| | p50 ms | p99 ms |", "|---|---:|---:|",
    ]  # fmt: skip
    for name, seconds in rows.items():
        ordered = sorted(seconds)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        lines.append(f"| {name} | {1000 * statistics.median(ordered):.0f} | {1000 * p99:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
