"""A small shop whose events come in at a door: its definitions, made-up events, and what a rebuild says of all."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from huaxiang.engine.duckdb import Engine
from huaxiang.inbox.log import Body, Inbox
from huaxiang.live.worker import Worker, make_base
from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import load_master_key
from huaxiang.project import load_project
from huaxiang.registry import Build
from huaxiang.serving.base import known_only
from huaxiang.serving.current import Serving, microseconds
from huaxiang.serving.values import plain_row

START = datetime(2026, 3, 1, 4)
FILES = {
    "huaxiang.yaml": "project: live_shop\nname: {zh: 小店, en: Shop}\ntime_zone: Asia/Shanghai\n",
    "identity.yaml": """
identifiers:
  user_id: {trust: certain, per_person: 1}
  phone: {trust: certain, per_person: 2}
  anonymous_id: {trust: certain, per_person: 4}
  device_id: {trust: weak, per_person: 3}
never: ["null", "anonymous", "-1"]
""",
    "doors/web.yaml": "door: web\naccept: [segment]\nwrite_key: key-of-the-shop\n",
    "sources/events.yaml": """
source: web_events
channel: web
read: {door: web, type: [track, page]}
into: events
identifiers: {user_id: userId, anonymous_id: anonymousId, device_id: context.device.id}
columns:
  occurred_at: timestamp
  event: coalesce(event, type)
  category: properties.category
  amount: properties.amount
reject: ["amount < 0"]
""",
    "sources/orders.yaml": """
source: web_orders
channel: web
read: {door: web, type: track, event: Order Completed}
into: orders
key: [order_id]
identifiers: {user_id: userId, anonymous_id: anonymousId}
columns:
  order_id: properties.order_id
  occurred_at: timestamp
  amount: properties.total
  category: properties.category
""",
    "sources/people.yaml": """
source: web_people
channel: web
read: {door: web, type: identify}
into: attributes
identifiers: {user_id: userId, phone: traits.phone, anonymous_id: anonymousId}
personal: {name: traits.name}
columns: {occurred_at: timestamp, city: traits.city, gender: traits.gender}
""",
    "sources/pos.yaml": "source: pos\nchannel: store\nread: data/*.csv\ninto: orders\nkey: [order_id]\n"
    "identifiers: {phone: mobile}\ncolumns: {order_id: no, occurred_at: at, amount: amount, category: dept}\n",
    "tags/all.yaml": """
- {tag: orders_30, category: a, from: orders, value: count(distinct order_id), window: 30 days, default: 0}
- {tag: spend, category: a, from: orders, value: sum(amount)}
- tag: views_7
  category: a
  from: events
  value: count()
  where: "event = 'Product Viewed'"
  window: 7 days
  default: 0
- {tag: favourite, category: a, from: orders, value: mode(category), window: 60 days}
- {tag: last_seen, category: a, from: events, value: max(occurred_at)}
- {tag: idle, category: a, from: orders, value: days_since(max(occurred_at))}
- {tag: likes, category: a, from: events, prefer: {item: category, weight: 1, half_life: 20 days, top: 2}}
- {tag: city, category: a, from: attributes, fact: city}
- {tag: state, category: a, rule: {睡眠: 'idle > 20', 活跃: 'orders_30 > 1', else: 普通}}
- {tag: tier, category: a, bands: {of: spend, cuts: {low: "< 50", mid: "< 200", else: high}}}
- {tag: rank, category: a, peers: {of: spend}}
""",
    "segments/all.yaml": """
- segment: tea
  where: bought >= 1
  with:
    bought: {from: orders, value: count(), where: "category = '茶'", window: 45 days, default: 0}
- {segment: asleep, where: "state = '睡眠' and not in_segment('tea')"}
- {segment: spenders, where: "spend > 100"}
""",
    "data/pos.csv": "no,at,amount,mobile,dept\n"
    + "".join(
        f"P{n},2026-02-{n % 27 + 1:02d} 10:00,{n * 7 % 90 + 1},1380000{n % 12:04d},{'茶酒米'[n % 3]}\n"
        for n in range(60)
    ),
}


def make_shop(root: Path) -> Path:
    """Write the shop's definitions and build it; return its folder."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rebuild(root, START)
    return root


