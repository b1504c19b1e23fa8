"""The evidence between two identifiers, hop by hop, and the explanation of a person."""

from __future__ import annotations

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import NotFound
from huaxiang.identify.explain import Link, Merge, Untrusted, explain_identity
from huaxiang.identify.paths import Hop, evidence_path

from .world import AT, World, identify


def a_person() -> World:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=2, source="pos", part=3, source_row=41)
    world.see(("phone", 10), ("openid", 20), rows=1, source="web", part=1, source_row=7)
    world.see(("card", 1), ("phone", 11), rows=8, source="pos", part=3, source_row=42)
    world.see(("phone", 11), ("openid", 20), rows=1, source="web", part=2, source_row=3)
    world.see(("phone", 11), ("openid", 20), rows=5, source="crm", part=5, source_row=9)
    world.see(("openid", 20), ("device", 30), rows=1, source="web", part=1, source_row=7)
    return world


def test_the_shortest_and_strongest_way(engine: Engine) -> None:
    identify(engine, a_person())
    first = Hop(1, 11, "card", "phone", "pos", 3, 42, 8)
    second = Hop(11, 20, "phone", "openid", "crm", 5, 9, 5)
    assert evidence_path(engine, 1, 20) == [first, second]
    assert evidence_path(engine, 20, 1) == [
        Hop(20, 11, "openid", "phone", "crm", 5, 9, 5),
        Hop(11, 1, "phone", "card", "pos", 3, 42, 8),
    ]
    assert evidence_path(engine, 1, 30) == [first, second, Hop(20, 30, "openid", "device", "web", 1, 7, 1)]


def test_no_way_between_two_people_or_from_one_to_itself(engine: Engine) -> None:
    world = a_person()
    world.see(("card", 2), ("device", 31))
    identify(engine, world)
    assert evidence_path(engine, 1, 2) == []
    assert evidence_path(engine, 1, 1) == []
    assert evidence_path(engine, 1, 999) == []


def test_a_person_explained(engine: Engine) -> None:
    world = a_person()
    world.see(("id_card", 90))
    identify(engine, world)
    world.see(("id_card", 90), ("card", 1), source="crm", part=6, source_row=4)
    for card in (2, 3, 4, 5):
        world.see(("card", card), ("phone", 400), rows=card)
    world.see(("openid", 20), ("phone", 400))
    world.see(("card", 2), ("openid", 20))
    identify(engine, world, build=2)
    explained = explain_identity(engine, 1)
    assert explained.since == 1
    assert {each.node for each in explained.identifiers} == {1, 10, 11, 20, 30, 90}
    assert Link(2, 20, "pos", 0, 1, 1, "refused", "others") in explained.links
    assert explained.set_aside == (Untrusted(400, "phone", "shared", 4, 1),)
    at = AT.replace(tzinfo=None)
    assert explained.merges == (Merge(90, 1, 90, 1, "crm", 6, 4, 2, at, "link"),)


def test_nobody_of_that_number(engine: Engine) -> None:
    identify(engine, a_person())
    with pytest.raises(NotFound):
        explain_identity(engine, 12345)
