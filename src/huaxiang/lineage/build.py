"""The whole graph of a project, from its definitions, the headers of its sources and the exports made so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huaxiang.errors import ReadError
from huaxiang.lineage.drawing import Drawing
from huaxiang.lineage.graph import Graph, NodeKind, Relation
from huaxiang.lineage.segments import draw_segments
from huaxiang.lineage.sources import draw_source
from huaxiang.lineage.tags import draw_tags
from huaxiang.project import Project
from huaxiang.read.current import CurrentBuild
from huaxiang.registry import Registry
from huaxiang.registry.exports import Export, exports
from huaxiang.sources import Source, reader_of
from huaxiang.words import Words

Headers = Mapping[str, frozenset[str]]
"""Source → the columns its files really have; a source that cannot tell is not there."""


def graph(project: Project) -> Graph:
    """Return the graph of a project; its files' headers are looked at, its registry is read if there is one."""
    path = project.store / "registry.db"
    if not path.is_file():
        return build_graph(project, headers_of(project))
    registry = Registry(path)
    try:
        return build_graph(project, headers_of(project), exports(registry))
    finally:
        registry.close()


def graph_of(current: CurrentBuild) -> Graph:
    """Return the graph of the project as the build at hand was made; headers are looked at once a build."""
    headers = current.once("headers", lambda: headers_of(current.project))
    return build_graph(current.project, headers, exports(current.registry))


def headers_of(project: Project) -> dict[str, frozenset[str]]:
    """Return the columns of every source of files; databases are not asked, nor is what cannot be read."""
    found = {source.code: _headers(project, source) for source in project.sources if source.read.kind != "sql"}
    return {code: headers for code, headers in found.items() if headers is not None}


def _headers(project: Project, source: Source) -> frozenset[str] | None:
    if source.layout == "document":
        return None
    reader = reader_of(source.read)
    try:
        parts = reader.parts(source.read, project.root, None)
        columns = reader.columns(source.read, project.root, parts[0]) if parts else None
    except ReadError:
        return None
    return frozenset(columns) if columns is not None else None


def build_graph(project: Project, headers: Headers | None = None, made: Sequence[Export] = ()) -> Graph:
    """Return the graph from what is given; without headers, expressions alone say which columns a source has."""
    drawing = Drawing(project.model)
    for source in project.sources:
        draw_source(drawing, project, source, (headers or {}).get(source.code))
    draw_tags(drawing, project.tags)
    draw_segments(drawing, project)
    _draw_exports(drawing, made)
    return drawing.done()


def _draw_exports(drawing: Drawing, made: Sequence[Export]) -> None:
    """Note each file once, as it was last made; what is no longer defined has no edge."""
    for each in made:
        about = [f"{each.at:%Y-%m-%d %H:%M}", f"{each.rows:,}", each.form, f"#{each.build}", each.by]
        node = f"{each.segment or '*'} → {each.file}"
        if f"{NodeKind.EXPORT}:{node}" in drawing.nodes:
            continue
        id_ = drawing.node(NodeKind.EXPORT, node, Words(each.file, each.file), " · ".join(filter(None, about)))
        above = [f"{NodeKind.SEGMENT}:{each.segment}"] if each.segment else []
        above += [f"{NodeKind.TAG}:{code}" for code in (*each.tags, *each.filters)]
        above += [f"{kind}:{code}" for code in each.kinds for kind in (NodeKind.IDENTIFIER, NodeKind.PERSONAL)]
        for known in (each for each in above if each in drawing.nodes):
            drawing.edge(known, id_, Relation.VALUE, each.form)
