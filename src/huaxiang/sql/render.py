"""Rendering: a checked, neutral tree becomes one engine's SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, reduce
from typing import Any, cast

from sqlglot import exp

from huaxiang.sql.check import AS_OF
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.sql.language import Templates, dotted
from huaxiang.sql.zones import local_date, to_local, to_utc

Build = Callable[[list[exp.Expression]], exp.Expression]
_CLOCKS = {"local": to_local, "utc": to_utc}


@dataclass(frozen=True)
class Bindings:
    """What names become: columns, the moment, and the functions of the place (aggregates, in_segment, to_date …)."""

    columns: Mapping[str, exp.Expression]
    as_of: datetime
    zone: str = "UTC"
    functions: Mapping[str, Build] = field(default_factory=dict)
    dialect: str = "duckdb"


def render(tree: exp.Expression, bindings: Bindings) -> exp.Expression:
    """Return the tree in the engine's own terms; the tree given is left as it was."""

    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return _column(dotted(node), bindings)
        if isinstance(node, exp.Anonymous):
            arguments = [render(argument, bindings) for argument in node.expressions]
            return _call(str(node.this), arguments, bindings)
        if isinstance(node, exp.Div | exp.Mod):
            left, right = render(node.this, bindings), render(node.expression, bindings)
            safe = exp.Anonymous(this="nullif", expressions=[right, exp.Literal.number(0)])
            if isinstance(node, exp.Div):
                left = exp.cast(exp.paren(left), "double")
            return type(node)(this=left, expression=safe)
        return node

    return _rewrite(tree, replace)


def _rewrite(node: exp.Expression, replace: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    replaced = replace(node)
    if replaced is not node:
        return replaced
    # Made anew, not copied: a copy would take along everything below, at every step down.
    return type(node)(**{key: _below(value, replace) for key, value in node.args.items()})


def _below(value: Any, replace: Callable[[exp.Expression], exp.Expression]) -> Any:
    if isinstance(value, list):
        return [_below(item, replace) for item in value]
    return _rewrite(value, replace) if isinstance(value, exp.Expression) else value


def moment(at: datetime) -> exp.Expression:
    """Return a UTC moment as an engine's timestamp literal."""
    return exp.cast(exp.Literal.string(at.strftime("%Y-%m-%d %H:%M:%S.%f")), "timestamp")


def _column(name: str, bindings: Bindings) -> exp.Expression:
    return moment(bindings.as_of) if name == AS_OF else bindings.columns[name].copy()


def _call(name: str, arguments: list[exp.Expression], bindings: Bindings) -> exp.Expression:
    own = bindings.functions.get(name)
    if own is not None:
        return own(arguments)
    if name in _CLOCKS:
        return _CLOCKS[name](arguments[0], bindings.zone)
    return fill(FUNCTIONS[name].templates[bindings.dialect], arguments, bindings)


@cache
def _template(text: str) -> exp.Expression:
    tree = Templates().parse(text)[0]
    if tree is None:
        raise ValueError(text)
    return cast(exp.Expression, tree)


def fill(template: str, arguments: list[exp.Expression], bindings: Bindings | None = None) -> exp.Expression:
    """Return a template's tree with _1, _2 … replaced; a missing one is NULL.

    _rest is all of them, _joined their texts one after the other, _today as_of's date.
    """

    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and [each.name for each in node.expressions] == ["_rest"]:
            return exp.Anonymous(this=node.this, expressions=[argument.copy() for argument in arguments])
        if not isinstance(node, exp.Column) or not node.name.startswith("_"):
            return node
        if node.name == "_today" and bindings is not None:
            return exp.cast(exp.Literal.string(local_date(bindings.as_of, bindings.zone).isoformat()), "date")
        if node.name == "_joined":
            return _joined(arguments)
        place = int(node.name[1:]) - 1
        return _operand(arguments[place]) if place < len(arguments) else exp.null()

    return _rewrite(_template(template), replace)


def _operand(tree: exp.Expression) -> exp.Expression:
    simple = isinstance(tree, exp.Column | exp.Literal | exp.Anonymous | exp.Paren | exp.Cast)
    return tree.copy() if simple else exp.paren(tree.copy())


def _joined(arguments: list[exp.Expression]) -> exp.Expression:
    texts: list[exp.Expression] = [exp.cast(_operand(argument), "varchar") for argument in arguments]
    return exp.paren(reduce(lambda left, right: exp.DPipe(this=left, expression=right), texts))
