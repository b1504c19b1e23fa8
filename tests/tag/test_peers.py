"""Comparisons with peers against plain Python."""

from __future__ import annotations

from math import floor
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tag.tag_shop import Row, ago, build, faults_of, tags_of, warehouse

BASE = """
- {tag: spend, from: orders, value: sum(quantity)}
- {tag: city, from: attributes, fact: city}
"""
SHOWS = ("percentile", "ratio", "difference")


def facts(people: dict[int, tuple[str | None, float | None]]) -> dict[str, list[Row]]:
    orders: list[Row] = [
        {"subject": who, "order_id": f"{who}", "occurred_at": ago(1), "amount": 1, "quantity": spend}
        for who, (_, spend) in people.items()
        if spend is not None
    ]
    stated: list[Row] = [
        {"subject": who, "city": city, "occurred_at": ago(1)} for who, (city, _) in people.items() if city is not None
    ]
    return {"orders": orders, "attributes": stated}


def compare(people: dict[int, tuple[str | None, float | None]], inner: str) -> dict[int, Any]:
    tags = tags_of(BASE + f"- {{tag: x, peers: {{of: spend, {inner}}}}}")
    with warehouse(people, facts(people)) as engine:
        return {subject: row["x"] for subject, row in build(engine, tags).items()}


TOWNS: dict[int, tuple[str | None, float | None]] = {
    1: ("a", 1), 2: ("a", 2), 3: ("a", 2), 4: ("a", 5), 5: ("b", 100), 6: ("b", 300), 7: (None, 9), 8: ("a", None),
}  # fmt: skip


def test_a_percentile_within_a_group() -> None:
    found = compare(TOWNS, "within: city, least: 2")
    assert found == {1: 25, 2: 75, 3: 75, 4: 100, 5: 50, 6: 100, 7: None, 8: None}


def test_everybody_without_a_group() -> None:
    # Of seven known numbers 1 is not below one, 2 not below three …
    assert compare(TOWNS, "as: percentile") == {1: 14, 2: 42, 3: 42, 4: 57, 5: 85, 6: 100, 7: 71, 8: None}


def test_a_small_group_is_compared_with_everybody() -> None:
    found = compare(TOWNS, "within: city, least: 3")
    assert (found[1], found[5], found[6]) == (25, 85, 100)


def test_ratio_and_difference_to_the_median_or_mean() -> None:
    assert compare(TOWNS, "within: city, as: ratio, least: 2") == {
        1: 0.5, 2: 1.0, 3: 1.0, 4: 2.5, 5: 0.5, 6: 1.5, 7: None, 8: None,
    }  # fmt: skip
    found = compare(TOWNS, "within: city, as: difference, to: mean, least: 2")
    assert found == {1: -1.5, 2: -0.5, 3: -0.5, 4: 2.5, 5: -100.0, 6: 100.0, 7: None, 8: None}


def test_nobody_known_and_groups_that_are_empty() -> None:
    for shows in SHOWS:
        assert compare({1: ("a", None), 2: (None, None)}, f"within: city, as: {shows}") == {1: None, 2: None}
        assert compare({}, f"within: city, as: {shows}") == {}
    assert compare({1: ("a", 0), 2: ("a", 0)}, "as: ratio") == {1: None, 2: None}


def test_a_difference_of_money_is_money() -> None:
    tags = tags_of(
        "- {tag: spend, from: orders, value: sum(amount)}\n- {tag: x, peers: {of: spend, as: difference, to: mean}}"
    )
    assert tags.types["x"] == "money"


def test_what_a_group_says_is_kept() -> None:
    tags = tags_of(
        BASE + "- {tag: x, peers: {of: spend, within: city, least: 2}}\n"
        "- {tag: y, peers: {of: spend, within: city, least: 2, as: ratio}}"
    )
    with warehouse(TOWNS, facts(TOWNS)) as engine:
        build(engine, tags)
        kept = {(tag, name, text): value for tag, name, value, text in engine.rows("SELECT * FROM tag_thresholds")}
    assert kept["y", "median a", "a"] == 2.0
    assert kept["y", "median", None] == 5.0
    assert kept["x", "q0.5 b", "b"] == 100.0
    assert kept["x", "q0.9", None] == 300.0
    assert len(kept) == 3 + 5 * 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.one_of(st.none(), st.integers(-4, 9))), max_size=60),
    st.integers(1, 12),
)
def test_as_in_plain_python(drawn: list[tuple[str | None, int | None]], least: int) -> None:
    people: dict[int, tuple[str | None, float | None]] = dict(enumerate(drawn))
    tags = tags_of(
        BASE + "".join(f"- {{tag: {s}, peers: {{of: spend, within: city, least: {least}, as: {s}}}}}\n" for s in SHOWS)
        + f"- {{tag: m, peers: {{of: spend, within: city, least: {least}, as: ratio, to: mean}}}}\n"
    )  # fmt: skip
    with warehouse(people, facts(people)) as engine:
        found = build(engine, tags)
    everybody = [spend for _, spend in people.values() if spend is not None]
    for who, (city, spend) in people.items():
        row = {name: found[who][name] for name in (*SHOWS, "m")}
        if city is None or spend is None:
            assert set(row.values()) == {None}
            continue
        group = [each for town, each in people.values() if town == city and each is not None]
        group = group if len(group) >= least else everybody
        assert row["percentile"] == floor(100 * sum(each <= spend for each in group) / len(group))
        assert row["difference"] == spend - median(group)
        assert row["ratio"] == (spend / median(group) if median(group) else None)
        assert row["m"] == (pytest.approx(spend / mean(group)) if mean(group) else None)


def test_it_says_what_it_is() -> None:
    tags = tags_of(BASE + "- {tag: x, peers: {of: spend, within: city}}\n- {tag: y, peers: {of: spend, as: ratio}}")
    words = tags.meanings["x"].words(tags.naming)
    assert "where fewer than 30 are known, all customers" in words.en
    assert "不足30人时与全体客户比较" in words.zh
    assert tags.meanings["y"].words(tags.naming).en == "ratio of spend to the median of all customers"


def test_faults() -> None:
    def told(inner: str) -> str:
        return " | ".join(faults_of(BASE + f"- {{tag: x, peers: {{{inner}}}}}"))

    assert "there is no 'spnd' here (did you mean spend" in told("of: spnd")
    assert "peers compare numbers" in told("of: city")
    assert "lacks 'of'" in told("within: city")
    assert "did you mean ratio" in told("of: spend, as: ratoi")
    assert "to goes with ratio" in told("of: spend, to: mean")
    assert "least is at least 1" in told("of: spend, least: 0")
    assert "population_avg" in told("of: spend / population_avg(spend)")
    liked = "- {tag: liked, from: orders, prefer: {item: category}}\n"
    assert "is a list" in " ".join(faults_of(liked + BASE + "- {tag: x, peers: {of: spend, within: liked}}"))
