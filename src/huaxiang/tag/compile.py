"""Definitions → steps: families of measures, layers of derived tags, thresholds between them, the final table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted
from huaxiang.steps import PythonStep, SqlStep, Step, run_steps
from huaxiang.tag.changes import changes_step
from huaxiang.tag.families import Family, families, query
from huaxiang.tag.gaps import GAPS, ORDERS, gaps_query
from huaxiang.tag.kernel.program import Program, program_of
from huaxiang.tag.kernel.run import read_columns, run_passes
from huaxiang.tag.kinds.base import input_table
from huaxiang.tag.measures import Measure, read_back
from huaxiang.tag.planner import Crossing, Planning, stored_column, thresholds_query
from huaxiang.tag.preferences import best_query, distinctive_query, weights_query
from huaxiang.tag.sequences import walk_query
from huaxiang.tag.tagset import TagSet, definition_hashes

PASS_FROM = 500_000
"""From so many facts on, a compiled pass over a table is worth the seconds its first use takes."""
SPARSE = 20
"""Where fewer than one subject in so many is wanted, a pass would read too much that is not wanted."""


@dataclass(frozen=True)
class Target:
    """Where the answer goes. `prefix` begins the names of the tables on the way; all of those are temporary.

    With a `subject` only that subject's values are computed (those that rest on everybody need everybody), with
    `among` those of the subjects in the table of that name. `known` names a table whose values are taken for the tags
    that the wanted ones rest on; `cuts` names the thresholds of an earlier plan, to be taken as they are; `compares` is
    the target whose thresholds these are, if not this one (`gaps_ready`: its repurchase gaps are there). Tables of
    at least `pass_from` facts are read by compiled passes; None: everything is SQL. `stored` says of fact tables where
    else, by quoted name, their facts stand in the same places, those put behind since excepted: passes read them there.
    """

    tags: str = "tags"
    weights: str = "tag_weights"
    thresholds: str = "tag_thresholds"
    definitions: str = "tag_definitions"
    prefix: str = "tag"
    temporary: bool = False
    subject: int | None = None
    among: str | None = None
    known: str | None = None
    cuts: str | None = None
    compares: Target | None = None
    gaps_ready: bool = False
    pass_from: int | None = PASS_FROM
    stored: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def trial(cls, prefix: str) -> Target:
        """Return a temporary target; the names of its tables begin with `prefix`."""
        tags, weights, thresholds, definitions = (
            f"{prefix}_{part}" for part in ("tags", "weights", "thresholds", "definitions")
        )
        return cls(tags, weights, thresholds, definitions, prefix, temporary=True)

    @property
    def tables(self) -> tuple[str, str, str, str]:
        """The tables of the answer."""
        return self.tags, self.weights, self.thresholds, self.definitions

    @property
    def gaps(self) -> str:
        """The table of repurchase gaps that its thresholds read."""
        return f"{self.prefix}_gaps" if self.temporary else GAPS

    @property
    def row_of_cuts(self) -> str:
        """The table of all thresholds in full, one row: what `cuts` of a later plan may name."""
        return self.thresholds.replace("thresholds", "cuts")

    def create(self, table: str) -> str:
        """Return the head of the statement that makes a table of the answer."""
        return f"CREATE OR REPLACE {'TEMP ' if self.temporary else ''}TABLE {quoted(table)} AS"

    def drop(self, engine: Engine) -> None:
        """Drop the tables of the answer, as far as they are there."""
        for table in self.tables:
            engine.run(f"DROP TABLE IF EXISTS {quoted(table)}")


@dataclass(frozen=True)
class Plan:
    """A compiled set of tags: the steps, what they are made of, and the fact tables they read.

    `windows`: a fact that crosses one of these edges may change its subject's values; `restless`: the tags that may
    change for anybody, `compared` among them: those that compare with everybody.
    """

    steps: tuple[Step, ...]
    families: tuple[Family, ...]
    layers: tuple[tuple[str, ...], ...]
    tables: tuple[str, ...] = ()
    windows: tuple[Crossing, ...] = ()
    restless: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()


def compile_tags(
    tagset: TagSet,
    *,
    as_of: datetime,
    zone: str,
    engine: Engine,
    previous: Mapping[str, str] | None,
    build: int,
    pass_from: int | None = PASS_FROM,
) -> list[Step]:
    """Return the steps that compute all tags as of a moment, and what changed since the previous build.

    `previous` holds the definition hashes of the last build (attached as `previous`), None when there is none; a tag
    whose definition changed makes no change rows: it is the definition that moved, not the customer.
    """
    plan = plan_tags(tagset, as_of=as_of, zone=zone, engine=engine, target=Target(pass_from=pass_from))
    hashes = definition_hashes(tagset)
    same = [code for code in tagset.tags if (previous or {}).get(code) == hashes[code]]
    return [*plan.steps, changes_step(same, as_of, build)]


def plan_tags(tagset: TagSet, *, as_of: datetime, zone: str, engine: Engine, target: Target | None = None) -> Plan:
    """Return the plan that writes `target`."""
    target = target or Target()
    planning = Planning(
        engine, as_of, zone, prefix=target.prefix, subject=target.subject, among=target.among,
        gaps=(target.compares or target).gaps,
    )  # fmt: skip
    depth = _depths(tagset)
    values: dict[str, str] = {}
    for code in tagset.order:
        planning.begin(code, depth[code])
        value = tagset.meanings[code].plan(planning).sql(dialect="duckdb")
        values[code] = f"CAST({value} AS {SQL_TYPES[tagset.types[code]]}) AS {quoted(code)}"
    layers = tuple(
        tuple(code for code in tagset.tags if depth[code] == layer)
        for layer in range(max(depth.values(), default=0) + 1)
    )
    compiler = _Compiler(tagset, planning, target, values, layers)
    steps = tuple(compiler.steps())
    windows, compared = tuple(planning.windows), frozenset(planning.compared_tags)
    restless = frozenset(planning.restless_tags) | compared
    return Plan(steps, tuple(compiler.families), layers, tuple(planning.shapes), windows, restless, compared)


def _depths(tagset: TagSet) -> dict[str, int]:
    depth: dict[str, int] = {}
    for code in tagset.order:
        meaning = tagset.meanings[code]
        below = max((depth.get(need, 0) for need in meaning.needs), default=0)
        stored = tagset.tags[code].kind.stored is not None
        depth[code] = 0 if stored or (meaning.rests() is not None and not meaning.needs) else below + 1
    return depth


class _Compiler:
    def __init__(
        self,
        tagset: TagSet,
        planning: Planning,
        target: Target,
        values: Mapping[str, str],
        layers: tuple[tuple[str, ...], ...],
    ) -> None:
        self.tagset, self.planning, self.target = tagset, planning, target
        self.values, self.layers = values, layers
        self.programs = _programs(planning, target)
        taken = {output.name for program in self.programs for output in program.outputs}
        self.taken = {measure: name for measure, name in planning.measures.items() if name in taken}
        self.left = {measure: name for measure, name in planning.measures.items() if name not in taken}
        self.families = families(self.left, planning.shapes, planning.moment)
        self.scratch: list[tuple[str, str]] = []
        self.compares = target.compares or target

    def steps(self) -> Iterator[Step]:
        """Yield every step in order; the last ones drop what was made on the way."""
        measured = list(self._family_steps(self.families))
        others = [*self._preference_steps(), *self._walk_steps(), *self._stored_steps()]
        yield from self._copies(self._read_by_sql())
        yield from (step for step, _ in (*measured, *others))
        if self._counts_gaps():
            yield self._gaps()
        tables = [table for _, table in measured], [table for _, table in others if table]
        base = self._base(*tables)
        if len(self.layers) > 1:
            layer, _ = self._make("layer_0", base, ("subjects", *tables[0], *tables[1]))
            yield self._passing(layer)
            yield from self._layers()
            last = self._name(f"layer_{len(self.layers) - 1}")
            yield self._all(f"SELECT * FROM {quoted(last)}", (last,))
        else:
            yield self._passing(self._all(base, ("subjects", *tables[0], *tables[1])))
        if self.target.cuts is None:
            yield self._thresholds()
            yield self._cuts()
            if self.target.compares is None:
                yield self._definitions()
        yield self._weights()
        yield from self._drops()

    def _name(self, part: str) -> str:
        return f"{self.target.prefix}_{part}"

    def _make(self, part: str, sql: str, reads: Sequence[str], kind: str = "TABLE") -> tuple[SqlStep, str]:
        name = self._name(part)
        self.scratch.append((kind, name))
        title = f"{self.target.prefix}: {part.replace('_', ' ')}"
        step = SqlStep(title, f"CREATE OR REPLACE TEMP {kind} {quoted(name)} AS\n{sql}", name, tuple(reads))
        return step, name

    def _read_by_sql(self) -> set[str]:
        """The tables of facts that others than the passes read."""
        planning = self.planning
        read = {family.table for family in self.families}
        read |= {liked.wanted.selection.table for liked in planning.liked}
        read |= {walk.wanted.selection.table for walk in planning.walks.values()}
        return read | {ORDERS} if self._counts_gaps() else read

    def _counts_gaps(self) -> bool:
        return self.planning.wants_gaps and self.target.cuts is None and not self.target.gaps_ready

    def _gaps(self) -> SqlStep:
        sql, name = gaps_query(self.planning.shape(ORDERS), self.planning.moment), self.compares.gaps
        if self.compares.temporary:
            self.scratch.append(("TABLE", name))
        return SqlStep(f"{self.target.prefix}: gaps", f"{self.compares.create(name)}\n{sql}", name, (ORDERS,))

    def _copies(self, tables: Collection[str]) -> Iterator[SqlStep]:
        """The facts of the few subjects asked for, taken out once for all families."""
        if self.target.among is None:
            return
        for table, shape in self.planning.shapes.items():
            if table not in tables:
                continue
            self.scratch.append(("TABLE", shape.table))
            mine = f"SELECT * FROM {quoted(table)} SEMI JOIN {quoted(self.target.among)} USING (subject)"
            sql = f"CREATE OR REPLACE TEMP TABLE {quoted(shape.table)} AS {mine}"
            yield SqlStep(f"{self.target.prefix}: {table} of those", sql, shape.table, (table, self.target.among))

    def _family_steps(self, every: Sequence[Family], part: str = "family") -> Iterator[tuple[SqlStep, str]]:
        for number, family in enumerate(every, 1):
            sql = query(family, self.planning.measures, self.planning.shapes[family.table], self.planning.moment)
            yield self._make(f"{part}_{number}_{family.title}", sql, (family.table,))

    def _preference_steps(self) -> Iterator[tuple[SqlStep, str]]:
        planning = self.planning
        for liked in planning.liked:
            table = liked.wanted.selection.table
            conditions, _ = planning.conditions(liked.wanted.selection)
            sql = weights_query(liked, planning.shape(table), planning.moment, conditions, planning.fact_sql)
            step, source = self._make(f"weights_{liked.tag}", sql, (table,))
            yield step, ""
            if liked.wanted.distinctive:
                sql = distinctive_query(quoted(source), "subjects", liked.wanted.min_weight)
                step, source = self._make(f"distinctive_{liked.tag}", sql, (source, "subjects"))
                yield step, ""
            yield self._make(f"liked_{liked.tag}", best_query(liked, quoted(source)), (source,))

    def _stored_steps(self) -> Iterator[tuple[SqlStep, str]]:
        for tag in self.planning.stored_tags:
            source = input_table(tag)
            sql = f"SELECT subject, value AS {quoted(stored_column(tag))}\nFROM {quoted(source)}"
            yield self._make(f"stored_{tag}", f"{sql}\nWHERE {self.planning.moment.whose}", (source,), "VIEW")

    def _walk_steps(self) -> Iterator[tuple[SqlStep, str]]:
        planning = self.planning
        for walk in planning.walks.values():
            table = walk.wanted.selection.table
            conditions, _ = planning.conditions(walk.wanted.met)
            sql = walk_query(walk, planning.shape(table), planning.moment, conditions, planning.fact_sql)
            yield self._make(walk.table.removeprefix(f"{self.target.prefix}_"), sql, (table,))

    def _base(self, measured: Sequence[str], others: Sequence[str]) -> str:
        given = self._given()
        columns = ["subject", *map(quoted, given), *(self.values[code] for code in self.layers[0])]
        columns += [f"{sql} AS {quoted(name)}" for sql, name in self.planning.kept.items()]
        source = quoted(self._name("pass")) if self.programs else self.planning.moment.subjects
        rows = self._measures(source, read_columns(self.programs), self.left, measured)
        joins = _joined(others)
        if given:
            known = ", ".join(map(quoted, ["subject", *given]))
            joins += f"\nLEFT JOIN (SELECT {known} FROM {quoted(self.target.known or '')}) USING (subject)"
        return f"SELECT {_listed(columns)}\nFROM ({rows}){joins}"

    def _measures(
        self, source: str, columns: Sequence[str], measures: Mapping[Measure, str], tables: Sequence[str]
    ) -> str:
        """Return the SELECT of every subject with its measures: those that `source` has, and those of families."""
        shapes = self.planning.shapes
        read = [
            f"{read_back(measure, name, shapes[measure.table]).sql(dialect='duckdb')} AS {quoted(name)}"
            for measure, name in measures.items()
        ]
        return f"SELECT {_listed(['subject', *columns, *read])}\nFROM {source}{_joined(tables)}"

    def _all(self, source: str, reads: Sequence[str]) -> SqlStep:
        sql = f"{self.target.create(self.target.tags)}\n{self._final(source)}"
        return SqlStep(f"{self.target.prefix}: all tags", sql, self.target.tags, tuple(reads))

    def _passing(self, step: SqlStep) -> Step:
        """Let a step that reads every measure get them from the passes, if there are any."""
        if not self.programs:
            return step
        programs, name, instead = self.programs, self._name("pass"), self._instead(step)
        subjects = f"SELECT subject FROM {self.planning.moment.subjects} ORDER BY subject"
        few = self.target.among is not None

        def run(engine: Engine) -> None:
            whose = engine.numpy(subjects)["subject"]
            # A pass reads what lies between the few as well: that is worth it only where there is little of it.
            sparse = few and len(whose) * SPARSE < engine.one("SELECT count(*) FROM subjects")
            if sparse or not run_passes(engine, programs, whose, name, step.sql, step.name):
                run_steps(engine, instead)

        told = "\n".join(f"-- {name}: {program.told}" for program in programs)
        tables = tuple(program.table for program in programs)
        return PythonStep(step.name, run, step.writes, (*step.reads, *tables), f"{told}\n{step.sql}")

    def _instead(self, step: SqlStep) -> list[SqlStep]:
        """Return the SQL that does the same as the passes, where facts turn out not to be stored as they need."""
        planning, scratch, self.scratch = self.planning, self.scratch, []
        copies = list(self._copies({measure.table for measure in self.taken} - self._read_by_sql()))
        # Named apart: the families of what no pass can do stand beside these.
        made = list(self._family_steps(families(self.taken, planning.shapes, planning.moment), "instead"))
        rows = self._measures(planning.moment.subjects, [], self.taken, [table for _, table in made])
        view, _ = self._make("pass", rows, (), "VIEW")
        drops = list(self._drops())
        self.scratch = scratch
        return [*copies, *(each for each, _ in made), view, step, *drops]

    def _given(self) -> list[str]:
        """The tags that are rested on and not planned: their values are known."""
        needs = {need for meaning in self.tagset.meanings.values() for need in meaning.needs}
        return sorted(needs - self.tagset.tags.keys())

    def _layers(self) -> Iterator[SqlStep]:
        for layer, codes in enumerate(self.layers[1:], 1):
            below, source = self._name(f"layer_{layer - 1}"), quoted(self._name(f"layer_{layer - 1}"))
            reads = [below]
            thresholds = self.planning.thresholds.get(layer)
            if thresholds and self.target.cuts is not None:
                # Only this layer's: those of the layers below are among what it reads.
                mine = ", ".join(quoted(each.name) for each in thresholds.values())
                source = f"{source}, (SELECT {mine} FROM {quoted(self.target.cuts)})"
                reads = [*reads, self.target.cuts]
            elif thresholds:
                step, name = self._make(f"thresholds_{layer}", thresholds_query(thresholds.values(), source), (below,))
                yield step
                source, reads = f"{source}, {quoted(name)}", [*reads, name]
            columns = ["*", *(self.values[code] for code in codes)]
            yield self._make(f"layer_{layer}", f"SELECT {_listed(columns)}\nFROM {source}", reads, "VIEW")[0]

    def _final(self, source: str) -> str:
        columns = ["subject", *(quoted(code) for code in self.tagset.tags)]
        # Not sorted: readers find a subject by one small column, and sorting every tag takes a fifth of the step.
        return f"SELECT {_listed(columns)}\nFROM ({source})"

    def _thresholds(self) -> SqlStep:
        parts = []
        for shown in self.planning.shown:
            table = quoted(self._name(f"thresholds_{shown.layer}"))
            tag, name = _text(shown.tag), _text(shown.name)
            if shown.by:
                entry = f"unnest(map_entries({shown.sql}))"
                rows = f"SELECT {entry} AS entry FROM {table}"
                parts.append(f"SELECT {tag}, {name} || ' ' || entry.key, entry.value, entry.key FROM ({rows})")
            else:
                parts.append(f"SELECT {tag}, {name}, {shown.sql}, NULL FROM {table}")
        types = _typed(("tag", "VARCHAR"), ("name", "VARCHAR"), ("value", "DOUBLE"), ("text", "VARCHAR"))
        empty = "SELECT NULL, NULL, NULL, NULL WHERE false"
        body = "\nUNION ALL ".join(parts or [empty])
        rows = f"({body}) AS rows(tag, name, value, text)"
        name = self.compares.thresholds
        sql = f"{self.compares.create(name)}\nSELECT {types}\nFROM {rows}\nORDER BY tag, name"
        return SqlStep(f"{self.target.prefix}: thresholds", sql, name)

    def _cuts(self) -> SqlStep:
        """All thresholds in full, one row: what live profiles are compared with."""
        layers = self.planning.thresholds
        where = {each.name: self._name(f"thresholds_{layer}") for layer in layers for each in layers[layer].values()}
        columns = ", ".join(f"{quoted(table)}.{quoted(name)}" for name, table in where.items())
        tables = ", ".join(quoted(table) for table in dict.fromkeys(where.values()))
        sql = f"SELECT {columns} FROM {tables}" if where else "SELECT 1 AS none"
        name = self.compares.row_of_cuts
        if self.compares.temporary:
            self.scratch.append(("TABLE", name))
        return SqlStep(f"{self.target.prefix}: cuts", f"{self.compares.create(name)}\n{sql}", name)

    def _weights(self) -> SqlStep:
        parts = [
            f"SELECT {_text(liked.tag)} AS tag, subject, unnest(best) AS each FROM {quoted(liked.table)}"
            for liked in self.planning.liked
        ]
        empty = "SELECT NULL, NULL, NULL WHERE false"
        body = "\nUNION ALL ".join(parts)
        columns = _typed(("tag", "VARCHAR"), ("subject", "BIGINT"))
        item = (
            "each.i AS item, -each.w AS weight"
            if parts
            else "CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DOUBLE) AS weight"
        )
        sql = (
            f"{self.target.create(self.target.weights)}\nSELECT {columns}, {item}\n"
            f"FROM ({body or empty}) AS rows(tag, subject, each)\nORDER BY subject, tag, weight DESC, item"
        )
        return SqlStep(f"{self.target.prefix}: weights", sql, self.target.weights)

    def _definitions(self) -> SqlStep:
        hashes = definition_hashes(self.tagset)
        rows = [
            f"({_text(code)}, {_text(hashes[code])}, {_text(self.tagset.types[code].value)})"
            for code in self.tagset.tags
        ]
        values = f"(VALUES {', '.join(rows)})" if rows else "(SELECT NULL, NULL, NULL WHERE false)"
        columns = _typed(("tag", "VARCHAR"), ("hash", "VARCHAR"), ("type", "VARCHAR"))
        sql = f"{self.target.create(self.target.definitions)}\nSELECT {columns} FROM {values} AS rows(tag, hash, type)"
        return SqlStep(f"{self.target.prefix}: definitions", sql, self.target.definitions)

    def _drops(self) -> Iterator[SqlStep]:
        for kind, name in reversed(self.scratch):
            yield SqlStep(f"drop {name}", f"DROP {kind} IF EXISTS {quoted(name)}", name)


def _programs(planning: Planning, target: Target) -> list[Program]:
    if target.subject is not None or target.pass_from is None:
        return []
    # A pass has connections of its own, which see no temporary table.
    own, found = planning.engine.tables(), []
    for table, shape in planning.shapes.items():
        mine = {measure: name for measure, name in planning.measures.items() if measure.table == table}
        # A window that ends before as_of is not in the loops.
        measures = {measure: name for measure, name in mine.items() if measure.until is None}
        if {table, "subjects"} <= own and shape.rows >= target.pass_from:
            # Of the few too: a pass reads the table itself, no copies.
            found.append(program_of(planning.engine, measures, replace(shape, table=table), planning.moment))
    return [replace(program, stored=target.stored.get(program.table, "")) for program in found if program]


def _joined(tables: Sequence[str]) -> str:
    return "".join(f"\nLEFT JOIN {quoted(table)} USING (subject)" for table in tables)


def _typed(*columns: tuple[str, str]) -> str:
    return ", ".join(f"CAST({name} AS {type_}) AS {name}" for name, type_ in columns)


def _listed(columns: Sequence[str]) -> str:
    return ",\n  ".join(columns)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
