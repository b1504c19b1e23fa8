"""Numbers in scientific notation where an identifier is meant: written out in full, or refused if digits are gone.

Spreadsheets show and save long numbers as 1.39E+10, and keep no more than fifteen digits of any.
"""

from __future__ import annotations

import re

from huaxiang.clean.normalise.text import fold

_SCIENTIFIC = re.compile(r"[-+]?(\d{1,3})(?:([.,])(\d+))?[eE](\+?)(\d{1,3})", re.ASCII)
_FLOATED = re.compile(r"[-+]?\d{16,}\.0+", re.ASCII)
SUSPECT = r"^[\s']*[-+]?\d{1,3}(?:[.,]\d+)?[eE]\+?\d{1,3}\s*$|^[\s']*[-+]?\d{16,}\.0+\s*$|[０-９]"
"""Matches what `written_out` could change or refuse, for Arrow and Python alike; hexadecimal ids it passes over."""

EXACT = 2**53
"""Above it not every whole number is one of a spreadsheet's, JavaScript's or pandas' numbers."""
_DIGITS_OF_A_FLOAT = 17


def written_out(text: str) -> str | None:
    """Return "13911117777" for "1.3911117777E10", any other text as it is; None for 1.39E+10, of which digits are gone.

    What has neither a point nor a plus ("12E3") may be a code and is left alone.
    """
    plain = fold(text)
    if _FLOATED.fullmatch(plain):
        return text if int(plain.partition(".")[0]) <= EXACT else None
    found = _SCIENTIFIC.fullmatch(plain)
    if not found or not (found[2] or found[4]):
        return text
    fraction, exponent = found[3] or "", int(found[5])
    if len(fraction) < exponent:
        return None
    whole, rest = found[1] + fraction[:exponent], fraction[exponent:]
    if rest.strip("0"):
        return text
    rounded = int(whole) > EXACT and len(whole.strip("0")) <= _DIGITS_OF_A_FLOAT
    return None if rounded else plain[0].strip("+0123456789") + whole
