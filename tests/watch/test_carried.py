"""What is carried on from the build before is what counting everybody gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine
from huaxiang.model import Type
from huaxiang.pipeline import Settings, refresh
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild
from huaxiang.registry import Build
from huaxiang.registry.health import health_rows
from huaxiang.tag.changes import changes_step
from huaxiang.watch import measure
from huaxiang.watch.bins import Clock, Counted, Cut, count_bins
from huaxiang.watch.carried import carried
from huaxiang.watch.history import Past
from huaxiang.watch.measured import Measured
from tests.watch.shop import FIRST, Order, opened, with_key, write_orders

AS_OF = datetime(2026, 11, 1)
CLOCK = Clock(AS_OF, "UTC")
CUTS = (
    Cut("n", Type.INTEGER, "values"),
    Cut("spend", Type.MONEY, "ranges", (-0.5, 10.0, 20.01)),
    Cut("share", Type.NUMBER, "ranges", (0.1, 0.30000000000000004)),
    Cut("big", Type.INTEGER, "ranges", (9007199254740992.0,)),
    Cut("none", Type.NUMBER, "ranges"),
    Cut("city", Type.TEXT, "values"),
    Cut("vip", Type.BOOL, "values"),
    Cut("liked", Type.TEXTS, "values"),
    Cut("first", Type.TIME, "ranges", (1.0, 30.0)),
    Cut("born", Type.DATE, "ranges", (-1.0, 31.0, 9000.0)),
)
SCHEMA = pa.schema([
    ("subject", pa.int64()), ("n", pa.int64()), ("spend", pa.decimal128(18, 4)), ("share", pa.float64()),
    ("big", pa.int64()), ("none", pa.float64()), ("city", pa.string()), ("vip", pa.bool_()),
    ("liked", pa.list_(pa.string())), ("first", pa.timestamp("us")), ("born", pa.date32()),
])  # fmt: skip
person = st.fixed_dictionaries({
    "subject": st.integers(1, 12),
    "n": st.none() | st.integers(-2, 12),
    "spend": st.none() | st.decimals(-1, 30, places=2),
    "share": st.none() | st.sampled_from([0.1, 0.1 + 0.2, 0.3, 1e300, -0.0, float("nan"), float("inf")]),
    "big": st.none() | st.sampled_from([2**53 - 1, 2**53, 2**53 + 1, 2**53 + 3]),
    "none": st.none() | st.floats(-1, 1),
    "city": st.none() | st.sampled_from(["上海", "北京", "", "a, b"]),
    "vip": st.none() | st.booleans(),
    "liked": st.none() | st.lists(st.sampled_from(["tea", "cake"]), max_size=2),
    "first": st.none() | st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 9)),
    "born": st.none() | st.dates(date(1960, 1, 1), date(2026, 12, 1)),
})  # fmt: skip
people = st.lists(person, unique_by=lambda each: each["subject"])


def build_of(**summary: Any) -> Build:
    return Build(2, AS_OF, datetime.now(UTC), None, "current", "", summary, {})


def past_of(cut: Cut, counted: Counted, customers: int) -> Past:
    at = AS_OF.isoformat()
    return Past(1, Measured(
        cut.code, "", cut.type.value, at, at, False, customers, counted.known, cut.shape, counted.bins, counted.others
    ))  # fmt: skip


def counted(engine: Engine, rows: Sequence[Mapping[str, Any]]) -> dict[str, Counted]:
    with engine.shown(given=pa.Table.from_pylist(list(rows), SCHEMA)):
        engine.run("CREATE OR REPLACE TABLE tags AS SELECT * FROM given")
    return count_bins(engine, CUTS, CLOCK, {}, "tags", {})


@settings(deadline=None)
@given(before=people, after=people)
def test_carried_on_is_counted(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    with Engine() as engine:
        were = counted(engine, before)
        engine.run("ATTACH ':memory:' AS previous")
        engine.run("CREATE TABLE previous.tags AS SELECT * FROM tags")
        now = counted(engine, after)
        engine.run(changes_step([cut.code for cut in CUTS], AS_OF, 2).sql)
        engine.run("CREATE TABLE tag_changes AS SELECT * FROM tag_changes_new")
        pasts = {cut.code: past_of(cut, were[cut.code], len(before)) for cut in CUTS}
        found = carried(engine, build_of(refresh={"from": 1}), CUTS, CLOCK, pasts)
        assert found.keys() == {cut.code for cut in CUTS} - {"liked"}
        assert found == {code: now[code] for code in found}
        assert count_bins(engine, CUTS, CLOCK, {}, "tags", found) == now
        # No refresh, another build's measurement, other bins: everything is counted.
        assert carried(engine, build_of(), CUTS, CLOCK, pasts) == {}
        assert carried(engine, build_of(refresh={"from": 7}), CUTS, CLOCK, pasts) == {}
        other = [Cut(cut.code, cut.type, cut.shape, (*cut.edges, 99.0)) for cut in CUTS if cut.shape == "ranges"]
        assert carried(engine, build_of(refresh={"from": 1}), other, CLOCK, pasts) == {}
        # A day later, days are counted back from another moment.
        later = carried(engine, build_of(refresh={"from": 1}), CUTS, Clock(AS_OF + timedelta(days=1), "UTC"), pasts)
        assert later.keys() == found.keys() - {"first", "born"}


def test_a_build_that_tells_of_no_changes_is_counted() -> None:
    with Engine() as engine:
        assert carried(engine, build_of(), CUTS, CLOCK, {}) == {}


def test_what_does_not_add_up_is_counted() -> None:
    rows = [{"subject": 1, "n": 3, "city": "上海"}, {"subject": 2, "n": 4, "city": "上海"}]
    with Engine() as engine:
        right = counted(engine, rows)
        wrong = {code: Counted(each.known + 1, each.bins, 0) for code, each in right.items()}
        assert count_bins(engine, CUTS, CLOCK, {}, "tags", wrong) == right


def recorded(current: CurrentBuild) -> str:
    rows = {row.tag: row.measured for row in health_rows(current.registry, build=current.build.id)}
    return json.dumps(rows, sort_keys=True)


def test_a_refreshed_shop_measured_again_says_the_same(copy: Path) -> None:
    orders = [Order(f"V{number:04d}", FIRST, "tea", number) for number in range(0, 60, 2)]
    write_orders(copy, "late", [*orders, Order("N0001", FIRST, "gift", 12)])
    with with_key():
        done = refresh(load_project(copy), settings=Settings(workers=1))
    assert "rebuilt" not in done.summary
    with opened(copy) as current:
        measure(current)
        first = recorded(current)
        # The second time everybody is counted.
        measure(current)
        assert recorded(current) == first
