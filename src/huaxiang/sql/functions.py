"""Every function an expression may call: what it takes, what it gives, and how each engine says it.

This table is the whitelist, the renderer's data and the documentation (docs/reference/*/functions.md comes from it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from huaxiang.missing import WHITE_SPACE
from huaxiang.model import Type
from huaxiang.words import Words

Kind = str
"""Of an argument: a Type's value, or "any", "numeric", "moment" (date or time), "same" (as the first argument)."""


@dataclass(frozen=True)
class Function:
    """One function. `result` is a type, or the number (from 0) of the argument whose type it has.

    `rest` is the kind of any further arguments; `templates` hold _1, _2 … for the arguments, _rest for all of them,
    _joined for their texts one after the other, _today for as_of's date.
    """

    name: str
    arguments: tuple[Kind, ...]
    result: Type | int
    words: Words
    templates: Mapping[str, str] = field(default_factory=dict)
    optional: int = 0
    rest: Kind | None = None
    aggregate: bool = False

    @property
    def reads_clock(self) -> bool:
        """Whether it counts from as_of's date."""
        return any("_today" in template for template in self.templates.values())

    @property
    def signature(self) -> str:
        """Return "name(kind, kind, …)" for messages and documentation."""
        most = len(self.arguments) - self.optional
        shown = [kind if place < most else f"[{kind}]" for place, kind in enumerate(self.arguments)]
        return f"{self.name}({', '.join(shown + ([self.rest + ' …'] if self.rest else []))})"


def _scalar(
    name: str, arguments: str, result: Type | int, duckdb: str, en: str, zh: str, *, optional: int = 0, rest: str = ""
) -> Function:
    kinds = tuple(arguments.split()) if arguments else ()
    return Function(name, kinds, result, Words(en, zh), {"duckdb": duckdb}, optional, rest or None)


def _aggregate(name: str, arguments: str, result: Type | int, en: str, zh: str, *, optional: int = 0) -> Function:
    return Function(name, tuple(arguments.split()), result, Words(en, zh), optional=optional, aggregate=True)


_I, _N, _T, _B, _D = Type.INTEGER, Type.NUMBER, Type.TEXT, Type.BOOL, Type.DATE

SCALARS = (
    _scalar("coalesce", "any", 0, "coalesce(_rest)", "first known value", "第一个已知的值", rest="same"),
    _scalar("nullif", "any same", 0, "nullif(_1, _2)", "unknown when the two are equal", "相等时视为未知"),
    _scalar("if", "bool any same", 1, "CASE WHEN _1 THEN _2 ELSE _3 END", "one of two values, by a condition",
            "按条件二选一"),
    _scalar("least", "any", 0, "least(_rest)", "smallest known value", "已知值中最小的", rest="same"),
    _scalar("greatest", "any", 0, "greatest(_rest)", "largest known value", "已知值中最大的", rest="same"),
    _scalar("abs", "numeric", 0, "abs(_1)", "absolute value", "绝对值"),
    _scalar("round", "numeric integer", _N, "round(_1, coalesce(_2, 0))", "rounded", "四舍五入", optional=1),
    _scalar("floor", "numeric", _I, "CAST(floor(_1) AS BIGINT)", "rounded down", "向下取整"),
    _scalar("ceil", "numeric", _I, "CAST(ceil(_1) AS BIGINT)", "rounded up", "向上取整"),
    _scalar("ln", "numeric", _N, "ln(CASE WHEN _1 > 0 THEN _1 END)", "natural logarithm", "自然对数"),
    _scalar("lower", "text", _T, "lower(_1)", "in lower case", "转小写"),
    _scalar("upper", "text", _T, "upper(_1)", "in upper case", "转大写"),
    _scalar("trim", "text", _T, f"trim(_1, '{WHITE_SPACE}')", "without surrounding white space", "去首尾空白"),
    _scalar("length", "text", _I, "length(_1)", "number of characters", "字符数"),
    _scalar("left", "text integer", _T, "left(_1, _2)", "first characters", "左侧字符"),
    _scalar("right", "text integer", _T, "right(_1, _2)", "last characters", "右侧字符"),
    _scalar("substr", "text integer integer", _T, "substr(_1, _2, coalesce(_3, 1000000))", "part of a text",
            "子串", optional=1),
    _scalar("replace", "text text text", _T, "replace(_1, _2, _3)", "text with a part replaced", "替换文本"),
    _scalar("concat", "any", _T, "_joined", "joined texts; unknown when one of them is", "拼接文本；有一个未知则未知",
            rest="any"),
    _scalar("concat_ws", "text any", _T, "nullif(concat_ws(_rest), '')", "known values, joined with the first text",
            "用第一个文本连接其余已知的值", rest="any"),
    _scalar("split_part", "text text integer", _T, "split_part(_1, _2, _3)", "nth part", "按分隔符取第 n 段"),
    _scalar("starts_with", "text text", _B, "starts_with(_1, _2)", "begins with", "以…开头"),
    _scalar("contains", "text text", _B, "contains(_1, _2)", "contains a text", "包含文本"),
    _scalar("has", "texts text", _B, "list_contains(_1, _2)", "a list has an item", "列表含有某项"),
    _scalar("item", "texts integer", _T, "list_extract(_1, _2)", "nth item of a list", "列表第 n 项"),
    _scalar("year", "moment", _I, "year(_1)", "year", "年"),
    _scalar("month", "moment", _I, "month(_1)", "month, 1 to 12", "月"),
    _scalar("dayofmonth", "moment", _I, "day(_1)", "day of the month", "日"),
    _scalar("hour", "time", _I, "hour(_1)", "hour, 0 to 23", "小时"),
    _scalar("weekday", "moment", _I, "isodow(_1)", "1 = Monday … 7 = Sunday", "星期，1=周一…7=周日"),
    _scalar("days_between", "moment moment", _I, "date_diff('day', CAST(_1 AS DATE), CAST(_2 AS DATE))",
            "calendar days from the first to the second", "两日期相差天数"),
    _scalar("days_since", "moment", _I, "date_diff('day', CAST(_1 AS DATE), _today)",
            "calendar days up to as_of", "距基准日天数"),
    _scalar("years_since", "moment", _I, "date_sub('year', CAST(_1 AS DATE), _today)",
            "full years up to as_of (an age)", "距基准日整年数（年龄）"),
)  # fmt: skip

AGGREGATES = (
    _aggregate(
        "count", "any", _I, "number of values (distinct x: of distinct values)", "计数（distinct x 为去重）", optional=1
    ),
    _aggregate("sum", "numeric", 0, "sum", "求和"),
    _aggregate("avg", "numeric", _N, "average", "平均"),
    _aggregate("min", "any", 0, "smallest value", "最小值"),
    _aggregate("max", "any", 0, "largest value", "最大值"),
    _aggregate("first", "any", 0, "earliest known value", "最早的值"),
    _aggregate("last", "any", 0, "latest known value", "最近的值"),
    _aggregate("mode", "any", 0, "most frequent value; the smallest if several are", "最常见的值（并列取最小）"),
)

FUNCTIONS: Mapping[str, Function] = {each.name: each for each in SCALARS + AGGREGATES}
