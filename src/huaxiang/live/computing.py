"""Tags and segments of a few subjects, out of their facts: the compiled plan of a build, kept for some seconds.

What does not follow from a subject's own facts alone (values kept elsewhere; what it likes more than others do) is
taken as the last build found it, and thresholds of everybody are those of that build.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from huaxiang.engine.duckdb import GIB, SQL_TYPES, Engine, quoted
from huaxiang.lists import SCHEMA as LISTS_SCHEMA
from huaxiang.live.texts import Texts
from huaxiang.project import Project
from huaxiang.segment.compile import IDENTIFIERS, LISTS, Place, segment_steps
from huaxiang.serving.base import Base
from huaxiang.serving.deltas import fact_schema
from huaxiang.serving.values import json_sql
from huaxiang.steps import SqlStep, Step, explain_steps, needed, run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.held import held
from huaxiang.tag.kinds.base import Preference
from huaxiang.tag.tagset import TagSet

_KNOWN, _TAGS = "live_known", "live_tags"
_OWN = Target(
    "live_own", "live_weights", "live_thresholds", "live_definitions", "live", True,
    known=_KNOWN, cuts="live_cuts", pass_from=0,
)  # fmt: skip
_PLACE = Place(
    _TAGS, "live_members", "live_segment_definitions", "live_segment", temporary=True, kept=True, cuts_kept=True
)
_HIDDEN = replace(_PLACE.own, cuts=_PLACE.own.row_of_cuts, pass_from=0)


@dataclass(frozen=True)
class Computed:
    """What a few subjects are now: tags as JSON texts by subject, segments by subject."""

    tags: dict[int, str]
    segments: dict[int, list[str]]


def own_tags(tagset: TagSet, failed: Collection[str] = ()) -> TagSet:
    """Return the tags that follow from a subject's own facts, thresholds given, without those that `failed`."""
    kept = set[str]()
    for code in tagset.order:
        meaning = tagset.meanings[code]
        distinctive = any(each.distinctive for each in held(meaning, Preference))
        if tagset.tags[code].kind.stored is None and not distinctive and code not in failed:
            kept.add(code)
    return tagset.only(kept)


