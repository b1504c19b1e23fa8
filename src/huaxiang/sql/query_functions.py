"""The functions a query has beside those of expressions: its aggregates, and what stands before over (…)."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.model import Type
from huaxiang.sql.functions import FUNCTIONS, Function
from huaxiang.words import Words

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
