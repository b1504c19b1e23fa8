"""Queries: one SELECT over given tables, checked as expressions are: every table, column, function and type.

What comes out is a tree of our own making: tables are read through a SELECT that shows nothing later than as_of, sums
are exact, so that the order of rows does not matter, and what was not understood was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import cast

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.check import AS_OF, Checker, Scope, Typed, shown
from huaxiang.sql.functions import FUNCTIONS, Function
from huaxiang.sql.language import dotted, parse
from huaxiang.sql.render import Bindings, Build, render
from huaxiang.words import Words

MOMENT = "occurred_at"
"""A table with this column shows only rows that are not later than as_of; one without a time always holds."""
OWNER = "subject"
"""The column that says whose a row is; rows of nobody are not shown."""

_I, _N = Type.INTEGER, Type.NUMBER
AGGREGATES: Mapping[str, Function] = {
    **{name: FUNCTIONS[name] for name in ("count", "sum", "avg", "min", "max")},
    **{
        name: Function(name, ("any", "any"), 0, words)
        for name, words in (
            ("arg_max", Words("the first where the second is greatest", "第二个参数最大处的第一个参数")),
            ("arg_min", Words("the first where the second is smallest", "第二个参数最小处的第一个参数")),
        )
    },
}
"""Aggregates of a query. Of equals arg_max takes the greatest, arg_min the smallest."""
WINDOWS: Mapping[str, Function] = {
    each.name: each
    for each in (
        Function("row_number", (), _I, Words("place in the order", "序号")),
        Function("rank", (), _I, Words("place, equals share one", "名次，并列同名次")),
        Function("dense_rank", (), _I, Words("place without gaps", "名次，不跳号")),
        Function("percent_rank", (), _N, Words("place between 0 and 1", "0 到 1 之间的名次")),
        Function("cume_dist", (), _N, Words("share not above", "不超过它的占比")),
        Function("ntile", ("integer",), _I, Words("which of n equal groups", "等分为 n 组中的第几组")),
        Function("lag", ("any", "integer", "same"), 0, Words("of a row before", "之前一行的值"), optional=2),
        Function("lead", ("any", "integer", "same"), 0, Words("of a row after", "之后一行的值"), optional=2),
        Function("first_value", ("any",), 0, Words("of the first row", "第一行的值")),
        Function("last_value", ("any",), 0, Words("of the last row", "最后一行的值")),
    )
}
"""Functions that stand before over (…) only; aggregates may too."""

_EXACT = "DECIMAL(28, 6)"
_SELECT_PARTS = frozenset(
    ("with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset")
) | {"distinct"}
_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR")
_CALENDAR = ("MONTH", "YEAR")


@dataclass(frozen=True)
class Query:
    """A checked query: its neutral tree, the columns it gives, the tables it reads, its text and place."""

    tree: exp.Expression
    columns: Mapping[str, Type]
    tables: frozenset[str]
    source: Text
    canonical: str


def check_query(text: Text, tables: Mapping[str, Mapping[str, Type]], faults: Faults) -> Query | None:
    """Parse and check one SELECT over `tables` (name → column → type); None when there were faults."""
    own = Faults()
    query = _checked(text, tables, own)
    faults.found.extend(fault for fault in own.found if fault not in faults.found)
    return None if own.found else query


def query_sql(query: Query, as_of: datetime, zone: str) -> str:
    """Return the query as the engine runs it, at a moment."""
    columns = {dotted(column): column for column in query.tree.find_all(exp.Column)}
    names = (*AGGREGATES, *WINDOWS, "row")
    functions: dict[str, Build] = {name: partial(_call, name) for name in names}
    return render(query.tree, Bindings(columns, as_of, zone, functions)).sql(
        dialect="duckdb", pretty=True, comments=False
    )


def _call(name: str, arguments: list[exp.Expression]) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=arguments)


def _checked(text: Text, tables: Mapping[str, Mapping[str, Type]], faults: Faults) -> Query | None:
    tree = parse(text, faults)
    if tree is None:
        return None
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        faults.add(text.place, f"{shown(tree)!r} is not a SELECT", f"“{shown(tree)}”不是 SELECT 查询")
        return None
    checker = _QueryChecker(text, tables, faults)
    checked, columns = checker.query(tree)
    if faults.found:
        return None
    canonical = tree.sql(dialect="duckdb", normalize_functions="lower", comments=False)
    return Query(checked, columns, frozenset(checker.used), text, canonical)


Columns = dict[str, Type]


@dataclass
class _Frame:
    """What one SELECT's expressions may name. `grouped`: the texts of what it groups by, None when it does not."""

    outer: _Frame | None
    relations: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    grouped: frozenset[str] | None = None
    outputs: Columns = field(default_factory=dict)
    unsure: bool = False
    """Whether a table in it is not known: then any column may be."""


