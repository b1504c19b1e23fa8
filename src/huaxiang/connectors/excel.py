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

from huaxiang.connectors import astext
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Layout, Part, ReadSpec, Unread
from huaxiang.connectors.excel_errors import error_cells
from huaxiang.connectors.files import find, fingerprint, order_of, part_of, path_of, unique_names, unreadable
from huaxiang.errors import ReadError
from huaxiang.words import nearest

Row = list[Any]
GROUP = 20_000


@dataclass(frozen=True)
class ExcelReader:
    """Reads workbooks. A row's number is its row in the sheet less that of the header, so that people can find it.

    The header is the row `header_row` of the sheet, or else the first that is not blank. Blank rows are no records.
    """

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = "excel"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset({"sheet", "header_row"})
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm", ".xls")

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each sheet that `sheet` (a name, a pattern, or a list of them) means; else for all.

        Raises Unread, with every workbook that cannot be read.
        """
        found, broken = [], []
        for file in find(root, spec.target):
            whole = part_of(root, file)
            try:
                with _opened(root, whole) as book:
                    kinds = [(sheet.name, sheet.typ) for sheet in book.sheets_metadata]
                names = [name for name, kind in kinds if kind == calamine.SheetTypeEnum.WorkSheet]
                found += [_sheet_part(whole, name) for name in _wanted(spec, whole.name, names)]
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
            return _header(spec, _rows(_sheet(book, part, path_of(root, part))))[1]

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the workbook is damaged or has a password."""
        with _opened(root, part) as book:
            errors = error_cells(path_of(root, part), str(part.locator["sheet"]))
            sheet = _sheet(book, part, path_of(root, part))
            rows = _with_errors(_rows(sheet), errors, sheet.start[1] if sheet.start else 0)
            header, names = _header(spec, rows)
            size = min(self.batch_rows, GROUP)
            while group := list(islice(rows, size)):
                filled = [(number - header, row) for number, row in group if not _is_blank(row)]
                yield Batch(_table(filled, names, columns))


def _table(rows: list[tuple[int, Row]], names: list[str], columns: list[str]) -> pa.Table:
    numbers = pa.array([number for number, _ in rows], pa.int64())
    cells = dict(zip(names, zip(*(row for _, row in rows), strict=True), strict=True)) if rows else {}
    arrays = [_texts(cells[name]) if name in cells else pa.nulls(len(rows), pa.string()) for name in columns]
    return pa.table([numbers, *arrays], names=[ROW, *columns])


def _is_blank(row: Row) -> bool:
    return row.count("") == len(row)


def _texts(cells: Iterable[Any]) -> pa.Array:
    # calamine gives "" both for no cell and for an empty text: in a sheet they are the same.
    return astext.of_values([None if cell == "" else cell for cell in cells])


_LAST: dict[tuple[Path, str, str], calamine.CalamineSheet] = {}
"""The sheet read last: its columns are asked for just before its rows."""


def _sheet(book: calamine.CalamineWorkbook, part: Part, path: Path) -> calamine.CalamineSheet:
    """Return the sheet of a part. This is what takes the time: calamine reads all of it here."""
    known = (path, str(part.locator["sheet"]), part.signature)
    if known not in _LAST:
        _LAST.clear()
        _LAST[known] = book.get_sheet_by_name(known[1])
    return _LAST[known]


def _rows(sheet: calamine.CalamineSheet) -> Iterator[tuple[int, Row]]:
    """Yield (row of the sheet from 1, cells)."""
    return enumerate(sheet.iter_rows(), start=1)


def _with_errors(
    rows: Iterator[tuple[int, Row]], errors: dict[tuple[int, int], str], first_column: int
) -> Iterator[tuple[int, Row]]:
    """Put back what calamine leaves out: cells that hold "#DIV/0!" and the like."""
    if not errors:
        yield from rows
        return
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (number, column), text in errors.items():
        by_row.setdefault(number, []).append((column - first_column, text))
    for number, row in rows:
        for column, text in by_row.get(number, ()):
            if 0 <= column < len(row):
                row[column] = text
        yield number, row


def _header(spec: ReadSpec, rows: Iterator[tuple[int, Row]]) -> tuple[int, list[str]]:
    """Take rows up to the header; return its row in the sheet and its names."""
    wanted = spec.options.get("header_row")
    for number, row in rows:
        if number == wanted or (wanted is None and not _is_blank(row)):
            return number, unique_names([astext.of_value(cell) or "" for cell in row])
    return 0, []


def _wanted(spec: ReadSpec, book: str, names: list[str]) -> list[str]:
    asked = spec.options.get("sheet")
    if asked is None:
        return names
    patterns = [asked] if isinstance(asked, str) else list(asked)
    for pattern in patterns:
        if not any(_is_meant(name, pattern) for name in names):
            near = nearest(pattern, names)
            raise unreadable(
                book,
                f"has no sheet {pattern}" + (f" (did you mean {near}?)" if near else ""),
                f"没有工作表 {pattern}" + (f"（是不是想写 {near}？）" if near else ""),
            )
    return [name for name in names if any(_is_meant(name, pattern) for pattern in patterns)]


def _is_meant(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _sheet_part(whole: Part, sheet: str) -> Part:
    name = f"{whole.name}#{sheet}"
    return replace(whole, name=name, order=order_of(name), locator={**whole.locator, "sheet": sheet})


@contextmanager
def _opened(root: Path, part: Part) -> Iterator[calamine.CalamineWorkbook]:
    try:
        with _workbook(path_of(root, part)) as book:
            yield book
    except calamine.PasswordError:
        raise unreadable(part.name, "has a password; save it without one", "有密码保护，请另存为无密码的文件") from None
    except (calamine.CalamineError, OSError, ValueError):
        raise unreadable(
            part.name, "is not a whole workbook, or cannot be opened", "不是完整的 Excel 工作簿，或无法打开"
        ) from None


def _workbook(path: Path) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(path)
    except calamine.PasswordError:
        raise
    except calamine.CalamineError:
        # By path calamine believes the ending, by content it looks: many systems export xlsx named .xls.
        with path.open("rb") as file:
            return calamine.load_workbook(file)
