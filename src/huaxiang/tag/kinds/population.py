"""Functions over tags whose value comes from everybody: computed once a build, kept in tag_thresholds."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.model import Type
from huaxiang.sql.check import Expression
from huaxiang.sql.functions import Function
from huaxiang.tag.kinds.base import Checking
from huaxiang.words import Words

AVERAGE, QUANTILE, GAP = "population_avg", "population_quantile", "repurchase_gap"

POPULATION: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function(AVERAGE, ("numeric",), Type.NUMBER, Words("mean over all customers", "全体客户的平均值")),
        Function(
            QUANTILE, ("numeric", "number"), Type.NUMBER, Words("quantile over all customers", "全体客户的分位数")
        ),
        Function(
            GAP,
            ("number", "text"),
            Type.NUMBER,
            Words("quantile of the days between two purchases", "复购间隔天数的分位数"),
            optional=1,
        ),
    )
}
_SHARE = {QUANTILE: 1, GAP: 0}


def checked(checking: Checking, text: Text, want: Type | None = None) -> Expression | None:
    """Check an expression over tags; the quantiles its population functions ask for must be written numbers."""
    expression = checking.over_tags(text, want=want)
    if expression is None:
        return None
    before = len(checking.faults.found)
    for name, place in _SHARE.items():
        for call in expression.calls(name):
            if share(call.expressions[place]) is None:
                checking.faults.add(
                    text.place,
                    f"the quantile of {name} must be a number between 0 and 1",
                    f"{name} 的分位必须是 0 到 1 之间的数字",
                )
    return expression if len(checking.faults.found) == before else None


def share(tree: exp.Expression) -> float | None:
    """Return a literal between 0 and 1, else None."""
    if not isinstance(tree, exp.Literal) or tree.is_string:
        return None
    value = float(tree.name)
    return value if 0 <= value <= 1 else None
