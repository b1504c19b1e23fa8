"""The words that fit into a definition: keys of its kind, fact tables, their columns, functions, other tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huaxiang.console import words as w
from huaxiang.console import words_govern as wg
from huaxiang.govern.diff import FIELDS
from huaxiang.model import COMMON
from huaxiang.project import Project
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.words import Words

MOST = 60
"""So many words of a group are shown; typing narrows them."""
_COMMON_KEYS = (
    "name", "category", "meaning", "owner", "unit", "format", "values", "source", "period", "sensitivity",
    "legal_basis", "valid_from", "valid_to",
)  # fmt: skip
_KEYS: Mapping[str, tuple[str, ...]] = {
    "fact": ("from", "fact", "where", "sources"),
    "statistic": ("from", "value", "where", "window", "per", "default"),
    "preference": ("from", "where", "window", "prefer", "item", "weight", "half_life", "top", "distinctive"),
    "rule": ("rule", "else"),
    "bands": ("bands", "of", "cuts", "quantiles", "reverse", "labels"),
    "sequence": ("from", "where", "window", "per", "sequence", "nth", "value", "steps", "within", "give"),
    "trend": ("from", "where", "per", "default", "trend", "value", "every", "over", "as", "flat"),
    "peers": ("peers", "of", "within", "as", "to", "least"),
    "psychological": ("psychological", "trait", "method", "evidence", "when", "says", "weight", "least"),
    "imported": ("imported", "read", "by", "value", "valid_from", "valid_to", "format", "type"),
    "manual": ("manual", "type", "values", "expires"),
    "sql": ("sql", "type"),
    "model": ("model", "name", "give", "type"),
}
"""The keys of each kind, the ones most asked for first."""
_FROM = re.compile(r"^[\s{,-]*from:\s*(\w+)", re.MULTILINE)
_ASKS_TABLE = re.compile(r"from:\s*\w*$")
_BEGINS = re.compile(r"^[\s-]*(\w*)$")
_WORD = re.compile(r"\w*$")


@dataclass(frozen=True)
class Word:
    """One word: what is written, and what people call it."""

    code: str
    words: Words


@dataclass(frozen=True)
class Group:
    """Words of one sort; `of` fills the group's name."""

    name: Words
    found: tuple[Word, ...]
    of: Words | None = None


def before_cursor(old: str, new: str) -> str:
    """Return the text up to where somebody has just typed: the end of what differs between two texts."""
    same = 0
    while same < min(len(old), len(new)) and old[-1 - same] == new[-1 - same]:
        same += 1
    return new[: len(new) - same]


def fitting(project: Project, text: str, before: str, wanted: str = "") -> list[Group]:
    """Return the words that fit where the cursor is.

    `before` is the text up to it: a word begun there narrows them, as does `wanted`; a line just begun asks for keys,
    a line “from:” for tables.
    """
    line = before.rsplit("\n", 1)[-1]
    begun = "" if wanted else (_WORD.search(line) or [""])[0]
    groups = _groups(project, text, line)
    narrowed = [_narrowed(group, wanted or begun) for group in groups]
    # A word that begins none is a word of one's own: everything is shown again.
    if begun and not any(group.found for group in narrowed):
        narrowed = groups
    return [Group(each.name, each.found[:MOST], each.of) for each in narrowed if each.found]


def offered(project: Project, text: str) -> dict[str, tuple[Word, ...]]:
    """Return every word that may be completed in a text, by sort; the page chooses the sorts that fit the line."""
    tables = dict.fromkeys(name for name in _FROM.findall(text) if name in project.model.facts)
    # Until a kind shows, a key of any may be meant.
    of_any = () if kind_in(text) else dict.fromkeys(key for keys in _KEYS.values() for key in keys)
    more = tuple(Word(f"{key}: ", FIELDS.get(key, Words("", ""))) for key in of_any if key not in _COMMON_KEYS)
    return {
        "keys": (*_keys(text), *more),
        "kinds": tuple(Word(f"{kind.key}: ", FIELDS.get(kind.key, Words("", ""))) for kind in KINDS),
        "tables": _tables(project).found,
        "columns": tuple(each for name in tables for each in _columns(project, name).found),
        "functions": _functions().found,
        "tags": _tags(project).found,
        "segments": _segments(project).found,
    }


def kind_in(text: str) -> str | None:
    """Return which kind of tag a text defines: the first whose key it has; None when none is there."""
    keys = set(re.findall(r"^[\s{,-]*(\w+):", text, re.MULTILINE))
    return next((kind.name for kind in KINDS if kind.key in keys), None)


def _groups(project: Project, text: str, line: str) -> list[Group]:
    tables = _tables(project)
    if _ASKS_TABLE.search(line):
        return [tables]
    keys = Group(wg.KEYS, tuple(_keys(text)))
    if line and _BEGINS.match(line):
        return [keys]
    functions, tags, segments = _functions(), _tags(project), _segments(project)
    columns = [_columns(project, name) for name in dict.fromkeys(_FROM.findall(text)) if name in project.model.facts]
    rest = [functions, tags] if columns else [tags, functions]
    return [*columns, keys, *rest, segments, tables]


def _tables(project: Project) -> Group:
    return Group(wg.TABLES, tuple(Word(name, table.words) for name, table in project.model.facts.items()))


def _functions() -> Group:
    return Group(wg.FUNCTIONS, tuple(Word(f"{name}()", each.words) for name, each in FUNCTIONS.items()))


def _tags(project: Project) -> Group:
    return Group(wg.OTHER_TAGS, tuple(Word(code, tag.name) for code, tag in project.tags.tags.items()))


def _segments(project: Project) -> Group:
    return Group(w.SEGMENTS, tuple(Word(code, each.name) for code, each in project.segments.segments.items()))


def _keys(text: str) -> Iterator[Word]:
    kind = kind_in(text)
    own = _KEYS[kind] if kind else tuple(each.key for each in KINDS)
    for key in dict.fromkeys((*own, *_COMMON_KEYS)):
        yield Word(f"{key}: ", FIELDS.get(key, Words("", "")))


def _columns(project: Project, table: str) -> Group:
    facts = project.model.facts[table]
    found = {**facts.columns, **COMMON}
    return Group(wg.COLUMNS_OF, tuple(Word(name, column.words) for name, column in found.items()), facts.words)


def _narrowed(group: Group, begun: str) -> Group:
    low = begun.lower()
    found = (each for each in group.found if low in f"{each.code} {each.words.en} {each.words.zh}".lower())
    # What begins with it comes first.
    ordered = sorted(found, key=lambda each: not each.code.lower().startswith(low)) if low else found
    return Group(group.name, tuple(ordered), group.of)
