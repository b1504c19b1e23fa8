"""What applying new definitions would do to segments: who would enter, who would leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.segment.compile import Place, segment_steps
from huaxiang.segment.segmentset import SegmentSet, segment_hashes
from huaxiang.steps import run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.plan import known_hashes

_TAGS = Target.trial("plan")
_TRIAL = Place(_TAGS.tags, "plan_segment_members", "plan_segment_definitions", "plan_segment", temporary=True)


@dataclass(frozen=True)
class SegmentChange:
    """One segment's difference: how many there are now and would be, how many would enter and leave."""

    code: str
    what: Literal["new", "changed", "gone", "same"]
    before: int
    after: int
    entering: int
    leaving: int


def plan_segment_changes(engine: Engine, segmentset: SegmentSet, as_of: datetime, zone: str) -> list[SegmentChange]:
    """Compare the members of the build at hand with what the new definitions would give at the same moment."""
    before, after = known_hashes(engine, "segment_definitions") or {}, segment_hashes(segmentset)
    sizes = dict(engine.rows("SELECT segment, count(*) FROM segment_members GROUP BY segment")) if before else {}
    moved = [code for code in segmentset.segments if before.get(code) != after[code]]
    counts = _counts(engine, segmentset, bool(before), as_of, zone) if moved else {}
    changes = []
    for code in segmentset.segments:
        was = sizes.get(code, 0)
        if code not in moved:
            changes.append(SegmentChange(code, "same", was, was, 0, 0))
            continue
        entering, leaving = counts.get((code, "in"), 0), counts.get((code, "out"), 0)
        what: Literal["new", "changed"] = "changed" if code in before else "new"
        changes.append(SegmentChange(code, what, was, was + entering - leaving, entering, leaving))
    gone = [code for code in before if code not in after]
    return changes + [SegmentChange(code, "gone", sizes.get(code, 0), 0, 0, sizes.get(code, 0)) for code in gone]


def _counts(
    engine: Engine, segmentset: SegmentSet, has_members: bool, as_of: datetime, zone: str
) -> dict[tuple[str, str], int]:
    used = {name for condition in segmentset.conditions.values() for name in condition.names}
    tagset = segmentset.tagset.closure(used & segmentset.tagset.tags.keys())
    steps = list(plan_tags(tagset, as_of=as_of, zone=zone, engine=engine, target=_TAGS).steps)
    steps += segment_steps(segmentset, engine=engine, as_of=as_of, zone=zone, place=_TRIAL)
    run_steps(engine, steps)
    new = f"SELECT segment, subject FROM {_TRIAL.members}"
    old = "SELECT segment, subject FROM segment_members" if has_members else f"{new} WHERE false"
    sql = (
        f"SELECT segment, 'in', count(*) FROM ({new} EXCEPT {old}) GROUP BY segment\n"
        f"UNION ALL SELECT segment, 'out', count(*) FROM ({old} EXCEPT {new}) GROUP BY segment"
    )
    try:
        return {(segment, way): count for segment, way, count in engine.rows(sql)}
    finally:
        _TAGS.drop(engine)
        for table in (_TRIAL.members, _TRIAL.definitions):
            engine.run(f"DROP TABLE IF EXISTS {quoted(table)}")
