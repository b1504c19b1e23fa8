"""The tags' part of the graph. Kinds are asked what they rest on and need; nothing here knows a kind by its name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from huaxiang.connectors.base import ReadSpec
from huaxiang.lineage.drawing import Drawing, plain_target
from huaxiang.lineage.graph import NodeKind, Relation
from huaxiang.sql.check import Expression
from huaxiang.sql.language import dotted
from huaxiang.tag.gaps import ORDERS
from huaxiang.tag.held import held
from huaxiang.tag.kinds.base import Rests
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
        for need in sorted(meaning.needs):
            drawing.edge(f"{kind}:{need}", id_, Relation.VALUE, meaning.formula)
        for rests in held(meaning.rests(), Rests):
            _draw_facts(drawing, rests, meaning.formula, id_)
        for read in held(meaning, ReadSpec):
            _draw_file(drawing, read, meaning.formula, id_)
        for tree in held(meaning, exp.Expression):
            _draw_query(drawing, tree, meaning.formula, id_)
        names = {name: f"{kind}:{name}" for name in tagset.tags}
        for expression in held(meaning, Expression):
            draw_thresholds(drawing, expression, id_, names, tagset.naming.tags)


def _draw_facts(drawing: Drawing, rests: Rests, formula: str, id_: str) -> None:
    table = rests.selection.table
    drawing.edge(drawing.table(table), id_, Relation.ROWS, rests.selection.text())
    timed = ("occurred_at",) if rests.selection.window else ()
    for column in dict.fromkeys((*rests.columns, *timed)):
        drawing.edge(drawing.fact(table, column), id_, Relation.VALUE, formula)


def _draw_file(drawing: Drawing, read: ReadSpec, formula: str, id_: str) -> None:
    """Note a file (or database) that values are read from as they are."""
    target = plain_target(read)
    drawing.edge(drawing.node(NodeKind.LIST, target, Words(target, target), target), id_, Relation.VALUE, formula)


def _draw_query(drawing: Drawing, tree: exp.Expression, formula: str, id_: str) -> None:
    """Note the fact tables a query reads, and those of their columns that it names."""
    known = drawing.model.facts
    tables = [known[name] for name in dict.fromkeys(each.name for each in tree.find_all(exp.Table)) if name in known]
    named = dict.fromkeys(column.name for column in tree.find_all(exp.Column))
    for table in tables:
        drawing.edge(drawing.table(table.name), id_, Relation.ROWS, formula)
        for column in named:
            if column in table.types:
                drawing.edge(drawing.fact(table, column), id_, Relation.VALUE, formula)


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
            drawing.edge(drawing.table(ORDERS), id_, Relation.ROWS, text)
            for column in _GAP_COLUMNS:
                drawing.edge(drawing.fact(ORDERS, column), id_, Relation.VALUE, text)
        drawing.edge(id_, below, Relation.VALUE, text)
