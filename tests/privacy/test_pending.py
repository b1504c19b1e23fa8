from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.privacy import pending as pending_module
from huaxiang.privacy.pending import PENDING
from huaxiang.privacy.seal import SealError
from huaxiang.privacy.vault import Vault


def table(*rows: tuple[int, str, str]) -> pa.Table:
    return pa.table(
        dict(zip(PENDING.names, zip(*rows, strict=True), strict=True))
        if rows
        else {"node": [], "kind": [], "value": []},
        schema=PENDING,
    )


WANG = table((1, "name", "王小明"), (1, "phone", "13800138000"), (-(2**63), "name", "李雷"))


def waiting(vault: Vault) -> dict[str, list[dict]]:
    return {part: rows.to_pylist() for part, rows in vault.pending()}


def test_round_trip_replace_and_drop(vault: Vault) -> None:
    vault.put_pending("a.csv", table((9, "name", "old")))
    vault.put_pending("a.csv", WANG)
    vault.put_pending("书.xlsx#表1", table())
    assert waiting(vault) == {"a.csv": WANG.to_pylist(), "书.xlsx#表1": []}
    assert all(rows.schema == PENDING for _, rows in vault.pending())
    vault.drop_pending(["a.csv", "never there"])
    assert waiting(vault) == {"书.xlsx#表1": []}


def test_other_column_types_are_cast_and_other_columns_left(vault: Vault) -> None:
    rows = pa.table(
        {
            "value": pa.array(["a", "a"]).dictionary_encode(),
            "extra": [1, 2],
            "kind": pa.array(["n", "n"], pa.large_string()),
            "node": pa.array([1, 2], pa.int32()),
        }
    )
    vault.put_pending("p", rows)
    assert waiting(vault)["p"] == rows.select(PENDING.names).to_pylist()


def test_large_parts_are_sealed_in_pieces(vault: Vault, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_module, "_PIECE_ROWS", 2)
    rows = table(*((n, "n", str(n)) for n in range(7)))
    vault.put_pending("p", rows)
    assert waiting(vault)["p"] == rows.to_pylist()
    intrude(path, "DELETE FROM pending WHERE piece = 3")
    with pytest.raises(SealError):
        waiting(vault)


def test_may_be_dropped_while_iterating(vault: Vault) -> None:
    for part in "abc":
        vault.put_pending(part, WANG)
    seen = []
    for part, _ in vault.pending():
        seen.append(part)
        vault.drop_pending([part, "c"])
    assert seen == ["a", "b"]


def test_nothing_in_clear(vault: Vault, raw: Callable[[], bytes]) -> None:
    vault.put_pending("p", table(*((n, "phone", f"1380013{n:04d}") for n in range(1000))))
    vault.put_pending("q", WANG)
    for text in ("13800138000", "1380013", "王小明", "phone", "node"):
        assert text.encode() not in raw()


def test_altered_or_moved_is_refused(vault: Vault, path: Path) -> None:
    vault.put_pending("a", WANG)
    vault.put_pending("b", table())
    ((sealed,),) = intrude(path, "SELECT sealed FROM pending WHERE part = 'a'")
    for at in range(0, len(sealed), 17):
        bad = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        intrude(path, "UPDATE pending SET sealed = ? WHERE part = 'a'", bad)
        with pytest.raises(SealError):
            waiting(vault)
    vault.put_pending("a", WANG)
    intrude(path, "DELETE FROM pending WHERE part = 'b'")
    intrude(path, "UPDATE pending SET part = 'b'")
    with pytest.raises(SealError):
        waiting(vault)


def test_an_erased_person_is_taken_out_of_what_waits(vault: Vault) -> None:
    vault.put_pending("a", WANG)
    vault.put_pending("b", table((2, "name", "x")))
    assert vault.forget_pending(np.array([1, 5])) == 2
    assert waiting(vault) == {"a": WANG.slice(2).to_pylist(), "b": [{"node": 2, "kind": "name", "value": "x"}]}


def intrude(path: Path, statement: str, *parameters: object) -> list[tuple]:
    """Do to the file what an intruder would."""
    db = sqlite3.connect(path)
    try:
        with db:
            return db.execute(statement, parameters).fetchall()
    finally:
        db.close()
