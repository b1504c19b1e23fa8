"""All tags of a project, resolved and typed."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from huaxiang.definitions.nodes import Faults
from huaxiang.model import Model, Type
from huaxiang.tag.closed import closed_values
from huaxiang.tag.definition import Tag
from huaxiang.tag.graph import name_circles, names_in, ordered
from huaxiang.tag.inherit import inherited
from huaxiang.tag.kinds.base import Checking, Meaning, Naming
from huaxiang.tag.kinds.population import POPULATION
from huaxiang.tag.wording import value_key
from huaxiang.words import Words

FORMULA_VERSION = "3"
"""Part of every hash: raised when the compiler's meaning of a definition changes."""


@dataclass(frozen=True)
class TagSet:
    """The tags in the order they were written, what each means, and an order in which each follows what it needs."""

    tags: Mapping[str, Tag]
    meanings: Mapping[str, Meaning]
    order: tuple[str, ...]
    model: Model
    broken: frozenset[str] = frozenset()
    """Codes that are defined, but with faults."""

    @property
    def known(self) -> dict[str, Type]:
        """Every code that is defined → type; one with faults has every type, so that it causes no second fault."""
        return {**self.types, **dict.fromkeys(self.broken, Type.NULL)}

    @property
    def values(self) -> dict[str, Collection[str]]:
        """Code → every text it can be, for the tags of which that is certain."""
        found = {code: closed_values(tag, self.meanings[code]) for code, tag in self.tags.items()}
        return {code: values for code, values in found.items() if values is not None}

    @property
    def types(self) -> dict[str, Type]:
        """Code → type, in the order of the definitions."""
        return {code: self.meanings[code].type for code in self.tags}

    @property
    def naming(self) -> Naming:
        """The words of tags, their values and columns, for sentences."""
        names = {code: tag.name for code, tag in self.tags.items()}
        for code, tag in self.tags.items():
            names |= {value_key(code, value): words for value, words in tag.value_names.items()}
        return Naming(self.model, names)

    def words(self, code: str, naming: Naming | None = None) -> Words:
        """Return what a tag means, as a sentence; `naming` is that of the set, where many are asked for."""
        return self.meanings[code].words(replace(naming or self.naming, own=self.tags[code].value_names))

    @staticmethod
    def check(tags: Sequence[Tag], model: Model, faults: Faults) -> TagSet:
        """Resolve and type the tags; every fault is noted, and a tag with one is left out of the answer."""
        by_code = {tag.code: tag for tag in tags}
        twins = [tag for tag in tags if by_code[tag.code] is not tag]
        needs = {tag.code: names_in(tag.body.mentions()) & by_code.keys() for tag in tags}
        order, circles = ordered(needs)
        circular = name_circles(circles, {code: tag.place for code, tag in by_code.items()}, faults)
        meanings: dict[str, Meaning] = {}
        # A tag with a fault has every type, so that it causes no second fault in those that name it.
        types = dict.fromkeys(by_code, Type.NULL)
        values: dict[str, Collection[str]] = {}
        checking = Checking(model, types, faults, POPULATION, values)
        for code in order:
            tag = by_code[code]
            # What stands in a circle may still be wrong in itself.
            meaning = tag.body.check(checking)
            if meaning is None or code in circular or not tag.sound:
                continue
            meanings[code], types[code] = meaning, meaning.type
            closed = closed_values(tag, meaning)
            if closed is not None:
                values[code] = closed
        for tag in twins:
            tag.body.check(checking)
        good = {code: by_code[code] for code in by_code if code in meanings}
        broken = frozenset(by_code.keys() - good.keys())
        sound = tuple(code for code in order if code in good)
        return TagSet(inherited(good, meanings, sound, model), meanings, sound, model, broken)

    def tables_under(self, code: str) -> frozenset[str] | None:
        """Return the fact tables that a tag rests on, by itself and by the tags it needs; None when it cannot be told
        (a query of its own, values kept elsewhere).
        """
        found, rests = set[str](), [meaning.rests() for meaning in self._under(code) if not meaning.needs]
        if None in rests:
            return None
        todo = [each for each in (meaning.rests() for meaning in self._under(code)) if each]
        while todo:
            each = todo.pop()
            found.add(each.selection.table)
            todo.extend(each.more)
        return frozenset(found)

    def _under(self, code: str) -> Iterable[Meaning]:
        return self.closure([code]).meanings.values()

    def closure(self, codes: Iterable[str]) -> TagSet:
        """Return the set with only these tags and all they rest on."""
        wanted, todo = set[str](), list(codes)
        while todo:
            code = todo.pop()
            if code not in wanted:
                wanted.add(code)
                todo.extend(self.meanings[code].needs)
        return self.only(wanted)

    def only(self, codes: Container[str]) -> TagSet:
        """Return the set with these tags alone; what they rest on must then be known otherwise."""
        order = tuple(code for code in self.order if code in codes)
        tags = {code: tag for code, tag in self.tags.items() if code in codes}
        return TagSet(tags, {code: self.meanings[code] for code in order}, order, self.model, self.broken)


def definition_hash(code: str, tagset: TagSet) -> str:
    """Return a hash that changes when the tag computes something else, or anything it rests on does."""
    return definition_hashes(tagset.closure([code]))[code]


def definition_hashes(tagset: TagSet) -> dict[str, str]:
    """Return the hash of every tag's computation: names, words and layout of a definition do not count."""
    found: dict[str, str] = {}
    for code in tagset.order:
        meaning = tagset.meanings[code]
        parts = [FORMULA_VERSION, meaning.type.value, meaning.formula]
        parts += [f"{need}={found[need]}" for need in sorted(meaning.needs)]
        found[code] = blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
    return found
