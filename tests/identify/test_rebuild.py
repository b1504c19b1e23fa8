"""From build to build: ids stay, merges and splits are recorded with what witnesses them."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.subjects import fresh_ids

from .world import World, identify

RECORD = "SELECT from_subject, into_subject, a, b, source, part, source_row, build, reason FROM "


def two_people() -> World:
    world = World()
    world.see(("card", 5), ("phone", 50), source_row=11)
    world.see(("openid", 3), ("phone", 60), source_row=12)
    return world


def test_ids_stay_when_smaller_numbers_come(engine: Engine) -> None:
    world = two_people()
    assert identify(engine, world) == {5: 5, 50: 5, 3: 3, 60: 3}
    world.see(("phone", 50), ("openid", 1))
    world.see(("card", 2))
    assert identify(engine, world, build=2) == {5: 5, 50: 5, 1: 5, 3: 3, 60: 3, 2: 2}
    assert engine.rows("FROM subjects") == [(2, 2, 1), (3, 1, 2), (5, 1, 3)]


def test_a_merge_names_its_strongest_direct_link(engine: Engine) -> None:
    world = two_people()
    identify(engine, world)
    world.see(("phone", 50), ("openid", 3), source="web", part=4, source_row=77)
    world.see(("phone", 60), ("card", 5), rows=3, source="crm", part=2, source_row=88)
    found = identify(engine, world, build=2)
    assert set(found.values()) == {3}
    assert engine.rows(RECORD + "merges_new") == [(5, 3, 60, 5, "crm", 2, 88, 2, "link")]
    assert engine.one('SELECT "at" FROM merges_new') == datetime(2026, 11, 5, 8, 30)


def test_the_oldest_id_survives_a_merge(engine: Engine) -> None:
    world = World()
    world.see(("card", 5), ("phone", 50))
    identify(engine, world)
    world.see(("openid", 3), ("phone", 60))
    world.see(("openid", 4), ("phone", 60))
    identify(engine, world, build=2)
    world.see(("phone", 60), ("card", 5))
    assert set(identify(engine, world, build=3).values()) == {5}
    assert engine.rows("FROM subjects") == [(5, 1, 5)]
    assert engine.rows("SELECT from_subject, into_subject FROM merges_new") == [(3, 5)]


def test_a_merge_through_something_new_names_the_link_it_hangs_on(engine: Engine) -> None:
    world = two_people()
    identify(engine, world)
    world.see(("phone", 60), ("openid", 900), source_row=21)
    world.see(("id_card", 800), ("openid", 900), source_row=22)
    world.see(("id_card", 800), ("card", 5), source_row=23)
    world.see(("id_card", 800), ("openid", 901), rows=9)
    assert set(identify(engine, world, build=2).values()) == {3}
    assert engine.rows(RECORD + "merges_new") == [(5, 3, 800, 5, "pos", 0, 23, 2, "link")]


def test_a_file_taken_away_splits_a_person(engine: Engine) -> None:
    world = World()
    world.see(("card", 5), ("phone", 50))
    world.see(("card", 5), ("openid", 7))
    world.see(("phone", 60), ("openid", 8))
    whole = World(dict(world.kinds), list(world.links))
    whole.see(("phone", 60), ("card", 5), source="old")
    assert set(identify(engine, whole).values()) == {5}
    assert identify(engine, world, build=2) == {5: 5, 50: 5, 7: 5, 60: 8, 8: 8}
    assert engine.rows(RECORD + "splits_new") == [(5, 8, 8, 5, None, None, None, 2, "gone")]
    assert engine.rows("FROM subjects") == [(5, 1, 3), (8, 2, 2)]


def test_the_larger_part_keeps_the_id(engine: Engine) -> None:
    world = World()
    world.see(("card", 5))
    world.see(("phone", 60), ("openid", 8))
    whole = World(dict(world.kinds), list(world.links))
    whole.see(("card", 5), ("phone", 60))
    identify(engine, whole)
    found = identify(engine, world, build=2)
    assert found[60] == found[8] == 5
    # The number of the card is taken by the person it has left.
    assert found[5] not in (5, None)


def test_a_split_through_a_second_card_names_the_refused_link(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=4)
    world.see(("phone", 10), ("openid", 20), rows=1, source_row=5)
    identify(engine, world)
    world.see(("card", 2), ("openid", 20), rows=3)
    found = identify(engine, world, build=2)
    assert found == {1: 1, 10: 1, 2: 2, 20: 2}
    assert engine.rows(RECORD + "splits_new") == [(1, 2, 10, 20, "pos", 0, 5, 2, "refused")]


def test_a_split_through_a_hot_line_names_the_link_set_aside(engine: Engine) -> None:
    world = World()
    world.see(("phone", 10), ("openid", 20), rows=4, source_row=9)
    world.see(("phone", 10), ("openid", 30), rows=2, source_row=8)
    identify(engine, world)
    for card in range(1, 5):
        world.see(("card", card), ("phone", 10), rows=card)
    found = identify(engine, world, build=2)
    assert found[10] is None
    assert found[20] == 10
    assert engine.rows(RECORD + "splits_new") == [(10, 30, 10, 30, "pos", 0, 8, 2, "set_aside")]


def test_new_ids_are_positive_and_differ() -> None:
    top = 1 << 63
    persons = np.sort(np.array([-top, -top + 5, 0, 5, 9], np.int64))
    ids = fresh_ids(persons, np.array([9]))
    assert len(set(ids.tolist())) == 5
    assert (ids > 0).all()
    assert ids[1] == 5
    assert 9 not in ids
    assert (fresh_ids(persons, np.array([9])) == ids).all()
