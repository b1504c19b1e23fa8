"""Expressions and selections as sentences, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from huaxiang.codes import value_words
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.sql.language import dotted
from huaxiang.words import Words

if TYPE_CHECKING:
    from huaxiang.tag.kinds.base import Naming, Selection

_SIGNS: Mapping[type[exp.Expression], tuple[str, str]] = {
    exp.And: ("and", "且"),
    exp.Or: ("or", "或"),
    exp.EQ: ("is", "为"),
    exp.NEQ: ("is not", "不为"),
    exp.GT: (">", "大于"),
    exp.GTE: ("≥", "不小于"),
    exp.LT: ("<", "小于"),
    exp.LTE: ("≤", "不大于"),
    exp.Add: ("+", "加"),
    exp.Sub: ("−", "减"),
    exp.Mul: ("×", "乘以"),
    exp.Div: ("÷", "除以"),
    exp.Mod: ("mod", "除余"),
    exp.DPipe: ("joined to", "连接"),
    exp.Like: ("is like", "形如"),
}
_TIME_SIGNS: Mapping[type[exp.Expression], tuple[str, str]] = {
    exp.GT: ("is after", "晚于"),
    exp.GTE: ("is not before", "不早于"),
    exp.LT: ("is before", "早于"),
    exp.LTE: ("is not after", "不晚于"),
}
_AGGREGATES: Mapping[str, tuple[str, str]] = {
    "count": ("the number of facts with {}", "有{}的记录数"),
    "count_distinct": ("the number of distinct values of {}", "不同{}的数量"),
    "sum": ("total {}", "{}合计"),
    "avg": ("average {}", "平均{}"),
    "min": ("smallest {}", "最小{}"),
    "max": ("greatest {}", "最大{}"),
    "first": ("earliest {}", "最早的{}"),
    "last": ("latest {}", "最近的{}"),
    "mode": ("most frequent {}", "最常见的{}"),
    "days_since": ("days since {}", "距{}的天数"),
    "years_since": ("full years since {}", "距{}的整年数"),
    "population_avg": ("the average of {} over all customers", "全体客户{}的均值"),
    "population_quantile": ("the {1} quantile of {0} over all customers", "全体客户{0}的{1}分位"),
    "in_segment": ("belongs to {}", "属于人群{}"),
    "has": ("{} has {}", "{}含有{}"),
    "item": ("item {1} of {0}", "{0}的第{1}项"),
    "nullif": ("{} (unless {})", "{}（{}除外）"),
    "abs": ("the absolute value of {}", "{}的绝对值"),
    "floor": ("{} rounded down", "{}向下取整"),
    "ceil": ("{} rounded up", "{}向上取整"),
    "ln": ("the natural logarithm of {}", "{}的自然对数"),
    "lower": ("{} in lower case", "{}（小写）"),
    "upper": ("{} in upper case", "{}（大写）"),
    "trim": ("{} without surrounding spaces", "{}（去首尾空白）"),
    "length": ("the number of characters of {}", "{}的字符数"),
    "left": ("the first {1} characters of {0}", "{0}的前{1}个字符"),
    "right": ("the last {1} characters of {0}", "{0}的后{1}个字符"),
    "replace": ("{0} with {2} in place of {1}", "{0}（{1}替换为{2}）"),
    "split_part": ("part {2} of {0} split by {1}", "{0}按{1}分隔的第{2}段"),
    "starts_with": ("{} begins with {}", "{}以{}开头"),
    "contains": ("{} contains {}", "{}包含{}"),
    "year": ("the year of {}", "{}的年份"),
    "month": ("the month of {}", "{}的月份"),
    "dayofmonth": ("the day of the month of {}", "{}是几号"),
    "hour": ("the hour of {}", "{}的小时"),
    "weekday": ("the weekday of {} (1 is Monday)", "{}是星期几（1为周一）"),
    "days_between": ("the days from {} to {}", "从{}到{}的天数"),
}
_LISTED: Mapping[str, tuple[str, str]] = {
    "coalesce": ("the first known of {}", "{}中第一个已知的值"),
    "least": ("the smallest of {}", "{}中最小的"),
    "greatest": ("the largest of {}", "{}中最大的"),
    "concat": ("{} joined", "{}连接"),
}
"""Functions of any number of arguments, which are listed."""
_SHORT: Mapping[str, tuple[str, str]] = {
    "round": ("{} rounded", "{}四舍五入"),
    "substr": ("{} from character {} on", "{}从第{}个字符起"),
}
_LONG: Mapping[str, tuple[str, str]] = {
    "round": ("{} rounded to {} places", "{}四舍五入到{}位小数"),
    "substr": ("{0} from character {1} on, {2} characters", "{0}从第{1}个字符起{2}个字符"),
}
"""The same functions without their last argument, and with it."""
_OF_TIMES = {"min": ("earliest {}", "最早的{}"), "max": ("latest {}", "最近的{}")}
_SHARES = {"population_quantile": 1, "repurchase_gap": 0}
"""Which argument of theirs is a share of all."""
_TIMES = ("occurred_at", "day")
_OF_SOME = ("最", "不同", "有")
"""How Chinese begins for one or some of the facts: “订单记录中最早的”, not “订单的最早的”."""
_CLOCKS = ("local", "utc", "to_number")


def segment_key(code: str) -> str:
    """Return under which key the names of an expression hold a segment's: no tag has such a code."""
    return f"segment:{code}"


