"""Workbooks: what cells look like as text, sheets, headers, damaged and locked files."""

from __future__ import annotations

import io
import shutil
import time as clock
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

from huaxiang.connectors.marks import MERGED, NO_RESULT
from huaxiang.connectors.readers import reader_for
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import read_all, real


def book(path: Path, sheets: dict[str, dict[tuple[int, int], Any]]) -> None:
    """Write cells by (row from 1, column from 1)."""
    made = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    for name, cells in sheets.items():
        sheet = made.add_worksheet(name)
        for (row, column), value in cells.items():
            if isinstance(value, str) and value.startswith("#"):
                sheet.write_formula(row - 1, column - 1, "=NA()", None, value)
            elif isinstance(value, str):
                sheet.write_string(row - 1, column - 1, value)
            else:
                sheet.write(row - 1, column - 1, value)
    made.close()


VALUES: list[tuple[Any, str]] = [
    (5, "5"),
    (123.0, "123"),
    (1.5, "1.5"),
    (13800138000, "13800138000"),
    (0.1, "0.1"),
    (True, "true"),
    (False, "false"),
    (datetime(2024, 5, 6), "2024-05-06"),
    (datetime(2024, 5, 6, 7, 8, 9), "2024-05-06 07:08:09"),
    (date(1999, 12, 31), "1999-12-31"),
    (time(7, 8, 9), "07:08:09"),
    ("007", "007"),
    (" two\nlines ", " two\nlines "),
    ("#DIV/0!", "#DIV/0!"),
    ("#N/A", "#N/A"),
]


@pytest.mark.parametrize("corner", [(1, 1), (4, 3)])
def test_cells(corner: tuple[int, int], tmp_path: Path) -> None:
    top, left = corner
    cells: dict[tuple[int, int], Any] = {(top, left): "value", (top, left + 1): "n"}
    for number, (value, _) in enumerate(VALUES, start=1):
        cells[top + number, left], cells[top + number, left + 1] = value, number
    book(tmp_path / "x.xlsx", {"S": cells})
    answer = read_all("x.xlsx", tmp_path)
    assert [row["value"] for row in answer.rows] == [text for _, text in VALUES]
    assert answer.numbers() == list(range(top + 1, top + len(VALUES) + 1))
    assert answer.parts[0].name == "x.xlsx#S"