class _QueryChecker(Checker):
    def __init__(self, text: Text, tables: Mapping[str, Mapping[str, Type]], faults: Faults) -> None:
        super().__init__(text, Scope({}, functions={**AGGREGATES, **WINDOWS}), faults)
        self.tables = tables
        self.used: set[str] = set()
        self.named: dict[str, Columns] = {}
        self.frame = _Frame(None)
        self.allowed = frozenset[str]()
        """Of "aggregates" and "windows" what may stand here."""
        self.free = False
        """Whether what is visited now is what the query groups by."""

    # Queries

    def query(self, node: exp.Expression) -> tuple[exp.Expression, Columns]:
        """Check a query in the scope of the frame at hand; return it with the columns it gives."""
        before = self.named, self.inside_aggregate, self.allowed, self.free
        self.named, self.inside_aggregate, self.allowed, self.free = dict(self.named), False, frozenset(), False
        try:
            with_ = self._with(node)
            if isinstance(node, exp.Select):
                tree, columns = self._select(node)
            elif isinstance(node, exp.SetOperation):
                tree, columns = self._set(node)
            elif isinstance(node, exp.Subquery) and not node.alias:
                inner, columns = self.query(node.this)
                tree = exp.Subquery(this=inner)
            else:
                self.fault(f"{shown(node)} is not a query", f"{shown(node)} 不是查询")
                return node, {}
            if with_ is not None:
                tree.set("with_", with_)
            return tree, columns
        finally:
            self.named, self.inside_aggregate, self.allowed, self.free = before

    def _with(self, node: exp.Expression) -> exp.With | None:
        with_ = node.args.get("with_")
        if with_ is None:
            return None
        if with_.args.get("recursive"):
            self.fault("with recursive is not allowed", "不支持 with recursive")
        found = []
        for each in with_.expressions:
            name = each.alias.lower()
            if each.args["alias"].args.get("columns"):
                self.fault(f"name the columns of {name} in its select", f"请在 {name} 的 select 里给列命名")
            tree, columns = self.query(each.this)
            self.named[name] = columns
            found.append(exp.CTE(this=tree, alias=exp.TableAlias(this=_name(name))))
        return exp.With(expressions=found)

    def _set(self, node: exp.SetOperation) -> tuple[exp.Expression, Columns]:
        self._only(node, {"with_", "this", "expression", "distinct", "order", "limit", "offset"})
        left, first = self.query(node.this)
        right, second = self.query(node.expression)
        if len(first) != len(second):
            self.fault("both sides of a union need as many columns", "union 两边的列数应相同")
        columns = {}
        for (name, one), other in zip(first.items(), second.values(), strict=False):
            columns[name] = self._either(name, one, other)
        tree = type(node)(this=left, expression=right, distinct=node.args.get("distinct"))
        self._tail(node, tree, _Frame(self.frame, outputs=columns))
        return tree, columns

    def _either(self, name: str, one: Type, other: Type) -> Type:
        if one is other or Type.NULL in (one, other):
            return one if other is Type.NULL else other
        if one.numeric and other.numeric:
            return max(one, other, key=(Type.INTEGER, Type.MONEY, Type.NUMBER).index)
        self.fault(
            f"{name} is {one.value} on one side of the union and {other.value} on the other",
            f"union 两边的 {name} 类型不同：{one.value} 和 {other.value}",
        )
        return one

    def _select(self, node: exp.Select) -> tuple[exp.Expression, Columns]:
        self._only(node, _SELECT_PARTS)
        frame = self.frame = _Frame(self.frame)
        try:
            tree = exp.Select()
            self._sources(node, tree)
            self._where(node, tree)
            self._group(node, tree)
            columns = frame.outputs = self._projections(node, tree)
            self._after(node, tree, "having", exp.Having, {"aggregates"})
            self._after(node, tree, "qualify", exp.Qualify, {"aggregates", "windows"})
            self._tail(node, tree, frame)
            distinct = node.args.get("distinct")
            if distinct is not None:
                if distinct.args.get("on"):
                    self.fault("distinct on is not allowed: use row_number()", "不支持 distinct on，请用 row_number()")
                tree.set("distinct", exp.Distinct())
            return tree, columns
        finally:
            self.frame = cast(_Frame, frame.outer)

    def _sources(self, node: exp.Select, tree: exp.Select) -> None:
        from_ = node.args.get("from_")
        if from_ is None:
            self.fault("a query needs from", "查询缺少 from")
            return
        tree.set("from_", exp.From(this=self._relation(from_.this)))
        tree.set("joins", [self._join(join) for join in node.args.get("joins") or ()] or None)

    def _join(self, node: exp.Join) -> exp.Join:
        self._only(node, {"this", "side", "kind", "on", "using"})
        kind, side = str(node.args.get("kind") or "").upper(), str(node.args.get("side") or "").upper()
        if kind not in ("", "INNER", "OUTER", "CROSS"):
            self.fault(f"{kind.lower()} join is not allowed", f"不支持 {kind.lower()} join")
        before = [name for columns in self.frame.relations.values() for name in columns]
        joined = exp.Join(this=self._relation(node.this), side=side or None, kind=kind or None)
        names = [each.name.lower() for each in node.args.get("using") or ()]
        mine = list(self.frame.relations.values())[-1] if self.frame.relations else {}
        for name in names:
            if name not in before or name not in mine:
                both = [each for each in mine if each in before]
                self.fault(f"using ({name}): both sides need the column", f"using ({name})：两边都要有这一列", name,
                           dict.fromkeys(both))  # fmt: skip
        self.frame.joined |= set(names)
        if names:
            joined.set("using", [_name(name) for name in names])
        if node.args.get("on") is not None:
            joined.set("on", self.condition(node.args["on"]))
        return joined

    def _relation(self, node: exp.Expression) -> exp.Expression:
        alias = node.alias.lower() if node.alias else ""
        columns: Mapping[str, Type] = {}
        tree: exp.Expression = node
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and not node.db:
            self._only(node, {"this", "alias"})
            name = node.name.lower()
            alias = alias or name
            tree, columns = self._table(name, alias)
        elif isinstance(node, exp.Subquery):
            self._only(node, {"this", "alias"})
            alias = alias or f"_{len(self.frame.relations) + 1}"
            # What stands beside it in from is not seen inside.
            seen, self.frame.relations = self.frame.relations, {}
            inner, columns = self.query(node.this)
            self.frame.relations = seen
            tree = exp.Subquery(this=inner, alias=exp.TableAlias(this=_name(alias)))
        else:
            self.frame.unsure = True
            self.fault(f"{shown(node)} is not a table of facts", f"{shown(node)} 不是事实表", shown(node), self.tables)
        if isinstance(node.args.get("alias"), exp.TableAlias) and node.args["alias"].args.get("columns"):
            self.fault(f"name the columns of {alias} in its select", f"请在 {alias} 的 select 里给列命名")
        if alias in self.frame.relations:
            self.fault(f"{alias!r} stands in from twice: name one with as", f"from 里有两个“{alias}”，请用 as 区分")
        self.frame.relations[alias] = columns
        return tree

    def _table(self, name: str, alias: str) -> tuple[exp.Expression, Mapping[str, Type]]:
        as_alias = exp.TableAlias(this=_name(alias))
        if name in self.named:
            return exp.Table(this=_name(name), alias=as_alias), self.named[name]
        columns = self.tables.get(name)
        if columns is None:
            self.frame.unsure = True
            known = {**self.tables, **self.named}
            self.fault(f"there is no table {name!r} here", f"这里没有名为“{name}”的表", name, known)
            return exp.Table(this=_name(name)), {}
        self.used.add(name)
        return exp.Subquery(this=_visible(name, columns), alias=as_alias), columns

    def _where(self, node: exp.Select, tree: exp.Select) -> None:
        where = node.args.get("where")
        if where is not None:
            tree.set("where", exp.Where(this=self.condition(where.this)))

    def _group(self, node: exp.Select, tree: exp.Select) -> None:
        group = node.args.get("group")
        if group is not None:
            self._only(group, {"expressions"})
            keys = [self._numbered(each, node) for each in group.expressions]
            tree.set("group", exp.Group(expressions=[self.visit(key)[0] for key in keys]))
            self.frame.grouped = frozenset(_text(key) for key in keys)
        elif any(_aggregates(each) for each in (*node.expressions, node.args.get("having")) if each is not None):
            self.frame.grouped = frozenset()

    def _numbered(self, key: exp.Expression, node: exp.Select) -> exp.Expression:
        if isinstance(key, exp.Literal) and not key.is_string:
            place = int(key.name) - 1 if key.name.isdigit() else -1
            if not 0 <= place < len(node.expressions):
                self.fault(f"group by {key.name}: there is no such column", f"group by {key.name}：没有这一列")
                return key
            return cast(exp.Expression, node.expressions[place].unalias())
        for each in node.expressions:
            # A name given in the select list, where no table has a column of that name.
            if isinstance(key, exp.Column) and not key.table and isinstance(each, exp.Alias):
                known = any(key.name.lower() in columns for columns in self.frame.relations.values())
                if each.alias.lower() == key.name.lower() and not known:
                    return cast(exp.Expression, each.this)
        return key

    def _projections(self, node: exp.Select, tree: exp.Select) -> Columns:
        columns: Columns = {}
        found = []
        self.allowed = frozenset({"aggregates", "windows"})
        for place, each in enumerate(node.expressions, 1):
            if isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star)):
                self.fault("name the columns instead of *", "请写出列名，不能用 *")
                continue
            name = (each.alias_or_name or f"column_{place}").lower()
            value, type_ = self.visit(each.unalias())
            if name in columns:
                self.fault(f"two columns are called {name!r}", f"有两列都叫“{name}”")
            columns[name] = type_
            found.append(exp.Alias(this=value, alias=_name(name)))
        self.allowed = frozenset()
        tree.set("expressions", found)
        return columns

    def _after(
        self, node: exp.Select, tree: exp.Select, part: str, made: type[exp.Expression], allowed: set[str]
    ) -> None:
        found = node.args.get(part)
        if found is not None:
            self.allowed = frozenset(allowed)
            tree.set(part, made(this=self.condition(found.this)))
            self.allowed = frozenset()

    def _tail(self, node: exp.Expression, tree: exp.Expression, frame: _Frame) -> None:
        order = node.args.get("order")
        if order is not None:
            before, self.frame = self.frame, frame
            self.allowed = frozenset({"aggregates", "windows"})
            tree.set("order", self._order(order))
            self.allowed, self.frame = frozenset(), before
        for part, made in (("limit", exp.Limit), ("offset", exp.Offset)):
            found = node.args.get(part)
            if found is None:
                continue
            count = getattr(found, "expression", None)
            if not isinstance(found, made) or not isinstance(count, exp.Literal) or not count.name.isdigit():
                self.fault(f"{part} takes a whole number", f"{part} 应是整数")
                continue
            tree.set(part, made(expression=count.copy()))

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

    # Expressions

    def visit(self, node: exp.Expression) -> Typed:
        key = self.frame.grouped is not None and not self.inside_aggregate and not self.free
        if key and _text(node) in (self.frame.grouped or ()):
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
        frame: _Frame | None = self.frame
        while frame is not None and len(parts) <= 2:
            found = self._in(frame, name, table)
            if found is not None:
                return found
            if frame.unsure:
                return node.copy(), Type.NULL
            frame = frame.outer
        known = self.frame.relations.get(table) or {
            **{column: type_ for columns in self.frame.relations.values() for column, type_ in columns.items()},
            **self.frame.outputs,
        }
        what = dotted(node)
        self.fault(f"there is no {what!r} here", f"这里没有“{what}”", name, dict.fromkeys(known))
        return node.copy(), Type.NULL

    def _in(self, frame: _Frame, name: str, table: str) -> Typed | None:
        """Return a column of one frame; None when the frame has none of that name."""
        holders = [alias for alias, columns in frame.relations.items() if name in columns and table in ("", alias)]
        if not holders:
            if table or name not in frame.outputs:
                return None
            return exp.Column(this=_name(name)), frame.outputs[name]
        if len(holders) > 1 and name not in frame.joined:
            shown_ = ", ".join(f"{alias}.{name}" for alias in holders)
            self.fault(f"{name!r} may be {shown_}: say which", f"“{name}”可能是 {shown_}，请写明是哪一个")
        alone = frame.grouped is not None and frame is self.frame and not self.inside_aggregate and not self.free
        if alone and name not in frame.outputs:
            self.fault(
                f"{name} must stand inside an aggregate such as max({name}), or in group by",
                f"{name} 必须放在聚合函数里（如 max({name})），或写进 group by",
            )
        column = exp.Column(this=_name(name))
        if table or len(holders) == 1:
            column.set("table", _name(holders[0]))
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
            kept = {Type.INTEGER: "BIGINT", Type.MONEY: "DECIMAL(18, 2)"}.get(type_, "DOUBLE")
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


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _text(node: exp.Expression) -> str:
    return node.sql(dialect="duckdb", normalize_functions="lower", comments=False).lower()


