"""Answers of queries: a row per subject, or none at all."""

from __future__ import annotations

from huaxiang.engine.duckdb import quoted
from huaxiang.errors import ProjectError
from huaxiang.inputs.staging import Context, Staged
from huaxiang.sql.query import query_sql
from huaxiang.tag.kinds.base import input_table
from huaxiang.tag.kinds.sql import Queried
from huaxiang.words import Count, Words


def stage_query(context: Context, code: str, meaning: Queried) -> Staged:
    """Run a query and write its answer. Raises ProjectError when a subject has more than one row."""
    answer = query_sql(meaning.query, context.as_of, context.zone)
    grouped = (
        f"SELECT subject, any_value(value) AS value, count(*) AS _rows FROM (\n{answer}\n)\n"
        "SEMI JOIN subjects USING (subject) GROUP BY subject"
    )
    used = context.write(code, meaning.type, grouped)
    table = quoted(input_table(code))
    several = Count(context.engine.one(f"SELECT count(*) FROM {table} WHERE _rows > 1"))
    if several:
        raise ProjectError(
            Words(
                f"the query gives more than one row for {several} {several:customer|customers}: "
                "group by subject, or pick one row",
                f"查询对 {several} 位客户给出了不止一行：请用 group by subject 汇总，或只取一行",
            )
        )
    context.engine.run(f"ALTER TABLE {table} DROP COLUMN _rows")
    return Staged(used, used)
