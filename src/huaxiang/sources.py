"""Sources: where data comes from, how its columns map onto the model, what identifies people in it, what is personal.

Enters: sources/*.yaml as nodes. Leaves: frozen Source definitions, shared by the stages collect and clean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from huaxiang.connectors.base import Layout, Reader, ReadSpec
from huaxiang.connectors.confined import confined
from huaxiang.connectors.definition import read_of
from huaxiang.connectors.door import KIND, bound
from huaxiang.connectors.readers import READERS
from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node, Place
from huaxiang.genders import GENDERS, Genders
from huaxiang.inbox.door import Door
from huaxiang.missing import AS_AROUND, BLANK_WORDS, Missing, parse_missing
from huaxiang.model import COMMON, FactTable, Model
from huaxiang.words import Words, nearest


@dataclass(frozen=True)
class Mapped:
    """What one column of a fact is made of: an expression over the source's columns, and how its texts are written."""

    value: Text
    formats: tuple[str, ...] = ()
    missing: Missing = AS_AROUND


@dataclass(frozen=True)
class Lookup:
    """A reference table beside a source: rows whose `key` equals the source's column `on` lend it their columns.

    An expression names them with the lookup's name in front: products.department.
    """

    name: str
    read: ReadSpec
    key: str
    on: str

    def fingerprint(self, root: Path) -> str:
        """Return a hash of its content. Raises ReadError when it cannot be read."""
        reader = reader_of(self.read)
        return ",".join(reader.fingerprint(self.read, root, part) for part in reader.parts(self.read, root, None))


