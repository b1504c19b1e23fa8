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
    order: list[str] = []
    circles: list[list[str]] = []
    done: set[str] = set()
    for code in needs:
        _visit(code, needs, [], done, order, circles)
    return order, circles


def _visit(
    first: str,
    needs: Mapping[str, Iterable[str]],
    path: list[str],
    done: set[str],
    order: list[str],
    circles: list[list[str]],
) -> None:
    # A stack of our own: a chain of a thousand tags is no reason to fail.
    stack = [(first, iter(sorted(needs[first])))]
    if first in done:
        return
    path.append(first)
    while stack:
        code, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            path.pop()
            done.add(code)
            order.append(code)
        elif following in path:
            circles.append([*path[path.index(following) :], following])
        elif following in needs and following not in done:
            path.append(following)
            stack.append((following, iter(sorted(needs[following]))))


def name_circles(circles: Iterable[list[str]], places: Mapping[str, Place], faults: Faults) -> set[str]:
    """Note a fault per circle, with the place of every member; return all members."""
    members: set[str] = set()
    for circle in circles:
        members |= set(circle)
        shown = " → ".join(f"{code} ({places[code].file}:{places[code].line})" for code in circle)
        faults.add(places[circle[0]], f"defined in a circle: {shown}", f"循环定义：{shown}")
    return members
