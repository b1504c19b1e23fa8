"""The tree of tags by category: each category opens, and leads to those in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from huaxiang.console import words as w
from huaxiang.console import words_tags as wt
from huaxiang.console.icons import icon
from huaxiang.console.markup import Html, el, join
from huaxiang.console.visit import Visit, address
from huaxiang.read.terms import category_words
from huaxiang.words import Words


@dataclass(frozen=True)
class Leaf:
    """A tag in the tree."""

    code: str
    name: Words
    category: str


@dataclass
class Limb:
    """A category: its name as written, its whole path, the tags right below it, the categories below it."""

    name: str
    path: str
    leaves: list[Leaf] = field(default_factory=list)
    limbs: list[Limb] = field(default_factory=list)

    @property
    def all(self) -> list[Leaf]:
        """Every tag in it, at any depth."""
        return [*self.leaves, *(leaf for limb in self.limbs for leaf in limb.all)]


def grow(leaves: Iterable[Leaf]) -> list[Limb]:
    """Return the categories in the order in which they are first named; tags without one come first."""
    root = Limb("", "")
    for leaf in leaves:
        limb = root
        for name in path_of(leaf.category):
            found = next((each for each in limb.limbs if each.name == name), None)
            if found is None:
                found = Limb(name, f"{limb.path}/{name}".strip("/"))
                limb.limbs.append(found)
            limb = found
        limb.leaves.append(leaf)
    return [*([Limb("", "", root.leaves)] if root.leaves else []), *root.limbs]


def path_of(category: str) -> list[str]:
    """Return the names of a category, from the top."""
    return [part.strip() for part in category.split("/") if part.strip()]


def path_words(visit: Visit, category: str) -> str:
    """Return a category as people read it: 价值 / RFM."""
    return " / ".join(visit.say(category_words(part)) for part in path_of(category)) or visit.say(w.UNCATEGORISED)


def tree(visit: Visit, limbs: Iterable[Limb], *, tag: str = "", category: str = "") -> Html:
    """Return the tree in its box; the way to `tag` or `category` is open, and it is marked."""
    everything = el("a", visit.say(w.BACK_TO_TAGS), href="/tags", cls="all", aria_current=None)
    return el(
        "nav",
        everything if tag or category else None,
        (_limb(visit, limb, tag, category) for limb in limbs),
        cls="hx-card hx-tree",
        aria_label=visit.say(w.TAGS),
    )


def folded_tree(visit: Visit, limbs: Iterable[Limb], *, category: str = "") -> Html:
    """Return the tree as it is on a phone: one line that opens."""
    said = path_words(visit, category) if category else visit.say(wt.CATEGORIES)
    summary = el("summary", icon("tags", 16), el("span", said), icon("down", 15))
    return el("details", summary, tree(visit, limbs, category=category), cls="hx-tree-fold")


def _limb(visit: Visit, limb: Limb, tag: str, category: str) -> Html:
    name = visit.say(category_words(limb.name)) if limb.name else visit.say(w.UNCATEGORISED)
    is_open = any(leaf.code == tag for leaf in limb.all) or f"{category}/".startswith(f"{limb.path}/")
    whole = el(
        "a",
        visit.say(wt.ALL_OF, count=len(limb.all)),
        href=address("/tags", ("category", limb.path)),
        cls="all",
        aria_current="page" if limb.path == category else None,
    )
    leaves = [
        el("a", visit.say(leaf.name), href=f"/tags/{leaf.code}", aria_current="page" if leaf.code == tag else None)
        for leaf in limb.leaves
    ]
    return el(
        "details",
        el("summary", icon("right", 14), name, el("small", str(len(limb.all)))),
        join(whole if limb.path else None, leaves, [_limb(visit, each, tag, category) for each in limb.limbs]),
        open=is_open and bool(limb.path or tag),
    )
