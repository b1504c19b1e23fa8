"""Quality by source and column, before and after: worked out by hand, and it adds up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from huaxiang.pipeline import Settings, build, store_paths
from huaxiang.privacy.keys import KEY_VARIABLE
from huaxiang.project import load_project
from huaxiang.registry import Registry
from tests.small_shop import MASTER, NOW

PROJECT = "project: shop\nlocale: zh-CN\ntime_zone: Asia/Shanghai\n"
IDENTITY = "identifiers:\n  phone: {trust: certain, per_person: 3}\n"
SOURCE = """
source: pos
channel: store
read: data/*.csv
into: orders
identifiers: {phone: [mobile, second]}
personal: {name: buyer}
key: [order_id]
columns: {order_id: no, occurred_at: at, amount: amount, quantity: qty, category: dept, channel: via}
reject: ["amount < 0"]
"""
ROWS = """no,at,mobile,second,buyer,amount,qty,dept,via
A1,2026-01-05,13812345678,,王小明,120,1,茶,web
A1,2026-01-06,13812345678,13912345678,王小明,130,x,茶,
A2,2026-02-05,12,,,30,x,,
A3,2026-02-30,13912345678,,李雷,30,1,茶,
A4,2026-02-07,,,李雷,-5,2,酒,
A5,2026-02-08
"""


@pytest.fixture
def counts(tmp_path: Path) -> dict[str, dict[str, Any]]:
    files = {"huaxiang.yaml": PROJECT, "identity.yaml": IDENTITY, "sources/pos.yaml": SOURCE, "data/a.csv": ROWS}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with patch.dict(os.environ, {KEY_VARIABLE: MASTER.as_text()}):
        project = load_project(tmp_path)
        build(project, as_of=NOW, settings=Settings(workers=1))
    registry = Registry(store_paths(project)["registry"])
    found = {row["column"]: row["counts"] for row in registry.quality(1)}
    registry.close()
    return found


def test_before_and_after_by_hand(counts: dict[str, dict[str, Any]]) -> None:
    assert {name: counts[""][name] for name in ("rows", "facts", "duplicates", "quarantined")} == {
        "rows": 6, "facts": 2, "duplicates": 1, "quarantined": 3,
    }  # fmt: skip
    names = ("missing", "invalid", "known", "empty", "doubled")
    found = {column: tuple(of[name] for name in names) for column, of in counts.items() if column}
    assert found == {
        "order_id": (0, 0, 2, 0, 1),
        "occurred_at": (0, 1, 2, 0, 1),
        "amount": (0, 0, 2, 0, 1),
        "quantity": (0, 2, 0, 2, 1),
        "category": (1, 0, 1, 1, 1),
        # What no row says is the channel of the source.
        "channel": (4, 0, 2, 0, 1),
        # Taken from two columns: every row counts twice, and duplicates join people as well.
        "phone": (5, 1, 3, 3, 0),
        "name": (1, 0, 2, 1, 0),
    }


def test_every_column_adds_up(counts: dict[str, dict[str, Any]]) -> None:
    for column, of in counts.items():
        if column:
            by = 2 if column == "phone" else 1
            assert (of["rows"], of["unread"], of["stopped"]) == (6 * by, by, 3 * by)
            assert of["rows"] == of["known"] + of["empty"] + of["doubled"] + of["stopped"]
            assert of["missing"] + of["invalid"] + of["unread"] <= of["rows"]
