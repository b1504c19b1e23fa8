"""The health score: a sum of parts, each with its points and its reason. Nothing else goes into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from huaxiang.codes import value_words
from huaxiang.tag.wording import value_key
from huaxiang.watch.lift import Lifts
from huaxiang.watch.measured import Measured
from huaxiang.words import Count, Words

ENOUGH_COVERAGE = 0.8
"""From here on coverage gets all its points; below, in proportion."""
WATCH_PSI, ALARM_PSI = 0.1, 0.25
"""Up to the first drift costs nothing, from the second on everything."""
STEADY, RESTLESS = 0.05, 0.5
"""Share of customers flipping in a build: up to the first nothing is lost, from the second on everything."""
FRESH_DAYS, OLD_DAYS = 2.0, 30.0
"""Values up to so many days old are fresh; from the second number on they are old."""
NAMELESS: Mapping[str, Words] = {}
"""Where no name of any tag is known, reasons say codes."""


@dataclass(frozen=True)
class Points:
    """What a part of the score came to: of `weight`, `points`, and why. Without points it was not measured."""

    part: str
    name: Words
    weight: int
    points: float | None
    reason: Words


@dataclass(frozen=True)
class Judged:
    """What a part is judged by: what was measured, the lifts, how old the values are, what the tags are called."""

    measured: Measured
    lift: Lifts | None
    age_days: float
    names: Mapping[str, Words]


@dataclass(frozen=True)
class Part:
    """One part of the score: its weight, and what gives its share of points (None = not measured) with the reason."""

    code: str
    name: Words
    weight: int
    meaning: Words
    judge: Callable[[Judged], tuple[float | None, Words]]


def percent(share: float) -> str:
    """Return a share as people read it."""
    text = f"{share * 100:.1f}"
    return text.removesuffix(".0") + "%"


def points_of(
    measured: Measured, lift: Lifts | None, age_days: float, names: Mapping[str, Words] = NAMELESS
) -> tuple[Points, ...]:
    """Return every part of a tag's score with its points and reason; `age_days` is how old its values are.

    `names` are those of all tags: reasons say them in place of codes.
    """
    found, judged = [], Judged(measured, lift, age_days, names)
    for part in PARTS:
        share, reason = part.judge(judged)
        points = None if share is None else round(part.weight * share, 1)
        found.append(Points(part.code, part.name, part.weight, points, reason))
    return tuple(found)


def score_of(points: tuple[Points, ...]) -> int:
    """Return the score, 0 to 100: points over the weights of the parts that were measured."""
    whole = sum(each.weight for each in points if each.points is not None)
    return round(100 * sum(each.points or 0.0 for each in points) / whole) if whole else 0


def _falling(value: float, good: float, bad: float) -> float:
    return min(1.0, max(0.0, (bad - value) / (bad - good)))


def _coverage(judged: Judged) -> tuple[float | None, Words]:
    measured = judged.measured
    if not measured.customers:
        return None, Words("there are no customers", "还没有客户")
    share = percent(measured.coverage)
    if measured.by_hand:
        return None, Words(
            f"{share} of customers have a value; a tag set by hand need not cover all",
            f"{share} 的客户有取值；人工设置的取值不要求覆盖所有客户",
        )
    return min(1.0, measured.coverage / ENOUGH_COVERAGE), Words(
        f"{share} of customers have a value", f"{share} 的客户有取值"
    )


def _drift(judged: Judged) -> tuple[float | None, Words]:
    measured = judged.measured
    if measured.psi is None or measured.baseline is None:
        return None, Words("nothing to compare with yet", "还没有可比较的基线")
    psi, noise = measured.psi, measured.psi_noise or 0.0
    en = f"PSI {psi:.3f} against build {measured.baseline}"
    zh = f"相对第 {measured.baseline} 次构建的 PSI 为 {psi:.3f}"
    if psi <= noise:
        return 1.0, Words(f"{en}: within random variation ({noise:.3f})", f"{zh}，不超过随机波动（{noise:.3f}）")
    return _falling(psi, WATCH_PSI, ALARM_PSI), Words(en, zh)


def _stability(judged: Judged) -> tuple[float | None, Words]:
    measured = judged.measured
    if measured.shape == "ranges":
        return None, Words("numbers and dates change naturally", "数值和日期本来就会变动")
    if measured.flipped is None:
        return None, Words("no earlier build with this definition", "此前没有同口径的构建")
    share = percent(measured.flipped)
    return _falling(measured.flipped, STEADY, RESTLESS), Words(
        f"{share} of customers changed value in the build", f"本次构建中 {share} 的客户取值发生变化"
    )


def _use(judged: Judged) -> tuple[float | None, Words]:
    measured = judged.measured
    segments, tags, uses = Count(len(measured.segments)), Count(len(measured.tags)), Count(measured.uses)
    words = Words(
        f"used by {segments} {segments:segment|segments} and {tags} {tags:tag|tags}; "
        f"opened, exported or read {uses} {uses:time|times} in 30 days",
        f"被 {segments} 个人群和 {tags} 个标签引用，30 天内使用 {uses} 次",
    )
    return float(bool(segments or tags or uses)), words


def _freshness(judged: Judged) -> tuple[float | None, Words]:
    measured, age = judged.measured, judged.age_days
    days = Count(round(max(0.0, age)))
    if measured.stale:
        return 0.0, Words(
            f"the tag failed; its values are {days} {days:day|days} old", f"计算失败，沿用 {days} 天前的取值"
        )
    return _falling(age, FRESH_DAYS, OLD_DAYS), Words(
        f"values are {days} {days:day|days} old", f"取值更新于 {days} 天前"
    )


def _redundancy(judged: Judged) -> tuple[float | None, Words]:
    measured = judged.measured
    if not measured.twins:
        return 1.0, Words("no other tag is nearly the same", "没有其他标签与它重复")
    code, likeness = measured.twins[0]
    twin, alike = judged.names.get(code, Words(code, code)), percent(likeness)
    return 0.0, Words(f"nearly the same as {twin.en} ({alike})", f"与“{twin.zh}”几乎重复（{alike}）")


def _lift(judged: Judged) -> tuple[float | None, Words]:
    measured, lift = judged.measured, judged.lift
    mine = lift.tags.get(measured.tag) if lift else None
    if lift is None or mine is None:
        return None, Words("no outcome was measured", "没有测量任何结果")
    best = mine.best
    if best is None or not mine.telling:
        return 0.0, Words(f"no value predicts: {lift.name.en}", f"对“{lift.name.zh}”没有区分作用")
    value = best.value or ""
    said = judged.names.get(value_key(measured.tag, value)) or value_words(value)
    told = f"{best.lift.value:.2f} [{best.lift.low:.2f}, {best.lift.high:.2f}]"
    return 1.0, Words(f"{lift.name.en}: lift {told} for {said.en}", f"“{lift.name.zh}”：取值 {said.zh} 的提升度 {told}")


PARTS: tuple[Part, ...] = (
    Part("coverage", Words("Coverage", "覆盖率"), 25, Words(
        "in proportion to coverage; full points from 80%", "按比例计分，80% 及以上满分"), _coverage),
    Part("drift", Words("Drift", "漂移"), 25, Words(
        "full points up to PSI 0.1 (or random variation); none from 0.25",
        "PSI 不超过 0.1（或随机波动）满分，0.25 起零分"), _drift),
    Part("stability", Words("Stability", "稳定性"), 15, Words(
        "full points if at most 5% of customers change value; none from 50%; not counted for numbers and dates",
        "取值变化的客户不超过 5% 满分，50% 及以上零分；数值和日期不计"), _stability),
    Part("use", Words("Use", "使用"), 15, Words(
        "full points if a segment or tag uses it, or it was used in the last 30 days",
        "被人群或标签引用，或 30 天内用过即满分"), _use),
    Part("freshness", Words("Freshness", "新鲜度"), 10, Words(
        "full points up to 2 days old; none from 30 days, or if the tag failed",
        "2 天以内满分，30 天起或计算失败零分"), _freshness),
    Part("redundancy", Words("Distinctness", "独特性"), 10, Words(
        "no points if another tag is nearly the same", "与其他标签几乎重复则零分"), _redundancy),
    Part("lift", Words("Lift", "提升度"), 20, Words(
        "full points if a value tells the outcome apart (95% confidence); counted only where an outcome was measured",
        "有取值能显著区分结果（95% 置信）即满分；仅在测量了结果时计入"), _lift),
)  # fmt: skip
"""The weights, in one place. A part that could not be measured is left out, and its weight with it."""
