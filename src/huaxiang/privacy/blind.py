"""Blind indexes: identifiers become keyed numbers that join as the values would, and tell nothing without the key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import Struct

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.privacy.keyed_hash import DIGEST_BYTES, digests
from huaxiang.privacy.keys import MasterKey, Purpose

_PAIR = Struct(">qq")


class BlindIndex:
    """(kind, value) → 128 bits of BLAKE2b keyed by the master key; `hi` alone is the node number of an identifier.

    Values must have been normalised before: "138 0013 8000" and "13800138000" are different texts.
    """

    __slots__ = ("_key",)

    def __init__(self, master: MasterKey) -> None:
        self._key = master.sub_key(Purpose.BLIND_INDEX)

    def column(self, kind: str, values: pa.Array) -> npt.NDArray[np.int64]:
        """Return an array of shape (n, 2): the pair (hi, lo) of signed numbers of each text, none null."""
        return digests(values, self._key, _person(kind))

    def many(self, kind: str, values: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the same for a few texts: nothing need be compiled for them."""
        person = _person(kind)
        hashes = (blake2b(text, digest_size=DIGEST_BYTES, key=self._key, person=person) for text in _encoded(values))
        found = b"".join(each.digest() for each in hashes)
        return np.frombuffer(found, dtype=">i8").reshape(-1, 2).astype(np.int64)

    def one(self, kind: str, value: str) -> tuple[int, int]:
        """Return (hi, lo) of one value: the same numbers as `many` gives."""
        (text,) = _encoded((value,))
        found = blake2b(text, digest_size=DIGEST_BYTES, key=self._key, person=_person(kind)).digest()
        hi, lo = _PAIR.unpack(found)
        return hi, lo


@lru_cache(256)
def _person(kind: str) -> bytes:
    # BLAKE2's own personalisation keeps kinds apart; it has 16 bytes, so a kind of any length is hashed into it.
    return blake2b(kind.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _encoded(values: Sequence[str]) -> list[bytes]:
    try:
        return [value.encode() for value in values]
    except UnicodeEncodeError:
        # JSON may hold half of a surrogate pair: such a text is odd, but it is not a reason to stop.
        return [value.encode("utf-8", "surrogatepass") for value in values]
