"""rule: a value by conditions over other tags, the first that holds wins; or one expression over other tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.tag.kinds.population import checked
from huaxiang.tag.wording import say
from huaxiang.words import Words

ELSE = "else"


@dataclass(frozen=True)
class Cases:
    """A checked rule with values."""

    cases: tuple[tuple[str, Expression], ...]
    otherwise: str | None
    type: Type = Type.TEXT

    @property
    def needs(self) -> frozenset[str]:
        """Every tag a condition names."""
        return frozenset[str]().union(*(condition.names for _, condition in self.cases))

    @property
    def formula(self) -> str:
        """Each value with its condition, in order."""
        cases = "; ".join(f"{value} when {condition.canonical}" for value, condition in self.cases)
        return f"{cases}; else {self.otherwise}" if self.otherwise is not None else cases

    def plan(self, planner: Planner) -> exp.Expression:
        """Return a CASE."""
        ifs = [exp.If(this=planner.tags(condition), true=exp.Literal.string(value)) for value, condition in self.cases]
        default = exp.null() if self.otherwise is None else exp.Literal.string(self.otherwise)
        return exp.Case(ifs=ifs, default=default)

    def rests(self) -> None:
        """Rest on tags."""

    def words(self, naming: Naming) -> Words:
        """Return each value with its condition."""
        said = [(value, say(condition.tree, naming.tags)) for value, condition in self.cases]
        en = "; ".join(f"{naming.value(value).en} when {words.en}" for value, words in said)
        zh = "；".join(f"{words.zh}时为{naming.value(value).zh}" for value, words in said)
        if self.otherwise is None:
            return Words(en, zh)
        rest = naming.value(self.otherwise)
        return Words(f"{en}; otherwise {rest.en}", f"{zh}；否则为{rest.zh}")


@dataclass(frozen=True)
class Formula:
    """A checked rule that is one expression."""

    value: Expression

    @property
    def type(self) -> Type:
        """The expression's type."""
        return self.value.type

    @property
    def needs(self) -> frozenset[str]:
        """Every tag it names."""
        return self.value.names

    @property
    def formula(self) -> str:
        """The expression."""
        return self.value.canonical

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the expression."""
        return planner.tags(self.value)

    def rests(self) -> None:
        """Rest on tags."""

    def words(self, naming: Naming) -> Words:
        """Return the expression in words."""
        return say(self.value.tree, naming.tags)


@dataclass(frozen=True)
class Body:
    """A rule as written: one expression, or values with conditions and what holds otherwise."""

    expression: Text | None
    cases: Mapping[str, Text]
    otherwise: Text | None

    def mentions(self) -> Iterator[Text]:
        """Yield every condition."""
        yield from self.cases.values()
        if self.expression:
            yield self.expression

    def check(self, checking: Checking) -> Meaning | None:
        """Check all conditions together."""
        if self.expression:
            value = checked(checking, self.expression)
            return Formula(value) if value else None
        cases = [(value, checked(checking, text, Type.BOOL)) for value, text in self.cases.items()]
        good = tuple((value, condition) for value, condition in cases if condition)
        if len(good) < len(cases):
            return None
        return Cases(good, self.otherwise.text if self.otherwise else None)


def parse(fields: Fields, faults: Faults) -> Body | None:
    """Read rule."""
    node = fields.node_of("rule", required=True)
    if node is not None and not isinstance(node.value, Mapping | tuple):
        expression = fields.text("rule")
        return Body(expression, {}, None) if expression else None
    cases = fields.text_map("rule")
    otherwise = cases.pop(ELSE, None)
    if not cases and node is not None:
        faults.add(node.place, "rule has no conditions", "rule 没有任何条件")
        return None
    return Body(None, cases, otherwise)


KIND = Kind("rule", "rule", Words("conditions over other tags", "基于其他标签的规则"), parse)