def rebuild(root: Path, as_of: datetime) -> Build:
    """Build the shop in full."""
    return build(load_project(root), as_of=as_of, settings=Settings(workers=1))


def put(root: Path, events: Sequence[dict[str, Any]], received: datetime = START) -> None:
    """Put events into the shop's inbox, as one batch of the door."""
    project = load_project(root)
    with Inbox(project.inbox, load_master_key(project.id, root), writing=True) as inbox:
        raw = json.dumps({"batch": list(events)}, ensure_ascii=False).encode()
        inbox.append([Body("web", "batch", microseconds(received), raw, len(events))])


def worker(root: Path, now: datetime = START) -> Worker:
    """Return the shop's applier at a clock that stands still, on the base of the last build."""
    made = Worker(root, clock=lambda: now)
    follow(made)
    return made


def follow(applier: Worker) -> None:
    """Make the base of the newest build, and let the applier go over to it and on."""
    current = applier.registry.current()
    assert current is not None
    make_base(applier.root, current.id)
    drain(applier)


def drain(applier: Worker) -> int:
    """Apply everything there is; return how many events."""
    applier.looked = float("-inf")
    total = 0
    while done := applier.step():
        total += done
    return total


def made_up(seed: int, number: int, before: datetime = START, phones: int = 20) -> Iterator[dict[str, Any]]:
    """Yield events of twenty people who browse, sign in, buy, come back on other devices, and are sent twice.

    With fewer `phones` than people some share one.
    """
    dice = random.Random(seed)
    sent: list[dict[str, Any]] = []
    for place in range(number):
        if sent and dice.random() < 0.05:
            yield dice.choice(sent)
            continue
        person = dice.randrange(20)
        event: dict[str, Any] = {"messageId": f"{seed}-{place}", "context": {"device": {"id": f"D{person % 7}"}}}
        at = before - timedelta(minutes=dice.randrange(1, 60 * 24 * 40))
        event["timestamp"] = at.isoformat(timespec="milliseconds") + "Z"
        if dice.random() < 0.6:
            event["anonymousId"] = f"A{person}-{dice.randrange(2)}"
        if dice.random() < 0.5 or "anonymousId" not in event:
            event["userId"] = f"U{person}"
        event |= _what(dice, person % phones, f"{seed}-{place}")
        sent.append(event)
        yield event


def _what(dice: random.Random, phone: int, order: str) -> dict[str, Any]:
    category = dice.choice("茶酒米")
    kind = dice.random()
    if kind < 0.2:
        traits = {"phone": f"1380000{phone:04d}", "name": "王小明", "city": dice.choice(["杭州", "上海"])}
        return {"type": "identify", "traits": traits}
    if kind < 0.5:
        bought = {"order_id": f"O{order}", "total": dice.randrange(1, 90), "category": category}
        return {"type": "track", "event": "Order Completed", "properties": bought}
    if kind < 0.6:
        return {"type": "page", "properties": {"amount": dice.choice([-1, 5])}}
    return {"type": "track", "event": "Product Viewed", "properties": {"category": category}}


def served(root: Path) -> dict[int, tuple[dict[str, Any], list[str]]]:
    """Return what is served of everybody: subject → (tags, segments)."""
    project = load_project(root)
    serving = Serving(root, project)
    try:
        with serving._reading() as (base, store):
            assert store is not None
            live = {row[0] for row in store.db.execute("SELECT subject FROM profiles")}
            gone = {row[0] for row in store.db.execute("SELECT from_subject FROM merged")}
            everybody = sorted((set(base.subjects.tolist()) | live) - gone)
        found = serving.profiles(everybody)
        return {subject: (each.tags, each.segments) for subject, each in found.items()}
    finally:
        serving.close()


def rebuilt(root: Path, done: Build) -> dict[int, tuple[dict[str, Any], list[str]]]:
    """Return what a build says of everybody, in the same form."""
    with Engine(load_project(root).store / "builds" / done.file, read_only=True) as engine:
        tags = {row.pop("subject"): known_only(plain_row(row)) for row in engine.dicts("SELECT * FROM tags")}
        segments: dict[int, list[str]] = {subject: [] for subject in tags}
        for segment, subject in engine.rows("SELECT segment, subject FROM segment_members ORDER BY 1"):
            segments[subject].append(segment)
    return {subject: (tags[subject], segments[subject]) for subject in tags}
