"""segments/*.yaml as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from huaxiang.definitions.fields import CODE, Fields, Text
from huaxiang.definitions.nodes import Faults, Node, Place
from huaxiang.library.include import entries
from huaxiang.tag.definition import Tag, parse_hidden
from huaxiang.words import Words, nearest


@dataclass(frozen=True)
class ByCondition:
    """Everybody for whom a condition over tags holds; `locals` are statistics of this segment alone, by name."""

    where: Text
    locals: tuple[tuple[str, Tag], ...] = ()


@dataclass(frozen=True)
class ByList:
    """Everybody whose identifier of one kind stands in a file."""

    file: Text
    identifier: Text


@dataclass(frozen=True)
class BySegments:
    """Combined from other segments: in one of `union`, in all of `intersect`, in none of `without`."""

    union: tuple[Text, ...]
    intersect: tuple[Text, ...]
    without: tuple[Text, ...]


@dataclass(frozen=True)
class Segment:
    """One segment as written."""

    code: str
    name: Words
    category: str
    meaning: Words
    owner: str
    body: ByCondition | ByList | BySegments
    place: Place
    sound: bool = True
    """False when reading it showed faults: then it only stands for its name."""


_FORMS = ("where", "list", "union", "intersect", "except")


def parse_segments(nodes: Iterable[Node], faults: Faults) -> list[Segment]:
    """Return the segments of the given entries, includes resolved; a project's own wins over an included one.

    One with faults is among them, not `sound`; so is one of a code that is taken, after all others.
    """
    found: dict[str, Segment] = {}
    twins: list[Segment] = []
    for entry in entries("segments", nodes, "segment", faults):
        segment = _segment(entry.node, faults)
        if segment is None:
            continue
        before = found.setdefault(segment.code, segment)
        if before is not segment and entry.own:
            faults.add(
                segment.place,
                f"segment {segment.code!r} is defined twice: also at {before.place.file}:{before.place.line}",
                f"人群“{segment.code}”重复定义：另一处在 {before.place.file}:{before.place.line}",
            )
            twins.append(replace(segment, sound=False))
    return [*found.values(), *twins]


def _segment(node: Node, faults: Faults) -> Segment | None:
    own = Faults()
    found = _parsed(node, own)
    faults.take(own)
    return replace(found, sound=False) if found and own.found else found


def _parsed(node: Node, faults: Faults) -> Segment | None:
    fields = Fields(node, "segment", faults)
    if not node.mapping:
        return None
    code = fields.code("segment")
    name, category = fields.words("name", code), fields.text("category")
    meaning, owner = fields.words("meaning", ""), fields.text("owner")
    body = _body(fields, code, faults)
    fields.finish()
    if not code:
        return None
    path, who = category.text if category else "", owner.text if owner else ""
    return Segment(code, name, path, meaning, who, body or BySegments((), (), ()), node.place)


def _body(fields: Fields, code: str, faults: Faults) -> ByCondition | ByList | BySegments | None:
    if "where" in fields:
        locals_ = tuple(_locals(fields, code, faults))
        where = fields.text("where", required=True)
        return ByCondition(where, locals_) if where else None
    if "list" in fields:
        file, identifier = fields.text("list", required=True), fields.text("identifier", required=True)
        return ByList(file, identifier) if file and identifier else None
    union, intersect, without = (fields.texts(key) for key in ("union", "intersect", "except"))
    if union or intersect or without:
        return BySegments(union, intersect, without)
    others = ("segment", "name", "category", "meaning", "owner", *_FORMS)
    unknown = next((key for key in fields.node.mapping if key not in others and nearest(key, _FORMS)), None)
    fields.take("with", "identifier", *([unknown] if unknown else []))
    faults.add(
        fields.place,
        f"segment {code!r} needs one of {', '.join(_FORMS)}",
        f"人群“{code}”需要 {'、'.join(_FORMS)} 之一",
        word=unknown,
        known=_FORMS,
    )
    return None


def _locals(fields: Fields, code: str, faults: Faults) -> Iterable[tuple[str, Tag]]:
    for name, node in fields.mapping("with").items():
        if not CODE.fullmatch(name):
            faults.add(
                node.place,
                f"{name!r} is not a name: lower-case letters, digits and underscores",
                f"“{name}”不是合法名称：应为小写字母、数字和下划线",
            )
        yield name, parse_hidden(f"{code}:{name}", node, faults)
