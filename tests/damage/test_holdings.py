"""A store that does not hold what it should is named, the last build stays, and what can be read again is."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huaxiang.cli.main import app
from huaxiang.damage import ASIDE
from huaxiang.doctor import diagnose
from huaxiang.errors import DamagedError, LossError, MasterKeyError, WrongKeyError
from huaxiang.holdings import last_known_event
from huaxiang.inbox.log import Body
from huaxiang.pipeline import Settings, build, refresh
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey, load_master_key
from huaxiang.privacy.vault import Vault
from huaxiang.project import load_project
from huaxiang.read.current import current_build
from huaxiang.registry import Build, Registry
from huaxiang.scaffold import ensure_key
from huaxiang.server.app import opened_inbox
from tests.live.shop import START

LATER = START + timedelta(days=3)
STORE = Path(".huaxiang")


def again(root: Path, *, accept_loss: bool = False, full: bool = True) -> Build:
    run = build if full else refresh
    return run(load_project(root), as_of=LATER, settings=Settings(workers=1, accept_loss=accept_loss))


def names(root: Path) -> set[str]:
    """Every name the vault can show of the current build's customers."""
    project = load_project(root)
    with current_build(root, project) as current:
        subjects = [row[0] for row in current.engine.rows("SELECT subject FROM subjects")]
    with Vault(project.store / "vault.db", load_master_key(project.id, root)) as vault:
        return {name for values in vault.reveal(subjects).values() for name in values.get("name", [])}


def customers(root: Path) -> int:
    with current_build(root, load_project(root)) as current:
        return current.customers


def bad(root: Path) -> str:
    """What the doctor says that is not well."""
    return "\n".join(each.words.en for each in diagnose(root) if each.state != "good")


def current(root: Path) -> int:
    registry = Registry(root / STORE / "registry.db")
    try:
        found = registry.current()
        return found.id if found else 0
    finally:
        registry.close()


def part_file(root: Path, name: str) -> Path:
    return next(path for path in sorted((root / STORE / "parts").glob(f"*/{name}-*.parquet")))


def test_a_sound_project_is_told_to_be_sound(shop: Path) -> None:
    assert "every store holds what it should" in "\n".join(each.words.en for each in diagnose(shop))
    made = again(shop)
    assert "mended" not in made.summary
    assert names(shop) == {f"Name {number}" for number in range(20)}


@pytest.mark.parametrize("how", ["gone", "older", "empty"])
def test_a_vault_that_lost_values_is_filled_again_from_the_sources(shop: Path, older: Path, how: str) -> None:
    vault = shop / STORE / "vault.db"
    vault.unlink()
    if how == "older":
        shutil.copy(older / "vault.db", vault)
    if how == "empty":
        vault.touch()
    assert "vault.db" in bad(shop)
    made = again(shop, full=False)
    assert names(shop) == {f"Name {number}" for number in range(20)}
    assert {each["file"] for each in made.summary["mended"]} == {"vault.db"}
    assert "vault.db" not in bad(shop)


def test_a_damaged_vault_stops_a_build_and_is_set_aside_once_that_is_accepted(shop: Path) -> None:
    vault = shop / STORE / "vault.db"
    vault.write_bytes(b"no database" * 1000)
    assert "vault.db is damaged" in bad(shop)
    with pytest.raises(LossError, match=r"vault\.db is damaged"):
        again(shop)
    assert current(shop) == 2
    again(shop, accept_loss=True)
    assert names(shop) == {f"Name {number}" for number in range(20)}
    assert list(vault.parent.glob(f"vault.db{ASIDE}*"))


