"""imported: values of a file or a database query, each with the time it is valid.

Of the rows of a subject that are valid at as_of the one with the latest valid_from counts, of equals that of the later
file, and of equals in one file the smallest value: the order of rows never matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.connectors.base import ReadSpec
from huaxiang.connectors.definition import read_of
from huaxiang.connectors.places import leaves
from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import COLUMN_TYPES, Column, Type
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.words import Words

SUBJECT = "subject"
"""What `by` says instead of a kind of identifier when the file holds customer ids."""


@dataclass(frozen=True)
class Imported:
    """A checked imported tag: what is read, and which columns hold whose value it is, the value, and when it holds."""

    read: ReadSpec
    kind: Text
    by: Text
    value: Text
    valid_from: Text | None
    valid_to: Text | None
    formats: tuple[str, ...]
    type: Type

    @property
    def columns(self) -> tuple[Text, ...]:
        """Every column that is read."""
        return tuple(each for each in (self.by, self.value, self.valid_from, self.valid_to) if each)

    @property
    def within(self) -> bool:
        """Whether it reads files of the project, and neither a database nor a folder outside."""
        return self.read.kind not in ("sql", "door") and not leaves(self.read.target)

    @property
    def needs(self) -> frozenset[str]:
        """It rests on its file alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """What is read, and its columns."""
        options = "".join(f" {name}={value}" for name, value in sorted(self.read.options.items()))
        valid = [f"{word} {text}" for word, text in (("from", self.valid_from), ("to", self.valid_to)) if text]
        parts = [f"imported {self.value} of {self.read.target}{options} by {self.kind} {self.by}"]
        parts += [f"valid {' '.join(valid)}"] if valid else []
        parts += [f"format {' | '.join(self.formats)}"] if self.formats else []
        return " ".join([*parts, f"as {self.type.value}"])

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the staged value; it may begin or end to be valid at any time."""
        planner.restless()
        return planner.stored()

    def rests(self) -> None:
        """Rest on no facts."""

    def words(self, naming: Naming) -> Words:
        """Return e.g. “data/levels.csv 中的 level 列，以 phone 对应客户”."""
        en, zh = f"{self.value} as {self.read.target} has it", f"{self.read.target} 中的 {self.value} 列"
        if self.valid_from or self.valid_to:
            return Words(f"{en}, the value valid at the as-of time", f"{zh}，取基准时刻有效的值")
        return Words(en, zh)


@dataclass(frozen=True)
class Body:
    """An imported tag as written; nothing of it needs the model."""

    meaning: Imported

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning:
        """Return the meaning; whether the columns are there is known when the file is opened (inputs/)."""
        return self.meaning


def parse(fields: Fields, faults: Faults) -> Body | None:
    """Read imported: {read, by, value, valid_from, valid_to, format, type}."""
    node = fields.node_of("imported", required=True) or Node(None)
    inner = Fields(node, "imported", faults)
    read, by, value = _table(inner), inner.text_map("by", required=True), inner.text("value", required=True)
    valid_from, valid_to, formats = inner.text("valid_from"), inner.text("valid_to"), inner.texts("format")
    type_ = inner.choice("type", [each.value for each in COLUMN_TYPES], Type.TEXT.value)
    inner.finish()
    if len(by) > 1:
        faults.add(node.place, "by takes one kind of identifier and its column", "by 只能写一种标识及其所在的列")
    if read is None or len(by) != 1 or value is None:
        return None
    ((kind, column),) = by.items()
    given = tuple(each.text for each in formats)
    return Body(Imported(read, Text(kind, column.place), column, value, valid_from, valid_to, given, Type(type_)))


def _table(fields: Fields) -> ReadSpec | None:
    found = read_of(fields)
    if found is None:
        return None
    reader, spec = found
    if reader.layout != "columns":
        en, zh = "values are imported from a table, not from JSON", "导入的取值应来自表格，不能是 JSON"
        fields.faults.add(fields.node.mapping["read"].place, en, zh)
        return None
    return spec


KIND = Kind(
    "imported",
    "imported",
    Words("values from a file or table, with validity", "从文件或数据库导入的取值，可带有效期"),
    parse,
    (
        Column("file", Type.TEXT, Words("file", "文件")),
        Column("row", Type.INTEGER, Words("row", "行")),
        Column("valid_from", Type.TIME, Words("valid from", "生效时间")),
        Column("valid_to", Type.TIME, Words("valid until", "失效时间")),
    ),
)
