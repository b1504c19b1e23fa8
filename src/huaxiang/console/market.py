"""What the tag market knows of every tag, and how it is narrowed: by words, category and seven choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.governed import governed
from huaxiang.console.visit import Visit
from huaxiang.console.who import who
from huaxiang.console.why import KINDS
from huaxiang.govern import STATE_WORDS, Hit, TagIndex, Wanted, favourites
from huaxiang.read.current import CurrentBuild
from huaxiang.read.profile import DIMENSIONS
from huaxiang.read.tags import tag_tree
from huaxiang.registry.tags import State
from huaxiang.tag.definition import Dimension
from huaxiang.watch import tag_healths
from huaxiang.words import Words

GOOD, FAIR = 80, 60
"""From the first score on a tag is in good health, from the second on in fair health."""
HEALTH_WORDS: Mapping[str, Words] = {"good": wt.GOOD, "fair": wt.FAIR, "poor": wt.POOR, "none": wt.NOT_MEASURED}


def grade(score: int | None) -> str:
    """Return how a health score is to be read: good, fair, poor, none."""
    if score is None:
        return "none"
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


@dataclass(frozen=True)
class Entry:
    """What the market knows of a tag besides its definition; None: not in this build, not measured."""

    coverage: float | None = None
    score: int | None = None
    alerts: int = 0


@dataclass
class Market:
    """Every tag of the project, ready to be searched; `starred` changes as its visitor clicks.

    `meanings` says in a sentence what a tag is, where nobody wrote it down.
    """

    index: TagIndex
    entries: Mapping[str, Entry]
    meanings: Mapping[str, Words]
    starred: set[str]
    faults: int

    def entry(self, hit: Hit) -> Entry:
        """Return what is known of a tag."""
        return self.entries.get(hit.code, Entry())

    @property
    def measured(self) -> bool:
        """Whether this build was measured."""
        return any(each.score is not None for each in self.entries.values())


def market(visit: Visit, current: CurrentBuild) -> Market:
    """Return every tag, with the coverage and health of the current build and the visitor's favourites."""
    now = governed(current)
    branches = list(tag_tree(current))
    coverage: dict[str, float] = {}
    while branches:
        branch = branches.pop()
        coverage |= {tag.code: tag.coverage for tag in branch.tags}
        branches += branch.branches
    healths = {each.tag: each for each in tag_healths(current)}
    entries = {
        code: Entry(
            coverage.get(code),
            healths[code].score if code in healths else None,
            len(healths[code].alerts) if code in healths else 0,
        )
        for code in coverage.keys() | healths.keys()
    }
    tags = now.project.tags
    naming = tags.naming
    meanings = {code: tags.words(code, naming) for code in tags.tags}
    return Market(TagIndex(now.project), entries, meanings, set(favourites(now.project, who(visit))), now.faults)


@dataclass(frozen=True)
class Facet:
    """One choice that narrows: its name in the address, its words, which values a tag has, and their words."""

    name: str
    words: Words
    of: Callable[[Market, Hit], tuple[str, ...]]
    say: Callable[[Visit, str], str]


def _states(_: Market, hit: Hit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.value for each in (hit.state, hit.waiting) if each))


FACETS: Sequence[Facet] = (
    Facet("health", wt.HEALTH, lambda market, hit: (grade(market.entry(hit).score),),
          lambda visit, value: visit.say(HEALTH_WORDS.get(value, wt.NOT_MEASURED))),
    Facet("state", wt.STATE, _states,
          lambda visit, value: visit.say(STATE_WORDS[State(value)]) if value in [*State] else value),
    Facet("kind", wt.KIND, lambda _, hit: (hit.kind,),
          lambda visit, value: visit.say(KINDS.get(value, Words(value, value)))),
    Facet("dimension", wt.SIDE, lambda _, hit: (hit.dimension.value,),
          lambda visit, value: visit.say(DIMENSIONS[Dimension(value)]) if value in [*Dimension] else value),
    Facet("owner", w.OWNER, lambda _, hit: (hit.owner,), lambda visit, value: value or visit.say(wt.NO_OWNER)),
    Facet("star", wt.FAVOURITES, lambda market, hit: ("1",) if hit.code in market.starred else (),
          lambda visit, _: visit.say(wt.MY_FAVOURITES)),
)  # fmt: skip
"""The choices, in the order they are offered."""


@dataclass(frozen=True)
class Narrowing:
    """What the address asks for: a text, a category, a value per facet."""

    text: str
    category: str
    chosen: tuple[tuple[str, str], ...]

    @staticmethod
    def of(visit: Visit) -> Narrowing:
        """Return what a visit's address asks for."""
        given = dict(visit.query)
        names = [facet.name for facet in FACETS]
        chosen = tuple((name, given[name][:120]) for name in names if name in given)
        return Narrowing(given.get("q", "")[:120], given.get("category", "")[:200], chosen)

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.text or self.category or self.chosen)

    def pairs(self, **changed: str | None) -> list[tuple[str, object]]:
        """Return the address's query with some values changed; None takes one out."""
        pairs = {"q": self.text or None, "category": self.category or None, **dict(self.chosen), **changed}
        return [(name, value) for name, value in pairs.items() if value is not None]


def narrowed(market: Market, asked: Narrowing, text: str | None = None, but: str = "") -> list[Hit]:
    """Return the tags that are asked for, the best first; `but` leaves out one facet, to count its values."""
    wanted = Wanted(category=asked.category or None)
    hits = market.index.search(asked.text if text is None else text, wanted)
    facets = {facet.name: facet for facet in FACETS}
    chosen = [(facets[name], value) for name, value in asked.chosen if name != but]
    return [hit for hit in hits if all(value in facet.of(market, hit) for facet, value in chosen)]


def counted(market: Market, facet: Facet, hits: Iterable[Hit]) -> list[tuple[str, int]]:
    """Return a facet's values among tags with how many have each, the commonest first."""
    found = Counter(value for hit in hits for value in facet.of(market, hit))
    return found.most_common()
