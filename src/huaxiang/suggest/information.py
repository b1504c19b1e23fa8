"""Information in bits: how much a value says about an outcome, whether that is chance, where a number splits best.

Mutual information and entropy: Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27,
1948; as the gain of knowing an attribute: Quinlan, "Induction of Decision Trees", Machine Learning 1, 1986.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

MOST_BINS = 10
Codes = npt.NDArray[np.int16]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Binned:
    """Values as numbers of bins: `codes` 0 … `count` − 1 for each customer. Bin `unknown` (if any) has no value."""

    codes: Codes
    count: int
    unknown: int | None


def binned(values: Numbers, most: int = MOST_BINS) -> Binned:
    """Return numbers in at most `most` bins of about equal size; equal values share a bin, NaN has one of its own.

    So few different values that each can have a bin are kept as they are.
    """
    known = ~np.isnan(values)
    different = np.unique(values[known])
    if len(different) > most:
        shares = np.arange(1, most) / most
        different = np.unique(np.quantile(values[known], shares, method="higher"))
        codes = np.searchsorted(different, np.where(known, values, -np.inf), side="right")
        count = len(different) + 1
    else:
        codes = np.searchsorted(different, np.where(known, values, -np.inf))
        count = len(different)
    return _squeezed(codes, count, known)


def labelled(codes: npt.NDArray[np.uint64]) -> Binned:
    """Return values that are only equal or not (hashes of texts) as bins."""
    different, places = np.unique(codes, return_inverse=True)
    return Binned(places.astype(np.int16), len(different), None)


def _squeezed(codes: npt.NDArray[np.int64], count: int, known: npt.NDArray[np.bool_]) -> Binned:
    """Leave out bins that nobody is in; those without a value come last."""
    codes = np.where(known, codes, count)
    used = np.bincount(codes, minlength=count + 1) > 0
    places = np.cumsum(used) - 1
    unknown = int(places[count]) if used[count] else None
    return Binned(places[codes].astype(np.int16), int(used.sum()), unknown)


def table(one: Binned, other: Binned) -> Numbers:
    """Return how many customers are in each pair of bins."""
    flat = np.bincount(one.codes.astype(np.int64) * other.count + other.codes, minlength=one.count * other.count)
    return flat.reshape(one.count, other.count).astype(np.float64)


def entropy(counts: Numbers) -> float:
    """Return H = −Σ p log₂ p in bits."""
    total = counts.sum()
    shares = counts[counts > 0] / total
    return float(-(shares * np.log2(shares)).sum()) if total else 0.0


def mutual_information(counts: Numbers) -> float:
    """Return I(X; Y) = H(X) + H(Y) − H(X, Y) in bits, of a table of counts."""
    return max(entropy(counts.sum(1)) + entropy(counts.sum(0)) - entropy(counts.ravel()), 0.0)


def gain(counts: Numbers) -> float:
    """Return the information of a table less what pure chance gives on average: (r − 1)(c − 1) / (2 N ln 2).

    Miller, "Note on the bias of information estimates", 1955; never below 0.
    """
    rows, columns = counts.shape
    total = float(counts.sum())
    bias = (rows - 1) * (columns - 1) / (2 * total * math.log(2)) if total else 0.0
    return max(mutual_information(counts) - bias, 0.0)


def chance(counts: Numbers) -> float:
    """Return how probable so much information is between things that have none: G = 2 N ln 2 · I is about χ².

    Woolf, "The log likelihood ratio test (the G-test)", Annals of Human Genetics 21, 1957.
    """
    rows, columns = counts.shape
    return _chance(mutual_information(counts), (rows - 1) * (columns - 1), float(counts.sum()))


def _chance(told: float, freedom: int, total: float) -> float:
    return float(chdtrc(freedom, 2 * total * math.log(2) * max(told, 0.0))) if freedom > 0 else 1.0


def sameness(one: Binned, other: Binned) -> float:
    """Return 2 I(X; Y) / (H(X) + H(Y)): 0 when they say nothing of one another, 1 when one is the other renamed.

    Symmetric uncertainty: Press, Flannery, Teukolsky and Vetterling, "Numerical Recipes in C", 1988.
    """
    counts = table(one, other)
    both = entropy(counts.sum(1)) + entropy(counts.sum(0))
    return 2 * mutual_information(counts) / both if both else 0.0


def beyond(one: Binned, other: Binned, outcome: Binned) -> tuple[float, float]:
    """Return what `one` tells about the outcome to who knows `other` already, and how probable that is by chance.

    I(X; Y | Z) = I(X, Z; Y) − I(Z; Y), as a measure of what is new in a feature: Fleuret, "Fast Binary Feature
    Selection with Conditional Mutual Information", Journal of Machine Learning Research 5, 2004.
    """
    pairs = one.codes.astype(np.int64) * other.count + other.codes
    flat = np.bincount(pairs * outcome.count + outcome.codes, minlength=one.count * other.count * outcome.count)
    counts = flat.reshape(-1, outcome.count).astype(np.float64)
    both, known = counts[counts.sum(1) > 0], table(other, outcome)
    told = mutual_information(both) - mutual_information(known)
    freedom = (len(both) - other.count) * (outcome.count - 1)
    return gain(both) - gain(known), _chance(told, freedom, float(both.sum()))


def natural_cuts(
    values: Numbers, outcome: npt.NDArray[np.bool_], *, deep: int = 2, least: int = 1, whole: bool = False
) -> list[float]:
    """Return the numbers at which the outcome changes most, in order; a value equal to a cut is above it.

    Each split is the one of least class entropy, taken only if the minimum description length says that it pays:
    Fayyad and Irani, "Multi-Interval Discretization of Continuous-Valued Attributes for Classification Learning",
    IJCAI 1993, pp. 1022–1027. At most `deep` levels, each side with `least` customers or more; NaN is left out.
    `whole` asks for whole numbers.
    """
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ends = _split(values[known][order], outcome[known][order].astype(np.float64), deep, least)
    return sorted(float(math.floor(above)) if whole else round_cut(below, above) for below, above in ends)


def _split(values: Numbers, outcome: Numbers, deep: int, least: int) -> list[tuple[float, float]]:
    """Return the values on both sides of each cut."""
    total = len(values)
    ends = np.flatnonzero(np.diff(values)) + 1
    ends = ends[(ends >= least) & (ends <= total - least)]
    if deep == 0 or not len(ends):
        return []
    positive = np.cumsum(outcome)
    left, right = _entropies(positive[ends - 1], ends), _entropies(positive[-1] - positive[ends - 1], total - ends)
    whole = float(_entropies(positive[-1:], np.array([total]))[0])
    after = (ends * left + (total - ends) * right) / total
    best = int(np.argmin(after))
    end = int(ends[best])
    if whole - after[best] <= _price(outcome, end, whole, float(left[best]), float(right[best])):
        return []
    below = _split(values[:end], outcome[:end], deep - 1, least)
    above = _split(values[end:], outcome[end:], deep - 1, least)
    return [*below, (float(values[end - 1]), float(values[end])), *above]


def _entropies(positive: Numbers, total: npt.NDArray[np.int64]) -> Numbers:
    share = positive / total
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(share > 0, share * np.log2(share), 0) + np.where(
            share < 1, (1 - share) * np.log2(1 - share), 0
        )
    return np.asarray(-parts, dtype=np.float64)


def _price(outcome: Numbers, end: int, whole: float, left: float, right: float) -> float:
    """Return the gain a split must exceed: (log₂(N − 1) + Δ) / N with Δ = log₂(3ᵏ − 2) − (k H − k₁ H₁ − k₂ H₂)."""
    classes, first, second = (len(np.unique(part)) for part in (outcome, outcome[:end], outcome[end:]))
    delta = math.log2(3**classes - 2) - (classes * whole - first * left - second * right)
    return (math.log2(len(outcome) - 1) + delta) / len(outcome)


def round_cut(below: float, above: float) -> float:
    """Return the roundest number that is greater than `below` and not greater than `above`."""
    step = 10.0 ** math.floor(math.log10(max(abs(below), abs(above), above - below)) + 1)
    while step > (above - below) * 1e-6:
        for size in (step, step / 2, step / 5):
            found = float(f"{math.floor(above / size) * size:.12g}")
            if below < found <= above:
                return found
        step /= 10
    return above
