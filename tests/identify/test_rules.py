"""Each rule of identity on a world small enough to see."""

from __future__ import annotations

import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import CountError
from huaxiang.identify.explain import explain_identity
from huaxiang.model import IDS_LATER, LATER, REPEATED
from huaxiang.whose import Rank

from .world import World, identify, load, partition, run, states, subjects

HOT_LINE = ("phone", 400)


def link_states(engine: Engine) -> dict[tuple[int, int], str]:
    return {(a, b): state for a, b, state in engine.rows("SELECT a, b, state FROM links")}


def test_certain_links_join_through_others(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 2))
    world.see(("phone", 2), ("openid", 3))
    found = identify(engine, world)
    assert partition(found) == {frozenset({1, 2, 3})}
    assert set(link_states(engine).values()) == {"joined"}


def test_an_identifier_alone_is_a_person(engine: Engine) -> None:
    world = World()
    world.see(("card", 7))
    world.see(("device", 8))
    assert identify(engine, world) == {7: 7, 8: None}
    assert engine.rows("FROM subjects") == [(7, 1, 1)]
    assert states(engine) == {7: "joined", 8: "floating"}


def test_a_hot_line_is_set_aside_and_cards_stay(engine: Engine) -> None:
    world = World()
    for member in range(100):
        world.see(("card", 1000 + member), HOT_LINE, rows=1 + member % 5)
        world.see(("card", 1000 + member), ("openid", 2000 + member))
    found = identify(engine, world)
    assert partition(found) == {frozenset({1000 + member, 2000 + member}) for member in range(100)}
    assert engine.rows("FROM set_aside") == [(400, "phone", "shared", 100, 1)]
    assert {state for (a, b), state in link_states(engine).items() if b == 400} == {"set_aside"}


def test_a_family_phone_goes_to_whoever_uses_it_most(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=5)
    world.see(("card", 2), ("phone", 10), rows=3)
    found = identify(engine, world)
    assert partition(found) == {frozenset({1, 10}), frozenset({2})}
    assert link_states(engine) == {(1, 10): "joined", (2, 10): "refused"}


def test_a_family_phone_on_equal_evidence_is_nobodys(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=3)
    world.see(("card", 2), ("phone", 10), rows=2)
    world.see(("card", 2), ("phone", 10), rows=1, source="shop")
    found = identify(engine, world)
    assert found == {1: 1, 2: 2, 10: None}
    assert engine.rows("SELECT node, reason, people FROM set_aside") == [(10, "ambiguous", 2)]


def test_a_phone_that_more_people_write_than_their_e_mails_allow_is_set_aside(engine: Engine) -> None:
    """Nobody has a card here: twenty openids of which a person has three are seven people at least."""
    world = World()
    for buyer in range(20):
        world.see(HOT_LINE, ("openid", 2000 + buyer), rows=1 + buyer % 4)
    found = identify(engine, world)
    assert partition(found) == {frozenset({2000 + buyer}) for buyer in range(20)}
    assert engine.rows("SELECT node, reason, people FROM set_aside") == [(400, "shared", 7)]


def test_a_member_number_that_strangers_write_is_set_aside(engine: Engine) -> None:
    world = World()
    for phone in range(30):
        world.see(("card", 1), ("phone", 1000 + phone))
    found = identify(engine, world)
    assert partition(found) == {frozenset({1000 + phone}) for phone in range(30)}
    assert engine.rows("SELECT node, reason, people FROM set_aside") == [(1, "shared", 15)]


def test_a_phone_that_strangers_wrote_for_a_card_is_still_its_own_members(engine: Engine) -> None:
    """The card that strangers write is no second card of theirs."""
    world = World()
    for phone in range(30):
        world.see(("card", 1), ("phone", 1000 + phone))
    world.see(("card", 2), ("phone", 1000))
    found = identify(engine, world)
    assert found[1000] == found[2] == 2
    assert found[1] is None


