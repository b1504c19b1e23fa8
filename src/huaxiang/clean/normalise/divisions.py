"""Administrative divisions of China (GB/T 2260): what a six-digit code PPCCDD meant, and what there is today.

The list is the one packaged with python-stdnum (cn/loc.dat, made from the tables of zh.wikipedia.org), with the
years in which each name was in force. It lacks the development zones of the National Bureau of Statistics' codes
(PPCC7x) and a few districts made lately: their addresses give province and city, and no district.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""北京 天津 上海 重庆: province and city at once."""

SPECIAL_REGIONS = frozenset({"81", "82"})
"""香港 澳门: likewise."""

_PROVINCE_LINE = re.compile(r'(\d\d) province="([^"]+)"')
_COUNTY_LINE = re.compile(r'  (\d{4}) county="([^"]+)"')
_IN_FORCE = re.compile(r"(?:\[(\d*)-(\d*)\])?(.+)")
# loc.dat has these two in traditional characters.
_SIMPLIFIED = {"香港特別行政區": "香港特别行政区", "澳門特別行政區": "澳门特别行政区"}
# Rows that hold counties together on paper and are not places.
_PAPER_CITIES = re.compile(r"市辖区|县|林区|(?:省|自治区)直辖(?:县级)?行政(?:单位|区划)")


@dataclass(frozen=True, slots=True)
class Named:
    """A name a code had, from the year `since` (0 = always) to the year `until` (9999 = today)."""

    name: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Division:
    """A place of today. `district` is None for a whole city, `city` too for a whole province."""

    code: str
    province: str
    city: str | None
    district: str | None


def _names(text: str) -> tuple[Named, ...]:
    """Return the names of one line of loc.dat, e.g. "[-1991]东郊区,[1992-]东丽区"."""
    found = (_IN_FORCE.fullmatch(part) for part in text.split(","))
    return tuple(Named(m[3], int(m[1] or 0), int(m[2] or 9999)) for m in found if m)


@cache
def provinces() -> Mapping[str, str]:
    """Return the provinces by their two digits."""
    found = _PROVINCE_LINE.findall(_loc_dat())
    return {code: _SIMPLIFIED.get(name, name) for code, name in found}


@cache
def history() -> Mapping[str, tuple[Named, ...]]:
    """Return every name that each six-digit code has had, oldest first."""
    codes: dict[str, tuple[Named, ...]] = {}
    province = ""
    for line in _loc_dat().splitlines():
        if found := _PROVINCE_LINE.match(line):
            province = found[1]
        elif found := _COUNTY_LINE.match(line):
            codes[province + found[1]] = _names(found[2])
    return codes


def _loc_dat() -> str:
    return files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8")


def _name_since(code: str, year: int) -> str | None:
    """Return the first name `code` had in or after `year`, else its last."""
    names = history().get(code, ())
    return next((named.name for named in names if named.until >= year), names[-1].name if names else None)


@cache
def region_of_registration(code: str, year: int) -> tuple[str | None, str | None]:
    """Return (province, city) of the first six digits of an id card of a person born in `year`.

    Codes are never used again for another place of the same level without a period, so the first name in force
    in or after the year of birth is the one; a card can be given years after birth.
    """
    province = provinces().get(code[:2])
    if province is None or code[:2] in MUNICIPALITIES | SPECIAL_REGIONS:
        return province, province
    city = _name_since(code[:4] + "00", year)
    if city and _PAPER_CITIES.fullmatch(city):
        city = _name_since(code, year)
    return province, city


_ZONES = {"320571": "苏州工业园区"}
"""Development zones that stand in addresses where a district would; the packaged list has none."""


def _todays_names() -> Mapping[str, str]:
    """Return code -> name in force today."""
    of_list = {code: next((n.name for n in names if n.until == 9999), "") for code, names in history().items()}
    return {code: name for code, name in {**of_list, **_ZONES}.items() if name}


def current_divisions() -> Iterator[Division]:
    """Yield the provinces, cities and districts of today, each above before what is in it."""
    names = _todays_names()
    for code in sorted(names):
        province = provinces()[code[:2]]
        joined = code[:2] in MUNICIPALITIES | SPECIAL_REGIONS
        name = names[code]
        if code.endswith("0000"):
            yield Division(code, province, province if joined else None, None)
        elif _PAPER_CITIES.fullmatch(name):
            continue
        elif joined:
            yield Division(code, province, province, name)
        elif code.endswith("00"):
            yield Division(code, province, name, None)
        else:
            city = names.get(code[:4] + "00")
            # 仙桃市, 石河子市, 神农架林区: directly under the province, city and district at once.
            direct = city is None or _PAPER_CITIES.fullmatch(city) is not None
            yield Division(code, province, name if direct else city, name)
