"""Sequences against values worked out by hand, and walks against a search through all chains."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.tag.compile import compile_tags
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, faults_of, tags_of, warehouse


def event(subject: int, days: float, name: str | None, **more: Any) -> Row:
    return {"subject": subject, "occurred_at": ago(days), "event": name, "category": None, "page": None} | more


STEPS = """
- tag: {tag}
  from: events
  sequence:
    steps: ["event = 'view'", "event = 'cart'", "event = 'buy'"]
    within: 7 days
    give: {give}
"""
GIVES = ("done", "time", "count", "step")
FUNNEL = "".join(STEPS.format(tag=give, give=give) for give in GIVES)


def funnel(*events: Row) -> dict[str, Any]:
    with warehouse([1, 2], {"events": list(events)}) as engine:
        return build(engine, tags_of(FUNNEL))[1]


def test_a_funnel() -> None:
    found = funnel(event(1, 9, "view"), event(1, 8, "cart"), event(1, 3, "buy"), event(1, 1, "buy"), event(2, 1, "buy"))
    assert found == {"done": True, "time": ago(3), "count": 1, "step": 3}


def test_too_late_is_not_done_but_an_earlier_step_counts() -> None:
    found = funnel(event(1, 9, "view"), event(1, 8, "cart"), event(1, 1.9, "buy"))
    assert found == {"done": False, "time": None, "count": 0, "step": 2}
    assert funnel(event(1, 9, "view"), event(1, 8, "cart"), event(1, 2, "buy"))["done"] is True


def test_the_best_start_counts() -> None:
    found = funnel(event(1, 30, "view"), event(1, 9, "view"), event(1, 8, "cart"), event(1, 7, "buy"))
    assert found == {"done": True, "time": ago(7), "count": 1, "step": 3}
    found = funnel(event(1, 9, "cart"), event(1, 8, "view"), event(1, 7, "buy"))
    assert found["step"] == 1


def test_each_completing_fact_counts_once() -> None:
    views = [event(1, 9, "view"), event(1, 8.9, "view"), event(1, 8, "cart")]
    found = funnel(*views, event(1, 5, "buy"), event(1, 4, "buy"))
    assert (found["count"], found["time"]) == (2, ago(5))


def test_nothing_at_all() -> None:
    assert funnel() == {"done": False, "time": None, "count": 0, "step": 0}


def test_at_one_moment_a_step_follows_the_one_before_it() -> None:
    for order in (("buy", "cart", "view"), ("view", "cart", "buy")):
        assert funnel(*(event(1, 5, name) for name in order))["done"] is True


def test_one_fact_serves_one_step() -> None:
    text = "- {tag: again, from: events, sequence: {steps: [\"event = 'buy'\", \"event = 'buy'\"], within: 30 days}}"
    with warehouse([1, 2], {"events": [event(1, 5, "buy"), event(2, 5, "buy"), event(2, 5, "buy")]}) as engine:
        found = build(engine, tags_of(text))
    assert {subject: row["again"] for subject, row in found.items()} == {1: False, 2: True}


def test_steps_with_names_give_names() -> None:
    text = (
        "- {tag: x, from: events, sequence: {give: step, within: 2 days, steps: ["
        "{when: \"event = 'view'\", name: {zh: 浏览, en: viewed}}, {when: \"event = 'buy'\", name: 购买}]}}"
    )
    tags = tags_of(text)
    facts = [event(1, 5, "view"), event(1, 4, "buy"), event(2, 5, "view"), event(3, 1, "buy")]
    with warehouse([1, 2, 3], {"events": facts}) as engine:
        found = build(engine, tags)
    assert {subject: row["x"] for subject, row in found.items()} == {1: "购买", 2: "浏览", 3: None}
    words = tags.meanings["x"].words(tags.naming)
    assert "viewed (event is “Viewed”), then 购买" in words.en
    assert "浏览（事件为“浏览”） → 购买" in words.zh
    assert "2天内" in words.zh


def test_all_steps_lie_in_the_window_and_meet_the_condition() -> None:
    text = (
        "- {tag: x, from: events, window: 6 days, where: \"page = 'p'\", sequence: "
        "{steps: [\"event = 'view'\", \"event = 'buy'\"]}}"
    )
    for days, page, done in ((5, "p", True), (7, "p", False), (5, "q", False)):
        facts = [event(1, days, "view", page=page), event(1, 1, "buy", page="p")]
        with warehouse([1], {"events": facts}) as engine:
            assert build(engine, tags_of(text))[1]["x"] is done


def test_within_is_exact_where_clocks_change() -> None:
    # On 25 October 2026 the clocks of Berlin went back: 7 days of 24 hours end an hour earlier on the clock.
    text = "- {tag: x, from: events, sequence: {steps: [\"event = 'view'\", \"event = 'buy'\"], within: 7 days}}"
    for more, done in ((timedelta(0), True), (timedelta(microseconds=1), False)):
        facts = [event(1, 9, "view"), event(1, 2, "buy") | {"occurred_at": ago(9) + timedelta(days=7) + more}]
        with warehouse([1], {"events": facts}) as engine:
            assert build(engine, tags_of(text), zone="Europe/Berlin")[1]["x"] is done


def test_tags_with_the_same_steps_share_one_walk() -> None:
    with warehouse([1], {}) as engine:
        steps = compile_tags(tags_of(FUNNEL), as_of=AS_OF, zone=ZONE, engine=engine, previous=None, build=1)
    assert sum("walk" in step.name and not step.name.startswith("drop") for step in steps) == 1


def test_the_nth_value() -> None:
    text = "".join(
        f"- {{tag: n{n}, from: events, sequence: {{nth: {name}, value: category}}}}\n"
        for n, name in enumerate(("first", 2, 3, -2, "last"))
    )
    text += "- {tag: first, from: events, value: first(category)}\n- {tag: last, from: events, value: last(category)}\n"
    rows = [(9, "d"), (5, "b"), (5, "c"), (5, None), (2, "a"), (1, "z"), (1, "y")]
    facts = [event(1, days, "view", category=category) for days, category in rows]
    with warehouse([1, 2], {"events": facts}) as engine:
        found = build(engine, tags_of(text))
    # Of several at one moment the smallest comes first, from whichever end one counts.
    assert found[1] == {"n0": "d", "n1": "b", "n2": "c", "n3": "z", "n4": "y", "first": "d", "last": "y"}
    assert set(found[2].values()) == {None}


def test_the_nth_of_what_has_no_time_comes_first() -> None:
    rows = [
        {"subject": 1, "city": "上海", "occurred_at": ago(1)},
        {"subject": 1, "city": "北京", "occurred_at": None},
    ]
    text = "- {tag: n1, from: attributes, sequence: {nth: 1, value: city}}"
    with warehouse([1], {"attributes": rows}) as engine:
        assert build(engine, tags_of(text))[1]["n1"] == "北京"


MEETS = [frozenset(each) for each in ({1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3})]
EVENTS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(MEETS)), max_size=9)
NAMES = {meets: "".join("abc"[step - 1] for step in sorted(meets)) for meets in MEETS}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS, st.integers(0, 6), st.randoms(use_true_random=False))
def test_walks_give_what_a_search_through_all_chains_gives(
    events: list[tuple[int, frozenset[int]]], limit: int, random: Any
) -> None:
    steps = "[\"contains(event, 'a')\", \"contains(event, 'b')\", \"contains(event, 'c')\"]"
    within = f", within: {limit} hours" if limit else ""
    text = "".join(
        f"- {{tag: {give}, from: events, sequence: {{steps: {steps}, give: {give}{within}}}}}\n" for give in GIVES
    )
    facts = [event(1, 0, NAMES[meets]) | {"occurred_at": AS_OF - timedelta(hours=9 - at)} for at, meets in events]
    random.shuffle(facts)
    with warehouse([1], {"events": facts}) as engine:
        assert build(engine, tags_of(text))[1] == _searched(events, limit or None)
    # The same facts as lines of sessions: each step of a fact is a line, some lines come later.
    lines = [
        event(1, 0, "abc"[step - 1], session=f"s{place}") | {"occurred_at": AS_OF - timedelta(hours=9 - at - late)}
        for place, (at, meets) in enumerate(events)
        for late, step in enumerate(random.sample(sorted(meets), len(meets)))
    ]
    with warehouse([1], {"events": lines}) as engine:
        together = tags_of(text.replace("from: events", "from: events, per: session"))
        assert build(engine, together)[1] == _searched(events, limit or None)


def _searched(events: list[tuple[int, frozenset[int]]], limit: int | None) -> dict[str, Any]:
    line = sorted(events, key=lambda each: (each[0], min(each[1]), sum(2**step for step in each[1])))

    def reach(place: int, step: int, start: int) -> set[tuple[int, int]]:
        """(step, place) of every chain that goes on from the fact at `place`, which serves `step`."""
        found = {(step, place)}
        for later in range(place + 1, len(line)):
            if step + 1 in line[later][1] and (limit is None or line[later][0] - start <= limit):
                found |= reach(later, step + 1, start)
        return found

    ends = {end for place, (at, meets) in enumerate(line) if 1 in meets for end in reach(place, 1, at)}
    completing = {place for step, place in ends if step == 3}
    first = min((line[place][0] for place in completing), default=None)
    return {
        "done": bool(completing),
        "time": None if first is None else AS_OF - timedelta(hours=9 - first),
        "count": len(completing),
        "step": max((step for step, _ in ends), default=0),
    }


ORDERS = """
- {tag: second_day, from: orders, per: order_id, sequence: {nth: 2, value: day}}
- {tag: last_but_one, from: orders, per: order_id, sequence: {nth: -2, value: category}}
- tag: again
  from: orders
  per: order_id
  sequence: {steps: ["amount > 0", "amount > 0"], within: 30 days}
