"""The page on watching: what is measured, how the score is summed, what is suggested, which rules are ready."""

from __future__ import annotations

from huaxiang.reference.markdown import code, table
from huaxiang.watch.definition import ready_rules
from huaxiang.watch.measured import COLUMNS
from huaxiang.watch.score import PARTS
from huaxiang.watch.suggestions import ACTIONS, WHEN
from huaxiang.words import Language, Words


def watching(language: Language) -> str:
    """Return the page's text."""
    measured = [(code(name), type_.value, words.say(language)) for name, (type_, words) in COLUMNS.items()]
    parts = [(code(part.code), part.name.say(language), str(part.weight), part.meaning.say(language)) for part in PARTS]
    actions = [(code(action), name.say(language), WHEN[action].say(language)) for action, name in ACTIONS.items()]
    rules = [
        (code(rule.code), rule.name.say(language), code(rule.when), code(rule.severity)) for rule in ready_rules({})
    ]
    named, means, kind = Words("name", "名称"), Words("meaning", "含义"), Words("type", "类型")
    listed, weight, when = Words("code", "编码"), Words("weight", "权重"), Words("when", "何时")
    grave, points = Words("severity", "级别"), Words("points", "计分")
    sections = (
        (Words("What is measured, and rules may name", "监测指标（告警规则可引用）"), (listed, kind, means), measured),
        (Words("The health score", "健康度"), (listed, named, weight, points), parts),
        (Words("Suggestions", "改进建议"), (listed, named, when), actions),
        (Words("Ready alerts", "内置告警"), (listed, named, when, grave), rules),
    )
    return "\n".join(
        f"## {title.say(language)}\n\n{table([head.say(language) for head in heads], rows).rstrip()}\n"
        for title, heads, rows in sections
    )
