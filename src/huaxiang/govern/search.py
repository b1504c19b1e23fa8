"""Finding tags: by code, names, category, owner, meaning, and by pinyin, written out or by initials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from huaxiang import pinyin
from huaxiang.definitions.nodes import Faults
from huaxiang.govern.versions import Standing, standings
from huaxiang.project import Project
from huaxiang.registry.tags import State, Version
from huaxiang.tag.definition import Dimension, Tag, parse_tags
from huaxiang.tag.overlay import node_of
from huaxiang.words import Words


@dataclass(frozen=True)
class Hit:
    """A tag that was found: what a list shows of it, and how well it fits (higher is better)."""

    code: str
    name: Words
    category: str
    meaning: Words
    owner: str
    dimension: Dimension
    kind: str
    state: State
    version: int | None
    waiting: State | None
    sensitive: bool
    score: int


@dataclass(frozen=True)
class Wanted:
    """What a tag must be to be found; None asks for nothing. A category is meant with all below it."""

    state: State | None = None
    owner: str | None = None
    dimension: Dimension | None = None
    kind: str | None = None
    category: str | None = None
    codes: frozenset[str] | None = None


@dataclass(frozen=True)
class _Entry:
    hit: Hit
    fields: tuple[tuple[int, str], ...]


class TagIndex:
    """The tags of one project at one moment, ready to be searched as often as a person types."""

    def __init__(self, project: Project, stands: Mapping[str, Standing] | None = None) -> None:
        """Take the project's tags, and those only the registry knows; `stands` if the caller has asked for it."""
        found = standings(project) if stands is None else stands
        self._entries = [entry for code, each in found.items() if (entry := _entry(project, code, each)) is not None]

    def search(self, text: str = "", wanted: Wanted | None = None, limit: int | None = None) -> list[Hit]:
        """Return the tags in which every word of `text` is found, the best first; without text all, as defined."""
        asked = wanted or Wanted()
        words = text.lower().split()
        scored = [(_score(entry.fields, words), entry.hit) for entry in self._entries if _fits(entry.hit, asked)]
        kept = [(score, hit) for score, hit in scored if score > 0 or not words]
        if words:
            kept.sort(key=lambda pair: (-pair[0], len(pair[1].code), pair[1].code))
        return [replace(hit, score=score) for score, hit in kept[:limit]]


def search(project: Project, text: str = "", wanted: Wanted | None = None, limit: int | None = None) -> list[Hit]:
    """Search once; who searches often keeps a TagIndex."""
    return TagIndex(project).search(text, wanted, limit)


def _entry(project: Project, code: str, stands: Standing) -> _Entry | None:
    tag = project.tags.tags.get(code) or _of_version(stands.live or stands.waiting)
    if tag is None:
        return None
    hit = Hit(
        code, tag.name, tag.category, tag.meaning, tag.owner, tag.dimension, tag.kind.name, stands.state,
        stands.live.version if stands.live else None, stands.waiting.state if stands.waiting else None,
        tag.sensitive, 0,
    )  # fmt: skip
    return _Entry(hit, tuple(_fields(tag)))


def _of_version(version: Version | None) -> Tag | None:
    found = parse_tags([node_of(version)], Faults()) if version else []
    return found[0] if found else None


_CODE, _NAME, _SPELT, _INITIALS, _PATH, _OWNER, _MEANING = 100, 90, 60, 50, 40, 30, 15
"""What a find in each field weighs, were it the whole field."""


def _fields(tag: Tag) -> Iterable[tuple[int, str]]:
    yield _CODE, tag.code.lower()
    yield _NAME, tag.name.zh.lower()
    yield _NAME, tag.name.en.lower()
    spelt, initials = _pinyin(tag.name.zh)
    yield _SPELT, spelt
    yield _INITIALS, initials
    yield _PATH, tag.category.lower()
    spelt, initials = _pinyin(tag.category)
    yield _PATH // 2, spelt
    yield _OWNER, tag.owner.lower()
    yield _OWNER // 2, _pinyin(tag.owner)[0]
    for value in tag.values:
        yield _MEANING, value.name.zh.lower()
        yield _MEANING, value.name.en.lower()
    yield _MEANING, tag.meaning.zh.lower()
    yield _MEANING, tag.meaning.en.lower()


def _pinyin(text: str) -> tuple[str, str]:
    """Return a text spelt in pinyin, and the first letters of it: 会员等级 → huiyuandengji, hydj."""
    spelt, first = "".join(pinyin.syllables(text)), "".join(pinyin.initials(text))
    return spelt.lower().replace(" ", ""), first.lower().replace(" ", "")


def _score(fields: Sequence[tuple[int, str]], words: Sequence[str]) -> int:
    """Return the sum over the words of each one's best find; 0 as soon as one is found nowhere."""
    total = 0
    for word in words:
        best = max((_weigh(weight, field, word) for weight, field in fields), default=0)
        if best == 0:
            return 0
        total += best
    return total


def _weigh(weight: int, field: str, word: str) -> int:
    place = field.find(word)
    if place < 0:
        return 0
    if field == word:
        return weight
    if place == 0:
        return weight * 3 // 4
    begins = not field[place - 1].isalnum()
    return weight * (3 if begins else 2) // 5


def _fits(hit: Hit, wanted: Wanted) -> bool:
    return (
        (wanted.state is None or wanted.state in (hit.state, hit.waiting))
        and (wanted.owner is None or wanted.owner == hit.owner)
        and (wanted.dimension is None or wanted.dimension is hit.dimension)
        and (wanted.kind is None or wanted.kind == hit.kind)
        and (wanted.category is None or f"{hit.category}/".startswith(f"{wanted.category.strip('/')}/"))
        and (wanted.codes is None or hit.code in wanted.codes)
    )
