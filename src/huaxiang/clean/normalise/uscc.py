"""统一社会信用代码: the unified social credit code of an organisation, GB 32100-2015."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import mul

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.text import fold

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{_ALPHABET}]{{2}}\d{{6}}[{_ALPHABET}]{{10}}", re.ASCII)
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_MARKS = str.maketrans("", "", " -\t")


def check_character(body: str) -> str:
    """Return the check character of the first 17: weights 3^i mod 31, check = (31 − sum mod 31) mod 31 (GB 32100)."""
    total = sum(map(mul, map(_VALUE.__getitem__, body), _WEIGHTS))
    return _ALPHABET[(31 - total % 31) % 31]


@dataclass(frozen=True)
class CreditCode:
    """91110000600037341L. I, O, S, V, Z are not in the alphabet and are refused, not read as 1, 0, 5 …"""

    kind: str = "uscc"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """None: a check character has to be worked out."""
        return None

    def normalise(self, text: str) -> str | None:
        """Return the 18 characters in upper case, None when their shape or check character is wrong."""
        code = fold(text).upper().translate(_MARKS)
        if not _SHAPE.fullmatch(code) or code[17] != check_character(code[:17]):
            return None
        return None if code == code[0] * 18 else code

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
