"""The steps of a sequence: one walk through a subject's facts in time, a level for each step.

For each fact the walk knows, for each step it can serve, the latest start of a chain of earlier facts, one for each
step before. The latest start is the best: it leaves most of the time allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from huaxiang.engine.duckdb import quoted
from huaxiang.tag.families import Moment, not_later
from huaxiang.tag.kinds.base import Part, Steps
from huaxiang.tag.measures import literal
from huaxiang.tag.preferences import Sql
from huaxiang.tag.shape import Shape

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Walk:
    """Steps to plan: the table its answer is in, and where the window begins."""

    table: str
    wanted: Steps
    since: datetime | None

    def column(self, part: Part) -> str:
        """Return the column of one part of the answer."""
        return f"{self.table}:{part}"


def walk_query(walk: Walk, shape: Shape, moment: Moment, conditions: tuple[str, ...], sql: Sql) -> str:
    """Return SELECT subject, how far, when first completed, how often; `conditions` are those of `walk.wanted.met`.

    Facts at one moment stand in the order of the first step they meet, so that a later step is never earlier. Facts
    that are taken together stand at the first of them, and meet what any of them meets.
    """
    steps = [sql(step) for step in walk.wanted.steps]
    marks = " | ".join(f"CASE WHEN {step} THEN {1 << place} ELSE 0 END" for place, step in enumerate(steps))
    where = [moment.whose, "occurred_at IS NOT NULL", *conditions, *not_later(shape, moment)]
    where += [f"occurred_at >= {literal(walk.since)}"] if walk.since else []
    per = walk.wanted.selection.per
    moment_of, mask = ("min({})", "bit_or({})") if per else ("{}", "{}")
    columns = f"{moment_of.format('epoch_us(occurred_at)')} AS moment, {mask.format(marks)} AS mask"
    met = f"SELECT subject, {columns} FROM {quoted(shape.table)}\n    WHERE {' AND '.join(where)}"
    met += f" GROUP BY subject, {quoted(per)}" if per else ""
    # A name with an underscore in front is no fact table's.
    levels = [
        f"_met AS ({met})",
        "_level_1 AS (SELECT subject, moment, mask, CASE WHEN (mask & 1) <> 0 THEN moment END AS s1 FROM _met)",
    ]
    levels += [_level(number, walk.wanted.within) for number in range(2, len(steps) + 1)]
    last = len(steps)
    far = " ".join(f"WHEN count(s{number}) > 0 THEN {number}" for number in range(last, 0, -1))
    answers = {
        Part.REACHED: f"CASE {far} ELSE 0 END",
        Part.COMPLETED: f"make_timestamp(min(CASE WHEN s{last} IS NOT NULL THEN moment END))",
        Part.TIMES: f"count(s{last})",
    }
    columns = ", ".join(f"{answer} AS {quoted(walk.column(part))}" for part, answer in answers.items())
    chain = ",\n  ".join(levels)
    return f"WITH {chain}\nSELECT subject, {columns}\nFROM _level_{last}\nGROUP BY subject"


def _level(number: int, within: timedelta | None) -> str:
    start = f"max(s{number - 1}) OVER _line"
    holds = f"(mask & {1 << (number - 1)}) <> 0"
    if within is not None:
        holds += f" AND moment - {start} <= {within // _MICROSECOND}"
    line = "PARTITION BY subject ORDER BY moment, mask & -mask, mask ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return (
        f"_level_{number} AS (SELECT *, CASE WHEN {holds} THEN {start} END AS s{number}\n"
        f"    FROM _level_{number - 1} WINDOW _line AS ({line}))"
    )
