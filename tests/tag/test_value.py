"""RFM and lifecycle of the library against a plain computation, on a few hundred random customers."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import pytest

from tests.tag.tag_shop import AS_OF, Row, build, local_day, tags_of, warehouse

CLASSES = {
    (True, True, True): "高价值", (False, True, True): "重点保持", (True, False, True): "重点发展",
    (False, False, True): "重点挽留", (True, True, False): "一般价值", (False, True, False): "一般保持",
    (True, False, False): "一般发展", (False, False, False): "潜在",
}  # fmt: skip
Found = dict[int, dict[str, Any]]


def _orders() -> list[Row]:
    rng = random.Random(5)
    rows: list[Row] = []
    for subject in range(1, 301):
        for n in range(rng.choice([0, 1, 1, 2, 3, 5, 12])):
            at = AS_OF - timedelta(hours=rng.randrange(24 * 600))
            for line in range(rng.choice([1, 1, 2])):
                rows.append(
                    {
                        "subject": subject, "order_id": f"{subject}-{n}", "line": str(line), "occurred_at": at,
                        "amount": Decimal(rng.randrange(100, 50000)) / 100,
                        "category": rng.choice(["a", "b", "c", "rare"]),
                    }
                )  # fmt: skip
    # A category that hardly anybody buys twice has no quantile of its own.
    return [row for n, row in enumerate(rows) if row["category"] != "rare" or n % 9 == 0]


ORDERS = _orders()


@pytest.fixture(scope="module")
def found() -> Found:
    with warehouse(range(1, 311), {"orders": ORDERS}) as engine:
        return build(engine, tags_of("- include: retail"))


def _by_subject() -> dict[int, list[Row]]:
    own: dict[int, list[Row]] = defaultdict(list)
    for row in ORDERS:
        own[row["subject"]].append(row)
    return own


def _quantile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of all values do not exceed."""
    return sorted(values)[max(ceil(round(len(values) * share, 9)), 1) - 1]


def _scores(values: dict[int, float], *, reverse: bool = False) -> dict[int, int]:
    cuts = [_quantile(list(values.values()), share / 5) for share in range(1, 5)]
    scores = {subject: 1 + sum(value > cut for cut in cuts) for subject, value in values.items()}
    return {subject: 6 - score if reverse else score for subject, score in scores.items()}


def test_rfm(found: Found) -> None:
    own, today = _by_subject(), local_day(AS_OF)
    year = AS_OF - timedelta(days=365)
    recency = {s: float((today - max(local_day(row["occurred_at"]) for row in rows)).days) for s, rows in own.items()}
    frequency = {
        s: float(len({row["order_id"] for row in rows if row["occurred_at"] >= year})) for s, rows in own.items()
    }
    money = {s: float(sum(row["amount"] for row in rows if row["occurred_at"] >= year)) for s, rows in own.items()}
    r, f, m = _scores(recency, reverse=True), _scores(frequency), _scores(money)
    means = [sum(scores.values()) / len(scores) for scores in (r, f, m)]
    for subject in range(1, 311):
        row = found[subject]
        if subject not in own:
            assert (row["rfm_r"], row["rfm_f"], row["rfm_m"], row["rfm_class"]) == (None, None, None, None)
            continue
        scores = (r[subject], f[subject], m[subject])
        assert (row["rfm_r"], row["rfm_f"], row["rfm_m"]) == scores
        high = tuple(score >= mean for score, mean in zip(scores, means, strict=True))
        assert row["rfm_class"] == CLASSES[high]  # type: ignore[index]
    assert {row["rfm_class"] for row in found.values()} > {"高价值", "潜在"}


def test_lifecycle(found: Found) -> None:
    gaps = _gaps()
    everybody = _quantile(gaps[None], 0.9)
    limits = {name: _quantile(days, 0.9) for name, days in gaps.items() if len(days) >= 30}
    assert "rare" not in limits
    assert {"a", "b", "c"} < limits.keys()
    own, today = _by_subject(), local_day(AS_OF)
    for subject in range(1, 311):
        rows = own.get(subject, [])
        assert found[subject]["lifecycle"] == _stage(rows, limits, everybody, today)
    assert {row["lifecycle"] for row in found.values()} == {"潜在", "初次", "重复", "流失"}


def _stage(rows: list[Row], limits: dict[str | None, float], everybody: float, today: Any) -> str:
    if not rows:
        return "潜在"
    latest = max(row["occurred_at"] for row in rows)
    category = min(row["category"] for row in rows if row["occurred_at"] == latest)
    if (today - local_day(latest)).days > limits.get(category, everybody):
        return "流失"
    return "初次" if len({row["order_id"] for row in rows}) == 1 else "重复"


def _gaps() -> dict[str | None, list[float]]:
    days: dict[tuple[int, str | None], set[Any]] = defaultdict(set)
    for row in ORDERS:
        for category in (None, row["category"]):
            days[row["subject"], category].add(local_day(row["occurred_at"]))
    gaps: dict[str | None, list[float]] = defaultdict(list)
    for (_, category), each in days.items():
        line = sorted(each)
        gaps[category] += [float((after - before).days) for before, after in pairwise(line)]
    return gaps


def test_value_tiers_are_a_pyramid(found: Found) -> None:
    count = {tier: sum(row["value_tier"] == tier for row in found.values()) for tier in ("高价值", "中价值", "低价值")}
    assert 0 < count["高价值"] < count["中价值"] < count["低价值"]
