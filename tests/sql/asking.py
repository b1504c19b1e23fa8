"""A few facts to ask queries of, and what comes back: rows, or faults."""

from __future__ import annotations

from typing import Any

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.engine.duckdb import Engine
from huaxiang.model import BUILT_IN
from huaxiang.sql.query import check_query, query_sql
from huaxiang.tag.kinds.sql import tables_of
from tests.tag.tag_shop import AS_OF, ZONE, ago

TABLES = tables_of(BUILT_IN)
ORDERS = [
    {"subject": 1, "order_id": "a", "occurred_at": ago(3), "amount": 10, "quantity": 0.1, "category": "tea"},
    {"subject": 1, "order_id": "b", "occurred_at": ago(40), "amount": 5, "quantity": 0.2, "category": "tea"},
    {"subject": 1, "order_id": "c", "occurred_at": ago(-1), "amount": 99, "quantity": 9.0, "category": "later"},
    {"subject": 2, "order_id": "d", "occurred_at": ago(200), "amount": 7, "category": "milk"},
    {"subject": None, "order_id": "e", "occurred_at": ago(1), "amount": 77, "category": "nobody"},
]
FEEDBACK = [{"subject": 1, "occurred_at": ago(4), "score": 9}, {"subject": 1, "occurred_at": None, "score": 2}]


def run(engine: Engine, text: str, zone: str = ZONE) -> list[tuple[Any, ...]]:
    faults = Faults()
    query = check_query(Text(text), TABLES, faults)
    assert query is not None, [fault.say("en") for fault in faults.found]
    return sorted(engine.rows(query_sql(query, AS_OF, zone)), key=str)


def faults_of(text: str) -> list[str]:
    faults = Faults()
    assert check_query(Text(text, Place("tags/x.yaml", 7)), TABLES, faults) is None
    return [fault.say("en") for fault in faults.found]
