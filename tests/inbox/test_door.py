"""Doors: what a file defines, and every fault of it at once, with its line and the nearest word."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.inbox.contract import Contract, violations
from huaxiang.inbox.door import Door, Signature, WebhookMapping, doors_of, parse_door
from huaxiang.inbox.rules import contract_words

WEB = """\
door: web
name: {zh: 官网, en: Website}
accept: [segment, sensors]
write_key: env:WEB_WRITE_KEY
origins: ["https://shop.example.com", "*"]
limit: 20000
contracts:
  Order Completed:
    required: {order_id: text, total: number}
    optional: {coupon: text}
    others: refused
"""


def parsed(text: str) -> tuple[Door | None, list[str]]:
    faults = Faults()
    node = parse_yaml(text, "doors/it.yaml", faults)
    assert node is not None
    door = parse_door(node, faults)
    return door, [fault.say("en") for fault in faults.found]


def test_a_door_of_a_website(monkeypatch: pytest.MonkeyPatch) -> None:
    door, faults = parsed(WEB)
    assert door is not None
    assert not faults
    assert (door.code, door.words.zh, door.accept, door.limit) == ("web", "官网", ("segment", "sensors"), 20000)
    assert door.contracts["Order Completed"] == Contract(
        "Order Completed", {"order_id": "text", "total": "number"}, {"coupon": "text"}, others=False
    )
    assert door.key is None
    monkeypatch.setenv("WEB_WRITE_KEY", "s3cret")
    assert door.key == "s3cret"


def test_a_door_of_webhooks() -> None:
    door, faults = parsed(
        "door: shop\naccept: webhook\nsignature: {header: X-Signature, secret: env:SHOP_SECRET, prefix: 'sha256='}\n"
        "mapping: {each: data.items, id: id, event: type, time: created_at, user: customer.id}\n"
    )
    assert door is not None
    assert not faults
    assert door.signature == Signature("env:SHOP_SECRET", "X-Signature", "sha256", "hex", "sha256=")
    assert door.mapping == WebhookMapping("data.items", "id", "type", "created_at", "customer.id")


def test_no_secret_is_shown() -> None:
    door, _ = parsed("door: shop\naccept: webhook\nwrite_key: hunter2\nsignature: {standard: whsec_abc}\n")
    assert door is not None
    assert "hunter2" not in repr(door)
    assert "whsec_abc" not in repr(door)


def test_all_faults_at_once() -> None:
    _, faults = parsed(
        "door: Web\naccept: [segmnt]\norigins: [shop.example.com]\nlimit: 0\nwrite_keys: a\n"
        "contracts:\n  A: {required: {x: txt}, optional: {x: text}, other: refused}\n"
    )
    told = "\n".join(faults)
    for line, words in [
        (1, "is not a code"), (2, "did you mean segment?"), (3, "is no origin"), (4, "limit must be"),
        (5, "did you mean write_key?"), (7, "did you mean text?"), (7, "did you mean others?"),
    ]:  # fmt: skip
        assert any(fault.startswith(f"doors/it.yaml:{line}:") and words in fault for fault in faults), (words, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("door: a\n", "lacks 'write_key'"),
        ("door: a\naccept: webhook\n", "needs a signature or a write_key"),
        ("door: a\naccept: [webhook, segment]\nwrite_key: k\n", "accepts nothing else"),
        ("door: a\nwrite_key: k\nmapping: {id: id}\n", "mapping is for doors that accept webhooks"),
        ("door: a\nwrite_key: 'env:'\n", "write_key is empty"),
        ("door: a\naccept: webhook\nsignature: {secret: k}\n", "lacks 'header'"),
    ],
)
def test_what_does_not_go_together(text: str, words: str) -> None:
    _, faults = parsed(text)
    assert any(words in fault for fault in faults), faults


def test_the_doors_of_a_project_have_different_codes(tmp_path: Path) -> None:
    (tmp_path / "doors").mkdir()
    (tmp_path / "doors" / "a.yaml").write_text("door: web\nwrite_key: k\n")
    (tmp_path / "doors" / "b.yaml").write_text("- door: app\n  write_key: other\n- door: web\n  write_key: k\n")
    faults = Faults()
    assert [door.code for door in doors_of(tmp_path, faults)] == ["web", "app"]
    assert [fault.say("en") for fault in faults.found] == [
        "doors/b.yaml:3: door 'web' is defined at doors/a.yaml:1 too"
    ]


def test_two_doors_never_have_one_key(tmp_path: Path) -> None:
    (tmp_path / "doors").mkdir()
    text = "- {door: a, accept: [segment], write_key: one}\n- {door: b, accept: [segment], write_key: one}\n"
    (tmp_path / "doors" / "all.yaml").write_text(text, encoding="utf-8")
    faults = Faults()
    doors_of(tmp_path, faults)
    assert [fault.say("en") for fault in faults.found] == ["doors/all.yaml:2: door 'b' has the write key of 'a'"]


@pytest.mark.parametrize(
    ("properties", "rules"),
    [
        ({"order_id": "1", "total": 2.5}, []),
        ({"order_id": "1", "total": 2, "coupon": None}, []),
        ({"order_id": 1, "total": True}, ["type:order_id", "type:total"]),
        ({"order_id": None, "coupon": 3}, ["missing:order_id", "missing:total", "type:coupon"]),
        ({"order_id": "1", "total": 1, "13800000000": 1}, ["others:"]),
        ([], ["missing:order_id", "missing:total"]),
        (None, ["missing:order_id", "missing:total"]),
    ],
)
def test_a_contract(properties: object, rules: list[str]) -> None:
    door, _ = parsed(WEB)
    assert door is not None
    found = violations(door.contracts["Order Completed"], properties)
    assert [each.rule for each in found] == [f"contract:{rule}:Order Completed" for rule in rules]
    assert all("13800000000" not in each.words.en for each in found)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("text", "x", 1), ("number", 1.5, "1.5"), ("number", 1, float("inf")), ("integer", 3.0, 3.5),
        ("bool", False, 0),
        ("time", "2026-06-01T04:00:00Z", "yesterday"), ("time", 1780000000000, "9999999"), ("list", [], {}),
        ("object", {}, []), ("integer", 10**400, True), ("number", 10**400, "1"),
    ],
)  # fmt: skip
def test_types_of_a_contract(type_: str, good: object, bad: object) -> None:
    contract = Contract("A", {"a.b": type_}, {})
    assert not violations(contract, {"a": {"b": good}})
    assert not violations(contract, {"a.b": good})
    assert [each.rule for each in violations(contract, {"a": {"b": bad}})] == ["contract:type:a.b:A"]


def test_a_rule_says_its_words() -> None:
    assert (
        contract_words("contract:missing:total:Order: Completed").en == "contract of Order: Completed: total is missing"
    )
    assert contract_words("contract:others::A").zh == "“A”的约定：有约定之外的字段"


def test_what_decides_the_reading_has_a_hash() -> None:
    plain, _ = parsed("door: a\nwrite_key: k\n")
    other, _ = parsed("door: a\nwrite_key: another\nlimit: 5\n")
    bound, _ = parsed("door: a\nwrite_key: k\ncontracts: {A: {required: {x: text}}}\n")
    assert plain is not None
    assert other is not None
    assert bound is not None
    assert plain.reading == other.reading != bound.reading