@dataclass(frozen=True)
class Source:
    """One source. `identifiers` and `personal` are (kind, expression); `key` names columns of the fact table."""

    code: str
    place: Place
    words: Words
    channel: str
    read: ReadSpec
    layout: Layout
    rows: str | None
    into: FactTable
    identifiers: tuple[tuple[str, Text], ...]
    personal: tuple[tuple[str, Text], ...]
    columns: Mapping[str, Mapped]
    key: tuple[str, ...]
    required: tuple[str, ...]
    reject: tuple[Text, ...]
    lookups: tuple[Lookup, ...]
    definition: str
    sound: bool = True
    """False when reading it showed faults: then it is only there to have the rest of it judged."""
    unsure: tuple[str, ...] = ()
    """Of a source that is not sound: lookups that could not be read, whose columns nobody knows."""
    missing: Missing = AS_AROUND
    blanks: frozenset[str] = BLANK_WORDS
    """The words for no value in its columns: the project's with what `missing` changes."""
    genders: Genders = GENDERS
    declared_currency: Text | None = None
    declared_region: Text | None = None
    currency: str = "CNY"
    """In which its amounts are written (ISO 4217): the project's where it declares none."""
    region: str = "CN"
    """Whose phone numbers are written without a country's code (ISO 3166): the project's where it declares none."""

    def hash(self, *context: object) -> str:
        """Return a hash that changes when the definition or what it depends on (`context`) changes."""
        text = json.dumps([self.definition, *context], sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def parse_source(node: Node, model: Model, faults: Faults) -> Source | None:
    """Return the source a node defines, not `sound` when it has faults (all noted); None when it is no mapping."""
    own = Faults()
    found = _parsed(node, model, own)
    faults.take(own)
    return replace(found, sound=False) if found and own.found else found


def _parsed(node: Node, model: Model, faults: Faults) -> Source | None:
    fields = Fields(node, Words("a source", "来源"), faults)
    if not node.mapping:
        return None
    code = fields.code("source")
    words = fields.words("name", code)
    channel = fields.text("channel")
    read = read_of(fields)
    lookups = _lookups(fields)
    table = _table(fields, model)
    identifiers = _kinds(fields, "identifiers")
    personal = _kinds(fields, "personal")
    columns = _columns(fields, table)
    named = _named(fields, table)
    key = _known_columns(fields, "key", [*named, *fields.mapping("identifiers")])
    required = _known_columns(fields, "required", [*named, *fields.mapping("identifiers")])
    reject = fields.texts("reject")
    missing = parse_missing(fields, "missing")
    currency, region = fields.text("currency"), fields.text("region")
    fields.finish()
    wanted = table if table and fields.node.mapping.get("columns") else _NO_TABLE
    for name in wanted.required:
        if name not in columns:
            faults.add(
                fields.place,
                f"source {code!r} must map {name!r}, which every fact of {wanted.name} has",
                f"来源“{code}”必须映射“{name}”，{wanted.name} 的每条事实都要有它",
            )
    # Without a reader or a table there still is what the expressions say.
    spec = read[1] if read else UNREAD
    layout: Layout = read[0].layout if read else "columns"
    table, rows = table or _NO_TABLE, spec.options.get("rows")
    definition = json.dumps(node.plain(), sort_keys=True, ensure_ascii=False)
    return Source(
        code, node.place, words, channel.text if channel else code, spec, layout, str(rows) if rows else None, table,
        identifiers, personal, columns, key, tuple(dict.fromkeys((*table.required, *key, *required))), reject,
        lookups, definition,
        unsure=tuple(name for name in fields.mapping("lookups") if name not in {each.name for each in lookups}),
        missing=missing, blanks=missing.over(BLANK_WORDS), declared_currency=currency, declared_region=region,
    )  # fmt: skip


UNREAD = ReadSpec("", "")
"""What stands for a `read` with faults: what columns there are is not known then."""
_NO_TABLE = FactTable("", Words("", ""), {}, ())


def _lookups(fields: Fields) -> tuple[Lookup, ...]:
    found = []
    for name, node in fields.mapping("lookups").items():
        inner = Fields(node, Words("a lookup", "对照表"), fields.faults)
        read, key, on = read_of(inner), inner.text("key", required=True), inner.text("on")
        inner.finish()
        if read is not None and key is not None:
            found.append(Lookup(name, read[1], key.text, on.text if on else key.text))
            if read[0].layout == "document":
                inner.faults.add(inner.place, "a lookup must be a table, not JSON", "对照表应是表格文件，不能是 JSON")
    return tuple(found)


def _table(fields: Fields, model: Model) -> FactTable | None:
    into = fields.text("into", required=True)
    if into is None:
        return None
    table = model.facts.get(into.text)
    if table is None:
        fields.faults.add(
            into.place, f"there is no fact table {into.text!r}", f"没有“{into.text}”这张事实表",
            word=into.text, known=model.facts,
        )  # fmt: skip
    return table


def _kinds(fields: Fields, key: str) -> tuple[tuple[str, Text], ...]:
    found = []
    for kind, node in fields.mapping(key).items():
        for item in node.items:
            if isinstance(item.value, str):
                found.append((kind, Text(item.value, item.place)))
            else:
                fields.faults.add(item.place, f"{kind} must name a column", f"“{kind}”应写出列名")
    return tuple(found)


def _columns(fields: Fields, table: FactTable | None) -> dict[str, Mapped]:
    found = {}
    for name, node in fields.mapping("columns", required=True).items():
        known = {"occurred_at": 0, "channel": 0} | (dict(table.columns) if table else {})
        if table is not None and name not in known:
            fields.faults.add(
                node.place, f"{table.name} has no column {name!r}", f"{table.name} 没有“{name}”这一列",
                word=name, known=known,
            )  # fmt: skip
        mapped = _mapped(node, fields.faults)
        if mapped is not None:
            found[name] = mapped
    return found


def _named(fields: Fields, table: FactTable | None) -> list[str]:
    """Return the columns that `columns` names, those too that mistyped names were meant to be."""
    written, known = list(fields.node.mapping.get("columns", Node({})).mapping), list(table.types if table else ())
    meant = [nearest(name, known) for name in written if name not in known]
    return [*written, *(name for name in meant if name)]


def _mapped(node: Node, faults: Faults) -> Mapped | None:
    if not isinstance(node.value, Mapping):
        if node.value is None or isinstance(node.value, tuple):
            faults.add(
                node.place, "a column is a text or {value: …, format: …}", "列应是一段文本或 {value: …, format: …}"
            )
            return None
        return Mapped(Text(str(node.value) if node.text is None else node.text, node.place))
    inner = Fields(node, Words("a column", "列"), faults)
    value = inner.text("value", required=True)
    formats = inner.texts("format")
    missing = parse_missing(inner, "missing")
    inner.finish()
    return Mapped(value, tuple(each.text for each in formats), missing) if value else None


def _known_columns(fields: Fields, key: str, columns: Sequence[str]) -> tuple[str, ...]:
    found = fields.texts(key)
    # Without columns there is nothing to judge by.
    for each in found if fields.node.mapping.get("columns") else ():
        if each.text not in columns:
            fields.faults.add(
                each.place,
                f"{key} names {each.text!r}, which `columns` does not map",
                f"{key} 提到的“{each.text}”没有在 columns 里映射",
                word=each.text,
                known=columns,
            )
    return tuple(each.text for each in found)


RESERVED = frozenset(COMMON) | {"subject", "fact_id", "part", "source_row", "item", "recorded_at"}
"""Names a project's own fact columns may not take."""


def reader_of(spec: ReadSpec) -> Reader:
    """Return the reader of a specification that was made by `reader_for`."""
    return confined(next(reader for reader in READERS if reader.kind == spec.kind))


@dataclass(frozen=True)
class Bindings:
    """What sources of doors need of their project: the doors by code, the inbox's file, and the project's id."""

    doors: Mapping[str, Door]
    inbox: Path
    project_id: str


def bound_source(source: Source, node: Node, bindings: Bindings, faults: Faults) -> Source:
    """Return a source ready to be read: one of a door knows its door then; that there is none is a fault."""
    if source.read.kind != KIND:
        return source
    door = bindings.doors.get(source.read.target)
    if door is None:
        read = node.mapping["read"]
        faults.add(
            read.mapping.get(KIND, read).place, f"there is no door {source.read.target!r}",
            f"没有“{source.read.target}”这个入口", word=source.read.target, known=bindings.doors,
        )  # fmt: skip
        return source
    return replace(source, read=bound(source.read, door, bindings.inbox, bindings.project_id))
