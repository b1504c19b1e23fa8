"""huaxiang check: what a source's files make people guess is said, in both languages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import patch

import openpyxl
import pytest

from huaxiang.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with patch.object(sys, "argv", ["huaxiang", *words]), pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code or 0) == 0, said
    return " ".join((said.out + said.err).split())


def test_notes_are_said_and_are_no_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "huaxiang.yaml").write_text("project: p\n")
    (tmp_path / "identity.yaml").write_text("identifiers: {phone: {trust: certain, per_person: 3}}\n")
    (tmp_path / "sources/s.yaml").write_text(
        "{source: s, read: x.xlsx, into: interactions, columns: {occurred_at: at, topic: column_2}}"
    )
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["at", "=1/0"], ["2026-06-01", "x"]):
        sheet.append(row)
    book.create_sheet("old").sheet_state = "hidden"
    book.save(tmp_path / "x.xlsx")
    monkeypatch.chdir(tmp_path)
    english, chinese = run(capsys, "--lang", "en", "check"), run(capsys, "--lang", "zh", "check")
    assert "source s: x.xlsx: hidden sheets are left out: old" in english and "no fault" in english
    assert "B1 in the header holds =1/0; the column is called column_2" in english
    assert "来源 s：x.xlsx：未读取隐藏的工作表：old" in chinese
    told = json.loads(run(capsys, "--json", "check"))["notes"]
    assert [each["source"] for each in told] == ["s", "s"]
