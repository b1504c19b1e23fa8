"""Parsing: SQL expressions, where every function call stays a call by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.duckdb import DuckDBParser

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults

Parsers = dict[str, Callable[..., Any]]


class Expressions(DuckDB):
    """DuckDB's syntax without its functions: ours are in functions.py, and only there."""

    class Parser(DuckDBParser):
        FUNCTIONS: ClassVar[Parsers] = {}
        FUNCTION_PARSERS: ClassVar[Parsers] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[Parsers] = {"CASE": DuckDBParser.NO_PAREN_FUNCTION_PARSERS["CASE"]}


class Templates(DuckDB):
    """The same for the engine's own templates, which may also cast; what is written is what runs."""

    class Parser(DuckDBParser):
        FUNCTIONS: ClassVar[Parsers] = {}
        FUNCTION_PARSERS: ClassVar[Parsers] = {
            name: DuckDBParser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")
        }


def parse(text: Text, faults: Faults) -> exp.Expression | None:
    """Return the tree of an expression; None and a fault (with the column) when it is not one."""
    try:
        trees = Expressions().parse(text.text)
    except (ParseError, TokenError) as error:
        where = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        near = where.get("highlight") or text.text[-12:]
        column = where.get("col", len(text.text))
        faults.add(
            text.place,
            f"{text.text!r} is not an expression: stuck near {near!r} (column {column})",
            f"“{text.text}”不是合法的表达式：在“{near}”附近（第 {column} 列）无法继续",
        )
        return None
    if len(trees) != 1 or trees[0] is None:
        faults.add(text.place, f"{text.text!r} must be one expression", f"“{text.text}”应是一个表达式")
        return None
    return cast(exp.Expression, trees[0])


def dotted(column: exp.Column) -> str:
    """Return the name of a column as it was written: a, a.b, a.b.c …"""
    return ".".join(part.name for part in column.parts)
