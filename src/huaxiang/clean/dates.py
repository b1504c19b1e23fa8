"""Dates in which day and month could be either: what a column's own texts say of the order, as patterns of `format`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DATE = re.compile(
    r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:(,? |T)(\d{1,2})(:\d{2})(:\d{2})?(\s?[AaPp][Mm])?)?\s*"
)
"""Two short numbers and a year, with or without a clock time."""


@dataclass(frozen=True)
class Ambiguous:
    """What is known of such dates of a column: how many of how many texts, and the patterns of either order.

    `shows` holds "day" or "month" where some text has more than 12 in one place, both where texts contradict.
    """

    count: int
    of: int
    day_first: tuple[str, ...]
    month_first: tuple[str, ...]
    shows: frozenset[str]

    @property
    def formats(self) -> tuple[str, ...]:
        """The patterns that the texts decide for; none where they do not."""
        if self.shows == {"day"}:
            return self.day_first
        return self.month_first if self.shows == {"month"} else ()


def ambiguous(texts: Iterable[str]) -> Ambiguous | None:
    """Return what is known of such dates among the texts of a column; None where there is none."""
    known = [text for text in texts if text.strip()]
    found = [match for text in known if (match := _DATE.fullmatch(text))]
    if not found:
        return None
    shows = {order for each in found if (order := _order(int(each[1]), int(each[3])))}
    forms = dict.fromkeys(map(_form, found))
    day = tuple(f"%d{sign}%m{sign}{rest}" for sign, rest in forms)
    month = tuple(f"%m{sign}%d{sign}{rest}" for sign, rest in forms)
    return Ambiguous(len(found), len(known), day, month, frozenset(shows))


def _order(first: int, second: int) -> str:
    if first > 12 >= second:
        return "day"
    return "month" if second > 12 >= first else ""


def _form(date: re.Match[str]) -> tuple[str, str]:
    """Return the sign between the numbers, and the pattern of what follows the second sign."""
    year = "%Y" if len(date[4]) == 4 else "%y"
    if not date[6]:
        return date[2], year
    half = "" if not date[9] else " %p" if date[9][0].isspace() else "%p"
    return date[2], f"{year}{date[5]}{'%I' if half else '%H'}:%M{':%S' if date[8] else ''}{half}"
