"""statistic: an aggregate expression over a subject's facts.

Its value is the expression over the facts selected, the empty set included: count is 0, the rest is unknown; an
unknown value becomes `default`. With `per` the facts of one value of that column (one order) are taken together:
count() is how many of these there are, count(x) how many know x, avg(x) their mean (the sum of x by that number),
mode(x) the value that stands in most of them; facts of which the column is unknown are left out. The other aggregates
are what they are without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner, Rests, Selection
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import measured, say, selected
from huaxiang.words import Words

_TOGETHER = ("count", "avg", "mode")
"""What is other where the facts of one order are taken together."""


@dataclass(frozen=True)
class Statistic:
    """A checked statistic."""

    value: Expression
    selection: Selection
    default: Expression | None

    @property
    def type(self) -> Type:
        """The expression's own type; an integer beside a fractional default is a number."""
        if self.default and self.value.type is Type.INTEGER:
            return self.default.type if self.default.type.numeric else Type.INTEGER
        return self.value.type

    @property
    def needs(self) -> frozenset[str]:
        """A statistic rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """value, from, where, window, default."""
        default = f" default {self.default.canonical}" if self.default else ""
        return f"{self.value.canonical} {self.selection.text()}{default}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the expression over the measures of families."""
        value = planner.statistic(self.value, self.selection)
        if self.default is None:
            return value
        return exp.Anonymous(this="coalesce", expressions=[value, planner.tags(self.default)])

    def rests(self) -> Rests:
        """Return the selected facts with the columns the expression reads."""
        where = self.selection.where.names if self.selection.where else frozenset()
        return Rests(self.selection, tuple(sorted(self.value.names | where)))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “近90天内，订单的去重订单号计数”."""
        names = naming.columns(self.selection.table)
        value, base = say(self.value.tree, names), selected(self.selection, naming, names)
        return measured(value, base, naming.model.facts[self.selection.table].words)


@dataclass(frozen=True)
class Body:
    """A statistic as written."""

    table: Text | None
    value: Text | None
    where: Text | None
    window: Span | None
    default: Text | None
    per: Text | None = None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check the selection, the expression and the default together."""
        facts, selection = checking.select(self.table, self.where, self.window, self.per)
        value = checking.over_facts(self.value, facts, aggregates=True)
        default = self._default(value.type, checking.faults) if value and facts else None
        if selection is None or value is None or (self.default and default is None):
            return None
        if not counts_together(self.per, value, checking.faults):
            return None
        return Statistic(value, selection, default)

    def _default(self, wanted: Type, faults: Faults) -> Expression | None:
        if self.default is None:
            return None
        text = self.default
        if wanted not in (Type.BOOL, Type.NULL) and not wanted.numeric:
            text = Text("'" + text.text.replace("'", "''") + "'", text.place)
        return check(text, Scope({}), faults, want=wanted)


def counts_together(per: Text | None, value: Expression, faults: Faults) -> bool:
    """Tell whether a value has an aggregate that `per` changes; it is a fault when it has none."""
    if per is None or any(any(value.calls(name)) for name in _TOGETHER):
        return True
    faults.add(
        per.place,
        f"per changes {', '.join(_TOGETHER)}, and none of them is in {value.source.text!r}",
        f"per 只对 {'、'.join(_TOGETHER)} 起作用，“{value.source.text}”中没有这些函数",
    )
    return False


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from, value, where, window, per, default."""
    table, value = fields.text("from", required=True), fields.text("value", required=True)
    where, window = fields.text("where"), span(fields.text("window"), faults)
    node = fields.node_of("default")
    default = None if node is None or node.value is None else Text(str(node.value), node.place)
    return Body(table, value, where, window, default, fields.text("per"))


KIND = Kind("statistic", "value", Words("an aggregate over facts", "对事实的统计"), parse)
