"""What to do about a tag: suggestions, each with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huaxiang.codes import value_words
from huaxiang.tag.closed import tied_words
from huaxiang.tag.wording import value_key
from huaxiang.watch.measured import Measured
from huaxiang.watch.score import ALARM_PSI, NAMELESS, percent
from huaxiang.watch.twins import ALIKE
from huaxiang.watch.use import USE_DAYS
from huaxiang.words import Words

SKEWED = 0.95
"""A value that more than this share of customers with a value have tells them hardly apart."""
UNCOVERED = 0.5
"""Below this coverage a tag is to be filled."""
ACTIONS: Mapping[str, Words] = {
    "freeze": Words("Freeze", "冻结"),
    "split": Words("Split", "细分"),
    "mend": Words("Fix", "修复"),
    "merge": Words("Merge", "合并"),
    "fill": Words("Fill", "补充"),
    "regroup": Words("Regroup", "重分组"),
}
WHEN: Mapping[str, Words] = {
    "freeze": Words(
        f"measured for at least {USE_DAYS} days, not used in {USE_DAYS} days, and used by no segment or tag",
        f"已监测 {USE_DAYS} 天以上，{USE_DAYS} 天内未被使用，也没有人群或标签引用",
    ),
    "split": Words(
        f"more than {percent(SKEWED)} of customers with a value have the same value",
        f"有取值的客户中超过 {percent(SKEWED)} 取值相同",
    ),
    "mend": Words(f"PSI above {ALARM_PSI}, and above random variation", f"PSI 超过 {ALARM_PSI}，且超过随机波动"),
    "merge": Words(
        f"normalised mutual information with another tag of {percent(ALIKE)} or more",
        f"与另一标签的归一化互信息达到 {percent(ALIKE)}",
    ),
    "fill": Words(f"coverage below {percent(UNCOVERED)}", f"覆盖率低于 {percent(UNCOVERED)}"),
    "regroup": Words(
        "quantile bands with a score that no customer has, because too many numbers are equal",
        "按分位数分组的标签因数值相同过多，有的分数没有人",
    ),
}
"""When each is suggested."""


@dataclass(frozen=True)
class Suggestion:
    """One thing to do: `action` one of ACTIONS, why in words, and the numbers."""

    action: str
    name: Words
    why: Words
    evidence: Mapping[str, Any]


def suggest_for(
    measured: Measured, watched_days: float, names: Mapping[str, Words] = NAMELESS
) -> tuple[Suggestion, ...]:
    """Return what to do about a tag.

    `watched_days` is for how long it has been measured, `names` are those of all tags and of their values.
    """
    return tuple(_found(measured, watched_days, names))


def _found(measured: Measured, watched_days: float, names: Mapping[str, Words]) -> Iterator[Suggestion]:
    if _drifts(measured):
        yield _make(
            "mend", _mend_words(measured), psi=measured.psi, baseline=measured.baseline, noise=measured.psi_noise
        )
    if measured.coverage < UNCOVERED and measured.customers:
        share = percent(measured.coverage)
        why = Words(
            f"only {share} of customers have a value: add a source, or set a default",
            f"只有 {share} 的客户有取值：补充数据来源，或设置默认值",
        )
        yield _make("fill", why, coverage=measured.coverage, unknown=measured.unknown)
    top, share_ = measured.top, measured.top_share
    if top is not None and share_ is not None and share_ > SKEWED and measured.type != "texts":
        said = _value(measured.tag, top.value, names)
        why = Words(
            f"{percent(share_)} of customers with a value have {said.en}: use finer values",
            f"有取值的客户中 {percent(share_)} 都是“{said.zh}”：请分得更细",
        )
        yield _make("split", why, value=top.value, share=share_)
    if measured.idle:
        tied = tied_words([_value(measured.tag, each, names) for each in measured.idle])
        why = Words(f"{tied.en}; use fewer groups, or fixed cuts", f"{tied.zh}；请减少组数，或改用 cuts")
        yield _make("regroup", why, scores=list(measured.idle))
    for code, likeness in measured.twins:
        twin = names.get(code, Words(code, code))
        why = Words(
            f"nearly the same as {twin.en} (mutual information {percent(likeness)}): keep one of the two",
            f"与“{twin.zh}”几乎重复（互信息 {percent(likeness)}）：两者保留其一",
        )
        yield _make("merge", why, other=code, likeness=likeness)
    if not (measured.uses or measured.segments or measured.tags) and watched_days >= USE_DAYS:
        why = Words(
            f"not used in {USE_DAYS} days, and used by no segment or tag",
            f"{USE_DAYS} 天内无人使用，也没有人群或标签引用",
        )
        yield _make("freeze", why, uses=0, segments=0, tags=0, watched_days=round(watched_days))


def _value(tag: str, value: str, names: Mapping[str, Words]) -> Words:
    return names.get(value_key(tag, value)) or value_words(value)


def _drifts(measured: Measured) -> bool:
    return measured.psi is not None and measured.psi > max(ALARM_PSI, measured.psi_noise or 0.0)


def _mend_words(measured: Measured) -> Words:
    return Words(
        f"values have drifted: PSI {measured.psi:.2f} against build {measured.baseline}; "
        "check its sources, or set a new baseline",
        f"取值分布漂移：相对第 {measured.baseline} 次构建 PSI 为 {measured.psi:.2f}；请检查数据来源，或另设基线",
    )


def _make(action: str, why: Words, **evidence: Any) -> Suggestion:
    return Suggestion(action, ACTIONS[action], why, evidence)
