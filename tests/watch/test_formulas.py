"""Each formula against another computation of it: scipy's, a published example, or a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, chi2
from scipy.stats import entropy as scipy_entropy
from scipy.stats.contingency import relative_risk as scipy_relative_risk

from huaxiang.watch.formulas import (
    Interval,
    difference,
    entropy,
    lift,
    psi,
    psi_noise,
    relative_risk,
    shared_information,
    wilson,
)


def near(found: Interval, value: float, low: float, high: float, *, within: float = 1e-9) -> None:
    assert found.value == pytest.approx(value, abs=within)
    assert found.low == pytest.approx(low, abs=within)
    assert found.high == pytest.approx(high, abs=within)


def test_psi_by_hand() -> None:
    # 0.5 is added to each count: 49.5 of 99 and 24.5, 74.5 of 99.
    expected, actual = [49, 49], [24, 74]
    e, a = (0.5, 0.5), (24.5 / 99, 74.5 / 99)
    by_hand = sum((y - x) * math.log(y / x) for x, y in zip(e, a, strict=True))
    assert psi(expected, actual) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.2808, abs=1e-4)


def test_psi_is_both_relative_entropies() -> None:
    chance = np.random.default_rng(1)
    for _ in range(20):
        expected, actual = chance.integers(0, 500, 7), chance.integers(1, 500, 7)
        e, a = expected + 0.5, actual + 0.5
        assert psi(list(expected), list(actual)) == pytest.approx(scipy_entropy(a, e) + scipy_entropy(e, a))


def test_psi_at_the_ends() -> None:
    assert psi([10, 20], [10, 20]) == 0
    assert psi([10, 20, 0], [10, 20, 0]) == 0
    assert psi([0, 0], [1, 2]) is None
    assert psi([1, 2], [0, 0]) is None
    vanished = psi([100, 100], [0, 200])
    assert vanished is not None and vanished > 2
    assert math.isfinite(vanished)


def test_chance_exceeds_the_noise_of_psi_once_in_twenty() -> None:
    chance = np.random.default_rng(2)
    shares, n, m = [0.1, 0.2, 0.3, 0.4], 3000, 2000
    over = 0
    for _ in range(2000):
        expected, actual = list(chance.multinomial(n, shares)), list(chance.multinomial(m, shares))
        found, noise = psi(expected, actual), psi_noise(expected, actual)
        assert found is not None and noise is not None
        over += found > noise
    assert 0.035 < over / 2000 < 0.065
    assert psi_noise([5, 5, 0], [5, 5, 0]) == pytest.approx(chi2.isf(0.05, 1) * 0.2)
    assert psi_noise([5], [5]) == 0
    assert psi_noise([0], [5]) is None


@pytest.mark.parametrize(("hits", "of"), [(0, 10), (10, 10), (1, 3), (56, 70), (4, 10_000)])
def test_wilson_is_scipys(hits: int, of: int) -> None:
    by_scipy = binomtest(hits, of).proportion_ci(0.95, "wilson")
    near(wilson(hits, of), hits / of, by_scipy.low, by_scipy.high)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 10), 0.6075, 1.0000),
        ((0, 10, 0, 10), -0.2775, 0.2775),
    ],
)
def test_difference_is_newcombes_table(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    # Newcombe 1998, table II, method 10.
    a, n, b, m = counts
    near(difference(a, n, b, m), a / n - b / m, low, high, within=5e-5)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(27, 122, 44, 487), (3, 50, 9, 60), (40, 41, 1, 400)])
def test_relative_risk_is_scipys_katz(a: int, n: int, b: int, m: int) -> None:
    by_scipy = scipy_relative_risk(a, n, b, m)
    interval = by_scipy.confidence_interval(0.95)
    near(relative_risk(a, n, b, m), by_scipy.relative_risk, interval.low, interval.high)


def test_lift_by_hand() -> None:
    # 30 of 100 with the value, 60 of 400 in all: 0.3 / 0.15 = 2; the group holds half of the hits.
    found = lift(30, 100, 60, 400)
    katz = math.sqrt(1 / 30 - 1 / 100 + 1 / 30 - 1 / 300)
    half = 1.959964 * 0.5 * katz
    near(found, 2.0, 2 * math.exp(-half), 2 * math.exp(half), within=1e-6)


def test_lift_holds_its_promise() -> None:
    chance = np.random.default_rng(3)
    of, rest, p, q = 300, 1200, 0.2, 0.1
    truth = p / ((of * p + rest * q) / (of + rest))
    covered = 0
    for _ in range(4000):
        a, b = chance.binomial(of, p), chance.binomial(rest, q)
        found = lift(int(a), of, int(a + b), of + rest)
        covered += found.low <= truth <= found.high
    assert 0.94 < covered / 4000 < 0.96


def test_lift_at_the_ends() -> None:
    assert lift(5, 10, 5, 10) == Interval(1.0, 1.0, 1.0)
    nobody = lift(0, 50, 20, 200)
    assert nobody.value == nobody.low == 0 and 1 < nobody.high < 2
    assert lift(0, 500, 60, 2000).high < 1
    only = lift(20, 50, 20, 200)
    assert only.value == 4 and 1 < only.low < only.high


def test_shared_information_by_hand() -> None:
    # X: 2, 2; Y: 3, 1; together 2, 0, 1, 1. H = 0.693147, 0.562335, 1.039721.
    assert shared_information(np.array([[2, 0], [1, 1]])) == pytest.approx(0.343711, abs=1e-6)
    assert shared_information(np.array([[5, 0], [0, 7]])) == pytest.approx(1.0)
    assert shared_information(np.array([[4, 8], [2, 4]])) == pytest.approx(0.0, abs=1e-12)
    assert shared_information(np.array([[5, 7]])) == 0.0


def test_entropy_is_scipys() -> None:
    counts = np.array([3, 0, 9, 1])
    assert entropy(counts) == pytest.approx(scipy_entropy(counts))
