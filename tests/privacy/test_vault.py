from __future__ import annotations

import json
import pickle
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.errors import MasterKeyError
from huaxiang.privacy import vault as vault_module
from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.seal import SealError
from huaxiang.privacy.vault import Vault

Raw = Callable[[], bytes]
WANG = {"name": ["王小明"], "phone": ["13800138000", "13900139000"]}
LI = {"name": ["李雷"], "email": ["lilei@example.com"]}


def settle(vault: Vault, *records: tuple[int, dict[str, list[str]]]) -> int:
    owners = np.array([owner for owner, _ in records], dtype=np.int64)
    return vault.settle([(owners, [json.dumps(values) for _, values in records])])


def test_settle_and_reveal(vault: Vault) -> None:
    assert settle(vault, (1, WANG), (2**63 - 1, LI), (0, {})) == 3
    assert vault.reveal([2**63 - 1, 1, 0, 99]) == {2**63 - 1: LI, 1: WANG, 0: {}, 99: {}}
    assert list(vault.reveal([1, 0])) == [1, 0]
    assert vault.reveal([]) == {}


def test_settle_merges_and_keeps_order(vault: Vault) -> None:
    settle(vault, (1, {"phone": ["2", "1", "2"]}))
    assert settle(vault, (1, {"phone": ["3", "1"], "name": ["a"]}), (1, {"phone": ["4"]})) == 1
    assert vault.reveal([1])[1] == {"phone": ["2", "1", "3", "4"], "name": ["a"]}


def test_nothing_new_writes_nothing(vault: Vault, path: Path) -> None:
    settle(vault, (1, WANG))
    before = rows(path)
    assert settle(vault, (1, {"phone": ["13900139000"]}), (1, {})) == 0
    assert rows(path) == before


def test_a_grown_record_keeps_its_key(vault: Vault, path: Path) -> None:
    settle(vault, (1, WANG))
    before = rows(path)
    settle(vault, (1, LI))
    after = rows(path)
    assert before[1][0] == after[1][0]
    assert before[1][1] != after[1][1]


def test_each_person_has_their_own_key_and_nonce(vault: Vault, path: Path) -> None:
    settle(vault, *((owner, WANG) for owner in range(50)))
    assert len({part for row in rows(path).values() for part in (row[0][:12], row[0][12:], row[1][:12])}) == 150


@pytest.mark.parametrize("payload", ["", "[]", "null", '{"phone": "13800138000"}', '{"phone": [13800138000]}', "{"])
def test_a_payload_of_another_form_is_refused_and_nothing_is_kept(vault: Vault, payload: str) -> None:
    with pytest.raises(ValueError, match="payload") as told:
        vault.settle([(np.array([1, 2]), [json.dumps(WANG), payload])])
    assert "13800138000" not in str(told.value)
    assert told.value.__suppress_context__
    with pytest.raises(ValueError, match="2 owners but 1"):
        vault.settle([(np.array([1, 2]), ["{}"])])
    assert vault.reveal([1]) == {1: {}}


def test_a_failure_midway_keeps_nothing(vault: Vault) -> None:
    def batches() -> Iterator[tuple[np.ndarray, list[str]]]:
        yield np.array([1]), [json.dumps(WANG)]
        raise OSError("the source went away")

    with pytest.raises(OSError, match="went away"):
        vault.settle(batches())
    assert vault.reveal([1]) == {1: {}}
    assert settle(vault, (1, WANG)) == 1


def test_more_than_a_chunk(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_module, "_CHUNK", 7)
    assert settle(vault, *((owner % 40, {"n": [str(owner)]}) for owner in range(100))) >= 40
    assert vault.reveal(range(40)) == {n: {"n": [str(m) for m in range(n, 100, 40)]} for n in range(40)}


VALUES = st.dictionaries(
    st.sampled_from(["phone", "name", "地址"]), st.lists(st.text(max_size=3), max_size=3), max_size=3
)
RECORDS = st.lists(st.tuples(st.integers(0, 4), VALUES), max_size=12)


