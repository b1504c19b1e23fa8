"""trend: an aggregate over consecutive windows of one length that end at as_of, and which way it goes.

With n windows numbered 1 … n, the latest n, and their values y (windows of unknown value left out, k known ones):

- slope: of the straight line with the least squares, per window:
  (k·Σxy − Σx·Σy) / (k·Σx² − (Σx)²) over the known windows' numbers x (A.-M. Legendre, Nouvelles méthodes pour la
  détermination des orbites des comètes, 1805); unknown with fewer than two known windows;
- change: the last window's value less that of the one before;
- ratio: the last window's value by that of the one before; unknown when that is 0;
- direction: 上升, 下降 or 平稳 (rising, falling, flat): flat when the slope is at most `flat` of the known values' mean
  (their size, without sign).

Who has no fact in any of the windows has no trend. A window begins at its edge and ends before the next one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.model import Type
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.sql.render import fill
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner, Rests, Selection
from huaxiang.tag.kinds.statistic import counts_together
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say, selected
from huaxiang.words import Words

RISING, FLAT, FALLING = "上升", "平稳", "下降"
DIRECTIONS = {FLAT: Words("flat", "平稳"), RISING: Words("rising", "上升"), FALLING: Words("falling", "下降")}
_MOST = 60
_SHOWS = {
    "slope": Words("slope per window", "斜率（每窗口）"),
    "change": Words("change from the previous window", "相对上一窗口的变化"),
    "ratio": Words("ratio to the previous window", "与上一窗口之比"),
    "direction": Words("direction", "走向"),
}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")

_ROUNDING = 1e-9
"""What is left of a level line after rounding is no slope."""

# The windows' values are bound once, as the list y; then what the line's formula is made of, as s.
_LINE = (
    "list_extract(list_transform([list_value(_rest)], lambda y: list_extract(list_transform([struct_pack("
    "k := list_count(y), sy := list_sum(y), "
    "sx := list_sum(list_transform(y, lambda v, x: CASE WHEN v IS NOT NULL THEN x END)), "
    "sxx := list_sum(list_transform(y, lambda v, x: CASE WHEN v IS NOT NULL THEN x * x END)), "
    "sxy := list_sum(list_transform(y, lambda v, x: v * x))"
    ")], lambda s: {}), 1)), 1)"
)
_SLOPE = "(s.k * s.sxy - s.sx * s.sy) / nullif(s.k * s.sxx - s.sx * s.sx, 0)"
_MEAN = "s.sy / nullif(s.k, 0)"
_UNSURE = (_SLOPE, _MEAN)


@dataclass(frozen=True)
class Trend:
    """A checked trend. `facts` counts the facts, `default` is the value of a window that has none."""

    value: Expression
    selection: Selection
    facts: Expression
    every: Span
    over: int
    shows: str
    flat: float
    default: Expression | None

    @property
    def type(self) -> Type:
        """A change has the value's type, slope and ratio are numbers."""
        if self.shows == "change":
            fraction = self.default is not None and self.default.type is Type.NUMBER
            return Type.NUMBER if fraction and self.value.type is Type.INTEGER else self.value.type
        return Type.TEXT if self.shows == "direction" else Type.NUMBER

    @property
    def needs(self) -> frozenset[str]:
        """A trend rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """What is shown, the value, the windows, from, where, default."""
        flat = f" flat {self.flat!r}" if self.shows == "direction" else ""
        default = f" default {self.default.canonical}" if self.default else ""
        windows = f"over {self.over} windows of {self.every}"
        return f"{self.shows} of {self.value.canonical} {windows} {self.selection.text()}{default}{flat}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the trend over the windows' values; each is an aggregate of its own."""
        count = planner.statistic(self.facts, self._reaching(0, self.over))
        some = exp.GT(this=count, expression=exp.Literal.number(0))
        return exp.Case(ifs=[exp.If(this=some, true=self._shown(planner))])

    def _shown(self, planner: Planner) -> exp.Expression:
        if self.shows in ("change", "ratio"):
            before, last = (self._in_window(planner, place) for place in (1, 0))
            if self.shows == "change":
                return exp.Sub(this=exp.paren(last), expression=exp.paren(before))
            return fill("CAST(_1 AS DOUBLE) / nullif(CAST(_2 AS DOUBLE), 0)", [last, before])
        values: list[exp.Expression] = [
            exp.cast(self._in_window(planner, place), "double") for place in range(self.over - 1, -1, -1)
        ]
        slope, mean = (
            self._all_known(values) if self.default else (fill(_LINE.format(each), values) for each in _UNSURE)
        )
        if self.shows == "slope":
            return slope
        still = f"({self.flat + _ROUNDING!r}) * abs(_2)"
        walk = f"CASE WHEN _1 > {still} THEN '{RISING}' WHEN _1 < -{still} THEN '{FALLING}'"
        return fill(f"{walk} WHEN _1 IS NOT NULL THEN '{FLAT}' END", [slope, mean])

    def _all_known(self, values: list[exp.Expression]) -> tuple[exp.Expression, exp.Expression]:
        """The same line where no window is unknown: Σx, Σx² and k are constants then. Ten times as fast."""
        count = self.over
        terms = [f"{2 * x - count - 1} * _{x}" for x in range(1, count + 1)]
        slope = fill(f"({' + '.join(terms)}) * 6 / {count * (count * count - 1)}", values)
        return slope, fill(f"({' + '.join(f'_{x}' for x in range(1, count + 1))}) / {count}", values)

    def _in_window(self, planner: Planner, place: int) -> exp.Expression:
        value = planner.statistic(self.value, self._reaching(place, place + 1))
        if self.default is None:
            return value
        return exp.Anonymous(this="coalesce", expressions=[value, planner.tags(self.default)])

    def _reaching(self, newest: int, oldest: int) -> Selection:
        until = self.every.times(newest) if newest else None
        return replace(self.selection, window=self.every.times(oldest), until=until)

    def rests(self) -> Rests:
        """Return the facts of all windows."""
        where = self.selection.where.names if self.selection.where else frozenset()
        return Rests(self._reaching(0, self.over), tuple(sorted(self.value.names | where)))

    def words(self, naming: Naming) -> Words:
        """Return e.g. “订单的实付金额合计在近6个30天窗口中的斜率（每窗口）”."""
        names = naming.columns(self.selection.table)
        value, base = say(self.value.tree, names), selected(self.selection, naming, names, timed=True)
        shows, every = _SHOWS[self.shows], self.every.words
        en = f"{shows.en} of {value.en} over the last {self.over} windows of {every.en}, {base.en}"
        zh = f"{base.zh}的{value.zh}在近{self.over}个{every.zh}窗口中的{shows.zh}"
        if self.default:
            default = self.default.canonical
            en, zh = f"{en}, a window without it counting {default}", f"{zh}，没有取值的窗口按{default}计"
        if self.shows == "direction":
            flat, up, down = (naming.own.get(each, words) for each, words in DIRECTIONS.items())
            en = f"{en}: {flat.en} within {self.flat:.0%} of the average per window, else {up.en} or {down.en}"
            zh = f"{zh}：每窗口变化不超过均值的{self.flat:.0%}为{flat.zh}，否则为{up.zh}或{down.zh}"
        return Words(en, zh)


