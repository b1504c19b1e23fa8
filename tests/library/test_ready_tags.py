"""Every ready tag and segment, of made-up facts in zones far from UTC, against plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import Engine
from huaxiang.library.include import load, names
from huaxiang.model import COMMON, Model, Type
from huaxiang.project import model_of
from huaxiang.segment.compile import compile_segments
from huaxiang.segment.definition import parse_segments
from huaxiang.segment.segmentset import SegmentSet
from huaxiang.steps import run_steps
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.tagset import TagSet
from tests.library.plain import Town
from tests.library.ready_tags import SEGMENTS, TAGS
from tests.tag.tag_shop import build, warehouse

PEOPLE = 90
AS_OF = datetime(2026, 11, 5, 20, 30)
"""In Shanghai and Kolkata it is the sixth already, in St John's still the fifth, after clocks were put back."""
ZONES = ("Asia/Shanghai", "America/St_Johns", "Asia/Kolkata")
TEXTS: Mapping[str, Sequence[str]] = {
    "order_id": [f"o{number}" for number in range(300)],
    "category": ["母婴", "茶", "酒"],
    "brand": ["Lu", "Wu", "Yue"],
    "status": ["paid", "paid", "paid", "refunded", "cancelled"],
    "coupon": ["c1", "c2"],
    "payment": ["wechat", "alipay", "card"],
    "channel": ["store", "app", "web"],
    "store": ["s1", "s2", "s3"],
    "event": [
        "view", "cart", "checkout", "search", "favourite", "share", "product_view", "add_to_cart",
        "浏览", "加购", "搜索", "收藏", "结算",
    ],
    "session": [f"x{number}" for number in range(12)],
    "page": [f"/p{number}" for number in range(9)],
    "city": ["上海", "北京"],
    "gender": ["male", "female"],
    "topic": ["complaint", "投诉", "delivery"],
    "platform": ["weibo", "douyin"],
    "account_kind": ["deposit", "current", "存款", "活期", "credit"],
    "direction": ["in", "out", "流入", "流出"],
    "product_kind": ["wealth", "fund", "理财", "基金", "insurance"],
    "prize": ["glass"],
    "model": ["X", "Y", "Z"],
    "dealer": ["甲", "乙"],
    "energy": ["纯电", "燃油"],
    "origin": ["车展", "官网"],
    "stage": ["新", "跟进中"],
}  # fmt: skip
KINDS: Mapping[str, Sequence[str]] = {
    "interactions": [
        "like", "follow", "unfollow", "comment", "share", "点赞", "关注", "取关", "取消关注", "评论", "转发", "分享",
        "call", "mail", "chat", "complaint", "投诉", "咨询", "退换货", "预约", "return", "inquiry", "booking",
    ],
    "transactions": ["purchase", "消费", "salary", "代发工资", "工资", "foreign_purchase", "境外消费", "transfer"],
}  # fmt: skip
WHOLE = {
    "nps": (0, 10),
    "csat": (1, 5),
    "ces": (1, 7),
    "price_matters": (1, 5),
    "new_things": (1, 5),
    "risk_level": (1, 5),
}
MONEY = {"balance": 900_000, "budget": 400_000, "price": 400_000, "discount": 60}
EDGES = (7, 14, 30, 60, 90, 120, 150, 180, 365)


@dataclass(frozen=True)
class Ready:
    """The definitions of one library over one town."""

    tagset: TagSet
    town: Town
    engine: Engine


def ready(name: str) -> tuple[TagSet, Model]:
    faults = Faults()
    model = model_of(load("facts", name, faults) if name in names("facts") else [], faults)
    tagset = TagSet.check(parse_tags(load("tags", name, faults), faults), model, faults)
    assert not faults.found, [fault.say("en") for fault in faults.found]
    return tagset, model


@pytest.fixture(scope="module", params=[(name, zone) for name in TAGS for zone in ZONES], ids="-".join)
def library(request: pytest.FixtureRequest) -> Iterator[Ready]:
    name, zone = request.param
    tagset, model = ready(name)
    town = Town(made_up(model, zone, seed=f"{name} {zone}"), TAGS[name], AS_OF, zone, PEOPLE)
    with warehouse(range(1, PEOPLE + 1), town.facts, model=model) as engine:
        build(engine, tagset, as_of=AS_OF, zone=zone)
        yield Ready(tagset, town, engine)


