"""huaxiang token: made once, listed without the secret, revoked; what is wrong is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from huaxiang.cli.main import main
from huaxiang.cli.who import USER
from huaxiang.project import REGISTRY, STORE
from huaxiang.registry import Registry
from huaxiang.registry.tokens import find_token, tokens
from huaxiang.scaffold import create_project
from tests.registry.test_tokens import now


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    create_project(tmp_path / "shop", "blank")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv(USER, "li")
    return tmp_path / "shop"


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str, code: int = 0) -> Any:
        with patch.object(sys, "argv", ["huaxiang", *words]), pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said
        return said

    return run


def test_a_token_is_shown_once(run: Any, root: Path) -> None:
    said = run("--lang", "en", "token", "create", "shop-site", "--may", "personal", "--expires", "90d", "--rate", "9")
    text = said.out.strip()
    assert "cannot be shown again" in said.err
    registry = Registry(root / STORE / REGISTRY)
    [token] = tokens(registry)
    registry.close()
    assert find_token({token.id: token}, text, now()) == token
    assert (token.name, token.by, sorted(token.may), token.rate) == ("shop-site", "li", ["personal"], 9)
    assert token.expires is not None and 89 <= (token.expires - now()).days <= 90
    listed = run("--lang", "en", "token", "list").out
    assert "shop-site" in listed and "in use" in listed and text[16:] not in listed


def test_a_revoked_token_is_listed_as_such(run: Any) -> None:
    made = json.loads(run("--json", "token", "create", "a").out)
    assert made["token"].startswith(f"hx_{made['id']}_")
    assert json.loads(run("--json", "token", "revoke", "a", "--by", "wang").out)["revoked_by"] == "wang"
    [listed] = json.loads(run("--json", "token", "list").out)
    assert listed["revoked"] and "token" not in listed
    assert "已吊销" in run("--lang", "zh", "token", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", " "), "1 to 60"),
        (("create", "x" * 61), "1 to 60"),
        (("create", "x", "--expires", "soon"), "no length of time"),
        (("create", "x", "--expires", "0d"), "no length of time"),
        (("revoke", "nobody"), "no token 'nobody'"),
    ],
)
def test_what_is_wrong_is_said(run: Any, words: tuple[str, ...], said: str) -> None:
    assert said in run("--lang", "en", "token", *words, code=1).err
