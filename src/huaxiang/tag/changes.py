"""Which values moved since the previous build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.steps import SqlStep
from huaxiang.tag.measures import literal

TABLE = "tag_changes_new"
_TOGETHER = 10
"""So many tags share a join: their values are held until each tag has taken its own."""
_EMPTY = "SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false"


def changes_step(same: Sequence[str], as_of: datetime, build: int, among: str | None = None) -> SqlStep:
    """Return the step that writes (subject, tag, old, new, at, build) for the tags whose definition is the same.

    `among` names a table of the only subjects that can have moved. The rows are temporary until they are put behind
    those of earlier builds: so they are pressed together for the file once.
    """
    source = _moved(same, among) if same else _EMPTY
    columns = ", ".join(
        (
            "CAST(subject AS BIGINT) AS subject",
            "CAST(tag AS VARCHAR) AS tag",
            "CAST(old AS VARCHAR) AS old",
            "CAST(new AS VARCHAR) AS new",
            f"{literal(as_of)} AS at",
            f"CAST({build} AS BIGINT) AS build",
        )
    )
    sql = f"CREATE OR REPLACE TEMP TABLE {TABLE} AS\nSELECT {columns}\nFROM ({source})\nORDER BY subject, tag"
    return SqlStep("tag: changes", sql, TABLE, ("tags", "previous.tags") if same else ())


def _moved(same: Sequence[str], among: str | None) -> str:
    """A join for each few tags, of those who differ in one of them; then each tag takes its own two columns of it."""
    return "\nUNION ALL\n".join(
        _moved_in(same[start : start + _TOGETHER], among) for start in range(0, len(same), _TOGETHER)
    )


def _moved_in(codes: Sequence[str], among: str | None) -> str:
    columns = [quoted(code) for code in codes]
    both = ", ".join(f"o.{name} AS o{place}, n.{name} AS n{place}" for place, name in enumerate(columns))
    differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in columns)
    joined = (
        f"SELECT subject, {both}\n  FROM {_of('previous.tags', columns, among)} o "
        f"FULL JOIN {_of('tags', columns, among)} n USING (subject)\n  WHERE {differs}"
    )
    moves = "\n  UNION ALL ".join(
        f"SELECT subject, {quoted_text(code)} AS tag, CAST(o{place} AS VARCHAR) AS old, "
        f"CAST(n{place} AS VARCHAR) AS new FROM both_values WHERE o{place} IS DISTINCT FROM n{place}"
        for place, code in enumerate(codes)
    )
    return f"(WITH both_values AS MATERIALIZED ({joined})\n  {moves})"


def _of(table: str, columns: Sequence[str], among: str | None) -> str:
    whose = "" if among is None else f" SEMI JOIN {quoted(among)} USING (subject)"
    return f"(SELECT subject, {', '.join(columns)} FROM {table}{whose})"
