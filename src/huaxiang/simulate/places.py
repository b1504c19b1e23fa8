"""Provinces, cities and districts of China as they are today, from the file python-stdnum carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from huaxiang.simulate.arrays import Floats, Ints

_ENTRY = re.compile(r'^(?: +)?(\d+) (province|county)="(.*)"$')
_NOT_LIVED_IN = ("市辖区", "县", "市区", "郊区")
# Taiwan, Hong Kong and Macau issue no resident id cards of this kind.
_PROVINCES_LEFT_OUT = ("71", "81", "82")
_MUNICIPALITIES = ("11", "12", "31", "50")
TIERS = (
    ("1101", "1102", "3101", "4401", "4403"),
    ("3301", "3205", "3201", "5101", "5001", "4201", "6101", "1201", "4301", "4101", "3702", "2102", "3502", "3302"),
)


@dataclass(frozen=True)
class Place:
    """A district or county: six-digit code, names, city tier (0 largest), year the code came into use (0 = always)."""

    code: str
    province: str
    city: str
    district: str
    tier: int
    since: int


@dataclass(frozen=True)
class Places:
    """All places, ascending by the year their code came into use."""

    all: tuple[Place, ...]

    def odds(self, tiers: tuple[float, ...]) -> Floats:
        """Return each place's weight when `tiers` gives the share of people in each city tier."""
        mine = np.array([place.tier for place in self.all])
        return np.asarray(np.array(tiers)[mine] / np.bincount(mine, minlength=len(tiers))[mine])

    def in_use(self, years: Ints) -> Ints:
        """Return for each year how many places, from the first on, had their code by then."""
        return np.searchsorted([place.since for place in self.all], years, side="right")


@cache
def places() -> Places:
    """Return the districts of today."""
    entries = dict(_current())
    found = [_place(code, entries) for code in entries if _lived_in(code, entries[code][1])]
    return Places(tuple(sorted(found, key=lambda place: (place.since, place.code))))


def _current() -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield (code, (year since, name)) of the entries that are still in use."""
    province = ""
    for line in (files("stdnum.cn") / "loc.dat").read_text("utf-8").splitlines():
        match = _ENTRY.match(line)
        if match and match[2] == "province":
            province = match[1]
            yield province, (0, match[3])
        elif match and (name := _today(match[3])):
            yield province + match[1], name


def _today(names: str) -> tuple[int, str] | None:
    """Return (year since, name) in use now, or None when the last name's time is over."""
    match = re.fullmatch(r"(?:\[(\d*)-(\d*)\])?(.+)", names.rsplit(",", maxsplit=1)[-1])
    return (int(match[1] or 0), match[3]) if match and not match[2] else None


def _lived_in(code: str, name: str) -> bool:
    usual = len(code) == 6 and not code.endswith("00") and code[:2] not in _PROVINCES_LEFT_OUT
    return usual and name not in _NOT_LIVED_IN


def _place(code: str, entries: dict[str, tuple[int, str]]) -> Place:
    since, district = entries[code]
    province = entries[code[:2]][1]
    city = "" if code[:2] in _MUNICIPALITIES else entries.get(code[:4] + "00", (0, ""))[1]
    tier = next((n for n, cities in enumerate(TIERS) if code[:4] in cities), len(TIERS))
    return Place(code, province, city, district, tier, since)
