"""A file that cannot be read stops nothing else: it is told, and what was read of it before is kept."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest

from huaxiang.cli.main import main
from huaxiang.doctor import diagnose
from huaxiang.errors import ReadError
from huaxiang.pipeline import build, refresh
from huaxiang.registry import Build
from tests.pipeline.test_refresh import FILES, HEAD, START, run, tables, write
from tests.read.sample import with_key

ORDERS = HEAD + "D1,2026-02-20,M2,13912345678,5,茶\nD2,2026-02-21,M2,,5,茶\n"
SOURCE = "sources/pos.yaml"


def packed(root: Path, rows: str, cut: int = 0) -> None:
    (root / "data/more.csv.gz").write_bytes(gzip.compress(rows.encode())[: -cut or None])


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        write(root, name, text)
    write(root, SOURCE, FILES[SOURCE].replace("read: data/*.csv", "read: {csv: data/*.csv*}"))
    with with_key():
        yield root


def unread(made: Build) -> list[tuple[str, bool]]:
    return [(each["part"], each["kept"] is not None) for each in made.summary["unread"]]


def test_its_last_good_rows_stay_until_it_is_whole_again(shop: Path) -> None:
    packed(shop, ORDERS)
    first = run(build, shop, START)
    assert unread(first) == []
    tags = tables(shop, first)["tags"]
    packed(shop, ORDERS + "D3,2026-02-22,M2,,5,茶\n", cut=9)
    for how in (refresh, build):
        made = run(how, shop, START)
        assert unread(made) == [("data/more.csv.gz", True)]
        assert "is not a whole gzip file" in made.summary["unread"][0]["en"]
        assert tables(shop, made)["tags"] == tags
        assert made.summary["rows"] == first.summary["rows"]
    packed(shop, ORDERS + "D3,2026-02-22,M2,,5,茶\n")
    whole = run(refresh, shop, START)
    assert unread(whole) == []
    assert whole.summary["facts"] == first.summary["facts"] + 1


def test_one_that_was_never_read_is_left_out(shop: Path) -> None:
    without = run(build, shop, START)
    packed(shop, ORDERS, cut=9)
    made = run(build, shop, START)
    assert unread(made) == [("data/more.csv.gz", False)]
    assert made.summary["facts"] == without.summary["facts"]


def test_what_another_definition_read_is_not_kept(shop: Path) -> None:
    packed(shop, ORDERS)
    run(build, shop, START)
    packed(shop, ORDERS, cut=9)
    text = (shop / SOURCE).read_text(encoding="utf-8")
    write(shop, SOURCE, text.replace("amount < 0", "amount < -1"))
    made = run(build, shop, START)
    assert unread(made) == [("data/more.csv.gz", False)]
    (shop / "data/more.csv.gz").unlink()
    without = run(build, shop, START)
    assert made.summary["facts"] == without.summary["facts"]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    for name, text in FILES.items():
        if not name.startswith("data/"):
            write(root, name, text.replace("*.csv", "*.xlsx"))
    with with_key():
        yield root


def workbook(path: Path, rows: str, cut: int = 0) -> None:
    book = openpyxl.Workbook()
    for row in rows.splitlines():
        book.active.append(row.split(","))
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    path.write_bytes(path.read_bytes()[: -cut or None])


def test_sheets_of_a_workbook_that_cannot_be_opened_stay_and_the_first_may_be_it(books: Path) -> None:
    workbook(books / "data/a.xlsx", ORDERS)
    workbook(books / "data/b.xlsx", ORDERS.replace("D", "E"))
    first = run(build, books, START)
    workbook(books / "data/a.xlsx", ORDERS, cut=500)
    made = run(build, books, START)
    assert unread(made) == [("data/a.xlsx#Sheet", True)]
    assert (made.summary["facts"], made.summary["customers"]) == (first.summary["facts"], first.summary["customers"])


def test_a_source_of_which_nothing_can_be_read_stops_the_build(books: Path) -> None:
    workbook(books / "data/a.xlsx", ORDERS, cut=500)
    with pytest.raises(ReadError, match=r"data/a\.xlsx: is not a whole workbook"):
        run(build, books, START)


def commanded(*words: str) -> int | None:
    with patch.object(sys, "argv", ["huaxiang", *words]), pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code  # type: ignore[return-value]


def test_the_command_says_so_in_both_languages_and_ends_with_a_code_of_its_own(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop)
    packed(shop, ORDERS, cut=9)
    assert commanded("--lang", "en", "build", "--as-of", "2026-03-01") == 4
    assert "not read, nothing of it is in the build: data/more.csv.gz" in capsys.readouterr().out
    assert commanded("--lang", "zh", "refresh", "--as-of", "2026-03-01") == 4
    assert "未能读取，本次构建不含其内容：data/more.csv.gz" in capsys.readouterr().out
    assert commanded("--json", "build", "--as-of", "2026-03-01") == 4
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [each["part"] for each in found["unread"]] == ["data/more.csv.gz"]
    assert any("more.csv.gz" in each.words.zh and each.state == "bad" for each in diagnose(shop))
    assert commanded("--lang", "en", "check") == 1
    assert "data/more.csv.gz: is not a whole gzip file" in capsys.readouterr().err
    if os.geteuid():
        (shop / "data/more.csv.gz").chmod(0)
        assert commanded("build", "--as-of", "2026-03-01") == 4
