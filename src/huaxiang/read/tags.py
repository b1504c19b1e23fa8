"""The tags of a project: the tree by category, and one tag with its definition, spread, coverage and changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from huaxiang.engine.duckdb import quoted
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.distribution import Distribution, distribution
from huaxiang.read.filters import known_tag
from huaxiang.read.showing import worded
from huaxiang.read.terms import same
from huaxiang.read.why import Why, why
from huaxiang.tag.definition import Tag
from huaxiang.words import Words

_CHANGES = 12


@dataclass(frozen=True)
class TagEntry:
    """A tag in the tree: its coverage is the share of customers with a value, 0 to 1."""

    code: str
    name: Words
    type: Type
    coverage: float


@dataclass
class Branch:
    """A category: its name as written, the tags right below it, and the categories below it."""

    name: str
    path: str
    tags: list[TagEntry] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many tags there are in it, at any depth."""
        return len(self.tags) + sum(branch.count for branch in self.branches)


@dataclass(frozen=True)
class Move:
    """So many customers' value went from `old` to `new` in the last build."""

    old: Words
    new: Words
    count: int


@dataclass(frozen=True)
class TagPage:
    """Everything a tag's page shows. `changed` customers moved in this build (None: the build before did not have
    the tag, or as another); `moves` are the commonest ways.
    """

    tag: Tag
    type: Type
    why: Why
    distribution: Distribution
    coverage: float
    changed: int | None
    moves: tuple[Move, ...]
    needed_by: tuple[tuple[str, Words], ...]


def tag_tree(current: CurrentBuild) -> list[Branch]:
    """Return the categories in the order of the definitions, each with its tags and their coverage."""
    coverage = current.once("coverage", lambda: _coverage(current))
    top = Branch("", "")
    for code, tag in current.tags.items():
        branch = top
        for name in [part.strip() for part in tag.category.split("/") if part.strip()]:
            branch = _below(branch, name)
        branch.tags.append(TagEntry(code, tag.name, current.type_of(code), coverage[code]))
    return [*([Branch("", "", top.tags)] if top.tags else []), *top.branches]


def tag_page(current: CurrentBuild, code: str) -> TagPage:
    """Return one tag's page. Raises NotFound when the tag is not there."""
    tag = known_tag(current, code)
    spread = distribution(current, code)
    changed, moves = _moves(current, tag)
    return TagPage(
        tag,
        current.type_of(code),
        why(current, code),
        spread,
        spread.known / spread.everybody if spread.everybody else 0.0,
        changed,
        moves,
        tuple(
            (other, current.tags[other].name)
            for other, meaning in current.project.tags.meanings.items()
            if code in meaning.needs and other in current.tags
        ),
    )


def _coverage(current: CurrentBuild) -> dict[str, float]:
    if not current.tags:
        return {}
    counts = [
        f"count(*) FILTER (len({quoted(code)}) > 0)"
        if current.type_of(code) is Type.TEXTS
        else f"count({quoted(code)})"
        for code in current.tags
    ]
    row = current.engine.rows(f"SELECT count(*), {', '.join(counts)} FROM tags")[0]
    return {code: known / row[0] if row[0] else 0.0 for code, known in zip(current.tags, row[1:], strict=True)}


def _below(branch: Branch, name: str) -> Branch:
    found = next((each for each in branch.branches if each.name == name), None)
    if found is None:
        found = Branch(name, f"{branch.path}/{name}".strip("/"))
        branch.branches.append(found)
    return found


def _moves(current: CurrentBuild, tag: Tag) -> tuple[int | None, tuple[Move, ...]]:
    if "tag_changes" not in current.tables or not current.is_compared("tags", tag.code):
        return None, ()
    where = "FROM tag_changes WHERE tag = ? AND build = ?"
    parameters: list[object] = [tag.code, current.build.id]
    changed = int(current.engine.one(f"SELECT count(*) {where}", parameters))
    if not changed:
        return 0, ()
    # Of numbers nearly every move is its own: only texts have common ways.
    if current.type_of(tag.code) not in (Type.TEXT, Type.BOOL):
        return changed, ()
    rows = current.engine.rows(
        f"SELECT old, new, count(*) {where} GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT {_CHANGES}", parameters
    )
    return changed, tuple(Move(_shown(current, tag, old), _shown(current, tag, new), count) for old, new, count in rows)


def _shown(current: CurrentBuild, tag: Tag, text: str | None) -> Words:
    if current.type_of(tag.code) is Type.BOOL and text is not None:
        return worded(text == "true", tag, Type.BOOL, current.project)
    return worded(text, tag, Type.TEXT, current.project) if text is None or text else same(text)