def value_key(code: str, value: str) -> str:
    """Return under which key the names of an expression hold the words of a tag's value."""
    return f"value:{code}={value}"


def say(tree: exp.Expression, names: Mapping[str, Words]) -> Words:
    """Return a checked expression in words."""
    if isinstance(tree, exp.Column):
        name = dotted(tree)
        return Words("the as-of time", "基准时刻") if name == "as_of" else names.get(name, Words(name, name))
    if isinstance(tree, exp.Literal):
        text = f"“{tree.name}”" if tree.is_string else tree.name
        return Words(text, text)
    if isinstance(tree, exp.Anonymous):
        return _call(tree, names)
    if isinstance(tree, exp.Paren):
        inner = say(tree.this, names)
        return Words(f"({inner.en})", f"（{inner.zh}）")
    return _operator(tree, names)


def _operator(tree: exp.Expression, names: Mapping[str, Words]) -> Words:
    if _unless(tree):
        # Rows without the value are kept, as people take for granted: "not refunded".
        return say(tree.expression, names)
    sign = (_TIME_SIGNS if _of_times(tree) else _SIGNS).get(type(tree)) or _SIGNS.get(type(tree))
    if sign:
        left, right = _beside(tree.this, tree.expression, names), _beside(tree.expression, tree.this, names)
        return Words(f"{left.en} {sign[0]} {right.en}", f"{left.zh}{sign[1]}{right.zh}")
    if isinstance(tree, exp.Not) and isinstance(tree.this, exp.Is):
        inner = say(tree.this.this, names)
        return Words(f"{inner.en} is known", f"{inner.zh}已知")
    if isinstance(tree, exp.Not) and isinstance(_bare(tree.this), exp.In):
        return _among(_bare(tree.this), names, none=True)
    if isinstance(tree, exp.Not) and isinstance(tree.this, exp.Anonymous) and str(tree.this.this) == "in_segment":
        segment = _segment(tree.this, names)
        return Words(f"does not belong to {segment.en}", f"不属于人群{segment.zh}")
    if isinstance(tree, exp.Not):
        inner = say(tree.this, names)
        return Words(f"not {inner.en}", f"并非{inner.zh}")
    if isinstance(tree, exp.Is):
        inner = say(tree.this, names)
        return Words(f"{inner.en} is unknown", f"{inner.zh}未知")
    if isinstance(tree, exp.In):
        return _among(tree, names, none=False)
    if isinstance(tree, exp.Between):
        of, low, high = (say(tree.args[key], names) for key in ("this", "low", "high"))
        return Words(f"{of.en} is {low.en} to {high.en}", f"{of.zh}在{low.zh}到{high.zh}之间")
    if isinstance(tree, exp.Cast):
        return say(tree.this, names)
    text = tree.sql(dialect="duckdb").replace('"', "")
    return Words(text, text)


