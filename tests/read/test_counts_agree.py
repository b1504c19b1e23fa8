"""One number, one meaning: overview = list of people = tag page = segment = export."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from huaxiang.errors import HuaxiangError
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import distribution
from huaxiang.read.export import export_people
from huaxiang.read.filters import Filter, TagIs, filter_of
from huaxiang.read.overview import headlines, overview
from huaxiang.read.people import count_people, people
from huaxiang.read.segments import segment_list, segment_page
from huaxiang.read.standard import Part
from huaxiang.read.tags import tag_page, tag_tree


def test_headlines_are_their_people(current: CurrentBuild) -> None:
    found = headlines(current)
    assert [each.key for each in found] == ["customers", "new", "active", "lapsed"]
    for each in found:
        assert each.count == count_people(current, each.wanted) == people(current, each.wanted, limit=1).total


def test_the_overview_is_complete(current: CurrentBuild) -> None:
    found = overview(current)
    for part in Part:
        if part in found.charts:
            spread = found.charts[part].spread
            assert spread is not None, part
            assert spread.everybody == current.customers
    summary = current.build.summary
    assert found.quality.rows == found.quality.facts + found.quality.duplicates + found.quality.quarantined
    assert found.quality.rows == summary["rows"]
    assert found.freshness.latest is not None
    assert found.freshness.latest <= datetime(2026, 11, 21)
    channels = {each.channel: each for each in found.channels}
    assert channels["store"].facts == current.engine.one("SELECT count(*) FROM orders WHERE channel = 'store'")


def test_every_bar_leads_to_its_people(current: CurrentBuild) -> None:
    for code in current.tags:
        spread = distribution(current, code)
        assert spread.known + spread.unknown == current.customers
        assert count_people(current, Filter((TagIs(code, ""),))) == spread.unknown
        for bar in spread.bars:
            assert count_people(current, Filter((TagIs(code, bar.value),))) == bar.count, (code, bar)
            assert bar.words.en and bar.words.zh
        if not isinstance(current.type_of(code), list) and current.type_of(code) != "texts":
            assert sum(bar.count for bar in spread.bars) + spread.others == spread.known, code


def test_a_filtered_spread_adds_up(current: CurrentBuild) -> None:
    wanted = Filter((TagIs("lifecycle", "重复"),))
    assert distribution(current, "gender", wanted).everybody == count_people(current, wanted)


def test_segments(current: CurrentBuild) -> None:
    moved = 0
    for entry in segment_list(current):
        page = segment_page(current, entry.code, limit=3)
        assert entry.size == page.members.total == count_people(current, Filter(segment=entry.code))
        assert page.sentence.en and page.sentence.zh
        moved += (entry.entered or 0) + (entry.left or 0)
        for each in page.make_up:
            for value in each.values:
                if value.tgi is not None and value.base_share:
                    assert value.tgi == pytest.approx(100 * value.share / value.base_share)
    assert moved, "two builds a month apart: somebody moved"


def test_paging_meets_everybody_once(current: CurrentBuild) -> None:
    wanted = Filter((TagIs("value_tier", "低价值"),))
    seen = [row.subject for at in range(0, 400, 7) for row in people(current, wanted, offset=at, limit=7).rows]
    assert len(seen) == len(set(seen)) == count_people(current, wanted)
    spent = [row.raw[2] for row in people(current, wanted, limit=400).rows]
    assert spent == sorted(spent, reverse=True)


def test_a_filter_survives_its_address() -> None:
    wanted = Filter((TagIs("lifecycle", "流失"), TagIs("city", ""), TagIs("age", "20..30")), "sleeping")
    assert filter_of(wanted.pairs()) == wanted
    assert wanted.without(wanted.tags[0]).tags == wanted.tags[1:]
    assert wanted.with_tag(TagIs("city", "上海市")).tags[-1] == TagIs("city", "上海市")


def test_the_tree_holds_every_tag(current: CurrentBuild) -> None:
    assert sum(branch.count for branch in tag_tree(current)) == len(current.tags)


def test_changes_of_the_last_build(current: CurrentBuild) -> None:
    changed = current.engine.one("SELECT count(*) FROM tag_changes WHERE tag = 'lifecycle' AND build = 2")
    page = tag_page(current, "lifecycle")
    assert page.changed == changed > 0
    assert sum(move.count for move in page.moves) == changed


def test_where_there_is_no_build_before_nobody_is_said_to_have_stayed_the_same(current: CurrentBuild) -> None:
    # As if this were the first build: its definitions are there, nothing to compare with.
    first = replace(current, build=replace(current.build, id=1))
    assert {(each.entered, each.left) for each in segment_list(first)} == {(None, None)}
    assert tag_page(first, "lifecycle").changed is None
    assert tag_page(current, "lifecycle").changed is not None


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_an_export_has_everybody(current: CurrentBuild, tmp_path: Path, form: str) -> None:
    wanted, path = Filter(segment="repeat_customers"), tmp_path / f"out.{form}"
    tags = ["lifecycle", "spend_total", "favourite_categories", "last_order_at", "age", "follows_now"]
    done = export_people(current, wanted, path, tags=tags, kinds=["name", "phone"])
    assert done.rows == count_people(current, wanted)
    rows = _rows(path)
    assert len(rows) == done.rows + 1
    assert all(row[0].startswith("C") for row in rows[1:])
    assert all("*" in row[-2] for row in rows[1:] if row[-2])
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_of_another_kind(current: CurrentBuild, tmp_path: Path) -> None:
    with pytest.raises(HuaxiangError, match="pdf"):
        export_people(current, Filter(), tmp_path / "out.pdf")


def test_an_empty_export(current: CurrentBuild, tmp_path: Path) -> None:
    nobody = Filter((TagIs("city", "无此城"),))
    for form in ("csv", "xlsx", "parquet"):
        assert export_people(current, nobody, tmp_path / f"none.{form}", tags=["city"]).rows == 0


def _rows(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    if path.suffix == ".xlsx":
        sheet = load_workbook(path, read_only=True).active
        assert sheet is not None
        return [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    table = pq.read_table(path)
    return [table.column_names, *([_text(value) for value in row.values()] for row in table.to_pylist())]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
