"""The rules of identity once more, in plain Python, slowly: what the stage is compared with."""

from __future__ import annotations

from collections import Counter, defaultdict

from huaxiang.identify.definition import IdentityDefinition

from .world import World


def expected(world: World, definition: IdentityDefinition) -> dict[int, str | int]:
    """Return for each node its person (the person's smallest certain node), or "set_aside" or "floating"."""
    evidence = _evidence(world)
    aside = _set_aside(world, definition, evidence)
    certain = {node for node, code in world.kinds.items() if definition.by_kind[code].certain} - aside
    person = _join(world, definition, evidence, certain)
    answer: dict[int, str | int] = dict.fromkeys(aside, "set_aside") | {node: person[node] for node in certain}
    return answer | _follow(world, definition, evidence, person, world.kinds.keys() - aside - certain)


def _evidence(world: World) -> Counter[tuple[int, int]]:
    evidence: Counter[tuple[int, int]] = Counter()
    for link in world.links:
        if link.a != link.b:
            evidence[min(link.a, link.b), max(link.a, link.b)] += link.rows
    return evidence


def _set_aside(world: World, definition: IdentityDefinition, evidence: Counter[tuple[int, int]]) -> set[int]:
    seen: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (a, b), rows in evidence.items():
        for node, other in ((a, b), (b, a)):
            if world.kinds[node] != world.kinds[other] and definition.by_kind[world.kinds[other]].names_a_person:
                seen[node][world.kinds[other]].append(rows)
    aside = set()
    for node, by_kind in seen.items():
        own = definition.by_kind[world.kinds[node]]
        for each in by_kind.values():
            strongest = sorted(each, reverse=True)
            tie = own.certain and len(each) > 1 and strongest[0] == strongest[1]
            if len(each) > own.shared_by or tie:
                aside.add(node)
    return aside


def _join(
    world: World, definition: IdentityDefinition, evidence: Counter[tuple[int, int]], certain: set[int]
) -> dict[int, int]:
    members = {node: {node} for node in certain}
    for (a, b), _rows in sorted(evidence.items(), key=lambda item: (-item[1], item[0])):
        if a in certain and b in certain and members[a] is not members[b]:
            both = members[a] | members[b]
            held = Counter(world.kinds[node] for node in both)
            if all(number <= definition.by_kind[code].per_person for code, number in held.items()):
                members.update(dict.fromkeys(both, both))
    return {node: min(group) for node, group in members.items()}


def _follow(
    world: World,
    definition: IdentityDefinition,
    evidence: Counter[tuple[int, int]],
    person: dict[int, int],
    weak: set[int],
) -> dict[int, str | int]:
    whom: dict[int, Counter[int]] = defaultdict(Counter)
    for (a, b), rows in evidence.items():
        for node, other in ((a, b), (b, a)):
            if node in weak and other in person:
                whom[node][person[other]] += rows
    answer: dict[int, str | int] = dict.fromkeys(weak, "floating")
    room: Counter[tuple[int, str]] = Counter()
    alone = [(node, *found.most_common(1)[0]) for node, found in whom.items() if len(found) == 1]
    for node, one, _rows in sorted(alone, key=lambda each: (-each[2], each[0])):
        code = world.kinds[node]
        room[one, code] += 1
        if room[one, code] <= definition.by_kind[code].per_person:
            answer[node] = one
    return answer
