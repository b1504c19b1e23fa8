"""Where a new tag begins: for each kind a small sound definition, over tags of this project if it needs some."""

from __future__ import annotations

from huaxiang.model import Type
from huaxiang.project import Project
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.words import Words

KIND_NAMES = {
    "fact": Words("Stated fact", "事实取值"),
    "statistic": Words("Statistic", "统计"),
    "preference": Words("Preference", "偏好"),
    "rule": Words("Rule", "规则"),
    "bands": Words("Bands", "分段"),
    "sequence": Words("Sequence", "序列"),
    "trend": Words("Trend", "趋势"),
    "peers": Words("Peer comparison", "同组比较"),
    "psychological": Words("Psychological", "心理推断"),
    "imported": Words("Imported", "导入"),
    "manual": Words("By hand", "人工设置"),
    "sql": Words("Query", "查询"),
    "model": Words("Prediction", "预测"),
}
_BODIES = {
    "fact": "from: attributes\nfact: city\n",
    "statistic": "from: orders\nvalue: count(distinct order_id)\nwhere: amount > 0\nwindow: 90 days\n",
    "preference": "from: orders\nprefer: {item: category, weight: amount, half_life: 60 days, top: 3}\n",
    "rule": 'rule:\n  many: "NUMBER >= 10"\n  some: "NUMBER > 0"\n  else: zero\n',
    "bands": "bands:\n  of: NUMBER\n  quantiles: 3\n  labels: [low, middle, high]\n",
    "sequence": 'from: orders\nsequence:\n  steps: ["amount > 100", "amount > 100"]\n  within: 30 days\n',
    "trend": "from: orders\ndefault: 0\ntrend: {value: sum(amount), every: 30 days, over: 6, as: slope}\n",
    "peers": "peers: {of: NUMBER, as: percentile}\n",
    "psychological": (
        "psychological:\n  trait: {zh: 消费风格, en: style of spending}\n  method: behaviour\n  evidence:\n"
        "    - {when: amount >= 200, from: orders, says: generous}\n"
        "    - {when: amount < 60, from: orders, says: frugal}\n"
    ),
    "imported": "imported: {read: data/my_values.csv, by: {subject: customer}, value: my_value}\n",
    "manual": "manual: {values: [VIP, normal], expires: 90 days}\n",
    "sql": "sql: >\n  SELECT subject, count(*) AS value FROM orders WHERE amount > 0 GROUP BY subject\n",
    "model": "model: {name: my_model}\n",
}


def starting_text(project: Project, kind: str) -> str:
    """Return a definition of a kind to begin with, under a code that is free; a statistic for an unknown kind."""
    chosen = kind if kind in _BODIES else "statistic"
    code, count = "my_tag", 2
    while code in project.tags.tags:
        code, count = f"my_tag_{count}", count + 1
    return f"tag: {code}\nname: {{zh: 我的标签, en: My tag}}\n" + _BODIES[chosen].replace("NUMBER", _number(project))


def starting_kinds() -> tuple[str, ...]:
    """Return the kinds in their order."""
    return tuple(kind.name for kind in KINDS)


def _number(project: Project) -> str:
    numbers = (code for code, type_ in project.tags.types.items() if type_ in (Type.INTEGER, Type.MONEY, Type.NUMBER))
    return next((code for code in numbers if "order" in code), None) or next(
        (code for code, type_ in project.tags.types.items() if type_.numeric), "orders_total"
    )
