"""What is measured of a tag at a build, as a record that is kept; and the same as columns that rules may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from huaxiang.model import Type
from huaxiang.words import Words

MOST_VALUES = 100
"""So many values of a tag are counted apart; the rest is `others`."""
VANISHED_SHARE = 0.01
"""A value that this share of customers with a value had, and nobody has now, has vanished."""


@dataclass(frozen=True)
class Bin:
    """One value, or one range of numbers (`edge` its upper end, which belongs to it; None for the last)."""

    value: str
    count: int
    edge: float | None = None


@dataclass(frozen=True)
class Measured:
    """One tag at one build. Shares are 0 to 1; what could not be measured is None.

    `shape` is "values" (a bin each) or "ranges" (bins fixed by the quantiles at the baseline). Of a list tag the first
    item counts; of dates and times the days before as_of do. `baseline` and `before` are the builds compared with:
    those of the same definition only. `flipped` is the share of customers of the build before whose value is another.
    `used` counts uses by kind in 30 days; `segments` and `tags` name the tag in their definitions. `twins` are tags
    that say nearly the same, with the normalised mutual information; a tag computed from another is no twin of it.
    Of a tag whose values people set (`by_hand`), nobody expects that many customers have one.
    `idle` are the scores of quantile bands that nobody has, for too many numbers are equal.
    """

    tag: str
    definition: str
    type: str
    as_of: str
    computed_as_of: str
    stale: bool
    customers: int
    known: int
    shape: str
    bins: tuple[Bin, ...]
    others: int = 0
    baseline: int | None = None
    before: int | None = None
    psi: float | None = None
    psi_noise: float | None = None
    coverage_baseline: float | None = None
    coverage_before: float | None = None
    vanished: tuple[str, ...] = ()
    flipped: float | None = None
    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    used: Mapping[str, int] | None = None
    twins: tuple[tuple[str, float], ...] = ()
    by_hand: bool = False
    idle: tuple[str, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of customers with a value."""
        return self.known / self.customers if self.customers else 0.0

    @property
    def unknown(self) -> int:
        """Customers without a value."""
        return self.customers - self.known

    @property
    def top(self) -> Bin | None:
        """The commonest bin."""
        return max(self.bins, key=lambda each: each.count, default=None)

    @property
    def top_share(self) -> float | None:
        """Share of the commonest bin among customers with a value."""
        return self.top.count / self.known if self.top and self.known else None

    @property
    def uses(self) -> int:
        """How often it was used in 30 days."""
        return sum((self.used or {}).values())

    @property
    def edges(self) -> tuple[float, ...]:
        """The upper ends of all ranges but the last."""
        return tuple(each.edge for each in self.bins if each.edge is not None)

    def counts(self, values: Sequence[str]) -> list[int]:
        """Return how many have each of the values (or ranges), any other value, and none."""
        by_value = {each.value: each.count for each in self.bins}
        counts = [by_value.get(value, 0) for value in values]
        return [*counts, self.known - sum(counts), self.unknown]

    def record(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    def row(self) -> dict[str, Any]:
        """Return the columns that a rule may name."""
        return {name: getattr(self, name) for name in COLUMNS if name not in _COUNTED} | {
            "segments": len(self.segments), "tags": len(self.tags), "vanished": list(self.vanished),
            "vanished_values": len(self.vanished),
            "redundancy": max((likeness for _, likeness in self.twins), default=None),
            "age_days": _days(self.computed_as_of, self.as_of),
        }  # fmt: skip


_COUNTED = ("segments", "tags", "vanished", "vanished_values", "redundancy", "age_days")
COLUMNS: Mapping[str, tuple[Type, Words]] = {
    "coverage": (Type.NUMBER, Words("share of customers with a value", "有取值的客户占比")),
    "coverage_before": (Type.NUMBER, Words("coverage in the previous build", "上次构建的覆盖率")),
    "coverage_baseline": (Type.NUMBER, Words("coverage in the baseline build", "基线构建的覆盖率")),
    "psi": (Type.NUMBER, Words("population stability index against the baseline", "相对基线的群体稳定性指数")),
    "psi_noise": (Type.NUMBER, Words("PSI that random variation alone may reach", "仅由随机波动可达到的 PSI")),
    "flipped": (Type.NUMBER, Words("share of customers whose value changed", "本次构建中取值变化的客户占比")),
    "top_share": (Type.NUMBER, Words("share of the most common value or range", "最常见取值（或区间）的占比")),
    "redundancy": (Type.NUMBER, Words("similarity to the most similar tag, 0.9 to 1",
        "与最相近标签的相似度，0.9 至 1")),
    "age_days": (Type.NUMBER, Words("days since it was last computed", "距上次计算的天数")),
    "stale": (Type.BOOL, Words("keeps older values because it failed", "计算失败，沿用旧值")),
    "by_hand": (Type.BOOL, Words("set by hand", "由人工设置")),
    "customers": (Type.INTEGER, Words("all customers", "全部客户数")),
    "known": (Type.INTEGER, Words("customers with a value", "有取值的客户数")),
    "uses": (Type.INTEGER, Words("uses in 30 days", "30 天内的使用次数")),
    "segments": (Type.INTEGER, Words("segments that use it", "引用它的人群数")),
    "tags": (Type.INTEGER, Words("tags that depend on it", "依赖它的标签数")),
    "vanished": (Type.TEXTS, Words("values that at least 1% of customers with a value had, and none has now",
        "曾占 1% 以上、如今消失的取值")),
    "vanished_values": (Type.INTEGER, Words("number of vanished values", "这样的取值个数")),
}  # fmt: skip
"""What rules may name: the type and the words of each measurement."""


def measured_of(record: Mapping[str, Any]) -> Measured:
    """Return what a record holds; keys of a later version are left out."""
    known = {each.name for each in fields(Measured)}
    values = {name: value for name, value in record.items() if name in known}
    values["bins"] = tuple(Bin(each["value"], each["count"], each.get("edge")) for each in record["bins"])
    for name in ("vanished", "segments", "tags", "idle"):
        values[name] = tuple(record.get(name, ()))
    values["twins"] = tuple((code, likeness) for code, likeness in record.get("twins", ()))
    return Measured(**values)


def _days(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86400
