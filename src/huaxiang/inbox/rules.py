"""Why an event can be no fact, in words: the rules of reading, and those of contracts."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

NOT_JSON = "not_json"
NOT_AN_OBJECT = "not_an_object"
UNKNOWN_TYPE = "unknown_type"
NO_IDENTIFIER = "no_identifier"
NO_EVENT = "missing:event"
NO_BATCH = "missing:batch"
BATCH_NOT_A_LIST = "batch_not_a_list"
BAD_TIME = "bad_time"
TOO_LARGE = "too_large"
UNSUPPORTED = "unsupported"
RECOUNTED = "recounted"
CONTRACT = "contract"
NOT_APPLIED = "not_applied"

RULES: Mapping[str, Words] = {
    NOT_AN_OBJECT: Words("an event that is not a JSON object", "事件不是 JSON 对象"),
    BATCH_NOT_A_LIST: Words("batch must be a list of events", "batch 应为事件的列表"),
    UNKNOWN_TYPE: Words("an unknown type of event", "没有这种类型的事件"),
    NO_IDENTIFIER: Words("neither userId nor anonymousId is given", "既没有 userId 也没有 anonymousId"),
    BAD_TIME: Words(
        "a time that cannot be read, or is before 2000 or after 2199", "时间无法识别，或早于 2000 年、晚于 2199 年"
    ),
    TOO_LARGE: Words("an event of more than 32 KB", "事件超过 32 KB"),
    UNSUPPORTED: Words(
        "a change to what is stored (an increment, an append), which says no value by itself",
        "对已存值的改动（累加、追加等），本身不是一个值",
    ),
    NOT_APPLIED: Words(
        "it could not be processed live; the next build will process it", "实时处理时无法写入画像，将由下次构建处理"
    ),
    RECOUNTED: Words(
        "the door's mapping finds more items in it than when it came: put `each` back",
        "按入口现在的 mapping 取出的条目比收到时多，请恢复原来的 each",
    ),
}
"""Rules of reading an event; "not_json" and "missing:…" are those of other readers too."""


def contract_rule(what: str, field: str, event: str) -> str:
    """Return the rule of a broken contract: `what` is "missing", "type" or "others" (then `field` is "")."""
    return ":".join((CONTRACT, what, field, event))


def contract_words(rule: str) -> Words:
    """Return the words of a rule made by `contract_rule`."""
    _, what, rest = [*rule.split(":", 2), "", ""][:3]
    # An event's name may hold a colon, so may a field; the first is taken to end the field.
    field, _, event = rest.partition(":")
    if what == "missing":
        return Words(f"contract of {event}: {field} is missing", f"“{event}”的约定：缺少 {field}")
    if what == "type":
        return Words(f"contract of {event}: {field} has the wrong type", f"“{event}”的约定：{field} 的类型不符")
    return Words(f"contract of {event}: a field that the contract does not list", f"“{event}”的约定：有约定之外的字段")
