"""The first steps all normalisers take on text as it came."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_AROUND = " '\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029"  # the apostrophe is how Excel marks "this is text"
_EXCEL_WHOLE = re.compile(r"(\d+)\.0+")


_LONGEST = 2_000
"""No value of any kind is longer; what follows would take time that grows with the square of the length."""


def fold(text: str) -> str:
    """Return `text` in NFKC (full-width becomes ASCII) without invisible characters or space around it.

    A text that is too long to be a value of any kind becomes the empty one.
    """
    if len(text) > _LONGEST:
        return ""
    if text.isascii() and text.isprintable():
        return text.strip(_AROUND)
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip(_AROUND)


def without_spaces(text: str) -> str:
    """Return `text` without any space."""
    return _SPACES.sub("", text)


def one_spaced(text: str) -> str:
    """Return `text` with every run of spaces made one space."""
    return _SPACES.sub(" ", text).strip()


def whole_number(text: str) -> str:
    """Return "10023" for Excel's and pandas' "10023.0"; any other text as it is."""
    found = _EXCEL_WHOLE.fullmatch(text)
    return found[1] if found else text