@settings(deadline=None, max_examples=40)
@given(st.data(), RECORDS)
def test_any_split_and_order_gives_the_same_values(data: st.DataObject, records: list[tuple[int, dict]]) -> None:
    expected: dict[int, dict[str, set[str]]] = {owner: {} for owner in range(5)}
    for owner, values in records:
        for kind, found in values.items():
            expected[owner].setdefault(kind, set()).update(found)
    shuffled = data.draw(st.permutations(records))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(records)), max_size=3)))
    pieces = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(records)], strict=True)]
    calls = data.draw(st.booleans())
    with TemporaryDirectory() as folder, Vault(Path(folder) / "v", MasterKey(b"k" * 32)) as vault:
        batches = [
            (np.array([owner for owner, _ in piece], dtype=np.int64), [json.dumps(values) for _, values in piece])
            for piece in pieces
        ]
        for group in [[batch] for batch in batches] if calls else [batches]:
            vault.settle(group)
        revealed = vault.reveal(range(5))
    for owner, values in revealed.items():
        # A kind without values says nothing, and may or may not be there.
        assert {k: set(v) for k, v in values.items() if v} == {k: v for k, v in expected[owner].items() if v}
        assert all(len(found) == len(set(found)) for found in values.values())


def test_wrong_key_is_told_at_once(vault: Vault, path: Path, master: MasterKey) -> None:
    settle(vault, (1, WANG))
    vault.check()
    wrong = b"w" * 32
    with pytest.raises(MasterKeyError) as told:
        Vault(path, MasterKey(wrong))
    assert told.value.say("zh")
    assert repr(wrong) not in str(told.value)
    with Vault(path, master) as again:
        again.check()
        assert again.reveal([1]) == {1: WANG}


@pytest.mark.parametrize("statement", ["DELETE FROM canary", "UPDATE canary SET sealed = x'00'"])
def test_a_vault_with_persons_but_no_true_canary_is_refused(
    vault: Vault, path: Path, master: MasterKey, statement: str
) -> None:
    settle(vault, (1, WANG))
    execute(path, statement)
    with pytest.raises(MasterKeyError):
        vault.check()
    with pytest.raises(MasterKeyError):
        Vault(path, master)


@pytest.mark.parametrize("column", ["wrapped", "sealed"])
def test_any_altered_byte_is_refused(vault: Vault, path: Path, column: str) -> None:
    settle(vault, (1, WANG), (2, LI))
    (box,) = execute(path, f"SELECT {column} FROM persons WHERE owner = 1")[0]
    for at in range(len(box)):
        bad = box[:at] + bytes([box[at] ^ 0x10]) + box[at + 1 :]
        execute(path, f"UPDATE persons SET {column} = ? WHERE owner = 1", bad)
        with pytest.raises(SealError) as told:
            vault.reveal([1])
        assert "王小明" not in str(told.value)
    with pytest.raises(SealError):
        settle(vault, (1, LI))
    assert vault.reveal([2]) == {2: LI}


@pytest.mark.parametrize("columns", [("wrapped",), ("sealed",), ("wrapped", "sealed")])
def test_swapped_records_are_refused(vault: Vault, path: Path, columns: tuple[str, ...]) -> None:
    settle(vault, (1, WANG), (2, LI))
    for column in columns:
        one, two = (box for (box,) in execute(path, f"SELECT {column} FROM persons ORDER BY owner"))
        execute(path, f"UPDATE persons SET {column} = ? WHERE owner = 1", two)
        execute(path, f"UPDATE persons SET {column} = ? WHERE owner = 2", one)
    for owner in (1, 2):
        with pytest.raises(SealError):
            vault.reveal([owner])


def test_nothing_in_clear_in_any_file(vault: Vault, raw: Raw, path: Path) -> None:
    settle(vault, *((owner, WANG) for owner in range(300)))
    settle(vault, (1, LI))
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    for text in [*WANG, *LI, *(value for values in (WANG, LI) for found in values.values() for value in found)]:
        for encoding in ("utf-8", "utf-16-le", "unicode_escape"):
            assert text.encode(encoding) not in raw()


