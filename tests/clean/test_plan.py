"""From a source's definition to its plan: faults all at once, readings shared, nothing that a worker cannot be sent."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from huaxiang.clean.plan import CleanPlan, compile_source, key_sql
from huaxiang.clean.typed import typed_sql
from huaxiang.definitions.nodes import Faults
from tests.definitions.test_golden import agrees
from tests.small_shop import KINDS, NOW, ZONE, checked

CASES = YAML(typ="safe", pure=True).load(Path(__file__).parent.parent / "definitions" / "golden" / "plans.yaml")
HEADERS = frozenset({"id", "at", "n", "note"})


def source_text(case: dict[str, Any]) -> str:
    """Lines 1 to 3 are the head; each column has a line of its own from line 5 on, then rules and identifiers."""
    lines = ["source: s", "read: data/*.csv", "into: interactions", "columns:"]
    lines += [f"  {name}: {json.dumps(text)}" for name, text in case["columns"].items()]
    lines += [f"{key}: {json.dumps(case[key])}" for key in ("identifiers", "reject", "lookups") if key in case]
    return "\n".join(lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_golden_faults(case: dict[str, Any]) -> None:
    faults = Faults()
    lent = {"goods": ("sku", "dept")}
    plan = compile_source(checked(source_text(case)), KINDS, ZONE, NOW, faults, HEADERS, lent)
    agrees(faults, case["faults"])
    assert (plan is None) is bool(case["faults"])


def plan_of(more: str, headers: frozenset[str] | None = HEADERS) -> CleanPlan:
    faults = Faults()
    source = checked(f"{{source: s, read: data/*.csv, {more}}}")
    plan = compile_source(source, KINDS, ZONE, NOW, faults, headers)
    assert plan is not None, [fault.say("en") for fault in faults.found]
    return plan


def test_a_text_read_twice_is_one_reading() -> None:
    plan = plan_of(
        "into: orders, columns: {order_id: id, occurred_at: at, amount: n * 2, quantity: n, discount: n + 1}"
    )
    forms = [reading.form for reading in plan.readings]
    assert len(plan.readings) == 3
    assert sorted(set(forms)) == list(range(len(plan.forms)))
    assert [column.computed for column in plan.columns] == [False, False, True, True, False]


def test_identifiers_are_in_the_order_of_identity() -> None:
    plan = plan_of("into: attributes, identifiers: {phone: [n, note], member_id: id}, columns: {level: at}")
    assert [plan.personal[place].kind for place in plan.identifiers] == ["member_id", "phone", "phone"]
    assert plan.identifier_places == {"member_id": (2,), "phone": (0, 1)}


def test_personal_kinds_identify_only_where_they_are_declared_to() -> None:
    plan = plan_of(
        "into: attributes, identifiers: {phone: n}, personal: {phone: note, comment: note}, columns: {level: at}"
    )
    assert [(each.kind, each.identifies, each.free) for each in plan.personal] == [
        ("phone", True, False), ("phone", False, False), ("comment", False, True),
    ]  # fmt: skip


def test_what_derives_fills_columns_that_are_not_mapped() -> None:
    plan = plan_of("into: attributes, personal: {address: [n, note]}, columns: {city: at}")
    assert plan.typed_names == {"city", "province", "district"}
    province = next(column for column in plan.columns if column.name == "province")
    assert plan.readings[int(province.sql.removeprefix("_c"))].text == 'COALESCE(r.":d_province 0", r.":d_province 1")'


def test_only_named_columns_are_read() -> None:
    plan = plan_of("into: interactions, identifiers: {phone: n}, columns: {occurred_at: at}, reject: [\"note = 'x'\"]")
    assert set(plan.names) == {"n", "at", "note"}


def test_a_plan_travels() -> None:
    plan = plan_of("into: attributes, identifiers: {id_card: id}, personal: {name: note}, columns: {level: at}")
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_the_number_of_a_fact_is_that_of_its_key_or_of_its_place() -> None:
    keyed = plan_of("into: attributes, identifiers: {member_id: id}, key: [member_id, level], columns: {level: at}")
    assert "_n0" in key_sql(keyed, "a.csv")
    assert "a.csv" not in key_sql(keyed, "a.csv")
    placed = plan_of("into: attributes, columns: {level: at}")
    sql = key_sql(placed, "o'clock.csv")
    assert all(each in sql for each in ("'o''clock.csv'", "t._row", "t._item"))


def test_sql_stays_short() -> None:
    """Planning a query costs by its length: the full conversions are not in it."""
    plan = plan_of("into: orders, columns: {order_id: id, occurred_at: at, amount: n}")
    assert len(typed_sql(plan, "raw")) < 6000
