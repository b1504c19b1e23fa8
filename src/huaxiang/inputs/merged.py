"""Whom a subject of earlier days is part of today, by the merges of all builds."""

from __future__ import annotations

from huaxiang.engine.duckdb import Engine, quoted

MERGED = "input_merged"
"""(origin, subject): a subject as it was noted once, and who it is now."""


def merged_sql(engine: Engine, subjects: str) -> str:
    """Return SELECT origin, subject for the subjects a SELECT gives (column subject).

    Who is still there is itself. Who is not is followed from merge to merge, each later than the one before; who was
    merged more than once (split off between) went where the last merge says.
    """
    return f"""
WITH RECURSIVE given AS (SELECT DISTINCT subject FROM ({subjects}) WHERE subject IS NOT NULL),
  all_merges AS ({_merges(engine)}),
  chain(origin, subject, build) AS (
    SELECT subject, subject, -1 FROM given ANTI JOIN subjects USING (subject)
    UNION
    SELECT chain.origin, all_merges.into_subject, all_merges.build
    FROM chain JOIN all_merges ON all_merges.from_subject = chain.subject AND all_merges.build >= chain.build
  )
SELECT subject AS origin, subject FROM given SEMI JOIN subjects USING (subject)
UNION ALL
SELECT origin, arg_max(subject, ROW(build, subject)) AS subject FROM chain SEMI JOIN subjects USING (subject)
GROUP BY origin""".strip()


def origins(engine: Engine, subject: int) -> list[int]:
    """Return every subject that is (part of) this one today, itself first."""
    # Back along all merges: more than enough, for who was split off again may be among them.
    back = f"""
WITH RECURSIVE all_merges AS ({_merges(engine)}), back(subject) AS (
  SELECT CAST({int(subject)} AS BIGINT) UNION SELECT from_subject FROM all_merges JOIN back ON into_subject = subject
) SELECT subject FROM back"""
    pairs = engine.rows(merged_sql(engine, back))
    return [subject, *sorted(origin for origin, now in pairs if now == subject and origin != subject)]


def _merges(engine: Engine) -> str:
    # While a build is being made its own merges are apart from those of the builds before.
    known = engine.rows(
        "SELECT database_name, table_name FROM duckdb_tables() "
        "WHERE table_name IN ('merges', 'merges_new') AND NOT temporary ORDER BY ALL"
    )
    parts = [
        f"SELECT from_subject, into_subject, build FROM {quoted(database)}.{quoted(table)}" for database, table in known
    ]
    empty = "SELECT 0::BIGINT AS from_subject, 0::BIGINT AS into_subject, 0 AS build WHERE false"
    return " UNION ALL ".join([*parts, empty])
