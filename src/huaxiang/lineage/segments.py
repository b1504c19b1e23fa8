"""The segments' part of the graph: conditions over tags, statistics of their own, lists, other segments."""

from __future__ import annotations

from huaxiang.lineage.drawing import Drawing
from huaxiang.lineage.graph import NodeKind, Relation
from huaxiang.lineage.tags import draw_tags, draw_thresholds
from huaxiang.project import Project
from huaxiang.read.terms import kind_words
from huaxiang.segment.definition import ByList
from huaxiang.segment.segmentset import SegmentSet, formula
from huaxiang.segment.wording import names_in
from huaxiang.words import Words


def draw_segments(drawing: Drawing, project: Project) -> None:
    """Note every segment with what it rests on."""
    segments = project.segments
    draw_tags(drawing, segments.hidden, NodeKind.STATISTIC)
    for code in segments.order:
        segment = segments.segments[code]
        said, place = formula(code, segments), f"{segment.place.file}:{segment.place.line}"
        id_ = drawing.node(NodeKind.SEGMENT, code, segment.name, said, place)
        for need in segments.needs[code]:
            drawing.edge(f"{NodeKind.SEGMENT}:{need}", id_, Relation.VALUE, said)
        if isinstance(segment.body, ByList):
            _draw_list(drawing, project, segment.body, id_)
        _draw_condition(drawing, segments, code, id_)


def _draw_condition(drawing: Drawing, segments: SegmentSet, code: str, id_: str) -> None:
    condition = segments.conditions.get(code)
    if condition is None:
        return
    names = {
        name: f"{NodeKind.STATISTIC if column in segments.hidden.tags else NodeKind.TAG}:{column}"
        for name, column in segments.columns(code).items()
    }
    for name in sorted(condition.names):
        drawing.edge(names[name], id_, Relation.VALUE, condition.canonical)
    draw_thresholds(drawing, condition, id_, names, names_in(segments, code))


def _draw_list(drawing: Drawing, project: Project, body: ByList, id_: str) -> None:
    file, kind = body.file.text, body.identifier.text
    place = f"{body.file.place.file}:{body.file.place.line}"
    listed = drawing.node(NodeKind.LIST, file, Words(file, file), file, place)
    drawing.edge(listed, id_, Relation.VALUE, file)
    identifier = drawing.node(NodeKind.IDENTIFIER, kind, kind_words(project, kind))
    drawing.edge(identifier, id_, Relation.WHOSE, kind)
