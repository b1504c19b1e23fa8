"""The truth: it holds what is in the raw files, and follows from them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import phonenumbers
import pytest
from stdnum.cn import ric

from .shop import CUSTOMERS, PLAIN, POS_FIELDS, UNTIL, Shop, mobile

CERTAIN = ("phone", "member_id", "unionid", "email", "id_card")
Node = tuple[str, str]


def _usable_phone(text: str | float, fillers: list[str]) -> str | None:
    phone = mobile(text)
    if not phone.isdigit() or phone in fillers or len(phone) != 11:
        return None
    return phone if phonenumbers.is_valid_number(phonenumbers.parse(phone, "CN")) else None


def _raw(shop: Shop) -> Iterator[list[Node]]:
    """Yield the identifiers of each raw row, normalised."""
    fillers = shop.settings()["fillers"]
    for _, row in shop.pos():
        phone = _usable_phone(row[5], fillers)
        yield [*([("member_id", row[4])] if row[4] else []), *([("phone", phone)] if phone else [])]
    for order in shop.json_lines("online/*.jsonl"):
        yield [(kind, order["buyer"][kind]) for kind in ("unionid", "phone") if order["buyer"][kind]]
    for event in shop.json_lines("mini/*.jsonl"):
        yield [(kind, event[kind]) for kind in ("openid", "unionid", "device_id") if event[kind]]
    for _, row in shop.crm():
        yield list(_crm_row(row, fillers))
    for call in shop.calls():
        yield [("phone", call["来电号码"])]
    for answer in shop.parquet("survey/answers.parquet"):
        yield [(kind, answer[kind]) for kind in ("phone", "email") if answer[kind]]
    for act in shop.parquet("social/interactions.parquet"):
        yield [("unionid", act["unionid"])]


def _crm_row(row: dict[str, Any], fillers: list[str]) -> Iterator[Node]:
    yield "member_id", row["会员号"]
    if phone := _usable_phone(row["手机号"], fillers):
        yield "phone", phone
    if "@" in row["邮箱"]:
        yield "email", row["邮箱"].strip().lower()
    if ric.is_valid(row["身份证号"]):
        yield "id_card", row["身份证号"].upper()


@pytest.fixture(scope="module")
def rows(shop: Shop) -> list[list[Node]]:
    """The identifiers of all raw rows."""
    return list(_raw(shop))


def test_identifiers_are_exactly_those_of_the_files(shop: Shop, rows: list[list[Node]]) -> None:
    true = {(row["kind"], row["value"]) for row in shop.truth("identifiers")}
    assert {node for nodes in rows for node in nodes} == true


def test_identifiers_of_more_than_one_person_are_marked_shared(shop: Shop) -> None:
    owners: dict[Node, set[int]] = defaultdict(set)
    for row in shop.truth("identifiers"):
        owners[row["kind"], row["value"]].add(row["person"])
    for row in shop.truth("identifiers"):
        assert row["shared"] or len(owners[row["kind"], row["value"]]) == 1
    assert any(row["shared"] and row["origin"] == "own" for row in shop.truth("identifiers") if row["kind"] == "phone")


class _Groups:
    """The plainest union-find there is."""

    def __init__(self) -> None:
        self.parent: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        while (parent := self.parent.setdefault(node, node)) != node:
            node = parent
        return node

    def join(self, nodes: list[Node]) -> None:
        for one, other in pairwise(nodes):
            self.parent[self.find(one)] = self.find(other)


def test_rows_link_the_certain_identifiers_of_nearly_everybody(shop: Shop, rows: list[list[Node]]) -> None:
    hotlines = set(shop.settings()["hotlines"])
    groups = _Groups()
    for nodes in rows:
        groups.join([node for node in nodes if node[0] in CERTAIN and node[1] not in hotlines])
    found: dict[int, set[Node]] = defaultdict(set)
    people: dict[Node, set[int]] = defaultdict(set)
    for row in shop.truth("identifiers"):
        if row["kind"] in CERTAIN and row["origin"] != "hotline":
            group = groups.find((row["kind"], row["value"]))
            found[row["person"]].add(group)
            people[group].add(row["person"])
    assert sum(len(mine) == 1 for mine in found.values()) / len(found) >= 0.99
    own_phones = (row for row in shop.truth("identifiers") if (row["kind"], row["origin"]) == ("phone", "own"))
    families = sum(row["shared"] for row in own_phones)
    assert sum(len(mine) > 1 for mine in people.values()) <= families / 2


def test_orders_are_those_of_the_files(shop: Shop) -> None:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for _, row in shop.pos():
        if len(row) == POS_FIELDS:
            price = Decimal(row[10].translate(PLAIN).replace("￥", "").replace(",", ""))
            amounts[row[0]] += int(row[9]) * price - Decimal(row[11])
    for order in shop.json_lines("online/*.jsonl"):
        for item in order["items"]:
            amounts[order["order_no"]] += item["qty"] * Decimal(str(item["price"])) - Decimal(str(item["discount"]))
    true = {row["order_no"]: row["amount"] for row in shop.truth("orders") if row["valid"]}
    assert len(true) == sum(1 for row in shop.truth("orders") if row["valid"])
    assert {number: amounts[number] for number in true} == true
    assert min(true.values()) > 0


def test_orders_belong_to_the_buyer_named(shop: Shop) -> None:
    owner = {
        row["value"]: row["person"] for row in shop.truth("identifiers") if row["kind"] in ("member_id", "unionid")
    }
    buyer = {row["order_no"]: row["person"] for row in shop.truth("orders")}
    for _, row in shop.pos():
        assert not row[4] or buyer[row[0]] == owner[row[4]]
        assert row[4] or row[5].startswith("1") or buyer[row[0]] is None
    for order in shop.json_lines("online/*.jsonl"):
        assert order["buyer"]["unionid"] is None or buyer[order["order_no"]] == owner[order["buyer"]["unionid"]]


def test_lifecycle_follows_from_the_orders(shop: Shop) -> None:
    days: dict[int, list[datetime]] = defaultdict(list)
    for row in shop.truth("orders"):
        if row["person"] is not None and row["valid"] and row["status"] == "paid":
            days[row["person"]].append(row["ordered_at"])
    gaps = sorted(
        (later - earlier).days
        for mine in days.values()
        for earlier, later in pairwise(sorted({moment.date() for moment in mine}))
    )
    limit = gaps[math.ceil(0.9 * len(gaps)) - 1]
    assert shop.settings()["lifecycle"]["lapse_limit_days"] == limit
    stages = shop.truth("lifecycle")
    assert [row["person"] for row in stages] == list(range(CUSTOMERS))
    for row in stages:
        mine = days.get(row["person"], [])
        assert (row["orders"], row["last_order_at"]) == (len(mine), max(mine, default=None))
        assert row["lifecycle"] == _stage([moment.date() for moment in mine], limit)


def _stage(days: list[date], limit: int) -> str:
    if not days:
        return "prospect"
    if (UNTIL + timedelta(days=1) - max(days)).days > limit:
        return "lapsed"
    return "repeat" if len(days) > 1 else "first_time"


def test_promotions_say_who_bought_within_the_window(shop: Shop) -> None:
    campaigns = {entry["promo_code"]: entry for entry in shop.settings()["campaigns"]}
    bought: dict[int, list[datetime]] = defaultdict(list)
    for row in shop.truth("orders"):
        if row["person"] is not None:
            bought[row["person"]].append(row["ordered_at"])
    used = {row[12] for _, row in shop.pos() if len(row) == POS_FIELDS} & campaigns.keys()
    assert used == campaigns.keys()
    for row in shop.truth("promotions"):
        sent = datetime.fromisoformat(campaigns[row["promo_code"]]["sent_on"])
        end = sent + timedelta(days=campaigns[row["promo_code"]]["days"])
        assert row["bought"] == any(sent <= moment < end for moment in bought[row["person"]])
        assert 0 < row["true_effect"] < 0.2


def test_nothing_happens_before_a_person_is_first_seen(shop: Shop) -> None:
    first = {row["person"]: row["first_seen"] for row in shop.truth("people")}
    orders = [row for row in shop.truth("orders") if row["person"] is not None]
    assert all(row["ordered_at"].date() >= first[row["person"]] for row in orders)


def test_parameters_say_what_was_asked(shop: Shop) -> None:
    settings = shop.settings()
    assert (settings["customers"], settings["until"]) == (CUSTOMERS, UNTIL.isoformat())
