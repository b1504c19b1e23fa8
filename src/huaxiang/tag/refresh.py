"""Refresh: the tags of a warehouse brought to another moment, touching only the subjects that can have changed.

A subject can have changed when its facts or its identity did, or when one of its facts crossed the edge of a window
between the two moments. Restless tags are computed anew for everybody, but only they: those that read the clock itself
("days since …"), that weigh somebody's facts against everybody's, that compare with everybody (thresholds are computed
anew), or that read values kept elsewhere. They come last: they may rest on the others, never the others on them.
The rules are those of the full build: the same plan, over fewer subjects or fewer tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.model import CHANGED
from huaxiang.steps import Progress, SqlStep, Step, run_steps
from huaxiang.tag.changes import moves_query, new_rows_query, pairs_query
from huaxiang.tag.compile import Plan, Target, plan_tags
from huaxiang.tag.gaps import GAPS
from huaxiang.tag.measures import literal
from huaxiang.tag.planner import Crossing
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.window import Span

WINDOW, ARRIVAL = "window", "arrival"
"""Why else: a fact left a window, or its time has come."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: subjects touched, how many for each reason (one may have several), and what time moved.

    Of those the tags that are not `restless` were computed, of everybody those that are. `windows` counts the subjects
    by table and length of window. `moves` names the temporary table (subject, tag, old, new; values as texts) of what
    the tags that are not restless did; None: nobody was touched.
    """

    touched: int
    why: dict[str, int]
    restless: tuple[str, ...]
    moves: str | None = None
    windows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Before:
    """The warehouse this one was copied from, as it is attached: what was not changed since is read there.

    For it was read to be copied, and is in memory; the copy need not be. Of the fact tables `same`, both hold the same
    rows; to `longer` facts were put behind since. Its tables of tags are those from before.
    """

    database: str
    same: frozenset[str] = frozenset()
    longer: frozenset[str] = frozenset()

    def of(self, table: str) -> str:
        """Return a table's quoted name there."""
        return f"{quoted(self.database)}.{quoted(table)}"


@dataclass(frozen=True)
class Moved:
    """From which moment to which, and the zone of the project's clock."""

    before: datetime
    as_of: datetime
    zone: str


def refresh_tags(
    engine: Engine,
    tagset: TagSet,
    moved: Moved,
    *,
    target: Target | None = None,
    before: Before | None = None,
    progress: Progress | None = None,
) -> Refreshed:
    """Bring the tables of `target` from `moved.before` to `moved.as_of`; they must hold the same definitions.

    Reads CHANGED, and GAPS where that table is there: it must have been brought to the moment. Rows of subjects whose
    values stayed as they were are not written again. Leaves the temporary tables
    `<prefix>_touched`, `<prefix>_among` and, where somebody was touched, `<prefix>_moves`.
    """
    target = target or Target()
    return _Refresh(engine, tagset, moved, target, before, progress).run()


