"""Which definitions rest on which: an order in which each comes after what it needs, and the circles there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.sql.language import dotted, parse


def names_in(texts: Iterable[Text]) -> set[str]:
    """Return every column name the expressions hold; what does not parse has none (its fault is noted elsewhere)."""
    found: set[str] = set()
    for text in texts:
        tree = parse(text, Faults())
        if tree is not None:
            for column in tree.find_all(exp.Column):
                found |= {dotted(column), dotted(column).lower()}
    return found


def ordered(needs: Mapping[str, Iterable[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the codes so that each comes after those it needs, and the circles (a, b, a).

    The order is the given one wherever needs allow. A circle's members come in the order they were met.
    """
    walk = _Walk(needs)
    for code in needs:
        if code not in walk.done:
            walk.visit(code)
    return walk.order, walk.circles


class _Walk:
    """Depth first, with a stack of our own: a chain of a thousand tags is no reason to fail."""

    def __init__(self, needs: Mapping[str, Iterable[str]]) -> None:
        self.needs = needs
        self.done: set[str] = set()
        self.order: list[str] = []
        self.circles: list[list[str]] = []

    def visit(self, first: str) -> None:
        path, rests = [first], [iter(sorted(self.needs[first]))]
        while path:
            following = next(rests[-1], None)
            if following is None:
                rests.pop()
                self.done.add(path[-1])
                self.order.append(path.pop())
            elif following in path:
                self.circles.append([*path[path.index(following) :], following])
            elif following in self.needs and following not in self.done:
                path.append(following)
                rests.append(iter(sorted(self.needs[following])))


def name_circles(circles: Iterable[list[str]], places: Mapping[str, Place], faults: Faults) -> set[str]:
    """Note a fault per circle, with the place of every member; return all members."""
    members: set[str] = set()
    for circle in circles:
        members |= set(circle)
        shown = " → ".join(f"{code} ({places[code].file}:{places[code].line})" for code in circle)
        faults.add(places[circle[0]], f"defined in a circle: {shown}", f"循环定义：{shown}")
    return members
