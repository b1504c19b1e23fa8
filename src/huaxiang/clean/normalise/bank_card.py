"""Bank card numbers, ISO/IEC 7812-1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.text import fold, without_spaces

_SHAPE = re.compile(r"[1-9]\d{12,18}", re.ASCII)  # 13 to 19 digits; no issuer begins with 0
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """Say whether `digits` end in their Luhn check digit (ISO/IEC 7812-1, annex B)."""
    plain, doubled = map(int, digits[-1::-2]), map(int, digits[-2::-2])
    return (sum(plain) + sum(map(_DOUBLED.__getitem__, doubled))) % 10 == 0


@dataclass(frozen=True)
class BankCard:
    """6222021234567890128. A number that went through Excel as 6.22202E+18 has lost digits and is refused."""

    kind: str = "bank_card"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """None: a check character has to be worked out."""
        return None

    def normalise(self, text: str) -> str | None:
        """Return the digits, None when their number or the check digit is wrong."""
        digits = without_spaces(fold(text)).replace("-", "")
        return digits if _SHAPE.fullmatch(digits) and luhn(digits) else None

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
