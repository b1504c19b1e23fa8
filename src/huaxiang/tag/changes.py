"""Which values moved since the previous build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.steps import SqlStep
from huaxiang.tag.measures import literal

TABLE = "tag_changes_new"
_EMPTY = "SELECT NULL AS subject, NULL AS tag, NULL AS old, NULL AS new WHERE false"


def changes_step(same: Sequence[str], as_of: datetime, build: int, among: str | None = None) -> SqlStep:
    """Return the step that writes (subject, tag, old, new, at, build) for the tags whose definition is the same.

    `among` names a table of the only subjects that can have moved.
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
    sql = f"CREATE OR REPLACE TABLE {TABLE} AS\nSELECT {columns}\nFROM ({source})\nORDER BY subject, tag"
    return SqlStep("tag: changes", sql, TABLE, ("tags", "previous.tags") if same else ())


def _moved(same: Sequence[str], among: str | None) -> str:
    """One join for all tags; each subject gives a row per tag that moved."""
    moves = ",\n  ".join(
        f"CASE WHEN o.{name} IS DISTINCT FROM n.{name} THEN "
        f"struct_pack(tag := {quoted_text(code)}, old := CAST(o.{name} AS VARCHAR), "
        f"new := CAST(n.{name} AS VARCHAR)) END"
        for code, name in ((code, quoted(code)) for code in same)
    )
    differs = "\n  OR ".join(f"o.{quoted(code)} IS DISTINCT FROM n.{quoted(code)}" for code in same)
    joined = (
        f"SELECT subject, unnest(list_filter([{moves}], lambda each: each IS NOT NULL)) AS move\n"
        f"FROM {_of('previous.tags', among)} o FULL JOIN {_of('tags', among)} n USING (subject)\nWHERE {differs}"
    )
    return f"SELECT subject, move.tag AS tag, move.old AS old, move.new AS new FROM ({joined})"


def _of(table: str, among: str | None) -> str:
    return table if among is None else f"(SELECT * FROM {table} SEMI JOIN {quoted(among)} USING (subject))"
