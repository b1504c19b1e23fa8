"""Queries: what is understood runs and is right, what is not is refused with the place and the nearest right word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import Engine
from huaxiang.model import Type
from huaxiang.sql.query import check_query, query_sql
from tests.sql.asking import TABLES, faults_of, run
from tests.tag.tag_shop import AS_OF, ZONE


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT subject, count(*) AS n FROM orders GROUP BY subject", [(1, 2), (2, 1)]),
        ("SELECT subject, sum(amount) AS n FROM orders GROUP BY 1", [(1, Decimal(15)), (2, Decimal(7))]),
        ("SELECT subject, max(f.score) AS n FROM orders JOIN feedback f USING (subject) GROUP BY subject", [(1, 9)]),
        (
            "SELECT s.subject, f.score FROM subjects s LEFT JOIN feedback f ON f.subject = s.subject AND f.score > 5",
            [(1, 9), (2, None), (3, None)],
        ),
        ("SELECT subject, score FROM feedback ORDER BY score DESC LIMIT 1", [(1, 9)]),
        (
            "WITH placed AS (SELECT subject, order_id, row_number() OVER (PARTITION BY subject ORDER BY occurred_at)"
            " AS place FROM orders) SELECT subject, order_id FROM placed WHERE place = 1"
            " UNION ALL SELECT subject, 'none' FROM subjects WHERE NOT EXISTS"
            " (SELECT 1 AS one FROM orders WHERE orders.subject = subjects.subject)",
            [(1, "b"), (2, "d"), (3, "none")],
        ),
    ],
)  # fmt: skip
def test_answers(engine: Engine, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert run(engine, text) == rows


def test_its_columns_have_types() -> None:
    inner = "SELECT subject, amount, occurred_at, 'x' AS word FROM orders"
    text = f"SELECT subject, avg(amount) AS a, max(occurred_at) AS b, word FROM ({inner}) t GROUP BY subject, word"
    query = check_query(Text(text), TABLES, Faults())
    assert query is not None
    assert list(query.columns.values()) == [Type.INTEGER, Type.NUMBER, Type.TIME, Type.TEXT]
    assert query.tables == {"orders"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT subject, amont FROM orders", "there is no 'amont' here (did you mean amount?)"),
        ("SELECT subject, 1 AS n FROM ordrs", "there is no table 'ordrs' here (did you mean orders?)"),
        ("SELECT * FROM orders", "name the columns instead of *"),
        ("SELECT subject, score FROM feedback UNION SELECT subject, category FROM orders", "on one side of the union"),
        ("SELECT subject, 1 AS n FROM orders o JOIN orders o ON true", "stands in from twice"),
        # What reaches beyond the facts.
        ("SELECT subject, 1 AS n FROM read_csv('/etc/passwd')", "is not a table of facts"),
        ("SELECT subject, 1 AS n FROM 'data/x.csv'", "there is no table"),
        ("SELECT subject, 1 AS n FROM previous.tags", "is not a table of facts"),
        ("SELECT subject, 1 AS n FROM identifiers", "there is no table 'identifiers'"),
        ("COPY orders TO 'x.csv'", "is not a SELECT"),
        ("ATTACH 'x.db' AS x", "is not a SELECT"),
        ("PRAGMA database_list", "is not a SELECT"),
        ("DROP TABLE orders", "is not a SELECT"),
        ("INSERT INTO orders SELECT 1", "is not a SELECT"),
        ("SELECT subject, 1 AS n FROM orders; DROP TABLE orders", "must be one expression"),
        ("WITH RECURSIVE a AS (SELECT subject FROM orders) SELECT subject, 1 AS n FROM a", "with recursive"),
        ("SELECT subject, 1 AS n FROM orders NATURAL JOIN feedback", "not allowed in this query"),
        ("SELECT subject, 1 AS n FROM orders USING SAMPLE 1", "sample is not allowed"),
        ("SELECT subject, 1 AS n FROM", "is not an expression"),
    ],
)  # fmt: skip
def test_refused(text: str, said: str) -> None:
    found = faults_of(text)
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("tags/x.yaml:7: ") for fault in found)


BEYOND = (
    "read_csv('/etc/passwd')", "read_csv_auto('/etc/passwd')", "read_text('/etc/passwd')", "read_blob('/etc/passwd')",
    "read_parquet('x')", "parquet_scan('x')", "parquet_metadata('x')", "read_json('x')", "read_json_objects('x')",
    "read_ndjson('x')", "sniff_csv('x')", "glob('/*')", "sqlite_scan('x.db', 't')", "postgres_query('x', 'y')",
    "query('select 1')",
    "query_table('tags')", "duckdb_settings()", "duckdb_secrets()", "duckdb_tables()",
    "pragma_database_list()", "pragma_table_info('tags')", "getenv('HOME')", "current_setting('temp_directory')",
    "which_secret('a', 'b')", "iceberg_scan('x')", "st_read('x')", "summary('x')", "test_all_types()", "range(10)",
    "generate_series(1, 10)", "repeat_row(1, num_rows=9)", "unnest([1, 2])", "python_map_function()",
    "arrow_scan(1, 2, 3)", "pandas_scan(1)", "seq_scan('tags')", "checkpoint()", "force_checkpoint()",
    "enable_logging()", "read_duckdb('x.db')",
    "from_substrait('x')", "json_execute_serialized_sql('x')", "nextval('x')",
    "txid_current()", "write_log('x')", "error('x')", "currval('x')", "in_search_path('a', 'b')", "version()",
)  # fmt: skip
"""Functions of the engine that open files, ask the engine itself, run texts as queries, or make rows of nothing."""
AROUND = (
    "SELECT subject, {} AS value FROM orders", "SELECT subject, 1 AS value FROM {}",
        "SELECT subject, 1 AS value FROM {} t",
    "SELECT subject, 1 AS value FROM orders, {} t", "SELECT subject, 1 AS value FROM orders JOIN {} t ON true",
    "SELECT subject, 1 AS value FROM orders CROSS JOIN LATERAL {} t",
    "SELECT subject, (SELECT max(a) AS a FROM {} t) AS value FROM orders",
    "WITH w AS (SELECT 1 AS subject, 1 AS value FROM {} t) SELECT subject, value FROM w",
    "SELECT subject, 1 AS value FROM orders WHERE {} IS NOT NULL",
    "SELECT subject, 1 AS value FROM orders WHERE EXISTS (SELECT 1 AS one FROM {} t)",
    "SELECT subject, 1 AS value FROM orders UNION ALL SELECT subject, 1 AS value FROM {} t",
    "SELECT subject, 1 AS value FROM orders ORDER BY {}", "SELECT subject, 1 AS value FROM orders LIMIT {}",
    "SELECT subject, sum(amount) OVER (PARTITION BY {}) AS value FROM orders",
    "SELECT subject, 1 AS value FROM (VALUES ({})) t(subject)", "FROM {}", "FROM {} SELECT subject, 1 AS value",
    "SELECT subject, CASE WHEN true THEN {} END AS value FROM orders",
        "SELECT subject, [x for x in {}] AS value FROM orders",
    "SELECT subject, amount.{} AS value FROM orders", "SELECT subject, COLUMNS({}) AS value FROM orders",
)  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_no_function_that_reaches_beyond_the_facts(around: str) -> None:
    assert [each for each in BEYOND if not faults_of(around.format(each))] == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT subject, 1 AS value FROM orders; SET enable_external_access = true", "SET threads = 1", "RESET threads",
        "USE previous", "LOAD httpfs", "INSTALL httpfs", "EXPORT DATABASE 'x'", "IMPORT DATABASE 'x'",
        "CALL duckdb_tables()",
        "CREATE TABLE x AS SELECT 1", "CREATE SECRET x (TYPE s3)", "EXPLAIN SELECT 1", "DESCRIBE orders", "SHOW TABLES",
        "SUMMARIZE orders", "CHECKPOINT", "VACUUM", "DETACH x", "PREPARE x AS SELECT 1", "EXECUTE x", "TABLE orders",
        "PIVOT orders ON category USING sum(amount)",
        "UNPIVOT orders ON amount INTO NAME a VALUE b", "FROM orders",
        'SELECT subject, 1 AS value FROM "/etc/passwd"', 'SELECT subject, 1 AS value FROM "data/x.csv"',
        "SELECT subject, 1 AS value FROM 'https://example.com/x.parquet'",
        "SELECT subject, 1 AS value FROM main.orders",
        "SELECT subject, 1 AS value FROM information_schema.tables", "SELECT subject, 1 AS value FROM duckdb_settings",
        "SELECT subject, 1 AS value FROM sqlite_master", "SELECT subject, 1 AS value FROM tags",
        "SELECT subject, $1 AS value FROM orders",
        "SELECT subject, ? AS value FROM orders", "SELECT subject, getvariable('x') AS value FROM orders",
        "SELECT subject, CAST(1 AS JSON) AS value FROM orders",
        "SELECT subject, 1 AS value FROM orders TABLESAMPLE 10%",
        "SELECT subject, 1 AS value FROM orders AT (VERSION => 1)",
        "SELECT subject, 1 AS value FROM orders POSITIONAL JOIN feedback",
        "SELECT subject, 1 AS value FROM orders ASOF JOIN feedback USING (subject)",
    ],
)  # fmt: skip
def test_no_statement_but_a_select_over_facts(text: str) -> None:
    assert faults_of(text)


def test_no_comment_reaches_the_engine() -> None:
    text = "SELECT subject, /* one */ 1 /* two */ AS n FROM orders WHERE amount > 3 /* three */ -- four"
    query = check_query(Text(text), TABLES, Faults())
    assert query is not None
    sql = query_sql(query, AS_OF, ZONE)
    assert not any(word in sql for word in ("/*", "--", "one", "two", "three", "four"))


def test_an_unknown_table_is_one_fault_not_many() -> None:
    assert len(faults_of("SELECT subject, sum(amount) AS n FROM ordrs GROUP BY subject")) == 1
