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


MAX_CHARACTERS = 200_000
MAX_DEPTH = 100
"""Levels of an expression within each other, each step of a chain (a or b or c) being one: whatever reads an expression
calls itself for each."""


def parse(text: Text, faults: Faults) -> exp.Expression | None:
    """Return the tree of an expression; None and a fault (with the column) when it is not one, or past all bounds."""
    if len(text.text) > MAX_CHARACTERS:
        faults.add(
            text.place,
            f"an expression of more than {MAX_CHARACTERS:,} characters: long lists belong into a file or a table",
            f"表达式超过 {MAX_CHARACTERS:,} 个字符：长名单请放进文件或表中",
        )
        return None
    try:
        trees = Expressions().parse(text.text)
    except RecursionError:
        _too_deep(text, faults)
        return None
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
    if _deeper(trees[0], MAX_DEPTH):
        _too_deep(text, faults)
        return None
    return cast(exp.Expression, trees[0])


def _deeper(tree: exp.Expr, most: int) -> bool:
    """Tell whether a tree has more than `most` levels, without calling itself for them."""
    level = [tree]
    for _ in range(most):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return False
    return True


def _too_deep(text: Text, faults: Faults) -> None:
    faults.add(
        text.place,
        f"{text.text[:40]!r}… is nested too deeply, or a chain of more than {MAX_DEPTH} steps: "
        "write x in (…), or divide it into several tags",
        f"“{text.text[:40]}…”嵌套过深，或连续超过 {MAX_DEPTH} 步：请改用 x in (…)，或拆成几个标签",
    )


def dotted(column: exp.Column) -> str:
    """Return the name of a column as it was written: a, a.b, a.b.c …"""
    return ".".join(part.name for part in column.parts)