def test_only_the_owner_of_the_files_may_read_them(vault: Vault, path: Path, master: MasterKey) -> None:
    settle(vault, (1, WANG))
    files = list(path.parent.glob(path.name + "*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    path.chmod(0o644)
    Vault(path, master).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_shredded_is_gone_from_the_bytes_and_does_not_come_back(vault: Vault, path: Path, raw: Raw) -> None:
    settle(vault, (1, WANG), (2, LI))
    wrapped, sealed = rows(path)[1]
    assert wrapped in raw()
    assert vault.shred(1) is True
    for piece in (wrapped, sealed, wrapped[-16:], sealed[-16:]):
        assert piece not in raw()
    assert vault.reveal([1, 2]) == {1: {}, 2: LI}
    assert settle(vault, (1, WANG), (2, WANG)) == 1
    assert vault.reveal([1]) == {1: {}}
    at = vault.shredded()
    assert list(at) == [1]
    assert vault.shred(1) is True
    assert vault.shredded() == at


@pytest.mark.parametrize("search_bytes", [0, 10**12])
def test_shredding_leaves_no_older_copy_anywhere(
    vault: Vault, path: Path, raw: Raw, monkeypatch: pytest.MonkeyPatch, search_bytes: int
) -> None:
    """Records inserted out of order move between pages, grow and move again: no page may keep what it held.

    Searched for, or (with 0) written anew without a search.
    """
    monkeypatch.setattr("huaxiang.privacy.storage._SEARCH_BYTES", search_bytes)
    random = np.random.default_rng(7)
    owners = random.permutation(6000)
    for at in range(0, len(owners), 500):
        settle(vault, *((int(owner), {"n": ["x" * int(random.integers(1, 400))]}) for owner in owners[at : at + 500]))
    settle(vault, *((int(owner), {"m": ["y" * 300]}) for owner in owners[::3]))
    gone = owners[::5].tolist()
    pieces = [piece for owner, row in rows(path).items() if owner in set(gone) for piece in row]
    assert vault.shred_many(gone)
    left = raw()
    assert not [piece for piece in pieces if piece in left]
    assert all(values for owner, values in vault.reveal(range(6000)).items() if owner not in set(gone))


def test_shred_while_a_reader_holds_an_older_view(vault: Vault, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huaxiang.privacy.storage._BUSY_SECONDS", 0.1)
    settle(vault, (1, WANG))
    vault.close()
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    (wrapped,) = reader.execute("SELECT wrapped FROM persons").fetchone()
    assert vault.shred(1) is False
    assert vault.reveal([1]) == {1: {}}
    reader.close()
    assert vault.purge() is True
    assert not any(wrapped in file.read_bytes() for file in path.parent.glob(path.name + "*"))


def test_readers_see_whole_settlements_while_one_is_written(vault: Vault) -> None:
    owners = list(range(40))
    settle(vault, *((owner, {"n": ["0"]}) for owner in owners))
    faults: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            lengths = {len(values["n"]) for values in vault.reveal(owners).values()}
            if len(lengths) != 1:
                faults.append(str(lengths))

    def write(name: str) -> None:
        for turn in range(15):
            settle(vault, *((owner, {"n": [f"{name}{turn}"]}) for owner in owners))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert not faults
    assert {len(values["n"]) for values in vault.reveal(owners).values()} == {31}


def test_settling_may_read_the_vault(vault: Vault) -> None:
    settle(vault, (1, WANG))
    vault.settle((np.array([2]), [json.dumps(vault.reveal([1])[1])]) for _ in range(1))
    assert vault.reveal([2]) == {2: WANG}


def test_no_key_is_shown_or_pickled(vault: Vault) -> None:
    assert "\\x00\\x01" not in repr(vault) + repr(vault._file) + repr(vault._file.wrapping)
    with pytest.raises(TypeError):
        pickle.dumps(vault)


def execute(path: Path, statement: str, *parameters: object) -> list[tuple]:
    """Do to the file what an intruder would."""
    db = sqlite3.connect(path)
    try:
        with db:
            return db.execute(statement, parameters).fetchall()
    finally:
        db.close()


def rows(path: Path) -> dict[int, tuple[bytes, bytes]]:
    return {
        owner: (wrapped, sealed)
        for owner, wrapped, sealed in execute(path, "SELECT owner, wrapped, sealed FROM persons")
    }


_ANOTHER = """
import json, sys
from pathlib import Path
import numpy as np
from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.vault import Vault
with Vault(Path(sys.argv[1]), MasterKey(bytes.fromhex(sys.argv[2]))) as vault:
    vault.settle([(np.array([int(sys.argv[3])]), [json.dumps({"name": ["陌生人"]})])])
"""


def test_what_another_process_wrote_is_read_by_all_who_have_the_vault_open(
    vault: Vault, path: Path, master: MasterKey
) -> None:
    """A process that has the file open several times must not lose its locks: the next would remove the log."""
    settle(vault, (1, WANG), (2, LI))
    with Vault(path, master) as console, Vault(path, master) as api:
        assert console.reveal([1]) == api.reveal([1]) == {1: WANG}
        for number, shredding in ((7, False), (8, True)):
            if shredding:
                assert vault.shred(2)
            command = [sys.executable, "-c", _ANOTHER, str(path), bytes(range(32)).hex(), str(number)]
            subprocess.run(command, check=True)
            for each in (vault, console, api):
                assert each.reveal([number]) == {number: {"name": ["陌生人"]}}
        settle(api, (9, WANG))
    assert vault.reveal([9]) == {9: WANG}