@dataclass(frozen=True)
class Body:
    """A trend as written."""

    table: Text | None
    where: Text | None
    value: Text | None
    every: Span | None
    over: int
    shows: str
    flat: float
    default: Text | None
    per: Text | None = None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check the selection, the number and its default together."""
        facts, selection = checking.select(self.table, self.where, None, self.per)
        value = checking.over_facts(self.value, facts, aggregates=True)
        default = check(self.default, Scope({}), checking.faults, want=Type.NUMBER) if self.default else None
        if self.value is not None and value is not None and facts and not value.type.numeric:
            checking.faults.add(
                self.value.place,
                f"a trend is of a number, and {self.value.text!r} is {value.type}",
                f"趋势的取值应是数字，“{self.value.text}”是 {value.type}",
            )
            return None
        count = check(Text("count(*)"), Scope({}, aggregates=True), checking.faults)
        if selection is None or value is None or count is None or (self.default and default is None):
            return None
        if not counts_together(self.per, value, checking.faults):
            return None
        return (
            None
            if self.every is None
            else Trend(value, selection, count, self.every, self.over, self.shows, self.flat, default)
        )


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from, where, per, default and trend: {value, every, over, as, flat}."""
    table, where, default = fields.text("from", required=True), fields.text("where"), fields.text("default")
    node = fields.node_of("trend", required=True) or Node(None)
    inner = Fields(node, "trend", faults)
    value, every = inner.text("value", required=True), span(inner.text("every", required=True), faults)
    over, shows = inner.integer("over", 6), inner.choice("as", _SHOWS, "slope")
    flat = _share(inner.text("flat"), faults)
    inner.finish()
    if not 2 <= over <= _MOST:
        faults.add(node.place, f"over is 2 to {_MOST} windows", f"over 应为 2 到 {_MOST} 个窗口")
    return Body(table, where, value, every, over, shows, flat, default, fields.text("per"))


def _share(text: Text | None, faults: Faults) -> float:
    if text is None:
        return 0.1
    percent = _PERCENT.fullmatch(text.text.strip())
    try:
        found = float(percent[1]) / 100 if percent else float(text.text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        faults.add(
            text.place,
            f"flat is a share such as 10% or 0.1, not {text.text!r}",
            f"flat 应为比例，如 10% 或 0.1，不能是“{text.text}”",
        )
        return 0.1
    return found


KIND = Kind("trend", "trend", Words("which way a number goes from window to window", "逐窗口的走势"), parse)
