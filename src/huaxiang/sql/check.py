"""Checking: every name exists, every function is allowed, every operator gets what it takes; all faults at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import Type
from huaxiang.sql.functions import FUNCTIONS, Function
from huaxiang.sql.instead import FUNCTIONS as FUNCTIONS_INSTEAD
from huaxiang.sql.instead import node_words
from huaxiang.sql.language import dotted, parse
from huaxiang.words import Words

AS_OF = "as_of"
"""The one moment every expression sees; now() means the same."""


@dataclass(frozen=True)
class Scope:
    """What an expression may name.

    `raw` columns are texts as they came: they become numbers, dates … where an operator asks for it (to_number(…)).
    `functions` are those of the place (in_segment …) beside the common ones. `values` holds the texts that a column
    may be, for those that may be no other. `elsewhere` are names that stand for something, but not here: what to do.
    """

    columns: Mapping[str, Type]
    raw: frozenset[str] = frozenset()
    aggregates: bool = False
    functions: Mapping[str, Function] = field(default_factory=dict)
    values: Mapping[str, Collection[str]] = field(default_factory=dict)
    elsewhere: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Expression:
    """A checked expression: its neutral tree, its type, the columns it reads, its text and place.

    `aggregated` holds what its aggregates are given, with types.
    """

    tree: exp.Expression
    type: Type
    names: frozenset[str]
    source: Text
    aggregated: tuple[tuple[exp.Expression, Type], ...] = ()

    @property
    def canonical(self) -> str:
        """A text that is the same for expressions that differ only in blanks and brackets."""
        return self.tree.sql(dialect="duckdb", normalize_functions="lower")

    @property
    def reads_clock(self) -> bool:
        """Whether its value can change with as_of alone: it names as_of, or calls a function that counts from today."""
        named = any(dotted(column) == AS_OF for column in self.tree.find_all(exp.Column))
        calls = (FUNCTIONS.get(str(call.this)) for call in self.tree.find_all(exp.Anonymous))
        return named or any(called is not None and called.reads_clock for called in calls)

    def calls(self, name: str) -> Iterator[exp.Anonymous]:
        """Yield the calls of one function."""
        return (call for call in self.tree.find_all(exp.Anonymous) if call.name == name)


def check(text: Text, scope: Scope, faults: Faults, *, want: Type | None = None) -> Expression | None:
    """Parse and check `text`; None when there were faults. `want` is the type it must have, if any."""
    # Faults of its own: one that was noted before (the same text in the same place) is still a fault of this one.
    own = Faults()
    found = _checked(text, scope, own, want)
    faults.take(own)
    return None if own.found else found


def _checked(text: Text, scope: Scope, faults: Faults, want: Type | None) -> Expression | None:
    tree = parse(text, faults)
    if tree is None:
        return None
    checker = _Checker(text, scope, faults)
    checked, type_ = checker.visit(tree)
    if want is not None and not faults.found:
        checked, type_ = checker.want(checked, type_, want)
    names = frozenset(dotted(column) for column in checked.find_all(exp.Column))
    return Expression(checked, type_, names - {AS_OF}, text, tuple(checker.aggregated))


Typed = tuple[exp.Expression, Type]
_MOMENTS = (Type.DATE, Type.TIME)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


class _Checker:
    def __init__(self, text: Text, scope: Scope, faults: Faults) -> None:
        self.text, self.scope, self.faults = text, scope, faults
        self.inside_aggregate = False
        self.aggregated: list[Typed] = []
        self.argument_types: list[Type] = []

    def visit(self, node: exp.Expression) -> Typed:
        for classes, method in _VISITORS:
            if isinstance(node, classes):
                return method(self, node)
        en, zh = f"{_shown(node)} is not allowed in an expression", f"表达式里不能使用 {_shown(node)}"
        self.refuse(en, zh, node_words(node))
        return node, Type.NULL

    def refuse(self, en: str, zh: str, instead: Words | None) -> None:
        """Note a fault, with what to write instead."""
        self.fault(f"{en}: {instead.en}" if instead else en, f"{zh}：{instead.zh}" if instead else zh)

    def fault(self, en: str, zh: str, word: str | None = None, known: Mapping[str, object] | None = None) -> None:
        self.faults.add(self.text.place, en, zh, word=word, known=known or {})

    def literal(self, node: exp.Literal) -> Typed:
        if node.is_string:
            # As texts of data are: an é of two characters is the same text as one of one.
            return exp.Literal.string(unicodedata.normalize("NFC", node.name)), Type.TEXT
        return node.copy(), Type.INTEGER if node.this.isdigit() else Type.NUMBER

    def boolean(self, node: exp.Boolean) -> Typed:
        return node.copy(), Type.BOOL

    def null(self, node: exp.Null) -> Typed:
        return node.copy(), Type.NULL

    def paren(self, node: exp.Paren) -> Typed:
        inner, type_ = self.visit(node.this)
        return (inner if isinstance(inner, exp.Paren | exp.Column | exp.Literal) else exp.Paren(this=inner)), type_

    def column(self, node: exp.Column) -> Typed:
        name = dotted(node)
        if name == AS_OF:
            return exp.column(AS_OF), Type.TIME
        known = name if name in self.scope.columns else name.lower()
        fitting = [] if known == name else [each for each in self.scope.columns if each.lower() == known]
        if len(fitting) > 1:
            listed = " / ".join(sorted(fitting))
            self.fault(
                f"{name!r} can mean each of {listed}: write the one that is meant as it is",
                f"“{name}”可能指 {listed} 中的任何一个：请原样写出要用的那个",
            )
        elif known not in self.scope.columns and known in self.scope.elsewhere:
            self.refuse(f"there is no {name!r} here", f"这里没有“{name}”", self.scope.elsewhere[known])
        elif known not in self.scope.columns:
            self.fault(f"there is no {name!r} here", f"这里没有“{name}”", name, self.scope.columns)
        else:
            if self.scope.aggregates and not self.inside_aggregate:
                self.fault(
                    f"{name} must stand inside an aggregate such as last({name}) or sum({name})",
                    f"{name} 必须放在聚合函数里，例如 last({name}) 或 sum({name})",
                )
            return exp.Column(this=exp.to_identifier(known, quoted=True)), self.scope.columns[known]
        return node.copy(), Type.NULL

    def connect(self, node: exp.Connector) -> Typed:
        return _again(node, self.condition(node.this), self.condition(node.expression)), Type.BOOL

    def negate(self, node: exp.Not) -> Typed:
        return exp.Not(this=self.condition(node.this)), Type.BOOL

    def condition(self, node: exp.Expression) -> exp.Expression:
        return self.want(*self.visit(node), Type.BOOL)[0]

    def minus(self, node: exp.Neg) -> Typed:
        inner, type_ = self.number(*self.visit(node.this))
        return exp.Neg(this=inner), type_

    def arithmetic(self, node: exp.Binary) -> Typed:
        before = len(self.faults.found)
        sides = self.visit(node.this), self.visit(node.expression)
        moments = [type_ for _, type_ in sides if type_ in _MOMENTS]
        if moments and len(self.faults.found) == before:
            text = _shown(cast(exp.Expression, node))
            en, zh = f"{text}: moments are not added or subtracted", f"{text}：时间不能直接加减"
            self.refuse(en, zh, FUNCTIONS_INSTEAD["datediff"])
        if len(self.faults.found) > before:
            # What is wrong in a part of it is told there: of the whole nothing is known.
            return cast(exp.Expression, node.copy()), Type.NULL
        (left, left_type), (right, right_type) = (self.number(*side) for side in sides)
        types = {left_type, right_type} - {Type.NULL}
        if isinstance(node, exp.Div):
            result = Type.NUMBER
        elif isinstance(node, exp.Mul):
            # Money times a fraction is no longer an amount that anybody pays.
            result = Type.NUMBER if Type.NUMBER in types or len(types) == 0 else max(types, key=_width)
        else:
            result = Type.NUMBER if Type.NUMBER in types else max(types, key=_width, default=Type.NULL)
        return _again(node, left, right), result

    def compare(self, node: exp.Binary) -> Typed:
        left, right = self.agree(self.visit(node.this), self.visit(node.expression))
        if isinstance(node, exp.EQ | exp.NEQ):
            self.possible(left, right)
            self.possible(right, left)
        return _again(node, left, right), Type.BOOL

    def possible(self, column: exp.Expression, value: exp.Expression) -> None:
        """Note a text that a column is compared with although it can never be it."""
        named, written = column.unnest(), value.unnest()
        if not isinstance(named, exp.Column) or not isinstance(written, exp.Literal) or not written.is_string:
            return
        name, word = dotted(named), written.name
        values = self.scope.values.get(name)
        if values is not None and word not in values:
            known = dict.fromkeys(values)
            self.fault(f"{word!r} is no value of {name}", f"“{word}”不是 {name} 的取值", word, known)

    def between(self, node: exp.Between) -> Typed:
        value = self.visit(node.this)
        value_tree, low = self.agree(value, self.visit(node.args["low"]))
        _, high = self.agree(value, self.visit(node.args["high"]))
        return exp.Between(this=value_tree, low=low, high=high), Type.BOOL

    def among(self, node: exp.In) -> Typed:
        if node.args.get("query") is not None or not node.expressions:
            self.fault("in (…) takes a list of values here", "in (…) 这里只能写值的列表")
            return node.copy(), Type.BOOL
        value = self.visit(node.this)
        pairs = [self.agree(value, self.visit(item)) for item in node.expressions]
        for left, right in pairs:
            self.possible(left, right)
        return exp.In(this=pairs[0][0], expressions=[item for _, item in pairs]), Type.BOOL

    def like(self, node: exp.Like) -> Typed:
        left = self.want(*self.visit(node.this), Type.TEXT)[0]
        right = self.want(*self.visit(node.expression), Type.TEXT)[0]
        return exp.Like(this=left, expression=right), Type.BOOL

    def is_(self, node: exp.Is) -> Typed:
        inner, _ = self.visit(node.this)
        return exp.Is(this=inner, expression=node.expression.copy()), Type.BOOL

    def concat(self, node: exp.DPipe) -> Typed:
        parts = [self.visit(node.this)[0], self.visit(node.expression)[0]]
        return exp.Anonymous(this="concat", expressions=parts), Type.TEXT

    def case(self, node: exp.Case) -> Typed:
        if node.this is not None:
            self.fault("write case when … then …, not case x when …", "请写 case when … then …，不支持 case x when …")
            return node.copy(), Type.NULL
        conditions = [self.condition(branch.this) for branch in node.args["ifs"]]
        values = [self.visit(branch.args["true"]) for branch in node.args["ifs"]]
        default = node.args.get("default")
        if default is not None:
            values.append(self.visit(default))
        trees, type_ = self.same(values)
        ifs = [exp.If(this=condition, true=value) for condition, value in zip(conditions, trees, strict=False)]
        return exp.Case(ifs=ifs, default=trees[-1] if default is not None else None), type_

    def cast(self, node: exp.Cast) -> Typed:
        # DuckDB's TIMESTAMP has no zone; SQLGlot says so in the type's name.
        wanted = {"DATE": Type.DATE, "TIMESTAMP": Type.TIME, "TIMESTAMPNTZ": Type.TIME}.get(node.to.this.name)
        if wanted is None or not isinstance(node.this, exp.Literal):
            en, zh = "only date '…' and timestamp '…' may be cast", "只允许 date '…' 和 timestamp '…' 形式的转换"
            self.refuse(en, zh, FUNCTIONS_INSTEAD["cast"])
            return node.copy(), Type.NULL
        return self.moment(node.this, wanted), wanted

    def call(self, node: exp.Anonymous) -> Typed:
        name = str(node.this).lower()
        if name == "now" and not node.expressions:
            return exp.column(AS_OF), Type.TIME
        known = {key: each for key, each in FUNCTIONS.items() if self.scope.aggregates or not each.aggregate}
        known |= self.scope.functions
        function = known.get(name)
        if function is None:
            en, zh, instead = (
                f"there is no function {name!r} here",
                f"这里没有函数“{name}”",
                FUNCTIONS_INSTEAD.get(name),
            )
            if instead:
                self.refuse(en, zh, instead)
            else:
                self.fault(en, zh, name, known)
            return node.copy(), Type.NULL
        return self.aggregate(function, node) if function.aggregate else self.apply(function, node.expressions)

    def aggregate(self, function: Function, node: exp.Anonymous) -> Typed:
        if self.inside_aggregate:
            self.fault(
                f"{function.name} cannot stand inside another aggregate", f"{function.name} 不能放在另一个聚合函数里"
            )
            return node.copy(), Type.NULL
        arguments = list(node.expressions)
        distinct = len(arguments) == 1 and isinstance(arguments[0], exp.Distinct)
        if distinct and function.name != "count":
            self.fault("distinct belongs to count only", "distinct 只能用于 count")
            return node.copy(), Type.NULL
        if distinct:
            arguments = list(arguments[0].expressions)
        elif function.name == "count" and [type(each) for each in arguments] == [exp.Star]:
            arguments = []
        self.inside_aggregate = True
        applied, type_ = self.apply(function, arguments)
        self.inside_aggregate = False
        self.aggregated += zip(applied.expressions, self.argument_types, strict=False)
        return (exp.Anonymous(this="count_distinct", expressions=applied.expressions) if distinct else applied), type_

    def apply(self, function: Function, arguments: list[exp.Expression]) -> Typed:
        least = len(function.arguments) - function.optional
        most = len(function.arguments) if function.rest is None else max(len(arguments), least)
        typed = [self.visit(argument) for argument in arguments]
        if not least <= len(arguments) <= most:
            self.fault(
                f"{function.name} takes {function.signature}, not {len(arguments)} arguments",
                f"{function.name} 的用法是 {function.signature}，这里给了 {len(arguments)} 个参数",
            )
            return exp.Anonymous(this=function.name, expressions=[tree for tree, _ in typed]), Type.NULL
        kinds = (*function.arguments, *([function.rest or "any"] * len(arguments)))
        found: list[Typed] = []
        for kind, pair in zip(kinds, typed, strict=False):
            found.append(self.argument(kind, pair, found))
        if "same" in kinds[: len(found)]:
            found = self.unify(function, kinds, found)
        result = function.result if isinstance(function.result, Type) else found[function.result][1]
        self.argument_types = [type_ for _, type_ in found]
        return exp.Anonymous(this=function.name, expressions=[tree for tree, _ in found]), result

    def unify(self, function: Function, kinds: tuple[str, ...], found: list[Typed]) -> list[Typed]:
        first = function.result if isinstance(function.result, int) else 0
        alike = [place for place in range(len(found)) if place == first or kinds[place] == "same"]
        trees, type_ = self.same([found[place] for place in alike])
        for place, tree in zip(alike, trees, strict=True):
            found[place] = (tree, type_)
        return found

    def argument(self, kind: str, pair: Typed, before: list[Typed]) -> Typed:
        if kind in ("any", "same"):
            return pair
        if kind == "numeric":
            return self.number(*pair)
        if kind == "moment":
            pair = pair if pair[1] in (*_MOMENTS, Type.NULL) else self.want(*pair, Type.DATE)
        else:
            pair = self.want(*pair, Type(kind))
        # Calendars are read off the project's own clock.
        return (_local(pair[0]), pair[1]) if pair[1] is Type.TIME else pair

    def number(self, tree: exp.Expression, type_: Type) -> Typed:
        if type_.numeric or type_ is Type.NULL:
            return tree, type_
        return self.want(tree, type_, Type.NUMBER)

    def want(self, tree: exp.Expression, type_: Type, wanted: Type) -> Typed:
        """Return the expression as `wanted`, converted where that is harmless; a fault where it is not."""
        if type_ in (wanted, Type.NULL) or (type_.numeric and wanted.numeric):
            return tree, wanted
        if type_ is Type.TEXT and wanted in _MOMENTS and isinstance(tree, exp.Literal):
            return self.moment(tree, wanted), wanted
        if {type_, wanted} == set(_MOMENTS):
            in_date = exp.cast(_local(tree), "date")
            return (in_date if wanted is Type.DATE else _utc(exp.cast(tree, "timestamp"))), wanted
        if self.is_raw(tree) and type_ is Type.TEXT and wanted is not Type.TEXTS:
            return exp.Anonymous(this=f"to_{wanted.value}", expressions=[tree]), wanted
        self.fault(
            f"{_shown(tree)} is {type_.value} where {wanted.value} is needed",
            f"{_shown(tree)} 的类型是 {type_.value}，这里需要 {wanted.value}",
        )
        return tree, wanted

    def moment(self, literal: exp.Literal, wanted: Type) -> exp.Expression:
        try:
            read = date.fromisoformat if wanted is Type.DATE else datetime.fromisoformat
            read(literal.name)
        except ValueError:
            self.fault(
                f"{literal.name!r} is not a {wanted.value}; it is written 2026-01-31"
                + (" 23:59:59" if wanted is Type.TIME else ""),
                f"“{literal.name}”不是合法的{'日期' if wanted is Type.DATE else '时间'}，应写作 2026-01-31"
                + (" 23:59:59" if wanted is Type.TIME else ""),
            )
        return exp.cast(literal, "date") if wanted is Type.DATE else _utc(exp.cast(literal, "timestamp"))

    def is_raw(self, tree: exp.Expression) -> bool:
        return any(dotted(column) in self.scope.raw for column in tree.find_all(exp.Column))

    def agree(self, left: Typed, right: Typed) -> tuple[exp.Expression, exp.Expression]:
        """Return both sides of a comparison in one type."""
        (left_tree, left_type), (right_tree, right_type) = left, right
        if left_type is right_type or Type.NULL in (left_type, right_type):
            return left_tree, right_tree
        if left_type.numeric and right_type.numeric:
            return left_tree, right_tree
        if left_type is Type.TIME and right_type is Type.DATE:
            return self.want(left_tree, left_type, Type.DATE)[0], right_tree
        if left_type is Type.TEXT and (isinstance(left_tree, exp.Literal) or self.is_raw(left_tree)):
            return self.want(left_tree, left_type, _comparable(right_type))[0], right_tree
        return left_tree, self.want(right_tree, right_type, _comparable(left_type))[0]

    def same(self, values: list[Typed]) -> tuple[list[exp.Expression], Type]:
        """Return values that stand for one another (branches, coalesce) in one type."""
        types = [type_ for _, type_ in values if type_ is not Type.NULL]
        if not types:
            return [tree for tree, _ in values], Type.NULL
        if all(type_.numeric for type_ in types):
            return [tree for tree, _ in values], max(types, key=_width)
        wanted = next((type_ for type_ in types if type_ is not Type.TEXT), Type.TEXT)
        if any(type_ is Type.TEXT and not isinstance(tree, exp.Literal) for tree, type_ in values):
            wanted = Type.TEXT if all(type_ is Type.TEXT for type_ in types) else wanted
        return [self.want(tree, type_, wanted)[0] for tree, type_ in values], wanted


def _local(tree: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="local", expressions=[tree])


def _utc(tree: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="utc", expressions=[tree])


def _comparable(type_: Type) -> Type:
    return Type.NUMBER if type_.numeric else type_


def _width(type_: Type) -> int:
    return (Type.INTEGER, Type.MONEY, Type.NUMBER).index(type_) if type_.numeric else -1


def _again(node: exp.Binary, left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return cast(exp.Expression, type(node)(this=left, expression=right))


def _shown(node: exp.Expression) -> str:
    text = node.sql(dialect="duckdb").replace('"', "")
    return text if len(text) < 60 else text[:57] + "…"


_VISITORS: tuple[tuple[tuple[type, ...], Callable[[_Checker, exp.Expression], Typed]], ...] = (
    ((exp.Literal,), _Checker.literal),  # type: ignore[assignment]
    ((exp.Boolean,), _Checker.boolean),
    ((exp.Null,), _Checker.null),
    ((exp.Paren,), _Checker.paren),
    ((exp.Column,), _Checker.column),
    ((exp.And, exp.Or), _Checker.connect),
    ((exp.Not,), _Checker.negate),
    ((exp.Neg,), _Checker.minus),
    (_ARITHMETIC, _Checker.arithmetic),
    (_COMPARISONS, _Checker.compare),
    ((exp.Between,), _Checker.between),
    ((exp.In,), _Checker.among),
    ((exp.Like,), _Checker.like),
    ((exp.Is,), _Checker.is_),
    ((exp.DPipe,), _Checker.concat),
    ((exp.Case,), _Checker.case),
    ((exp.Cast,), _Checker.cast),
    ((exp.Anonymous,), _Checker.call),
)

Checker = _Checker
"""For queries, whose expressions hold more (query_expressions.py)."""
shown = _shown