def made_up(model: Model, zone: str, seed: str) -> dict[str, list[dict[str, Any]]]:
    """Return facts of all tables: any value may be unknown, times lie on the edges of windows and days too."""
    chance = random.Random(seed)
    clock = Town({}, {}, AS_OF, zone, 0)
    facts: dict[str, list[dict[str, Any]]] = {}
    for name, table in model.facts.items():
        facts[name] = []
        for subject in range(1, PEOPLE + 1):
            # Some have nothing of a table, some much, one very much on few days.
            many = 70 if subject == 1 else chance.choice((0, 1, 2, 4, 9, 16))
            quiet = timedelta(days=(0, 0, 70, 200)[subject % 4])
            for _ in range(many):
                at = some_time(chance, clock, few=subject == 1) - quiet
                row: dict[str, Any] = {"subject": subject, "occurred_at": at, "day": clock.day_of(at)}
                if name == "attributes" and chance.random() < 0.2:
                    row |= {"occurred_at": None, "day": None}
                for column, type_ in table.types.items():
                    if column == "channel" or column not in COMMON:
                        row[column] = some_value(chance, name, column, type_, required=column in table.required)
                facts[name].append(row)
    return facts


def some_time(chance: random.Random, clock: Town, *, few: bool) -> datetime:
    if few:
        return AS_OF - timedelta(days=chance.choice((1, 2, 3)), seconds=chance.randrange(3000))
    how = chance.random()
    if how < 0.15:
        return clock.edge(chance.choice(EDGES)) - timedelta(microseconds=chance.choice((0, 0, 1)))
    if how < 0.25:
        return AS_OF + timedelta(seconds=chance.choice((0, 1, 90_000)))
    if how < 0.6:
        return AS_OF - timedelta(seconds=chance.randrange(60 * 86_400), microseconds=chance.randrange(10**6))
    return AS_OF - timedelta(seconds=chance.randrange(2_300 * 86_400), microseconds=chance.randrange(10**6))


def some_value(chance: random.Random, table: str, column: str, type_: Type, *, required: bool) -> Any:
    if not required and chance.random() < 0.2:
        return None
    if type_ is Type.TEXT:
        texts = KINDS.get(table, ("a", "b")) if column == "kind" else TEXTS.get(column, ("a", "b", "c"))
        return chance.choice(texts)
    if type_ is Type.MONEY:
        return Decimal(chance.randrange(0, MONEY.get(column, 500) * 100)) / 100
    if type_ is Type.BOOL:
        return chance.random() < 0.5
    if type_ is Type.DATE:
        far = 30_000 if column == "birth_date" else 400
        return date(2026, 11, 6) - timedelta(days=chance.choice((0, 1, chance.randrange(-60, far))))
    if type_ is Type.INTEGER:
        return chance.randint(*WHOLE.get(column, (0, 120)))
    return chance.randrange(0, 50) / 10


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float | Decimal) and wanted is not None:
        return float(found) == pytest.approx(float(wanted), rel=1e-9, abs=1e-9)
    return bool(found == wanted)


def test_every_ready_tag_and_segment_has_its_plain_computation() -> None:
    assert list(TAGS) == sorted(TAGS, key=list(TAGS).index) and set(TAGS) == set(names("tags"))
    for name, formulas in TAGS.items():
        assert set(formulas) == set(ready(name)[0].tags), name
    assert set(SEGMENTS) == set(names("segments"))


def test_ready_tags_are_what_they_say(library: Ready) -> None:
    rows = {row.pop("subject"): row for row in library.engine.dicts("SELECT * FROM tags")}
    wrong, seen = [], dict[str, set[str]]()
    for me in library.town.everybody():
        for code in library.tagset.tags:
            found, wanted = rows[me.subject][code], me[code]
            seen.setdefault(code, set()).add(str(wanted))
            if not same(found, wanted):
                wrong.append(f"{code} of {me.subject}: {found!r}, not {wanted!r}")
    assert not wrong, f"{len(wrong)} differ: {wrong[:20]}"
    assert not [code for code, values in seen.items() if len(values) < 2], "facts that tell nothing apart"


@pytest.mark.parametrize("library", [(name, zone) for name in SEGMENTS for zone in ZONES], ids="-".join, indirect=True)
def test_ready_segments_hold_whom_they_say(library: Ready) -> None:
    [(name, wanted)] = SEGMENTS.items()
    faults = Faults()
    segments = SegmentSet.check(parse_segments(load("segments", name, faults), faults), library.tagset, faults)
    assert not faults.found and set(segments.segments) == set(wanted)
    run_steps(library.engine, compile_segments(
        segments, engine=library.engine, as_of=AS_OF, zone=library.town.zone, has_previous=False,
    ))  # fmt: skip
    for code, belongs in wanted.items():
        found = library.engine.rows("SELECT subject FROM segment_members WHERE segment = ? ORDER BY subject", [code])
        assert [row[0] for row in found] == [me.subject for me in library.town.everybody() if belongs(me)], code
        assert 0 < len(found) < PEOPLE, code
