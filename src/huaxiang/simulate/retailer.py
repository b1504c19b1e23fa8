"""The sample retailer: everything written, in the order below."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from huaxiang.errors import HuaxiangError
from huaxiang.processes.parent import end_with_parent
from huaxiang.simulate import crm, events, mess, online, orders, pos, service, text, truth
from huaxiang.simulate.arrays import Ints, part
from huaxiang.simulate.clock import Period
from huaxiang.simulate.population import People, populate
from huaxiang.words import Words

FEWEST = 10
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Summary:
    """What was written: rows per source (receipt lines for pos, orders for online), all files, seconds taken."""

    rows: dict[str, int]
    files: tuple[Path, ...]
    seconds: float


def simulate(
    out: Path,
    *,
    customers: int,
    seed: int = 7,
    until: date,
    months: int = 18,
    progress: Progress | None = None,
) -> Summary:
    """Write a sample retailer of `customers` people: raw files below out/data, what is true below out/truth.

    The files cover the `months` calendar months that end with the day `until`; the same arguments give the same
    bytes. About 20 raw rows per customer, however many months. `progress` is told what is being done and which
    part of the whole (0..1) is finished. From about 140,000 customers on (a second workbook) processes are started,
    so a script must then call this under `if __name__ == "__main__"`. Raises HuaxiangError when out/data or out/truth
    already has files.
    """
    begun = time.perf_counter()
    _check(out, customers)
    shop = _Shop(out, Period(until, months, customers, seed), progress or _nobody)
    shop.run()
    shop.tell("done", 1.0)
    return Summary(shop.rows, tuple(sorted(shop.files)), time.perf_counter() - begun)


def _check(out: Path, customers: int) -> None:
    if customers < FEWEST:
        raise HuaxiangError(Words(f"at least {FEWEST} customers are needed", f"至少需要 {FEWEST} 位客户"))
    if any(path.is_file() for part in ("data", "truth") for path in (out / part).rglob("*")):
        # Files of another run would stay beside the new ones, and nothing would add up.
        raise HuaxiangError(
            Words(
                "data/ or truth/ already has files: choose an empty folder",
                "data/ 或 truth/ 中已有文件：请换一个空文件夹",
            )
        )


def _nobody(_stage: str, _part: float) -> None:
    """Tell nobody."""


@dataclass
class _Shop:
    """The state of one run."""

    out: Path
    period: Period
    tell: Progress
    rows: dict[str, int] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    faults: mess.Faults = field(default_factory=mess.Faults)

    def run(self) -> None:
        """Write everything."""
        self.tell("people", 0.0)
        people = populate(self.period)
        seen = truth.Seen(len(people))
        with ExitStack() as stack:
            workbooks = self._start_crm(stack, people, seen)
            self.tell("orders", 0.05)
            all_orders, campaigns = orders.plan(self.period, people)
            signed = events.sign_ins(self.period, people, all_orders)
            visits = events.visits(self.period, people, all_orders, signed, seen)
            counts = np.bincount(all_orders.person[all_orders.person >= 0], minlength=len(people))
            till = pos.receipts(self.period, people, part(all_orders, ~all_orders.online), seen)
            web = online.online_orders(self.period, people, part(all_orders, all_orders.online), seen)
            self._months(people, till=till, web=web, visits=visits, signed=signed, campaigns=campaigns)
            self._service(people, signed, counts, seen)
            self.tell("workbooks", 0.9)
            self._took("crm", sum(done.result() if isinstance(done, Future) else done for done in workbooks))
        self.tell("truth", 0.95)
        written = truth.write(
            self.out / "truth",
            self.period,
            people,
            seen=seen,
            orders=_true_orders(till, web),
            campaigns=campaigns,
            faults=self.faults,
        )
        self.files += [*written, *(path for path in (self.out / "data").rglob("*") if path.is_file())]

    def _start_crm(self, stack: ExitStack, people: People, seen: truth.Seen) -> Iterable[Future[int] | int]:
        """Write the workbooks, several of them beside everything else: they take longest and only plain Python."""
        folder, sheets = self._folder("crm"), crm.sheets(self.period, people, seen, self.faults)
        if len(sheets) == 1:
            return [crm.write(folder, sheets[0])]
        pool = stack.enter_context(ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=end_with_parent))
        return [pool.submit(crm.write, folder, sheet) for sheet in sheets]

    def _months(
        self,
        people: People,
        *,
        till: pos.Receipts,
        web: online.OnlineOrders,
        visits: events.Visits,
        signed: Ints,
        campaigns: tuple[orders.Campaign, ...],
    ) -> None:
        months = self.period.each_month()
        for number, month in enumerate(months):
            self.tell(month.label, 0.1 + 0.7 * number / len(months))
            file = self._folder("pos") / f"receipts-{month.label}.csv.gz"
            self._took("pos", *pos.write(file, self.period, month, people=people, all_of=till, campaigns=campaigns))
            file = self._folder("online") / f"orders-{month.label}.jsonl"
            orders_written = online.write(file, self.period, month, people=people, all_of=web, campaigns=campaigns)
            self._took("online", orders_written)
            file = self._folder("mini") / f"events-{month.label}.jsonl"
            self._took("mini", *events.write(file, self.period, month, people=people, all_of=visits, signed=signed))

    def _service(self, people: People, signed: Ints, counts: Ints, seen: truth.Seen) -> None:
        self.tell("service", 0.85)
        period = self.period
        folder = self._folder("calls")
        self._took("calls", service.write_calls(folder, period, people, signed=signed, orders=counts, seen=seen))
        file = self._folder("survey") / "answers.parquet"
        self._took("survey", service.write_answers(file, period, people, signed=signed, orders=counts, seen=seen))
        self._took("mail", service.write_mail(self._folder("mail") / "service.mbox", period, people, seen))
        file = self._folder("social") / "interactions.parquet"
        self._took("social", service.write_social(file, period, people, signed, seen))

    def _folder(self, source: str) -> Path:
        return self.out / "data" / source

    def _took(self, source: str, rows: int, faults: mess.Faults | None = None) -> None:
        self.rows[source] = self.rows.get(source, 0) + rows
        if faults:
            self.faults.counts.update(faults.counts)


def _true_orders(till: pos.Receipts, web: online.OnlineOrders) -> Iterable[truth.TrueOrders]:
    paid = np.zeros(len(till.number), dtype=np.int64)
    sold = till.orders
    receipts = text.glue("R", text.whole(till.number))
    yield truth.TrueOrders("store", receipts, sold.person, sold.minute * 60, till.cents, paid, till.fault == 0)
    sound = np.ones(len(web.number), dtype=bool)
    numbers = text.glue("O", text.whole(web.number))
    yield truth.TrueOrders("online", numbers, web.orders.person, web.second, web.cents, web.status, sound)