def _aggregates(node: exp.Expression) -> bool:
    """Whether an expression holds an aggregate of its own SELECT: not in a query inside it, nor before over (…)."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in AGGREGATES:
        return True
    if isinstance(node, exp.Window):
        below: Sequence[exp.Expression] = [*node.args.get("partition_by", ()), *_children(node.args.get("order"))]
        return any(_aggregates(each) for each in below)
    return any(_aggregates(each) for each in _children(node))


def _children(node: exp.Expression | None) -> list[exp.Expression]:
    return [] if node is None else list(node.iter_expressions())


def _visible(name: str, columns: Mapping[str, Type]) -> exp.Expression:
    """Return the SELECT of a table's rows that are somebody's and not later than as_of, texts as texts."""
    listed = []
    for column, type_ in columns.items():
        plain = exp.Column(this=_name(column))
        value = exp.cast(plain, "VARCHAR") if type_ is Type.TEXT else plain
        listed.append(exp.Alias(this=value, alias=_name(column)))
    owner = exp.Column(this=_name(OWNER))
    where: exp.Expression = exp.Not(this=exp.Is(this=owner, expression=exp.null()))
    if MOMENT in columns:
        at = exp.Column(this=_name(MOMENT))
        past = exp.LTE(this=at, expression=exp.column(AS_OF))
        ever = exp.Is(this=at.copy(), expression=exp.null())
        where = exp.And(this=where, expression=exp.paren(exp.Or(this=past, expression=ever)))
    source = exp.From(this=exp.Table(this=_name(name)))
    return exp.Select(expressions=listed, from_=source, where=exp.Where(this=where))


_VISITORS: tuple[tuple[tuple[type, ...], Callable[[_QueryChecker, exp.Expression], Typed]], ...] = (
    ((exp.Column,), _QueryChecker.named_column),  # type: ignore[assignment]
    ((exp.Anonymous,), _QueryChecker.called),
    ((exp.Filter,), _QueryChecker.filtered),
    ((exp.Window,), _QueryChecker.window),
    ((exp.Add, exp.Sub), _QueryChecker.moved),
    ((exp.Exists,), _QueryChecker.exists),
    ((exp.In,), _QueryChecker.member),
    ((exp.Subquery,), _QueryChecker.scalar),
)
