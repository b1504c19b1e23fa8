"""Codes that people type and read aloud: member numbers, card numbers of a shop, employee numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.fillers import is_blank
from huaxiang.clean.normalise.text import fold, whole_number, without_spaces

_LONGEST = 128
_PLAIN = Plain("[A-Z0-9]*[1-8][A-Z0-9]*")


@dataclass(frozen=True)
class Code:
    """VIP00123. Also the reading of every kind of identifier that has no normaliser of its own."""

    kind: str = "code"

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Upper case, and a digit that is neither 0 nor 9, which no filler has."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the code in upper case without spaces; leading zeros are kept, Excel's "10023.0" loses its ".0"."""
        if is_blank(text):
            return None
        # Upper-casing can leave NFKC (ŉ → ʼN), and so can taking out the space NFKC makes of ´: folded again.
        code = whole_number(without_spaces(fold(without_spaces(fold(text).upper()))))
        return None if len(code) > _LONGEST or is_blank(code) else code

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
