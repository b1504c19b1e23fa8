"""Ready tags by industry, to copy into a project and edit there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huaxiang.definitions.editing import add_entry
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.errors import Conflict, DefinitionError, NotAllowed, NotFound
from huaxiang.library.include import load, names
from huaxiang.model import Model
from huaxiang.project import Project, definition_nodes, model_of
from huaxiang.tag.definition import Tag, parse_tags
from huaxiang.tag.overlay import code_of
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Words, nearest

TEMPLATE_WORDS: Mapping[str, Words] = {
    "bank_retail": Words("retail banks", "零售银行"),
    "car_maker": Words("car makers", "汽车厂商"),
    "ecommerce": Words("online shops", "电商"),
    "events": Words("projects with events only", "只有行为数据的项目"),
    "fmcg": Words("makers of consumer goods", "快消品牌"),
    "retail": Words("retailers with stores", "门店零售"),
}


@dataclass(frozen=True)
class Template:
    """One industry's ready tags: for whom, and the tags in their order; `facts` are the tables it brings."""

    name: str
    words: Words
    tags: tuple[Tag, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Copied:
    """What was copied: the tags asked for, those that they rest on and the project lacked, the files written."""

    asked: tuple[str, ...]
    needed: tuple[str, ...]
    files: tuple[str, ...]


def templates() -> list[Template]:
    """Return every template, by name."""
    return [template(name) for name in names("tags")]


def template(name: str) -> Template:
    """Return one template. Raises NotFound, with the nearest name."""
    if name not in names("tags"):
        raise _unknown("template", "模板", name, names("tags"))
    faults = Faults()
    tags = parse_tags(load("tags", name, faults), faults)
    facts = [str(node.mapping["fact"].value) for node in _facts(name, faults)]
    return Template(name, TEMPLATE_WORDS.get(name, Words(name, name)), tuple(tags), tuple(facts))


def copy_tags(project: Project, name: str, codes: Sequence[str]) -> Copied:
    """Copy tags of a template into tags/NAME.yaml, with the tags they rest on that the project lacks.

    The template's fact tables are included in facts/NAME.yaml when the project lacks them. Raises NotFound for an
    unknown name, NotAllowed for a tag the project's own files define, DefinitionError when a copy would not be sound.
    """
    found = template(name)
    known = {tag.code: tag for tag in found.tags}
    for code in codes:
        if code not in known:
            raise _unknown("tag in the template", "模板标签", code, known)
    faults = Faults()
    _not_own(definition_nodes(project.root, "tags", faults), codes)
    model, brings = _model(project, found, faults)
    needed = _needed(project, found, codes, model)
    wanted = [known[code] for code in known if code in {*codes, *needed}]
    mine = {tag.code for tag in wanted}
    others = [tag for tag in project.tags.tags.values() if tag.code not in mine]
    TagSet.check([*others, *wanted], model, faults)
    if faults.found:
        raise DefinitionError(faults.found)
    texts = {f"tags/{name}.yaml": _added(project.root / f"tags/{name}.yaml", [tag.node for tag in wanted])}
    if brings:
        texts[f"facts/{name}.yaml"] = _added(project.root / f"facts/{name}.yaml", [Node({"include": Node(name)})])
    for file, text in texts.items():
        (project.root / file).parent.mkdir(parents=True, exist_ok=True)
        (project.root / file).write_text(text, encoding="utf-8")
    return Copied(tuple(codes), needed, tuple(texts))


def _facts(name: str, faults: Faults) -> list[Node]:
    return load("facts", name, faults) if name in names("facts") else []


def _model(project: Project, found: Template, faults: Faults) -> tuple[Model, bool]:
    brings = any(code not in project.model.facts for code in found.facts)
    if not brings:
        return project.model, False
    ready = model_of(_facts(found.name, faults), faults)
    return Model({**ready.facts, **project.model.facts}), True


def _needed(project: Project, found: Template, codes: Iterable[str], model: Model) -> tuple[str, ...]:
    """Return what the tags rest on, directly or not, that is in the template and not in the project."""
    meanings = TagSet.check(list(found.tags), model, Faults()).closure(codes).tags
    return tuple(code for code in meanings if code not in set(codes) and code not in project.tags.tags)


def _not_own(nodes: Iterable[Node], codes: Sequence[str]) -> None:
    for node in nodes:
        if code_of(node) in codes:
            place = f"{node.place.file}:{node.place.line}"
            raise NotAllowed(
                Words(
                    f"{code_of(node)} is defined at {place}: edit it there",
                    f"{code_of(node)} 已定义在 {place}，请直接在那里修改",
                )
            )


def _added(path: Path, nodes: Iterable[Node]) -> str:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    for node in nodes:
        made = add_entry(text, node)
        if made is None:
            name = path.name
            raise Conflict(Words(f"nothing can be added to {name}: it is no list", f"{name} 不是列表，无法追加定义"))
        text = made
    return text


def _unknown(en: str, zh: str, word: str, known: Iterable[str]) -> NotFound:
    near = nearest(word, known)
    ask = Words(f" (did you mean {near}?)", f"（是不是想写 {near}？）") if near else Words("", "")
    return NotFound(Words(f"there is no {en} {word!r}{ask.en}", f"没有名为“{word}”的{zh}{ask.zh}"))
