"""The whole build of the simulated retailer, at two sizes: rows a second, seconds by stage, peak memory, linearity.

python -m bench.build [CUSTOMERS …] [--keep FOLDER]; each build runs in a process of its own, whose memory and that of
its workers is sampled ten times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

SIZES = (100_000, 1_000_000)
UNTIL = "2026-11-20"


@dataclass(frozen=True)
class Measured:
    """One build: customers simulated, what the build found, and the peak of all its processes together in bytes."""

    customers: int
    summary: dict
    peak: int

    @property
    def rate(self) -> float:
        """Raw rows a second, from files to profiles."""
        return self.summary["rows"] / self.summary["seconds"]


def measure(customers: int, folder: Path) -> Measured:
    """Simulate (if the folder has no data yet) and build."""
    env = os.environ | {"XDG_CONFIG_HOME": str(folder / "keys")}
    root = folder / f"shop-{customers}"
    if not root.exists():
        _run(env, "init", str(root))
    if not (root / "data").exists():
        _run(env, "simulate", "--customers", str(customers), "--until", UNTIL, "--project", str(root))
    for made in (root / ".huaxiang").glob("*"):
        subprocess.run(["rm", "-rf", str(made)], check=True)
    command = [sys.executable, "-m", "huaxiang", "--json", "build", "--as-of", "2026-11-21", "--project", str(root)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    peak = _Peak(process.pid)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"the build of {customers} customers failed")
    return Measured(customers, json.loads(out), peak.stop())


def _run(env: dict, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "huaxiang", *arguments], env=env, check=True, stdout=subprocess.DEVNULL)


class _Peak:
    """Samples the resident memory of a process and its children until stopped."""

    def __init__(self, pid: int) -> None:
        self.process, self.peak, self.on = psutil.Process(pid), 0, True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while self.on:
            total = 0
            for each in (self.process, *self._children()):
                try:
                    total += each.memory_full_info().uss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)
            time.sleep(0.1)

    def _children(self) -> list[psutil.Process]:
        try:
            return self.process.children(recursive=True)
        except psutil.Error:
            return []

    def stop(self) -> int:
        """Return the peak in bytes."""
        self.on = False
        self.thread.join()
        return self.peak


def table(found: list[Measured]) -> str:
    """Return the measurements as a Markdown table, with the ratio to linear growth."""
    stages = list(found[0].summary["stages"])
    lines = [
        "| customers | raw rows | seconds | rows/s | peak GiB | " + " | ".join(stages) + " |",
        "|" + "---|" * (5 + len(stages)),
    ]
    for each in found:
        seconds = each.summary["stages"]
        cells = [
            f"{each.customers:,}",
            f"{each.summary['rows']:,}",
            f"{each.summary['seconds']:.1f}",
            f"{each.rate:,.0f}",
        ]
        cells += [f"{each.peak / (1 << 30):.2f}", *(f"{seconds[stage]:.1f}" for stage in stages)]
        lines.append("| " + " | ".join(cells) + " |")
    if len(found) > 1:
        first, last = found[0], found[-1]
        grown = last.summary["seconds"] / first.summary["seconds"]
        linear = last.summary["rows"] / first.summary["rows"]
        lines.append(f"\nFrom {first.customers:,} to {last.customers:,} customers: {grown / linear:.2f} × linear.")
    worst = max(found[-1].summary["steps"].items(), key=lambda pair: pair[1])
    lines.append(f"The slowest single step after cleaning: {worst[0]} ({worst[1]:.1f} s).")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--keep", type=Path, help="keep the simulated data here, and use it again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huaxiang-bench-") as temporary:
        folder = arguments.keep or Path(temporary)
        print(table([measure(customers, folder) for customers in arguments.customers]))


if __name__ == "__main__":
    main()
