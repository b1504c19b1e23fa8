"""Segments → steps: all conditions in one pass over the tags, in layers where one segment names another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import NOWHERE, Faults
from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.errors import DefinitionError
from huaxiang.segment.definition import ByList, BySegments
from huaxiang.segment.segmentset import IN_SEGMENT, SegmentSet, check_condition, segment_hashes
from huaxiang.sql.check import Expression
from huaxiang.steps import SqlStep, Step, run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.gaps import GAPS, ORDERS, gaps_query
from huaxiang.tag.measures import literal
from huaxiang.tag.planner import Planning, thresholds_query
from huaxiang.tag.tagset import TagSet

LISTS, IDENTIFIERS = "segment_lists", "identifiers"
"""Tables of the static lists, (segment, node), and of whose each node is, (node, subject)."""


@dataclass(frozen=True)
class Place:
    """Where the answer goes and which tags it reads; with a `subject` only that one is looked at.

    `kept`: the local statistics are there already, as a refresh left them; `cuts_kept`: so are the thresholds, as a
    build left them.
    """

    tags: str = "tags"
    members: str = "segment_members"
    definitions: str = "segment_definitions"
    prefix: str = "segment"
    temporary: bool = False
    subject: int | None = None
    kept: bool = False
    cuts_kept: bool = False

    @property
    def own(self) -> Target:
        """Where the local statistics are: tags of the segments' own."""
        trial = Target.trial(f"{self.prefix}_own")
        return replace(trial, tags=trial.prefix, temporary=self.temporary, subject=self.subject)

    @property
    def cuts(self) -> str:
        """The table of the conditions' thresholds, one row."""
        return f"{self.prefix}_cuts"


def compile_segments(
    segmentset: SegmentSet,
    *,
    engine: Engine,
    as_of: datetime,
    zone: str,
    has_previous: bool,
    build: int = 0,
    kept: bool = False,
) -> list[Step]:
    """Return the steps that write segment_members, segment_moves_new and segment_definitions.

    `kept`: the segments' own statistics have been brought to `as_of` (a refresh). Repurchase gaps that the tags have
    left are taken.
    """
    steps = segment_steps(segmentset, engine=engine, as_of=as_of, zone=zone, place=Place(kept=kept))
    return [*steps, _moves(segmentset, has_previous, as_of, build)]


def segment_steps(
    segmentset: SegmentSet, *, engine: Engine, as_of: datetime, zone: str, place: Place | None = None
) -> list[Step]:
    """Return the steps that write the members."""
    return list(_Compiler(segmentset, engine, as_of, zone, place or Place()).steps())


