"""From the inbox into the warehouse: facts, people, duplicates, quarantine, and a contract that is mended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from huaxiang.doctor import diagnose
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError
from huaxiang.inbox.log import SEGMENT, Body, Inbox
from huaxiang.pipeline import Settings, build, refresh, store_paths
from huaxiang.planning import plan_project
from huaxiang.privacy.keys import MasterKey, load_master_key
from huaxiang.privacy.seal import SealError
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.read.data import quarantine, rules
from huaxiang.redrive import redrive
from huaxiang.registry import Build
from tests.pipeline.test_refresh import COMPARED, write
from tests.read.sample import with_key

START = datetime(2026, 6, 1, 4)
AT = 1_780_000_000_000_000
CONTRACT = "contracts:\n  Order Completed: {required: {order_id: text, total: number}}\n"
FILES = {
    "huaxiang.yaml": "project: small\ntime_zone: Asia/Shanghai\n",
    "identity.yaml": "identifiers:\n  member_id: {trust: certain, per_person: 1}\n"
    "  phone: {trust: certain, per_person: 3}\n  device_id: {trust: certain, per_person: 5}\n",
    "doors/web.yaml": "door: web\nwrite_key: k\n" + CONTRACT,
    "sources/web.yaml": """
- source: web_people
  channel: online
  read: {door: web, type: identify}
  into: attributes
  identifiers: {member_id: userId, phone: traits.phone, device_id: anonymousId}
  columns: {occurred_at: timestamp, city: traits.city}
- source: web_events
  channel: online
  read: {door: web, type: [track, page]}
  into: events
  identifiers: {member_id: userId, device_id: anonymousId}
  columns: {occurred_at: timestamp, event: "coalesce(event, type)", page: context.page.path}
- source: web_orders
  channel: online
  read: {door: web, type: track, event: Order Completed}
  into: orders
  identifiers: {member_id: userId, device_id: anonymousId}
  columns: {occurred_at: timestamp, order_id: properties.order_id, amount: properties.total}
- source: web_items
  channel: online
  read: {door: web, type: track, event: Order Completed, rows: properties.products}
  into: order_items
  identifiers: {member_id: userId, device_id: anonymousId}
  columns:
    occurred_at: timestamp
    order_id: properties.order_id
    product: properties.products.name
    quantity: properties.products.quantity
