"""Staged values in whole builds: all kinds together, over builds, in plans, and where one of them fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.errors import DefinitionError
from huaxiang.inputs.predictions import write_predictions
from huaxiang.inputs.setting import set_manual
from huaxiang.pipeline import build, store_paths
from huaxiang.planning import plan_project
from huaxiang.project import Project, load_project
from huaxiang.read.current import current_build
from huaxiang.read.find import find_subjects
from huaxiang.read.inputs import inputs
from huaxiang.read.why import Why, why
from huaxiang.registry import Build, Registry
from tests.inputs.shop import FILES, MOMENT, built, project_at

TAGS = """
- tag: level
  imported: {read: data/levels.csv, by: {member_id: card}, value: level, valid_from: start}
- tag: care
  manual: {values: [VIP, normal]}
- tag: spent
  sql: >
    SELECT subject, sum(amount) AS value FROM orders
    WHERE occurred_at >= as_of - INTERVAL 30 DAY GROUP BY subject
- tag: churn
  model: {name: churn}
- tag: star
  rule: {yes: "level = 'gold' and care = 'VIP' and churn < 0.5 and spent > 100", else: no}
"""
WITH_ALL = {"tags/all.yaml": TAGS, "data/levels.csv": "card,level,start\nV01,gold,2026-01-01\nV77,gold,2026-01-01\n"}


def values(project: Project, tag: str) -> dict[str, Any]:
    """Return member or phone → value."""
    found = {}
    with current_build(project.root, project) as current:
        for who in ("V01", "13800138002"):
            (match,) = find_subjects(current, who).matches
            found[who] = current.engine.one(f"SELECT {tag} FROM tags WHERE subject = ?", [match.subject])
    return found


def subject_of(project: Project, who: str) -> int:
    with current_build(project.root, project) as current:
        (match,) = find_subjects(current, who).matches
        assert match.subject is not None
        return match.subject


def told(project: Project, tag: str, who: str) -> Why:
    subject = subject_of(project, who)
    with current_build(project.root, project) as current:
        return why(current, tag, subject)


def set_care(project: Project, who: str, value: str = "VIP") -> None:
    registry, subject = Registry(store_paths(project)["registry"]), subject_of(project, who)
    at = MOMENT - timedelta(days=3)
    set_manual(project, registry, "care", value, [subject], reason="asked for it", who="li", at=at)
    registry.close()


def predict(project: Project, who: str, value: float) -> None:
    scores = pa.table({"subject": [subject_of(project, who)], "value": [value], "confidence": [0.9]})
    write_predictions(project.store, "churn", "v7", MOMENT - timedelta(days=2), scores)


def again(root: Path, files: Mapping[str, str]) -> tuple[Project, Build]:
    project = project_at(root, files)
    return project, build(project, as_of=MOMENT)


def test_all_kinds_in_one_build_and_what_rests_on_them(tmp_path: Path) -> None:
    project, _ = built(tmp_path / "shop", WITH_ALL)
    set_care(project, "V01")
    predict(project, "V01", 0.25)
    made = build(project, as_of=MOMENT)
    assert values(project, "level") == {"V01": "gold", "13800138002": None}
    assert values(project, "care") == {"V01": "VIP", "13800138002": None}
    assert values(project, "churn") == {"V01": 0.25, "13800138002": None}
    assert {who: float(value) for who, value in values(project, "spent").items()} == {"V01": 200, "13800138002": 50}
    assert values(project, "star") == {"V01": "yes", "13800138002": "no"}
    assert {code: each["used"] for code, each in made.summary["inputs"].items()} == {
        "level": 1, "care": 1, "spent": 2, "churn": 1,
    }  # fmt: skip
    assert "V77" not in json.dumps(made.summary)


def test_why_says_where_each_value_is_from(tmp_path: Path) -> None:
    project, _ = built(tmp_path / "shop", WITH_ALL)
    set_care(project, "V01")
    predict(project, "V01", 0.25)
    build(project, as_of=MOMENT)

    def origin(tag: str) -> dict[str, str]:
        return {name.en: text.en for name, text in told(project, tag, "V01").origin}

    assert origin("level") == {"file": "data/levels.csv", "row": "2", "valid from": "2026-01-01 00:00"}
    assert origin("care") == {
        "set by": "li", "reason": "asked for it", "set at": "2026-06-27 00:00", "expires at": "2026-12-24 00:00",
    }  # fmt: skip
    assert origin("churn") == {
        "model": "churn", "version": "v7", "confidence": "0.9", "predicted at": "2026-06-28 00:00",
    }  # fmt: skip
    assert "SELECT subject" in told(project, "spent", "V01").formula
    assert {need.code for need in told(project, "star", "V01").needs} == {"level", "care", "churn", "spent"}


def test_values_follow_a_customer_into_a_merge(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    project, _ = built(root, WITH_ALL)
    before = {who: subject_of(project, who) for who in ("V01", "13800138002")}
    for who in before:
        set_care(project, who, "VIP" if who == "V01" else "normal")
        predict(project, who, 0.25)
    orders = FILES["data/orders.csv"] + "A4,2026-06-22 09:00,V01,13800138002,10\n"
    project, _ = again(root, {**WITH_ALL, "data/orders.csv": orders})
    survivor = subject_of(project, "V01")
    assert subject_of(project, "13800138002") == survivor in before.values()
    assert values(project, "care") == dict.fromkeys(before, "normal")
    assert values(project, "churn") == dict.fromkeys(before, 0.25)
    # The merge is one of an earlier build now.
    build(project, as_of=MOMENT)
    assert values(project, "care") == dict.fromkeys(before, "normal")


def test_a_tag_that_fails_keeps_its_last_good_values_and_stops_nobody(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    query = "SELECT subject, order_id AS value FROM orders WHERE amount > 100"
    one_each = WITH_ALL | {"tags/all.yaml": f"{TAGS}- tag: order_now\n  sql: {query}\n"}
    project, _ = built(root, one_each)
    assert values(project, "order_now") == {"V01": "A1", "13800138002": None}
    (root / "data/levels.csv").unlink()
    orders = FILES["data/orders.csv"] + "A4,2026-06-22 09:00,V01,,900\n"
    (root / "data/orders.csv").write_text(orders, encoding="utf-8")
    project = load_project(root)
    made = build(project, as_of=MOMENT)
    assert {who: float(value) for who, value in values(project, "spent").items()} == {"V01": 1100, "13800138002": 50}
    assert values(project, "order_now") == {"V01": "A1", "13800138002": None}
    assert values(project, "level") == {"V01": "gold", "13800138002": None}
    found = made.summary["inputs"]
    assert found["order_now"]["failed"]["en"].startswith("the query gives more than one row for 1 customer")
    assert "data/levels.csv：找不到此文件" in found["level"]["failed"]["zh"]
    assert found["order_now"]["stale"] and found["level"]["stale"] and not found["spent"]["stale"]
    note = told(project, "level", "V01").note
    assert note is not None and note.en.endswith("the values of the last good build are kept")
    with current_build(root, project) as current:
        states = {each.tag: (each.failed, each.stale) for each in inputs(current)}
    assert states["level"] == (True, True) and states["care"] == (False, False)


def test_without_good_values_to_keep_everybody_is_unknown(tmp_path: Path) -> None:
    tags = "- tag: order_now\n  sql: SELECT subject, order_id AS value FROM orders\n"
    project, made = built(tmp_path / "shop", {"tags/all.yaml": tags})
    assert values(project, "order_now") == {"V01": None, "13800138002": None}
    assert made.summary["inputs"]["order_now"]["failed"] and not made.summary["inputs"]["order_now"]["stale"]
    # Values of another definition are not this one's.
    good = "- tag: order_now\n  sql: SELECT subject, min(order_id) AS value FROM orders GROUP BY subject\n"
    project, _ = again(tmp_path / "shop", {"tags/all.yaml": good})
    assert values(project, "order_now") == {"V01": "A1", "13800138002": "A3"}
    project, made = again(tmp_path / "shop", {"tags/all.yaml": tags})
    assert values(project, "order_now") == {"V01": None, "13800138002": None}


def test_a_query_the_engine_refuses_fails_alone(tmp_path: Path) -> None:
    tags = (
        "- tag: odd\n  sql: SELECT s.subject, (SELECT o.amount FROM orders o WHERE o.subject = s.subject) AS value"
        " FROM subjects s\n- tag: count\n  from: orders\n  value: count(*)\n"
    )
    project, made = built(tmp_path / "shop", {"tags/all.yaml": tags})
    assert "odd" in made.summary["inputs"]["odd"]["failed"]["en"]
    assert values(project, "count") == {"V01": 2, "13800138002": 1}


def test_a_plan_counts_whom_new_and_changed_staged_tags_would_move(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    project, _ = built(root, WITH_ALL)
    assert plan_project(project).changes == ()
    changed = TAGS.replace("30 DAY", "10 DAY") + (
        "- tag: level_two\n  imported: {read: data/levels.csv, by: {member_id: card}, value: level}\n"
    )
    project = project_at(root, {**WITH_ALL, "tags/all.yaml": changed})
    found = {each.code: (each.what, each.customers, each.of) for each in plan_project(project).changes}
    assert found == {"spent": ("changed", 1, 2), "star": ("changed", 0, 2), "level_two": ("new", 1, 2)}
    with current_build(root, project) as current:
        assert "tag_input_level_two" not in current.tables


def test_a_plan_refuses_what_would_fail(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    built(root, WITH_ALL)
    tags = "- tag: order_now\n  sql: SELECT subject, order_id AS value FROM orders\n"
    project = project_at(root, {"tags/all.yaml": tags})
    with pytest.raises(DefinitionError, match=r"tags/all.yaml:1: the query gives more than one row for 1 customer"):
        plan_project(project)
    wrong = WITH_ALL["tags/all.yaml"].replace("value: level", "value: levle")
    project = project_at(root, {"tags/all.yaml": wrong})
    with pytest.raises(DefinitionError, match=r"no column 'levle' \(did you mean level\?\)"):
        plan_project(project)


def test_time_alone_moves_them(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    project, _ = built(root, WITH_ALL)
    set_care(project, "V01")
    for days, spent, care in ((0, 200.0, "VIP"), (10, 80.0, "VIP"), (40, None, "VIP"), (300, None, None)):
        build(project, as_of=MOMENT + timedelta(days=days))
        found = values(project, "spent")["V01"]
        assert (None if found is None else float(found), values(project, "care")["V01"]) == (spent, care), days


def test_stored_kinds_are_tags_of_their_own_not_of_a_segment(tmp_path: Path) -> None:
    segment = "- segment: s\n  where: x > 1\n  with:\n    x: {sql: 'SELECT subject, 1 AS value FROM orders'}\n"
    with pytest.raises(DefinitionError, match="must be a statistic over facts"):
        project_at(tmp_path / "shop", {"segments/s.yaml": segment})


def test_as_of_before_anything_was_set(tmp_path: Path) -> None:
    project, _ = built(tmp_path / "shop", WITH_ALL)
    set_care(project, "V01")
    build(project, as_of=datetime(2026, 6, 25))
    assert values(project, "care")["V01"] is None
