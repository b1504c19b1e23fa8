"""preference: the items a subject likes best, by weight that fades with age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.codes import value_words
from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Type
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner, Preference, Rests
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say, selected
from huaxiang.words import Words


@dataclass(frozen=True)
class Preferred:
    """A checked preference."""

    wanted: Preference
    type: Type = Type.TEXTS

    @property
    def needs(self) -> frozenset[str]:
        """A preference rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """Everything that decides the order."""
        wanted = self.wanted
        parts = [f"top {wanted.top} {wanted.item.canonical}", wanted.selection.text()]
        parts += [f"weight {wanted.weight.canonical}"] if wanted.weight else []
        parts += [f"half_life {wanted.half_life}"] if wanted.half_life else []
        parts += [f"actions {dict(wanted.actions)} by {wanted.by.canonical}"] if wanted.by else []
        parts += [f"min_weight {wanted.min_weight}"] if wanted.min_weight else []
        parts += ["distinctive"] if wanted.distinctive else []
        return " ".join(parts)

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the list of items."""
        return planner.preference(self.wanted)

    def rests(self) -> Rests:
        """Return the facts with an item."""
        wanted = self.wanted
        parts = [part for part in (wanted.item, wanted.weight, wanted.by, wanted.selection.where) if part]
        names = frozenset[str]().union(*(part.names for part in parts))
        return Rests(wanted.selection, tuple(sorted(names)), (wanted.item,))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “订单中权重最高的3个品类，权重为实付金额，每60天减半”."""
        wanted = self.wanted
        names = naming.columns(wanted.selection.table)
        base = selected(wanted.selection, naming, names, timed=wanted.half_life is not None)
        item = say(wanted.item.tree, names)
        en, zh = f"the top {wanted.top} values of {item.en}, {base.en}", f"{base.zh}中权重最高的{wanted.top}个{item.zh}"
        if wanted.weight:
            weight = say(wanted.weight.tree, names)
            en, zh = f"{en}, weighted by {weight.en}", f"{zh}，权重为{weight.zh}"
        if wanted.actions:
            actions = dict.fromkeys((value_words(name), weight) for name, weight in wanted.actions)
            en += f", action weights {', '.join(f'“{each.en}” {weight:g}' for each, weight in actions)}"
            zh += f"，行为权重为{'、'.join(f'“{each.zh}”{weight:g}' for each, weight in actions)}"
        if wanted.half_life:
            half = wanted.half_life.words
            en, zh = f"{en}, weights halving every {half.en}", f"{zh}，每{half.zh}减半"
        if wanted.distinctive:
            en, zh = f"{en}, giving more weight to rarer items", f"{zh}，越少人喜欢的越突出"
        return Words(en, zh)


@dataclass(frozen=True)
class Body:
    """A preference as written."""

    table: Text | None
    item: Text | None
    weight: Text | None
    where: Text | None
    window: Span | None
    half_life: Span | None
    by: Text | None
    actions: tuple[tuple[str, float], ...]
    top: int
    min_weight: float
    distinctive: bool

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check selection, item, weight and actions together."""
        facts, selection = checking.select(self.table, self.where, self.window)
        item = checking.over_facts(self.item, facts, want=Type.TEXT)
        weight = checking.over_facts(self.weight, facts, want=Type.NUMBER)
        by = checking.over_facts(self.by, facts, want=Type.TEXT)
        if selection is None or item is None or (self.weight and not weight) or (self.by and not by):
            return None
        return Preferred(
            Preference(
                selection, item, weight, self.half_life, self.top, by, self.actions, self.min_weight, self.distinctive
            )
        )


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from, where, window and prefer: {item, weight, half_life, top, by, actions, min_weight, distinctive}."""
    table, where = fields.text("from", required=True), fields.text("where")
    window = span(fields.text("window"), faults)
    node = fields.node_of("prefer", required=True) or Node(None)
    inner = Fields(node, "prefer", faults)
    item, weight, by = inner.text("item", required=True), inner.text("weight"), inner.text("by")
    half_life, top = span(inner.text("half_life"), faults), inner.integer("top", 3)
    actions = _actions(inner.mapping("actions"), faults)
    least, distinctive = _number(inner.node_of("min_weight"), faults), inner.flag("distinctive")
    inner.finish()
    if bool(actions) != bool(by):
        faults.add(node.place, "prefer takes by and actions together", "prefer 的 by 与 actions 必须同时给出")
    if not 1 <= top <= 100:
        faults.add(node.place, "top must be between 1 and 100", "top 应在 1 到 100 之间")
    return Body(table, item, weight, where, window, half_life, by, actions, top, least, distinctive)


def _actions(written: Mapping[str, Node], faults: Faults) -> tuple[tuple[str, float], ...]:
    return tuple((name, _number(node, faults)) for name, node in written.items())


def _number(node: Node | None, faults: Faults) -> float:
    if node is None or node.value is None:
        return 0.0
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    faults.add(node.place, f"{node.plain()!r} must be a number", f"“{node.plain()}”应是数字")
    return 0.0


KIND = Kind("preference", "prefer", Words("what is liked best", "偏好"), parse)