@pytest.mark.parametrize(("openids", "kept"), [([5, 4, 3, 2], 3), ([5, 4, 1, 1], 2), ([2, 1, 1, 1], 1)])
def test_of_too_many_on_equal_evidence_none_is_picked(engine: Engine, openids: list[int], kept: int) -> None:
    world = World()
    for number, rows in enumerate(openids):
        world.see(("card", 9), ("openid", 100 + number), rows=rows)
    found = identify(engine, world)
    assert [found[100 + number] == 9 for number in range(4)] == [True] * kept + [False] * (4 - kept)
    assert engine.rows("FROM set_aside") == []


def test_a_phone_with_one_openid_too_many_on_equal_evidence_is_nobodys(engine: Engine) -> None:
    world = World()
    for number in range(4):
        world.see(("phone", 10), ("openid", 100 + number), rows=2)
    found = identify(engine, world)
    assert partition(found) == {frozenset({100 + number}) for number in range(4)}
    assert engine.rows("SELECT node, reason FROM set_aside") == [(10, "ambiguous")]


@pytest.mark.parametrize("numbers", [(1, 50, 7, 60, 2), (2, 60, 7, 50, 1), (900, 3, 800, 4, -5)])
def test_the_middle_between_two_cards_far_apart_is_nobodys(engine: Engine, numbers: tuple[int, ...]) -> None:
    """Card, phone, openid, phone, card, each seen with the next once: whatever their numbers are."""
    one, near, middle, far, two = numbers
    world = World()
    world.see(("id_card", one), ("phone", near))
    world.see(("phone", near), ("openid", middle))
    world.see(("phone", far), ("openid", middle))
    world.see(("id_card", two), ("phone", far))
    found = identify(engine, world)
    assert partition(found) == {frozenset({one, near}), frozenset({two, far})}
    assert engine.rows("SELECT node, reason, people FROM set_aside") == [(middle, "ambiguous", 2)]


def test_between_two_cards_an_even_chain_parts_in_the_middle(engine: Engine) -> None:
    world = World()
    world.see(("id_card", 9), ("phone", 50))
    world.see(("phone", 50), ("openid", 60))
    world.see(("id_card", 2), ("openid", 60))
    assert partition(identify(engine, world)) == {frozenset({9, 50}), frozenset({2, 60})}
    assert link_states(engine)[50, 60] == "refused"


def test_too_long_a_chain_ends_where_it_no_longer_fits(engine: Engine) -> None:
    """A person has two phones: the third along the way is another's, and what hangs behind it."""
    world = World()
    world.see(("card", 900), ("phone", 30))
    for number, (phone, openid) in enumerate(((30, 700), (20, 701), (10, 702))):
        world.see(("phone", phone), ("openid", openid))
        if number < 2:
            world.see(("openid", openid), ("phone", (20, 10)[number]))
    assert partition(identify(engine, world)) == {frozenset({900, 30, 700, 20, 701}), frozenset({10, 702})}


def test_weak_identifiers_beyond_the_limit_on_equal_evidence_float(engine: Engine) -> None:
    world = World()
    for rows, device in ((3, 51), (1, 52), (1, 53)):
        world.see(("card", 1), ("device", device), rows=rows)
    assert partition(identify(engine, world)) == {frozenset({1, 51})}


def test_ranks_say_which_identifiers_others_use_too(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=5)
    world.see(("card", 2), ("phone", 10), rows=3)
    world.see(("card", 2), ("openid", 20))
    world.see(("card", 2), ("device", 30))
    identify(engine, world)
    ranks = dict(engine.rows("SELECT node, rank FROM identifiers"))
    assert ranks == {1: Rank.NAMES, 2: Rank.NAMES, 10: Rank.CONTESTED, 20: Rank.SAYS, 30: Rank.WEAK}


def test_what_is_refused_says_whose_its_rows_are(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=5)
    world.see(("card", 2), ("phone", 10), rows=3)
    identify(engine, world)
    theirs, others = explain_identity(engine, 1), explain_identity(engine, 2)
    assert {(link.a, link.state, link.whose) for link in theirs.links} == {(1, "joined", ""), (2, "refused", "others")}
    assert [(link.a, link.whose) for link in others.links] == [(2, "mine")]
    assert [each.node for each in theirs.others] == [2]
    assert [each.node for each in others.others] == [10]