def _of_times(tree: exp.Expression) -> bool:
    """Tell whether two moments are compared: one of them is the build's."""
    return isinstance(tree, exp.Binary) and any(
        isinstance(side, exp.Column) and dotted(side) == "as_of" for side in (tree.this, tree.expression)
    )


def _beside(tree: exp.Expression, other: exp.Expression, names: Mapping[str, Words]) -> Words:
    """Say a text as the value it is beside a column: by the words of the tag's definition, or those of common codes."""
    if isinstance(tree, exp.Literal) and tree.is_string and isinstance(other, exp.Column):
        return quote(names.get(value_key(dotted(other), tree.name)) or value_words(tree.name))
    return say(tree, names)


def quote(words: Words) -> Words:
    """Return a value in quotation marks."""
    return Words(f"“{words.en}”", f"“{words.zh}”")


def _bare(tree: exp.Expression) -> exp.Expression:
    return _bare(tree.this) if isinstance(tree, exp.Paren) else tree


def _unless(tree: exp.Expression) -> bool:
    """Tell whether a test is “x is null or not (x in …)”."""
    if not isinstance(tree, exp.Or):
        return False
    unknown, other = _bare(tree.this), _bare(tree.expression)
    among = _bare(other.this) if isinstance(other, exp.Not) else None
    null = isinstance(unknown, exp.Is) and isinstance(unknown.expression, exp.Null)
    return null and isinstance(among, exp.In) and unknown.this == among.this


def _among(tree: exp.Expression, names: Mapping[str, Words], *, none: bool) -> Words:
    of = say(tree.this, names)
    items = [_beside(item, tree.this, names) for item in tree.expressions]
    # A value that data write in several ways has the same words each time.
    en, zh = (list(dict.fromkeys(said)) for said in ([item.en for item in items], [item.zh for item in items]))
    several, one = ("is none of", "is not") if none else ("is one of", "is")
    return Words(
        f"{of.en} {several if len(en) > 1 else one} {', '.join(en)}",
        f"{of.zh}{'不为' if none else '为'}{('、' if none else '或').join(zh)}",
    )


def _call(tree: exp.Anonymous, names: Mapping[str, Words]) -> Words:
    name, arguments = str(tree.this), [say(each, names) for each in tree.expressions]
    if name == "has":
        arguments[1] = _beside(tree.expressions[1], tree.expressions[0], names)
    if name in _SHARES:
        arguments[_SHARES[name]] = _percent(tree.expressions[_SHARES[name]])
    if name in _CLOCKS:
        return arguments[0]
    if name == "count" and not arguments:
        return Words("the number of facts", "记录数")
    if name == "count_distinct":
        return _counted(tree.expressions[0], names)
    if name == "in_segment":
        arguments = [_segment(tree, names)]
    if name in ("if", "repurchase_gap"):
        return _if(arguments, tree) if name == "if" else _gap(arguments)
    if name in _AGGREGATES:
        first = tree.expressions[0]
        of_time = name in _OF_TIMES and isinstance(first, exp.Column) and first.name in _TIMES
        en, zh = _OF_TIMES[name] if of_time else _AGGREGATES[name]
        return Words(en.format(*(each.en for each in arguments)), zh.format(*(each.zh for each in arguments)))
    if name == "concat_ws":
        sign, rest = arguments[0], _row(arguments[1:])
        return Words(f"{rest.en} joined with {sign.en}", f"{rest.zh}以{sign.zh}连接")
    if name in _LISTED:
        en, zh = _LISTED[name]
        return Words(en.format(_row(arguments).en), zh.format(_row(arguments).zh))
    if name in _SHORT:
        en, zh = (_LONG if len(arguments) == len(FUNCTIONS[name].arguments) else _SHORT)[name]
        return Words(en.format(*(each.en for each in arguments)), zh.format(*(each.zh for each in arguments)))
    words = FUNCTIONS[name].words if name in FUNCTIONS else Words(name, name)
    return Words(f"{words.en} ({_row(arguments).en})", f"{words.zh}（{_row(arguments).zh}）")


