"""The vault: one key and one sealed record of personal values for each person."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.privacy import pending
from huaxiang.privacy.keys import KEY_BYTES, MasterKey
from huaxiang.privacy.seal import NONCE_BYTES, Sealer, seal_once
from huaxiang.privacy.storage import VaultFile, microseconds
from huaxiang.words import Words

Values = dict[str, list[str]]
"""What is known of one person: for each kind its values, in the order in which they came, each once."""
Owners = npt.NDArray[np.int64]

_CHUNK = 20_000
"""Persons handled at once: bounds memory, whatever the size of the batches handed in."""
_CUT = struct.Struct(f"{KEY_BYTES}s{NONCE_BYTES}s{NONCE_BYTES}s")
"""What is random for a new person: the key, the nonce it is wrapped with, the nonce of the record."""
_RECORD = Words(en="a person's record", zh="一位客户的个人数据")
_AMONG = "IN (SELECT value FROM json_each(?))"
_decode = msgspec.json.Decoder(Values).decode
_encode = msgspec.json.Encoder().encode


class Vault:
    """Personal values in one SQLite file, nothing of them in clear. Safe for threads; close it, or use `with`."""

    def __init__(self, path: Path, master: MasterKey) -> None:
        """Open the vault at `path`, or make it. Raises MasterKeyError when it was sealed with another key."""
        self._file = VaultFile(path, master)
        self._unproven: list[bytes] = []  # sealed bytes of the shredded, until a search has not found them

    def check(self) -> None:
        """Raise MasterKeyError unless the master key is the one the vault was sealed with."""
        self._file.check()

    def put_pending(self, part: str, table: pa.Table) -> None:
        """Seal `table` (node int64, kind text, value text) as what `part` has, in place of what it had."""
        pending.put_pending(self._file, part, table)

    def pending(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield (part, table) of what waits for its person. Raises SealError when a part was altered."""
        return pending.read_pending(self._file)

    def drop_pending(self, parts: Iterable[str]) -> None:
        """Remove what `parts` have waiting."""
        pending.drop_pending(self._file, parts)

    def forget_pending(self, nodes: npt.NDArray[np.int64]) -> int:
        """Remove what waits with any of `nodes` (an erased person's); return how many values there were."""
        return pending.forget_pending(self._file, nodes)

    def settle(self, batches: Iterable[tuple[Owners, Sequence[str]]], *, distinct: bool = False) -> int:
        """Merge payloads into their persons' records, all in one transaction; return how many records changed.

        A batch is an array of owners and, for each, a JSON text {kind: [values]}. Values are kept once, in the order
        in which they came. A person seen first is given a key of their own; one who was shredded stays forgotten.
        With `distinct` the caller vouches that a payload is of that form and names each value once.
        The iterable may read this vault but not write to it: the write would wait for its own end.
        Raises ValueError when a payload has another form, SealError when a record was altered; then nothing is kept.
        """
        now = microseconds()
        with self._file.writing() as db:
            return sum(self._settle(db, owners, texts, now, distinct) for owners, texts in _chunks(batches))

    def reveal(self, owners: Sequence[int]) -> dict[int, Values]:
        """Return what is known of each of `owners`; {} for one who is missing or shredded.

        Raises SealError when a record was altered. Whoever calls this must have asked who may see it, and audit it.
        """
        wanted = [int(owner) for owner in owners]
        found: dict[int, Values] = {owner: {} for owner in wanted}
        with self._file.reading() as db:
            for at in range(0, len(wanted), _CHUNK):
                for owner, wrapped, sealed in _records(db, wanted[at : at + _CHUNK]):
                    found[owner] = self._open(owner, wrapped, sealed)[1]
        return found

    def shred(self, owner: int) -> bool:
        """Forget one person: key and record are gone from the bytes of the file, and a tombstone stops their return.

        True when it is done: a search of the raw file has found nothing, or the file was written anew. False when
        another reader still holds an older view of the file: the person is forgotten for everyone who asks from now
        on, and `purge` must be called once that reader is done.
        """
        return self.shred_many((owner,))

    def shred_many(self, owners: Sequence[int]) -> bool:
        """Forget several persons, as `shred` does one."""
        gone = [int(owner) for owner in owners]
        with self._file.writing() as db:
            pieces = [piece for _, wrapped, sealed in _records(db, gone) for piece in (wrapped, sealed)]
            db.execute(f"DELETE FROM persons WHERE owner {_AMONG}", (json.dumps(gone),))
            now = microseconds()
            db.executemany("INSERT OR IGNORE INTO shredded VALUES (?, ?)", ((owner, now) for owner in gone))
        self._unproven += pieces
        return self.purge()

    def purge(self) -> bool:
        """Finish what a `shred` that returned False began; False when a reader is still in the way."""
        if not self._file.purge():
            return False
        # SQLite zeroes what it deletes, but moving records between pages may leave an older copy in a gap of a page.
        if self._file.holds(self._unproven):
            self._file.rebuild()
            if not self._file.purge():
                return False
        self._unproven.clear()
        return True

    def shredded(self) -> dict[int, int]:
        """Return the tombstones: owner → when, in microseconds since 1970 (UTC)."""
        with self._file.reading() as db:
            return dict(db.execute("SELECT owner, at FROM shredded"))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _settle(self, db: sqlite3.Connection, owners: list[int], texts: list[str], now: int, distinct: bool) -> int:
        """Settle one chunk, `owners` ascending; return how many records changed."""
        held = {owner: (wrapped, sealed) for owner, wrapped, sealed in _records(db, owners)}
        forgotten = _tombstones(db, owners)
        new: list[tuple[int, bytes]] = []
        changed: list[tuple[bytes, int, int]] = []
        for owner, group in _by_owner(owners, texts):
            if owner in forgotten:
                continue
            known = held.get(owner)
            if known is None:
                vouched = distinct and len(group) == 1
                new.append((owner, group[0].encode() if vouched else _first(group)))
                continue
            cipher, values = self._open(owner, *known)
            if _merge(values, group):
                changed.append((cipher.seal(_encode(values), _record_place(owner)), now, owner))
        db.executemany("INSERT INTO persons VALUES (?, ?, ?, ?)", self._sealed(new, now))
        db.executemany("UPDATE persons SET sealed = ?, updated = ? WHERE owner = ?", changed)
        return len(new) + len(changed)

    def _sealed(self, records: Sequence[tuple[int, bytes]], now: int) -> Iterator[tuple[int, bytes, bytes, int]]:
        """Yield a row of `persons`, under a new key, for each (owner, JSON)."""
        # One request for all that must be random: a system call for each would take longer than the sealing.
        random = os.urandom(_CUT.size * len(records))
        wrap = self._file.wrapping.seal_with
        for (owner, text), (key, first, second) in zip(records, _CUT.iter_unpack(random), strict=True):
            yield owner, wrap(first, key, _key_place(owner)), seal_once(key, second, text, _record_place(owner)), now

    def _open(self, owner: int, wrapped: bytes, sealed: bytes) -> tuple[Sealer, Values]:
        """Return the person's key, ready for use, and their values."""
        cipher = Sealer(self._file.wrapping.open(wrapped, _key_place(owner), _RECORD))
        return cipher, _decode(cipher.open(sealed, _record_place(owner), _RECORD))


