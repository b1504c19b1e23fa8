"""Which customers: values or ranges of tags, membership of a segment. As a URL writes it, as words, and as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from huaxiang.engine.duckdb import quoted
from huaxiang.errors import NotFound
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.showing import UNKNOWN, show_number, utc, worded
from huaxiang.read.terms import same
from huaxiang.segment.definition import Segment
from huaxiang.tag.definition import Tag
from huaxiang.words import Words

RANGE = ".."


@dataclass(frozen=True)
class TagIs:
    """Customers with this value of a tag.

    `value` is a value; "a..b" of a number or date is from a up to (not including) b, either may be left out; "" is
    unknown.
    """

    tag: str
    value: str


@dataclass(frozen=True)
class Filter:
    """Customers who meet every condition; an empty filter is everybody."""

    tags: tuple[TagIs, ...] = ()
    segment: str | None = None

    @property
    def empty(self) -> bool:
        """Whether it is everybody."""
        return not self.tags and self.segment is None

    def pairs(self) -> list[tuple[str, str]]:
        """Return it as the names and values of a URL's query."""
        pairs = [pair for each in self.tags for pair in (("tag", each.tag), ("value", each.value))]
        return [*pairs, ("segment", self.segment)] if self.segment else pairs

    def without(self, part: TagIs | None) -> Filter:
        """Return it without one of its tags, or (None) without its segment."""
        if part is None:
            return Filter(self.tags)
        return Filter(tuple(each for each in self.tags if each != part), self.segment)

    def with_tag(self, part: TagIs) -> Filter:
        """Return it with a tag's value in place of what it had for that tag."""
        return Filter((*(each for each in self.tags if each.tag != part.tag), part), self.segment)


def filter_of(pairs: Iterable[tuple[str, str]]) -> Filter:
    """Return the filter a URL's query says; what belongs to nothing is left out."""
    pairs = list(pairs)
    tags = [value for name, value in pairs if name == "tag"]
    values = [value for name, value in pairs if name == "value"]
    segment = next((value for name, value in pairs if name == "segment"), None)
    return Filter(tuple(TagIs(*each) for each in zip(tags, values, strict=False)), segment)


def condition(current: CurrentBuild, wanted: Filter, tags: str = "t") -> tuple[str, list[object]]:
    """Return the SQL condition of a filter over the table alias `tags`, and its parameters.

    Raises NotFound for a tag or segment that is not there, and for a value that is no value of the tag.
    """
    parts, parameters = [], list[object]()
    for each in wanted.tags:
        part, values = _tag(current, each, tags)
        parts.append(part)
        parameters += values
    if wanted.segment is not None:
        known_segment(current, wanted.segment)
        parts.append(f"{tags}.subject IN (SELECT subject FROM segment_members WHERE segment = ?)")
        parameters.append(wanted.segment)
    return " AND ".join(parts) or "true", parameters


def filter_words(current: CurrentBuild, part: TagIs) -> Words:
    """Return e.g. “生命周期：流失”."""
    tag, type_ = known_tag(current, part.tag), current.type_of(part.tag)
    if part.value == "":
        value = UNKNOWN
    elif RANGE in part.value and _ranged(type_):
        value = _range_words(current, tag, [_typed(each, type_) if each else None for each in _ends(part.value)])
    else:
        value = worded(_typed(part.value, type_), tag, type_, current.project)
    return Words(f"{tag.name.en}: {value.en}", f"{tag.name.zh}：{value.zh}")


def known_tag(current: CurrentBuild, code: str) -> Tag:
    """Return a tag of the build. Raises NotFound."""
    tag = current.tags.get(code)
    if tag is None:
        raise NotFound(Words(f"there is no tag {code!r} in this build", f"本次构建中没有标签“{code}”"))
    return tag


def known_segment(current: CurrentBuild, code: str) -> Segment:
    """Return a segment's definition. Raises NotFound."""
    segment = current.project.segments.segments.get(code)
    if segment is None or "segment_members" not in current.tables:
        raise NotFound(Words(f"there is no segment {code!r} in this build", f"本次构建中没有人群“{code}”"))
    return segment


