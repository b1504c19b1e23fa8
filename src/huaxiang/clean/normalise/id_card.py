"""居民身份证: the resident identity card number, GB 11643-1999."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from operator import mul

from huaxiang.clean.normalise.base import Plain
from huaxiang.clean.normalise.divisions import region_of_registration
from huaxiang.clean.normalise.text import fold

_SHAPE_18 = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", re.ASCII)
_SHAPE_15 = re.compile(r"[1-9]\d{14}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OF_ZEROS = sum(_WEIGHTS) * ord("0")  # the sum is taken over the bytes of the text: three times faster
_CHECKS = "10X98765432"
_MARKS = str.maketrans("", "", " -\t")
_DERIVED: Mapping[str, str] = {
    "birth_date": "date",
    "gender": "text",
    "first_region_province": "text",
    "first_region_city": "text",
}


def check_character(body: str) -> str:
    """Return the check character of the first 17 digits: "10X98765432"[Σ digit·weight mod 11] (ISO 7064 MOD 11-2)."""
    return _CHECKS[(sum(map(mul, body.encode(), _WEIGHTS)) - _OF_ZEROS) % 11]


def upgraded(card: str) -> str:
    """Return the 18 characters of a card of 15 digits, given before 1999: "19" after the sixth, and the check."""
    body = card[:6] + "19" + card[6:]
    return body + check_character(body)


def _birth_date(card: str) -> str | None:
    """Return the date of birth as ISO text, None when there was no such day."""
    try:
        return date(int(card[6:10]), int(card[10:12]), int(card[12:14])).isoformat()
    except ValueError:
        return None


@dataclass(frozen=True)
class IdCard:
    """11010519491231002X. The first six digits are the place of first registration, not of residence.

    A code of a place that python-stdnum does not know is no reason to refuse: its list of old codes has gaps.
    """

    kind: str = "id_card"

    @property
    def derived(self) -> Mapping[str, str]:
        """Birth date, gender, and where the person was first registered."""
        return _DERIVED

    @property
    def plain(self) -> Plain | None:
        """None: a check character has to be worked out."""
        return None

    def normalise(self, text: str) -> str | None:
        """Return the 18 characters, None when shape, date or check character is wrong."""
        card = fold(text).upper().translate(_MARKS)
        if _SHAPE_15.fullmatch(card):
            card = upgraded(card)
        if not _SHAPE_18.fullmatch(card) or card[17] != check_character(card[:17]):
            return None
        return card if _birth_date(card) else None

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return birth date, gender (digit 17 odd = male), and province and city of first registration."""
        gender = "male" if int(canonical[16]) % 2 else "female"
        province, city = region_of_registration(canonical[:6], int(canonical[6:10]))
        return _birth_date(canonical), gender, province, city
