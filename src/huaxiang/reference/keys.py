"""Which keys the parsers of definitions read, found in their own source, and what each is for.

A parser asks for its keys one by one (`fields.text("channel")`), so its source is the list. A key that is read and has
no meaning here, or has one and is never read, raises: the reference cannot fall behind the code.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from huaxiang import missing, project, sources, subscribers
from huaxiang.connectors import definition as reading
from huaxiang.connectors import places
from huaxiang.definitions import schedule
from huaxiang.identify import definition as identity
from huaxiang.inbox import contract, door
from huaxiang.library import include
from huaxiang.reference.doors import DOORS
from huaxiang.reference.meanings import MEANINGS
from huaxiang.segment import definition as segment
from huaxiang.tag import definition as tag
from huaxiang.tag import metadata
from huaxiang.tag.kinds import (
    bands,
    fact,
    imported,
    manual,
    model,
    peers,
    preference,
    psychological,
    rule,
    sequence,
    sql,
    statistic,
    trend,
)
from huaxiang.watch import definition as watch
from huaxiang.words import Words

SHAPES: Mapping[str, Words] = {
    "text": Words("text", "文本"),
    "texts": Words("text or list of texts", "文本或文本列表"),
    "words": Words("name: text or {zh, en}", "名称：文本或 {zh, en}"),
    "code": Words("code", "编码"),
    "integer": Words("whole number", "整数"),
    "flag": Words("true or false", "true 或 false"),
    "choice": Words("one word", "单选"),
    "mapping": Words("mapping", "映射"),
    "text_map": Words("mapping of texts", "文本映射"),
    "node_of": Words("value", "值"),
}
"""The methods of Fields, as what a person writes."""


@dataclass(frozen=True)
class Place:
    """Where keys are read: a function of a module, and the name of its Fields there."""

    module: ModuleType
    function: str
    variable: str = "fields"


@dataclass(frozen=True)
class Section:
    """One mapping people write: its code, its words, the places that read it."""

    code: str
    words: Words
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Key:
    """One key: its shape, whether it must be there, what it means."""

    name: str
    shape: Words
    required: bool
    words: Words


def _of(module: ModuleType, *functions: str, variable: str = "fields") -> tuple[Place, ...]:
    return tuple(Place(module, each, variable) for each in functions)


SECTIONS: tuple[Section, ...] = (
    Section(
        "project", Words("huaxiang.yaml", "huaxiang.yaml"),
        (*_of(project, "read_project", "_zone", "_governance", "_percent"), *_of(places, "parse_data_roots")),
    ),
    Section(
        "project.governance", Words("governance in huaxiang.yaml", "huaxiang.yaml 中的 governance"),
        _of(project, "_governance", variable="inner"),
    ),
    Section(
        "project.schedule", Words("schedule in huaxiang.yaml", "huaxiang.yaml 中的 schedule"),
        _of(schedule, "parse_schedule"),
    ),
    Section(
        "source", Words("A source: sources/*.yaml", "来源：sources/*.yaml"),
        (*_of(sources, "_parsed", "_lookups", "_table", "_columns"), *_of(reading, "read_of")),
    ),
    Section("source.column", Words("A column of a source", "来源中的一列"), _of(sources, "_mapped", variable="inner")),
    Section(
        "missing", Words("missing, where it is a mapping", "missing 写成映射时"),
        _of(missing, "parse_missing", variable="inner"),
    ),
    Section(
        "source.lookup", Words("A lookup of a source", "来源的对照表"),
        (*_of(sources, "_lookups", variable="inner"), *_of(reading, "read_of")),
    ),
    Section(
        "door", Words("A door: doors/*.yaml", "入口：doors/*.yaml"),
        _of(door, "parse_door", "_accept", "_origins", "_limit", "_signature", "_mapping"),
    ),
    Section("door.contract", Words("A contract of a door", "入口的一条约定"), _of(contract, "parse_contract")),
    Section(
        "door.signature", Words("signature of a door of webhooks", "webhook 入口的 signature"),
        _of(door, "_signature", variable="inner"),
    ),
    Section(
        "door.mapping", Words("mapping of a door of webhooks", "webhook 入口的 mapping"),
        _of(door, "_mapping", variable="inner"),
    ),
    Section("identity", Words("identity.yaml", "identity.yaml"), _of(identity, "parse_identity")),
    Section(
        "identity.identifier", Words("A kind of identifier in identity.yaml", "identity.yaml 中的一种标识"),
        _of(identity, "_kind"),
    ),
    Section(
        "fact", Words("A fact table of the project: facts/*.yaml", "项目自有的事实表：facts/*.yaml"),
        _of(project, "model_of", "_time_required", "_own_columns"),
    ),
    Section(
        "fact.column", Words("A column of such a fact table", "这种事实表的一列"),
        _of(project, "_own_columns", variable="inner"),
    ),
    Section(
        "tag", Words("Every tag: tags/*.yaml", "所有标签：tags/*.yaml"),
        (*_of(tag, "_parsed", "_values"), *_of(metadata, "parse_metadata", "_sensitivity")),
    ),
    Section("tag.value", Words("A value of a tag", "标签的一个取值"), _of(tag, "_values", variable="inner")),
    Section("tag.statistic", Words("Tag of kind statistic", "statistic（统计）标签"), _of(statistic, "parse")),
    Section("tag.fact", Words("Tag of kind fact", "fact（事实）标签"), _of(fact, "parse")),
    Section("tag.preference", Words("Tag of kind preference", "preference（偏好）标签"), _of(preference, "parse")),
    Section("tag.preference.prefer", Words("prefer", "prefer"), _of(preference, "parse", variable="inner")),
    Section("tag.rule", Words("Tag of kind rule", "rule（规则）标签"), _of(rule, "parse")),
    Section("tag.bands", Words("Tag of kind bands", "bands（分段）标签"), _of(bands, "parse")),
    Section("tag.bands.bands", Words("bands", "bands"), _of(bands, "parse", variable="inner")),
    Section("tag.sequence", Words("Tag of kind sequence", "sequence（序列）标签"), _of(sequence, "parse")),
    Section("tag.sequence.sequence", Words("sequence", "sequence"), _of(sequence, "parse", variable="inner")),
    Section(
        "tag.sequence.step", Words("A step of sequence", "sequence 的一步"), _of(sequence, "_step", variable="inner")
    ),
    Section("tag.trend", Words("Tag of kind trend", "trend（趋势）标签"), _of(trend, "parse")),
    Section("tag.trend.trend", Words("trend", "trend"), _of(trend, "parse", variable="inner")),
    Section("tag.peers", Words("Tag of kind peers", "peers（同组比较）标签"), _of(peers, "parse")),
    Section("tag.peers.peers", Words("peers", "peers"), _of(peers, "parse", variable="inner")),
    Section(
        "tag.psychological", Words("Tag of kind psychological", "psychological（心理）标签"),
        _of(psychological, "parse"),
    ),
    Section(
        "tag.psychological.psychological", Words("psychological", "psychological"),
        _of(psychological, "parse", variable="inner"),
    ),
    Section(
        "tag.psychological.evidence", Words("A piece of evidence", "一条依据"),
        _of(psychological, "_evidence", variable="inner"),
    ),
    Section("tag.imported", Words("Tag of kind imported", "imported（导入）标签"), _of(imported, "parse")),
    Section(
        "tag.imported.imported", Words("imported", "imported"),
        (*_of(imported, "parse", variable="inner"), *_of(reading, "read_of")),
    ),
    Section("tag.manual", Words("Tag of kind manual", "manual（人工）标签"), _of(manual, "parse")),
    Section("tag.manual.manual", Words("manual", "manual"), _of(manual, "parse", variable="inner")),
    Section("tag.sql", Words("Tag of kind sql", "sql（查询）标签"), _of(sql, "parse")),
    Section("tag.model", Words("Tag of kind model", "model（模型）标签"), _of(model, "parse")),
    Section("tag.model.model", Words("model", "model"), _of(model, "parse", variable="inner")),
    Section(
        "segment", Words("A segment: segments/*.yaml", "人群：segments/*.yaml"),
        _of(segment, "_parsed", "_body", "_locals"),
    ),
    Section(
        "subscriber", Words("A subscriber: subscribers/*.yaml", "订阅方：subscribers/*.yaml"),
        _of(subscribers, "_subscriber", "_secrets"),
    ),
    Section(
        "watch.alert", Words("An alert: watch.yaml, watch/*.yaml", "告警：watch.yaml、watch/*.yaml"),
        _of(watch, "_alert"),
    ),
    Section("watch.outcome", Words("An outcome: beside the alerts", "结果：与告警写在一起"), _of(watch, "_outcome")),
    Section(
        "include",
        Words("Including the library, in tags/, segments/ and facts/", "引用内置库（tags/、segments/ 与 facts/ 中）"),
        _of(include, "_included"),
    ),
)  # fmt: skip


def keys(section: Section) -> list[Key]:
    """Return the keys of a section in the order of their meanings. Raises LookupError when meanings and code differ."""
    found: dict[str, tuple[str, bool]] = {}
    for place in section.places:
        for name, shape, required in _read(place):
            before = found.get(name)
            found[name] = (before[0] if before else shape, required or (before is not None and before[1]))
    meanings = {**MEANINGS, **DOORS}[section.code]
    strange = set(found) ^ set(meanings)
    if strange:
        raise LookupError(f"{section.code}: read and meant differ in {sorted(strange)}; see reference/meanings.py")
    return [Key(name, SHAPES[found[name][0]], found[name][1], meanings[name]) for name in meanings]


def _read(place: Place) -> Iterator[tuple[str, str, bool]]:
    tree = ast.parse(inspect.getsource(place.module))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == place.function)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    varied = _varied(function)
    # What is required only under a condition ("where" of a segment that has no list) is not required as such.
    perhaps = {id(inner) for node in ast.walk(function) if isinstance(node, ast.If) for inner in ast.walk(node)}
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        for argument in _keys_of(call, place.variable):
            asked = any(each.arg == "required" for each in call.keywords) or _method(call) == "code"
            required = asked and id(call) not in perhaps
            for name in varied.get(argument.id, ()) if isinstance(argument, ast.Name) else _constant(argument):
                yield name, _shape(call), required


def _keys_of(call: ast.Call, variable: str) -> list[ast.expr]:
    """Return the argument that is a key: of fields.text("key"), or of helper(fields, "key")."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == variable:
        return call.args[:1] if function.attr in SHAPES else []
    if isinstance(function, ast.Name) and len(call.args) > 1 and _is(call.args[0], variable):
        return call.args[1:2]
    return []


def _is(node: ast.expr, variable: str) -> bool:
    return isinstance(node, ast.Name) and node.id == variable


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


_HELPERS = {"_day": "text", "_kinds": "text_map", "_known_columns": "texts", "_at_least_one": "integer",
            "_secret": "text", "_typed": "text_map", "_narrowed": "texts"}  # fmt: skip


def _shape(call: ast.Call) -> str:
    return _method(call) or _HELPERS.get(call.func.id if isinstance(call.func, ast.Name) else "", "node_of")


def _constant(node: ast.expr) -> tuple[str, ...]:
    return (node.value,) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ()


def _varied(function: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    """Return what a comprehension's name stands for: … for key in ("union", "intersect")."""
    found = {}
    for node in ast.walk(function):
        if (
            isinstance(node, ast.comprehension)
            and isinstance(node.target, ast.Name)
            and isinstance(node.iter, ast.Tuple)
        ):
            found[node.target.id] = tuple(name for each in node.iter.elts for name in _constant(each))
    return found
