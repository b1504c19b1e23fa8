"""What stands beside a tag's computation is read and checked, and a tag outside its days has no value."""

from __future__ import annotations

from datetime import date

import pytest

from huaxiang.tag.metadata import LEGAL_WORDS, PERIOD_WORDS, SENSITIVITY_WORDS, LegalBasis, Period, Sensitivity
from huaxiang.tag.tagset import definition_hashes
from huaxiang.tag.validity import expired, local_day, without
from tests.tag.tag_shop import AS_OF, ZONE, ago, build, faults_of, tags_of, warehouse

WHOLE = """
- tag: orders_total
  from: orders
  value: count(*)
  source: {zh: 门店收银, en: Checkout}
  period: weekly
  sensitivity: secret
  legal_basis: contract
  valid_from: 2026-01-01
  valid_to: 2026-12-31
  subject: person
"""


def test_everything_written_is_read() -> None:
    found = tags_of(WHOLE).tags["orders_total"]
    assert (found.metadata.source.zh, found.metadata.source.en) == ("门店收银", "Checkout")
    assert (found.metadata.period, found.metadata.legal_basis) == (Period.WEEKLY, LegalBasis.CONTRACT)
    assert found.metadata.sensitivity is Sensitivity.SECRET and found.sensitive
    assert (found.metadata.valid_from, found.metadata.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))


def test_sensitive_true_goes_on_to_work() -> None:
    tags = tags_of(
        "- {tag: a, rule: '1', sensitive: true}\n- {tag: b, rule: '1'}\n- {tag: c, rule: '1', sensitivity: public}"
    ).tags
    assert [tags[code].sensitive for code in "abc"] == [True, False, False]
    assert tags["b"].metadata.sensitivity is Sensitivity.INTERNAL


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("period: dayly", "period cannot be 'dayly'; it is one of realtime, hourly, daily, weekly"),
        ("legal_basis: consnt", "(did you mean consent?)"),
        ("sensitivity: sensitve", "(did you mean sensitive?)"),
        ("valid_from: 2026-02-30", "valid_from must be a day like 2026-06-30"),
        ("valid_from: 2026-02-03\n  valid_to: 2026-02-01", "valid_to lies before valid_from"),
        ("sensitive: true\n  sensitivity: public", "sensitivity is public, but sensitive is true"),
        ("subject: house", "subject cannot be 'house'; it is one of person"),
        ("perod: daily", "tag has no key 'perod' (did you mean period?)"),
    ],
)
def test_faults_have_places_and_nearest_words(line: str, message: str) -> None:
    (found,) = faults_of(f"- tag: a\n  rule: '1'\n  {line}\n")
    assert message in found
    assert found.startswith(f"tags/test.yaml:{2 + len(line.splitlines())}:")


def test_every_word_of_a_choice_has_its_words() -> None:
    assert PERIOD_WORDS.keys() == set(Period)
    assert LEGAL_WORDS.keys() == set(LegalBasis)
    assert SENSITIVITY_WORDS.keys() == set(Sensitivity)


def test_both_ends_belong_to_the_days() -> None:
    tagset = tags_of(WHOLE)
    ends = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [expired(tagset, day) for day in ends] == [("orders_total",), (), (), ("orders_total",)]


def test_an_expired_tag_has_no_value_and_what_rests_on_it_sees_none() -> None:
    tagset = tags_of(
        "- {tag: a, from: orders, value: count(*), valid_to: 2026-10-31}\n"
        "- {tag: b, rule: 'coalesce(a, 0) + 1'}\n- {tag: c, from: orders, value: count(*)}"
    )
    orders = [{"subject": 1, "order_id": "1", "occurred_at": ago(1)}]
    engine = warehouse([1], {"orders": orders})
    assert build(engine, tagset) == {1: {"a": 1, "b": 2, "c": 1}}
    gone = without(tagset, expired(tagset, local_day(AS_OF, ZONE)))
    assert build(engine, gone) == {1: {"a": None, "b": 1, "c": 1}}
    before, after = definition_hashes(tagset), definition_hashes(gone)
    assert [code for code in before if before[code] != after[code]] == ["a", "b"]
