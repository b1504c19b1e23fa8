"""watch.yaml and watch/*.yaml as frozen dataclasses: the rules tags are held against, the outcomes lift is told of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import NOWHERE, Faults, Node, Place, parse_yaml, read_yaml
from huaxiang.errors import DefinitionError
from huaxiang.model import FactTable, Type
from huaxiang.project import Project
from huaxiang.sql.check import Expression, Scope, check
from huaxiang.tag.definition import Tag
from huaxiang.tag.window import Span, span
from huaxiang.tag.wording import say
from huaxiang.watch.measured import COLUMNS
from huaxiang.words import Words

SEVERITIES = ("info", "warning", "critical")
EVERY_TAG = "*"
HORIZON = Span(30, "day")
ANY_FACT = "count(*) > 0"
"""What an outcome is when only its facts are named."""


@dataclass(frozen=True)
class Rule:
    """One alert as defined: for which tags (None = every one), under which condition, how grave."""

    code: str
    name: Words
    tags: tuple[str, ...] | None
    when: str
    condition: Expression
    severity: str
    place: Place


@dataclass(frozen=True)
class Outcome:
    """What may happen to a customer within `horizon` after a moment: an aggregate condition over facts."""

    code: str
    name: Words
    table: str
    value: Expression
    where: Expression | None
    horizon: Span


@dataclass(frozen=True)
class Watching:
    """The rules and outcomes of a project; `ready`: the rules are those of the library."""

    rules: tuple[Rule, ...]
    outcomes: Mapping[str, Outcome]
    ready: bool


def load_watching(project: Project) -> Watching:
    """Return a project's rules and outcomes. Raises DefinitionError with all faults together."""
    faults = Faults()
    found = check_watching(project, faults)
    if faults.found:
        raise DefinitionError(faults.found)
    return found


def check_watching(project: Project, faults: Faults) -> Watching:
    """Return a project's rules and outcomes, every fault noted; without alerts of its own, the ready rules."""
    rules: dict[str, Rule] = {}
    outcomes: dict[str, Outcome] = {}
    places: dict[str, Place] = {}
    for node in _nodes(project.root, faults):
        entry = (
            _outcome(node, project, faults)
            if "outcome" in node.mapping
            else _alert(node, project.tags.tags, faults, project.tags.broken)
        )
        if entry is None:
            continue
        first = places.setdefault(entry.code, node.place)
        if first is not node.place:
            where = f"{first.file}:{first.line}"
            faults.add(node.place, f"{entry.code!r} is defined at {where} too", f"“{entry.code}”在 {where} 已经定义过")
        if isinstance(entry, Rule):
            rules.setdefault(entry.code, entry)
        else:
            outcomes.setdefault(entry.code, entry)
    if rules:
        return Watching(tuple(rules.values()), outcomes, ready=False)
    return Watching(tuple(ready_rules(project.tags.tags)), outcomes, ready=True)


def outcome_of(text: str, project: Project, watching: Watching, horizon: str | None = None) -> Outcome:
    """Return the outcome a person names: one of watch.yaml, a fact table ("orders"), or "TABLE: condition".

    Raises DefinitionError when it is none of these.
    """
    faults = Faults()
    place = Place("--outcome", 0)
    within = span(Text(horizon, Place("--horizon", 0)), faults) if horizon else None
    known = watching.outcomes.get(text.strip())
    found: Outcome | None
    if known is not None:
        found = Outcome(known.code, known.name, known.table, known.value, known.where, within or known.horizon)
    else:
        table, _, condition = (part.strip() for part in text.partition(":"))
        value = Text(condition or ANY_FACT, place)
        named = watching.outcomes
        facts = project.model.facts.get(table)
        name = facts.words if facts and not condition else Words(text, text)
        found = _checked(text, name, Text(table, place), value, None, within or HORIZON, project, named, faults)
    if faults.found or found is None:
        raise DefinitionError(faults.found)
    return found


def _nodes(root: Path, faults: Faults) -> Iterator[Node]:
    single = [path for path in (root / "watch.yaml", root / "watch.yml") if path.is_file()]
    for path in [*single, *sorted([*(root / "watch").rglob("*.yaml"), *(root / "watch").rglob("*.yml")])]:
        node = read_yaml(path, path.relative_to(root).as_posix(), faults)
        if node is not None:
            yield from node.items


def when_words(when: str) -> Words:
    """Return a rule's condition in words; the text itself where it cannot be read any more."""
    faults = Faults()
    found = _condition(Text(when, NOWHERE), [], faults)
    if found is None:
        return Words(when, when)
    return say(found.tree, {name: words for name, (_, words) in COLUMNS.items()})


def ready_rules(tags: Mapping[str, Tag]) -> Iterator[Rule]:
    """Yield the library's rules, which hold for every tag."""
    faults = Faults()
    node = parse_yaml(
        files("huaxiang.library").joinpath("watch.yaml").read_text(encoding="utf-8"), "library/watch.yaml", faults
    )
    for item in node.items if node else ():
        rule = _alert(item, tags, faults)
        if rule is not None:
            yield rule


