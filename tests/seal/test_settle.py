"""Pending values become part of their person's record; what belongs to nobody stays pending."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.vault import Vault
from huaxiang.seal.settle import Sealed, settle
from tests.small_shop import MASTER, Shop


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault(tmp_path / "vault.db", MASTER) as opened:
        yield opened


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as opened:
        opened.run(
            "CREATE TABLE identifiers AS SELECT * FROM (VALUES (1, 10), (2, 10), (3, 30), (4, NULL)) t(node, subject)"
        )
        yield opened


def wait(vault: Vault, part: str, *rows: tuple[int, str, str]) -> None:
    nodes, kinds, values = zip(*rows, strict=True) if rows else ((), (), ())
    vault.put_pending(
        part,
        pa.table({
            "node": pa.array(nodes, pa.int64()), "kind": pa.array(kinds, pa.string()),
            "value": pa.array(values, pa.string()),
        }),
    )  # fmt: skip


def left(vault: Vault) -> dict[str, int]:
    return {part: table.num_rows for part, table in vault.pending()}


def owned(engine: Engine) -> pa.Table:
    """The identifiers that are somebody's, as the pipeline hands them on."""
    return engine.arrow("SELECT node, subject FROM identifiers WHERE subject IS NOT NULL")


def test_values_go_to_the_person_of_their_identifier(vault: Vault, engine: Engine) -> None:
    wait(vault, "1", (1, "phone", "138"), (2, "name", "王"), (3, "name", "李"))
    wait(vault, "2", (2, "name", "王"), (1, "name", "王小明"))
    assert settle(vault, owned(engine)) == 2
    found = vault.reveal([10, 30])
    assert {kind: sorted(values) for kind, values in found[10].items()} == {"name": ["王", "王小明"], "phone": ["138"]}
    assert found[30] == {"name": ["李"]}
    assert left(vault) == {}


def test_what_belongs_to_nobody_stays_pending(vault: Vault, engine: Engine) -> None:
    wait(vault, "1", (1, "name", "王"), (4, "name", "赵"), (9, "name", "钱"))
    wait(vault, "2", (4, "phone", "139"))
    settle(vault, owned(engine))
    assert left(vault) == {"1": 2, "2": 1}
    engine.run("UPDATE identifiers SET subject = 40 WHERE node = 4")
    assert settle(vault, owned(engine)) == 1
    assert vault.reveal([40]) == {40: {"name": ["赵"], "phone": ["139"]}}
    assert left(vault) == {"1": 1}


def test_settling_twice_changes_nothing(vault: Vault, engine: Engine) -> None:
    for _ in range(2):
        wait(vault, "1", (1, "name", "王"))
        settle(vault, owned(engine))
    assert vault.reveal([10]) == {10: {"name": ["王"]}}
    assert settle(vault, owned(engine)) == 0


def test_what_is_sealed_already_opens_no_record(vault: Vault, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    blind = BlindIndex(MASTER)
    wang, li = (int(node) for node in blind.many("phone", ["138", "139"])[:, 0])
    owners = pa.table({"node": pa.array([wang, li], pa.int64()), "subject": pa.array([10, 30], pa.int64())})
    wait(vault, "1", (wang, "phone", "138"), (li, "phone", "139"))
    assert settle(vault, owners) == 2
    known = Sealed(pa.table({"node": pa.array([wang, li], pa.int64()), "kind": ["phone", "phone"]}), blind)
    wait(vault, "2", (wang, "phone", "138"), (li, "phone", "139"), (wang, "name", "王"), (wang, "phone", "137"))
    opened: list[int] = []
    whole = Vault.settle

    def watched(self: Vault, batches: Any, *, distinct: bool = False) -> int:
        each = list(batches)
        opened.extend(owner for owners, _ in each for owner in owners.tolist())
        return whole(self, each, distinct=distinct)

    monkeypatch.setattr(Vault, "settle", watched)
    assert settle(vault, owners, known) == 1
    assert opened == [10], "of the other nothing came but what is there"
    # A second value of the kind, seen beside the identifier, is news.
    assert vault.reveal([10, 30]) == {10: {"phone": ["138", "137"], "name": ["王"]}, 30: {"phone": ["139"]}}
    assert left(vault) == {}


def test_a_part_without_values_is_dropped(vault: Vault, engine: Engine) -> None:
    wait(vault, "1")
    assert settle(vault, owned(engine)) == 0
    assert left(vault) == {}


def test_one_who_was_forgotten_stays_forgotten(vault: Vault, engine: Engine) -> None:
    wait(vault, "1", (1, "name", "王"))
    settle(vault, owned(engine))
    vault.shred(10)
    wait(vault, "1", (1, "name", "王"))
    assert settle(vault, owned(engine)) == 0
    assert vault.reveal([10]) == {10: {}}


def test_from_a_file_to_a_record(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.write("data/a.csv", 'at,m,who,say\n2026-05-01,138 0013 8000,王 小明 先生," 太贵了\n下次再说 "\n')
    shop.build(
        "{source: s, read: data/*.csv, into: interactions, identifiers: {phone: m}, "
        "personal: {name: who, comment: say}, "
        "columns: {occurred_at: at}}"
    )
    with shop.facts() as engine, Vault(shop.root / "vault.db", MASTER) as vault:
        assert settle(vault, owned(engine)) == 1
        subject = engine.one("SELECT subject FROM interactions")
        assert vault.reveal([subject]) == {
            subject: {"phone": ["13800138000"], "name": ["王小明"], "comment": ["太贵了\n下次再说"]}
        }