- tag: times
  from: orders
  per: order_id
  sequence: {steps: ["category = 'a'", "category = 'b'"], give: count}
- {tag: mean, from: orders, per: order_id, value: avg(amount)}
- {tag: usual, from: orders, per: order_id, value: mode(category)}
- {tag: orders, from: orders, per: order_id, value: count(*)}
"""


def line(subject: int, order: str | None, days: float, category: str | None = "a", amount: int = 10) -> Row:
    return {
        "subject": subject, "order_id": order, "occurred_at": ago(days), "category": category, "amount": amount,
    }  # fmt: skip


def test_the_lines_of_one_order_count_as_one_order() -> None:
    facts = [
        line(1, "o1", 40), line(1, "o1", 40, "b", 20),
        line(2, "o2", 40), line(2, "o2", 40, "b"), line(2, "o3", 20, "b", 40), line(2, None, 1, "c", 900),
        # An order stands where the first of its lines that count stands, and has the value known first.
        line(3, "o4", 9, None), line(3, "o4", 3, "b"), line(3, "o5", 8, "c"), line(3, "o5", 7, "c"), line(3, "o6", 5),
    ]  # fmt: skip
    with warehouse([1, 2, 3, 4], {"orders": facts}) as engine:
        found = build(engine, tags_of(ORDERS))
    assert found == {
        1: {
            "second_day": None, "last_but_one": None, "again": False, "times": 0, "mean": 30.0, "usual": "a",
            "orders": 1,
        },
        2: {
            "second_day": ago(20).date(), "last_but_one": "a", "again": True, "times": 1, "mean": 30.0, "usual": "b",
            "orders": 2,
        },
        3: {
            "second_day": ago(8).date(), "last_but_one": "a", "again": True, "times": 1,
            "mean": 50 / 3, "usual": "a", "orders": 3,
        },
        4: dict.fromkeys(("second_day", "last_but_one", "mean", "usual")) | {"again": False, "times": 0, "orders": 0},
    }  # fmt: skip


def test_what_is_taken_together_is_said_and_checked() -> None:
    tags = tags_of(ORDERS)
    words = tags.meanings["second_day"].words(tags.naming)
    assert words.en == "the 2nd calendar day in time, over orders, counting each order number once"
    assert words.zh == "订单（同一订单号合并计）中按时间第2个日期"
    assert "per order_id" in tags.meanings["mean"].formula
    [told] = faults_of("- {tag: x, from: orders, per: order_nr, value: count(*)}")
    assert "per names a column of the facts, and orders have no 'order_nr' (did you mean order_id" in told
    [told] = faults_of("- {tag: x, from: orders, per: order_id, value: sum(amount)}")
    assert "per changes count, avg, mode, and none of them is in 'sum(amount)'" in told
    [told] = faults_of("- {tag: x, from: attributes, per: source, fact: city}")
    assert "per" in told


def test_faults() -> None:
    def told(inner: str) -> str:
        return " | ".join(faults_of(f"- {{tag: x, from: events, sequence: {{{inner}}}}}"))

    assert "nth with value, or steps" in told("nth: 2")
    assert "nth with value, or steps" in told("nth: 2, value: page, steps: [\"event = 'a'\", \"event = 'b'\"]")
    assert "2 to 20 steps" in told("steps: [\"event = 'a'\"]")
    assert "months differ in length" in told("within: 1 month, steps: [\"event = 'a'\", \"event = 'b'\"]")
    assert "not '0'" in told("nth: 0, value: page")
    assert "did you mean last" in told("nth: lst, value: page")
    assert "there is no 'evnt' here (did you mean event" in told("steps: [\"evnt = 'a'\", \"event = 'b'\"]")
    assert "every step has a name or none" in told("steps: [{when: \"event = 'a'\", name: a}, \"event = 'b'\"]")
    assert "the same name" in told("steps: [{when: \"event = 'a'\", name: a}, {when: \"event = 'b'\", name: a}]")
