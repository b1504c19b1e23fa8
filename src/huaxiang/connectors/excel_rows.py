"""A sheet's rows as people see them: cells that hold errors or no result put back, merged cells filled down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import python_calamine as calamine

from huaxiang.connectors import astext
from huaxiang.connectors.excel_cells import Place
from huaxiang.connectors.files import unique_names
from huaxiang.connectors.marks import MERGED

Row = list[Any]


@dataclass(frozen=True)
class Header:
    """The row of the sheet that names its columns (from 1, 0 where there is none), and what it cannot name.

    `odd` are cells of it that hold an error or a formula without a result, by place among the names.
    """

    row: int
    names: list[str]
    written: list[str] = field(default_factory=list)
    odd: dict[int, str] = field(default_factory=dict)


class SheetRows:
    """One pass over a sheet: first its header, then the rows below it. `odd` are the cells calamine gives as empty."""

    def __init__(self, sheet: calamine.CalamineSheet, odd: dict[Place, str]) -> None:
        self.first_column = sheet.start[1] if sheet.start else 0
        self.odd: dict[int, dict[int, str]] = {}
        for (row, column), text in odd.items():
            self.odd.setdefault(row, {})[column - self.first_column] = text
        self.merged = sheet.merged_cell_ranges or []
        self._rows = enumerate(sheet.iter_rows(), start=1)

    def header(self, wanted: int | None) -> Header:
        """Take rows up to the header: the row `wanted`, or the first in which anything stands but errors."""
        for number, row in self._rows:
            odd = self.odd.get(number, {})
            if number == wanted or (wanted is None and any(cell != "" for cell in row)):
                written = [astext.of_value(cell) or "" for cell in row]
                return Header(number, unique_names(written), written, odd)
        return Header(0, [])

    def below(self, header: Header) -> Iterator[tuple[int, Row]]:
        """Yield (row of the sheet from 1, cells) of every row below the header that is not blank."""
        begins: dict[int, list[tuple[int, int]]] = {}
        for (top, column), (bottom, _) in self.merged:
            if top >= header.row and bottom > top and column >= self.first_column:
                begins.setdefault(top + 1, []).append((column - self.first_column, bottom + 1))
        held: dict[int, tuple[str, int]] = {}
        for number, row in self._rows:
            for column, text in self.odd.get(number, {}).items():
                if 0 <= column < len(row):
                    row[column] = text
            if row.count("") < len(row):
                for column, (text, _) in held.items():
                    if row[column] == "":
                        row[column] = text
                yield number, row
            held = {column: each for column, each in held.items() if each[1] > number}
            for column, last in begins.get(number, ()):
                if column < len(row) and row[column] != "":
                    held[column] = (f"{MERGED}{astext.of_value(row[column])}", last)
