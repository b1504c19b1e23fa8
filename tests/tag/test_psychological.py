"""Psychological tags against values worked out by hand; method and confidence always show."""

from __future__ import annotations

from typing import Any

import pytest

from huaxiang.tag.definition import Dimension
from huaxiang.tag.explain import explain_tag
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, faults_of, tags_of, warehouse

SURVEY = """
- tag: thrift
  name: {zh: 价格敏感, en: Price sensitive}
  category: 倾向
  psychological:
    trait: {zh: 价格敏感, en: price sensitivity}
    method: survey
    least: 2
    evidence:
      - {when: "price_matters >= 4", from: feedback, weight: 2, says: 高}
      - {when: "price_matters <= 2", from: feedback, weight: 2, says: 低}
      - {when: "topic = 'price'", from: feedback, window: 30 days, says: 高}
"""
MIXED = """
- {tag: orders_n, from: orders, value: count(*)}
- tag: thrift
  psychological:
    trait: thrift
    method: behaviour
    evidence:
      - {when: "coupon is not null", from: orders, weight: 0.5, says: high, most: 3}
      - {when: "event = 'compare'", from: events, says: high}
      - {when: "orders_n >= 4", weight: 3, says: low}
"""


def answer(subject: int, days: float, matters: int | None, topic: str | None = None) -> Row:
    return {"subject": subject, "occurred_at": ago(days), "price_matters": matters, "topic": topic}


def read(text: str, facts: dict[str, list[Row]], people: int = 1) -> dict[int, tuple[Any, Any]]:
    with warehouse(range(1, people + 1), facts) as engine:
        found = build(engine, tags_of(text))
    return {subject: (row["thrift"], row["thrift_confidence"]) for subject, row in found.items()}


def test_the_answer_of_the_greatest_weight_and_how_sure_it_is() -> None:
    rows = [
        answer(1, 5, 5), answer(1, 4, 4, "price"), answer(1, 400, 1),
        answer(2, 5, 1), answer(2, 4, 2),
        answer(3, 1, 5),
        answer(4, 1, 5), answer(4, 1, 1),
        answer(5, 50, 3, "price"),
    ]  # fmt: skip
    found = read(SURVEY, {"feedback": rows}, 6)
    # 2 + 2 + 1 of 7 say high; four pieces where two are the least: 1 − 2^(−4/2).
    assert found[1] == ("高", pytest.approx(5 / 7 * 0.75))
    assert found[2] == ("低", 0.5)
    # One piece is too little, as much for as against is undecided, and 50 days are out of 30.
    assert [found[who] for who in (3, 4, 5, 6)] == [(None, None)] * 4


def test_evidence_from_facts_and_from_other_tags() -> None:
    def bought(subject: int, count: int, coupons: int) -> list[Row]:
        return [
            {"subject": subject, "order_id": f"{subject}-{n}", "occurred_at": ago(n + 1), "amount": 1,
             "coupon": "c" if n < coupons else None}
            for n in range(count)
        ]  # fmt: skip

    events = [{"subject": 2, "occurred_at": ago(1), "event": "compare"}] * 2
    orders = [*bought(1, 3, 2), *bought(2, 6, 6), *bought(3, 5, 0), *bought(4, 5, 1)]
    found = read(MIXED, {"orders": orders, "events": events}, 5)
    assert found[1] == ("high", 0.75)
    # At most three coupons: 3 × 0.5 + 2 against 3, of six pieces.
    assert found[2] == ("high", pytest.approx(3.5 / 6.5 * (1 - 2**-6)))
    assert found[3] == ("low", 0.5)
    assert found[4] == ("low", pytest.approx(3 / 3.5 * 0.75))
    assert found[5] == (None, None)


def test_it_stands_among_the_psychological_with_its_confidence() -> None:
    tags = tags_of(SURVEY)
    assert list(tags.tags) == ["thrift", "thrift_confidence"]
    first, second = tags.tags.values()
    assert first.dimension is second.dimension is Dimension.PSYCHOLOGICAL
    assert second.name.zh == "价格敏感（置信度）"
    assert (second.format, first.companion) == ("percent", "thrift_confidence")
    for tag in (first, second):
        words = tags.meanings[tag.code].words(tags.naming)
        assert "as stated in surveys" in words.en
        assert "依据问卷自述" in words.zh


def test_method_and_confidence_are_explained_with_the_facts() -> None:
    orders = [{"subject": 1, "order_id": "a", "occurred_at": ago(3), "amount": 1, "coupon": "c"}]
    events = [
        {"subject": 1, "occurred_at": ago(1), "event": "compare"},
        {"subject": 1, "occurred_at": ago(1), "event": "view"},
    ]
    tags = tags_of(MIXED)
    with warehouse([1], {"orders": orders, "events": events}) as engine:
        build(engine, tags)
        told = explain_tag(engine, tags, "thrift", 1, as_of=AS_OF, zone=ZONE)
    assert (told.value, told.confidence) == ("high", 0.75)
    assert "inferred from behaviour" in told.words.en
    assert told.evidence
    assert (told.evidence.table, told.evidence.total) == ("orders", 1)
    assert [(each.table, each.total) for each in told.further] == [("events", 1)]
    assert [need.code for need in told.needs] == ["orders_n"]


def test_faults() -> None:
    good = 'trait: t, method: survey, evidence: [{when: "nps > 8", from: feedback, says: a}]'

    def told(inner: str) -> str:
        return " | ".join(faults_of(f"- {{tag: x, psychological: {{{inner}}}}}"))

    assert told(good) == ""
    assert "lacks 'method'" in told(good.replace("method: survey, ", ""))
    assert "lacks 'trait'" in told(good.replace("trait: t, ", ""))
    assert "did you mean survey" in told(good.replace("survey", "survy"))
    assert "lacks 'says'" in told(good.replace(", says: a", ""))
    assert "weight is a number" in told(good.replace("says: a", "says: a, weight: heavy"))
    assert "weight is a number" in told(good.replace("says: a", "says: a, weight: 0.3333"))
    assert "go with from" in told(good.replace("from: feedback", "window: 3 days"))
    assert "evidence is empty" in told("trait: t, method: survey, evidence: []")
    # Once, though the confidence is checked too.
    assert len(faults_of(f"- {{tag: x, psychological: {{{good.replace('nps', 'nsp')}}}}}")) == 1
    both = f"- {{tag: x, psychological: {{{good}}}}}\n- {{tag: x_confidence, rule: '1'}}"
    assert "defined twice" in " ".join(faults_of(both))