def test_xls(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    sheet = made.add_sheet("表")
    form = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for place, value in enumerate(["名", 5, 1.5, True, "张三"]):
        sheet.write(place, 0, value)
    sheet.write(5, 0, datetime(2024, 5, 6), form)
    made.save(str(tmp_path / "x.xls"))
    assert [row["名"] for row in read_all("x.xls", tmp_path).rows] == ["5", "1.5", "true", "张三", "2024-05-06"]


def test_blank_rows_are_skipped_and_empty_cells_null(tmp_path: Path) -> None:
    book(tmp_path / "x.xlsx", {"S": {(1, 1): "a", (1, 2): "b", (2, 1): 1, (5, 2): "x", (9, 1): 2, (9, 2): ""}})
    assert read_all("x.xlsx", tmp_path).rows == [
        {"_row": 2, "a": "1", "b": None},
        {"_row": 5, "a": None, "b": "x"},
        {"_row": 9, "a": "2", "b": None},
    ]


def test_header(tmp_path: Path) -> None:
    cells = {(1, 1): "Report", (3, 1): "id", (3, 2): "name", (3, 3): "name", (3, 5): "last", (4, 1): 1, (4, 4): "x"}
    book(tmp_path / "x.xlsx", {"S": cells})
    rows = read_all({"excel": "x.xlsx", "header_row": 3}, tmp_path).rows
    assert rows == [{"_row": 4, "id": "1", "name": None, "name_2": None, "column_4": "x", "last": None}]
    assert list(read_all("x.xlsx", tmp_path).rows[0])[:2] == ["_row", "Report"]
    assert read_all({"excel": "x.xlsx", "header_row": 99}, tmp_path).rows == []


def test_sheets(tmp_path: Path) -> None:
    one = {(1, 1): "a", (2, 1): 1}
    book(tmp_path / "x.xlsx", {"2023年": one, "2024年": one, "Notes": {(1, 1): "b", (2, 1): 2}, "Empty": {}})

    def names(**options: object) -> list[str]:
        return [part.name for part in read_all({"excel": "x.xlsx", **options}, tmp_path).parts]

    assert names() == ["x.xlsx#2023年", "x.xlsx#2024年", "x.xlsx#Notes", "x.xlsx#Empty"]
    assert names(sheet="20*") == ["x.xlsx#2023年", "x.xlsx#2024年"]
    assert names(sheet=["Notes", "2023年"]) == ["x.xlsx#2023年", "x.xlsx#Notes"]
    with pytest.raises(ReadError, match=r"no sheet Note \(did you mean Notes\?\)"):
        names(sheet="Note")
    rows = read_all("x.xlsx", tmp_path, columns=["a", "b"]).values()
    assert rows == [{"a": "1", "b": None}, {"a": "1", "b": None}, {"a": None, "b": "2"}]


def shown(**states: str) -> bytes:
    """Return a workbook whose sheets are in states: visible, hidden or veryHidden."""
    made = openpyxl.Workbook()
    for place, (name, state) in enumerate(states.items()):
        sheet = made.create_sheet(name, place)
        sheet.sheet_state = state
        sheet.append(["a"])
        sheet.append([name])
    del made["Sheet"]
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


OTHERWISE = {
    "is a web page \\(HTML\\), not an Excel workbook": b"<html><table><tr><td>a</td></tr></table></html>",
    "is a text file, not an Excel workbook": b"a\tb\n1\t2\n",
    "call it .csv": "a\tb\n1\t2\n".encode("utf-16"),
    "is compressed with gzip": b"\x1f\x8b and more",
    "x.xls: is empty": b"",
}


@pytest.mark.parametrize(("said", "data"), OTHERWISE.items())
def test_what_a_file_is_that_is_called_a_workbook(said: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_bytes(data)
    with pytest.raises(ReadError, match=said):
        read_all("x.xls", tmp_path)


def test_hidden_sheets_are_read_by_name_only(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(shown(now="visible", n2025="hidden", n2024="veryHidden"))

    def values(**options: object) -> list[str]:
        return [row["a"] for row in read_all({"excel": "x.xlsx", **options}, tmp_path).rows]

    assert values() == ["now"]
    assert values(sheet="n*") == ["now"]
    assert values(sheet=["now", "n2024"]) == ["now", "n2024"]
    with pytest.raises(ReadError, match=r"only hidden sheets for n20\*; .* its own name: n2025, n2024"):
        values(sheet="n20*")
    assert notes("x.xlsx", tmp_path) == [
        "x.xlsx: hidden sheets are left out: n2025, n2024; to read one, name it under `sheet`"
    ]


def notes(name: str, root: Path) -> list[str]:
    reader, spec = reader_for(name)
    return [words.en for words in reader.notes(spec, root)]


@pytest.mark.parametrize("left", [1, 3])
def test_a_merged_cell_stands_in_each_of_its_rows(left: int, tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    table = [["who", "wide", "", "n"], ["张三", "w", None, 1], [None] * 3 + [2], [None] * 4, [None, None, None, 3]]
    for number, row in enumerate([*table, ["李四", "x", "y", 4]], start=1):
        for place, cell in enumerate(row):
            sheet.cell(number, left + place, cell)
    for first, last, top, bottom in ((0, 0, 2, 5), (1, 2, 2, 3), (1, 2, 1, 1)):
        sheet.merge_cells(start_row=top, end_row=bottom, start_column=left + first, end_column=left + last)
    made.save(tmp_path / "x.xlsx")
    rows = [tuple(row.values()) for row in read_all("x.xlsx", tmp_path).rows]
    down = MERGED
    assert rows == [
        (2, "张三", "w", None, "1"), (3, f"{down}张三", f"{down}w", None, "2"), (5, f"{down}张三", None, None, "3"),
        (6, "李四", "x", "y", "4"),
    ]  # fmt: skip


def test_formulas_without_a_result_are_told_from_empty_texts(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["a", "b", "c"])
    sheet.append(["=1+9", '="x"&"<y>"', 5])
    sheet.append(["=Z1", "t", 6])
    made.save(tmp_path / "x.xlsx")
    assert read_all("x.xlsx", tmp_path).values() == [
        {"a": f"{NO_RESULT}=1+9", "b": f'{NO_RESULT}="x"&"<y>"', "c": "5"},
        {"a": f"{NO_RESULT}=Z1", "b": "t", "c": "6"},
    ]
    # What Excel stores for a formula that gives an empty text.
    rewritten(tmp_path / "x.xlsx", '<c r="A3"><f>Z1</f><v /></c>', '<c r="A3" t="str"><f>Z1</f><v></v></c>')
    assert read_all("x.xlsx", tmp_path).values()[1] == {"a": None, "b": "t", "c": "6"}


def rewritten(path: Path, old: str, new: str) -> None:
    """Replace text within the first sheet of a workbook."""
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    before = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = before.replace(old.encode(), new.encode())
    assert members["xl/worksheets/sheet1.xml"] != before
    with zipfile.ZipFile(path, "w") as book:
        for name, data in members.items():
            book.writestr(name, data)


def test_rows_of_nothing_but_errors_are_no_header(tmp_path: Path) -> None:
    cells = {(1, 1): "#REF!", (1, 3): "#N/A", (3, 1): "a", (3, 2): "#NAME?", (3, 3): "a", (4, 1): 1, (4, 2): 2}
    book(tmp_path / "x.xlsx", {"S": cells})
    assert read_all("x.xlsx", tmp_path).rows == [{"_row": 4, "a": "1", "column_2": "2", "a_2": None}]
    assert notes("x.xlsx", tmp_path) == [
        "x.xlsx#S: B3 in the header holds #NAME?; the column is called column_2",
        "x.xlsx#S: the header names a more than once; this one is called a_2",
    ]


def test_numbers_longer_than_excel_keeps_show_that_digits_are_gone(tmp_path: Path) -> None:
    book(tmp_path / "x.xlsx", {"S": {(1, 1): "a", (2, 1): 999999999999999, (3, 1): 3612571234567891234, (4, 1): "x"}})
    texts = [row["a"] for row in read_all("x.xlsx", tmp_path).rows]
    assert texts == ["999999999999999", "3.61257123456789E+18", "x"]


def test_error_cells_far_down_and_escaped_names(tmp_path: Path) -> None:
    cells: dict[tuple[int, int], Any] = {(1, 1): "a", (1, 2): "b"}
    cells |= {(row, 1): f"text {row}" for row in range(2, 20_000)}
    cells |= {(row, 2): "#REF!" for row in (2, 9_000, 19_999)}
    book(tmp_path / "x.xlsx", {"Q&A <1>": cells})
    rows = read_all("x.xlsx", tmp_path).rows
    assert [row["_row"] for row in rows if row["b"] == "#REF!"] == [2, 9_000, 19_999]
    assert sum(row["b"] is None for row in rows) == 19_995


def test_a_workbook_with_the_wrong_ending(tmp_path: Path) -> None:
    book(tmp_path / "x.xlsx", {"S": {(1, 1): "a", (2, 1): 1}})
    shutil.move(tmp_path / "x.xlsx", tmp_path / "x.xls")
    assert read_all("x.xls", tmp_path).values() == [{"a": "1"}]


def test_a_cut_workbook(tmp_path: Path) -> None:
    book(tmp_path / "x.xlsx", {"S": {(row, 1): "13800138000" for row in range(1, 500)}})
    whole = (tmp_path / "x.xlsx").read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 30):
        (tmp_path / "x.xlsx").write_bytes(whole[:size])
        with pytest.raises(ReadError, match=r"x\.xlsx") as caught:
            read_all("x.xlsx", tmp_path)
        assert "13800138000" not in str(caught.value)


def test_speed_is_not_lost_by_the_way(tmp_path: Path) -> None:
    """A floor far below what is measured, so that only a change of kind fails."""
    cells = {(1, column): f"c{column}" for column in range(1, 13)}
    cells |= {
        (row, column): row * column if column % 2 else "张三" for row in range(2, 5002) for column in range(1, 13)
    }
    book(tmp_path / "x.xlsx", {"S": cells})
    begin = clock.process_time()
    assert len(read_all("x.xlsx", tmp_path).rows) == 5000
    assert clock.process_time() - begin < 1.0


@pytest.mark.parametrize(("path", "rows"), [("AdventureWorks_Sales_2017.xlsx", 2630), ("Products.xlsx", 37)])
def test_real_workbooks(path: str, rows: int) -> None:
    file = real(f"crm_adventureworks/{path}")
    answer = read_all(file.name, file.parent)
    assert len(answer.rows) == rows


def test_real_dates() -> None:
    file = real("crm_adventureworks/AdventureWorks_Sales_2017.xlsx")
    rows = read_all(file.name, file.parent).rows
    # The sheet holds true dates up to the 12th of a month and texts such as "1/13/2017" after it.
    assert sum(row["OrderDate"].startswith("2017-") for row in rows) == 997
