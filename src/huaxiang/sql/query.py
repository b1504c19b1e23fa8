"""Queries: one SELECT over given tables, checked as expressions are: every table, column, function and type.

What comes out is a tree of our own making: tables are read through a SELECT that shows nothing later than as_of, sums
are exact, so that the order of rows does not matter, and what was not understood was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.check import AS_OF, shown
from huaxiang.sql.language import dotted, parse
from huaxiang.sql.query_expressions import Columns, ExpressionsOfQuery, Frame, identifier, text_of
from huaxiang.sql.query_functions import AGGREGATES, WINDOWS
from huaxiang.sql.render import Bindings, Build, render

MOMENT = "occurred_at"
"""A table with this column shows only rows that are not later than as_of; one without a time always holds."""
OWNER = "subject"
"""The column that says whose a row is; rows of nobody are not shown."""

_SELECT_PARTS = frozenset(
    ("with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset")
) | {"distinct"}


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
    faults.take(own)
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


class _QueryChecker(ExpressionsOfQuery):
    def __init__(self, text: Text, tables: Mapping[str, Mapping[str, Type]], faults: Faults) -> None:
        super().__init__(text, faults)
        self.tables = tables
        self.used: set[str] = set()
        self.named: dict[str, Columns] = {}

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
            found.append(exp.CTE(this=tree, alias=exp.TableAlias(this=identifier(name))))
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
        self._tail(node, tree, Frame(self.frame, outputs=columns))
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
        frame = self.frame = Frame(self.frame)
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
            self.frame = cast(Frame, frame.outer)

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
            joined.set("using", [identifier(name) for name in names])
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
            tree = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(alias)))
        else:
            self.frame.unsure = frozenset()
            self.fault(f"{shown(node)} is not a table of facts", f"{shown(node)} 不是事实表", shown(node), self.tables)
        if isinstance(node.args.get("alias"), exp.TableAlias) and node.args["alias"].args.get("columns"):
            self.fault(f"name the columns of {alias} in its select", f"请在 {alias} 的 select 里给列命名")
        if alias in self.frame.relations:
            self.fault(f"{alias!r} stands in from twice: name one with as", f"from 里有两个“{alias}”，请用 as 区分")
        self.frame.relations[alias] = columns
        return tree

    def _table(self, name: str, alias: str) -> tuple[exp.Expression, Mapping[str, Type]]:
        as_alias = exp.TableAlias(this=identifier(alias))
        if name in self.named:
            return exp.Table(this=identifier(name), alias=as_alias), self.named[name]
        columns = self.tables.get(name)
        if columns is None:
            known = {**self.tables, **self.named}
            if self.frame.unsure is None:
                self.frame.unsure = frozenset(column for each in known.values() for column in each)
            self.fault(f"there is no table {name!r} here", f"这里没有名为“{name}”的表", name, known)
            return exp.Table(this=identifier(name)), {}
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
            self.frame.grouped = frozenset(text_of(key) for key in keys)
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
            found.append(exp.Alias(this=value, alias=identifier(name)))
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

    def _tail(self, node: exp.Expression, tree: exp.Expression, frame: Frame) -> None:
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
        plain = exp.Column(this=identifier(column))
        value = exp.cast(plain, "VARCHAR") if type_ is Type.TEXT else plain
        listed.append(exp.Alias(this=value, alias=identifier(column)))
    owner = exp.Column(this=identifier(OWNER))
    where: exp.Expression = exp.Not(this=exp.Is(this=owner, expression=exp.null()))
    if MOMENT in columns:
        at = exp.Column(this=identifier(MOMENT))
        past = exp.LTE(this=at, expression=exp.column(AS_OF))
        ever = exp.Is(this=at.copy(), expression=exp.null())
        where = exp.And(this=where, expression=exp.paren(exp.Or(this=past, expression=ever)))
    source = exp.From(this=exp.Table(this=identifier(name)))
    return exp.Select(expressions=listed, from_=source, where=exp.Where(this=where))
