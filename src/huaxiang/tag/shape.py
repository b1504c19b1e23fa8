"""What the compiler asks an engine about a fact table: its columns, the values of small ones, how its times lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.model import IN_ORDER


@dataclass(frozen=True)
class Shape:
    """A fact table as stored. `values` holds the sorted values of each ENUM column.

    `late`: some facts are later than as_of, and must not count. `timeless`: some facts have no time (they always hold);
    they are in no window, and older than everything.
    `in_order`: so many facts from the first on stand by subject and time (None: all do).
    """

    table: str
    values: Mapping[str, tuple[str, ...]]
    late: bool
    timeless: bool
    columns: frozenset[str] = frozenset()
    rows: int = 0
    in_order: int | None = None


def shape_of(engine: Engine, table: str, as_of: datetime) -> Shape:
    """Ask the engine for the shape of a fact table, seen at a moment."""
    columns = engine.columns(table)
    enums = [name for name, type_ in columns.items() if type_.startswith("ENUM")]
    ranges = ", ".join(f"enum_range(any_value({quoted(name)}))" for name in enums)
    values = engine.rows(f"SELECT {ranges} FROM (SELECT * FROM {quoted(table)} LIMIT 1)")[0] if enums else ()
    rows = int(engine.one(f"SELECT count(*) FROM {quoted(table)}"))
    # Asked so, what the engine knows of each stretch of the column tells it where there can be none.
    late = bool(engine.rows(f"SELECT 1 FROM {quoted(table)} WHERE occurred_at > ? LIMIT 1", [as_of]))
    timeless = bool(engine.rows(f"SELECT 1 FROM {quoted(table)} WHERE occurred_at IS NULL LIMIT 1"))
    known = dict(zip(enums, map(tuple, values), strict=True))
    ordered = None
    if IN_ORDER in engine.tables():
        ordered = engine.one(f"SELECT facts FROM {IN_ORDER} WHERE fact = ?", [table])
    return Shape(table, known, late, timeless, frozenset(columns), rows, ordered)
