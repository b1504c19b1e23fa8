"""What a run found, and what it carries on from earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import CountError
from huaxiang.facts.compile import Cleaned
from huaxiang.model import IDS_LATER, LATER
from huaxiang.project import Project
from huaxiang.steps import PythonStep, SqlStep, Step
from huaxiang.words import Words

_HISTORIES = {
    "tag_changes": "tag_changes_new",
    "segment_moves": "segment_moves_new",
    "merges": "merges_new",
    "splits": "splits_new",
}


def unread_words(summary: Mapping[str, Any]) -> dict[str, list[Words]]:
    """Return by source what a build could not read, and what stands for it."""
    found: dict[str, list[Words]] = {}
    for each in summary.get("unread", ()):
        at = (each["kept"] or "")[:16]
        en = f"what was read of it at {at} (UTC) is kept" if at else "nothing of it is in the build"
        zh = f"沿用 {at}（UTC）读入的内容" if at else "本次构建不含其内容"
        words = Words(f"not read, {en}: {each['en']}", f"未能读取，{zh}：{each['zh']}")
        found.setdefault(each["source"], []).append(words)
    return found


def previous_ids(engine: Engine, has_previous: bool, met: pa.Table) -> list[Step]:
    """Return the steps that show identity the ids of the build before (attached as `previous`), and of `met`.

    `met` (node, subject, since) are people whom events brought since that build: they keep the ids they were given.
    """
    if not has_previous:
        return []
    identifiers = "SELECT node, subject FROM previous.identifiers WHERE subject IS NOT NULL"
    subjects = "SELECT subject, since FROM previous.subjects"
    if IDS_LATER in _tables(engine, "previous"):
        identifiers += f" UNION ALL SELECT node, subject FROM previous.{IDS_LATER}"
        subjects += f" UNION ALL SELECT subject, min(since) FROM previous.{IDS_LATER}"
        subjects += " ANTI JOIN previous.subjects USING (subject) GROUP BY subject"
    steps: list[Step] = []
    if met.num_rows:
        steps.append(PythonStep("met since", lambda engine: _write_met(engine, met), "met_since"))
        new = "FROM met_since ANTI JOIN previous.identifiers k USING (node)"
        identifiers += f" UNION ALL SELECT node, subject {new}"
        subjects += " UNION ALL SELECT subject, min(since) FROM met_since ANTI JOIN previous.subjects USING (subject)"
        subjects += " GROUP BY subject"
    for name, sql in (("previous_identifiers", identifiers), ("previous_subjects", subjects)):
        steps.append(SqlStep(name.replace("_", " "), f"CREATE TEMP VIEW {name} AS {sql}", name))
    return steps


def _write_met(engine: Engine, met: pa.Table) -> None:
    with engine.shown(_met=met):
        engine.run("CREATE TEMP TABLE met_since AS SELECT * FROM _met", step="met since")


def stamp(engine: Engine, number: int, as_of: datetime) -> None:
    """Write which build this is, and put everything into the file."""
    engine.run("CREATE OR REPLACE TABLE build AS SELECT ? AS id, CAST(? AS TIMESTAMP) AS as_of", [
        number, as_of.isoformat()
    ])  # fmt: skip
    engine.run("CHECKPOINT")


def carry_on(engine: Engine, has_previous: bool) -> None:
    """Put what happened in this run behind what happened in earlier ones.

    The histories stand in `previous`; where the file is a copy of it, they stand in the file itself.
    """
    before = _tables(engine, "previous") if has_previous else set[str]()
    mine = engine.tables() | _tables(engine, "temp")
    for name, new in _HISTORIES.items():
        if new not in mine:
            continue
        step = f"history of {name}"
        if name in mine:
            engine.run(f"INSERT INTO {name} BY NAME SELECT * FROM {new}", step=step)
        else:
            old = f"SELECT * FROM previous.{name} UNION ALL BY NAME " if name in before else ""
            engine.run(f"CREATE TABLE {name} AS {old}SELECT * FROM {new}", step=step)
        engine.run(f"DROP TABLE {new}", step=step)


def later_of(engine: Engine) -> dict[str, Any]:
    """Return how many facts lie after the build's moment, and the time of the first of them."""
    [(number, first)] = engine.rows(f"SELECT count(*), min(occurred_at) FROM {LATER}")
    return {"facts": number, "first": first.isoformat() if first else None}


def _tables(engine: Engine, database: str) -> set[str]:
    sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = ?"
    return {name for (name,) in engine.rows(sql, [database])}


def summary_of(engine: Engine, parts: Sequence[Cleaned], project: Project) -> dict[str, Any]:
    """Return what the build found, from its own tables, and assert that no row vanished."""
    by_source: dict[str, dict[str, int]] = {
        source.code: {"rows": 0, "facts": 0, "duplicates": 0, "quarantined": 0} for source in project.sources
    }
    for each in parts:
        by_source[each.part.source]["rows"] += int(each.part.counts["rows"])
    facts = {}
    for name in project.model.facts:
        facts[name] = engine.one(f"SELECT count(*) FROM {quoted(name)}")
        for source, count in engine.rows(f"SELECT CAST(source AS VARCHAR), count(*) FROM {quoted(name)} GROUP BY 1"):
            by_source[source]["facts"] += count
    for source, count in engine.rows("SELECT source, count(*) FROM duplicates GROUP BY source"):
        by_source[source]["duplicates"] += count
    for source, count in engine.rows("SELECT source, count(*) FROM quarantine WHERE fate = 'row' GROUP BY source"):
        by_source[source]["quarantined"] += count
    for source, counts in by_source.items():
        _add_up(source, counts)
    totals = {name: sum(counts[name] for counts in by_source.values()) for name in next(iter(by_source.values()), {})}
    return totals | {
        "sources": by_source,
        "fact_tables": facts,
        "identifiers": engine.one("SELECT count(*) FROM identifiers"),
        "joined": engine.one("SELECT count(*) FROM identifiers WHERE state = 'joined'"),
        "set_aside": engine.one("SELECT count(*) FROM set_aside"),
        "customers": engine.one("SELECT count(*) FROM subjects"),
        "tags": len(project.tags.order),
        "segments": len(project.segments.segments),
    }


def _add_up(source: str, counts: Mapping[str, int]) -> None:
    away = counts["facts"] + counts["duplicates"] + counts["quarantined"]
    if counts["rows"] != away:
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise CountError(
            Words(
                f"rows of source {source!r} do not add up ({shown}); the build was not made current",
                f"来源“{source}”的行数对不上（{shown}），本次构建没有生效",
            )
        )
