"""sequence: what came nth in time, or how far a subject went through steps that follow one another.

Steps: a chain is one fact for each step, each later in the line of facts than the one before, the last at most
`within` after the first. A fact serves one step only. The line is by time; facts at one moment stand in the order of
the first step they meet, so that a step at the same moment as the one before it counts. From all chains that begin
anywhere:

- done: whether one reaches the last step (false without facts);
- time: the moment of the earliest fact that completes one;
- count: how many facts complete one, each counted once;
- step: the greatest number of steps a chain reaches from the first on (0 without any), or that step's name.

With `per` the facts of one value of that column (one order) are taken together: they stand at the first of those that
count, meet each step that any of them meets, and have the value that is known first (of several at one moment the
smallest). Facts of which the column is unknown are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Part, Planner, Rests, Selection, Steps
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say, selected
from huaxiang.words import Words

_ENDS = {"first": 1, "last": -1}
_FARTHEST = 1000
_MOST_STEPS = 20
_PARTS = {"done": Part.REACHED, "time": Part.COMPLETED, "count": Part.TIMES, "step": Part.REACHED}
_TYPES = {"done": Type.BOOL, "time": Type.TIME, "count": Type.INTEGER, "step": Type.INTEGER}
_GIVES = {
    "done": Words("whether these happened in this order", "是否依次发生"),
    "time": Words("when these first happened in this order", "首次依次完成的时间"),
    "count": Words("how often these happened in this order", "依次完成的次数"),
    "step": Words("the deepest step reached", "到达的最深一步"),
}


@dataclass(frozen=True)
class Nth:
    """A checked nth value."""

    value: Expression
    selection: Selection
    place: int

    @property
    def type(self) -> Type:
        """The type of the value."""
        return self.value.type

    @property
    def needs(self) -> frozenset[str]:
        """A sequence rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """The place, the value, from, where, window."""
        return f"value {self.place} in time of {self.value.canonical} {self.selection.text()}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the value at that place."""
        return planner.nth(self.value, self.selection, self.place)

    def rests(self) -> Rests:
        """Return the facts in which the value is known."""
        where = self.selection.where.names if self.selection.where else frozenset()
        return Rests(self.selection, tuple(sorted(self.value.names | where)), (self.value,))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “订单中按时间第2个品类”."""
        names = naming.columns(self.selection.table)
        value, base = say(self.value.tree, names), selected(self.selection, naming, names, timed=True)
        count = abs(self.place)
        if self.place < 0:
            return Words(
                f"the {_ordinal(count)} {value.en} from the latest, {base.en}",
                f"{base.zh}中按时间倒数第{count}个{value.zh}",
            )
        return Words(f"the {_ordinal(count)} {value.en} in time, {base.en}", f"{base.zh}中按时间第{count}个{value.zh}")


@dataclass(frozen=True)
class Walked:
    """Checked steps. `names` are the steps' names, () when they have none."""

    wanted: Steps
    within: Span | None
    give: str
    names: tuple[Words, ...]

    @property
    def type(self) -> Type:
        """By what is given; the step reached is a text when steps have names."""
        return Type.TEXT if self.give == "step" and self.names else _TYPES[self.give]

    @property
    def needs(self) -> frozenset[str]:
        """A sequence rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """What is given, the steps in order, the time allowed, from, where, window."""
        named = f" named {', '.join(name.zh for name in self.names)}" if self.type is Type.TEXT else ""
        return f"{self.give} of {self.wanted.text()}{named}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return what is given from the walk through the steps."""
        value = planner.sequence(self.wanted, _PARTS[self.give])
        if self.give == "done":
            return exp.EQ(this=value, expression=exp.Literal.number(len(self.wanted.steps)))
        if self.type is Type.TEXT:
            listed = exp.Array(expressions=[exp.Literal.string(name.zh) for name in self.names])
            return exp.Anonymous(this="list_extract", expressions=[listed, value])
        return value

    def rests(self) -> Rests:
        """Return the facts that meet a step."""
        met = self.wanted.met
        return Rests(met, tuple(sorted(met.where.names if met.where else ())))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “行为事件中，是否依次发生：浏览（事件为“view”）→ 购买（…），末步在首步后7天内”."""
        names = naming.columns(self.wanted.selection.table)
        base, give = selected(self.wanted.selection, naming, names, timed=True), _GIVES[self.give]
        conditions = [say(step.tree, names) for step in self.wanted.steps]
        en, zh = [each.en for each in conditions], [each.zh for each in conditions]
        if self.names:
            en = [f"{name.en} ({each})" for name, each in zip(self.names, en, strict=True)]
            zh = [f"{name.zh}（{each}）" for name, each in zip(self.names, zh, strict=True)]
        limit = self.within.words if self.within else None
        return Words(
            f"{give.en}: {', then '.join(en)}"
            + (f", the last within {limit.en} of the first" if limit else "")
            + f", {base.en}",
            f"{base.zh}中{give.zh}：{' → '.join(zh)}" + (f"，末步在首步之后{limit.zh}内" if limit else ""),
        )


@dataclass(frozen=True)
class Step:
    """One step as written."""

    when: Text
    name: Words | None


@dataclass(frozen=True)
class Body:
    """A sequence as written: a place and a value, or steps."""

    table: Text | None
    where: Text | None
    window: Span | None
    place: int
    value: Text | None
    steps: tuple[Step, ...]
    within: Span | None
    give: str
    per: Text | None = None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check the selection with the value or all steps."""
        facts, selection = checking.select(self.table, self.where, self.window, self.per)
        value = checking.over_facts(self.value, facts)
        steps = [checking.over_facts(step.when, facts, want=Type.BOOL) for step in self.steps]
        good = tuple(step for step in steps if step)
        if self.value is not None:
            return Nth(value, selection, self.place) if selection and value else None
        if selection is None or not good or len(good) < len(steps):
            return None
        names = tuple(step.name for step in self.steps if step.name)
        limit = self.within.exact if self.within else None
        return Walked(Steps(selection, good, limit), self.within, self.give, names)


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from, where, window, per and sequence: {nth, value} or {steps, within, give}."""
    table, where, per = fields.text("from", required=True), fields.text("where"), fields.text("per")
    window = span(fields.text("window"), faults)
    node = fields.node_of("sequence", required=True) or Node(None)
    inner = Fields(node, "sequence", faults)
    nth, value = inner.text("nth"), inner.text("value")
    steps, within = _steps(inner.node_of("steps"), faults), _within(inner.text("within"), faults)
    give = inner.choice("give", _GIVES, "done")
    inner.finish()
    place = _place(nth, faults) if nth else 0
    if bool(nth or value) == ("steps" in inner) or bool(nth) != bool(value):
        faults.add(
            node.place,
            "sequence takes nth with value, or steps with within and give",
            "sequence 需要 nth 与 value，或者 steps 与 within、give",
        )
    return Body(table, where, window, place, value, steps, within, give, per)


def _place(text: Text, faults: Faults) -> int:
    if text.text in _ENDS:
        return _ENDS[text.text]
    number = int(text.text) if text.text.lstrip("-").isdecimal() else 0
    if 1 <= abs(number) <= _FARTHEST:
        return number
    faults.add(
        text.place,
        f"nth is first, last, or a number from 1 to {_FARTHEST} (negative: from the latest), not {text.text!r}",
        f"nth 应为 first、last，或 1 到 {_FARTHEST} 的整数（负数从最近往回数），不能是“{text.text}”",
        word=text.text,
        known=_ENDS,
    )
    return 0


def _steps(node: Node | None, faults: Faults) -> tuple[Step, ...]:
    if node is None:
        return ()
    found = [step for step in (_step(item, faults) for item in node.items) if step]
    if not 2 <= len(node.items) <= _MOST_STEPS:
        faults.add(node.place, f"a sequence has 2 to {_MOST_STEPS} steps", f"序列应有 2 到 {_MOST_STEPS} 步")
    if 0 < sum(step.name is not None for step in found) < len(found):
        faults.add(node.place, "either every step has a name or none", "各步要么都有名称，要么都没有")
    names = [step.name.zh for step in found if step.name]
    if len(set(names)) < len(names):
        faults.add(node.place, "two steps have the same name", "有两步同名")
    return tuple(found)


def _step(node: Node, faults: Faults) -> Step | None:
    if node.text is not None:
        return Step(Text(node.text, node.place), None)
    inner = Fields(node, "step", faults)
    when, name = inner.text("when", required=True), inner.words("name", "")
    inner.finish()
    return Step(when, name if name.zh else None) if when else None


def _within(text: Text | None, faults: Faults) -> Span | None:
    found = span(text, faults)
    if text is not None and found is not None and found.exact is None:
        faults.add(
            text.place,
            "within is in hours, days or weeks: months differ in length",
            "within 只能用小时、天或周：各月长短不一",
        )
    return found


def _ordinal(count: int) -> str:
    end = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{end}"


KIND = Kind("sequence", "sequence", Words("what came in which order", "先后次序"), parse)
