"""Ids given by machines: devices, cookies, accounts of platforms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.base import NOTHING_DERIVED, Plain
from huaxiang.clean.normalise.fillers import is_blank
from huaxiang.clean.normalise.text import fold

_SHAPE = re.compile(r"[!-~]{6,128}", re.ASCII)
# UUIDs and MAC addresses are written in either case by different makers (IDFA upper, GAID lower).
_HEXADECIMAL = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", re.I)
# What Android and broken devices say instead of an id, shared by millions of devices.
_SHARED = frozenset({"02:00:00:00:00:00", "9774d56d682e549c", "ffffffff-ffff-ffff-ffff-ffffffffffff"})

_PLAIN = Plain("(?:[a-z0-9-][a-z0-9_-]*)?[1-8][a-z0-9_-]*", unless="9774d56d682e549c", shortest=6, longest=128)


@dataclass(frozen=True)
class Token:
    """6 to 128 visible ASCII characters in which case matters, except where they are hexadecimal."""

    kind: str

    @property
    def derived(self) -> Mapping[str, str]:
        """Nothing."""
        return NOTHING_DERIVED

    @property
    def plain(self) -> Plain | None:
        """Lower case, a digit that is neither 0 nor 9, and no underscore first: no filler looks so."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the token trimmed, None when it is blank or known to be shared by many devices."""
        token = fold(text)
        if _HEXADECIMAL.fullmatch(token):
            token = token.lower().strip("{}")
        if not _SHAPE.fullmatch(token) or is_blank(token) or token in _SHARED:
            return None
        return token

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return nothing."""
        return ()