class Computer:
    """Computes for one project over one base; `lists` are the static lists (segment, node) of its segments.

    Tags that `failed` in the base's build keep the values it kept.
    """

    def __init__(
        self, project: Project, base: Base, lists: Any | None = None, failed: Collection[str] = ()
    ) -> None:  # fmt: skip
        self.project, self.base = project, base
        self.own = own_tags(project.tags, failed)
        self.others = [code for code in project.tags.tags if code not in self.own.tags]
        # Of a few thousand facts a second core makes nothing faster, and others need it.
        self.engine = Engine(memory=GIB, threads=1)
        # All it is asked rests on the order in which facts stand.
        self._ordered = ExitStack()
        self._ordered.enter_context(self.engine.in_stored_order())
        self.columns = self._used({name: fact_schema(table) for name, table in project.model.facts.items()})
        """The fact tables that tags and segments read, with the columns they read of each."""
        self.texts = Texts(base, self.columns)
        self._steps: tuple[datetime, list[Step]] | None = None
        types = {code: SQL_TYPES[type_] for code, type_ in project.tags.types.items()}
        self.as_json = json_sql(types, _TAGS)
        self.lists = lists is not None and lists.num_rows > 0
        """Whether segments ask whose identifiers are on a list."""
        self._prepare(lists if lists is not None else LISTS_SCHEMA.empty_table())

    def compute(
        self, as_of: datetime, subjects: Sequence[int], facts: Mapping[str, Any], known: Any, nodes: Any
    ) -> Computed:
        """Return what `subjects` are at `as_of` by their facts (the tables and columns of `columns`, by subject, time).

        `known` has the base's values of tags that facts do not decide, `nodes` (node, subject) their identifiers.
        """
        engine = self.engine
        tables = {"subjects": pa.table({"subject": pa.array(sorted(subjects), pa.int64())})}
        tables |= {_KNOWN: known} if self.others else {}
        tables |= {IDENTIFIERS: nodes} if self.lists else {}
        self._load(tables)
        self._load_facts(facts)
        run_steps(engine, self._planned(as_of))
        tags = dict(engine.rows(f"SELECT subject, {self.as_json} FROM {_TAGS}"))
        segments: dict[int, list[str]] = {subject: [] for subject in subjects}
        for segment, subject in engine.rows(f"SELECT segment, subject FROM {_PLACE.members} ORDER BY subject, segment"):
            segments[subject].append(segment)
        return Computed(tags, segments)

    def close(self) -> None:
        """Close the engine."""
        self._ordered.close()
        self.engine.close()

    def _used(self, schemas: Mapping[str, pa.Schema]) -> dict[str, pa.Schema]:
        """Return of each table the columns that the plan, written out as SQL, names."""
        self._load({name: schema.empty_table() for name, schema in schemas.items()})
        self._load({"subjects": pa.table({"subject": pa.array([], pa.int64())})})
        said = ""
        tables = set[str]()
        for tagset, target in ((self.own, _OWN), (self.project.segments.hidden, _HIDDEN)):
            plan = plan_tags(
                tagset, as_of=self.base.as_of, zone=self.project.zone, engine=self.engine,
                target=replace(target, pass_from=None),
            )  # fmt: skip
            said += explain_steps(plan.steps)
            tables |= set(plan.tables)
        words = set(re.findall(r"\w+", said)) | {"subject", "fact_id", "occurred_at"}
        return {name: pa.schema([field for field in schemas[name] if field.name in words]) for name in sorted(tables)}

    def _prepare(self, lists: Any) -> None:
        nobody = pa.table({"subject": pa.array([], pa.int64())})
        nodes = pa.table({"node": pa.array([], pa.int64()), "subject": pa.array([], pa.int64())})
        self._load({"subjects": nobody, _KNOWN: nobody, IDENTIFIERS: nodes, LISTS: lists})
        self._load_facts({name: schema.empty_table() for name, schema in self.columns.items()})
        cuts = {"tag_cuts": _OWN.row_of_cuts, "segment_cuts": _PLACE.cuts, "segment_own_cuts": _HIDDEN.row_of_cuts}
        for name, mine in cuts.items():
            table = self.base.small(name)
            self._load({mine: pa.table({"none": [1]}) if table is None else table})

    def _load(self, tables: Mapping[str, Any]) -> None:
        for name, table in tables.items():
            self._make(name, table, self._known_columns(table) if name == _KNOWN else "*")

    def _load_facts(self, tables: Mapping[str, Any]) -> None:
        for name, table in tables.items():
            if self.texts.take_in(name, table):
                self._steps = None
            self._make(name, table, self.texts.select(name))

    def _make(self, name: str, table: Any, columns: str) -> None:
        with self.engine.shown(_table=table):
            self.engine.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {columns} FROM _table")

    def _known_columns(self, table: Any) -> str:
        there = set(table.schema.names)
        types = self.project.tags.types
        columns = [
            f"CAST({quoted(code) if code in there else 'NULL'} AS {SQL_TYPES[types[code]]}) AS {quoted(code)}"
            for code in self.others
        ]
        return ", ".join(["subject", *columns])

    def _planned(self, as_of: datetime) -> list[Step]:
        """Return the steps at a moment: planned once for all batches of it."""
        if self._steps is None or self._steps[0] != as_of:
            self._steps = self._plan(as_of)
        return self._steps[1]

    def _plan(self, as_of: datetime) -> tuple[datetime, list[Step]]:
        zone, engine, segments = self.project.zone, self.engine, self.project.segments
        plan = plan_tags(self.own, as_of=as_of, zone=zone, engine=engine, target=_OWN)
        steps = list(plan.steps)
        steps.append(self._all_tags())
        if segments.hidden.tags:
            hidden = plan_tags(segments.hidden, as_of=as_of, zone=zone, engine=engine, target=_HIDDEN)
            steps += hidden.steps
        steps += segment_steps(segments, engine=engine, as_of=as_of, zone=zone, place=_PLACE)
        # Each statement takes its millisecond: none but those that lead to tags and members.
        return as_of, needed(steps, (_TAGS, _PLACE.members))

    def _all_tags(self) -> Step:
        """Return the step that gives every tag, those that the base knows too."""
        codes = self.project.tags.tags
        if not self.others:
            listed = ", ".join(["subject", *map(quoted, codes)])
            return SqlStep(
                "live: all tags", f"CREATE OR REPLACE TEMP VIEW {_TAGS} AS SELECT {listed} FROM {_OWN.tags}", _TAGS,
                (_OWN.tags,),
            )  # fmt: skip
        columns = ", ".join(f"{'o' if code in self.own.tags else 'k'}.{quoted(code)}" for code in codes)
        sql = f"CREATE OR REPLACE TEMP TABLE {_TAGS} AS SELECT s.subject, {columns} FROM subjects s"
        sql += f" LEFT JOIN {_OWN.tags} o USING (subject) LEFT JOIN {_KNOWN} k USING (subject)"
        return SqlStep("live: all tags", sql, _TAGS, ("subjects", _OWN.tags, _KNOWN))
