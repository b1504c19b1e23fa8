"""New projects: a template's files, an id, a key outside the project."""

from __future__ import annotations

import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from huaxiang import scaffold
from huaxiang.errors import NotFound, ProjectError
from huaxiang.privacy.keys import KEY_VARIABLE, MasterKey, key_file, load_master_key
from huaxiang.project import load_project
from huaxiang.scaffold import DATA_PACKAGES, TEMPLATES, create_project, ensure_key


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_makes_a_project_without_faults(tmp_path: Path, template: str) -> None:
    if template in DATA_PACKAGES and find_spec(DATA_PACKAGES[template][0]) is None:
        pytest.skip("its data package is not installed")
    made = create_project(tmp_path / "My Shop", template)
    project = load_project(made.root)
    assert (project.code, project.id) == ("my_shop", made.id)
    assert made.id.startswith("my_shop-")
    assert ".huaxiang/" in (made.root / ".gitignore").read_text()


def test_every_template_has_words_and_a_folder() -> None:
    folder = Path(scaffold.__file__).parent / "templates"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(TEMPLATES)
    assert all(words.en and words.zh for words in TEMPLATES.values())


def test_the_key_is_outside_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = create_project(tmp_path / "shop", "blank")
    assert made.key == key_file(made.id)
    assert made.key is not None
    assert not made.key.is_relative_to(made.root)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    load_master_key(made.id, made.root)


def test_each_project_has_a_write_key_of_its_own(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        [door] = load_project(create_project(tmp_path / name, "retailer").root).doors
        assert door.key is not None
        assert len(door.key) == 32
        keys.add(door.key)
    assert len(keys) == 2


def test_a_key_in_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, MasterKey.random().as_text())
    assert create_project(tmp_path / "shop", "blank").key is None


def test_no_new_key_once_something_is_sealed(tmp_path: Path) -> None:
    vault = tmp_path / "vault.db"
    vault.touch()
    assert ensure_key("shop-1", tmp_path, vault) is None
    vault.unlink()
    assert ensure_key("shop-1", tmp_path, vault) is not None
    assert ensure_key("shop-1", tmp_path, vault) is None


def test_an_unknown_template_asks_for_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean retailer"):
        create_project(tmp_path / "shop", "retaler")
    assert not (tmp_path / "shop").exists()


def test_a_project_is_never_overwritten(tmp_path: Path) -> None:
    create_project(tmp_path / "shop", "blank")
    with pytest.raises(ProjectError):
        create_project(tmp_path / "shop", "retailer")


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / ".gitignore").write_text("mine\n")
    create_project(tmp_path / "shop", "blank")
    assert (tmp_path / "shop" / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("name", "code"), [("My Shop", "my_shop"), ("2026", "project_2026"), ("数据", "project"), ("A--b", "a_b")]
)
def test_the_code_of_a_folder(tmp_path: Path, name: str, code: str) -> None:
    made = create_project(tmp_path / name, "blank")
    assert load_project(made.root).code == code


def test_a_template_says_which_package_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaffold, "find_spec", lambda name: None)
    with pytest.raises(ProjectError, match=r"huaxiang\[realdata\]"):
        create_project(tmp_path / "shop", "completejourney")
    assert not (tmp_path / "shop").exists()