class _Compiler:
    def __init__(self, segmentset: SegmentSet, engine: Engine, as_of: datetime, zone: str, place: Place) -> None:
        self.set, self.engine, self.place = segmentset, engine, place
        gaps = "" if place.temporary else GAPS
        self.planning = Planning(engine, as_of, zone, prefix=place.prefix, subject=place.subject, gaps=gaps)
        self.scratch: list[tuple[str, str]] = []
        self.depth = self._depths()

    def steps(self) -> Iterator[Step]:
        hidden = self.place.own.tags
        if self.set.hidden.tags and not self.place.kept:
            yield from self._hidden()
        values = {code: self._value(code) for code in self.set.order}
        layers = [
            [c for c in self.set.order if self.depth[c] == d] for d in range(max(self.depth.values(), default=0) + 1)
        ]
        if not self.place.cuts_kept:
            yield from self._thresholds(hidden)
        for number, codes in enumerate(layers):
            columns = ["*"] if number else self._base_columns()
            columns += [f"coalesce({values[code]}, false) AS {quoted('s:' + code)}" for code in codes]
            source = quoted(self._name(number - 1)) if number else self._source(hidden)
            kind = "VIEW" if number else "TABLE"
            reads = (self._name(number - 1),) if number else self._reads(hidden)
            yield self._make(kind, self._name(number), f"SELECT {', '.join(columns)}\nFROM {source}", reads)
        yield self._members(self._name(len(layers) - 1))
        yield self._definitions()
        for kind, name in reversed(self.scratch):
            yield SqlStep(f"drop {name}", f"DROP {kind} IF EXISTS {quoted(name)}", name)

    def _name(self, layer: int) -> str:
        return f"{self.place.prefix}_layer_{layer}"

    def _make(self, kind: str, name: str, sql: str, reads: tuple[str, ...]) -> SqlStep:
        self.scratch.append((kind, name))
        head = f"CREATE OR REPLACE TEMP {kind} {quoted(name)} AS"
        return SqlStep(f"{name.replace('_', ' ')}", f"{head}\n{sql}", name, reads)

    def _hidden(self) -> Iterator[Step]:
        own, moment = self.place.own, self.planning.moment
        plan = plan_tags(self.set.hidden, as_of=moment.as_of, zone=moment.zone, engine=self.engine, target=own)
        yield from plan.steps
        if self.place.temporary:
            self.scratch += [("TABLE", name) for name in own.tables]

    def _depths(self) -> dict[str, int]:
        depth: dict[str, int] = {}
        for code in self.set.order:
            depth[code] = max((depth[need] + 1 for need in self.set.needs[code] if need in depth), default=0)
        return depth

    def _value(self, code: str) -> str:
        body = self.set.segments[code].body
        if isinstance(body, ByList):
            return quoted("listed:" + code)
        if isinstance(body, BySegments):
            return _combined(body)
        self.planning.begin(code, 0)
        return condition_sql(self.set.conditions[code], self.set.columns(code), self.planning)

    def _thresholds(self, hidden: str) -> Iterator[SqlStep]:
        thresholds = self.planning.thresholds.get(0)
        if self.planning.wants_gaps and (self.place.temporary or GAPS not in self.engine.tables()):
            yield self._gaps()
        if thresholds:
            query = thresholds_query(thresholds.values(), self._tables(hidden, subject=None))
            head = f"CREATE OR REPLACE {'TEMP ' if self.place.temporary else ''}TABLE {quoted(self.place.cuts)} AS"
            if self.place.temporary:
                self.scratch.append(("TABLE", self.place.cuts))
            read = (*self._reads(hidden)[:-1], self.planning.gaps)
            yield SqlStep("segment: cuts", f"{head}\n{query}", self.place.cuts, read)

    def _gaps(self) -> SqlStep:
        gaps = gaps_query(self.planning.shape(ORDERS), self.planning.moment)
        if self.place.temporary:
            return self._make("TABLE", self.planning.gaps, gaps, (ORDERS,))
        return SqlStep("segment: gaps", f"CREATE OR REPLACE TABLE {GAPS} AS\n{gaps}", GAPS, (ORDERS,))

    def _base_columns(self) -> list[str]:
        used = {self.set.columns(code)[name] for code, each in self.set.conditions.items() for name in each.names}
        later = [quoted(name) for name in sorted(used)] if max(self.depth.values(), default=0) else []
        thresholds = self.planning.thresholds.get(0, {}) if later else {}
        return ["subject", *later, *(quoted(each.name) for each in thresholds.values())]

    def _source(self, hidden: str) -> str:
        source = self._tables(hidden, subject=self.place.subject)
        lists = [code for code, segment in self.set.segments.items() if isinstance(segment.body, ByList)]
        if lists:
            source += f"\nLEFT JOIN ({_listed(lists)}) USING (subject)"
        return source + (f", {quoted(self.place.cuts)}" if self.planning.thresholds.get(0) else "")

    def _reads(self, hidden: str) -> tuple[str, ...]:
        return self.place.tags, *((hidden,) if self.set.hidden.tags else ()), self.place.cuts

    def _tables(self, hidden: str, *, subject: int | None) -> str:
        tags = quoted(self.place.tags)
        source = tags if subject is None else f"(SELECT * FROM {tags} WHERE subject = {int(subject)})"
        return source + (f"\nLEFT JOIN {quoted(hidden)} USING (subject)" if self.set.hidden.tags else "")

    def _members(self, layer: str) -> SqlStep:
        parts = ", ".join(f"CASE WHEN {quoted('s:' + code)} THEN {quoted_text(code)} END" for code in self.set.segments)
        each = f"unnest(list_filter([{parts}], lambda each: each IS NOT NULL))" if parts else "unnest([]::VARCHAR[])"
        sql = f"SELECT {each} AS segment, subject FROM {quoted(layer)}"
        head = f"CREATE OR REPLACE {'TEMP ' if self.place.temporary else ''}TABLE {quoted(self.place.members)} AS"
        typed = f"SELECT CAST(segment AS VARCHAR) AS segment, subject FROM ({sql})\nORDER BY segment, subject"
        return SqlStep("segment: members", f"{head}\n{typed}", self.place.members, (layer,))

    def _definitions(self) -> SqlStep:
        hashes = segment_hashes(self.set)
        rows = ", ".join(f"({quoted_text(code)}, {quoted_text(hashes[code])})" for code in self.set.segments)
        values = f"(VALUES {rows})" if rows else "(SELECT NULL, NULL WHERE false)"
        head = f"CREATE OR REPLACE {'TEMP ' if self.place.temporary else ''}TABLE {quoted(self.place.definitions)} AS"
        columns = "CAST(segment AS VARCHAR) AS segment, CAST(hash AS VARCHAR) AS hash"
        sql = f"{head}\nSELECT {columns} FROM {values} AS rows(segment, hash)"
        return SqlStep("segment: definitions", sql, self.place.definitions)


