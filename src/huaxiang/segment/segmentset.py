"""All segments of a project, resolved and typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.segment.definition import ByCondition, ByList, BySegments, Segment
from huaxiang.sql.check import Expression
from huaxiang.sql.functions import Function
from huaxiang.sql.language import parse
from huaxiang.tag.definition import Tag
from huaxiang.tag.graph import name_circles, ordered
from huaxiang.tag.kinds.base import Checking
from huaxiang.tag.kinds.population import POPULATION, checked
from huaxiang.tag.tagset import TagSet, definition_hashes
from huaxiang.words import Words

IN_SEGMENT = "in_segment"
FUNCTIONS: Mapping[str, Function] = {
    **POPULATION,
    IN_SEGMENT: Function(IN_SEGMENT, ("text",), Type.BOOL, Words("belongs to another segment", "属于另一人群")),
}


@dataclass(frozen=True)
class SegmentSet:
    """The segments as written, their checked conditions, and an order in which each follows those it names.

    `hidden` holds the local statistics of all segments as tags, coded segment:name.
    """

    segments: Mapping[str, Segment]
    conditions: Mapping[str, Expression]
    order: tuple[str, ...]
    tagset: TagSet
    hidden: TagSet
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    """Codes that are defined, but with faults."""

    @staticmethod
    def check(segments: Sequence[Segment], tagset: TagSet, faults: Faults) -> SegmentSet:
        """Resolve and type the segments; every fault is noted, and a segment with one is left out of the answer."""
        by_code = {segment.code: segment for segment in segments}
        twins = [segment for segment in segments if by_code[segment.code] is not segment]
        named = {segment.code: list(_named(segment)) for segment in segments}
        for code, texts in named.items():
            _known(texts, by_code, faults)
            named[code] = [text for text in texts if text.text in by_code]
        needs = {code: tuple(dict.fromkeys(text.text for text in texts)) for code, texts in named.items()}
        order, circles = ordered(needs)
        bad = name_circles(circles, {code: segment.place for code, segment in by_code.items()}, faults)
        bad |= {code for code, segment in by_code.items() if not segment.sound}
        hidden = _hidden(segments, tagset, faults)
        conditions: dict[str, Expression] = {}
        check_one = _Conditions(tagset, hidden, faults)
        for code, segment in by_code.items():
            if isinstance(segment.body, ByCondition):
                condition = check_one.of(segment.body)
                if condition is None:
                    bad.add(code)
                elif code not in bad:
                    conditions[code] = condition
        for segment in twins:
            if isinstance(segment.body, ByCondition):
                check_one.of(segment.body)
        good = {code: segment for code, segment in by_code.items() if code not in bad}
        return SegmentSet(good, conditions, tuple(c for c in order if c in good), tagset, hidden, needs, frozenset(bad))

    def columns(self, code: str) -> dict[str, str]:
        """Return the names a segment's condition may use → the columns they are: tags, and its own statistics."""
        own = {tag.split(":", 1)[1]: tag for tag in self.hidden.tags if tag.split(":", 1)[0] == code}
        return {name: name for name in self.tagset.tags} | own


def segment_hash(code: str, segmentset: SegmentSet) -> str:
    """Return a hash that changes when the segment means something else, or anything it rests on does."""
    return segment_hashes(segmentset)[code]


def segment_hashes(segmentset: SegmentSet) -> dict[str, str]:
    """Return the hash of every segment."""
    found: dict[str, str] = {}
    tags, hidden = definition_hashes(segmentset.tagset), definition_hashes(segmentset.hidden)
    for code in segmentset.order:
        parts = [code if isinstance(segmentset.segments[code].body, ByList) else "", formula(code, segmentset)]
        condition, columns = segmentset.conditions.get(code), segmentset.columns(code)
        for name in sorted(condition.names) if condition else ():
            parts.append(f"{name}={hidden.get(columns[name]) or tags[columns[name]]}")
        parts += [f"{need}={found.get(need, '')}" for need in segmentset.needs[code]]
        found[code] = blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
    return found


def formula(code: str, segmentset: SegmentSet) -> str:
    """Return what decides who belongs, as one text."""
    body = segmentset.segments[code].body
    if isinstance(body, ByList):
        return f"list {body.file} by {body.identifier}"
    if isinstance(body, BySegments):
        parts = (("union", body.union), ("intersect", body.intersect), ("except", body.without))
        return " ".join(f"{word} {', '.join(text.text for text in texts)}" for word, texts in parts if texts)
    return segmentset.conditions[code].canonical


def check_condition(text: Text, tagset: TagSet, faults: Faults) -> Expression | None:
    """Check a condition over tags, with in_segment and the population's functions."""
    checking = Checking(tagset.model, tagset.known, faults, FUNCTIONS, tagset.values)
    return checked(checking, text, Type.BOOL)


class _Conditions:
    """Checks conditions over tags and the local statistics beside each."""

    def __init__(self, tagset: TagSet, hidden: TagSet, faults: Faults) -> None:
        self.hidden, self.faults = hidden, faults
        self.checking = Checking(tagset.model, tagset.known, faults, FUNCTIONS, tagset.values)

    def of(self, body: ByCondition) -> Expression | None:
        """Return the checked condition; None when it or one of its statistics has faults."""
        own: dict[str, Type] = {}
        meanings, tags = self.hidden.meanings, self.checking.tags
        for name, tag in body.locals:
            own[name] = meanings[tag.code].type if tag.code in meanings else Type.NULL
            if name in tags:
                self.faults.add(
                    tag.place,
                    f"{name!r} in with is also a tag: choose another name",
                    f"with 中的“{name}”与标签同名，请换一个名称",
                )
        values = {code: each for code, each in self.checking.values.items() if code not in own} if own else None
        checking = replace(
            self.checking, tags={**tags, **own}, values=self.checking.values if values is None else values
        )
        condition = checked(checking, body.where, Type.BOOL)
        return condition if all(tag.code in meanings for _, tag in body.locals) else None


def _hidden(segments: Sequence[Segment], tagset: TagSet, faults: Faults) -> TagSet:
    tags: list[Tag] = []
    for segment in segments:
        own = segment.body.locals if isinstance(segment.body, ByCondition) else ()
        for name, tag in own:
            if tag.kind.stored is not None or any(True for _ in tag.body.mentions()):
                faults.add(
                    tag.place,
                    f"{name!r} must be a statistic over facts; conditions over tags belong into where",
                    f"“{name}”应是对事实的统计；对标签的条件请写在 where 里",
                )
            else:
                tags.append(tag)
    return TagSet.check(tags, tagset.model, faults)


def _named(segment: Segment) -> Iterator[Text]:
    body = segment.body
    if isinstance(body, BySegments):
        yield from (*body.union, *body.intersect, *body.without)
    if isinstance(body, ByCondition):
        tree = parse(body.where, Faults())
        for call in tree.find_all(exp.Anonymous) if tree else ():
            if str(call.this).lower() == IN_SEGMENT:
                for argument in call.expressions:
                    yield Text(argument.name, body.where.place)


def _known(texts: Sequence[Text], segments: Mapping[str, Segment], faults: Faults) -> None:
    for text in texts:
        if text.text not in segments:
            faults.add(
                text.place,
                f"there is no segment {text.text!r}",
                f"没有人群“{text.text}”",
                word=text.text,
                known=segments,
            )
