"""What applying new definitions would do: which tags are new, changed or gone, and how many customers would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.steps import Step, run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.tagset import TagSet, definition_hashes

DEFINITIONS, TAGS = "tag_definitions", "tags"
_TRIAL = Target.trial("plan")


@dataclass(frozen=True)
class TagChange:
    """One tag's difference: for `customers` of the `of` there are its value would not be what it is."""

    code: str
    what: Literal["new", "changed", "gone", "same"]
    customers: int
    of: int


def known_hashes(engine: Engine, table: str = DEFINITIONS, database: str = "") -> dict[str, str] | None:
    """Return code → definition hash as recorded by the build at hand (or an attached one); None when there is none."""
    if not database and table not in engine.tables():
        return None
    key = "segment" if table.startswith("segment") else "tag"
    source = f"{quoted(database)}.{quoted(table)}" if database else quoted(table)
    return dict(engine.rows(f"SELECT {key}, hash FROM {source}"))


def plan_changes(engine: Engine, tagset_new: TagSet, as_of: datetime, zone: str, build: int) -> list[TagChange]:
    """Compare the build at hand with what the new definitions would give at the same moment.

    Only new and changed tags (with what they rest on) are computed, into temporary tables: a warehouse opened
    read-only will do.
    """
    before = known_hashes(engine) or {}
    after = definition_hashes(tagset_new)
    moved = [code for code in tagset_new.tags if before.get(code) != after[code]]
    everybody = int(engine.one("SELECT count(*) FROM subjects"))
    counts: dict[str, int] = {}
    if moved:
        trial = plan_tags(tagset_new.closure(moved), as_of=as_of, zone=zone, engine=engine, target=_TRIAL)
        counts = _counts(engine, trial.steps, moved, before)
    changes = []
    for code in tagset_new.tags:
        if code in counts:
            what: Literal["new", "changed"] = "changed" if code in before else "new"
            changes.append(TagChange(code, what, counts[code], everybody))
        else:
            changes.append(TagChange(code, "same", 0, everybody))
    for code in before.keys() - after.keys():
        known = int(engine.one(f"SELECT count({quoted(code)}) FROM {TAGS}"))
        changes.append(TagChange(code, "gone", known, everybody))
    return changes


def _counts(engine: Engine, steps: Sequence[Step], moved: Sequence[str], before: Mapping[str, str]) -> dict[str, int]:
    run_steps(engine, steps)
    try:
        return {code: int(engine.one(_difference(code, code in before))) for code in moved}
    finally:
        _TRIAL.drop(engine)


def _difference(code: str, was: bool) -> str:
    name = quoted(code)
    if not was:
        return f"SELECT count({name}) FROM {quoted(_TRIAL.tags)}"
    # Compared as text: the type may have changed with the definition.
    differs = f"CAST(o.{name} AS VARCHAR) IS DISTINCT FROM CAST(n.{name} AS VARCHAR)"
    return f"SELECT count(*) FROM {TAGS} o FULL JOIN {quoted(_TRIAL.tags)} n USING (subject) WHERE {differs}"
