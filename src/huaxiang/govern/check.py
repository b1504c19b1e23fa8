"""A definition as text, checked as if it stood in the project; what it would change, computed without changing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from huaxiang.definitions.nodes import Faults, Node, parse_yaml
from huaxiang.engine.duckdb import Engine
from huaxiang.errors import DefinitionError, Fault, ProjectError
from huaxiang.pipeline import store_paths
from huaxiang.planning import Change
from huaxiang.project import Project, check_trusted
from huaxiang.registry import Build, Registry
from huaxiang.segment.plan import plan_segment_changes
from huaxiang.segment.segmentset import SegmentSet, segment_hashes
from huaxiang.tag.definition import Tag, parse_tags
from huaxiang.tag.kinds import imported
from huaxiang.tag.overlay import KEY
from huaxiang.tag.plan import plan_changes
from huaxiang.tag.tagset import TagSet, definition_hashes
from huaxiang.words import Words

CONSOLE = "console"
"""What faults name as the file of a text that comes from none."""


@dataclass(frozen=True)
class Impact:
    """What a definition would do: its own change, and that of every tag and segment that rests on it.

    `change` is None when it computes what the build already has.
    """

    build: int
    code: str
    change: Change | None
    others: tuple[Change, ...]


def check_text(project: Project, text: str) -> list[Fault]:
    """Return every fault of one definition's YAML text in this project; those of the text itself first."""
    faults = Faults()
    node = read_text(text, faults)
    if node is not None:
        would_be(project, node, faults)
    return sorted(faults.found, key=lambda fault: (fault.file != CONSOLE, fault.file, fault.line, fault.what.en))


def sound(project: Project, text: str) -> tuple[Node, Tag]:
    """Return the definition a text holds, and the tag. Raises DefinitionError with all faults of check_text."""
    faults = Faults()
    node = read_text(text, faults)
    made = would_be(project, node, faults) if node is not None else None
    if faults.found or node is None or made is None:
        raise DefinitionError(faults.found)
    return node, made.tags.tags[str(node.mapping[KEY].value)]


def read_text(text: str, faults: Faults, name: str = CONSOLE) -> Node | None:
    """Return the one definition a text holds, written as a mapping or as a list of one; None with a fault."""
    root = parse_yaml(text, name, faults)
    if root is None:
        return None
    if len(root.items) != 1 or KEY not in root.items[0].mapping:
        faults.add(root.place, "this must be one definition that begins with tag:", "这里应是一个以 tag: 开头的定义")
        return None
    return root.items[0]


def code_in(text: str) -> str:
    """Return the code of the definition a text holds. Raises DefinitionError when it holds none."""
    faults = Faults()
    node = read_text(text, faults)
    if node is None:
        raise DefinitionError(faults.found)
    return str(node.mapping[KEY].value)


def would_be(project: Project, node: Node, faults: Faults) -> Project | None:
    """Return the project with this definition in the place of the one of the same code; None when it is no tag."""
    # One definition may make two tags: the second says how sure the first is.
    mine = {tag.code: tag for tag in parse_tags([node], faults)}
    if not mine:
        return None
    there = project.tags.tags
    _reads_within(mine.values(), there, node, faults)
    before = there.get(next(iter(mine)))
    gone = {before.companion} - mine.keys() if before else set[str]()
    kept = [mine.get(code, tag) for code, tag in there.items() if code not in gone]
    return with_tags(project, [*kept, *(tag for code, tag in mine.items() if code not in there)], faults)


def _reads_within(tags: Iterable[Tag], there: Mapping[str, Tag], node: Node, faults: Faults) -> None:
    """Note that a text would have a database or a folder outside the project read, unless its tag does so already.

    An address may name variables of the environment and any machine: it is written by who may write the files.
    """
    for tag in tags:
        before = there.get(tag.code)
        reads, known = _imports(tag), _imports(before) if before else None
        if reads is not None and not reads.within and (known is None or known.read != reads.read):
            faults.add(
                node.mapping.get("imported", node).place,
                "a database or a folder outside the project is named in a file of the project, not here",
                "数据库和项目外的文件夹只能写在项目文件里，不能写在这里",
            )


def _imports(tag: Tag) -> imported.Imported | None:
    return tag.body.meaning if isinstance(tag.body, imported.Body) else None


def with_tags(project: Project, tags: list[Tag], faults: Faults) -> Project:
    """Return the project with these tags, its segments checked against them."""
    checked = TagSet.check(tags, project.model, faults)
    check_trusted(tags, project.sources, faults)
    segments = SegmentSet.check(list(project.segments.segments.values()), checked, faults)
    return replace(project, tags=checked, segments=segments)


def impact(project: Project, text: str, engine: Engine | None = None) -> Impact:
    """Return what a definition would change against the current build, which stays as it is.

    `engine` is the build's warehouse if the caller has it open; without it, it is opened read-only.
    Raises DefinitionError for faults, ProjectError when there is no build yet.
    """
    faults = Faults()
    node = read_text(text, faults)
    made = would_be(project, node, faults) if node is not None else None
    if faults.found or node is None or made is None:
        raise DefinitionError(faults.found)
    build = _current(project)
    code = code_in(text)
    was, wanted = project.at(build.as_of), made.at(build.as_of)
    if engine is not None:
        return _impact(engine, was, wanted, code, build)
    paths = store_paths(project)
    with Engine(paths["builds"] / build.file, read_only=True, spill=paths["spill"], confined=()) as opened:
        return _impact(opened, was, wanted, code, build)


def _impact(engine: Engine, was: Project, wanted: Project, code: str, build: Build) -> Impact:
    before, after = definition_hashes(was.tags), definition_hashes(wanted.tags)
    touched = {each for each in after if before.get(each) != after[each]} | {code}
    # Other tags may wait for a build too; they are not this definition's doing.
    part = wanted.tags.closure(touched)
    changes = {
        each.code: Change("tag", each.code, each.what, each.customers, each.of)
        for each in plan_changes(engine, part, build.as_of, wanted.zone, build.id)
        if each.code in touched and each.what not in ("same", "gone")
    }
    own = changes.pop(code, None)
    return Impact(build.id, code, own, (*changes.values(), *_segments(engine, was, wanted, build)))


def _segments(engine: Engine, was: Project, wanted: Project, build: Build) -> list[Change]:
    before, after = segment_hashes(was.segments), segment_hashes(wanted.segments)
    touched = {code for code in after if before.get(code) != after[code]}
    if not touched:
        return []
    everybody = int(engine.one("SELECT count(*) FROM subjects"))
    return [
        Change("segment", each.code, each.what, each.entering + each.leaving, everybody)
        for each in plan_segment_changes(engine, wanted.segments, build.as_of, wanted.zone)
        if each.code in touched and each.what != "same"
    ]


def _current(project: Project) -> Build:
    path = store_paths(project)["registry"]
    if path.is_file():
        registry = Registry(path)
        try:
            build = registry.current()
        finally:
            registry.close()
        if build is not None:
            return build
    raise ProjectError(
        Words("there is no build to compare with yet: huaxiang build", "还没有可比较的构建，请先运行 huaxiang build")
    )
