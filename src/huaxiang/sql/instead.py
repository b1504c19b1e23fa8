"""What to write instead of what SQL has and expressions here do not: words for the message that refuses it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from huaxiang.words import Words


def _use(*code: str) -> Words:
    return Words(f"use {' or '.join(code)}", f"请改用 {' 或 '.join(code)}")


_NOW, _DAYS = _use("as_of"), _use("days_between(from, to)", "days_since(then)")
_FORMAT = Words("a column is read as its own type; its format says how dates are written",
                "列会按自己的类型识别，日期的写法用 format 说明")  # fmt: skip
_QUERY = Words("a tag of kind sql can rank rows and take arg_max, not this",
               "这里没有；sql 标签可以用窗口函数排序，或用 arg_max")  # fmt: skip

FUNCTIONS: Mapping[str, Words] = {
    **dict.fromkeys(("nvl", "ifnull", "isnull"), _use("coalesce(x, y)")),
    **dict.fromkeys(("iif", "decode"), _use("if(condition, x, y)", "case when … then … end")),
    **dict.fromkeys(("len", "char_length", "character_length"), _use("length(text)")),
    **dict.fromkeys(("substring", "mid"), _use("substr(text, from, length)")),
    **dict.fromkeys(("ltrim", "rtrim", "btrim", "strip"), _use("trim(text)")),
    **dict.fromkeys(("instr", "strpos", "position", "charindex", "locate"), _use("contains(text, part)")),
    **dict.fromkeys(("regexp_matches", "regexp_like", "rlike", "regexp_extract", "regexp_replace"),
                    _use("like", "split_part(text, sign, n)", "replace(text, from, to)")),
    **dict.fromkeys(("group_concat", "string_agg", "listagg"), _use("concat_ws(sign, x, y)")),
    **dict.fromkeys(("current_date", "current_timestamp", "today", "getdate", "sysdate", "localtime"), _NOW),
    **dict.fromkeys(("datediff", "date_diff", "timestampdiff", "date_sub", "dateadd", "date_add"), _DAYS),
    **dict.fromkeys(("to_date", "to_timestamp", "strptime", "str_to_date", "to_number", "cast"), _FORMAT),
    **dict.fromkeys(("age", "datepart", "date_part", "extract", "date_trunc"),
                    _use("year(d)", "month(d)", "weekday(d)", "years_since(d)")),
    "day": _use("dayofmonth(d)"),
    **dict.fromkeys(("dayofweek", "isodow", "dow"), _use("weekday(d)")),
    **dict.fromkeys(("mean", "average"), _use("avg(x)")),
    **dict.fromkeys(("countif", "count_if", "sumif", "sum_if"), _use("where", "sum(if(condition, x, 0))")),
    **dict.fromkeys(("count_distinct", "approx_count_distinct", "nunique"), _use("count(distinct x)")),
    **dict.fromkeys(("median", "percentile", "percentile_cont", "quantile", "quantile_cont"), Words(
        "use avg(x), or population_quantile(tag, share) over all customers",
        "请改用 avg(x)，或面向全体客户的 population_quantile(tag, share)")),
    **dict.fromkeys(("population_sum", "population_count", "population_median"),
                    _use("population_avg(tag)", "population_quantile(tag, share)")),
    **dict.fromkeys(("stddev", "stddev_samp", "variance", "var_samp"), _QUERY),
    **dict.fromkeys(("row_number", "rank", "dense_rank", "lag", "lead", "ntile"), Words(
        "write a tag of kind sequence, or one of kind sql", "请写成 sequence（序列）标签或 sql 标签")),
}  # fmt: skip
"""Functions of SQL dialects and spreadsheets → what there is here."""

NODES: tuple[tuple[tuple[type, ...], Words], ...] = (
    (
        (exp.Interval,),
        Words(
            "write window: 30 days, or days_since(then) <= 30",
            "请写 window: 30 days，或 days_since(then) <= 30",
        ),
    ),
    (
        (exp.Window,),
        Words("write a tag of kind sequence, or one of kind sql", "请写成 sequence（序列）标签或 sql 标签"),
    ),
    ((exp.Select, exp.Subquery), Words("write a tag of kind sql", "请写成 sql 标签")),
    ((exp.ILike,), Words("use lower(x) like '…'", "请改用 lower(x) like '…'")),
    ((exp.RegexpLike, exp.SimilarTo), _use("like", "contains(text, part)")),
    ((exp.Extract,), _use("year(d)", "month(d)", "weekday(d)")),
)
"""What stands in an expression that expressions have no room for → what there is."""


def node_words(node: exp.Expression) -> Words | None:
    """Return what to write instead of a part of an expression; None where nothing is known."""
    return next((words for classes, words in NODES if isinstance(node, classes)), None)
