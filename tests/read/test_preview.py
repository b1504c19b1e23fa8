"""What a draft would give, tried on a sample, beside what the build itself says."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.definitions.nodes import Faults
from huaxiang.errors import HuaxiangError, NotAllowed, StepError
from huaxiang.govern.check import check_text, read_text, would_be
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import distribution
from huaxiang.read.preview import preview
from huaxiang.read.subject_ids import encode_subject


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


def _imported(read: str, by: str, value: str) -> str:
    return f"tag: tried\nimported: {{read: {read}, by: {by}, value: {value}}}\n"


@pytest.mark.parametrize("value", ["姓名", "手机号", "身份证号", "邮箱", "地址", "会员号"])
def test_a_trial_reads_no_personal_column(current: CurrentBuild, value: str) -> None:
    made = _with(current, _imported("data/crm/*.xlsx", "{member_id: 会员号}", value))
    with pytest.raises(HuaxiangError, match="holds personal values"):
        preview(current, made, "tried")


@pytest.mark.parametrize(
    "place",
    [
        "{place}/outside.csv", "../outside.csv", "data/link.csv", ".huaxiang/own.csv", "data/own.csv",
        "{sql: 'sqlite:///.huaxiang/registry.db', query: 'select id as a, state as b from builds'}",
        "{sql: 'sqlite:////{place}/x.db', query: 'select a, b from x'}",
        "{sql: 'postgresql://127.0.0.1:1/x', query: 'select a, b from x'}",
        "{door: site}",
    ],
)  # fmt: skip
def test_a_trial_reads_nothing_beyond_the_projects_files(current: CurrentBuild, tmp_path: Path, place: str) -> None:
    root = current.project.root
    links = {"data/link.csv": tmp_path / "outside.csv", "data/own.csv": root / ".huaxiang" / "own.csv"}
    for file in links.values():
        file.write_text("a,b\nV0001,seen\n", encoding="utf-8")
    for name, target in links.items():
        (root / name).symlink_to(target)
    try:
        text = _imported(place.replace("{place}", str(tmp_path)), "{member_id: a}", "b")
        faults = check_text(current.project, text)
        if not faults:
            with pytest.raises(HuaxiangError):
                preview(current, _with(current, text), "tried")
        elif "sql" in place:
            assert "is named in a file of the project, not here" in faults[0].what.en
    finally:
        for name in links:
            (root / name).unlink()
        (root / ".huaxiang" / "own.csv").unlink()


def test_no_database_is_read_for_a_trial_of_a_tag_that_stands_in_a_file(current: CurrentBuild) -> None:
    text = _imported("{sql: 'sqlite:///data/x.db', query: select a from x}", "{member_id: a}", "a")
    faults = Faults()
    node = read_text(text, faults)
    assert node is not None
    standing = would_be(current.project, node, faults)
    assert standing is not None
    # Its file says so already: then the text may say it too, and only a build reads it.
    assert check_text(standing, text) == []
    with pytest.raises(NotAllowed, match="only a build does that"):
        preview(current, standing, "tried")


def test_a_trial_of_a_file_shows_no_value_that_few_have(current: CurrentBuild) -> None:
    root = current.project.root
    members = [row[0] for row in current.engine.rows("SELECT subject FROM subjects ORDER BY 1 LIMIT 8")]
    rows = [f"{encode_subject(who)},{word}" for who, word in zip(members, ["gold"] * 6 + ["王小明", "li"], strict=True)]
    (root / "data" / "tried.csv").write_text("\n".join(["id,level", *rows]), encoding="utf-8")
    try:
        told = preview(current, _with(current, _imported("data/tried.csv", "{subject: id}", "level")), "tried")
    finally:
        (root / "data" / "tried.csv").unlink()
    assert [(bar.value, bar.count) for bar in told.spread.bars] == [("gold", 6)]
    assert (told.spread.known, told.spread.others) == (8, 2)


def test_sql_in_a_trial_opens_no_file(current: CurrentBuild, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("subject,value\n1,2\n", encoding="utf-8")
    for query in (f"SELECT * FROM read_csv('{tmp_path}/x.csv')", f"ATTACH '{tmp_path}/x.db'"):
        with pytest.raises(StepError):
            current.engine.rows(query)