def _records(db: sqlite3.Connection, owners: list[int]) -> Iterator[tuple[int, bytes, bytes]]:
    whose, given = ("= ?", owners[0]) if len(owners) == 1 else (_AMONG, json.dumps(owners))
    rows: Iterator[tuple[int, bytes, bytes]] = db.execute(
        f"SELECT owner, wrapped, sealed FROM persons WHERE owner {whose}", (given,)
    )
    return rows


def _chunks(batches: Iterable[tuple[Owners, Sequence[str]]]) -> Iterator[tuple[list[int], list[str]]]:
    """Cut batches into chunks of at most _CHUNK, each sorted by owner: SQLite appends fastest in the order of keys."""
    for owners, texts in batches:
        if len(owners) != len(texts):
            raise ValueError(f"{len(owners)} owners but {len(texts)} payloads")
        order = np.argsort(owners, kind="stable")
        for at in range(0, len(order), _CHUNK):
            rows = order[at : at + _CHUNK]
            yield owners[rows].tolist(), [texts[row] for row in rows.tolist()]


def _tombstones(db: sqlite3.Connection, owners: list[int]) -> set[int]:
    return {owner for (owner,) in db.execute(f"SELECT owner FROM shredded WHERE owner {_AMONG}", (json.dumps(owners),))}


def _by_owner(owners: list[int], texts: list[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield (owner, their texts) from `owners`, ascending."""
    if len(set(owners)) == len(owners):  # the common case, and twice as fast
        yield from zip(owners, zip(texts, strict=True), strict=True)
        return
    for owner, group in groupby(zip(owners, texts, strict=True), key=itemgetter(0)):
        yield owner, [text for _, text in group]


def _payload(text: str) -> Values:
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        # The library's own message is not passed on: it could quote what must not be shown.
        raise ValueError("a payload is not of the form {kind: [values]}") from None


def _first(texts: Sequence[str]) -> bytes:
    """Return the record of a person seen first, from their payloads."""
    values = _payload(texts[0])
    if len(texts) == 1 and max(map(len, values.values()), default=0) <= 1:
        return _encode(values)  # nothing can be there twice: most persons are like this
    values = {}
    _merge(values, texts)
    return _encode(values)


def _merge(values: Values, texts: Sequence[str]) -> bool:
    """Add to `values` what `texts` have that it has not; return whether there was any."""
    grown = False
    for text in texts:
        for kind, came in _payload(text).items():
            known = values.get(kind)
            if known == came and len(came) == 1:
                continue
            merged = list(dict.fromkeys([*(known or ()), *came]))
            if len(merged) > len(known or ()):
                values[kind] = merged
                grown = True
    return grown


def _key_place(owner: int) -> bytes:
    return b"person key|%d" % owner


def _record_place(owner: int) -> bytes:
    return b"person record|%d" % owner
