"""Sealed boxes: AES-256-GCM, a random 96-bit nonce in front, the place a box belongs to bound in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huaxiang.errors import HuaxiangError
from huaxiang.privacy.keys import KEY_BYTES, MasterKey, Purpose
from huaxiang.words import Words

NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
"""Length of a wrapped key: every one is the same."""


class SealError(HuaxiangError):
    """A seal does not open: the bytes were altered, moved from another place, or sealed under another key."""

    def __init__(self, what: Words) -> None:
        super().__init__(
            Words(
                en=f"the seal of {what.en} is broken: it was altered or moved; restore the file from a backup",
                zh=f"{what.zh}的封印已损坏：数据被改动或被移动过；请从备份恢复该文件",
            )
        )


BOX = Words(en="a sealed box", zh="封存数据")


def seal_box(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return `plaintext` sealed under `key` (32 bytes); it will open only with the same `associated`."""
    return Sealer(key).seal(plaintext, associated)


def open_box(key: bytes, box: bytes, associated: bytes, what: Words = BOX) -> bytes:
    """Return what `box` holds. Raises SealError, naming `what`, when key, box or `associated` is not the same."""
    return Sealer(key).open(box, associated, what)


def seal_once(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Seal the only box of `key` with a fresh random `nonce` of the caller: shortest, for there are millions."""
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


class Sealer:
    """One key, ready to seal and open many boxes; at most 2³² under one key, for the nonces are random."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plaintext: bytes, associated: bytes) -> bytes:
        """Return `plaintext` sealed, bound to `associated`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, associated)

    def seal_with(self, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        """Seal with a fresh random `nonce` of the caller: asking the system for many at once is far faster."""
        return nonce + self._cipher.encrypt(nonce, plaintext, associated)

    def open(self, box: bytes, associated: bytes, what: Words = BOX) -> bytes:
        """Return what `box` holds. Raises SealError, naming `what`, when it does not open."""
        try:
            return self._cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], associated)
        except (InvalidTag, ValueError):
            # ValueError: a box cut shorter than its nonce.
            raise SealError(what) from None


class RowSealer:
    """Seals the rows of a quarantine: a data key for each part, wrapped by the master key in front of each row.

    A sealed row carries its own wrapped key, so that a table of rows needs no second table of keys, and a row can be
    kept, moved and opened alone.
    """

    _WHAT = Words(en="a quarantined row", zh="隔离区的一行")
    _KEY_PLACE = b"quarantine key|"
    _ROW_PLACE = b"quarantine row|"

    def __init__(self, master: MasterKey) -> None:
        self._wrapping = Sealer(master.sub_key(Purpose.QUARANTINE))

    def seal_many(self, rows: Sequence[bytes], part: str = "") -> list[bytes]:
        """Return `rows` sealed under one new data key, bound to `part`, in the same order."""
        place = part.encode()
        key = os.urandom(KEY_BYTES)
        wrapped = self._wrapping.seal(key, self._KEY_PLACE + place)
        seal, row_place = AESGCM(key).encrypt, self._ROW_PLACE + place
        random = os.urandom(NONCE_BYTES * len(rows))
        nonces = (random[at : at + NONCE_BYTES] for at in range(0, len(random), NONCE_BYTES))
        return [wrapped + nonce + seal(nonce, row, row_place) for nonce, row in zip(nonces, rows, strict=True)]

    def open_many(self, sealed: Sequence[bytes], part: str = "") -> list[bytes]:
        """Return the rows as they were. Raises SealError when one was altered or belongs to another part."""
        place = part.encode()
        ciphers: dict[bytes, Sealer] = {}
        rows = []
        for box in sealed:
            wrapped = box[:WRAPPED_BYTES]
            cipher = ciphers.get(wrapped)
            if cipher is None:
                cipher = Sealer(self._wrapping.open(wrapped, self._KEY_PLACE + place, self._WHAT))
                ciphers[wrapped] = cipher
            rows.append(cipher.open(box[WRAPPED_BYTES:], self._ROW_PLACE + place, self._WHAT))
        return rows


class BodySealer:
    """Seals the bodies of the inbox, each bound to its place: under a key of its own for every 2²⁰ numbers.

    Nonces are random and bodies without end, so that no key may seal them all.
    """

    _WHAT = Words(en="a body of the inbox", zh="收件箱中的一条数据")

    def __init__(self, master: MasterKey) -> None:
        key = master.sub_key(Purpose.INBOX)

        @lru_cache(4)
        def sealer(block: int) -> Sealer:
            return Sealer(blake2b(block.to_bytes(8, "big"), key=key, digest_size=KEY_BYTES).digest())

        self._sealer = sealer

    def seal(self, number: int, body: bytes, place: bytes) -> bytes:
        """Return the body of a number sealed, bound to the number and its `place`."""
        return self._sealer(number >> 20).seal(body, b"%d|%b" % (number, place))

    def open(self, number: int, box: bytes, place: bytes) -> bytes:
        """Return the body of a number. Raises SealError when it was altered, moved, or sealed under another key."""
        return self._sealer(number >> 20).open(box, b"%d|%b" % (number, place), self._WHAT)