""",
    "tags/all.yaml": "- {tag: spend, category: a, from: orders, value: sum(amount)}\n"
    "- {tag: seen, category: a, from: events, value: count(), default: 0}\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    (root / ".huaxiang").mkdir()
    with with_key():
        yield root


def send(root: Path, *events: Mapping[str, Any], form: str = "batch", door: str = "web") -> int:
    project = load_project(root)
    raw = json.dumps({"batch": events} if form == "batch" else events[0]).encode()
    with Inbox(project.inbox, load_master_key(project.id, root), writing=True) as inbox:
        return inbox.append([Body(door, form, AT, raw, len(events) if form == "batch" else 1)])


def order(number: str, total: Any = 10, message: str | None = None, user: str = "u1") -> dict[str, Any]:
    products = [{"name": "茶", "quantity": 1}, {"name": "杯", "quantity": 2}]
    return {"type": "track", "event": "Order Completed", "userId": user, "messageId": message or f"m-{number}",
            "timestamp": "2026-05-20T04:00:00.5Z", "properties": {"order_id": number, "total": total,
            "products": products}}  # fmt: skip


def page(device: str, message: str, path: str = "/home") -> dict[str, Any]:
    return {"type": "page", "anonymousId": device, "messageId": message, "context": {"page": {"path": path}}}


IDENTIFY = {"type": "identify", "userId": "u1", "anonymousId": "device-1", "messageId": "i1",
            "traits": {"phone": "13911112222", "city": "杭州"}}  # fmt: skip


def run(what: Any, root: Path, days: int = 0) -> Build:
    made: Build = what(load_project(root), as_of=START + timedelta(days=days), settings=Settings(workers=1))
    return made


def ask(root: Path, done: Build, sql: str) -> list[tuple[Any, ...]]:
    with Engine(store_paths(load_project(root))["builds"] / done.file, read_only=True) as engine:
        return engine.rows(sql)


def test_what_came_in_becomes_facts_of_people(shop: Path) -> None:
    send(shop, page("device-1", "p1", "/tea"), order("o1", 12.5), IDENTIFY, page("device-2", "p2"))
    send(shop, {"userId": "u1"}, form="page", door="elsewhere")
    done = run(build, shop)
    assert done.summary["sources"] == {
        "web_people": {"rows": 1, "facts": 1, "duplicates": 0, "quarantined": 0},
        "web_events": {"rows": 3, "facts": 3, "duplicates": 0, "quarantined": 0},
        "web_orders": {"rows": 1, "facts": 1, "duplicates": 0, "quarantined": 0},
        "web_items": {"rows": 2, "facts": 2, "duplicates": 0, "quarantined": 0},
    }
    assert done.summary["customers"] == 2
    assert ask(shop, done, "SELECT spend, seen FROM tags ORDER BY seen") == [(None, 1), (12.5, 2)]
    [(at, number)] = ask(shop, done, "SELECT occurred_at, order_id FROM orders")
    assert (at, number) == (datetime(2026, 5, 20, 4, 0, 0, 500_000), "o1")
    assert ask(shop, done, "SELECT product, quantity FROM order_items ORDER BY ALL") == [("杯", 2), ("茶", 1)]
    assert ask(shop, done, "SELECT page, event FROM events WHERE event = 'page' ORDER BY ALL") == [
        ("/home", "page"), ("/tea", "page"),
    ]  # fmt: skip


def test_an_event_sent_again_adds_nothing_and_the_later_one_holds(shop: Path) -> None:
    send(shop, order("o1", 10), page("device-1", "p1", "/old"))
    send(shop, order("o1", 11), page("device-1", "p1", "/new"), page("device-1", "p3"))
    done = run(build, shop)
    assert done.summary["sources"]["web_orders"] == {"rows": 2, "facts": 1, "duplicates": 1, "quarantined": 0}
    assert done.summary["sources"]["web_items"] == {"rows": 4, "facts": 2, "duplicates": 2, "quarantined": 0}
    assert ask(shop, done, "SELECT amount FROM orders") == [(11,)]
    assert ask(shop, done, "SELECT page FROM events WHERE event = 'page' ORDER BY 1") == [("/home",), ("/new",)]


def test_a_refresh_takes_in_what_came_since(shop: Path) -> None:
    send(shop, order("o1"), page("device-1", "p1"))
    run(build, shop)
    send(shop, IDENTIFY, order("o2", 7), order("o1", 10))
    assert plan_project(load_project(shop)).parts == {"changed": 4}
    twin = shop.with_name("twin")
    shutil.copytree(shop, twin)
    done, wanted = run(refresh, shop, 1), run(build, twin, 1)
    assert "rebuilt" not in done.summary
    # What this project does not ask for (segments, gaps between purchases) has no table.
    there = {name for (name,) in ask(twin, wanted, "SELECT table_name FROM duckdb_tables()")}
    for name, sql in COMPARED.items():
        if name != "tag_changes" and name in there:
            assert ask(shop, done, sql) == ask(twin, wanted, sql), name
    assert plan_project(load_project(shop)).parts == {}
    assert ask(shop, done, "SELECT max(spend) FROM tags") == [(17,)]


def test_a_full_segment_is_read_once(shop: Path) -> None:
    many = [{"type": "page", "anonymousId": f"d{number % 50}"} for number in range(2500)]
    project = load_project(shop)
    raw = json.dumps({"batch": many}).encode()
    with Inbox(project.inbox, load_master_key(project.id, shop), writing=True) as inbox:
        for _ in range(4):
            assert inbox.append([Body("web", "batch", AT, raw, 2500)] * 10) % 25_000 == 0
        assert inbox.last == SEGMENT
    first = run(build, shop)
    assert first.summary["sources"]["web_events"]["facts"] == SEGMENT
    send(shop, page("d1", "new"))
    assert plan_project(load_project(shop)).parts == {"new": 4}
    done = run(refresh, shop, 1)
    assert (done.summary["refresh"]["parts"], "rebuilt" in done.summary) == (4, False)
    assert done.summary["sources"]["web_events"]["facts"] == SEGMENT + 1
    names = [name for (name,) in ask(shop, done, "SELECT name FROM parts WHERE source = 'web_events' ORDER BY rank")]
    assert names == ["door:web#00000000", "door:web#00000001"]


def test_what_is_wrong_is_quarantined_and_a_mended_contract_takes_it_up(shop: Path) -> None:
    send(
        shop, order("o1", "ten", "m1"), order("o2"), {"type": "track", "event": "X", "properties": {"a": "13911112222"}}
    )
    done = run(build, shop)
    orders = done.summary["sources"]["web_orders"]
    assert orders == {"rows": 2, "facts": 1, "duplicates": 0, "quarantined": 1}
    project = load_project(shop)
    with current_build(shop, project) as current:
        told = {(each.source, each.rule): each.words.en for each in rules(current)}
        rule = "contract:type:total:Order Completed"
        assert told["web_orders", rule] == "contract of Order Completed: total has the wrong type"
        assert told["web_events", "no_identifier"] == "neither userId nor anonymousId is given"
        assert [row.row for row in quarantine(current, "web_orders", rule, limit=5)] == [1]
    mended = FILES["doors/web.yaml"].replace("total: number", "total: text").replace("order_id: text, ", "")
    write(shop, "doors/web.yaml", mended)
    send(shop, order("o3", "30"))
    done = run(refresh, shop, 1)
    assert done.summary["sources"]["web_orders"] == {"rows": 3, "facts": 1, "duplicates": 0, "quarantined": 2}
    write(shop, "doors/web.yaml", "door: web\nwrite_key: k\n")
    assert redrive(load_project(shop), source=None, rule=None) is not None
    done = run(refresh, shop, 2)
    assert done.summary["sources"]["web_orders"]["facts"] == 2, "'ten' is no amount, contract or not"
    assert ask(shop, done, "SELECT sum(amount) FROM orders") == [(40,)]


def test_texts_that_no_table_can_hold_do_not_break_a_build(shop: Path) -> None:
    odd = [
        b'{"type":"page","anonymousId":"a","context":{"page":{"path":"\\ud800"}}}',
        b'{"type":"page","anonymousId":"b","context":{"page":{"path":"a\\u0000b"}}}',
        b'{"type":"page","anonymousId":"\\udfff"}',
        b'{"type":"page","anonymousId":"c","timestamp":"1899-12-31T00:00:00Z"}',
        b'{"type":"page","anonymousId":"d","context":17}',
        b"17",
    ]
    project = load_project(shop)
    with Inbox(project.inbox, load_master_key(project.id, shop), writing=True) as inbox:
        inbox.append([Body("web", "batch", AT, b'{"batch":[' + b",".join(odd) + b"]}", len(odd))])
        inbox.append([Body("web", "page", AT, each, 1) for each in (b"\xff", b"{", b"")])
        inbox.append([Body("web", "page", AT, b'{"anonymousId":"z","messageId":"last"}', 1)])
    counts = run(build, shop).summary["sources"]["web_events"]
    assert counts == {"rows": 10, "facts": 5, "duplicates": 0, "quarantined": 5}


def test_a_source_of_no_door_and_faults_of_doors_are_told_together(shop: Path) -> None:
    write(shop, "doors/app.yaml", "door: app\nlimits: 5\nwrite_key: k\n")
    write(shop, "sources/app.yaml", "source: app\nread: {door: webb, type: trak, evnt: A}\ninto: events\n"
          "columns: {occurred_at: timestamp, event: event}\n")  # fmt: skip
    write(shop, "sources/more.yaml", "source: more\ninto: events\nread:\n  type: track\n  door: webb\n"
          "columns: {occurred_at: timestamp, event: event}\n")  # fmt: skip
    with pytest.raises(DefinitionError) as caught:
        load_project(shop)
    told = str(caught.value)
    assert "doors/app.yaml:2: a door has no key 'limits' (did you mean limit?)" in told
    assert "sources/more.yaml:5: there is no door 'webb' (did you mean web?)" in told
    assert "(did you mean track?)" in told
    assert "(did you mean event?)" in told


def test_the_doctor_misses_a_secret_that_is_not_set(shop: Path) -> None:
    write(shop, "doors/shop.yaml", "door: shop\naccept: webhook\nsignature: {standard: env:NO_SUCH_SECRET}\n")
    told = [each.words.en for each in diagnose(shop) if each.state == "warning"]
    assert "door shop: set the environment variable NO_SUCH_SECRET, or nobody can send" in told


def test_before_anything_came_there_is_nothing(shop: Path) -> None:
    assert {each.state for each in diagnose(shop)} <= {"good", "warning"}
    done = run(build, shop)
    assert (done.summary["rows"], done.summary["customers"]) == (0, 0)
    assert not load_project(shop).inbox.exists()


def test_an_inbox_of_another_key_stops_the_build_and_says_so(shop: Path) -> None:
    with Inbox(load_project(shop).inbox, MasterKey.random(), writing=True) as inbox:
        inbox.append([Body("web", "page", AT, b"{}", 1)])
    with pytest.raises(SealError, match="inbox"):
        run(build, shop)
