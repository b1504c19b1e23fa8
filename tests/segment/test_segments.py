"""Segments: membership, moves, faults, plans and explanations."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError, NotFound
from huaxiang.segment.compile import compile_segments, count_expression
from huaxiang.segment.definition import parse_segments
from huaxiang.segment.explain import explain_segment
from huaxiang.segment.plan import SegmentChange, plan_segment_changes
from huaxiang.segment.segmentset import SegmentSet, segment_hash
from huaxiang.segment.wording import words_of
from huaxiang.steps import run_steps
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words
from tests.tag.tag_shop import AS_OF, ZONE, Row, ago, build, tags_of, warehouse

WHEN = {"as_of": AS_OF, "zone": ZONE}
TAGS = (
    "- {tag: n, from: orders, value: count(distinct order_id), name: {zh: 订单数, en: orders}}\n"
    "- {tag: spend, from: orders, value: sum(amount)}\n"
)
SEGMENTS = (
    "- {segment: buyers, where: n > 0}\n"
    "- {segment: rich, where: spend > population_avg(spend)}\n"
    "- segment: baby\n"
    "  with:\n"
    "    baby_orders: {from: orders, value: count(distinct order_id), where: category = '母婴', window: 60 days}\n"
    "  where: baby_orders >= 2 and in_segment('buyers')\n"
    "- {segment: vip, list: data/lists/vip.csv, identifier: phone}\n"
    "- {segment: anyone, union: [rich, vip], except: [baby]}\n"
    "- {segment: both, intersect: [buyers, vip]}\n"
)


def order(subject: int, order_id: str, days: float, amount: int, category: str = "a") -> Row:
    return {
        "subject": subject, "order_id": order_id, "occurred_at": ago(days), "amount": amount, "category": category,
    }  # fmt: skip


ORDERS = [
    order(1, "a", 1, 10, "母婴"), order(1, "b", 2, 10, "母婴"), order(2, "c", 1, 500), order(2, "d", 90, 1, "母婴"),
    order(3, "e", 1, 30, "母婴"), order(1, "b", 2, 5, "零食"),
]  # fmt: skip


def segments_of(text: str, tags: TagSet) -> SegmentSet:
    faults = Faults()
    node = parse_yaml(text, "segments/test.yaml", faults)
    assert node is not None
    found = SegmentSet.check(parse_segments([node], faults), tags, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]
    return found


def shop(orders: list[Row] | None = None) -> Engine:
    engine = warehouse([1, 2, 3, 4, 5], {"orders": ORDERS if orders is None else orders})
    engine.run("CREATE TABLE segment_lists AS SELECT 'vip' AS segment, node FROM (VALUES (40), (41), (99)) t(node)")
    engine.run("CREATE TABLE identifiers AS SELECT * FROM (VALUES (40, 4), (41, 1), (42, 2)) t(node, subject)")
    build(engine, tags_of(TAGS))
    return engine


def members(engine: Engine, segments: SegmentSet, *, has_previous: bool = False) -> dict[str, list[int]]:
    steps = compile_segments(segments, engine=engine, has_previous=has_previous, build=3, **WHEN)  # type: ignore[arg-type]
    run_steps(engine, steps)
    found: dict[str, list[int]] = {}
    for segment, subject in engine.rows("SELECT segment, subject FROM segment_members"):
        found.setdefault(segment, []).append(subject)
    return found


def test_members() -> None:
    with shop() as engine:
        before = engine.tables()
        found = members(engine, segments_of(SEGMENTS, tags_of(TAGS)))
        own = {f"segment_own{part}" for part in ("", "_weights", "_thresholds", "_cuts", "_definitions")}
        answer = {"segment_members", "segment_moves_new", "segment_definitions", "segment_cuts"}
        assert engine.tables() - before == answer | own
        assert engine.rows("SELECT table_name FROM duckdb_tables() WHERE temporary") == [("tag_changes_new",)]
    assert found == {
        "buyers": [1, 2, 3], "rich": [2], "baby": [1], "vip": [1, 4], "anyone": [2, 4], "both": [1],
    }  # fmt: skip


def test_moves_since_the_previous_build(tmp_path: Path) -> None:
    segments = segments_of("- {segment: buyers, where: n > 0}", tags_of(TAGS))
    with shop() as engine:
        members(engine, segments)
        assert engine.rows("SELECT * FROM segment_moves_new") == []
        engine.run(f"ATTACH '{tmp_path / 'old.duckdb'}' AS old")
        engine.run("CREATE TABLE old.segment_members AS SELECT * FROM segment_members")
        engine.run("DETACH old")
    with shop([order(3, "e", 1, 30), order(5, "z", 1, 30)]) as engine:
        engine.attach(tmp_path / "old.duckdb", "previous")
        members(engine, segments, has_previous=True)
        found = engine.rows('SELECT segment, subject, move, "at", build FROM segment_moves_new')
    assert found == [("buyers", s, move, AS_OF, 3) for s, move in ((1, "left"), (2, "left"), (5, "entered"))]


def test_a_count_on_the_spot() -> None:
    tags = tags_of(TAGS)
    with shop() as engine:
        members(engine, segments_of(SEGMENTS, tags))
        assert count_expression(engine, "n >= 1 and not in_segment('baby')", tags, **WHEN) == 2  # type: ignore[arg-type]
        assert count_expression(engine, "spend >= population_quantile(spend, 0.5)", tags, **WHEN) == 2  # type: ignore[arg-type]
        assert count_expression(engine, "n > repurchase_gap(0.5)", tags, **WHEN) == 2  # type: ignore[arg-type]
        with pytest.raises(DefinitionError, match=r"there is no 'spent' here .did you mean spend"):
            count_expression(engine, "spent > 1", tags, **WHEN)  # type: ignore[arg-type]
        sized = tags_of(TAGS + "\n- {tag: size, rule: {小: n < 2, else: 大}}")
        with pytest.raises(DefinitionError) as told:
            count_expression(engine, "size in ('大', '中')", sized, **WHEN)  # type: ignore[arg-type]
        assert told.value.say("zh") == "“中”不是 size 的取值"


def test_an_explanation_shows_each_part() -> None:
    segments = segments_of(SEGMENTS, tags_of(TAGS))
    with shop() as engine:
        members(engine, segments)
        told = explain_segment(engine, segments, "baby", 2, **WHEN)  # type: ignore[arg-type]
        assert (told.members, told.is_member) == (1, False)
        assert [(part.text, part.holds) for part in told.parts] == [
            ("baby_orders >= 2", False), ("in_segment('buyers')", True),
        ]  # fmt: skip
        assert told.parts[0].values == (("baby_orders", 0),)
        told = explain_segment(engine, segments, "baby", 1, **WHEN)  # type: ignore[arg-type]
        assert told.is_member
        assert told.parts[0].evidence[0][1].total == 2
        told = explain_segment(engine, segments, "anyone", 1, **WHEN)  # type: ignore[arg-type]
        assert [part.holds for part in told.parts] == [False, True, False]
        told = explain_segment(engine, segments, "vip", 4, **WHEN)  # type: ignore[arg-type]
        assert [part.holds for part in told.parts] == [True]
        told = explain_segment(engine, segments, "rich", 2, **WHEN)  # type: ignore[arg-type]
        assert [part.holds for part in told.parts] == [True]
        assert told.words.zh == "spend大于全体客户spend的均值"
        with pytest.raises(NotFound, match="did you mean buyers"):
            explain_segment(engine, segments, "buyer", **WHEN)  # type: ignore[arg-type]
        assert engine.rows("SELECT table_name FROM duckdb_tables() WHERE temporary") == [("tag_changes_new",)]


def test_sentences_say_names_where_definitions_have_codes() -> None:
    segments = segments_of(
        "- {segment: vip, name: {zh: 贵宾, en: VIPs}, list: data/lists/vip.csv, identifier: phone}\n"
        "- {segment: buyers, name: {zh: 买家, en: Buyers}, where: n > 0}\n"
        "- segment: babies\n"
        "  with: {late: {from: orders, value: count(), window: 60 days, name: {zh: 近单, en: late orders}}}\n"
        "  where: late > 1 and not in_segment('buyers')\n"
        "- {segment: some, union: [vip, buyers], except: [babies]}\n"
        "- {segment: both, intersect: [vip, buyers]}\n",
        tags_of(TAGS),
    )
    said = {code: words_of(segments, code) for code in segments.order}
    assert said == {
        "vip": Words("listed in data/lists/vip.csv", "在名单 data/lists/vip.csv 中"),
        "buyers": Words("orders > 0", "订单数大于0"),
        "babies": Words("late orders > 1 and does not belong to Buyers", "近单大于1且不属于人群“买家”"),
        "some": Words(
            "belongs to VIPs or Buyers, and does not belong to babies", "属于人群“贵宾”或“买家”，且不属于人群“babies”"
        ),
        "both": Words("belongs to VIPs and Buyers", "同时属于人群“贵宾”和“买家”"),
    }


def test_a_plan() -> None:
    tags = tags_of(TAGS)
    before = segments_of("- {segment: buyers, where: n > 0}\n- {segment: gone, where: n > 1}", tags)
    after = segments_of("- {segment: buyers, where: n = 0}\n- {segment: fresh, where: n > 1}", tags)
    with shop() as engine:
        members(engine, before)
        assert [each.what for each in plan_segment_changes(engine, before, **WHEN)] == ["same", "same"]  # type: ignore[arg-type]
        assert plan_segment_changes(engine, after, **WHEN) == [  # type: ignore[arg-type]
            SegmentChange("buyers", "changed", 3, 2, 2, 3),
            SegmentChange("fresh", "new", 0, 2, 2, 0),
            SegmentChange("gone", "gone", 2, 0, 0, 2),
        ]


def test_a_hash_follows_tags_segments_and_own_statistics() -> None:
    first = segment_hash("baby", segments_of(SEGMENTS, tags_of(TAGS)))
    for changed in (SEGMENTS.replace("60 days", "61 days"), SEGMENTS.replace("n > 0", "n > 1")):
        assert segment_hash("baby", segments_of(changed, tags_of(TAGS))) != first
    assert segment_hash("baby", segments_of(SEGMENTS, tags_of(TAGS.replace("distinct order_id", "*")))) != first
    assert (
        segment_hash(
            "baby", segments_of(SEGMENTS.replace("segment: rich,", "segment: rich, name: Rich,"), tags_of(TAGS))
        )
        == first
    )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("- {segment: a, where: n}", [":1: n is integer where bool is needed"]),
        (
            "- {segment: a, where: in_segment('b')}\n- {segment: bb, where: n > 0}",
            [":1: there is no segment 'b' (did you mean bb?)"],
        ),
        ("- {segment: a, wher: n > 0}", [":1: segment 'a' needs one of where"]),
        (
            "- {segment: a, where: in_segment('b')}\n- {segment: b, except: [a]}",
            [":1: defined in a circle: a (segments/test.yaml:1) → b (segments/test.yaml:2) → a (segments/test.yaml:1)"],
        ),
        ("- {segment: a, list: vip.csv}", [":1: segment lacks 'identifier'"]),
        ("- {segment: a, where: n > 0, with: {n: {from: orders, value: count(*)}}}", [":1: 'n' in with is also a tag"]),
        (
            "- {segment: a, wher: n > 0}\n- {segment: a, where: m > 0 and in_segment('aa')}",
            [
                ":1: segment 'a' needs one of where",
                ":2: segment 'a' is defined twice: also at segments/test.yaml:1",
                ":2: there is no 'm' here",
                ":2: there is no segment 'aa' (did you mean a?)",
            ],
        ),
        (
            "- {segment: a, where: x > 0 and xx > 0, with: {x: {from: orders, valu: count(*)}}}",
            [":1: tag 'a:x' must have exactly one of", ":1: there is no 'xx' here (did you mean x?)"],
        ),
        ("- {segment: a, where: x > 0, with: {x: {rule: n}}}", [":1: 'x' must be a statistic over facts"]),
    ],
)
def test_faults(text: str, messages: list[str]) -> None:
    faults = Faults()
    node = parse_yaml(text, "segments/test.yaml", faults)
    assert node is not None
    SegmentSet.check(parse_segments([node], faults), tags_of(TAGS), faults)
    said = [fault.say("en") for fault in faults.found]
    for message in messages:
        assert any(each.startswith("segments/test.yaml" + message) for each in said), said


def test_the_library_is_right() -> None:
    segments = segments_of("- include: retail", tags_of("- include: retail"))
    assert len(segments.segments) >= 10
    with shop() as engine:
        tags = tags_of("- include: retail")
        build(engine, tags)
        found = members(engine, segments)
    assert found["baby_buyers"] == [1]
    assert found["new_customers_30d"] == [1, 3]
