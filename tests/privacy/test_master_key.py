from __future__ import annotations

import base64
import copy
import pickle
import stat
from pathlib import Path

import pytest

from huaxiang.errors import MasterKeyError
from huaxiang.privacy.keys import (
    FILE_VARIABLE,
    KEY_VARIABLE,
    MasterKey,
    Purpose,
    create_master_key,
    key_file,
    load_master_key,
)

SECRET = bytes(range(32))
GOLDEN = "f8cd185bc3807f15357551e504ca8e4908d9db192ce9d01aa501040a47752638"


def test_created_key_is_loaded_again(tmp_path: Path) -> None:
    path = create_master_key("shop-1", tmp_path / "shop")
    assert path == tmp_path / "config/huaxiang/keys/shop-1.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    first, second = (load_master_key("shop-1", tmp_path / "shop") for _ in range(2))
    assert first.sub_key(Purpose.BLIND_INDEX) == second.sub_key(Purpose.BLIND_INDEX)


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    path = create_master_key("shop")
    before = path.read_text()
    with pytest.raises(MasterKeyError, match="already exists"):
        create_master_key("shop")
    assert path.read_text() == before


def test_no_new_file_beside_a_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, base64.b64encode(SECRET).decode())
    with pytest.raises(MasterKeyError, match=KEY_VARIABLE):
        create_master_key("shop")


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encode: object) -> None:
    secret = b"\xfb\xff" * 16
    create_master_key("shop")
    monkeypatch.setenv(KEY_VARIABLE, encode(secret).decode() + "\n")  # type: ignore[operator]
    loaded = load_master_key("shop", tmp_path / "shop")
    assert loaded.sub_key(Purpose.QUARANTINE) == MasterKey(secret).sub_key(Purpose.QUARANTINE)


def test_named_key_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "elsewhere/my.key"))
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "elsewhere").chmod(0o755)
    assert create_master_key("shop") == tmp_path / "elsewhere/my.key"
    load_master_key("shop", tmp_path / "shop")
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o755  # not ours to change


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_refuses_a_file_others_can_read(tmp_path: Path, mode: int) -> None:
    create_master_key("shop").chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600") as told:
        load_master_key("shop", tmp_path / "shop")
    assert "chmod 600" in told.value.say("zh")


def test_refuses_a_file_in_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    monkeypatch.setenv(FILE_VARIABLE, str(project / "keys/master.key"))
    with pytest.raises(MasterKeyError, match="project folder"):
        create_master_key("shop", project)
    assert not (project / "keys").exists()
    create_master_key("shop")  # without knowing the project
    with pytest.raises(MasterKeyError, match="project folder"):
        load_master_key("shop", project)


def test_refuses_a_link_into_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project, link = tmp_path / "shop", tmp_path / "outside.key"
    project.mkdir()
    link.symlink_to(project / "master.key")
    monkeypatch.setenv(FILE_VARIABLE, str(link))
    with pytest.raises(MasterKeyError, match="project folder"):
        load_master_key("shop", project)


def test_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError) as told:
        load_master_key("shop", tmp_path)
    for said in (told.value.say("en"), told.value.say("zh")):
        assert KEY_VARIABLE in said
        assert str(key_file("shop")) in said


@pytest.mark.parametrize("text", ["", "not base64 at all!", base64.b64encode(SECRET[:-1]).decode(), "秘"])
def test_what_is_not_a_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = create_master_key("shop")
    path.write_text(text)
    with pytest.raises(MasterKeyError) as told:
        load_master_key("shop", tmp_path / "shop")
    assert not text or text not in str(told.value) + told.value.say("zh")


def test_unreadable_key_file_is_a_master_key_error(tmp_path: Path) -> None:
    key_file("shop").mkdir(parents=True)
    with pytest.raises(MasterKeyError, match="cannot be used"):
        load_master_key("shop", tmp_path / "shop")


@pytest.mark.parametrize("project_id", ["", "../escape", "a/b", ".hidden", "a\0b", "x" * 200])
def test_project_id_must_name_a_file(project_id: str) -> None:
    with pytest.raises(MasterKeyError, match="id"):
        key_file(project_id)


def test_chinese_project_id() -> None:
    assert create_master_key("我的店").name == "我的店.key"


def test_sub_keys_differ_by_purpose_and_by_master() -> None:
    keys = {MasterKey(secret).sub_key(purpose) for secret in (SECRET, SECRET[::-1]) for purpose in Purpose}
    assert len(keys) == 2 * len(Purpose)
    assert SECRET not in keys


def test_sub_keys_never_change() -> None:
    """A golden value: if this fails, every vault in the world has become unreadable."""
    assert MasterKey(SECRET).sub_key(Purpose.KEY_WRAPPING).hex() == GOLDEN


def test_key_is_never_shown_pickled_or_copied() -> None:
    key = MasterKey(SECRET)
    shown = f"{key} {key!r} {key!s} {[key]}"
    for form in (repr(SECRET), SECRET.hex(), base64.b64encode(SECRET).decode()):
        assert form not in shown
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as told:
            take(key)
        assert repr(SECRET) not in str(told.value)
    with pytest.raises(TypeError):
        vars(key)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MasterKeyError) as told:
        MasterKey(b"\x99" * length)
    assert not length or repr(b"\x99" * length) not in str(told.value)
