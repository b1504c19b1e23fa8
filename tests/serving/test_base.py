"""A base says of every customer what its build says."""

from __future__ import annotations

from huaxiang.engine.duckdb import quoted
from huaxiang.read.current import CurrentBuild
from huaxiang.serving.base import Base, known_only
from huaxiang.serving.values import plain_row


def test_facts_tags_and_segments_are_those_of_the_build(current: CurrentBuild, base: Base) -> None:
    everybody = [row[0] for row in current.engine.rows("SELECT subject FROM subjects ORDER BY subject")]
    some = everybody[:: max(1, len(everybody) // 40)]
    listed = ", ".join(map(str, some))
    assert base.customers == len(everybody)
    for table in base.tables:
        sql = f"SELECT fact_id FROM {quoted(table)} WHERE subject IN ({listed}) ORDER BY 1"
        assert sorted(base.facts_of(table, some)["fact_id"].to_pylist()) == [r[0] for r in current.engine.rows(sql)]
    rows = current.engine.dicts(f"SELECT * FROM tags WHERE subject IN ({listed})")
    tags = base.tags_of(some)
    for row in rows:
        assert tags[row.pop("subject")] == known_only(plain_row(row))
    members: dict[int, list[str]] = {subject: [] for subject in some}
    sql = f"SELECT subject, segment FROM segment_members WHERE subject IN ({listed}) ORDER BY 1, 2"
    for subject, segment in current.engine.rows(sql):
        members[subject].append(segment)
    assert base.segments_of(some) == members
    # One customer is looked up in another way than many are.
    assert {subject: base.segments_of([subject])[subject] for subject in some} == members
    assert {subject: base.tags_of([subject])[subject] for subject in some} == tags


def test_identifiers_and_links_are_found_from_both_ends(current: CurrentBuild, base: Base) -> None:
    subject = current.engine.one("SELECT subject FROM identifiers WHERE subject > 0 GROUP BY 1 ORDER BY count(*) DESC")
    nodes = [row[0] for row in current.engine.rows("SELECT node FROM identifiers WHERE subject = ?", [subject])]
    assert sorted(base.nodes_of([subject]).tolist()) == sorted(nodes)
    assert base.subject_of(nodes) == [subject] * len(nodes)
    listed = ", ".join(map(str, nodes))
    sql = f"SELECT count(*) FROM links WHERE a IN ({listed}) OR b IN ({listed})"
    assert base.links_of(nodes).num_rows == current.engine.one(sql)


def test_who_is_not_there_has_nothing(base: Base) -> None:
    assert not base.has(5)
    assert base.since(5) is None
    assert base.tags_of([5]) == {}
    assert base.segments_of([5]) == {5: []}
    assert base.subject_of([5]) == [None]
    assert all(base.facts_of(table, [5]).num_rows == 0 for table in base.tables)
