"""A shop in which the truth is planted: what decides the outcome, and columns that decide nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.project import Project, load_project
from huaxiang.read.current import CurrentBuild, current_build
from tests.read.sample import KEY

AS_OF = datetime(2026, 6, 30, 16)
SINCE = AS_OF - timedelta(days=30)
CUSTOMERS = 600
FILES = {
    "huaxiang.yaml": "project: planted\nname: Planted\n",
    "identity.yaml": "identifiers: {member_id: {trust: certain, per_person: 1}}\n",
    "sources/all.yaml": """
        - source: shop
          read: data/orders.csv
          into: orders
          identifiers: {member_id: card}
          key: [order_id]
          columns:
            {order_id: no, occurred_at: at, amount: amount, category: category, store: store, payment: payment,
             coupon: coupon}
        - source: app
          read: data/events.csv
          into: events
          identifiers: {member_id: card}
          columns: {occurred_at: at, event: event, page: page, duration: duration}
        """,
    "tags/all.yaml": """
        - {tag: orders_total, from: orders, value: count(distinct order_id)}
        - {tag: spent, from: orders, value: sum(amount)}
        - {tag: level, rule: {high: "spent > 300", else: low}}
        """,
}
PLANTED = "favourites"
"""Who opened this page in the 30 days before is the one who orders after."""


def orders_and_events(seed: int) -> tuple[list[str], list[str]]:
    """Return the lines of both files: the page decides the outcome, everything else is drawn by lot.

    Each customer keeps to one store (a preference); the category is drawn anew each time.
    """
    lot = random.Random(seed)
    orders, events = ["no,at,card,amount,category,store,payment,coupon"], ["at,card,event,page,duration"]

    def order(card: int, at: datetime) -> None:
        store = card % 5 if lot.random() < 0.9 else lot.randrange(5)
        orders.append(
            f"o{len(orders)},{at:%Y-%m-%d %H:%M},c{card},{lot.randrange(10, 90)},{lot.choice('ABC')},s{store},"
            f"{lot.choice(('cash', 'card'))},{lot.choice(('', 'spring'))}"
        )

    for card in range(CUSTOMERS):
        for _ in range(5):
            order(card, SINCE - timedelta(days=lot.randrange(31, 300), hours=5))
        for _ in range(lot.randrange(1, 6)):
            at = SINCE - timedelta(days=lot.randrange(1, 300), hours=3)
            page = lot.choice(("home", "search", "detail"))
            events.append(f"{at:%Y-%m-%d %H:%M},c{card},view,{page},{lot.randrange(100)}")
        keen = card % 3 == 0
        if keen:
            at = SINCE - timedelta(days=lot.randrange(1, 28), hours=2)
            events.append(f"{at:%Y-%m-%d %H:%M},c{card},view,{PLANTED},{lot.randrange(100)}")
        if lot.random() < (0.9 if keen else 0.1):
            order(card, SINCE + timedelta(days=lot.randrange(1, 29), hours=1))
    return orders, events


def planted_shop(root: Path, seed: int = 1, *, shuffled: bool = False) -> Project:
    """Write and build the shop; `shuffled` has the lines of its files in another order."""
    files = {name: dedent(text).lstrip("\n") for name, text in FILES.items()}
    for name, lines in zip(("orders", "events"), orders_and_events(seed), strict=True):
        head, *rest = lines
        if shuffled:
            random.Random(99).shuffle(rest)
        files[f"data/{name}.csv"] = "\n".join([head, *rest]) + "\n"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    project = load_project(root)
    with with_key():
        build(project, as_of=AS_OF, settings=Settings(workers=1))
    return project


@contextmanager
def with_key() -> Iterator[None]:
    """Let the block use the test's master key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        yield


@contextmanager
def opened(project: Project) -> Iterator[CurrentBuild]:
    """Lend the shop's build."""
    with with_key(), current_build(project.root, project) as current:
        yield current
