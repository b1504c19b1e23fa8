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


def changes_step(same: Sequence[str], as_of: datetime, build: int, moves: str | None = None) -> SqlStep:
    """Return the step that writes (subject, tag, old, new, at, build) for the tags whose definition is the same.

    `moves` names a table (subject, tag, old, new) of what other tags did. The rows are temporary until they are put
    behind those of earlier builds: so they are pressed together for the file once.
    """
    parts = [f"SELECT subject, tag, old, new FROM {quoted(moves)}"] if moves else []
    for start in range(0, len(same), _TOGETHER):
        codes = same[start : start + _TOGETHER]
        pairs = pairs_query("previous.tags", "tags", codes)
        parts.append(f"(WITH both_values AS MATERIALIZED ({pairs})\n  {moves_query('both_values', codes)})")
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
    source = "\nUNION ALL\n".join(parts or [_EMPTY])
    sql = f"CREATE OR REPLACE TEMP TABLE {TABLE} AS\nSELECT {columns}\nFROM ({source})\nORDER BY subject, tag"
    reads = [*(["tags", "previous.tags"] if same else []), *([moves] if moves else [])]
    return SqlStep("tag: changes", sql, TABLE, tuple(reads))


def pairs_query(old: str, new: str, codes: Sequence[str]) -> str:
    """Return the SELECT of who differs in a tag: subject, its values in two tables, and whether each has a row of it.

    Who has a row in one of them only differs, too.
    """
    differs = [f"o.{quoted(code)} IS DISTINCT FROM n.{quoted(code)}" for code in codes]
    both = [f"o.{quoted(code)} AS o{place}, n.{quoted(code)} AS n{place}" for place, code in enumerate(codes)]
    columns = ", ".join(["subject", "o.subject IS NOT NULL AS was", "n.subject IS NOT NULL AS stays", *both])
    where = " OR ".join([*differs, "o.subject IS NULL", "n.subject IS NULL"])
    return f"SELECT {columns}\n  FROM {old} o FULL JOIN {new} n USING (subject)\n  WHERE {where}"


def moves_query(pairs: str, codes: Sequence[str]) -> str:
    """Return the SELECT of (subject, tag, old, new), values as texts, from the rows of `pairs_query`."""
    return "\n  UNION ALL ".join(
        f"SELECT subject, {quoted_text(code)} AS tag, CAST(o{place} AS VARCHAR) AS old, "
        f"CAST(n{place} AS VARCHAR) AS new FROM {pairs} WHERE o{place} IS DISTINCT FROM n{place}"
        for place, code in enumerate(codes)
    ) or _EMPTY  # fmt: skip


def new_rows_query(pairs: str, codes: Sequence[str]) -> str:
    """Return the SELECT of the new rows, columns by the tags' names, from the rows of `pairs_query`."""
    columns = ", ".join(["subject", *(f"n{place} AS {quoted(code)}" for place, code in enumerate(codes))])
    return f"SELECT {columns} FROM {pairs} WHERE stays"
