"""How deeply JSON is nested: what a door takes must be readable by anybody later, however much of a stack is left."""

from __future__ import annotations

import re

import numpy as np

MOST_DEEP = 200
"""An event may be nested so deeply; decoders end somewhere below a thousand, sooner or later by who calls them."""
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")] = 1
_STEPS[list(b"]}")] = -1


def opened(raw: bytes) -> int:
    """Return how many lists and objects are opened at most: JSON is never nested more deeply than that."""
    return raw.count(b"{") + raw.count(b"[")


def too_deep(raw: bytes) -> bool:
    """Tell whether sound JSON is nested more deeply than MOST_DEEP."""
    if opened(raw) <= MOST_DEEP:
        return False
    steps = _STEPS[np.frombuffer(_TEXTS.sub(b"", raw), np.uint8)]
    return int(steps.cumsum(dtype=np.int32).max(initial=0)) > MOST_DEEP
