"""Expressions inside a query: columns of any table in scope, aggregates and windows, intervals, queries within."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import MONEY_PLACES, Type
from huaxiang.sql.check import AS_OF, Checker, Scope, Typed, shown
from huaxiang.sql.language import dotted
from huaxiang.sql.query_functions import AGGREGATES, WINDOWS

_EXACT = "DECIMAL(28, 6)"
_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR")
_CALENDAR = ("MONTH", "YEAR")

Columns = dict[str, Type]


@dataclass
class Frame:
    """What one SELECT's expressions may name. `grouped`: the texts of what it groups by, None when it does not."""

    outer: Frame | None
    relations: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    grouped: frozenset[str] | None = None
    outputs: Columns = field(default_factory=dict)
    unsure: frozenset[str] | None = None
    """Where a table in it is not known: every column that it could have; none at all: it could have any."""


class ExpressionsOfQuery(Checker, ABC):
    """Checks the expressions of the SELECT whose frame is at hand; how queries are checked, query.py knows."""

    def __init__(self, text: Text, faults: Faults) -> None:
        super().__init__(text, Scope({}, functions={**AGGREGATES, **WINDOWS}), faults)
        self.frame = Frame(None)
        self.allowed = frozenset[str]()
        """Of "aggregates" and "windows" what may stand here."""
        self.free = False
        """Whether what is visited now is what the query groups by."""

    @abstractmethod
    def query(self, node: exp.Expression) -> tuple[exp.Expression, Columns]:
        """Check a query in the scope of the frame at hand; return it with the columns it gives."""

    def visit(self, node: exp.Expression) -> Typed:
        key = self.frame.grouped is not None and not self.inside_aggregate and not self.free
        if key and text_of(node) in (self.frame.grouped or ()):
            self.free = True
            found = self.visit(node)
            self.free = False
            return found
        for classes, method in _VISITORS:
            if isinstance(node, classes):
                return method(self, node)
        return super().visit(node)

    def named_column(self, node: exp.Column) -> Typed:
        parts = [part.name for part in node.parts]
        if parts == [AS_OF]:
            return exp.column(AS_OF), Type.TIME
        name, table = parts[-1].lower(), parts[0].lower() if len(parts) == 2 else ""
        frame: Frame | None = self.frame
        possible: dict[str, None] = {}
        while frame is not None and len(parts) <= 2:
            found = self._in(frame, name, table)
            if found is not None:
                return found
            if frame.unsure is not None and (name in frame.unsure or not frame.unsure):
                return node.copy(), Type.NULL
            possible |= dict.fromkeys(frame.unsure or ())
            frame = frame.outer
        known = self.frame.relations.get(table) or {
            **{column: type_ for columns in self.frame.relations.values() for column, type_ in columns.items()},
            **self.frame.outputs,
        }
        what = dotted(node)
        self.fault(f"there is no {what!r} here", f"这里没有“{what}”", name, {**dict.fromkeys(known), **possible})
        return node.copy(), Type.NULL

    def _in(self, frame: Frame, name: str, table: str) -> Typed | None:
        """Return a column of one frame; None when the frame has none of that name."""
        holders = [alias for alias, columns in frame.relations.items() if name in columns and table in ("", alias)]
        if not holders:
            if table or name not in frame.outputs:
                return None
            return exp.Column(this=identifier(name)), frame.outputs[name]
        if len(holders) > 1 and name not in frame.joined:
            shown_ = ", ".join(f"{alias}.{name}" for alias in holders)
            self.fault(f"{name!r} may be {shown_}: say which", f"“{name}”可能是 {shown_}，请写明是哪一个")
        alone = frame.grouped is not None and frame is self.frame and not self.inside_aggregate and not self.free
        if alone and name not in frame.outputs:
            self.fault(
                f"{name} must stand inside an aggregate such as max({name}), or in group by",
                f"{name} 必须放在聚合函数里（如 max({name})），或写进 group by",
            )
        column = exp.Column(this=identifier(name))
        if table or len(holders) == 1:
            column.set("table", identifier(holders[0]))
        return column, frame.relations[holders[0]][name]

    def called(self, node: exp.Anonymous) -> Typed:
        name = str(node.this).lower()
        if name in WINDOWS:
            self.fault(f"{name} needs over (…)", f"{name} 后面要写 over (…)")
            return node.copy(), Type.NULL
        if name not in AGGREGATES:
            return super().call(node)
        core, type_ = self._aggregated(node)
        return self._finished(name, core, type_), type_

    def _aggregated(self, node: exp.Anonymous, where: str = "aggregates") -> Typed:
        """Return an aggregate's call, as it stands before over (…) or filter (…), and its type."""
        name, arguments = str(node.this).lower(), list(node.expressions)
        if where not in self.allowed or self.inside_aggregate or (self.frame.grouped is None and where == "aggregates"):
            self.fault(f"{name} cannot stand here", f"{name} 不能放在这里")
            return node.copy(), Type.NULL
        distinct = len(arguments) == 1 and isinstance(arguments[0], exp.Distinct)
        if distinct and name != "count":
            self.fault("distinct belongs to count only", "distinct 只能用于 count")
            return node.copy(), Type.NULL
        if distinct:
            arguments = list(arguments[0].expressions)
        elif name == "count" and [type(each) for each in arguments] == [exp.Star]:
            arguments = []
        self.inside_aggregate = True
        applied, type_ = self.apply(AGGREGATES[name], arguments)
        self.inside_aggregate = False
        given = list(applied.expressions)
        if name == "count":
            given = [exp.Distinct(expressions=given)] if distinct else given or [exp.Star()]
        elif name == "avg" or (name == "sum" and type_ is Type.NUMBER):
            given = [exp.cast(given[0], _EXACT)] if given else given
        elif name in ("arg_max", "arg_min") and len(given) == 2:
            row = exp.Anonymous(this="row", expressions=[given[1].copy(), given[0].copy()])
            known = exp.Not(this=exp.Is(this=exp.paren(given[1].copy()), expression=exp.null()))
            given = [given[0], exp.Case(ifs=[exp.If(this=known, true=row)])]
        return exp.Anonymous(this=name, expressions=given), type_

    def _finished(self, name: str, tree: exp.Expression, type_: Type) -> exp.Expression:
        """Return an aggregate's answer in the type it has here."""
        if name == "avg":
            return exp.cast(tree, "DOUBLE")
        if name == "sum":
            kept = {Type.INTEGER: "BIGINT", Type.MONEY: f"DECIMAL(18, {MONEY_PLACES})"}.get(type_, "DOUBLE")
            return exp.cast(tree, kept)
        return tree

    def filtered(self, node: exp.Filter) -> Typed:
        name, core, type_ = self._filter(node, "aggregates")
        return self._finished(name, core, type_), type_

    def _filter(self, node: exp.Filter, where: str) -> tuple[str, exp.Expression, Type]:
        name = str(node.this.this).lower() if isinstance(node.this, exp.Anonymous) else ""
        if name not in AGGREGATES:
            self.fault("filter belongs behind an aggregate", "filter 只能写在聚合函数之后")
            return name, node.copy(), Type.NULL
        core, type_ = self._aggregated(node.this, where)
        self.inside_aggregate = True
        condition = self.condition(node.expression.this)
        self.inside_aggregate = False
        return name, exp.Filter(this=core, expression=exp.Where(this=condition)), type_

    def window(self, node: exp.Window) -> Typed:
        self._only(node, {"this", "partition_by", "order", "spec", "over"})
        if "windows" not in self.allowed:
            self.fault(
                "over (…) cannot stand here: use qualify, or a query around it",
                "over (…) 不能放在这里，请用 qualify 或外层查询",
            )
            return node.copy(), Type.NULL
        inner = node.this
        if isinstance(inner, exp.Filter):
            name, core, type_ = self._filter(inner, "windows")
        elif isinstance(inner, exp.Anonymous) and str(inner.this).lower() in (*WINDOWS, *AGGREGATES):
            name = str(inner.this).lower()
            core, type_ = self._aggregated(inner, "windows") if name in AGGREGATES else self.apply(
                WINDOWS[name], list(inner.expressions)
            )  # fmt: skip
        else:
            known = {**AGGREGATES, **WINDOWS}
            self.fault(
                f"{shown(inner)} cannot stand before over", f"{shown(inner)} 后面不能写 over", shown(inner), known
            )
            return node.copy(), Type.NULL
        order = node.args.get("order")
        tree = exp.Window(
            this=core,
            partition_by=[self.visit(each)[0] for each in node.args.get("partition_by") or ()],
            order=self._order(order) if order is not None else None,
            spec=self._spec(node.args.get("spec")),
            over="OVER",
        )
        return self._finished(name, tree, type_), type_

    def _spec(self, spec: exp.Expression | None) -> exp.Expression | None:
        if spec is None:
            return None
        self._only(spec, {"kind", "start", "start_side", "end", "end_side"})
        for edge in (spec.args.get("start"), spec.args.get("end")):
            number = isinstance(edge, exp.Literal) and edge.name.isdigit()
            if edge is not None and not isinstance(edge, str) and not number:
                self.fault(f"{shown(edge)} cannot bound a window", f"{shown(edge)} 不能作为窗口的边界")
        return spec.copy()

    def moved(self, node: exp.Binary) -> Typed:
        """Return a moment plus or minus an interval; anything else is arithmetic."""
        if not isinstance(node.expression, exp.Interval):
            return self.arithmetic(node)
        value, type_ = self.visit(node.this)
        interval = self._interval(node.expression)
        if interval is None:
            return value, Type.NULL
        if type_ not in (Type.DATE, Type.TIME):
            value, type_ = self.want(value, type_, Type.TIME)
        count, unit = interval
        step = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
        if type_ is Type.DATE:
            return exp.cast(exp.paren(type(node)(this=value, expression=step)), "DATE"), type_
        # Months and years follow the project's calendar, everything shorter is exact.
        clock = exp.Anonymous(this="local", expressions=[value]) if unit in _CALENDAR else value
        shifted = exp.paren(type(node)(this=clock, expression=step))
        return (exp.Anonymous(this="utc", expressions=[shifted]) if unit in _CALENDAR else shifted), type_

    def _interval(self, node: exp.Interval) -> tuple[int, str] | None:
        unit = str(node.args.get("unit") or "").upper().removesuffix("S")
        count = node.this.name if isinstance(node.this, exp.Literal) else ""
        if not count.isdigit() or unit not in _UNITS:
            known = ", ".join(each.lower() for each in _UNITS)
            self.fault(
                f"an interval is a whole number and one of {known}: interval 90 day",
                f"时间间隔应为整数加 {known} 之一，如 interval 90 day",
                unit.lower(),
                {each.lower(): 0 for each in _UNITS},
            )
            return None
        return int(count), unit

    def scalar(self, node: exp.Subquery) -> Typed:
        tree, columns = self.query(node.this)
        return exp.Subquery(this=tree), self._single(columns)

    def _single(self, columns: Columns) -> Type:
        if len(columns) != 1:
            self.fault("a query inside an expression gives one column", "表达式里的查询只能有一列")
        return next(iter(columns.values()), Type.NULL)

    def exists(self, node: exp.Exists) -> Typed:
        query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return exp.Exists(this=self.query(query)[0]), Type.BOOL

    def member(self, node: exp.In) -> Typed:
        query = node.args.get("query")
        if query is None:
            return self.among(node)
        value = self.visit(node.this)
        tree, columns = self.query(query.this if isinstance(query, exp.Subquery) else query)
        left, _ = self.agree(value, (exp.null(), self._single(columns)))
        return exp.In(this=left, query=exp.Subquery(this=tree)), Type.BOOL

    def _order(self, order: exp.Order) -> exp.Order:
        found = []
        for each in order.expressions:
            place = isinstance(each.this, exp.Literal) and each.this.name.isdigit()
            value = each.this.copy() if place else self.visit(each.this)[0]
            found.append(exp.Ordered(this=value, desc=each.args.get("desc"), nulls_first=each.args.get("nulls_first")))
        return exp.Order(expressions=found)

    def _only(self, node: exp.Expression, allowed: set[str] | frozenset[str]) -> None:
        for part, value in node.args.items():
            if value and part not in allowed:
                word = part.rstrip("_").replace("_", " ")
                self.fault(f"{word} is not allowed in this query", f"这里的查询不能使用 {word}")


def identifier(name: str) -> exp.Identifier:
    """Return a name as it stands in a query of our own making: quoted."""
    return exp.to_identifier(name, quoted=True)


def text_of(node: exp.Expression) -> str:
    """Return a text that is the same for expressions that differ only in case and blanks."""
    return node.sql(dialect="duckdb", normalize_functions="lower", comments=False).lower()


_VISITORS: tuple[tuple[tuple[type, ...], Callable[[ExpressionsOfQuery, exp.Expression], Typed]], ...] = (
    ((exp.Column,), ExpressionsOfQuery.named_column),  # type: ignore[assignment]
    ((exp.Anonymous,), ExpressionsOfQuery.called),
    ((exp.Filter,), ExpressionsOfQuery.filtered),
    ((exp.Window,), ExpressionsOfQuery.window),
    ((exp.Add, exp.Sub), ExpressionsOfQuery.moved),
    ((exp.Exists,), ExpressionsOfQuery.exists),
    ((exp.In,), ExpressionsOfQuery.member),
    ((exp.Subquery,), ExpressionsOfQuery.scalar),
)
