"""Two definitions side by side, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.definitions.nodes import Faults, Node, parse_yaml
from huaxiang.definitions.writing import canonical
from huaxiang.words import Words

FIELDS: Mapping[str, Words] = {
    "tag": Words("code", "编码"),
    "name": Words("name", "名称"),
    "category": Words("category", "分类"),
    "meaning": Words("meaning", "口径"),
    "owner": Words("owner", "负责人"),
    "dimension": Words("dimension", "维度"),
    "unit": Words("unit", "单位"),
    "format": Words("format", "格式"),
    "values": Words("values", "取值"),
    "source": Words("source", "数据来源"),
    "period": Words("refresh period", "更新周期"),
    "sensitivity": Words("sensitivity", "敏感级别"),
    "sensitive": Words("sensitive", "敏感"),
    "legal_basis": Words("legal basis", "处理依据"),
    "valid_from": Words("valid from", "生效日期"),
    "valid_to": Words("valid to", "失效日期"),
    "subject": Words("subject", "对象"),
    "from": Words("facts", "事实表"),
    "fact": Words("fact", "事实"),
    "value": Words("value", "计算"),
    "where": Words("condition", "条件"),
    "window": Words("window", "时间窗口"),
    "per": Words("counted once per", "合并计的列"),
    "default": Words("default", "默认值"),
    "sources": Words("order of sources", "来源优先级"),
    "prefer": Words("preference", "偏好"),
    "rule": Words("rule", "规则"),
    "bands": Words("bands", "分段"),
}
"""The keys of a definition as people call them; a key that is not here is called by itself."""


@dataclass(frozen=True)
class FieldDiff:
    """One field that differs: its key and words, what it was and what it is (None: it is not there)."""

    field: str
    words: Words
    before: str | None
    after: str | None


def diff(before: str, after: str) -> list[FieldDiff]:
    """Return the fields in which two definitions' texts differ, as they are ordered; layout does not count."""
    one, two = _fields(before), _fields(after)
    return [
        FieldDiff(key, FIELDS.get(key, Words(key, key)), _text(one.get(key)), _text(two.get(key)))
        for key in dict.fromkeys([*one, *two])
        if one.get(key) != two.get(key)
    ]


def _fields(text: str) -> Mapping[str, Node]:
    node = parse_yaml(text, "", Faults())
    items = node.items if node else ()
    return items[0].mapping if items else {}


def _text(node: Node | None) -> str | None:
    return None if node is None else canonical(node).rstrip("\n")
