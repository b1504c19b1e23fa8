"""The tags' part of the graph. Kinds are asked what they rest on and need; nothing here knows a kind by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import cast

from sqlglot import exp

from huaxiang.lineage.drawing import Drawing
from huaxiang.lineage.graph import NodeKind, Relation
from huaxiang.sql.check import Expression
from huaxiang.sql.language import dotted
from huaxiang.tag.compile import GAPS_TABLE
from huaxiang.tag.kinds.base import Meaning
from huaxiang.tag.kinds.population import GAP, POPULATION
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.wording import say
from huaxiang.words import Words

_GAP_COLUMNS = ("day", "category", "status")
"""What the days between two purchases are counted from."""


def draw_tags(drawing: Drawing, tagset: TagSet, kind: NodeKind = NodeKind.TAG) -> None:
    """Note every tag of a set with what it rests on; `kind` is TAG, or STATISTIC for those of a segment's own."""
    for code in tagset.order:
        tag, meaning = tagset.tags[code], tagset.meanings[code]
        id_ = drawing.node(kind, code, tag.name, meaning.formula, f"{tag.place.file}:{tag.place.line}")
        _draw_facts(drawing, meaning, id_)
        for need in sorted(meaning.needs):
            drawing.edge(f"{kind}:{need}", id_, Relation.VALUE, meaning.formula)
        names = {name: f"{kind}:{name}" for name in tagset.tags}
        for expression in expressions_in(meaning):
            draw_thresholds(drawing, expression, id_, names, tagset.naming.tags)


def _draw_facts(drawing: Drawing, meaning: Meaning, id_: str) -> None:
    rests = meaning.rests()
    if rests is None:
        return
    table = rests.selection.table
    drawing.edge(drawing.table(table), id_, Relation.ROWS, rests.selection.text())
    timed = ("occurred_at",) if rests.selection.window else ()
    for column in dict.fromkeys((*rests.columns, *timed)):
        drawing.edge(drawing.fact(table, column), id_, Relation.VALUE, meaning.formula)


def draw_thresholds(
    drawing: Drawing, expression: Expression, below: str, names: Mapping[str, str], words: Mapping[str, Words]
) -> None:
    """Note the values over everybody that an expression compares with; `names` are ids by the names it may use."""
    for call in expression.tree.find_all(exp.Anonymous):
        if str(call.this) not in POPULATION:
            continue
        text = call.sql(dialect="duckdb", normalize_functions="lower").replace('"', "")
        id_ = drawing.node(NodeKind.THRESHOLD, text, say(call, words), text)
        for name in dict.fromkeys(dotted(column) for column in call.find_all(exp.Column)):
            if name in names:
                drawing.edge(names[name], id_, Relation.VALUE, text)
        if str(call.this) == GAP:
            drawing.edge(drawing.table(GAPS_TABLE), id_, Relation.ROWS, text)
            for column in _GAP_COLUMNS:
                drawing.edge(drawing.fact(GAPS_TABLE, column), id_, Relation.VALUE, text)
        drawing.edge(id_, below, Relation.VALUE, text)


def expressions_in(value: object) -> Iterator[Expression]:
    """Yield every checked expression that a meaning holds, wherever its kind keeps it."""
    if isinstance(value, Expression):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from expressions_in(getattr(value, part.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from expressions_in(each)
    elif isinstance(value, tuple | list | frozenset):
        for each in cast("tuple[object, ...]", value):
            yield from expressions_in(each)
