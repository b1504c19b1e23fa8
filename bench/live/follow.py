"""From the door to the profile: a steady stream of events over HTTP, applied and read while it flows.

python -m bench.live.follow [--customers N --facts N --rate R --seconds S --folder F]. The server is the real one
(`huaxiang serve`); a second process sends batches of 100 at a steady rate; a third reads profiles over the API; a
fourth now and then sends one event of its own and asks until the profile shows it: the lag from door to profile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from bench.live.clients import HEADERS, made_body
from bench.live.shop import shop_of, shop_parser


def main() -> None:
    """Run and print."""
    parser = shop_parser(__doc__)
    parser.add_argument("--rate", type=int, default=5_000, help="events a second")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--reads", type=int, default=50, help="profile reads a second")
    arguments = parser.parse_args()
    env = shop_of(arguments)
    root = Path(env["BENCH_ROOT"])
    token = _token(root, env)
    with _served(root, env) as (port, process):
        found = asyncio.run(_Client(port, token, arguments, root, process).run())
    print(found)


def _token(root: Path, env: dict[str, str]) -> str:
    command = [sys.executable, "-m", "huaxiang", "--json", "token", "create", f"bench-{time.time_ns()}"]
    done = subprocess.run([*command, "--project", str(root)], env=env, check=True, capture_output=True, text=True)
    return str(json.loads(done.stdout)["token"])


@contextmanager
def _served(root: Path, env: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "huaxiang", "serve", "--port", str(port), "--project", str(root)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


class _Client:
    def __init__(
        self, port: int, token: str, arguments: argparse.Namespace, root: Path, process: psutil.Process
    ) -> None:
        self.arguments, self.root, self.process, self.port, self.token = arguments, root, process, port, token
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.sent = self.refused = 0
        self.lags: list[float] = []
        self.reads: list[float] = []
        self.memory: list[tuple[float, float]] = []
        self.ends = 0.0
        self.first_batch = 0
        self.cpu: dict[str, float] = {}

    async def run(self) -> str:
        await self._ready()
        sender = await self._started("send", self.arguments.rate)
        reader = await self._started("read", self.arguments.reads)
        prober = await self._started("probe", 1)
        before, cpu = self._applied(), self._cpu()
        begun = time.perf_counter()
        self.ends = begun + self.arguments.seconds
        clients = asyncio.gather(*(each.communicate(b"\n") for each in (sender, reader, prober)))
        said, _ = await asyncio.gather(clients, self._watch())
        took = time.perf_counter() - begun
        sent, read, probed = (json.loads(each[0]) for each in said)
        self.sent, self.refused, self.reads, self.lags = sent["taken"], sent["refused"], read["reads"], probed["lags"]
        applied = self._applied() - before
        self.cpu = {name: each - cpu[name] for name, each in self._cpu().items()}
        self.cpu |= {"sender": sent["cpu"], "reader": read["cpu"], "prober": probed["cpu"]}
        await self.http.aclose()
        return self._table(took, applied)

    async def _ready(self) -> None:
        """Wait until the base is made and profiles are served, and send a little to have everything compiled."""
        while True:
            try:
                answer = await self.http.get("/v1/profiles/user_id:1", headers=self.bearer)
                if answer.status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
        dice = random.Random(0)
        for warm in range(20):
            await self._post(made_body(dice, self.arguments.customers, -1000 * (warm + 1)))
        last = self._last()
        while self._applied() < last:
            await asyncio.sleep(0.2)
        self.first_batch = self._asked("live.db", "SELECT max(id) FROM batches")

    async def _post(self, body: bytes) -> None:
        (await self.http.post("/v1/batch", content=body, headers=HEADERS)).raise_for_status()

    async def _started(self, part: str, rate: int) -> asyncio.subprocess.Process:
        """Start a client, and return it once it waits to begin."""
        command = [sys.executable, "-m", "bench.live.clients", part, str(self.port), "--token", self.token]
        command += ["--rate", str(rate)]
        command += ["--seconds", str(self.arguments.seconds), "--customers", str(self.arguments.customers)]
        pipe = asyncio.subprocess.PIPE
        client = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        assert client.stdout
        await client.stdout.readline()
        return client

    def _cpu(self) -> dict[str, float]:
        """Return the processor seconds of each process so far."""
        found = {"server": 0.0, "applier": 0.0}
        children = self.process.children(recursive=True)
        for name, each in (("server", self.process), *(("applier", each) for each in children)):
            times = each.cpu_times()
            found[name] += times.user + times.system
        return found

    async def _watch(self) -> None:
        while time.perf_counter() < self.ends:
            children = self.process.children(recursive=True)
            # Of its own: files are mapped, and how much of them the system keeps is no concern of the program.
            told = [each.memory_info() for each in (self.process, *children)]
            own = [(each.rss - each.shared) / (1 << 20) for each in told]
            self.memory.append((own[0], sum(own[1:])))
            await asyncio.sleep(10)

    def _applied(self) -> int:
        return self._asked("live.db", "SELECT value FROM meta WHERE key = 'applied'")

    def _last(self) -> int:
        return self._asked("inbox.db", "SELECT max(first + events - 1) FROM bodies")

    def _asked(self, file: str, sql: str) -> int:
        db = sqlite3.connect(self.root / ".huaxiang" / file, timeout=10)
        try:
            return int((db.execute(sql).fetchone() or (0,))[0] or 0)
        except sqlite3.OperationalError:
            # Not made yet.
            return 0
        finally:
            db.close()

    def _table(self, took: float, applied: int) -> str:
        rows = self._batches()
        minute = [sum(each) for each in self.memory]
        early, late = statistics.mean(minute[1:4] or minute), statistics.mean(minute[-3:])
        cells = {
            "customers / facts held": f"{self.arguments.customers:,} / {self.arguments.facts:,}",
            "events acknowledged a second": f"{self.sent / took:,.0f} (refused: {self.refused:,})",
            "events applied a second": f"{applied / took:,.0f}",
            "door to profile, asked by a client: p50 / p99 / most": _quantiles(self.lags, "s"),
            "door to profile, by batches: p50 / p99": f"{rows[0]:.2f} / {rows[1]:.2f} s",
            "events in a batch, and its seconds by stage": rows[2],
            "profile read while that: p50 / p99 / most": _quantiles(self.reads, "ms"),
            "processor seconds a second": ", ".join(f"{name} {each / took:.2f}" for name, each in self.cpu.items()),
            "memory of all, first / last half minute": f"{early:,.0f} / {late:,.0f} MiB",
        }
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in cells.items())])

    def _batches(self) -> tuple[float, float, str]:
        db = sqlite3.connect(self.root / ".huaxiang" / "live.db", timeout=10)
        found = db.execute(
            "SELECT events, lag_p50, lag_p99, seconds FROM batches WHERE id > ? ORDER BY id", (self.first_batch,)
        ).fetchall()
        db.close()
        stages: dict[str, list[float]] = {}
        for *_, seconds in found:
            for name, each in json.loads(seconds).items():
                stages.setdefault(name, []).append(each)
        told = ", ".join(f"{name} {1000 * statistics.median(each):.0f} ms" for name, each in stages.items())
        lags = sorted(each[2] for each in found)
        size = statistics.median(each[0] for each in found)
        return statistics.median(each[1] for each in found), lags[int(len(lags) * 0.99)], f"{size:.0f}: {told}"


def _quantiles(values: list[float], unit: str) -> str:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.2f} / {p99:.2f} / {ordered[-1]:.2f} {unit}"


if __name__ == "__main__":
    main()