def test_two_of_one_per_person_never_meet_through_a_chain(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=9)
    world.see(("phone", 10), ("openid", 20), rows=2)
    world.see(("card", 2), ("openid", 20), rows=8)
    found = identify(engine, world)
    assert partition(found) == {frozenset({1, 10}), frozenset({2, 20})}
    assert link_states(engine)[10, 20] == "refused"


def test_a_row_whose_time_has_not_come_says_nothing_yet(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10))
    world.see_later(("card", 2), ("phone", 10), ("openid", 20))
    world.see_later(("card", 2), ("phone", 10))
    assert identify(engine, world) == {1: 1, 10: 1}
    assert engine.rows("SELECT a, b, rows FROM links") == [(1, 10, 1)]
    assert engine.rows("SELECT node, rows FROM identifiers ORDER BY 1") == [(1, 1), (10, 1)]


def test_what_a_fact_says_again_counts_once(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 10), rows=2)
    world.see(("card", 2), ("phone", 10), rows=5)
    world.repeated = [(2, 10)] * 4
    assert partition(identify(engine, world)) == {frozenset({1, 10}), frozenset({2})}


def test_weak_identifiers_follow_but_do_not_join(engine: Engine) -> None:
    world = World()
    for card in (1, 2):
        world.see(("card", card), ("device", 50))
        world.see(("card", card), ("device", 50 + card), rows=card)
    found = identify(engine, world)
    assert partition(found) == {frozenset({1, 51}), frozenset({2, 52})}
    assert states(engine)[50] == "floating"
    assert set(link_states(engine).values()) == {"weak"}


def test_weak_identifiers_beyond_the_limit_float(engine: Engine) -> None:
    world = World()
    for rows, device in ((1, 51), (3, 52), (2, 53)):
        world.see(("card", 1), ("device", device), rows=rows)
    assert partition(identify(engine, world)) == {frozenset({1, 52, 53})}


def test_an_identifier_of_an_undefined_kind_floats(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("nickname", 2))
    assert identify(engine, world) == {1: 1, 2: None}
    assert engine.rows("SELECT kind, state FROM identifiers WHERE node = 2") == [("nickname", "floating")]


def test_identifiers_that_fall_together_are_set_aside(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 2))
    load(engine, [*world.nodes(), (2, 5, "phone", 4)], world.links)
    run(engine)
    assert subjects(engine)[1] == 1
    assert engine.rows("SELECT node, kind, reason FROM set_aside") == [(2, "phone", "collision")] * 2
    assert engine.rows("SELECT a, b, state FROM links") == [(1, 2, "set_aside")]
    assert engine.rows("SELECT count(*), count(DISTINCT lo) FROM identifiers WHERE node = 2") == [(2, 2)]


def test_a_link_to_what_was_not_collected_is_our_fault(engine: Engine) -> None:
    world = World()
    world.see(("card", 1), ("phone", 2))
    load(engine, world.nodes()[:1], world.links)
    with pytest.raises(CountError, match="1 pairs"):
        run(engine)


def test_nothing_collected_is_nobody(engine: Engine) -> None:
    assert identify(engine, World()) == {}
    assert engine.rows("FROM subjects") == []


def test_tables_are_sorted_and_nothing_else_is_left(engine: Engine) -> None:
    world = World()
    for card in range(50, 0, -1):
        world.see(("card", card), ("phone", 1000 - card))
    identify(engine, world)
    identify(engine, world, build=2)
    assert engine.tables() - {
        "raw_nodes",
        "raw_links",
        LATER,
        REPEATED,
        "previous_identifiers",
        "previous_subjects",
    } == {
        "identifiers",
        "links",
        "subjects",
        "set_aside",
        "merges_new",
        "splits_new",
        IDS_LATER,
    }
    for table, key in (("identifiers", "node"), ("links", "subject"), ("subjects", "subject")):
        keys = [value for (value,) in engine.rows(f"SELECT {key} FROM {table} ORDER BY rowid")]
        assert keys == sorted(keys)
