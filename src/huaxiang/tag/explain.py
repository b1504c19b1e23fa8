"""Why a tag is what it is: its sentence, formula, SQL and thresholds; for a subject the facts the value rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huaxiang.definitions.nodes import Place
from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import NotFound
from huaxiang.model import Column, Type
from huaxiang.steps import Step
from huaxiang.tag.closed import idle_scores
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.families import not_later
from huaxiang.tag.kinds.bands import Scores
from huaxiang.tag.kinds.base import Rests, input_table
from huaxiang.tag.measures import literal
from huaxiang.tag.planner import Planning
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.thresholds import Thresholds
from huaxiang.words import Words, nearest

SHOWN = 50
"""At most so many facts are shown; how many there are is always said."""

_WHERE_FROM = ("fact_id", "source", "channel", "part", "source_row", "item", "occurred_at")


@dataclass(frozen=True)
class Evidence:
    """Facts a value rests on: column names, rows (latest first, at most SHOWN), and how many there are in all."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


@dataclass(frozen=True)
class ThresholdValue:
    """A value that came from everybody at the build. `text`: the category it belongs to, if any."""

    name: str
    words: Words
    value: float | None
    text: str | None


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say about a tag, and about one subject's value of it.

    `needs` explains the tags it rests on, each with the subject's value. `steps` is empty but for the tag asked about.
    `origin` says where a value that rests on no facts is from (a file and its row, who set it …), column by column.
    `further` are facts of further tables. `confidence` says how sure the value is, 0 to 1, where its kind says so.
    `idle` are the scores that nobody has, for too many numbers are equal.
    """

    code: str
    name: Words
    kind: str
    type: Type
    words: Words
    formula: str
    place: Place
    thresholds: tuple[ThresholdValue, ...]
    needs: tuple[Explanation, ...]
    steps: tuple[Step, ...] = ()
    subject: int | None = None
    value: Any = None
    evidence: Evidence | None = None
    origin: tuple[tuple[Column, Any], ...] = ()
    further: tuple[Evidence, ...] = ()
    confidence: float | None = None
    idle: tuple[str, ...] = ()


def explain_tag(
    engine: Engine, tagset: TagSet, code: str, subject: int | None = None, *, as_of: datetime, zone: str
) -> Explanation:
    """Explain a tag, and one subject's value when `subject` is given. Raises NotFound with the nearest code."""
    if code not in tagset.tags:
        raise no_tag(code, tagset.tags)
    # Shown as SQL, which people read; a pass is another way to the same values.
    target = Target(pass_from=None)
    steps = plan_tags(tagset.closure([code]), as_of=as_of, zone=zone, engine=engine, target=target).steps
    return _Explainer(engine, tagset, subject, as_of, zone).explain(code, steps)


def no_tag(code: str, known: Sequence[str] | dict[str, Any] | Any) -> NotFound:
    """Return the error of a tag that is not there."""
    near = nearest(code, known)
    return NotFound(
        Words(
            f"there is no tag {code!r}" + (f" (did you mean {near}?)" if near else ""),
            f"没有标签“{code}”" + (f"（是不是想写 {near}？）" if near else ""),
        )
    )


