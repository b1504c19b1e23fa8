"""What every kind of tag must do: two small protocols, and what a kind is given while it is checked and planned.

A kind's file holds a `Body` (as written, frozen) and a `Meaning` (checked and typed, frozen). The compiler knows
nothing of kinds: it asks a meaning for its SQL expression, and hands it a `Planner` to ask for what that rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlglot import exp

from huaxiang.codes import OF_COLUMNS
from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import COMMON, Column, FactTable, Model, Type
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.sql.functions import Function
from huaxiang.tag.window import Span
from huaxiang.tag.wording import quote, value_key
from huaxiang.words import Words


@dataclass(frozen=True)
class Selection:
    """Which facts a tag looks at: a table, a condition, a window up to as_of or `until` before it (exclusive).

    `per` names the column by which facts are taken together: those of one value (one order) count as one.
    """

    table: str
    where: Expression | None = None
    window: Span | None = None
    until: Span | None = None
    per: str = ""

    def text(self) -> str:
        """Return the selection as one text, for hashes and formulas."""
        where = f" where {self.where.canonical}" if self.where else ""
        until = f" until {self.until}" if self.until else ""
        per = f" per {self.per}" if self.per else ""
        return f"from {self.table}{where}" + (f" window {self.window}" if self.window else "") + until + per


_A_TAG = Words(
    "it is a tag, and facts are chosen before tags are known; a tag of kind rule takes tags together",
    "它是标签，而事实在标签之前选出；要把标签放在一起计算，请写 rule（规则）标签",
)


@dataclass(frozen=True)
class Checking:
    """What a body may ask for while it is checked: the model, the tags already typed, where faults go.

    `values` holds the texts that a tag may be, for those that may be no other.
    """

    model: Model
    tags: Mapping[str, Type]
    faults: Faults
    functions: Mapping[str, Function] = field(default_factory=dict)
    values: Mapping[str, Collection[str]] = field(default_factory=dict)

    def facts(self, table: Text | None) -> FactTable | None:
        """Return the fact table of that name, or None with a fault (that none is named was told when it was read)."""
        if table is None:
            return None
        found = self.model.facts.get(table.text)
        if found is None:
            self.faults.add(
                table.place,
                f"there are no facts {table.text!r}",
                f"没有名为“{table.text}”的事实表",
                word=table.text,
                known=self.model.facts,
            )
        return found

    def over_facts(
        self, text: Text | None, facts: FactTable | None, *, aggregates: bool = False, want: Type | None = None
    ) -> Expression | None:
        """Check an expression over the columns of a fact table; without one, over those that any table has."""
        if text is None:
            return None
        columns = facts.types if facts else dict.fromkeys(self._any_column(), Type.NULL)
        elsewhere = dict.fromkeys(self.tags.keys() - columns.keys(), _A_TAG)
        return check(text, Scope(columns, aggregates=aggregates, elsewhere=elsewhere), self.faults, want=want)

    def _any_column(self) -> Iterator[str]:
        return (name for table in self.model.facts.values() for name in table.types)

    def over_tags(self, text: Text, *, want: Type | None = None) -> Expression | None:
        """Check an expression over other tags, with the functions of the place (population_avg …)."""
        scope = Scope(self.tags, functions=self.functions, values=self.values)
        return check(text, scope, self.faults, want=want)

    def select(
        self, table: Text | None, where: Text | None, window: Span | None, per: Text | None = None
    ) -> tuple[FactTable | None, Selection | None]:
        """Check from, where and per together; return the facts, None when there are none, and what is selected of them.

        Nothing is selected when any has a fault.
        """
        facts = self.facts(table)
        condition = self.over_facts(where, facts, want=Type.BOOL)
        sound = per is None or (facts is not None and self._is_column(per, facts))
        if table is None or facts is None or (where and condition is None) or not sound:
            return facts, None
        return facts, Selection(table.text, condition, window, per=per.text if per else "")

    def _is_column(self, per: Text, facts: FactTable) -> bool:
        if per.text in facts.types:
            return True
        self.faults.add(
            per.place,
            f"per names a column of the facts, and {facts.words.en} have no {per.text!r}",
            f"per 应为事实表的一列，{facts.words.zh}没有“{per.text}”",
            word=per.text,
            known=facts.types,
        )
        return False


class Planner(Protocol):
    """What a meaning may ask the compiler for; each answer is an expression over the tag layer being built."""

    as_of: datetime
    zone: str

    def tags(self, expression: Expression) -> exp.Expression:
        """Return an expression over other tags; population functions become thresholds of the tag at hand."""

    def statistic(self, expression: Expression, selection: Selection) -> exp.Expression:
        """Return an aggregate expression over facts; its aggregates join families."""

    def chosen(self, expression: Expression, selection: Selection, sources: Sequence[str]) -> exp.Expression:
        """Return the latest known value, the first of `sources` that has one winning."""

    def nth(self, expression: Expression, selection: Selection, place: int) -> exp.Expression:
        """Return the `place`th known value in time, counted from the latest when it is negative."""

    def preference(self, wanted: Preference) -> exp.Expression:
        """Return the list of a subject's preferred items."""

    def sequence(self, wanted: Steps, part: Part) -> exp.Expression:
        """Return how far a subject came, when it was first completed (unknown if never), or how often it was."""

    def quantiles(self, of: Expression, scores: int) -> list[exp.Expression]:
        """Return the population's cuts between `scores` groups of equal size."""

    def group_cuts(self, peers: Peers) -> exp.Expression:
        """Return the list of a hundred cuts of the subject's group: the values its hundredths reach up to."""

    def group_centre(self, peers: Peers, *, mean: bool) -> exp.Expression:
        """Return the median, or the mean, of the subject's group."""

    def stored(self) -> exp.Expression:
        """Return the value of the tag at hand that was staged before (a kind with `stored` columns only)."""

    def restless(self) -> None:
        """Note that the tag at hand may change for anybody as time passes."""