class _Refresh:
    def __init__(
        self,
        engine: Engine,
        tagset: TagSet,
        moved: Moved,
        target: Target,
        before: Before | None,
        progress: Progress | None,
    ) -> None:
        self.engine, self.tagset, self.moved, self.target, self.progress = engine, tagset, moved, target, progress
        self.before = before
        self.among, self.touched, self.pairs, self.moves = (
            f"{target.prefix}_{part}" for part in ("among", "touched", "pairs", "moves")
        )
        self.seconds: dict[str, float] = {}

    def run(self) -> Refreshed:
        calm, few = self.tagset, self._few(self.tagset)
        restless = self._restless(few)
        if restless.tags:
            # Among the few alone, what compares with everybody would come out otherwise.
            calm = self.tagset.only(self.tagset.tags.keys() - restless.tags.keys())
            few = self._few(calm)
        self._run(list(self._touched(few)))
        touched = int(self.engine.one(f"SELECT count(*) FROM {quoted(self.among)}"))
        if touched:
            self._run([*few.steps, *self._mended(list(calm.tags))])
        if restless.tags:
            gaps_ready = GAPS in self.engine.tables()
            all_ = replace(
                self._trial("all"), known=self.target.tags, cuts=None, compares=self.target, gaps_ready=gaps_ready
            )
            everybody = self._plan(restless, all_)
            self._run([*everybody.steps, *self._rebuilt(tuple(restless.tags))])
        moves = self.moves if touched else None
        return Refreshed(touched, self._why(), tuple(restless.tags), moves, self._windows(), self.seconds)

    def _trial(self, part: str) -> Target:
        trial = Target.trial(f"{self.target.prefix}_{part}")
        before = self.before
        stored = {table: before.of(table) for table in before.same | before.longer} if before else {}
        return replace(trial, cuts=self.target.row_of_cuts, pass_from=self.target.pass_from, stored=stored)

    def _few(self, tagset: TagSet) -> Plan:
        return self._plan(tagset, replace(self._trial("few"), among=self.among))

    def _plan(self, tagset: TagSet, target: Target) -> Plan:
        return plan_tags(tagset, as_of=self.moved.as_of, zone=self.moved.zone, engine=self.engine, target=target)

    def _run(self, steps: Sequence[Step]) -> None:
        self.seconds |= run_steps(self.engine, steps, self.progress)

    def _restless(self, plan: Plan) -> TagSet:
        found = set(plan.restless)
        for code in self.tagset.order:
            if self.tagset.meanings[code].needs & found:
                found.add(code)
        return self.tagset.only(found)

    def _touched(self, plan: Plan) -> Iterator[SqlStep]:
        parts = [f"SELECT subject, why, '' AS what FROM {CHANGED}"]
        parts += [left for table in plan.tables if (left := self._left(table, plan.windows))]
        parts += [self._arrived(table) for table in plan.tables]
        union = "\nUNION ALL ".join(parts)
        yield SqlStep(
            f"{self.target.prefix}: touched",
            f"CREATE OR REPLACE TEMP TABLE {quoted(self.touched)} AS\nSELECT DISTINCT subject, why, what FROM ({union})"
            "\nWHERE subject IS NOT NULL",
            self.touched,
            (CHANGED,),
        )
        among = f"SELECT DISTINCT subject FROM {quoted(self.touched)}"
        yield SqlStep(
            f"{self.target.prefix}: among", f"CREATE OR REPLACE TEMP TABLE {quoted(self.among)} AS {among}", self.among
        )

    def _edges(self, span: Span) -> tuple[datetime, datetime]:
        edges = [span.before(at, self.moved.zone) for at in (self.moved.before, self.moved.as_of)]
        return min(edges), max(edges)

    def _left(self, table: str, windows: Sequence[Crossing]) -> str | None:
        """Whose facts of a table crossed an edge, in one scan; None when no edge of its windows moved."""
        spans: dict[Span, list[tuple[str, ...]]] = {}
        for each in windows:
            if each.table == table and len(set(self._edges(each.span))) > 1:
                spans.setdefault(each.span, []).append(each.conditions)
        crossed = {span: self._crossed(span) for span in spans}
        whats = [
            f"CASE WHEN {crossed[span]}{_any_of(conditions)} THEN {quoted_text(f'{table} {span}')} END"
            for span, conditions in spans.items()
        ]
        if not whats:
            return None
        told = f"list_filter([{', '.join(whats)}], lambda each: each IS NOT NULL)"
        where = " OR ".join(crossed.values())
        return f"SELECT subject, '{WINDOW}', unnest({told}) FROM {self._facts(table)} WHERE {where}"

    def _facts(self, table: str) -> str:
        return self.before.of(table) if self.before and table in self.before.same else quoted(table)

    def _crossed(self, span: Span) -> str:
        low, high = self._edges(span)
        return f"(occurred_at >= {literal(low)} AND occurred_at < {literal(high)})"

    def _arrived(self, table: str) -> str:
        low, high = sorted((self.moved.before, self.moved.as_of))
        where = f"occurred_at > {literal(low)} AND occurred_at <= {literal(high)}"
        return f"SELECT subject, '{ARRIVAL}', '' FROM {self._facts(table)} WHERE {where}"

    def _mended(self, calm: Sequence[str]) -> Iterator[SqlStep]:
        """The rows of those of the few whose values moved are exchanged for the new ones."""
        few, among, tags = self._trial("few"), quoted(self.among), quoted(self.target.tags)
        pairs, moves, weights = quoted(self.pairs), quoted(self.moves), quoted(self.target.weights)
        old = self.before.of(self.target.tags) if self.before else tags
        were = f"(SELECT * FROM {old} SEMI JOIN {among} USING (subject))"
        both = pairs_query(were, quoted(few.tags), calm)
        yield self._step("pairs", f"CREATE OR REPLACE TEMP TABLE {pairs} AS\n{both}")
        yield self._step("pairs", f"DROP TABLE {quoted(few.tags)}")
        yield self._step("moves", f"CREATE OR REPLACE TEMP TABLE {moves} AS\n{moves_query(pairs, calm)}")
        gone = f"subject IN (SELECT subject FROM {pairs} WHERE was)"
        yield self._step("mended", f"DELETE FROM {tags} WHERE {gone}")
        yield self._step("mended", f"INSERT INTO {tags} BY NAME {new_rows_query(pairs, calm)}")
        yield self._step("mended", f"DELETE FROM {weights} WHERE subject IN (SELECT subject FROM {among})")
        yield self._step("mended", f"INSERT INTO {weights} BY NAME SELECT * FROM {quoted(few.weights)}")
        for table in (self.pairs, *few.tables):
            yield self._step("mended", f"DROP TABLE IF EXISTS {quoted(table)}")

    def _rebuilt(self, restless: Sequence[str]) -> Iterator[SqlStep]:
        """The columns and the weights of restless tags are everybody's new ones."""
        tags, weights = quoted(self.target.tags), quoted(self.target.weights)
        everybody, following = self._trial("all"), quoted(f"{self.target.prefix}_next")
        columns = ", ".join(f"{'c' if code in restless else 'o'}.{quoted(code)}" for code in self.tagset.tags)
        joined = f"SELECT o.subject, {columns} FROM {tags} o JOIN {quoted(everybody.tags)} c USING (subject)"
        yield self._step("rebuilt", f"CREATE OR REPLACE TABLE {following} AS\n{joined}")
        yield self._step("rebuilt", f"DROP TABLE {tags}")
        yield self._step("rebuilt", f"ALTER TABLE {following} RENAME TO {tags}")
        codes = ", ".join(map(quoted_text, restless))
        yield self._step("rebuilt", f"DELETE FROM {weights} WHERE tag IN ({codes})")
        yield self._step("rebuilt", f"INSERT INTO {weights} BY NAME SELECT * FROM {quoted(everybody.weights)}")
        for table in (everybody.tags, everybody.weights):
            yield self._step("rebuilt", f"DROP TABLE {quoted(table)}")

    def _step(self, name: str, sql: str) -> SqlStep:
        return SqlStep(f"{self.target.prefix}: {name}", sql, self.target.tags)

    def _why(self) -> dict[str, int]:
        sql = f"SELECT why, count(DISTINCT subject) FROM {quoted(self.touched)} GROUP BY why ORDER BY why"
        return dict(self.engine.rows(sql))

    def _windows(self) -> dict[str, int]:
        sql = f"SELECT what, count(DISTINCT subject) FROM {quoted(self.touched)} WHERE what <> '' GROUP BY 1 ORDER BY 1"
        return dict(self.engine.rows(sql))


def _any_of(conditions: Sequence[tuple[str, ...]]) -> str:
    if not all(conditions):
        return ""
    each = (f"({' AND '.join(together)})" for together in dict.fromkeys(conditions))
    return f" AND ({' OR '.join(each)})"
