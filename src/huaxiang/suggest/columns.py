"""What a fact table of a sample holds: which columns are filled, which tell rows apart, which values are frequent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.model import VOID_STATUSES, FactTable, Type
from huaxiang.project import Project
from huaxiang.tag.measures import literal

SOLD = "status is null or status not in ({})".format(", ".join(f"'{each}'" for each in VOID_STATUSES))
"""The facts that came about; as the ready tags write it."""
STATUS = "status"
_MOST_VALUES, _MOST_DIFFERENT = 6, 200
LEAST = 20
"""A value that fewer customers have is never shown."""
_LEAST_SHARE = 0.03


@dataclass(frozen=True)
class Columns:
    """The columns of one table that are worth a look.

    `id` counts happenings (an order of several lines), `measures` are numbers, `kinds` texts that sort facts, each with
    its frequent values; `sold` is the condition that leaves out what was taken back, None where nothing was.
    """

    table: FactTable
    id: str | None
    measures: tuple[str, ...]
    different: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    sold: str | None


def columns_of(engine: Engine, project: Project, table: FactTable, since: datetime, customers: int) -> Columns | None:
    """Return what a table held up to `since`; None when that is nothing."""
    name, there = quoted(table.name), engine.columns(table.name)
    where = f"WHERE occurred_at <= {literal(since)}"
    rows = int(engine.one(f"SELECT count(*) FROM {name} {where}"))
    if not rows:
        return None
    keys = {key for source in project.sources if source.into.name == table.name for key in source.key}
    id_ = next((each for each in table.required if each in table.columns and _is_text(table, each)), None)
    mine = {each: column for each, column in table.columns.items() if each in there and each not in keys | {id_}}
    sizes = _sizes(engine, f"{name} {where}", [*mine, "channel"])
    filled = [each for each in mine if sizes[each] > 1]
    measures = tuple(each for each in filled if mine[each].type.numeric)
    texts = [each for each in filled if mine[each].type is Type.TEXT and sizes[each] < rows / 2]
    texts += ["channel"] if sizes["channel"] > 1 else []
    least = max(LEAST, customers * _LEAST_SHARE)
    kinds = {each: _values(engine, f"{name} {where}", each, least) for each in texts if sizes[each] <= _MOST_DIFFERENT}
    return Columns(
        table,
        id_ if id_ in there else None,
        measures,
        tuple(each for each in texts if each != STATUS),
        {each: values for each, values in kinds.items() if values},
        SOLD if STATUS in table.columns and _taken_back(engine, f"{name} {where}") else None,
    )


def _is_text(table: FactTable, column: str) -> bool:
    return table.columns[column].type is Type.TEXT


def _sizes(engine: Engine, source: str, names: list[str]) -> dict[str, int]:
    counts = ", ".join(f"count(DISTINCT {quoted(name)})" for name in names)
    (row,) = engine.rows(f"SELECT {counts} FROM {source}", step="columns: values")
    return dict(zip(names, row, strict=True))


def _values(engine: Engine, source: str, name: str, least: float) -> tuple[str, ...]:
    """Return the values that enough customers have, the most frequent first: few share no value with anybody."""
    column = quoted(name)
    rows = engine.rows(
        f"SELECT CAST({column} AS VARCHAR), count(DISTINCT subject) FROM {source} AND {column} IS NOT NULL "
        f"GROUP BY 1 HAVING count(DISTINCT subject) >= {least} ORDER BY 2 DESC, 1 LIMIT {_MOST_VALUES}",
        step=f"columns: values of {name}",
    )
    return tuple(value for value, _ in rows)


def _taken_back(engine: Engine, source: str) -> bool:
    void = ", ".join(quoted_text(each) for each in VOID_STATUSES)
    return bool(engine.one(f"SELECT count(*) FROM {source} AND CAST(status AS VARCHAR) IN ({void})"))
