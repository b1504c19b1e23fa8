"""Why a customer is one: identifiers, what was seen together where, what was not trusted, and merges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from huaxiang.clean.normalise.base import masked as mask
from huaxiang.errors import MasterKeyError
from huaxiang.identify.explain import IdentityExplained, Link, explain_identity
from huaxiang.read.current import CurrentBuild
from huaxiang.read.masks import personal_values
from huaxiang.read.showing import local
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import LINK_STATES, OTHERS, REASONS, WHOSE, kind_words, source_words, term
from huaxiang.words import Words

SHOWN = 60
"""At most so many identifiers are drawn; how many there are is always said."""


@dataclass(frozen=True)
class Node:
    """One identifier: a number of its own on this page, its kind, in how many rows it was seen, what became of it.

    `masked` is its value, masked; "" when the vault has none or the key is missing. `state` is "joined", "set_aside" or
    "others", another customer's; `why` says of the last two why. `people`: with how many it was seen at least.
    """

    place: int
    kind: str
    words: Words
    masked: str
    rows: int
    state: str
    why: Words | None = None
    people: int = 0


@dataclass(frozen=True)
class Evidence:
    """Two identifiers (their places) that were seen together in one source: where most often, in how many rows of how
    many files in all, and whether it counts; where it was refused, whose a row with both is."""

    a: int
    b: int
    state: str
    state_words: Words
    source_words: Words
    file: str
    row: int
    rows: int
    files: int
    whose: Words | None = None


@dataclass(frozen=True)
class MergeSeen:
    """Another customer became part of this one (or this one part of another), and the reason."""

    from_id: str
    into_id: str
    at: datetime
    build: int
    reason: Words
    source_words: Words | None
    file: str
    row: int | None


@dataclass(frozen=True)
class IdentityShown:
    """Everything that says why a customer is one; `identifiers` counts those that are theirs."""

    nodes: tuple[Node, ...]
    evidence: tuple[Evidence, ...]
    merges: tuple[MergeSeen, ...]
    identifiers: int
    rows: int


def identity(current: CurrentBuild, subject: int) -> IdentityShown:
    """Explain one customer's identity. Raises NotFound when there is no such customer."""
    told = explain_identity(current.engine, subject, merges="merges")
    nodes = _nodes(current, told, _values(current, subject))
    return IdentityShown(
        tuple(nodes.values()),
        _evidence(current, told.links, nodes),
        _merges(current, told),
        len(told.identifiers),
        sum(link.rows for link in told.links if link.state in ("joined", "weak")),
    )


def _values(current: CurrentBuild, subject: int) -> dict[int, str]:
    """Return the masked value of each of a customer's identifiers, by its number."""
    try:
        values = personal_values(current, [subject])[subject]
        blind = current.secrets.blind()
    except MasterKeyError:
        return {}
    found: dict[int, str] = {}
    for kind in current.project.identity.by_kind:
        known = values.get(kind, [])
        for value, (node, _) in zip(known, blind.many(kind, known).tolist(), strict=True):
            found[node] = mask(value)
    return found


def _nodes(current: CurrentBuild, told: IdentityExplained, masked: dict[int, str]) -> dict[int, Node]:
    nodes: dict[int, Node] = {}
    for each in told.identifiers[:SHOWN]:
        words = kind_words(current.project, each.kind)
        shown = masked.get(each.node, "")
        nodes.setdefault(each.node, Node(len(nodes), each.kind, words, shown, each.rows, "joined"))
    for other in told.others[:SHOWN]:
        words = kind_words(current.project, other.kind)
        nodes.setdefault(other.node, Node(len(nodes), other.kind, words, "", other.rows, "others", OTHERS))
    for aside in told.set_aside:
        words, why = kind_words(current.project, aside.kind), term(REASONS, aside.reason)
        nodes.setdefault(
            aside.node, Node(len(nodes), aside.kind, words, "", aside.rows, "set_aside", why, aside.people)
        )
    return nodes


def _evidence(current: CurrentBuild, links: Sequence[Link], nodes: dict[int, Node]) -> tuple[Evidence, ...]:
    groups: dict[tuple[int, int, str, str], list[Link]] = {}
    for link in links:
        if link.a in nodes and link.b in nodes:
            key = (min(link.a, link.b), max(link.a, link.b), link.source, link.state)
            groups.setdefault(key, []).append(link)
    found = []
    for group in groups.values():
        first = group[0]
        found.append(
            Evidence(
                nodes[first.a].place,
                nodes[first.b].place,
                first.state,
                term(LINK_STATES, first.state),
                source_words(current.project, first.source),
                current.files.get(first.part, ""),
                first.source_row,
                sum(link.rows for link in group),
                len({link.part for link in group}),
                WHOSE.get(first.whose),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.state != "joined", -each.rows)))


def _merges(current: CurrentBuild, told: IdentityExplained) -> tuple[MergeSeen, ...]:
    return tuple(
        MergeSeen(
            encode_subject(merge.from_subject),
            encode_subject(merge.into_subject),
            local(merge.at, current.project.zone),
            merge.build,
            term(REASONS, merge.reason),
            source_words(current.project, merge.source) if merge.source else None,
            current.files.get(merge.part or 0, ""),
            merge.source_row,
        )
        for merge in told.merges
    )
