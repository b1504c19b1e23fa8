"""identity.yaml → which kinds of identifiers join people, how far, and which values never do, or do all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from huaxiang.definitions.fields import CODE, Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.definitions.patterns import Patterns, pattern_fault
from huaxiang.words import Words

IDENTITY_VERSION = 2
"""Raise it when the rules of who is who change, so that the next build finds everybody anew."""

SHARED_BY = 3
"""An identifier seen with more people than this is set aside, where identity.yaml does not say otherwise."""


class Trust(StrEnum):
    """How far an identifier is trusted: a certain one joins people, a weak one follows a person at most."""

    CERTAIN = "certain"
    WEAK = "weak"


@dataclass(frozen=True)
class IdentifierKind:
    """One kind of identifier: how many of it a person may have, and with how many people one may be seen."""

    kind: str
    words: Words
    trust: Trust
    per_person: int
    shared_by: int = SHARED_BY

    @property
    def certain(self) -> bool:
        """Whether identifiers of this kind join people."""
        return self.trust is Trust.CERTAIN

    @property
    def names_a_person(self) -> bool:
        """Whether two different values of this kind are two different people."""
        return self.certain and self.per_person == 1


@dataclass(frozen=True)
class IdentityDefinition:
    """identity.yaml: the kinds in order of priority, and the patterns of values that never join.

    What holds the place of a value never joins either (clean/normalise/fillers.py), except what `allow` says.
    """

    kinds: tuple[IdentifierKind, ...]
    never: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    region: str = "CN"
    """Of the project: whose phone numbers are written without their country's code."""

    @cached_property
    def by_kind(self) -> Mapping[str, IdentifierKind]:
        """Every kind by its code, in order of priority."""
        return {each.kind: each for each in self.kinds}

    def priority(self, kind: str) -> int:
        """Return the place of a kind: 0 comes first; a kind that is not defined comes last."""
        return next((place for place, each in enumerate(self.kinds) if each.kind == kind), len(self.kinds))

    def joinable(self, value: str) -> bool:
        """Whether a normalised value may join: not empty, and not wholly one of `never` (in any case)."""
        return bool(value) and not self._patterns.holds(value)

    @cached_property
    def _patterns(self) -> Patterns:
        return Patterns(self.never)


def parse_identity(node: Node, faults: Faults) -> IdentityDefinition:
    """Return what identity.yaml defines; what is wrong with it goes to `faults`, and the rest is still returned."""
    fields = Fields(node, Words("identity", "identity.yaml "), faults)
    found = fields.mapping("identifiers", required=True)
    kinds = tuple(_kind(code, each, faults) for code, each in found.items())
    if found and all(each.mapping.get("trust") == Node(Trust.WEAK.value) for each in found.values()):
        faults.add(
            fields.node.mapping["identifiers"].place,
            "no kind of identifier is certain: nobody could be recognised",
            "没有任何 certain（确定）的标识：无法识别出任何人",
        )
    never = _patterns(fields.texts("never"), faults)
    allow = _patterns(fields.texts("allow"), faults)
    fields.finish()
    return IdentityDefinition(kinds, never, allow)


def _patterns(texts: tuple[Text, ...], faults: Faults) -> tuple[str, ...]:
    found = (_pattern(text, faults) for text in texts)
    return tuple(pattern for pattern in found if pattern is not None)


def _kind(code: str, node: Node, faults: Faults) -> IdentifierKind:
    if not CODE.fullmatch(code):
        faults.add(
            node.place,
            f"{code!r} is not a code: lower-case letters, digits and underscores, a letter first",
            f"“{code}”不是合法编码：应为小写字母、数字和下划线，并以字母开头",
        )
    fields = Fields(node, Words(f"identifier {code}", f"标识 {code} "), faults)
    fields.node_of("trust", required=True)
    trust = fields.choice("trust", [each.value for each in Trust], Trust.WEAK)
    fields.node_of("per_person", required=True)
    per_person = _at_least_one(fields, "per_person", 1)
    shared_by = _at_least_one(fields, "shared_by", SHARED_BY)
    words = fields.words("name", code)
    fields.finish()
    return IdentifierKind(code, words, Trust(trust), per_person, shared_by)


def _at_least_one(fields: Fields, key: str, default: int) -> int:
    number = fields.integer(key, default)
    if number >= 1:
        return number
    fields.faults.add(fields.node.mapping[key].place, f"{key} must be 1 or more", f"{key} 至少为 1")
    return default


def _pattern(text: Text, faults: Faults) -> str | None:
    words = pattern_fault(text.text)
    if words is None:
        return text.text
    faults.add(text.place, words.en, words.zh)
    return None
