"""The quality of every column of every source: as its rows came, and in the facts they became.

What came:       rows = good + missing + invalid + unread
What became of it: rows = known + empty + doubled + stopped

A row is `unread` when nothing of it could be read, `stopped` when it is quarantined, `doubled` when it is a duplicate.
`known` and `empty` are the values of the facts: what was missing, or could not be read, is empty there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huaxiang.engine.duckdb import Engine
from huaxiang.facts.compile import Cleaned
from huaxiang.model import HOLDS
from huaxiang.project import Project
from huaxiang.sources import Source


def quality_rows(
    engine: Engine, project: Project, parts: Sequence[Cleaned], counts: Mapping[str, Mapping[str, int]]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return (source, column, counts) of every column, and (source, "", counts) of every source.

    `engine` has the finished fact tables; `counts` are rows, facts, duplicates and quarantined by source.
    """
    known = {table: _known(engine, table) for table in {source.into.name for source in project.sources}}
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for source in project.sources:
        mine = [each for each in parts if each.part.source == source.code]
        found += _columns(source, mine, counts[source.code], known[source.into.name].get(source.code, {}))
        found.append((source.code, "", {**counts[source.code], "rules": dict(_sum(mine, "quarantined"))}))
    return found


def _columns(
    source: Source, parts: Sequence[Cleaned], totals: Mapping[str, int], in_facts: Mapping[str, int]
) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    # A kind may be taken from several columns: each row is counted once for each of them.
    times = Counter(kind for kind, _ in (*source.identifiers, *source.personal))
    facts = {name for name in source.into.types if not times[name]}
    unread = sum(each.part.counts.get("unread", 0) for each in parts)
    missing, invalid, passed = (_sum(parts, what) for what in ("missing", "invalid", "known"))
    for column in missing:
        by = times[column] or 1
        rows, stopped = totals["rows"] * by, totals["quarantined"] * by
        # Identifiers and personal values are taken from duplicates too: they join people, and are kept.
        known, doubled = passed[column], 0
        if column in facts:
            known, doubled = in_facts.get(column, 0), totals["duplicates"]
        yield source.code, column, {
            "rows": rows, "unread": unread * by, "missing": missing[column], "invalid": invalid[column],
            "known": known, "empty": rows - stopped - doubled - known, "doubled": doubled, "stopped": stopped,
        }  # fmt: skip


def _sum(parts: Sequence[Cleaned], what: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in parts:
        total.update(each.part.counts.get(what, {}))
    return total


def _known(engine: Engine, table: str) -> dict[str, dict[str, int]]:
    """Return how many facts have a value, by source and column of the fact table."""
    known: dict[str, dict[str, int]] = {}
    sql = f'SELECT source, "column", CAST(sum(known) AS BIGINT) FROM {HOLDS} WHERE fact = ? GROUP BY ALL'
    for source, column, count in engine.rows(sql, [table]):
        known.setdefault(source, {})[column] = count
    return known
