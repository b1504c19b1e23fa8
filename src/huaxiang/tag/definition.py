"""tags/*.yaml as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, Node, Place
from huaxiang.library.include import entries
from huaxiang.tag.kinds import unread
from huaxiang.tag.kinds.base import Body, Kind
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.tag.metadata import PLAIN, Metadata, Sensitivity, parse_metadata
from huaxiang.words import Words, nearest

RESERVED = frozenset({"subject", "as_of", "else"})
"""Names no tag can have."""


class Dimension(StrEnum):
    """Which side of a customer a tag shows."""

    DEMOGRAPHIC = "demographic"
    BEHAVIOUR = "behaviour"
    PSYCHOLOGICAL = "psychological"
    SOCIAL = "social"
    LIFECYCLE = "lifecycle"


_BY_CATEGORY = {
    "人口": Dimension.DEMOGRAPHIC,
    "基础": Dimension.DEMOGRAPHIC,
    "基本": Dimension.DEMOGRAPHIC,
    "心理": Dimension.PSYCHOLOGICAL,
    "社交": Dimension.SOCIAL,
    "社会": Dimension.SOCIAL,
    "生命周期": Dimension.LIFECYCLE,
    "价值": Dimension.LIFECYCLE,
} | {dimension.value: dimension for dimension in Dimension}


@dataclass(frozen=True)
class Value:
    """How one value of a tag is shown: its words and colour."""

    value: str
    name: Words
    colour: str | None = None


@dataclass(frozen=True)
class Tag:
    """One tag as written: what people see of it, and its body, which a kind understands."""

    code: str
    name: Words
    category: str
    meaning: Words
    owner: str
    dimension: Dimension
    unit: Words
    format: str
    values: tuple[Value, ...]
    kind: Kind
    body: Body
    place: Place
    metadata: Metadata = PLAIN
    node: Node = field(default=Node(None), compare=False, repr=False)
    """The definition as written: what the registry keeps and the console edits."""
    sound: bool = field(default=True, compare=False)
    """False when reading it showed faults: then it only stands for its name."""
    companion: str = ""
    """The code of the tag that says how sure this one is, if its kind has one."""

    @property
    def value_names(self) -> dict[str, Words]:
        """The words that the definition gives values; a name that is only the value again says nothing."""
        return {each.value: each.name for each in self.values if {each.name.en, each.name.zh} != {each.value}}

    @property
    def sensitive(self) -> bool:
        """Whether its values are to be shown with care."""
        return self.metadata.sensitivity >= Sensitivity.SENSITIVE


def parse_tags(nodes: Iterable[Node], faults: Faults) -> list[Tag]:
    """Return the tags of the given entries (a file's list, or single entries), includes resolved.

    A project's own tag wins over an included one of the same code and takes its place. One with faults is among them,
    not `sound`; so is one of a code that is taken, after all others, so that what is wrong with it is told too.
    """
    found: dict[str, Tag] = {}
    twins: list[Tag] = []
    for entry in entries("tags", nodes, "tag", faults):
        for tag in _with_companion(_tag(entry.node, faults)):
            before = found.setdefault(tag.code, tag)
            if before is not tag and entry.own:
                faults.add(
                    tag.place,
                    f"tag {tag.code!r} is defined twice: also at {before.place.file}:{before.place.line}",
                    f"标签“{tag.code}”重复定义：另一处在 {before.place.file}:{before.place.line}",
                )
                twins.append(replace(tag, sound=False))
    return [*found.values(), *twins]


def _with_companion(tag: Tag | None) -> tuple[Tag, ...]:
    if tag is None:
        return ()
    made = tag.kind.companion
    if made is None:
        return (tag,)
    code = tag.code + made.suffix
    name = Words(made.words.en.format(tag.name.en), made.words.zh.format(tag.name.zh))
    none = Words("", "")
    second = replace(
        tag, code=code, name=name, meaning=none, unit=none, format=made.format, values=(),
        body=made.body(tag.body) if tag.sound else unread.Body(),
    )  # fmt: skip
    return replace(tag, companion=code), second


def parse_hidden(code: str, node: Node, faults: Faults) -> Tag:
    """Return a tag of another definition's own (a segment's local statistic): a body without name or category."""
    own = Faults()
    fields = Fields(node, code, own)
    kind, body = _read(fields, code, own)
    name = fields.words("name", code.rsplit(":", maxsplit=1)[-1])
    fields.finish()
    faults.take(own)
    none = Words("", "")
    sound = not own.found
    return Tag(code, name, "", none, "", Dimension.BEHAVIOUR, none, "", (), kind, body, node.place, sound=sound)


def _tag(node: Node, faults: Faults) -> Tag | None:
    own = Faults()
    found = _parsed(node, own)
    faults.take(own)
    return replace(found, sound=False) if found and own.found else found


def _parsed(node: Node, faults: Faults) -> Tag | None:
    fields = Fields(node, "tag", faults)
    if not node.mapping:
        return None
    code = fields.code("tag")
    if code in RESERVED:
        faults.add(node.place, f"{code!r} is reserved", f"“{code}”是保留字")
    kind, body = _read(fields, code, faults)
    category = fields.text("category")
    path = category.text if category else ""
    usual = kind.dimension or _dimension(path)
    dimension = fields.choice("dimension", [each.value for each in Dimension], usual)
    name, meaning = fields.words("name", code), fields.words("meaning", "")
    owner, unit, shape = fields.text("owner"), fields.words("unit", ""), fields.text("format")
    metadata, values = parse_metadata(fields, faults), _values(fields, faults)
    fields.finish()
    if not code:
        return None
    return Tag(
        code,
        name,
        path,
        meaning,
        owner.text if owner else "",
        Dimension(dimension),
        unit,
        shape.text if shape else "",
        values,
        kind,
        body,
        node.place,
        metadata,
        node,
    )


def _read(fields: Fields, code: str, faults: Faults) -> tuple[Kind, Body]:
    """Return the kind and the body; where either cannot be told, what stands for it, and every fault."""
    kind = _kind(fields, code, faults) if fields.node.mapping else None
    if kind is None:
        return unread.KIND, unread.parse(fields, faults)
    return kind, kind.parse(fields, faults) or unread.Body()


def _kind(fields: Fields, code: str, faults: Faults) -> Kind | None:
    found = [kind for kind in KINDS if kind.key in fields]
    if len(found) == 1:
        return found[0]
    keys, odd = ", ".join(kind.key for kind in KINDS), _odd(fields)
    # Which keys a tag of no kind may have nobody knows.
    fields.take(*(kind.key for kind in KINDS), "window", "per", "default", "sources", "type", *([odd] if odd else []))
    given = " + ".join(kind.key for kind in found)
    faults.add(
        fields.place,
        f"tag {code!r} must have exactly one of {keys}" + (f", not {given}" if found else ""),
        f"标签“{code}”必须且只能有 {keys} 之一" + (f"，不能同时有 {given}" if found else ""),
        word=odd,
        known=[kind.key for kind in KINDS],
    )
    return None


def _odd(fields: Fields) -> str | None:
    """Return the key that was most likely meant to say the kind."""
    known = {"tag", "name", "category", "meaning", "owner", "dimension", "unit", "format", "sensitive", "values"}
    known |= {"source", "period", "sensitivity", "legal_basis", "valid_from", "valid_to", "subject"}
    known |= {"from", "where", "window", "per", "default"} | {kind.key for kind in KINDS}
    keys = [kind.key for kind in KINDS]
    return next((key for key in fields.node.mapping if key not in known and nearest(key, keys)), None)


def _dimension(category: str) -> str:
    return _BY_CATEGORY.get(category.split("/", maxsplit=1)[0], Dimension.BEHAVIOUR).value


def _values(fields: Fields, faults: Faults) -> tuple[Value, ...]:
    node = fields.node_of("values")
    found = []
    for item in node.items if node else ():
        if not item.mapping:
            found.append(Value(str(item.value), Words(str(item.value), str(item.value))))
            continue
        inner = Fields(item, "value", faults)
        value, colour = inner.text("value", required=True), inner.text("colour")
        name = inner.words("name", value.text if value else "")
        inner.finish()
        if value:
            found.append(Value(value.text, name, colour.text if colour else None))
    return tuple(found)
