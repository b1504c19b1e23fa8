"""Random worlds: the same persons as the plain rules give, within every limit, whatever the order and the parts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine

from .reference import counted, expected
from .world import SHOP, Seen, World, identify, load, partition, run, states, subjects

SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CODES = [kind.kind for kind in SHOP.kinds]


@st.composite
def worlds(draw: st.DrawFn, size: int = 24) -> World:
    """Identifiers of all kinds, numbers of both signs, and enough links on little evidence that limits break."""
    dice = random.Random(draw(st.integers(0, 1 << 32)))
    world = World()
    codes = dice.choices(CODES, weights=[dice.random() ** 2 + 0.05 for _ in CODES], k=dice.randrange(2, size))
    for code in codes:
        world.see((code, dice.randrange(-(1 << 62), 1 << 62)))
    numbers = list(world.kinds)
    for _ in range(dice.randrange(2 * size)):
        a, b = dice.choices(numbers, k=2)
        rows = dice.choice([1, 1, 1, 2, 3])
        world.see((world.kinds[a], a), (world.kinds[b], b), rows)
    # Rows that were sent again, and rows whose time has not come, of known identifiers and of ones of their own.
    for link in dice.sample(world.links, dice.randrange(len(world.links) + 1)):
        if link.a != link.b:
            world.links.append(Seen(link.a, link.b))
            world.repeated.append((link.a, link.b))
    for _ in range(dice.randrange(6)):
        number = dice.choice([*numbers, dice.randrange(-(1 << 62), 1 << 62)])
        row = {number: world.kinds.get(number, dice.choice(CODES))}
        row |= {each: world.kinds[each] for each in dice.sample(numbers, dice.randrange(3))}
        world.see_later(*((code, each) for each, code in row.items()))
    return world


@SLOW
@given(world=worlds())
def test_the_same_persons_as_the_plain_rules(shared_engine: Engine, world: World) -> None:
    found, state = identify(shared_engine, world), states(shared_engine)
    person = {
        subject: min(n for n in found if found[n] == subject and SHOP.by_kind[world.kinds[n]].certain)
        for subject in found.values()
        if subject is not None
    }
    answer = {node: state[node] if subject is None else person[subject] for node, subject in found.items()}
    assert answer == expected(world, SHOP)


@SLOW
@given(world=worlds())
def test_no_person_has_more_than_its_limits(shared_engine: Engine, world: World) -> None:
    found = identify(shared_engine, world)
    held = Counter((subject, world.kinds[node]) for node, subject in found.items() if subject is not None)
    assert all(number <= SHOP.by_kind[code].per_person for (_subject, code), number in held.items())


@SLOW
@given(world=worlds(), random=st.randoms(use_true_random=False))
def test_order_and_parts_do_not_matter(shared_engine: Engine, world: World, random: object) -> None:
    found = identify(shared_engine, world)
    rows = counted(world)
    one_each = [
        Seen(a, b, part=random.randrange(3), source_row=random.randrange(9))  # type: ignore[attr-defined]
        for (a, b), number in rows.together.items()
        for _ in range(number)
    ]
    turned = [replace(link, a=link.b, b=link.a) if link.source_row % 2 else link for link in one_each]
    nodes = [each for each in world.nodes() if each[0] in rows.seen] * 2
    random.shuffle(turned)  # type: ignore[attr-defined]
    random.shuffle(nodes)  # type: ignore[attr-defined]
    load(shared_engine, nodes, turned)
    run(shared_engine)
    assert subjects(shared_engine) == found


@SLOW
@given(world=worlds(), random=st.randoms(use_true_random=False))
def test_the_numbers_of_identifiers_do_not_matter(shared_engine: Engine, world: World, random: object) -> None:
    """They are hashes: under another key the same rows must give the same people."""
    found, state = identify(shared_engine, world), states(shared_engine)
    numbers = list(world.kinds)
    random.shuffle(numbers)  # type: ignore[attr-defined]
    to = dict(zip(world.kinds, numbers, strict=True))
    turned = World(
        {to[node]: code for node, code in world.kinds.items()},
        [replace(link, a=to[link.a], b=to[link.b]) for link in world.links],
        [tuple(to[node] for node in row) for row in world.later],
        [(to[a], to[b]) for a, b in world.repeated],
        {to[node] for node in world.alone_later},
    )
    people = partition(identify(shared_engine, turned))
    assert people == {frozenset(to[node] for node in one) for one in partition(found)}
    assert states(shared_engine) == {to[node]: said for node, said in state.items()}


@SLOW
@given(world=worlds())
def test_whoever_is_shared_by_too_many_of_any_certain_kind_is_set_aside(shared_engine: Engine, world: World) -> None:
    identify(shared_engine, world)
    seen: Counter[tuple[int, str]] = Counter()
    for a, b in counted(world).together:
        for node, other in ((a, b), (b, a)):
            kind = SHOP.by_kind[world.kinds[other]]
            if kind.certain and (kind.per_person > 1 or kind.kind != world.kinds[node]):
                seen[node, kind.kind] += 1
    shared = {
        node
        for (node, code), number in seen.items()
        if number > SHOP.by_kind[code].per_person * SHOP.by_kind[world.kinds[node]].shared_by
    }
    assert {node for (node,) in shared_engine.rows("SELECT node FROM set_aside WHERE reason = 'shared'")} == shared


@SLOW
@given(world=worlds(), more=worlds())
def test_a_rebuild_is_stable_and_accounts_for_every_change(shared_engine: Engine, world: World, more: World) -> None:
    before = identify(shared_engine, world)
    assert identify(shared_engine, world, build=2) == before
    assert shared_engine.one("SELECT count(*) FROM merges_new") == 0
    assert shared_engine.one("SELECT count(*) FROM splits_new") == 0
    grown = World(world.kinds | {n: c for n, c in more.kinds.items() if n not in world.kinds}, list(world.links))
    grown.links += [link for link in more.links if grown.kinds[link.a] == more.kinds[link.a]]
    for end in world.links[:3]:
        grown.links += [replace(link, a=end.a) for link in more.links[:3]]
    after = identify(shared_engine, grown, build=3)
    _accounted(shared_engine, grown, before, after)


def _accounted(engine: Engine, world: World, before: dict[int, int | None], after: dict[int, int | None]) -> None:
    certain = {node for node, code in world.kinds.items() if SHOP.by_kind[code].certain}
    moves = {
        (before[node], after[node])
        for node in certain & before.keys()
        if before[node] is not None and after[node] is not None and before[node] != after[node]
    }
    merges = engine.rows("SELECT from_subject, into_subject, a, b FROM merges_new")
    splits = engine.rows("SELECT from_subject, into_subject FROM splits_new")
    assert {(gone, into) for gone, into, _a, _b in merges} | set(splits) == moves
    joined = set(engine.rows("SELECT a, b, subject FROM links WHERE state = 'joined'"))
    for gone, into, a, b in merges:
        assert (a, b, into) in joined
        assert gone in {before.get(a), before.get(b)}
        assert {before.get(a), before.get(b)} != {gone}


@SLOW
@given(world=worlds())
def test_links_say_what_was_made_of_them(shared_engine: Engine, world: World) -> None:
    found = identify(shared_engine, world)
    state = states(shared_engine)
    for a, b, said in shared_engine.rows("SELECT a, b, state FROM links"):
        certain = all(SHOP.by_kind[world.kinds[end]].certain for end in (a, b))
        if "set_aside" in (state[a], state[b]):
            assert said == "set_aside"
        elif not certain:
            assert said == "weak"
        else:
            assert said == ("joined" if found[a] == found[b] else "refused")
    rows = shared_engine.one("SELECT sum(rows)::BIGINT FROM links") or 0
    assert rows == counted(world).together.total()


def test_one_giant_tangle(shared_engine: Engine) -> None:
    """Every limit broken at once, in one component of thousands."""
    world = World()
    for i in range(3000):
        world.see(("card", 10_000 + i), ("phone", 20_000 + i), rows=5)
        world.see(("phone", 20_000 + i), ("openid", 30_000 + i), rows=2)
        world.see(("phone", 20_000 + i), ("openid", 30_000 + (i * 7) % 3000), rows=1)
        world.see(("openid", 30_000 + i), ("phone", 20_000 + (i + 1) % 3000), rows=1)
    found = identify(shared_engine, world)
    held = Counter((subject, world.kinds[node]) for node, subject in found.items())
    assert max(number for (_, code), number in held.items() if code == "card") == 1
    assert max(number for (_, code), number in held.items() if code == "phone") <= 2
    assert len(partition(found)) == 3000