@pytest.mark.parametrize(("name", "how"), [("links", "overwritten"), ("facts", "deleted"), ("facts", "shortened")])
def test_a_part_that_lost_rows_is_read_again(shop: Path, name: str, how: str) -> None:
    before, path = customers(shop), part_file(shop, name)
    stat = path.stat()
    if how == "deleted":
        path.unlink()
    elif how == "shortened":
        os.truncate(path, stat.st_size // 2)
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert f"{path.parent.name}/{path.name} is missing or damaged" in bad(shop)
    made = again(shop)
    assert [each["file"] for each in made.summary["mended"]] == [path.name]
    assert customers(shop) >= before
    assert path.name not in bad(shop)


def test_a_refresh_looks_at_the_files_of_parts_too(shop: Path) -> None:
    path = part_file(shop, "links")
    path.unlink()
    assert [each["file"] for each in again(shop, full=False).summary["mended"]] == [path.name]


def test_parts_copied_with_other_times_are_not_read_again(shop: Path) -> None:
    for path in (shop / STORE / "parts").rglob("*.parquet"):
        os.utime(path)
    assert "mended" not in again(shop, full=False).summary


def test_an_inbox_that_is_gone_stops_a_build_until_that_is_accepted(shop: Path) -> None:
    (shop / STORE / "inbox.db").unlink()
    assert "inbox.db is gone: it held events up to number 20" in bad(shop)
    with pytest.raises(LossError, match=r"inbox\.db is gone"):
        again(shop)
    assert current(shop) == 2
    again(shop, accept_loss=True)
    assert current(shop) == 3


def test_an_older_inbox_is_named_and_new_events_get_numbers_nobody_had(shop: Path, built: Path) -> None:
    path = shop / STORE / "inbox.db"
    project = load_project(shop)
    path.unlink()
    registry = Registry(shop / STORE / "registry.db")
    try:
        assert last_known_event(project, registry) == 20
        with opened_inbox(project, registry) as inbox:
            assert inbox.append([_body()]) == 21
    finally:
        registry.close()
    assert "inbox.db is another than the last build read" in bad(shop)
    with pytest.raises(LossError, match=r"inbox\.db is another"):
        again(shop)
    shutil.copy(built / STORE / "inbox.db", path)
    again(shop)


def test_a_build_without_data_stops_and_asks(shop: Path) -> None:
    for path in (shop / "data").iterdir():
        path.unlink()
    with pytest.raises(LossError, match="the rows of source pos fall from 60 to 0: more than 50%"):
        again(shop)
    assert current(shop) == 2
    assert customers(shop) > 0
    again(shop, accept_loss=True)


def test_files_that_lost_most_rows_stop_a_build_and_the_bound_is_the_projects(shop: Path) -> None:
    path = shop / "data/pos.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:11]), encoding="utf-8")
    with pytest.raises(LossError, match="the rows of source pos fall from 60 to 10"):
        again(shop, full=False)
    assert current(shop) == 2
    main = shop / "huaxiang.yaml"
    main.write_text(main.read_text(encoding="utf-8") + "largest_loss: 90\n", encoding="utf-8")
    assert again(shop).id > 2


def test_a_registry_that_is_gone_stops_a_build_and_no_number_is_given_twice(shop: Path) -> None:
    (shop / STORE / "registry.db").unlink()
    assert "registry.db is gone or empty: there is a file of build 2" in bad(shop)
    with pytest.raises(LossError, match=r"registry\.db is gone"):
        again(shop)
    assert again(shop, accept_loss=True).id == 3


def test_an_older_registry_stops_a_build(shop: Path, older: Path) -> None:
    shutil.copy(older / "registry.db", shop / STORE / "registry.db")
    with pytest.raises(LossError, match=r"registry\.db is an older copy"):
        again(shop)
    assert "registry.db is an older copy" in bad(shop)


def test_a_damaged_registry_is_named(shop: Path) -> None:
    (shop / STORE / "registry.db").write_bytes(b"no database" * 1000)
    assert "registry.db is damaged" in bad(shop)
    with pytest.raises(DamagedError, match=r"registry\.db is damaged"):
        again(shop)


@pytest.mark.parametrize("how", ["gone", "older", "shortened", "overwritten"])
def test_a_warehouse_that_is_not_the_builds_stops_a_build(shop: Path, older: Path, how: str) -> None:
    path = shop / STORE / "builds/build-000002.duckdb"
    if how == "gone":
        path.unlink()
    elif how == "older":
        shutil.copy(older / "builds/build-000001.duckdb", path)
    elif how == "shortened":
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.write_bytes(b"no database" * 10_000)
    assert "builds/build-000002.duckdb" in bad(shop)
    with pytest.raises((LossError, DamagedError), match=r"builds/build-000002\.duckdb"):
        again(shop)
    again(shop, accept_loss=True)
    assert "build-00000" not in bad(shop)


def test_another_key_is_told_by_vault_and_by_registry(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MasterKey(bytes(32)).as_text())
    for gone in ("", "vault.db", "registry.db"):
        if gone:
            (shop / STORE / gone).rename(shop / STORE / f"{gone}.away")
        if gone == "registry.db":
            (shop / STORE / "vault.db.away").rename(shop / STORE / "vault.db")
        with pytest.raises(WrongKeyError, match="is not the one that"):
            load_master_key("live_shop", shop)


@pytest.mark.parametrize(
    "command",
    ["profile 13800000001", "tag list", "segment list", "quarantine list", "build", "refresh", "health", "quality",
     "token list", "job list", "plan", "serve"],
)  # fmt: skip
def test_every_command_tells_that_the_key_is_another(shop: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MasterKey(bytes(32)).as_text())
    done = CliRunner().invoke(app, [*command.split(), "--project", str(shop)])
    assert isinstance(done.exception, WrongKeyError), done.output


def test_a_project_whose_key_is_gone_with_its_vault_is_given_no_other(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    (shop / STORE / "vault.db").unlink()
    assert ensure_key("live_shop", shop, shop / STORE / "vault.db") is None
    with pytest.raises(MasterKeyError, match="no master key"):
        again(shop)


@pytest.mark.parametrize("name", ["registry.db", "inbox.db", "vault.db"])
def test_what_cannot_be_read_is_set_aside_once_that_is_accepted(shop: Path, name: str) -> None:
    (shop / STORE / name).write_bytes(b"no database" * 1000)
    command = ["build", "--workers", "1", "--project", str(shop)]
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, DamagedError | LossError)
    assert f"{name} is damaged" in str(refused.exception)
    done = CliRunner().invoke(app, [*command, "--accept-loss"])
    assert done.exit_code == 0, done.output
    assert [path.name for path in (shop / STORE).glob(f"{name}{ASIDE}*")]
    assert current(shop) == 3


def test_a_registry_that_is_taken_away_while_it_is_open_is_written_again(shop: Path, older: Path) -> None:
    registry = Registry(shop / STORE / "registry.db")
    try:
        known = [each.id for each in registry.builds()]
        registry.path.unlink()
        assert registry.put_back()
        assert not registry.put_back()
        assert [each.id for each in registry.builds()] == known == [2, 1]
        shutil.copy(older / "registry.db", fresh := registry.path.with_name("fresh"))
        fresh.replace(registry.path)
        assert [each.id for each in registry.builds()] == [1]
    finally:
        registry.close()


def test_a_base_that_is_short_is_made_again(shop: Path) -> None:
    path = next((shop / STORE / "bases").glob("base-000002/node.npy"))
    os.truncate(path, path.stat().st_size // 2)
    assert "bases/base-000002 is damaged" in bad(shop)


def _body() -> Body:
    return Body("web", "track", 1, b'{"type":"track","event":"x","userId":"u1"}', 1)
