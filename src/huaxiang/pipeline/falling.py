"""How far the customers, or the rows of a source, may fall from one build to the next before somebody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huaxiang.errors import LossError
from huaxiang.words import Words


@dataclass(frozen=True)
class Fall:
    """How many rows of a source there were and are; `source` "" stands for the customers."""

    source: str
    before: int
    now: int

    def beyond(self, percent: int) -> bool:
        """Tell whether more than so many in a hundred are gone."""
        return (self.before - self.now) * 100 > percent * self.before

    @property
    def words(self) -> Words:
        """What fell, and by how much."""
        what = (
            Words(f"the rows of source {self.source} fall", f"来源 {self.source} 的行数")
            if self.source
            else Words("customers fall", "客户数")
        )
        before, now = f"{self.before:,}", f"{self.now:,}"
        return Words(f"{what.en} from {before} to {now}", f"{what.zh}从 {before} 降到 {now}")


def falls(before: Mapping[str, Any], now: Mapping[str, Any], *, earlier: bool = False) -> list[Fall]:
    """Return how customers and sources moved from one build's summary to another's; sources of both alone.

    One of an `earlier` moment knows fewer customers without any loss.
    """
    sources = [
        Fall(code, int(counts["rows"]), int(now["sources"][code]["rows"]))
        for code, counts in before.get("sources", {}).items()
        if code in now["sources"]
    ]
    customers = [] if earlier else [Fall("", int(before.get("customers", 0)), int(now["customers"]))]
    return [*customers, *sources]


def refuse(found: Sequence[Fall], percent: int) -> None:
    """Raise LossError when any falls by more than `percent` in a hundred."""
    deep = [each.words for each in found if each.beyond(percent)]
    if deep:
        en, zh = "; ".join(each.en for each in deep), "；".join(each.zh for each in deep)
        raise LossError(
            Words(
                f"{en}: more than {percent}% (largest_loss in huaxiang.yaml), so the last build stays. "
                "See whether files are missing; if it is meant, say so with  --accept-loss",
                f"{zh}：超过 {percent}%（huaxiang.yaml 的 largest_loss），因此保留上次构建。"
                "请检查是否缺少文件；如果确实如此，请加上 --accept-loss",
            )
        )


def asked(words: Sequence[Words]) -> LossError:
    """Return the error for stores that do not hold what they should."""
    return LossError(
        Words(
            "the last build stays, because a store does not hold what it should:\n"
            + "\n".join(f"  {each.en}" for each in words),
            "由于存储内容与应有的不符，保留上次构建：\n" + "\n".join(f"  {each.zh}" for each in words),
        )
    )
