"""Excel workbooks (xlsx, xlsm, xls): a part for each sheet, every cell as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import python_calamine as calamine

from huaxiang.connectors import astext, charset
from huaxiang.connectors.base import BATCH_ROWS, FROM_1904, ROW, Batch, Layout, Part, ReadSpec, Unread
from huaxiang.connectors.excel_cells import counts_from_1904, odd_cells
from huaxiang.connectors.excel_rows import Header, Row, SheetRows
from huaxiang.connectors.filekind import HEAD, WORKBOOKS, wrong_kind
from huaxiang.connectors.files import chunks, doubled_names, find, fingerprint, order_of, part_of, path_of, unreadable
from huaxiang.connectors.marks import unmarked
from huaxiang.errors import ReadError
from huaxiang.words import Words, nearest

GROUP = 20_000
SURE = 1e15
"""Excel keeps fifteen digits of a number: of a longer one the last are gone."""


@dataclass(frozen=True)
class ExcelReader:
    """Reads workbooks. A row's number is its row in the sheet.

    The header is the row `header_row` of the sheet, or else the first in which anything stands but errors. Blank rows
    are no records; a cell merged over several rows stands in each of them. Hidden sheets are left out unless named.
    """

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = "excel"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset({"sheet", "header_row"})
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm", ".xls")

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each sheet that `sheet` (a name, a pattern, or a list of them) means; else for all shown.

        Raises Unread, with every workbook that cannot be read.
        """
        found, broken = [], []
        for file in find(root, spec.target):
            whole = part_of(root, file)
            try:
                sheets = _sheets(root, whole)
                old = {FROM_1904: True} if counts_from_1904(file) else {}
                found += [_sheet_part(whole, name, old) for name in _wanted(spec, whole.name, sheets)]
            except ReadError as error:
                broken.append((whole, error.words))
        if broken:
            raise Unread(found, broken) from None
        return found

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return the hash of the file and the sheet's name."""
        return fingerprint(path_of(root, part), part.name, str(part.locator["sheet"]))

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names in the header row, made unique."""
        with _opened(root, part) as book:
            return SheetRows(_sheet(book, part, path_of(root, part)), {}).header(spec.options.get("header_row")).names

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return which sheets are left out, and which columns the header does not name."""
        found = []
        for file in find(root, spec.target):
            whole = part_of(root, file)
            sheets = _sheets(root, whole)
            hidden = [name for name, shown in sheets.items() if not shown]
            if hidden and spec.options.get("sheet") is None:
                found.append(_hidden_words(whole.name, hidden))
        for part in self.parts(spec, root, None):
            with _opened(root, part) as book:
                sheet = _sheet(book, part, path_of(root, part))
                rows = SheetRows(sheet, odd_cells(path_of(root, part), str(part.locator["sheet"])))
                found += _header_words(part.name, rows.header(spec.options.get("header_row")), rows.first_column)
        return found

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the workbook is damaged or has a password."""
        with _opened(root, part) as book:
            odd = odd_cells(path_of(root, part), str(part.locator["sheet"]))
            rows = SheetRows(_sheet(book, part, path_of(root, part)), odd)
            header = rows.header(spec.options.get("header_row"))
            below, size = rows.below(header), min(self.batch_rows, GROUP)
            while group := list(islice(below, size)):
                yield Batch(_table(group, header.names, columns))


def _table(rows: list[tuple[int, Row]], names: list[str], columns: list[str]) -> pa.Table:
    numbers = pa.array([number for number, _ in rows], pa.int64())
    cells = dict(zip(names, zip(*(row for _, row in rows), strict=True), strict=True)) if rows else {}
    arrays = [_texts(cells[name]) if name in cells else pa.nulls(len(rows), pa.string()) for name in columns]
    return pa.table([numbers, *arrays], names=[ROW, *columns])


def _texts(cells: Iterable[Any]) -> pa.Array:
    # calamine gives "" both for no cell and for an empty text: in a sheet they are the same.
    return astext.of_values([None if cell == "" else _number(cell) if type(cell) is float else cell for cell in cells])


def _number(value: float) -> float | str:
    # So written it shows that digits are gone.
    return f"{value:.14E}" if abs(value) >= SURE else value


_LAST: dict[tuple[Path, str, str], calamine.CalamineSheet] = {}
"""The sheet read last: its columns are asked for just before its rows."""


def _sheet(book: calamine.CalamineWorkbook, part: Part, path: Path) -> calamine.CalamineSheet:
    """Return the sheet of a part. This is what takes the time: calamine reads all of it here."""
    known = (path, str(part.locator["sheet"]), part.signature)
    if known not in _LAST:
        _LAST.clear()
        _LAST[known] = book.get_sheet_by_name(known[1])
    return _LAST[known]


def _sheets(root: Path, whole: Part) -> dict[str, bool]:
    """Return the names of a workbook's sheets of cells, and whether each is shown."""
    with _opened(root, whole) as book:
        return {
            sheet.name: sheet.visible == calamine.SheetVisibleEnum.Visible
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        }


