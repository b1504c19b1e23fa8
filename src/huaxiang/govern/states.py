"""What may become of a version, as one table, and who may do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from huaxiang.errors import NotAllowed
from huaxiang.registry.tags import Event, State, Version
from huaxiang.tag.overlay import Governance
from huaxiang.words import Words


class Action(StrEnum):
    """What a person does with a version."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    PUBLISH = "publish"
    OFFLINE = "offline"
    ONLINE = "online"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Rule:
    """An action: from which states it leads to which."""

    before: tuple[State, ...]
    after: State
    words: Words


RULES: Mapping[Action, Rule] = {
    Action.SUBMIT: Rule((State.DRAFT,), State.IN_REVIEW, Words("submit for review", "提交审核")),
    Action.WITHDRAW: Rule((State.IN_REVIEW,), State.DRAFT, Words("withdraw", "撤回")),
    Action.APPROVE: Rule((State.IN_REVIEW,), State.ONLINE, Words("approve", "批准上线")),
    Action.REJECT: Rule((State.IN_REVIEW,), State.DRAFT, Words("reject", "驳回")),
    Action.PUBLISH: Rule((State.DRAFT,), State.ONLINE, Words("put online without review", "直接上线")),
    Action.OFFLINE: Rule((State.ONLINE,), State.OFFLINE, Words("take offline", "下线")),
    Action.ONLINE: Rule((State.OFFLINE,), State.ONLINE, Words("put online again", "重新上线")),
    Action.ARCHIVE: Rule((State.DRAFT, State.OFFLINE), State.ARCHIVED, Words("archive", "归档")),
}
STATE_WORDS: Mapping[State, Words] = {
    State.DRAFT: Words("draft", "草稿"),
    State.IN_REVIEW: Words("in review", "审核中"),
    State.ONLINE: Words("online", "已上线"),
    State.OFFLINE: Words("offline", "已下线"),
    State.ARCHIVED: Words("archived", "已归档"),
}


def writers(version: Version, events: Iterable[Event]) -> frozenset[str]:
    """Return everybody who wrote at a version: who made it, and who changed its text later."""
    mine = (each for each in events if each.version == version.version and each.before in ("", each.after))
    return frozenset({version.author, *(each.by for each in mine)})


def after(
    version: Version, action: Action, by: str, governance: Governance, wrote: frozenset[str] = frozenset()
) -> State:
    """Return the state an action leads to; `wrote` are the version's writers if they are more than its author.

    Raises NotAllowed, saying why, when it may not be done by this person.
    """
    rule = RULES[action]
    if version.state not in rule.before:
        state = STATE_WORDS[version.state]
        raise NotAllowed(
            Words(
                f"{version.code} version {version.version} is {state.en}: {_possible(version.state).en}",
                f"{version.code} 第 {version.version} 版处于“{state.zh}”状态：{_possible(version.state).zh}",
            )
        )
    if action is Action.PUBLISH and governance.approval:
        raise NotAllowed(
            Words(
                f"{version.code} version {version.version} needs approval: submit it for review",
                f"{version.code} 第 {version.version} 版需要审批，请先提交审核",
            )
        )
    if action is Action.APPROVE and governance.approval and governance.four_eyes and by in {version.author, *wrote}:
        raise NotAllowed(
            Words(
                f"{by} wrote version {version.version} of {version.code}: somebody else must approve it",
                f"{version.code} 第 {version.version} 版由 {by} 编写，须由他人批准",
            )
        )
    return rule.after


def possible(version: Version, by: str, governance: Governance, wrote: frozenset[str] = frozenset()) -> list[Action]:
    """Return what this person may do with a version now: the buttons to show."""
    found = []
    for action in Action:
        try:
            after(version, action, by, governance, wrote)
        except NotAllowed:
            continue
        found.append(action)
    return found


def _possible(state: State) -> Words:
    found = [rule.words for rule in RULES.values() if state in rule.before]
    if not found:
        return Words("only a roll back makes a new version of it", "只能通过回滚得到新版本")
    return Words("one can " + ", ".join(words.en for words in found), "可以" + "、".join(words.zh for words in found))
