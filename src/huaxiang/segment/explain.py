"""Why a subject is, or is not, in a segment: each part of the condition, whether it holds, and the values it saw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlglot import exp

from huaxiang.definitions.nodes import Place as At
from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.errors import NotFound
from huaxiang.segment.compile import IDENTIFIERS, LISTS, is_member, segment_steps
from huaxiang.segment.definition import ByCondition, ByList, BySegments
from huaxiang.segment.segmentset import IN_SEGMENT, SegmentSet, formula
from huaxiang.segment.wording import listed, names_in, words_of
from huaxiang.sql.check import Expression
from huaxiang.steps import Step, run_steps
from huaxiang.tag.compile import Target, plan_tags
from huaxiang.tag.explain import Evidence, evidence_of
from huaxiang.tag.families import Moment
from huaxiang.tag.gaps import ORDERS, gaps_query
from huaxiang.tag.planner import Planning, thresholds_query
from huaxiang.tag.wording import say
from huaxiang.words import Words, nearest

_OWN = Target.trial("why_own")


@dataclass(frozen=True)
class Part:
    """One part of a condition: its text, its words, whether it holds (None: unknown), the values it names."""

    text: str
    words: Words
    holds: bool | None
    values: tuple[tuple[str, Any], ...] = ()
    evidence: tuple[tuple[str, Evidence], ...] = ()


@dataclass(frozen=True)
class SegmentExplanation:
    """What a segment is, how many are in it, and for a subject each part of its condition."""

    code: str
    name: Words
    words: Words
    formula: str
    place: At
    members: int
    steps: tuple[Step, ...]
    subject: int | None = None
    is_member: bool | None = None
    parts: tuple[Part, ...] = ()


def explain_segment(
    engine: Engine, segmentset: SegmentSet, code: str, subject: int | None = None, *, as_of: datetime, zone: str
) -> SegmentExplanation:
    """Explain a segment; with a `subject`, why that one is in it or not. Raises NotFound with the nearest code."""
    segment = segmentset.segments.get(code)
    if segment is None:
        near = nearest(code, segmentset.segments)
        raise NotFound(
            Words(
                f"there is no segment {code!r}" + (f" (did you mean {near}?)" if near else ""),
                f"没有人群“{code}”" + (f"（是不是想写 {near}？）" if near else ""),
            )
        )
    members = int(engine.one("SELECT count(*) FROM segment_members WHERE segment = ?", [code]))
    steps = tuple(segment_steps(segmentset, engine=engine, as_of=as_of, zone=zone))
    shown = SegmentExplanation(
        code, segment.name, words_of(segmentset, code), formula(code, segmentset), segment.place, members, steps
    )
    if subject is None:
        return shown
    explainer = _Explainer(engine, segmentset, subject, as_of, zone)
    return SegmentExplanation(
        **{**shown.__dict__, "subject": subject, "is_member": explainer.belongs(code), "parts": explainer.parts(code)}
    )


class _Explainer:
    def __init__(self, engine: Engine, segmentset: SegmentSet, subject: int, as_of: datetime, zone: str) -> None:
        self.engine, self.set, self.subject = engine, segmentset, subject
        self.planning = Planning(engine, as_of, zone, prefix="why", subject=subject)

    def belongs(self, code: str) -> bool:
        sql = "SELECT count(*) FROM segment_members WHERE segment = ? AND subject = ?"
        return bool(self.engine.one(sql, [code, self.subject]))

    def parts(self, code: str) -> tuple[Part, ...]:
        body = self.set.segments[code].body
        if isinstance(body, ByCondition):
            return self._of_condition(code)
        if isinstance(body, BySegments):
            return tuple(self._of_segments(body))
        return (self._of_list(code, body),)

    def _of_list(self, code: str, body: ByList) -> Part:
        sql = f"SELECT count(*) FROM {LISTS} JOIN {IDENTIFIERS} USING (node) WHERE segment = ? AND subject = ?"
        holds = bool(self.engine.one(sql, [code, self.subject]))
        return Part(f"in {body.file}", listed(body), holds)

    def _of_segments(self, body: BySegments) -> list[Part]:
        parts = []
        for text, wanted in [(each, True) for each in (*body.union, *body.intersect)] + [
            (each, False) for each in body.without
        ]:
            name = self.set.segments[text.text].name
            words = (
                Words(f"in {name.en}", f"属于{name.zh}") if wanted else Words(f"not in {name.en}", f"不属于{name.zh}")
            )
            parts.append(
                Part(f"{'' if wanted else 'not '}in_segment('{text}')", words, self.belongs(text.text) is wanted)
            )
        return parts

    def _of_condition(self, code: str) -> tuple[Part, ...]:
        condition, columns = self.set.conditions[code], self.set.columns(code)
        said = names_in(self.set, code)
        parts = [
            Expression(tree, condition.type, frozenset(_names(tree)), condition.source)
            for tree in _split(condition.tree)
        ]
        holds, row = self._look(code, parts)
        return tuple(
            Part(
                part.canonical.replace('"', ""),
                say(part.tree, said),
                held,
                tuple((name, row.get(columns[name])) for name in sorted(part.names)),
                tuple((name, self._evidence(columns[name])) for name in sorted(part.names) if ":" in columns[name]),
            )
            for part, held in zip(parts, holds, strict=True)
        )

    def _look(self, code: str, parts: list[Expression]) -> tuple[list[bool | None], dict[str, Any]]:
        """Return whether each part holds for the subject, and the subject's values."""
        functions = {IN_SEGMENT: is_member}
        columns = self.set.columns(code)
        tests = [self.planning.tags(part, columns=columns, functions=functions).sql(dialect="duckdb") for part in parts]
        thresholds = self.planning.thresholds.get(0, {})
        tables = self._prepare(code, everybody=bool(thresholds))
        source = "tags" + (f"\nLEFT JOIN {_OWN.tags} USING (subject)" if _OWN.tags in tables else "")
        try:
            cross = f", ({thresholds_query(thresholds.values(), source)})" if thresholds else ""
            shown = ", ".join(f"{test} AS {quoted(f'p:{number}')}" for number, test in enumerate(tests))
            rows = self.engine.dicts(f"SELECT *, {shown} FROM {source}{cross} WHERE tags.subject = ?", [self.subject])
        finally:
            for name in tables:
                self.engine.run(f"DROP TABLE IF EXISTS {quoted(name)}")
        row = rows[0] if rows else {}
        return [row.get(f"p:{number}") for number in range(len(tests))], row

    def _prepare(self, code: str, *, everybody: bool) -> list[str]:
        """Compute the segment's own statistics (for everybody when thresholds may need them) and the gaps."""
        moment, tables = self.planning.moment, []
        own = [tag for tag in self.set.hidden.tags if tag.split(":")[0] == code]
        if self.planning.wants_gaps:
            gaps = gaps_query(self.planning.shape(ORDERS), Moment(moment.as_of, moment.zone))
            self.engine.run(f"CREATE OR REPLACE TEMP TABLE why_gaps AS\n{gaps}")
            tables.append("why_gaps")
        if own:
            target = replace(_OWN, subject=None if everybody else self.subject)
            hidden = self.set.hidden.closure(own)
            plan = plan_tags(hidden, as_of=moment.as_of, zone=moment.zone, engine=self.engine, target=target)
            run_steps(self.engine, plan.steps)
            tables += target.tables
        return tables

    def _evidence(self, tag: str) -> Evidence:
        rests = self.set.hidden.meanings[tag].rests()
        assert rests is not None, "local statistics rest on facts"
        return evidence_of(self.planning, rests)


def _split(tree: exp.Expression) -> list[exp.Expression]:
    if isinstance(tree, exp.Paren) and isinstance(tree.this, exp.And | exp.Or | exp.Paren):
        return _split(tree.this)
    if isinstance(tree, exp.And):
        return [*_split(tree.this), *_split(tree.expression)]
    return [tree]


def _names(tree: exp.Expression) -> set[str]:
    return {column.name for column in tree.find_all(exp.Column)} - {"as_of"}