def condition_sql(condition: Expression, columns: Mapping[str, str], planning: Planning) -> str:
    """Return a condition over tags as SQL; in_segment reads the layer below."""
    tree = planning.tags(condition, columns=columns, functions={IN_SEGMENT: _in_segment})
    return tree.sql(dialect="duckdb")


def _in_segment(arguments: list[exp.Expression]) -> exp.Expression:
    return exp.Column(this=exp.to_identifier(f"s:{arguments[0].name}", quoted=True))


def _combined(body: BySegments) -> str:
    parts = []
    if body.union:
        parts.append("(" + " OR ".join(quoted(f"s:{each}") for each in body.union) + ")")
    parts += [quoted(f"s:{each}") for each in body.intersect]
    parts += [f"NOT {quoted(f's:{each}')}" for each in body.without]
    return " AND ".join(parts)


def _listed(codes: Sequence[str]) -> str:
    columns = ", ".join(f"bool_or(segment = {quoted_text(code)}) AS {quoted('listed:' + code)}" for code in codes)
    joined = f"{LISTS} JOIN {IDENTIFIERS} USING (node)"
    return f"SELECT subject, {columns} FROM {joined} WHERE subject IS NOT NULL GROUP BY subject"


def _moves(segmentset: SegmentSet, has_previous: bool, as_of: datetime, build: int) -> SqlStep:
    """Who entered and who left since the previous build; at the first build nobody moves."""
    codes = ", ".join(quoted_text(code) for code in segmentset.segments) or "NULL"
    moved = "SELECT NULL AS segment, NULL AS subject, NULL AS move WHERE false"
    if has_previous:
        columns = "CAST(segment AS VARCHAR) AS segment, subject"
        before = f"SELECT {columns} FROM previous.segment_members WHERE segment IN ({codes})"
        now = "SELECT segment, subject FROM segment_members"
        moved = (
            f"SELECT segment, subject, 'entered' AS move FROM ({now} EXCEPT {before})\n"
            f"UNION ALL SELECT segment, subject, 'left' FROM ({before} EXCEPT {now})"
        )
    columns = (
        "CAST(segment AS VARCHAR) AS segment, CAST(subject AS BIGINT) AS subject, CAST(move AS VARCHAR) AS move, "
        f"{literal(as_of)} AS at, CAST({build} AS BIGINT) AS build"
    )
    sql = f"CREATE OR REPLACE TABLE segment_moves_new AS\nSELECT {columns}\nFROM ({moved})\nORDER BY segment, subject"
    return SqlStep("segment: moves", sql, "segment_moves_new", ("segment_members",))


def count_expression(engine: Engine, text: str, tagset: TagSet, *, as_of: datetime, zone: str) -> int:
    """Return how many subjects of the build at hand meet a condition. Raises DefinitionError with all its faults.

    in_segment reads the members of the build.
    """
    faults = Faults()
    condition = check_condition(Text(text, NOWHERE), tagset, faults)
    if condition is None:
        raise DefinitionError(faults.found)
    planning = Planning(engine, as_of, zone, prefix="count")
    functions = {IN_SEGMENT: is_member}
    sql = planning.tags(condition, functions=functions).sql(dialect="duckdb")
    thresholds = planning.thresholds.get(0, {})
    prepare = []
    if planning.wants_gaps:
        gaps = gaps_query(planning.shape(ORDERS), planning.moment)
        prepare.append(SqlStep("gaps", f"CREATE OR REPLACE TEMP TABLE count_gaps AS\n{gaps}", "count_gaps"))
    run_steps(engine, prepare)
    source = "tags"
    if thresholds:
        source += f", ({thresholds_query(thresholds.values(), 'tags')})"
    return int(engine.one(f"SELECT count(CASE WHEN {sql} THEN 1 END) FROM {source}"))


def is_member(arguments: list[exp.Expression]) -> exp.Expression:
    """Return in_segment('…') as the build at hand has it; reads tags.subject."""
    members = (
        exp.select("subject")
        .from_("segment_members")
        .where(exp.EQ(this=exp.column("segment"), expression=arguments[0]))
    )
    return exp.In(this=exp.column("subject", table="tags"), query=exp.Subquery(this=members))