@dataclass(frozen=True)
class Preference:
    """Items by weight: Σ weight · action · 2^(−age/half_life), the greatest `top` of the positive ones."""

    selection: Selection
    item: Expression
    weight: Expression | None
    half_life: Span | None
    top: int
    by: Expression | None
    actions: tuple[tuple[str, float], ...]
    min_weight: float
    distinctive: bool


@dataclass(frozen=True)
class Steps:
    """Facts that follow one another: one for each step, the last at most `within` after the first."""

    selection: Selection
    steps: tuple[Expression, ...]
    within: timedelta | None = None

    @property
    def met(self) -> Selection:
        """The facts that meet any of the steps."""
        return anded(self.selection, *self.steps)

    def text(self) -> str:
        """Return the steps as one text, for hashes and formulas."""
        steps = " then ".join(step.canonical for step in self.steps)
        within = f" within {self.within / timedelta(hours=1):g} hours" if self.within else ""
        return f"{steps}{within} {self.selection.text()}"


class Part(StrEnum):
    """What can be asked of steps."""

    REACHED = "reached"
    COMPLETED = "completed"
    TIMES = "times"


@dataclass(frozen=True)
class Peers:
    """A number and the group it is compared in (everybody without one); smaller groups than `least` have no own."""

    of: Expression
    group: Expression | None
    least: int


def anded(selection: Selection, *either: Expression) -> Selection:
    """Return the selection with the further condition that one of `either` holds."""
    tree, names = either[0].tree.copy(), either[0].names
    for other in either[1:]:
        tree, names = exp.Or(this=exp.paren(tree), expression=exp.paren(other.tree.copy())), names | other.names
    where = selection.where
    if where is not None:
        tree = exp.And(this=exp.paren(where.tree.copy()), expression=exp.paren(tree))
        names |= where.names
    return replace(selection, where=Expression(tree, Type.BOOL, names, either[0].source))


@dataclass(frozen=True)
class Naming:
    """What people call things: the words of tags, of their values (by `value_key`) and of a fact table's columns.

    `own` are the words of the values of the tag at hand.
    """

    model: Model
    tags: Mapping[str, Words]
    own: Mapping[str, Words] = field(default_factory=dict)

    def value(self, value: str) -> Words:
        """Return a value of the tag at hand, in quotation marks."""
        return quote(self.own.get(value, Words(value, value)))

    def columns(self, table: str) -> dict[str, Words]:
        """Return the words of every column of a fact table, and of values that mean something of their own there."""
        everything = COMMON | dict(self.model.facts[table].columns)
        values = {
            value_key(name, code): words
            for name in everything
            for code, words in OF_COLUMNS.get((table, name), {}).items()
        }
        return values | {name: column.words for name, column in everything.items()}


@dataclass(frozen=True)
class Rests:
    """The facts a value rests on: which, and the columns the definition uses; `more` are those of other tables."""

    selection: Selection
    columns: tuple[str, ...]
    needs: tuple[Expression, ...] = ()
    more: tuple[Rests, ...] = ()


class Meaning(Protocol):
    """A checked tag body."""

    @property
    def type(self) -> Type:
        """What the value is."""

    @property
    def needs(self) -> frozenset[str]:
        """The tags it rests on."""

    @property
    def formula(self) -> str:
        """The whole computation as one text, the same for definitions that compute the same."""

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the value as an expression, asking the planner for what it rests on."""

    def rests(self) -> Rests | None:
        """Return the facts a value rests on; None when it rests on tags."""

    def words(self, naming: Naming) -> Words:
        """Return what the value means, as a sentence."""


class Body(Protocol):
    """A tag body as written."""

    def mentions(self) -> Iterator[Text]:
        """Yield the expressions that may name other tags."""

    def check(self, checking: Checking) -> Meaning | None:
        """Return the meaning, or None with faults."""


@dataclass(frozen=True)
class Companion:
    """A second tag that each definition of a kind makes: the end of its code, its name ({} the first's), its format.

    `body` makes its body from the first's.
    """

    suffix: str
    words: Words
    format: str
    body: Callable[[Any], Body]


@dataclass(frozen=True)
class Kind:
    """One kind of tag: its name, the key a definition of it has, what it is for, and how it is read.

    `stored`: its values do not come from facts through the planner, but are staged in a table of their own before the
    tags are computed (inputs/); these are the table's columns beside subject and value, which say where each is from.
    `dimension` is where its tags stand unless they say otherwise ("": their category decides).
    """

    name: str
    key: str
    words: Words
    parse: Callable[[Fields, Faults], Body | None]
    stored: tuple[Column, ...] | None = None
    dimension: str = ""
    companion: Companion | None = None


def input_table(code: str) -> str:
    """Return the name of the table a tag's staged values are in: one row per subject, with its value."""
    return f"tag_input_{code}"
