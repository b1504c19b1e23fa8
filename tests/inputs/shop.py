"""A warehouse with customers who have phones, and a folder beside it, for stagers alone; and a whole small project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.definition import IdentifierKind, IdentityDefinition, Trust
from huaxiang.inputs.stage import stage_inputs
from huaxiang.inputs.staging import Context
from huaxiang.pipeline import build
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey
from huaxiang.project import Project, load_project
from huaxiang.registry import Build, Registry
from huaxiang.scaffold import create_project
from huaxiang.words import Words
from tests.tag.tag_shop import AS_OF, ZONE, tags_of, warehouse

MASTER = MasterKey(bytes(range(32)))
PHONES = {1: "13800138001", 2: "13800138002", 3: "13800138003"}
IDENTITY = IdentityDefinition((IdentifierKind("phone", Words("phone", "手机号"), Trust.CERTAIN, 3),))


@contextmanager
def desk(root: Path, *, as_of: datetime = AS_OF, zone: str = ZONE) -> Iterator[Context]:
    """Give what stagers need: customers 1 to 3, each with the phone of PHONES."""
    with warehouse(PHONES, {}) as engine:
        numbers = BlindIndex(MASTER).many("phone", list(PHONES.values()))
        table = pa.table({"node": numbers[:, 0], "lo": numbers[:, 1], "subject": list(PHONES)})
        with engine.shown(_known=table):
            engine.run("CREATE TABLE identifiers AS SELECT *, 'phone' AS kind FROM _known")
        registry = Registry(root / "registry.db")
        yield Context(engine, registry, root, root, "shop", IDENTITY, zone, as_of)
        registry.close()


def staged(context: Context, text: str) -> tuple[dict[int, Any], dict[str, Any]]:
    """Stage the tag x of YAML text; return subject → value, and what became of the rows."""
    found = stage_inputs(context, tags_of(text))
    return dict(context.engine.rows("SELECT subject, value FROM tag_input_x")), found["x"]


def merge(engine: Engine, *merges: tuple[int, int, int]) -> None:
    """Record merges (from, into, build), and take those that are gone from the subjects."""
    engine.run("CREATE OR REPLACE TABLE merges (from_subject BIGINT, into_subject BIGINT, build INTEGER)")
    for each in merges:
        engine.run("INSERT INTO merges VALUES (?, ?, ?)", each)
        engine.run("DELETE FROM subjects WHERE subject = ?", [each[0]])


FILES = {
    "sources/shop.yaml": """
- source: shop
  read: data/orders.csv
  into: orders
  identifiers: {member_id: card, phone: phone}
  key: [order_id]
  columns: {order_id: order, occurred_at: time, amount: amount}
""",
    "data/orders.csv": """order,time,card,phone,amount
A1,2026-06-02 10:00,V01,,120
A2,2026-06-20 18:30,V01,,80
A3,2026-06-21 09:00,,13800138002,50
""",
}
MOMENT = datetime(2026, 6, 29, 16)


def project_at(root: Path, files: Mapping[str, str]) -> Project:
    """Make a project of FILES and more, and load it."""
    if not root.exists():
        create_project(root, "blank")
    for name, text in {**FILES, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return load_project(root)


def built(root: Path, files: Mapping[str, str], as_of: datetime = MOMENT) -> tuple[Project, Build]:
    """Make the project and build it."""
    project = project_at(root, files)
    return project, build(project, as_of=as_of)
