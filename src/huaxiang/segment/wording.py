"""Segments as sentences, in both languages: what decides who belongs, with tags and segments by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from huaxiang.segment.definition import ByList, BySegments
from huaxiang.tag.wording import say, segment_key
from huaxiang.words import Words

if TYPE_CHECKING:
    from huaxiang.definitions.fields import Text
    from huaxiang.segment.segmentset import SegmentSet


def names_in(segmentset: SegmentSet, code: str) -> Mapping[str, Words]:
    """Return what a segment's condition may name → its words: tags, its own statistics, other segments."""
    own = {name: segmentset.hidden.tags[tag].name for name, tag in segmentset.columns(code).items() if ":" in tag}
    others = {segment_key(other): segment.name for other, segment in segmentset.segments.items()}
    return {**segmentset.tagset.naming.tags, **others, **own}


def words_of(segmentset: SegmentSet, code: str) -> Words:
    """Return what decides who belongs, in words."""
    body = segmentset.segments[code].body
    if isinstance(body, ByList):
        return listed(body)
    if isinstance(body, BySegments):
        return _combined(segmentset, body)
    return say(segmentset.conditions[code].tree, names_in(segmentset, code))


def listed(body: ByList) -> Words:
    """Return in which list the members stand, in words."""
    return Words(f"listed in {body.file}", f"在名单 {body.file} 中")


def _combined(segmentset: SegmentSet, body: BySegments) -> Words:
    said = [
        Words(f"{en} {_joined(segmentset, texts, sign).en}", f"{zh}{_joined(segmentset, texts, sign).zh}")
        for texts, en, zh, sign in (
            (body.union, "belongs to", "属于人群", Words(" or ", "或")),
            (body.intersect, "belongs to", "同时属于人群", Words(" and ", "和")),
            (body.without, "does not belong to", "不属于人群", Words(" or ", "或")),
        )
        if texts
    ]
    return Words(", and ".join(each.en for each in said), "，且".join(each.zh for each in said))


def _joined(segmentset: SegmentSet, texts: Iterable[Text], sign: Words) -> Words:
    names = [segmentset.segments[text.text].name for text in texts]
    return Words(sign.en.join(name.en for name in names), sign.zh.join(f"“{name.zh}”" for name in names))