def _alert(node: Node, tags: Mapping[str, Tag], faults: Faults, broken: Iterable[str] = ()) -> Rule | None:
    fields = Fields(node, Words("an alert", "告警规则"), faults)
    if not node.mapping:
        return None
    code = fields.code("alert")
    name = fields.words("name", code)
    texts = fields.texts("tag")
    when = fields.text("when", required=True)
    severity = fields.choice("severity", SEVERITIES, "warning")
    fields.finish()
    every = not texts or EVERY_TAG in [text.text for text in texts]
    if not every:
        _known(texts, [*tags, *broken], faults)
    condition = _condition(when, [tags[each.text] for each in texts if each.text in tags], faults) if when else None
    if not code or when is None or condition is None:
        return None
    wanted = None if every else tuple(text.text for text in texts)
    return Rule(code, name, wanted, when.text, condition, severity, node.place)


def _known(texts: Iterable[Text], tags: Collection[str], faults: Faults) -> None:
    for text in texts:
        if text.text not in tags:
            faults.add(
                text.place, f"there is no tag {text.text!r}", f"没有标签“{text.text}”", word=text.text, known=tags
            )


_FALLS = re.compile(r"(\w+)\s*(?:falls by|下降)\s*(\d+(?:\.\d+)?)\s*%")
_RISES = re.compile(r"(\w+)\s*(?:rises by|上升)\s*(\d+(?:\.\d+)?)\s*%")
_VANISHES = re.compile(r"(?:value\s+(.+?)\s+vanishes|取值\s*(.+?)\s*消失)")
_ANY_VANISHES = ("a value vanishes", "有取值消失")
_COMPARED = {"coverage": "coverage", "覆盖率": "coverage"}
"""Measurements that are kept from the build before, by the words people write."""


def _condition(when: Text, tags: list[Tag], faults: Faults) -> Expression | None:
    """Check a condition over measurements; the short ways of saying things become expressions first."""
    text = when.text.strip()
    written: str | None = text
    if text in _ANY_VANISHES:
        written = "vanished_values > 0"
    elif found := _VANISHES.fullmatch(text):
        written = _vanishes(Text(found[1] or found[2], when.place), tags, faults)
    elif found := _FALLS.fullmatch(text) or _RISES.fullmatch(text):
        written = _moves(Text(found[1], when.place), float(found[2]) / 100, bool(_FALLS.fullmatch(text)), faults)
    if written is None:
        return None
    return check(
        Text(written, when.place), Scope({name: type_ for name, (type_, _) in COLUMNS.items()}), faults, want=Type.BOOL
    )


def _vanishes(value: Text, tags: list[Tag], faults: Faults) -> str | None:
    for tag in tags:
        listed = [each.value for each in tag.values]
        if listed and value.text not in listed:
            faults.add(
                value.place, f"tag {tag.code!r} has no value {value.text!r}",
                f"标签“{tag.code}”没有取值“{value.text}”", word=value.text, known=listed,
            )  # fmt: skip
            return None
    return "has(vanished, '" + value.text.replace("'", "''") + "')"


def _moves(name: Text, share: float, falls: bool, faults: Faults) -> str | None:
    column = _COMPARED.get(name.text)
    if column is None:
        faults.add(
            name.place, f"only coverage can fall or rise by a share, not {name.text!r}",
            f"只有覆盖率（coverage）可以写“下降/上升 x%”，不能写“{name.text}”", word=name.text, known=_COMPARED,
        )  # fmt: skip
        return None
    # A fall by exactly the share counts; the margin is for the last digit of a division.
    if falls:
        return f"coverage_before > 0 and {column} <= {column}_before * {1 - share:.9f} + 0.000000001"
    return f"coverage_before > 0 and {column} >= {column}_before * {1 + share:.9f} - 0.000000001"


def _outcome(node: Node, project: Project, faults: Faults) -> Outcome | None:
    fields = Fields(node, Words("an outcome", "结果"), faults)
    code = fields.code("outcome")
    name = fields.words("name", code)
    table, where, value = fields.text("from", required=True), fields.text("where"), fields.text("value")
    horizon = span(fields.text("horizon"), faults)
    fields.finish()
    if not code or table is None:
        return None
    value = value or Text(ANY_FACT, node.place)
    return _checked(code, name, table, value, where, horizon or HORIZON, project, {}, faults)


def _checked(
    code: str, name: Words, table: Text, value: Text, where: Text | None, horizon: Span, project: Project,
    named: Iterable[str], faults: Faults,
) -> Outcome | None:  # fmt: skip
    facts: FactTable | None = project.model.facts.get(table.text)
    if facts is None:
        known = [*project.model.facts, *named]
        en, zh = f"there are no facts {table.text!r}", f"没有名为“{table.text}”的事实表"
        faults.add(table.place, en, zh, word=table.text, known=known)
        return None
    happened = check(value, Scope(facts.types, aggregates=True), faults, want=Type.BOOL)
    chosen = check(where, Scope(facts.types), faults, want=Type.BOOL) if where else None
    if happened is None or (where is not None and chosen is None):
        return None
    return Outcome(code, name, table.text, happened, chosen, horizon)
