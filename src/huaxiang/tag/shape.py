"""What the compiler asks an engine about a fact table: its columns, the values of small ones, its latest fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.model import IN_ORDER


@dataclass(frozen=True)
class Shape:
    """A fact table as stored. `values` holds the sorted values of each ENUM column; `latest` is None when empty.

    `timeless`: some facts have no time (they always hold); they are in no window, and older than everything.
    `in_order`: so many facts from the first on stand by subject and time (None: all do).
    """

    table: str
    values: Mapping[str, tuple[str, ...]]
    latest: datetime | None
    timeless: bool
    columns: frozenset[str] = frozenset()
    rows: int = 0
    in_order: int | None = None

    def ends_after(self, as_of: datetime) -> bool:
        """Whether there are facts later than `as_of`, which must not count."""
        return self.latest is not None and self.latest > as_of


def shape_of(engine: Engine, table: str) -> Shape:
    """Ask the engine for the shape of a fact table."""
    columns = engine.columns(table)
    enums = [name for name, type_ in columns.items() if type_.startswith("ENUM")]
    ranges = ", ".join(f"enum_range(any_value({quoted(name)}))" for name in enums)
    values = engine.rows(f"SELECT {ranges} FROM (SELECT * FROM {quoted(table)} LIMIT 1)")[0] if enums else ()
    # All three are known to the engine without reading a fact, where none was taken out since the table was written.
    latest, timed, rows = engine.rows(f"SELECT max(occurred_at), count(occurred_at), count(*) FROM {quoted(table)}")[0]
    known = dict(zip(enums, map(tuple, values), strict=True))
    ordered = None
    if IN_ORDER in engine.tables():
        ordered = engine.one(f"SELECT facts FROM {IN_ORDER} WHERE fact = ?", [table])
    return Shape(table, known, latest, timed < rows, frozenset(columns), int(rows), ordered)