def _row(arguments: list[Words]) -> Words:
    return Words(", ".join(each.en for each in arguments), "、".join(each.zh for each in arguments))


def _segment(tree: exp.Anonymous, names: Mapping[str, Words]) -> Words:
    code = tree.expressions[0].name
    known = names.get(segment_key(code), Words(f"“{code}”", code))
    return Words(known.en, f"“{known.zh}”")


def _percent(tree: exp.Expression) -> Words:
    share = f"{float(tree.name) * 100:.10g}%" if isinstance(tree, exp.Literal) else tree.sql(dialect="duckdb")
    return Words(share, share)


def _counted(tree: exp.Expression, names: Mapping[str, Words]) -> Words:
    if isinstance(tree, exp.Anonymous) and str(tree.this) == "if" and isinstance(tree.expressions[2], exp.Null):
        test, some = say(tree.expressions[0], names), _counted(tree.expressions[1], names)
        return Words(f"{some.en} (where {test.en})", f"{some.zh}（仅当{test.zh}）")
    of = say(tree, names)
    if not isinstance(tree, exp.Column):
        en, zh = _AGGREGATES["count_distinct"]
        return Words(en.format(of.en), zh.format(of.zh))
    # 订单号 → 订单数, 日期 → 日期数; en: "order number" → "orders".
    en = f"{of.en.removesuffix(' number')}s" if of.en.endswith(" number") else f"distinct values of {of.en}"
    return Words(f"the number of {en}", f"{of.zh.removesuffix('号')}数")


def _if(arguments: list[Words], tree: exp.Anonymous) -> Words:
    test, then, otherwise = arguments
    if isinstance(tree.expressions[2], exp.Null):
        return Words(f"{then.en} (where {test.en})", f"{then.zh}（仅当{test.zh}）")
    return Words(f"{then.en} where {test.en}, else {otherwise.en}", f"{test.zh}时为{then.zh}，否则为{otherwise.zh}")


def _gap(arguments: list[Words]) -> Words:
    en, zh = f"the {arguments[0].en} quantile of the days between two purchases", f"复购间隔的{arguments[0].zh}分位"
    if len(arguments) == 1:
        return Words(en, f"全体{zh}")
    return Words(f"{en} in {arguments[1].en}", f"{arguments[1].zh}的{zh}")


def measured(value: Words, base: Words, table: Words) -> Words:
    """Return what is computed over selected facts: “近90天内，订单记录中最早的发生时间”, “近90天内，订单数”."""
    if value.zh.startswith(table.zh) and base.zh.endswith(table.zh):
        zh = base.zh.removesuffix(table.zh) + value.zh
    else:
        among = "中" if base.zh.endswith("）") or value.zh.startswith("有") else "记录中"
        zh = f"{base.zh}{among if value.zh.startswith(_OF_SOME) else '的'}{value.zh}"
    return Words(f"{value.en}, {base.en}", zh)


def selected(selection: Selection, naming: Naming, names: Mapping[str, Words], *, timed: bool = False) -> Words:
    """Return which facts a selection takes, in words; `timed` ones count by when they happened."""
    facts = naming.model.facts[selection.table]
    table = facts.words
    where = say(selection.where.tree, names) if selection.where else None
    without = Words(" (none without a time)", "（没有时间的不计）") if facts.timeless else Words("", "")
    en = f"over {table.en}" + (f" where {where.en}" if where else "")
    zh = (f"{where.zh}的" if where else "") + table.zh
    if selection.per:
        per = names.get(selection.per, Words(selection.per, selection.per))
        en, zh = f"{en}, counting each {per.en} once", f"{zh}（同一{per.zh}合并计）"
    if selection.window:
        window = selection.window.words
        return Words(f"{en}, in the last {window.en}{without.en}", f"近{window.zh}内{without.zh}，{zh}")
    return Words(en + without.en * timed, zh + without.zh * timed)