class _Explainer:
    def __init__(self, engine: Engine, tagset: TagSet, subject: int | None, as_of: datetime, zone: str) -> None:
        self.engine, self.tagset, self.subject = engine, tagset, subject
        self.planning = Planning(engine, as_of, zone, subject=subject)
        self.tables = engine.tables()
        self.columns = engine.columns("tags") if "tags" in self.tables else {}
        self.row = self._row()
        self.naming = tagset.naming

    def explain(self, code: str, steps: tuple[Step, ...] = ()) -> Explanation:
        tag, meaning = self.tagset.tags[code], self.tagset.meanings[code]
        rests = meaning.rests()
        return Explanation(
            code,
            tag.name,
            tag.kind.name,
            meaning.type,
            self.tagset.words(code, self.naming),
            meaning.formula,
            tag.place,
            self._thresholds(code),
            tuple(self.explain(need) for need in self.tagset.tags if need in meaning.needs),
            steps,
            self.subject,
            self.row.get(code),
            evidence_of(self.planning, rests) if rests and self.subject is not None else None,
            self._origin(code, tag.kind.stored or ()),
            tuple(evidence_of(self.planning, each) for each in rests.more)
            if rests and self.subject is not None
            else (),
            self.row.get(tag.companion) if tag.companion else None,
            self._idle(code),
        )

    def _idle(self, code: str) -> tuple[str, ...]:
        meaning = self.tagset.meanings[code]
        if not isinstance(meaning, Scores) or code not in self.columns:
            return ()
        column = f"CAST({quoted(code)} AS VARCHAR)"
        sql = f"SELECT DISTINCT {column} FROM tags WHERE {quoted(code)} IS NOT NULL"
        return idle_scores(meaning, {text for (text,) in self.engine.rows(sql)})

    def _origin(self, code: str, columns: tuple[Column, ...]) -> tuple[tuple[Column, Any], ...]:
        table = input_table(code)
        if self.subject is None or not columns or table not in self.tables:
            return ()
        listed = ", ".join(quoted(column.name) for column in columns)
        rows = self.engine.rows(f"SELECT {listed} FROM {quoted(table)} WHERE subject = ?", [self.subject])
        return tuple(zip(columns, rows[0], strict=True)) if rows else ()

    def _row(self) -> dict[str, Any]:
        if self.subject is None or "tags" not in self.tables:
            return {}
        rows = self.engine.dicts("SELECT * FROM tags WHERE subject = ?", [self.subject])
        return rows[0] if rows else {}

    def _thresholds(self, code: str) -> tuple[ThresholdValue, ...]:
        if "tag_thresholds" not in self.tables:
            return ()
        sql = "SELECT name, value, text FROM tag_thresholds WHERE tag = ? ORDER BY name"
        rows = self.engine.rows(sql, [code])
        if not rows:
            return ()
        thresholds = Thresholds(self.tagset.meanings[code], self.planning, self.tagset.naming.tags)
        found = tuple(ThresholdValue(name, thresholds.words(name, text), value, text) for name, value, text in rows)
        if self.subject is None:
            return found
        # Of what groups say, a customer's value rests on what their own says.
        own = {str(self.row.get(need)) for need in self.tagset.meanings[code].needs}
        return tuple(each for each in found if each.text is None or each.text in own)


def evidence_of(planning: Planning, rests: Rests) -> Evidence:
    """Return the facts of `planning.subject` that a value rests on."""
    engine, table = planning.engine, rests.selection.table
    sql, total, columns = evidence_sql(planning, rests)
    rows = tuple(engine.rows(sql))
    return Evidence(table, columns, rows, int(engine.one(total)))


def evidence_sql(planning: Planning, rests: Rests) -> tuple[str, str, tuple[str, ...]]:
    """Return the SQL of the facts, the SQL of their number, and the columns' names."""
    selection, shape = rests.selection, planning.shape(rests.selection.table)
    conditions, _ = planning.conditions(selection)
    where = [planning.moment.whose, *conditions, *not_later(shape, planning.moment)]
    edge = planning.edge(selection)
    where += [f"occurred_at >= {literal(edge)}"] if edge else []
    until = planning.until(selection)
    where += [f"occurred_at < {literal(until)}"] if until else []
    where += [f"{planning.fact_sql(each)} IS NOT NULL" for each in rests.needs]
    existing = planning.engine.columns(selection.table)
    used = (*_WHERE_FROM, selection.per, *rests.columns)
    columns = tuple(dict.fromkeys(name for name in used if name in existing))
    source = f"FROM {quoted(selection.table)} WHERE {' AND '.join(where)}"
    order = ", ".join(name for name in ("occurred_at DESC NULLS LAST", "fact_id") if name.split()[0] in existing)
    listed = ", ".join(quoted(name) for name in columns)
    return f"SELECT {listed} {source} ORDER BY {order} LIMIT {SHOWN}", f"SELECT count(*) {source}", columns
