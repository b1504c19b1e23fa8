"""The formulas of watching, as plain functions of counts; each names its source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

Z = 1.959963984540054
"""Of the standard normal distribution, 2.5 % lie beyond this on either side."""
SMOOTHING = 0.5
"""Added to every bin's count, so that an empty bin has a logarithm (as for weights of evidence, Siddiqi 2006)."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    value: float
    low: float
    high: float


def psi(expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """Return the population stability index of two counts over the same bins; None when either is empty.

    Σ (a − e)·ln(a / e) over the bins' shares, SMOOTHING added to each count (Siddiqi 2006): 0.1 watch, 0.25 alarm.
    A bin that is empty in both is no bin.
    """
    if not sum(expected) or not sum(actual):
        return None
    used = [(e, a) for e, a in zip(expected, actual, strict=True) if e or a]
    e, a = (_shares(counts) for counts in zip(*used, strict=True))
    return float(np.sum((a - e) * np.log(a / e)))


def psi_noise(expected: Sequence[int], actual: Sequence[int]) -> float | None:
    """Return the PSI that chance alone exceeds once in twenty when nothing drifted.

    PSI / (1/n + 1/m) is then about chi-square with one degree less than bins (Yurdakul 2018).
    """
    n, m = sum(expected), sum(actual)
    used = sum(1 for e, a in zip(expected, actual, strict=True) if e or a)
    if not n or not m:
        return None
    return float(chdtri(used - 1, 0.05)) * (1 / n + 1 / m) if used > 1 else 0.0


def wilson(hits: int, of: int) -> Interval:
    """Return a proportion with Wilson's score interval (Wilson 1927); `of` must not be 0."""
    share = hits / of
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    # At the ends rounding would leave 1e-17 where the interval ends exactly.
    return Interval(share, 0.0 if hits == 0 else middle - half, 1.0 if hits == of else middle + half)


def difference(hits: int, of: int, other_hits: int, other_of: int) -> Interval:
    """Return the difference of two proportions with Newcombe's interval from Wilson's limits.

    Newcombe 1998, Statistics in Medicine 17, method 10.
    """
    one, two = wilson(hits, of), wilson(other_hits, other_of)
    gap = one.value - two.value
    low = gap - math.hypot(one.value - one.low, two.high - two.value)
    high = gap + math.hypot(one.high - one.value, two.value - two.low)
    return Interval(gap, low, high)


def relative_risk(hits: int, of: int, other_hits: int, other_of: int) -> Interval:
    """Return the ratio of two proportions with the log interval of Katz.

    Katz et al. 1978, Biometrics 34: SE(ln RR) = √(1/a − 1/n + 1/b − 1/m). Where there are no hits, 0.5 is added to
    hits and people of both for the interval (Walter 1975).
    """
    ratio = (hits / of) / (other_hits / other_of) if other_hits else math.inf
    a, n, b, m = _never_zero(hits, of, other_hits, other_of)
    error, middle = _katz(a, n, b, m), math.log(a / n) - math.log(b / m)
    low, high = math.exp(middle - Z * error), math.exp(middle + Z * error)
    return Interval(ratio, min(low, ratio), max(high, ratio))


def lift(hits: int, of: int, all_hits: int, everybody: int) -> Interval:
    """Return P(outcome | value) / P(outcome) with its 95 % interval; `of` and `all_hits` must not be 0.

    The whole holds the group, so Katz's error (group against the rest) is too wide for the lift: by the delta method
    SE(ln lift) = (1 − s)·SE(ln RR), s the group's share of all hits. A group that is everybody has lift 1 exactly.
    """
    rest = everybody - of
    value = (hits / of) / (all_hits / everybody)
    if rest == 0:
        return Interval(1.0, 1.0, 1.0)
    a, n, b, m = _never_zero(hits, of, all_hits - hits, rest)
    middle = math.log(a / n) - math.log((a + b) / (n + m))
    error = (1 - a / (a + b)) * _katz(a, n, b, m)
    low, high = math.exp(middle - Z * error), math.exp(middle + Z * error)
    return Interval(value, min(low, value), max(high, value))


def entropy(counts: npt.NDArray[np.int64]) -> float:
    """Return the entropy of counts, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))


def shared_information(joint: npt.NDArray[np.int64]) -> float:
    """Return the normalised mutual information of a table of joint counts, 0 to 1.

    I(X;Y) over the mean of both entropies (Strehl & Ghosh 2002 with the arithmetic mean, as scikit-learn does).
    """
    ours, theirs = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0))
    if ours == 0 or theirs == 0:
        return 0.0
    return max(0.0, (ours + theirs - entropy(joint.ravel())) / ((ours + theirs) / 2))


def _shares(counts: Sequence[int]) -> npt.NDArray[np.float64]:
    smoothed = np.asarray(counts, np.float64) + SMOOTHING
    return np.asarray(smoothed / smoothed.sum(), np.float64)


def _never_zero(a: float, n: float, b: float, m: float) -> tuple[float, float, float, float]:
    return (a, n, b, m) if a and b else (a + 0.5, n + 0.5, b + 0.5, m + 0.5)


def _katz(a: float, n: float, b: float, m: float) -> float:
    return math.sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
