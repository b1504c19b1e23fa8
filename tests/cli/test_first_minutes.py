"""The mistakes of the first five minutes: each told in words of both languages, with what to do, and no traceback."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from huaxiang.cli.main import main

SOURCE = (
    "source: pos\nread: data/*.csv\ninto: orders\nidentifiers: {member_id: card}\nkey: [order_id]\n"
    "columns: {order_id: no, occurred_at: at, amount: amount}\n"
)
DATA = "no,at,card,amount\n1,2026-01-02,M1,5\n2,2026-01-03,M2,6\n"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> str:
        with patch.object(sys, "argv", ["huaxiang", *words]), pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        text = " ".join((said.out + said.err).split())
        assert (ended.value.code or 0) == code, text
        assert "Traceback" not in text and "fault of ours" not in text
        return text

    return run


@pytest.fixture
def shop(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run("init", "my shop", "--template", "blank")
    root = tmp_path / "my shop"
    monkeypatch.chdir(root)
    (root / "sources/pos.yaml").write_text(SOURCE, encoding="utf-8")
    (root / "data/a.csv").write_text(DATA, encoding="utf-8")
    return root


def test_a_blank_project_has_its_folders_and_says_what_comes_next(run: Run, tmp_path: Path) -> None:
    said = run("--lang", "en", "init", "my shop", "--template", "blank")
    assert "cd 'my shop'; put a file into data/, and say in sources/NAME.yaml what its columns mean" in said
    assert {"data", "sources", "tags", "segments"} <= {each.name for each in (tmp_path / "my shop").iterdir()}
    where = ("--project", "my shop")
    assert "no source yet: put a file into data/" in run("--lang", "en", "build", *where, code=1)
    assert "还没有来源：请把文件放进 data/" in run("--lang", "zh", "build", *where, code=1)
    assert "no source yet" in run("--lang", "en", "check", *where)


@pytest.mark.parametrize(
    ("wrong", "right", "en", "zh"),
    [("identifier:", "identifiers:", "sources/pos.yaml:4: a source has no key 'identifier' (did you mean identifiers?)",
      "是不是想写 identifiers"),
     ("into：orders", "into: orders", "write “: ”", "全角冒号"), ("read：", "read: ", "write “: ”", "全角冒号"),
     ("\tinto: orders", "into: orders", "with spaces, not with tabs", "不要用制表符"),
     ("data\\*.csv", "data/*.csv", "write / between folders: data/*.csv", "目录之间请用 /"),
     ("“data/*.csv”", "data/*.csv", "these quotes are typographic", "中文引号")],
)  # fmt: skip
def test_a_slip_of_the_hand_is_told_with_what_was_meant(
    run: Run, shop: Path, wrong: str, right: str, en: str, zh: str
) -> None:
    assert right in SOURCE
    (shop / "sources/pos.yaml").write_text(SOURCE.replace(right, wrong, 1), encoding="utf-8")
    assert en in run("--lang", "en", "check", code=1)
    assert zh in run("--lang", "zh", "check", code=1)


def test_what_windows_and_excel_leave_is_read(run: Run, shop: Path) -> None:
    (shop / "sources/pos.yaml").write_bytes(("\ufeff" + SOURCE.replace("\n", "\r\n")).encode())
    (shop / "data/~$a.csv").write_bytes(b"lock")
    assert "customers 2" in run("--lang", "en", "build").replace("│", "").replace("  ", " ")


def test_a_source_twice_and_a_folder_that_is_not_there(run: Run, shop: Path) -> None:
    (shop / "sources/two.yaml").write_text(SOURCE, encoding="utf-8")
    assert "source 'pos' is defined at sources/pos.yaml:1 too" in run("--lang", "en", "check", code=1)
    assert "there is no folder nowhere" in run("--lang", "en", "check", "--project", "nowhere", code=1)
    assert "没有 nowhere 这个目录" in run("--lang", "zh", "check", "--project", "nowhere", code=1)


def test_an_export_into_a_folder_that_is_not_there(run: Run, shop: Path) -> None:
    (shop / "segments/all.yaml").write_text('segment: all\nwhere: "n > 0"\n', encoding="utf-8")
    (shop / "tags/all.yaml").write_text("- {tag: n, category: a, from: orders, value: count(*)}\n", encoding="utf-8")
    run("build")
    to = ("segment", "export", "all", "--to", "nowhere/x.csv")
    assert "there is no folder nowhere: make it first" in run("--lang", "en", *to, code=1)
    assert "没有 nowhere 这个目录：请先新建" in run("--lang", "zh", *to, code=1)


def test_a_port_that_is_taken(run: Run, shop: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"port {port}: another program listens there; choose another" in run(
            "--lang", "en", "serve", "--port", port, code=1
        )
        assert "已被其他程序占用：请用 --port" in run("--lang", "zh", "serve", "--port", port, code=1)


def test_a_field_of_a_megabyte_is_a_row_like_others(run: Run, shop: Path) -> None:
    (shop / "data/a.csv").write_text(DATA + f"3,2026-01-03,{'M' * (1 << 20)},6\n", encoding="utf-8")
    said = run("--lang", "en", "build").replace("│", "")
    assert "facts 3" in " ".join(said.split())
