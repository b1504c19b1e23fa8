"""The rules of identity once more, in plain Python, slowly: what the stage is compared with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from huaxiang.identify.definition import IdentityDefinition

from .world import World

Pair = tuple[int, int]
Group = frozenset[int]
Edges = set[frozenset[Group]]


def expected(world: World, definition: IdentityDefinition) -> dict[int, str | int]:
    """Return for each node its person (the person's smallest certain node), or "set_aside" or "floating"."""
    rows = counted(world)
    nodes = world.kinds.keys() & rows.seen
    aside = _set_aside(world, definition, rows.together)
    certain = {node for node in nodes if definition.by_kind[world.kinds[node]].certain} - aside
    person, between = _Joining(world, definition).join(rows.together, certain)
    aside |= between
    certain -= between
    person = {node: person[node] for node in certain}
    answer: dict[int, str | int] = dict.fromkeys(aside, "set_aside") | dict(person)
    return answer | _follow(world, definition, rows.together, person, nodes - aside - certain)


class counted:  # noqa: N801  (a value, made by counting)
    """In how many rows two identifiers stand together, and which stand in any: rows left out do not count."""

    def __init__(self, world: World) -> None:
        self.together: Counter[Pair] = Counter()
        for link in world.links:
            if link.a != link.b:
                self.together[min(link.a, link.b), max(link.a, link.b)] += link.rows
        for a, b in [*world.repeated, *((row[0], other) for row in world.later for other in row[1:])]:
            self.together[min(a, b), max(a, b)] -= 1
        self.together = +self.together
        self.seen = world.kinds.keys() - world.alone_later


def _set_aside(world: World, definition: IdentityDefinition, together: Counter[Pair]) -> set[int]:
    shared = {
        node
        for node, by_kind in _seen(world, definition, together).items()
        if any(
            -(-len(rows) // definition.by_kind[kind].per_person) > definition.by_kind[world.kinds[node]].shared_by
            for kind, rows in by_kind.items()
        )
    }
    trusted = Counter({pair: rows for pair, rows in together.items() if not shared & set(pair)})
    ambiguous = set()
    for node, by_kind in _seen(world, definition, trusted).items():
        own = definition.by_kind[world.kinds[node]]
        for kind, rows in by_kind.items():
            limit = definition.by_kind[kind].per_person
            room = limit - (kind == own.kind)
            if not own.certain or len(rows) <= room or (own.names_a_person and limit > 1):
                continue
            strongest = sorted(rows, reverse=True)
            if strongest[0] == strongest[room]:
                ambiguous.add(node)
    return shared | ambiguous


def _seen(
    world: World, definition: IdentityDefinition, together: Counter[Pair]
) -> dict[int, dict[str, list[int]]]:  # fmt: skip
    seen: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (a, b), rows in together.items():
        for node, other in ((a, b), (b, a)):
            kind = definition.by_kind[world.kinds[other]]
            if kind.certain and not (kind.per_person == 1 and world.kinds[node] == kind.kind):
                seen[node][kind.kind].append(rows)
    return seen


class _Joining:
    def __init__(self, world: World, definition: IdentityDefinition) -> None:
        self.world, self.definition = world, definition
        self.between: set[int] = set()
        self.naming = [kind.kind for kind in definition.kinds if kind.names_a_person]

    def join(self, together: Counter[Pair], certain: set[int]) -> tuple[dict[int, int], set[int]]:
        group: dict[int, Group] = {node: frozenset({node}) for node in certain}
        for level in sorted(set(together.values()), reverse=True):
            edges = {
                frozenset({group[a], group[b]})
                for (a, b), rows in together.items()
                if rows == level and {a, b} <= certain - self.between and group[a] is not group[b]
            }
            for cluster in _clusters(set().union(*edges), edges):
                for one in self._level(cluster, {edge for edge in edges if edge <= cluster}):
                    whole = frozenset().union(*one)
                    group.update(dict.fromkeys(whole, whole))
        return {node: min(each) for node, each in group.items()}, self.between

    def _level(self, cluster: set[Group], edges: Edges) -> list[set[Group]]:
        """Return which groups of a cluster become one."""
        if not self._too_many(cluster):
            return [cluster]
        named = {group for group in cluster if self._holds(group, self.naming)}
        cores = [
            core
            for core in _clusters(named, {edge for edge in edges if edge <= named})
            if len(core) > 1 and not self._too_many(core)
        ]
        core_of = {group: frozenset().union(*core) for core in cores for group in core}
        parts_of: dict[Group, set[Group]] = defaultdict(set)
        for group in cluster:
            parts_of[core_of.get(group, group)].add(group)
        edges = {frozenset(core_of.get(end, end) for end in edge) for edge in edges}
        edges = {edge for edge in edges if len(edge) == 2}
        cut: Edges = set()
        for kind in self._too_many(cluster):
            if kind in self.naming:
                whose = _nearest({group for group in parts_of if self._holds(group, [kind])}, edges)
                cut |= {edge for edge in edges if len({whose.get(end) for end in edge}) > 1}
                cut |= {edge for edge in edges for end in edge if whose.get(end) == "between"}
                self.between |= {node for one, at in whose.items() if at == "between" and len(one) == 1 for node in one}
        ones = self._within(set(parts_of), edges - cut)
        return [set().union(*(parts_of[group] for group in one)) for one in ones]

    def _within(self, groups: set[Group], edges: Edges) -> list[set[Group]]:
        done: list[set[Group]] = []
        for one in _clusters(groups, edges):
            mine = {edge for edge in edges if edge <= one}
            many = self._too_many(one)
            named = [kind for kind in self.naming if any(self._holds(group, [kind]) for group in one)]
            if not many:
                done.append(one)
            elif named:
                inside = self._rings(next(group for group in one if self._holds(group, named[:1])), mine)
                done += self._within(inside, {edge for edge in mine if edge <= inside})
                done += self._within(one - inside, {edge for edge in mine if not edge & inside})
            else:
                left = {group for group in one if self._holds(group, many)}
                done += [{group} for group in left]
                done += self._within(one - left, {edge for edge in mine if not edge & left})
        return done

    def _rings(self, centre: Group, edges: Edges) -> set[Group]:
        inside, met, ring = {centre}, {centre}, {centre}
        while ring:
            ring = _beside(ring, edges) - met
            met |= ring
            many = self._too_many(inside | ring)
            ring = {group for group in ring if not self._holds(group, many)}
            inside |= ring
        return inside

    def _holds(self, group: Group, kinds: Iterable[str]) -> bool:
        return any(self.world.kinds[node] in kinds for node in group)

    def _too_many(self, groups: set[Group]) -> list[str]:
        held = Counter(self.world.kinds[node] for group in groups for node in group)
        return [kind for kind, number in held.items() if number > self.definition.by_kind[kind].per_person]


def _beside(groups: set[Group], edges: Edges) -> set[Group]:
    return {end for edge in edges if edge & groups for end in edge}


def _clusters(groups: set[Group], edges: Edges) -> list[set[Group]]:
    left, found = set(groups), []
    while left:
        one: set[Group] = set()
        reached = {left.pop()}
        while reached:
            one |= reached
            reached = _beside(reached, edges) - one
        found.append(one)
        left -= one
    return found


def _nearest(sources: set[Group], edges: Edges) -> dict[Group, Group | str]:
    whose: dict[Group, Group | str] = {source: source for source in sources}
    last = set(sources)
    while last:
        reached = {group: {whose[end] for end in _beside({group}, edges) & last} for group in _beside(last, edges)}
        new = {group: from_ for group, from_ in reached.items() if group not in whose}
        whose |= {group: from_.pop() if len(from_) == 1 else "between" for group, from_ in new.items()}
        last = {group for group in new if whose[group] != "between"}
    return whose


def _follow(
    world: World,
    definition: IdentityDefinition,
    together: Counter[Pair],
    person: dict[int, int],
    weak: set[int],
) -> dict[int, str | int]:
    whom: dict[int, Counter[int]] = defaultdict(Counter)
    for (a, b), rows in together.items():
        for node, other in ((a, b), (b, a)):
            if node in weak and other in person:
                whom[node][person[other]] += rows
    answer: dict[int, str | int] = dict.fromkeys(weak, "floating")
    alone = {node: found.most_common(1)[0] for node, found in whom.items() if len(found) == 1}
    for node, (one, rows) in alone.items():
        code = world.kinds[node]
        as_strong = [1 for other, (two, more) in alone.items() if two == one and more >= rows
                     and world.kinds[other] == code]  # fmt: skip
        if len(as_strong) <= definition.by_kind[code].per_person:
            answer[node] = one
    return answer
