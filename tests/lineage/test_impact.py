"""What a change of a column would touch, how, and how many customers, in a small shop built for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from huaxiang.lineage import Impact, Relation, graph_of, impact
from huaxiang.pipeline import Settings, build
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild, current_build
from huaxiang.read.export import export_people
from huaxiang.read.filters import Filter, TagIs
from huaxiang.registry.exports import exports
from tests.lineage.lineage_shop import small_project
from tests.read.sample import KEY

ORDERS = """no,at,card,tel,a-b,qty,price,goods,unused
R1,2026-05-01,V1,,north,2,3.50,g1,
R2,2026-05-02,V1,,north,1,9.00,g1,
R3,2026-05-03,V2,,,1,1.00,g1,
"""
WEB = """no,at,card,amount
W1,2026-05-04,V3,5
"""
SOURCE = """
- source: web
  read: data/web.csv
  into: orders
  identifiers: {member_id: card}
  key: [order_id]
  columns: {order_id: no, occurred_at: at, amount: amount}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {
        "data/pos.csv": ORDERS,
        "data/web.csv": WEB,
        "sources/web.yaml": SOURCE,
        "data/crm.csv": "card,id,name,level,city\nV1,,,gold,\nV4,,,,\n",
        "data/invited.csv": "13800138000\n",
    }
    made = small_project(tmp_path_factory.mktemp("impact"), files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        build(made, as_of=datetime(2026, 6, 1), settings=Settings(workers=1))
    return made


@pytest.fixture
def current(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[CurrentBuild]:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with current_build(project.root, project) as current:
        yield current


def told(found: Impact) -> dict[str, tuple[Relation, int | None]]:
    return {
        each.node.id: (each.how, each.customers)
        for each in (*found.facts, *found.tags, *found.segments, *found.exports, *found.others)
    }


def test_a_price_touches_what_is_made_of_it_and_what_only_counts_its_rows(
    project: Project, current: CurrentBuild
) -> None:
    found = impact(project, "pos.price", current)
    assert found.of == current.customers == 4
    touched = told(found)
    assert touched["fact:orders.amount"] == (Relation.VALUE, 2), "of the source's own customers"
    assert touched["tag:spent"] == (Relation.VALUE, 1)
    assert touched["tag:grade"] == (Relation.VALUE, 4)
    assert touched["segment:good"] == (Relation.VALUE, 1)
    assert touched["tag:orders_total"] == (Relation.ROWS, 4), "rows without an amount are no facts"
    assert touched["reject:pos: amount < 0"] == (Relation.VALUE, None)
    assert touched["table:orders"] == (Relation.ROWS, None)
    assert not [id_ for id_ in touched if id_ in ("tag:level", "tag:birth", "segment:invited")]


def test_through_the_mapping_only_the_source_asked_for_is_counted(project: Project, current: CurrentBuild) -> None:
    assert {text: _held(impact(project, text, current)) for text in ("pos.store", "pos.qty", "web.amount")} == {
        "pos.store": {},
        "pos.qty": {"orders.amount": 2, "orders.quantity": 2},
        "web.amount": {"orders.amount": 1},
    }


def _held(found: Impact) -> dict[str, int | None]:
    return {each.node.code: each.customers for each in found.facts}


def test_an_identifier_touches_everything_but_decides_no_value(project: Project, current: CurrentBuild) -> None:
    touched = told(impact(project, "pos.card", current))
    assert touched["tag:spent"][0] is touched["tag:level"][0] is Relation.WHOSE
    assert touched["vault:vault"][0] is Relation.VALUE


def test_a_column_nobody_reads_touches_nothing(project: Project, current: CurrentBuild) -> None:
    assert impact(project, "pos.unused", current).nothing


def test_without_a_build_nothing_is_counted(tmp_path: Path) -> None:
    made = small_project(tmp_path)
    found = impact(made, "pos.price")
    assert (found.build, found.of) == (None, None)
    assert {each.customers for each in found.tags} == {None}
    assert not (tmp_path / ".huaxiang").exists(), "looking makes nothing"


def test_what_was_exported_is_kept_and_touched(project: Project, current: CurrentBuild, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    written = export_people(
        current, Filter((TagIs("level", "gold"),), "good"), path, tags=["spent"], kinds=["phone"], by="me"
    )
    (kept,) = exports(current.registry, segment="good")
    assert (kept.file, kept.form, kept.rows, kept.by) == ("good.csv", "csv", written.rows, "me")
    assert (kept.tags, kept.filters, kept.kinds, kept.build) == (("spent",), ("level",), ("phone",), current.build.id)
    assert exports(current.registry, tag="level") == [kept]
    assert exports(current.registry, tag="birth") == exports(current.registry, segment="tea") == []
    for what in ("pos.price", "crm.level", "good"):
        assert [each.node.words.en for each in impact(project, what, current).exports] == ["good.csv"], what
    assert "export:good → good.csv" in graph_of(current).nodes
