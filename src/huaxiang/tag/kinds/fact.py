"""fact: the latest known value a source stated, sources in order of priority.

Of two values stated at the same moment the smallest is taken, so that the order of rows never matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner, Rests, Selection
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say, selected
from huaxiang.words import Words


@dataclass(frozen=True)
class Fact:
    """A checked fact tag."""

    value: Expression
    selection: Selection
    sources: tuple[str, ...]

    @property
    def type(self) -> Type:
        """The type of what was stated."""
        return self.value.type

    @property
    def needs(self) -> frozenset[str]:
        """A fact rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """fact, from, where, window, sources."""
        sources = f" sources {', '.join(self.sources)}" if self.sources else ""
        return f"latest {self.value.canonical} {self.selection.text()}{sources}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the chosen value."""
        return planner.chosen(self.value, self.selection, self.sources)

    def rests(self) -> Rests:
        """Return the statements in which the value is known."""
        where = self.selection.where.names if self.selection.where else frozenset()
        return Rests(self.selection, tuple(sorted(self.value.names | where)), (self.value,))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “客户属性中最近的城市，来源优先级 crm、online”."""
        names = naming.columns(self.selection.table)
        value, base = say(self.value.tree, names), selected(self.selection, naming, names)
        order = ", ".join(self.sources)
        return Words(
            f"the latest known {value.en}, {base.en}" + (f"; sources in order of trust: {order}" if order else ""),
            f"{base.zh}中最近已知的{value.zh}" + (f"，来源优先级：{order}" if order else ""),
        )


@dataclass(frozen=True)
class Body:
    """A fact tag as written."""

    table: Text | None
    fact: Text | None
    sources: tuple[Text, ...]
    where: Text | None
    window: Span | None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check the selection and the value together."""
        facts, selection = checking.select(self.table, self.where, self.window)
        value = checking.over_facts(self.fact, facts)
        if selection is None or value is None:
            return None
        return Fact(value, selection, tuple(source.text for source in self.sources))


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from, fact, sources, where, window."""
    table, fact = fields.text("from", required=True), fields.text("fact", required=True)
    sources, where = fields.texts("sources"), fields.text("where")
    window = span(fields.text("window"), faults)
    return Body(table, fact, sources, where, window)


KIND = Kind("fact", "fact", Words("what a source stated", "来源陈述的事实"), parse)
