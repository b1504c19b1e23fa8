"""Compiled passes give what the SQL of the families gives, for any facts; and step aside where they cannot."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine
from huaxiang.errors import StepError
from huaxiang.facts.refresh import note_order
from huaxiang.steps import explain_steps
from huaxiang.tag.compile import Target, compile_tags, plan_tags
from huaxiang.tag.kernel.columns import EXACT_SUM, NULL, Unfit, back, kind_of, spread
from huaxiang.tag.kernel.run import run_passes
from huaxiang.tag.tagset import TagSet
from tests.tag.tag_shop import AS_OF, ZONE, Row, build, local_day, tags_of, warehouse

VALUES = (
    "count(*)", "count(session)", "count(amount)", "count(category)",
    "sum(amount)", "sum(duration)", "sum(length(session))", "avg(amount)", "avg(duration)", "sum(amount) / count(*)",
    "min(amount)", "max(amount)", "min(duration)", "max(duration)", "min(occurred_at)", "max(occurred_at)",
    "min(day)", "max(day)", "min(category)", "max(category)", "min(session)", "max(length(session))",
    "first(amount)", "last(amount)", "first(duration)", "last(duration)", "first(occurred_at)", "last(occurred_at)",
    "first(category)", "last(category)", "first(session)", "last(session)", "first(day)", "last(day)",
    "count(distinct category)", "count(distinct day)", "count(distinct session)", "count(distinct event)",
    "mode(category)", "mode(event)", "mode(session)", "max(amount * 2)", "sum(-amount)", "last(channel)",
)  # fmt: skip
CONDITIONS = (
    "", "event = 'buy'", "event = 'view'", "event = 'never'", "event = 'buy' and category = 'b'",
    "event = 'buy' and event = 'view'", "amount > 2", "event <> 'buy'", "event in ('buy', 'cart') and channel = 'app'",
    "category is null or duration >= 1", "event = 'buy' and amount is not null",
)  # fmt: skip
WINDOWS = ("", "", "1 day", "3 days", "30 days", "150 days", "12 hours")


def text(wanted: tuple[str, str, str], code: str) -> str:
    value, condition, window = wanted
    where = f', where: "{condition}"' if condition else ""
    span = f", window: {window}" if window else ""
    return f'- {{tag: {code}, from: events, value: "{value}"{where}{span}}}\n'


def moment(days: float | None) -> datetime | None:
    return None if days is None else AS_OF - timedelta(days=days)


# Few moments, so that many facts tie; edges of windows to the microsecond, and moments after as_of.
TICK = 1 / 86_400_000_000
MOMENTS = (0, -TICK, 0.5, 0.5 + TICK, 0.75, 1, 1 + TICK, 1.25, 3, 29.9, 30, 31, 149, 150, 151, 400, -0.25, -2)


def facts(moments: tuple[float | None, ...]) -> st.SearchStrategy[list[Row]]:
    each = st.fixed_dictionaries(
        {
            "subject": st.sampled_from([1, 2, 3, 5, 7, 8, None]),
            "occurred_at": st.sampled_from(moments).map(moment),
            "event": st.sampled_from(["buy", "view", "cart", None]),
            "category": st.sampled_from(["a", "b", "c", None]),
            "session": st.sampled_from(["s1", "s22", "s333", None]),
            "channel": st.sampled_from(["app", "store"]),
            "amount": st.none() | st.integers(-300, 500).map(lambda cents: Decimal(cents) / 100),
            "duration": st.none() | st.sampled_from([0.1, 0.2, 0.7, 1.5, 3.0, -0.0, 0.0, -2.5, 1e-7]),
        }
    )
    return st.lists(each.map(lambda row: row | {"day": local_day(row["occurred_at"])}), max_size=30)


SUBJECTS = [1, 2, 3, 4, 7, 9]
"""5 and 8 have facts and are no subjects; 4 and 9 have none."""


def passes(engine: Engine, tagset: TagSet) -> list[bool]:
    """Return whether the passes of the tags could be run."""
    done = []

    def noted(*given: Any) -> bool:
        done.append(run_passes(*given))
        return done[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huaxiang.tag.compile.run_passes", noted)
        build(engine, tagset, pass_from=0)
    return done


def both(engine: Engine, tagset: TagSet) -> tuple[Any, Any]:
    """Return the tags by a pass and by SQL: types and values. A pass that steps aside fails the test."""
    assert all(passes(engine, tagset))
    by_pass = engine.columns("tags"), engine.rows("SELECT * FROM tags ORDER BY subject")
    build(engine, tagset, pass_from=None)
    return by_pass, (engine.columns("tags"), engine.rows("SELECT * FROM tags ORDER BY subject"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(VALUES), st.sampled_from(CONDITIONS), st.sampled_from(WINDOWS)),
        min_size=1,
        max_size=9,
    ),
    facts(MOMENTS) | facts((*MOMENTS, None)),
    st.booleans(),
)
def test_a_pass_equals_the_families(wanted: list[tuple[str, str, str]], rows: list[Row], enums: bool) -> None:
    tagset = tags_of("".join(text(each, f"t{number}") for number, each in enumerate(wanted)))
    with warehouse(SUBJECTS, {"events": rows}, enums=enums) as engine:
        by_pass, by_sql = both(engine, tagset)
    assert by_pass == by_sql


def test_slices_and_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huaxiang.tag.kernel.run._ROWS", 7)
    monkeypatch.setattr("huaxiang.tag.kernel.run._SUBJECTS", 5)
    chance = random.Random(3)
    rows: list[Row] = []
    for number in range(2000):
        at = moment(chance.randrange(0, 4000) / 10)
        few = {"event": chance.choice(["buy", "view", None]), "category": chance.choice("abc"), "session": "s1"}
        amount = Decimal(chance.randrange(-500, 500)) / 100
        rows.append(few | {"subject": number % 61, "occurred_at": at, "day": local_day(at), "amount": amount})
    every = [(value, condition, window) for value in VALUES for condition in CONDITIONS[:2] for window in WINDOWS[1:5]]
    tagset = tags_of("".join(text(each, f"t{number}") for number, each in enumerate(every)))
    with warehouse(range(70), {"events": rows}) as engine:
        by_pass, by_sql = both(engine, tagset)
    assert by_pass == by_sql


PLAIN = "- {tag: n, from: events, value: count(*)}\n- {tag: total, from: events, value: sum(amount)}\n"


def event(subject: int, days: float, amount: str = "1") -> Row:
    return {"subject": subject, "occurred_at": moment(days), "event": "buy", "amount": Decimal(amount)}


def test_facts_in_order_are_read_by_a_pass() -> None:
    with warehouse([1, 2], {"events": [event(1, 1), event(2, 3), event(2, 2)]}) as engine:
        assert passes(engine, tags_of(PLAIN)) == [True]
        assert engine.rows("SELECT * FROM tags ORDER BY subject") == [(1, 1, Decimal(1)), (2, 2, Decimal(2))]


def put_later(engine: Engine, which: str) -> None:
    """Put the facts whose row meets a condition behind the others, in no order, and note it as a refresh does."""
    engine.run(f"CREATE TABLE later AS SELECT * FROM events WHERE {which}")
    engine.run(f"DELETE FROM events WHERE {which}")
    note_order(engine, "events", 0)
    engine.run("INSERT INTO events SELECT * FROM later ORDER BY hash(subject), occurred_at DESC")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts(MOMENTS) | facts((*MOMENTS, None)), st.sampled_from(["rowid % 3 = 0", "rowid > 4", "true", "subject = 3"]))
def test_facts_put_in_later_are_read_in_their_places(rows: list[Row], which: str) -> None:
    tagset = tags_of("".join(text((value, "", window), f"t{n}{w}") for n, value in enumerate(VALUES[::3])
                             for w, window in enumerate(("", "30 days"))))  # fmt: skip
    with warehouse(SUBJECTS, {"events": rows}) as engine:
        put_later(engine, which)
        by_pass, by_sql = both(engine, tagset)
    assert by_pass == by_sql


def test_many_facts_put_in_later_are_merged_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huaxiang.tag.kernel.run._ROWS", 7)
    with warehouse([1, 2, 5], {"events": [event(n % 5, n) for n in range(300, 0, -1)]}) as engine:
        put_later(engine, "rowid % 10 > 2")
        by_pass, by_sql = both(engine, tags_of(PLAIN))
    assert by_pass == by_sql
    assert by_pass[1] == [(1, 60, Decimal(60)), (2, 60, Decimal(60)), (5, 0, None)]


@pytest.mark.parametrize(
    "rows", [[event(2, 1), event(1, 2), event(2, 3)], [event(1, 1), event(1, 2)]], ids=["subjects", "times"]
)
def test_facts_in_disorder_are_left_to_sql(rows: list[Row]) -> None:
    with warehouse([1, 2], {"events": []}) as engine:
        engine.run("ALTER TABLE events DROP session")
        for each in rows:
            engine.run(
                "INSERT INTO events (subject, occurred_at, event, amount) VALUES (?, ?, ?, ?)",
                [each["subject"], each["occurred_at"], each["event"], each["amount"]],
            )
        assert passes(engine, tags_of(PLAIN)) == [False]
        counts = {subject: sum(row["subject"] == subject for row in rows) for subject in (1, 2)}
        assert engine.rows("SELECT subject, n FROM tags ORDER BY subject") == sorted(counts.items())
        assert not {name for name in engine.tables() if "family" in name or "pass" in name}


def test_a_sum_that_no_tag_can_hold_fails_as_it_does_in_sql() -> None:
    most = "99999999999999.9999"
    with warehouse([1], {"events": [event(1, 1, most), event(1, 2, most)]}) as engine:
        with pytest.raises(StepError):
            build(engine, tags_of(PLAIN), pass_from=None)
        with pytest.raises(StepError):
            build(engine, tags_of(PLAIN), pass_from=0)


def test_an_expression_that_fails_only_where_its_condition_does_not_hold_is_left_to_sql() -> None:
    rows = [event(1, 2) | {"duration": 1.5}, event(1, 1) | {"event": "view", "duration": float("inf")}]
    tagset = tags_of("- {tag: t, from: events, value: sum(duration), where: \"event = 'buy'\"}\n")
    with warehouse([1], {"events": rows}) as engine:
        assert passes(engine, tagset) == [False]
        assert engine.rows("SELECT * FROM tags") == [(1, 1.5)]


def test_what_stands_in_the_place_of_a_missing_number_does_not_matter() -> None:
    wide = np.array([5, 0, 7, -1, 2**62, 9, -4, -1], np.int64)
    array = pa.Array.from_buffers(EXACT_SUM.arrow, 4, [pa.py_buffer(b"\x09"), pa.py_buffer(wide)])
    target = np.empty(4, np.int64)
    spread(array, EXACT_SUM, target)
    assert target.tolist() == [5, NULL, NULL, -4]


def test_a_long_list_of_values_does_not_shuffle_the_facts() -> None:
    many = ", ".join(f"'v{n}'" for n in range(12))
    tagset = tags_of(f'- {{tag: t, from: events, value: count(*), where: "session in ({many})"}}\n')
    with warehouse([], {"events": []}) as engine, engine.in_stored_order():
        engine.run("INSERT INTO subjects SELECT * FROM range(300000)")
        engine.run("ALTER TABLE events ALTER session TYPE VARCHAR")
        engine.run(
            "INSERT INTO events (subject, occurred_at, session) "
            "SELECT range // 4, TIMESTAMP '2026-01-01', 'v' || range // 4 % 15 FROM range(1200000)"
        )
        assert passes(engine, tagset) == [True]
        assert engine.rows("SELECT t, count(*) FROM tags GROUP BY t ORDER BY t") == [(0, 60000), (4, 240000)]


def test_small_tables_and_single_subjects_are_sql() -> None:
    with warehouse([1], {"events": [event(1, 1)]}) as engine:
        options: dict[str, Any] = {"as_of": AS_OF, "zone": ZONE, "engine": engine}
        passing = compile_tags(tags_of(PLAIN), previous=None, build=1, pass_from=0, **options)
        assert "2 measures in one compiled pass over events" in explain_steps(passing)
        for target in (Target(), Target(pass_from=0, subject=1), Target(pass_from=None)):
            told = explain_steps(plan_tags(tags_of(PLAIN), target=target, **options).steps)
            assert "GROUP BY subject" in told
            assert "compiled pass" not in told


@pytest.mark.parametrize(
    ("engine_type", "array"),
    [
        ("INTEGER", pa.array([3, None, -4], pa.int32())),
        ("BIGINT", pa.array([2**63 - 1, None, 1 - 2**63], pa.int64())),
        ("DATE", pa.array([0, None, -400], pa.date32())),
        ("TIMESTAMP", pa.array([datetime(1, 1, 1), None, datetime(2026, 1, 1)], pa.timestamp("us"))),
        ("DOUBLE", pa.array([-1.5, None, float("inf"), float("-inf"), 0.0, 5e-324], pa.float64())),
        ("DECIMAL(18,2)", pa.array([Decimal("-9999999999999999.99"), None, Decimal("0.01")], pa.decimal128(18, 2))),
    ],
)
def test_values_go_through_64_bits_unchanged(engine_type: str, array: pa.Array) -> None:
    kind = kind_of(engine_type)
    assert kind is not None
    for part in (array, array.slice(1)):
        numbers = np.empty(len(part), np.int64)
        spread(part, kind, numbers)
        assert back(numbers, kind).equals(part)
    known = [value for value in array.to_pylist() if value is not None]
    spread(array, kind, numbers := np.empty(len(array), np.int64))
    assert [known.index(value) for value in sorted(known)] == np.argsort(numbers[numbers != NULL]).tolist()


def test_the_number_that_stands_for_null_is_not_taken_for_it() -> None:
    kind = kind_of("BIGINT")
    assert kind is not None
    with pytest.raises(Unfit):
        spread(pa.array([NULL, 1], pa.int64()), kind, np.empty(2, np.int64))
