"""No command says what a variable of the environment held, and nothing keeps it: whole, quoted or a piece of it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest

from huaxiang.cli.main import main
from huaxiang.jobs.work import WORK
from huaxiang.registry.jobs import Kind
from huaxiang.scaffold import create_project
from huaxiang.secret import hidden

SECRET = "le@f:s3cret/t4il?x#y"
PIECES = (SECRET, quote(SECRET, safe=""), "s3cret", "t4il", "le%40f")
SOURCE = """
source: shop
read: {sql: "URL", query: "select id, at, card, sum from orders"}
into: orders
identifiers: {member_id: card}
columns: {order_id: id, occurred_at: at, amount: sum}
"""
LEVEL = '- {tag: level, imported: {read: {sql: "URL", query: "select a, b from t"}, by: {member_id: a}, value: b}}'
URLS = (
    "${SHOP_DB}", "postgresql://app:${SHOP_SECRET}@127.0.0.1:1/shop", "postgresql://${SHOP_SECRET}:1/shop",
    "postgresql://127.0.0.1:1/shop?password=${SHOP_SECRET}", "sqlite:///${SHOP_SECRET}.db", "${SHOP_SECRET}",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "shop"
    create_project(root, "blank")
    monkeypatch.chdir(root)
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    monkeypatch.setenv("SHOP_DB", f"postgresql://app:{SECRET}@127.0.0.1:1/shop?sslpassword=oth3r-t4il")
    return root


@pytest.mark.parametrize("url", URLS)
def test_no_command_says_a_secret(
    root: Path, url: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name, text in (("sources/shop.yaml", SOURCE), ("tags/level.yaml", LEVEL)):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text.replace("URL", url), encoding="utf-8")
    said = ""
    for words in (["check"], ["doctor"], ["build"], ["plan"], ["--json", "check"], ["--lang", "zh", "build"]):
        with patch.object(sys, "argv", ["huaxiang", *words]), pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code not in (None, 0) or words == ["doctor"]
        told = capsys.readouterr()
        said += told.out + told.err
    assert "${SHOP_" in said or "://***@127.0.0.1" in said or "://127.0.0.1" in said, "addresses are told as written"
    kept = "".join(file.read_bytes().decode("latin-1") for file in (root / ".huaxiang").rglob("*") if file.is_file())
    for piece in PIECES:
        assert piece not in said + kept + caplog.text
    with pytest.raises(Exception) as failed:
        WORK[Kind.BUILD](root, {}, lambda *_: None)
    assert not [piece for piece in PIECES if piece in str(failed.value) + repr(failed.value)]


def test_what_a_library_logs_holds_no_secret(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with patch.object(sys, "argv", ["huaxiang", "check"]), pytest.raises(SystemExit):
        (root / "sources").mkdir(exist_ok=True)
        (root / "sources" / "shop.yaml").write_text(SOURCE.replace("URL", "${SHOP_DB}"), encoding="utf-8")
        main()
    try:
        raise ValueError(f"cannot connect to app:{SECRET}@127.0.0.1")
    except ValueError:
        logging.getLogger("some.driver").exception("failed with %s", quote(SECRET, safe=""))
    assert "failed with ‹hidden›" in caplog.text
    assert not [piece for piece in PIECES if piece in caplog.text]
    assert hidden("select s from shop") == "select s from shop", "only secrets are taken out"