def _tag(current: CurrentBuild, part: TagIs, tags: str) -> tuple[str, list[object]]:
    known_tag(current, part.tag)
    column, type_ = f"{tags}.{quoted(part.tag)}", current.type_of(part.tag)
    if part.value == "":
        empty = f" OR len({column}) = 0" if type_ is Type.TEXTS else ""
        return f"({column} IS NULL{empty})", []
    if type_ is Type.TEXTS:
        return f"list_contains({column}, ?)", [part.value]
    if RANGE in part.value and _ranged(type_):
        ends = [_typed(each, type_) if each else None for each in _ends(part.value)]
        zone = current.project.zone
        ends = [utc(each, zone) if isinstance(each, datetime) else each for each in ends]
        signs = zip((">=", "<"), ends, strict=True)
        parts = [(f"{column} {sign} ?", end) for sign, end in signs if end is not None]
        if not parts:
            return f"{column} IS NOT NULL", []
        return "(" + " AND ".join(sql for sql, _ in parts) + ")", [end for _, end in parts]
    if type_ is Type.TEXT:
        return f"CAST({column} AS VARCHAR) = ?", [part.value]
    return f"{column} = ?", [_typed(part.value, type_)]


def _ranged(type_: Type) -> bool:
    return type_.numeric or type_ in (Type.DATE, Type.TIME)


def _ends(value: str) -> Sequence[str]:
    low, _, high = value.partition(RANGE)
    return low, high


def _typed(text: str, type_: Type) -> Any:
    try:
        if type_ is Type.BOOL:
            return {"true": True, "false": False}[text.lower()]
        if type_ is Type.INTEGER:
            # A histogram's edge may fall between two whole numbers.
            return int(text) if text.lstrip("-").isdigit() else float(text)
        if type_ is Type.NUMBER:
            return float(text)
        if type_ is Type.MONEY:
            return Decimal(text)
        if type_ is Type.DATE:
            return date.fromisoformat(text[:10])
        if type_ is Type.TIME:
            return datetime.fromisoformat(text)
    except (KeyError, ValueError, InvalidOperation):
        raise NotFound(Words("this is no value of the tag", "这不是该标签的取值")) from None
    return text


def _range_words(current: CurrentBuild, tag: Tag, ends: Sequence[Any]) -> Words:
    """Return e.g. “¥200–¥400”, “20–24”, “2026-03”, “90 及以上”; the upper end does not belong to the range."""
    type_ = current.type_of(tag.code)
    low, high = ends
    if isinstance(low, date) and isinstance(high, date):
        return same(_calendar_words(low, high))
    if type_ is Type.INTEGER and isinstance(high, int):
        high -= 1
    texts = [None if end is None else _end_text(current, tag, type_, end) for end in (low, high)]
    if texts[0] is not None and texts[1] is not None:
        return same(texts[0] if texts[0] == texts[1] else f"{texts[0]}–{texts[1]}")
    if texts[0] is not None:
        return Words(f"{texts[0]} or more", f"{texts[0]} 及以上")
    if texts[1] is not None:
        whole = type_ is Type.INTEGER
        return Words(
            f"{texts[1]} or less" if whole else f"below {texts[1]}",
            f"{texts[1]} 及以下" if whole else f"{texts[1]} 以下",
        )
    return Words("known", "已知")


def _end_text(current: CurrentBuild, tag: Tag, type_: Type, end: Any) -> str:
    if isinstance(end, date):
        return f"{end:%Y-%m-%d}"
    return show_number(end, tag, type_, current.project)


def _calendar_words(low: date, high: date) -> str:
    # The last day that belongs to it; whole years and months are said as such.
    last = date(high.year, high.month, high.day) - timedelta(days=1)
    if low.day == 1 and high.day == 1:
        first, end = f"{low:%Y-%m}", f"{last:%Y-%m}"
        if low.month == 1 and high.month == 1:
            first, end = f"{low:%Y}", f"{last:%Y}"
        return first if first == end else f"{first}–{end}"
    return f"{low:%Y-%m-%d}–{last:%Y-%m-%d}"
