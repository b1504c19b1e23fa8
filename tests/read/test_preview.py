"""What a draft would give, tried on a sample, beside what the build itself says."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.govern.check import read_text, would_be
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import distribution
from huaxiang.read.preview import preview


def _with(current: CurrentBuild, text: str) -> Project:
    faults = Faults()
    node = read_text(text, faults)
    assert node is not None
    made = would_be(current.project, node, faults)
    assert made is not None
    assert not faults.found
    return made


@pytest.mark.parametrize("code", ["orders_90d", "lifecycle", "favourite_categories", "value_tier", "city"])
def test_everybody_is_what_the_build_says(current: CurrentBuild, code: str) -> None:
    if code not in current.tags:
        code = next(each for each, tag in current.tags.items() if tag.kind.name == "preference")
    told = preview(current, current.project, code)
    assert told.whole
    assert told.margin == 0
    assert told.sample == current.customers
    assert told.estimate == told.spread.known
    assert told.spread == distribution(current, code)


def test_a_new_tag_has_the_count_a_query_gives(current: CurrentBuild) -> None:
    made = _with(current, "tag: dear\nfrom: orders\nvalue: max(amount)\nwhere: amount > 100\n")
    told = preview(current, made, "dear")
    sql = "SELECT count(DISTINCT subject) FROM orders WHERE amount > 100 AND subject IS NOT NULL"
    assert told.spread.known == current.engine.one(sql)
    assert "dear" not in current.tags


def test_a_sample_says_how_sure_it_is(current: CurrentBuild) -> None:
    whole = preview(current, current.project, "city")
    part = preview(current, current.project, "city", most=96)
    assert (part.sample, part.whole) == (96, False)
    assert part.spread.everybody == 96
    assert part.estimate == round(part.spread.known / 96 * part.customers)
    assert 0 < part.margin < part.customers / 5
    assert abs(part.estimate - whole.estimate) <= 2 * part.margin
    assert preview(current, current.project, "city", most=96).spread == part.spread


def test_values_from_elsewhere_are_staged_for_the_trial(current: CurrentBuild) -> None:
    made = _with(current, "tag: buyers\nsql: SELECT subject, count(*) AS value FROM orders GROUP BY subject\n")
    told = preview(current, made, "buyers")
    assert told.spread.known == current.engine.one(
        "SELECT count(DISTINCT subject) FROM orders WHERE subject IS NOT NULL"
    )
    assert "tag_input_buyers" not in current.engine.tables()


def test_the_build_stays_as_it_is(current: CurrentBuild, root: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (root / ".huaxiang" / "builds").iterdir()}
    preview(current, current.project, "lifecycle", most=50)
    assert current.engine.one("SELECT count(*) FROM tags") == current.customers
    assert {path.name: path.stat().st_mtime_ns for path in (root / ".huaxiang" / "builds").iterdir()} == before