def _wanted(spec: ReadSpec, book: str, sheets: dict[str, bool]) -> list[str]:
    """Return the sheets that `sheet` means: hidden ones only by their own name."""
    asked = spec.options.get("sheet")
    if asked is None:
        return [name for name, shown in sheets.items() if shown]
    patterns = [asked] if isinstance(asked, str) else list(asked)
    for pattern in patterns:
        meant = [name for name in sheets if _is_meant(name, pattern)]
        if not meant:
            near = nearest(pattern, sheets)
            raise unreadable(
                book,
                f"has no sheet {pattern}" + (f" (did you mean {near}?)" if near else ""),
                f"没有工作表 {pattern}" + (f"（是不是想写 {near}？）" if near else ""),
            )
        if pattern not in sheets and not any(sheets[name] for name in meant):
            listed = ", ".join(meant)
            raise unreadable(
                book,
                f"has only hidden sheets for {pattern}; a hidden sheet is read by its own name: {listed}",
                f"与 {pattern} 相符的工作表都已隐藏；要读取隐藏的工作表，请写出名称：{listed}",
            )
    return [
        name
        for name, shown in sheets.items()
        if any(name == pattern or (shown and _is_meant(name, pattern)) for pattern in patterns)
    ]


def _hidden_words(book: str, names: list[str]) -> Words:
    return Words(
        f"{book}: hidden sheets are left out: {', '.join(names)}; to read one, name it under `sheet`",
        f"{book}：未读取隐藏的工作表：{'、'.join(names)}；如需读取，请在 sheet 中写出名称",
    )


def _header_words(part: str, header: Header, first_column: int) -> Iterator[Words]:
    for place, text in sorted(header.odd.items()):
        if 0 <= place < len(header.names):
            cell, name = f"{_letters(place + first_column)}{header.row}", header.names[place]
            shown = unmarked(pa.array([text]))[0].as_py()
            yield Words(
                f"{part}: {cell} in the header holds {shown}; the column is called {name}",
                f"{part}：表头单元格 {cell} 为 {shown}；该列名为 {name}",
            )
    yield from doubled_names(part, header.written, header.names)


def _letters(column: int) -> str:
    """Return what Excel calls the column with this number, from 0."""
    letters = ""
    while column >= 0:
        letters, column = chr(65 + column % 26) + letters, column // 26 - 1
    return letters


def _is_meant(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _sheet_part(whole: Part, sheet: str, more: dict[str, bool]) -> Part:
    name = f"{whole.name}#{sheet}"
    return replace(whole, name=name, order=order_of(name), locator={**whole.locator, **more, "sheet": sheet})


@contextmanager
def _opened(root: Path, part: Part) -> Iterator[calamine.CalamineWorkbook]:
    try:
        with _workbook(path_of(root, part)) as book:
            yield book
    except calamine.PasswordError:
        raise unreadable(part.name, "has a password; save it without one", "有密码保护，请另存为无密码的文件") from None
    except (calamine.CalamineError, OSError, ValueError):
        if fault := _otherwise(root, part):
            raise fault from None
        raise unreadable(
            part.name, "is not a whole workbook, or cannot be opened", "不是完整的 Excel 工作簿，或无法打开"
        ) from None


def _otherwise(root: Path, part: Part) -> ReadError | None:
    """Return the error that says what a file is that is no workbook, if that can be seen."""
    path = path_of(root, part)
    if not path.is_file():
        return unreadable(part.name, "there is no such file any more", "文件已不存在")
    head = next(chunks(path, part.name, HEAD), b"")
    if head.startswith(WORKBOOKS):
        return None
    if fault := wrong_kind(part.name, head, Words("an Excel workbook", "Excel 工作簿")):
        return fault
    if b"\0" not in head or charset.by_mark(head) is not None:
        return unreadable(
            part.name,
            "is a text file, not an Excel workbook; call it .csv, or read it with {csv: …}",
            "其实是文本文件，不是 Excel 工作簿；请改后缀为 .csv，或用 {csv: …} 读取",
        )
    return None


def _workbook(path: Path) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(path)
    except calamine.PasswordError:
        raise
    except calamine.CalamineError:
        # By path calamine believes the ending, by content it looks: many systems export xlsx named .xls.
        with path.open("rb") as file:
            return calamine.load_workbook(file)
