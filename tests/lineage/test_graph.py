"""What rests on what: every way data can take from a file to an export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp, parse_one

from huaxiang.connectors.base import ReadSpec
from huaxiang.errors import NotFound
from huaxiang.lineage import Graph, NodeKind, Relation, around, build_graph, downstream, find, graph, upstream
from huaxiang.lineage.drawing import Drawing
from huaxiang.lineage.tags import draw_tags
from huaxiang.project import Project
from huaxiang.registry.exports import Export
from huaxiang.tag.kinds.base import Rests, Selection
from tests.lineage.lineage_shop import small_project

MADE = Export(
    1, datetime(2026, 6, 1), "me", "both", ("spent", "gone"), (), ("phone",), "csv", "both.csv", 7, 3
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return small_project(tmp_path)


@pytest.fixture
def whole(project: Project) -> Graph:
    return graph(project)


def above(whole: Graph, id_: str, relation: Relation | None = None) -> set[str]:
    return {edge.above for edge in whole.above[id_] if relation in (None, edge.relation)}


def test_a_fact_column_rests_on_the_columns_of_its_expression(whole: Graph) -> None:
    assert above(whole, "fact:orders.amount") == {"raw:pos.qty", "raw:pos.price"}
    assert {edge.detail for edge in whole.above["fact:orders.amount"]} == {"qty * price"}


def test_a_column_whose_name_looks_like_an_expression_is_a_column(whole: Graph) -> None:
    assert above(whole, "fact:orders.store") == {"raw:pos.a-b"}


def test_without_headers_it_is_read_as_an_expression(project: Project) -> None:
    assert above(build_graph(project), "fact:orders.store") == {"raw:pos.a", "raw:pos.b"}


def test_a_constant_comes_from_the_source(whole: Graph) -> None:
    assert above(whole, "fact:orders.status") == {"source:pos"}
    assert above(whole, "fact:orders.channel") == {"source:pos"}


def test_a_column_nobody_uses_is_there_and_leads_nowhere(whole: Graph) -> None:
    assert set(downstream(whole, "raw:pos.unused").nodes) == {"raw:pos.unused"}


def test_a_lookup_lends_its_column_through_the_column_it_is_joined_by(whole: Graph) -> None:
    assert above(whole, "fact:orders.category") == {"raw:pos.goods.dept"}
    assert above(whole, "raw:pos.goods.dept") == {"lookup:pos.goods"}
    assert above(whole, "lookup:pos.goods") == {"source:pos", "raw:pos.goods"}
    assert "segment:tea" in downstream(whole, "raw:pos.goods").nodes


def test_identifiers_decide_whose_facts_there_are_and_go_to_the_vault(whole: Graph) -> None:
    assert above(whole, "identifier:member_id") == {"raw:pos.card", "raw:crm.card"}
    assert above(whole, "table:orders", Relation.WHOSE) == {"identifier:member_id"}
    assert above(whole, "table:attributes", Relation.WHOSE) == {"identifier:member_id", "identifier:id_card"}
    assert "identifier:member_id" in above(whole, "vault:vault", Relation.SEALED)


def test_personal_columns_go_to_the_vault_and_nowhere_else(whole: Graph) -> None:
    assert set(downstream(whole, "raw:crm.name").nodes) == {"raw:crm.name", "personal:name", "vault:vault"}


def test_what_derives_from_a_personal_value_comes_from_its_column(whole: Graph) -> None:
    assert above(whole, "fact:attributes.gender") == {"raw:crm.id"}
    assert above(whole, "fact:attributes.birth_date") == {"raw:crm.id"}, "filled without being mapped"
    assert "tag:birth" in downstream(whole, "raw:crm.id", frozenset({Relation.VALUE})).nodes


def test_rules_that_reject_decide_which_rows_there_are(whole: Graph) -> None:
    assert above(whole, "reject:pos: amount < 0") == {"fact:orders.amount"}
    assert above(whole, "reject:pos: price = 'free'") == {"raw:pos.price"}
    rows = above(whole, "table:orders", Relation.ROWS)
    assert rows == {
        "reject:pos: amount < 0", "reject:pos: price = 'free'", "fact:orders.amount", "fact:orders.order_id",
        "fact:orders.occurred_at",
    }  # fmt: skip


def test_a_statistic_rests_on_value_condition_window_and_rows(whole: Graph) -> None:
    assert above(whole, "tag:spent", Relation.VALUE) == {
        "fact:orders.amount", "fact:orders.store", "fact:orders.occurred_at"
    }  # fmt: skip
    assert above(whole, "tag:orders_total") == {"table:orders"}


def test_a_preference_rests_on_item_weight_and_by(whole: Graph) -> None:
    assert above(whole, "tag:likes", Relation.VALUE) == {
        "fact:orders.category", "fact:orders.quantity", "fact:orders.status"
    }  # fmt: skip


def test_a_threshold_stands_between_the_tags_it_is_made_of_and_those_that_compare(whole: Graph) -> None:
    assert above(whole, "tag:grade") == {"tag:spent", "threshold:population_avg(spent)"}
    assert above(whole, "threshold:population_avg(spent)") == {"tag:spent"}
    gap = "threshold:repurchase_gap(0.9)"
    assert above(whole, "tag:lapsed") == {"tag:spent", "tag:orders_total", gap}
    assert above(whole, gap) == {"table:orders", "fact:orders.day", "fact:orders.category", "fact:orders.status"}
    assert above(whole, "fact:orders.day") == {"fact:orders.occurred_at"}


@dataclass(frozen=True)
class Odd:
    """What a kind yet unknown may hold: a file, a query, facts of two tables, and a need beside."""

    read: ReadSpec
    tree: exp.Expression
    more: tuple[Rests, ...]
    needs: frozenset[str] = frozenset({"spent"})
    formula: str = "odd"

    def rests(self) -> Rests:
        return self.more[0]


@dataclass(frozen=True)
class Both(Rests):
    """Rests that know of further ones."""

    further: tuple[Rests, ...] = ()


def test_a_kind_nobody_knows_is_drawn_by_what_it_holds(project: Project) -> None:
    tags = project.tags
    rests = Both(Selection("orders"), ("amount",), further=(Rests(Selection("feedback"), ("nps",)),))
    tree = parse_one("SELECT subject, max(duration) AS value, nps FROM events GROUP BY subject")
    odd: Any = Odd(ReadSpec("csv", "data/odd.csv"), tree, (rests,))
    drawing = Drawing(project.model)
    draw_tags(drawing, replace(tags, meanings={**tags.meanings, "birth": odd}))
    assert above(drawing.done(), "tag:birth") == {
        "tag:spent", "list:data/odd.csv", "table:orders", "fact:orders.amount", "table:feedback", "fact:feedback.nps",
        "table:events", "fact:events.duration",
    }  # fmt: skip


def test_segments_rest_on_tags_own_statistics_lists_and_segments(whole: Graph) -> None:
    assert above(whole, "segment:good") == {"tag:grade"}
    assert above(whole, "segment:tea") == {"statistic:tea:tea_orders", "segment:good"}
    assert above(whole, "statistic:tea:tea_orders") == {"table:orders", "fact:orders.category"}
    assert above(whole, "segment:invited") == {"list:data/invited.csv", "identifier:phone"}
    assert above(whole, "segment:both") == {"segment:tea", "segment:invited"}


def test_exports_rest_on_segment_tags_and_kinds_that_are_still_there(project: Project) -> None:
    whole = build_graph(project, made=[MADE, MADE])
    (export,) = whole.of_kind(NodeKind.EXPORT)
    assert above(whole, export.id) == {"segment:both", "tag:spent", "identifier:phone"}
    assert export.id in downstream(whole, "raw:pos.price").nodes
    assert {"source:pos", "raw:pos.price", "tag:spent"} <= upstream(whole, export).nodes.keys()


def test_up_and_down_meet_in_the_node(whole: Graph) -> None:
    up, down, both = (way(whole, "tag:spent") for way in (upstream, downstream, around))
    assert up.nodes.keys() & down.nodes.keys() == {"tag:spent"}
    assert both.nodes.keys() == up.nodes.keys() | down.nodes.keys()
    assert set(both.edges) == {*up.edges, *down.edges}


def test_nothing_rests_on_itself(whole: Graph) -> None:
    for id_ in whole.nodes:
        assert not upstream(whole, id_).nodes.keys() & downstream(whole, id_).nodes.keys() - {id_}


@pytest.mark.parametrize(
    ("text", "id_", "source"),
    [
        ("spent", "tag:spent", None),
        ("tea", "segment:tea", None),
        ("pos.qty", "raw:pos.qty", "pos"),
        ("pos.amount", "fact:orders.amount", "pos"),
        ("orders.amount", "fact:orders.amount", None),
        ("level", "tag:level", None),
        ("fact:attributes.level", "fact:attributes.level", None),
        ("crm", "source:crm", "crm"),
        ("phone", "identifier:phone", None),
    ],
)
def test_people_name_things_as_they_know_them(
    whole: Graph, project: Project, text: str, id_: str, source: str | None
) -> None:
    found = find(whole, project, text)
    assert (found.node.id, found.source) == (id_, source)


def test_a_wrong_name_is_answered_with_the_nearest(whole: Graph, project: Project) -> None:
    with pytest.raises(NotFound, match=r"did you mean pos\.price"):
        find(whole, project, "pos.prise")


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    source = """
        - source: pos
          read: {sql: "postgresql://me:secret@host/db", query: select 1}
          into: orders
          columns: {order_id: a, occurred_at: b, amount: c}
        """
    whole = build_graph(small_project(tmp_path, {"sources/all.yaml": source}))
    assert whole.nodes["source:pos"].detail == "postgresql"
