"""Entropy, gain, chance and cuts against values worked out by hand and plain references."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.suggest.information import (
    Binned,
    beyond,
    binned,
    chance,
    entropy,
    gain,
    mutual_information,
    natural_cuts,
    round_cut,
    sameness,
    table,
)  # fmt: skip


def bins(*codes: int) -> Binned:
    return Binned(np.array(codes, dtype=np.int16), max(codes) + 1, None)


def test_entropy_of_a_coin_is_one_bit() -> None:
    assert entropy(np.array([5.0, 5.0])) == 1
    assert entropy(np.array([1.0, 3.0])) == pytest.approx(0.811278, abs=1e-6)
    assert entropy(np.array([7.0, 0.0])) == 0


def test_what_tells_everything_has_the_outcome_s_entropy() -> None:
    same = table(bins(0, 1, 1, 1), bins(1, 0, 0, 0))
    assert mutual_information(same) == pytest.approx(0.811278, abs=1e-6)
    assert mutual_information(table(bins(0, 0, 1, 1), bins(0, 1, 0, 1))) == pytest.approx(0, abs=1e-12)


def test_the_gain_of_quinlan_s_weather() -> None:
    # Quinlan 1986: outlook (sunny 2/3, overcast 4/0, rain 3/2) tells 0.246 bits of whether one plays.
    outlook = np.array([[2.0, 3.0], [4.0, 0.0], [3.0, 2.0]])
    assert mutual_information(outlook) == pytest.approx(0.247, abs=1e-3)
    assert gain(outlook) == pytest.approx(0.247 - 2 / (2 * 14 * math.log(2)), abs=1e-3)


def test_chance_of_a_two_by_two_table() -> None:
    # G of [[10, 20], [20, 10]] is 6.796 with one degree of freedom: p = 0.00914.
    assert chance(np.array([[10.0, 20.0], [20.0, 10.0]])) == pytest.approx(0.00914, abs=1e-5)
    assert chance(np.array([[5.0, 5.0]])) == 1


def test_noise_has_no_gain_on_average() -> None:
    lot = np.random.default_rng(1)
    gains = [
        mutual_information(table(binned(lot.normal(size=1000)), binned(lot.integers(0, 2, 1000).astype(float))))
        for _ in range(200)
    ]
    assert np.mean(gains) == pytest.approx(9 / (2 * 1000 * math.log(2)), rel=0.1)


def test_one_thing_renamed_is_the_same_and_two_lots_are_not() -> None:
    assert sameness(bins(0, 1, 2, 0), bins(2, 0, 1, 2)) == pytest.approx(1)
    lot = np.random.default_rng(2)
    one, other = (binned(lot.normal(size=2000)) for _ in range(2))
    assert sameness(one, other) < 0.02


def test_who_knows_the_one_learns_nothing_from_its_shadow_and_all_from_the_other_half() -> None:
    lot = np.random.default_rng(4)
    one, other = lot.integers(0, 2, 4000), lot.integers(0, 2, 4000)
    known, shadow, half = (binned(each.astype(float)) for each in (one, 3 - one, other))
    assert beyond(shadow, known, known) == (pytest.approx(0, abs=1e-3), 1)
    # Neither half says anything of whether they differ; both together say all.
    differ = binned((one ^ other).astype(float))
    assert gain(table(half, differ)) < 0.01
    assert beyond(half, known, differ) == (pytest.approx(1, abs=0.01), pytest.approx(0))
    third = binned(lot.integers(0, 2, 4000).astype(float))
    assert beyond(third, known, differ)[1] > 0.01


def test_bins_keep_few_values_apart_and_the_unknown_to_itself() -> None:
    found = binned(np.array([3.0, np.nan, 0.0, 3.0, 7.0]))
    assert found.codes.tolist() == [1, 3, 0, 1, 2]
    assert (found.count, found.unknown) == (4, 3)


@given(st.lists(st.one_of(st.integers(-50, 50).map(float), st.just(math.nan)), min_size=1, max_size=300))
def test_equal_values_share_a_bin_and_bins_follow_the_order(values: list[float]) -> None:
    found = binned(np.array(values))
    assert sorted(set(found.codes.tolist())) == list(range(found.count)) and found.count <= 11
    known = sorted((value, code) for value, code in zip(values, found.codes, strict=True) if not math.isnan(value))
    assert [code for _, code in known] == sorted(code for _, code in known)
    assert len({(value, code) for value, code in known}) == len({value for value, _ in known})


def test_a_step_is_cut_at_the_step_and_nowhere_else() -> None:
    values = np.arange(1000, dtype=float)
    assert natural_cuts(values, values >= 400) == [400]
    assert natural_cuts(values, (values >= 400) & (values < 700), whole=True) == [400, 700]


def test_noise_is_not_cut() -> None:
    lot = np.random.default_rng(3)
    for _ in range(20):
        assert natural_cuts(lot.normal(size=2000), lot.random(2000) < 0.3) == []


def test_the_price_of_fayyad_and_irani_by_hand() -> None:
    # 4 of one class, then 4 of the other: gain 1 bit; price (log2 7 + log2 7 − 2) / 8 = 0.452.
    values, outcome = np.arange(8, dtype=float), np.arange(8) >= 4
    assert natural_cuts(values, outcome) == [4]
    # 1 and 1: gain 1 bit; price (log2 1 + log2 7 − 2) / 2 = 0.404; but a step within noise does not pay.
    assert natural_cuts(values, np.array([0, 1, 0, 1, 1, 0, 1, 1], dtype=bool)) == []


def test_a_side_of_a_cut_has_the_least_it_must() -> None:
    values = np.arange(1000, dtype=float)
    assert natural_cuts(values, values >= 990, least=50) == [950.0]


@pytest.mark.parametrize(
    ("below", "above", "cut"),
    [(3, 4, 4), (0, 1, 1), (47.2, 50.1, 50), (0.123, 0.137, 0.13), (99, 101, 100), (-3, -2, -2), (-5, 5, 0)],
)
def test_cuts_are_round(below: float, above: float, cut: float) -> None:
    assert round_cut(below, above) == cut


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_cut_is_above_the_one_and_not_above_the_other(below: float, more: float) -> None:
    assert below < round_cut(below, below + more) <= below + more
