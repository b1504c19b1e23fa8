"""A shop of 600 customers for the tests of watching: built once, and a month later with everybody buying wine."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import huaxiang
from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild, Warehouse

KEY = MasterKey(bytes(range(32))).as_text()
CUSTOMERS = 600
FIRST, SECOND = datetime(2026, 6, 1), datetime(2026, 7, 1)
HORIZON = timedelta(days=30)
FILES = {
    "huaxiang.yaml": "project: watched\nlocale: en\ntime_zone: UTC\n",
    "sources/shop.yaml": """
- source: shop
  channel: store
  read: data/*.csv
  into: orders
  identifiers: {member_id: card}
  key: [order_id]
  columns: {order_id: order, occurred_at: time, category: category, amount: amount}
""",
    "tags/all.yaml": """
- {tag: orders_total, from: orders, value: count(distinct order_id)}
- {tag: orders_again, from: orders, value: count(*), name: {zh: 全部订单行, en: Orders with every row}}
- {tag: orders_30d, from: orders, value: count(distinct order_id), window: 30 days}
- {tag: ordered_30d, rule: orders_30d > 0}
- {tag: twice, rule: orders_total * 2}
- {tag: spend_total, from: orders, value: sum(amount)}
- {tag: last_order_at, from: orders, value: max(occurred_at)}
- {tag: last_category, from: orders, fact: category}
- {tag: gift_orders, from: orders, value: count(*), where: "category = 'gift'"}
- tag: tier
  values: [high, mid, low]
  rule: {high: orders_total >= 5, mid: orders_total >= 3, else: low}
- {tag: liked, from: orders, prefer: {item: category, top: 2}}
- {tag: never, from: orders, fact: coupon}
- {tag: care, manual: {values: [VIP, normal], expires: 30 days}}
""",
    "segments/all.yaml": "- segment: best\n  where: \"tier = 'high'\"\n",
}


@dataclass(frozen=True)
class Order:
    """One order as its row says it."""

    card: str
    at: datetime
    category: str
    amount: int


def orders_until_june() -> list[Order]:
    """Return five months in which each customer orders, or does not, whatever it did before."""
    chance = random.Random(20260601)
    found = []
    for number in range(CUSTOMERS):
        card = f"V{number:04d}"
        for month in range(5):
            for _ in range(chance.choice((0, 0, 1, 2))):
                back = timedelta(days=30 * month, seconds=chance.randrange(1, 30 * 86400))
                category = chance.choice(("tea", "tea", "tea", "coffee", "coffee", "cake"))
                found.append(Order(card, FIRST - back, category, chance.randrange(10, 500)))
    # On the edges: exactly at T0 belongs to the tags, exactly at as_of to the outcome, later to nobody.
    found.append(Order("V0000", FIRST - HORIZON, "tea", 100))
    found.append(Order("V0001", FIRST, "tea", 100))
    found.append(Order("V0002", FIRST + timedelta(seconds=1), "tea", 100))
    # One whose first order comes after T0 was nobody's customer at T0.
    found.append(Order("W0001", FIRST - timedelta(days=3), "tea", 100))
    return found


def orders_of_june() -> list[Order]:
    """Return a month in which every customer buys wine, and nothing else."""
    chance = random.Random(20260701)
    return [
        Order(f"V{number:04d}", FIRST + timedelta(days=2, seconds=chance.randrange(20 * 86400)), "wine", 90)
        for number in range(CUSTOMERS)
    ]


def write_orders(root: Path, name: str, orders: list[Order]) -> None:
    """Write orders as a file of the shop's source."""
    lines = ["order,time,card,category,amount"]
    lines += [
        f"{name}{place},{order.at:%Y-%m-%d %H:%M:%S},{order.card},{order.category},{order.amount}"
        for place, order in enumerate(orders)
    ]
    path = root / "data" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_shop(root: Path) -> Path:
    """Write the shop's definitions and the orders until June; nothing is built."""
    shutil.copytree(Path(huaxiang.__file__).parent / "templates" / "blank", root)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    write_orders(root, "spring", orders_until_june())
    return root


@contextmanager
def with_key() -> Iterator[None]:
    """Let the block use the shop's master key."""
    with patch.dict(os.environ, {KEY_VARIABLE: KEY}):
        yield


def build_shop(root: Path, as_of: datetime, *, accept_loss: bool = False) -> None:
    """Build the shop as of a moment."""
    with with_key():
        build(load_project(root), as_of=as_of, settings=Settings(workers=1, accept_loss=accept_loss))


@contextmanager
def opened(root: Path) -> Iterator[CurrentBuild]:
    """Lend the shop's current build."""
    with with_key(), Warehouse(root) as warehouse, warehouse.current() as current:
        yield current
