"""Useful statistics: candidates ranked by what they say about the outcome, without those that say the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huaxiang.suggest.information import Binned, Numbers, beyond, chance, entropy, gain, sameness, table
from huaxiang.suggest.suggestion import Bin, Evidence
from huaxiang.words import Words

LEAST_SHARE = 0.01
"""A value must tell at least so much of all there is to know about the outcome."""
MOST_CHANCE = 0.01
"""Divided by how many are tried (Bonferroni): how probable one useless candidate among all may be."""
SAME = 0.9
"""Above this normalised mutual information two tags say the same."""
_LEAST_IN_BIN = 20


@dataclass(frozen=True)
class Scored:
    """A tag that tells something: how much in bits, its bins, and the table of bins by outcome."""

    code: str
    gain: float
    bins: Binned
    counts: Numbers


def scored(code: str, bins: Binned, outcome: Binned, tried: int) -> Scored | None:
    """Return what a tag tells about the outcome; None when that is too little, or may be chance."""
    counts = table(bins, outcome)
    told = gain(counts)
    if told < LEAST_SHARE * entropy(counts.sum(0)) or told <= 0 or chance(counts) * tried > MOST_CHANCE:
        return None
    return Scored(code, told, bins, counts)


def ranked(found: Iterable[Scored | None]) -> list[Scored]:
    """Return the scored, those that tell most first; of equals, by code."""
    return sorted((each for each in found if each), key=lambda each: (-round(each.gain, 12), each.code))


def different(
    found: Sequence[Scored], known: Mapping[str, Binned], outcome: Binned, most: int, about: Callable[[str], str]
) -> Iterator[Scored]:
    """Yield at most `most`, each different from the tags there are and from those before it.

    Left out is what is nearly the same as another, what differs from one before only in its window (`about` says what
    a code is about), and what tells nothing more to who knows one before.
    """
    kept: list[Scored] = []
    least = LEAST_SHARE * entropy(np.bincount(outcome.codes).astype(np.float64))
    for each in found:
        if len(kept) == most:
            return
        others = [*known.values(), *(other.bins for other in kept)]
        if (
            all(about(each.code) != about(other.code) for other in kept)
            and all(_adds(each, other, outcome, least, len(found)) for other in kept)
            and all(sameness(each.bins, other) <= SAME for other in others)
        ):
            kept.append(each)
            yield each


def _adds(each: Scored, other: Scored, outcome: Binned, least: float, tried: int) -> bool:
    told, by_chance = beyond(each.bins, other.bins, outcome)
    return told >= least and by_chance * tried <= MOST_CHANCE


def evidence(scored: Scored, values: Numbers, bins: Sequence[Bin]) -> Evidence:
    """Return why a tag is worth having, from its values and its bins as people read them."""
    total = entropy(scored.counts.sum(0))
    big = [each for each in bins if each.customers >= min(_LEAST_IN_BIN, len(values) / len(bins))]
    best, worst = max(big, key=lambda each: each.rate), min(big, key=lambda each: each.rate)
    lift = best.rate / worst.rate if worst.rate else None
    times = Words(f", ×{lift:.1f}", f"，相差 {lift:.1f} 倍") if lift else Words("", "")
    share = scored.gain / total if total else 0.0
    words = Words(
        f"information gain {scored.gain:.4f} bits, {share:.1%} of the maximum; {best.rate:.1%} reach the outcome at "
        f"{best.words.en} (n = {best.customers:,}), {worst.rate:.1%} at {worst.words.en} (n = {worst.customers:,})"
        f"{times.en}",
        f"信息增益 {scored.gain:.4f} 比特，占全部不确定性的 {share:.1%}；取值 {best.words.zh} 时目标发生率 "
        f"{best.rate:.1%}（{best.customers:,} 人），取值 {worst.words.zh} 时 {worst.rate:.1%}"
        f"（{worst.customers:,} 人）{times.zh}",
    )
    known = ~np.isnan(values)
    return Evidence(
        scored.gain, share, lift, tuple(bins), float(known.mean()), int((known & (values != 0)).sum()), words
    )


def ranges(scored: Scored, values: Numbers) -> list[Bin]:
    """Return the bins of a number: each as the range of values in it."""
    found = []
    for code in range(scored.bins.count):
        inside = values[scored.bins.codes == code]
        low, high = (number(edge) for edge in (inside.min(), inside.max()))
        text = low if low == high else f"{low}–{high}"
        words = Words("unknown", "未知") if code == scored.bins.unknown else Words(text, text)
        found.append(bin_of(scored, code, words))
    return found


def bin_of(scored: Scored, code: int, words: Words) -> Bin:
    """Return one bin with its size and rate."""
    customers = int(scored.counts[code].sum())
    return Bin(words, customers, float(scored.counts[code, -1] / customers))


def best_place(scored: Scored) -> int | None:
    """Return the place of the first customer in the known bin with the highest rate."""
    known = [code for code in range(scored.bins.count) if code != scored.bins.unknown]
    if not known:
        return None
    rates = scored.counts[:, -1] / scored.counts.sum(1)
    best = max(known, key=lambda code: (rates[code], -code))
    return int(np.flatnonzero(scored.bins.codes == best)[0])


def number(value: float) -> str:
    """Return a number as people write it, with at most two places."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
