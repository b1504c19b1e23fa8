"""Blind indexes: identifiers become keyed numbers that join as the values would, and tell nothing without the key."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from huaxiang.privacy.keys import MasterKey, Purpose

_DIGEST_BYTES = 16


class BlindIndex:
    """(kind, value) → 128 bits of BLAKE2b keyed by the master key; `hi` alone is the node number of an identifier.

    Values must have been normalised before: "138 0013 8000" and "13800138000" are different texts.
    """

    __slots__ = ("_key",)

    def __init__(self, master: MasterKey) -> None:
        self._key = master.sub_key(Purpose.BLIND_INDEX)

    def many(self, kind: str, values: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return an array of shape (n, 2): for each of `values` the pair (hi, lo) of signed 64-bit numbers."""
        # BLAKE2's own personalisation keeps kinds apart; it has 16 bytes, so a kind of any length is hashed into it.
        # Copying a state that has taken in the key is faster than keying a new one for each value.
        person = blake2b(kind.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
        keyed = blake2b(digest_size=_DIGEST_BYTES, key=self._key, person=person).copy
        digests = []
        for text in _encoded(values):
            state = keyed()
            state.update(text)
            digests.append(state.digest())
        return np.frombuffer(b"".join(digests), dtype=">i8").reshape(-1, 2).astype(np.int64)

    def one(self, kind: str, value: str) -> tuple[int, int]:
        """Return (hi, lo) of one value: the same numbers as `many` gives."""
        hi, lo = self.many(kind, (value,))[0].tolist()
        return hi, lo


def _encoded(values: Sequence[str]) -> list[bytes]:
    try:
        return [value.encode() for value in values]
    except UnicodeEncodeError:
        # JSON may hold half of a surrogate pair: such a text is odd, but it is not a reason to stop.
        return [value.encode("utf-8", "surrogatepass") for value in values]
