"""A build of an older version, which computed or kept values otherwise, is not gone on from: all is built in full."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from huaxiang.engine.duckdb import SQL_TYPES
from huaxiang.model import Type
from huaxiang.pipeline import Settings, build, refresh
from huaxiang.pipeline import run as run_module
from huaxiang.project import load_project
from huaxiang.tag import tagset as tagset_module
from tests.read.sample import with_key

FILES = {
    "huaxiang.yaml": "project: shop\nlocale: en\n",
    "identity.yaml": "identifiers:\n  member_id: {trust: certain, per_person: 1}\n",
    "sources/s.yaml": """
source: s
read: data/*.csv
into: orders
identifiers: {member_id: card}
columns: {order_id: no, occurred_at: at, amount: sum}
""",
    "tags/t.yaml": "- {tag: spend, from: orders, value: sum(amount)}\n",
    "data/a.csv": "no,card,at,sum\n1,A,2026-05-01,918.785\n2,A,2026-05-02,0.004\n",
}


OLDER = {
    "amounts in cents": (run_module, "SQL_TYPES", {**SQL_TYPES, Type.MONEY: "DECIMAL(18,2)"}),
    "another meaning of tags": (tagset_module, "FORMULA_VERSION", "older"),
}


@pytest.mark.parametrize(("module", "name", "value"), OLDER.values(), ids=OLDER.keys())
def test_the_first_refresh_of_an_older_build_is_a_full_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: object
) -> None:
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    settings = Settings(workers=1)
    with with_key():
        with monkeypatch.context() as older:
            older.setattr(module, name, value)
            build(load_project(tmp_path), as_of=datetime(2026, 6, 1), settings=settings)
        first = refresh(load_project(tmp_path), as_of=datetime(2026, 6, 2), settings=settings)
        second = refresh(load_project(tmp_path), as_of=datetime(2026, 6, 3), settings=settings)
    assert "rebuilt" in first.summary
    assert "refresh" in second.summary
