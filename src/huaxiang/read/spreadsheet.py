"""Rows as a file that spreadsheets and programs read: csv, Excel, Parquet; a text is never taken for a formula."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from huaxiang.errors import HuaxiangError
from huaxiang.words import Words

EXCEL_ROWS = 1_048_575
"""What fits into a sheet below its heading."""
BATCH = 5_000
_SIGNS = frozenset("=+-@−")
_CONTROLS = ("\t", "\r", "\n")


@dataclass(frozen=True)
class Column:
    """One column: its heading, and the type that its values have in Parquet."""

    name: str
    type: pa.DataType


Row = Sequence[Any]
"""Texts, numbers, yes or no, dates, moments (without a zone as a clock shows them, with one as they are), lists."""


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet may run a text: it begins with a sign, of whatever width, or a control character.

    Spaces and characters of no width before the sign do not help: some programs cut them off.
    """
    if text.startswith(_CONTROLS):
        return True
    for character in text:
        if character.isspace() or unicodedata.category(character) in ("Cf", "Cc"):
            continue
        return unicodedata.normalize("NFKC", character)[0] in _SIGNS
    return False


def harmless(text: str) -> str:
    """Return a text for csv: what may be run begins with an apostrophe."""
    return "'" + text if is_formula(text) else text


def write_csv(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    """Write UTF-8 with a byte order mark, by which Excel knows it; lists are JSON. Return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(column.name) for column in columns])
        for row in rows:
            writer.writerow([harmless(each) if isinstance(each, str) else each for each in map(_plain, row)])
            count += 1
    return count


def write_xlsx(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    """Write a sheet; lists are JSON. Raises HuaxiangError for more rows than Excel takes."""
    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    try:
        sheet = _Sheet(book)
        for place, column in enumerate(columns):
            sheet.head(place, column.name)
        for row in rows:
            count += 1
            if count > EXCEL_ROWS:
                raise HuaxiangError(
                    Words("too many rows for Excel: export as csv", "行数超过 Excel 上限，请导出为 csv")
                )
            for place, value in enumerate(row):
                sheet.put(count, place, value)
    finally:
        book.close()
    return count


class _Sheet:
    def __init__(self, book: Any) -> None:
        self.sheet = book.add_worksheet()
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        # What Excel itself keeps of an apostrophe in front: edited, the cell stays a text.
        self.text = book.add_format({"quote_prefix": True})
        self.sheet.freeze_panes(1, 1)

    def head(self, place: int, text: str) -> None:
        self.sheet.set_column(place, place, max(12, min(30, 2 * len(text) + 4)))
        self.sheet.write_string(0, place, text, self.bold)

    def put(self, row: int, place: int, value: Any) -> None:
        if isinstance(value, datetime) and value.tzinfo is None:
            self.sheet.write_datetime(row, place, value, self.moment)
        elif isinstance(value, date) and not isinstance(value, datetime):
            self.sheet.write_datetime(row, place, value, self.day)
        elif isinstance(value, bool):
            self.sheet.write_boolean(row, place, value)
        elif isinstance(value, int | float | Decimal):
            self.sheet.write_number(row, place, float(value) if isinstance(value, Decimal) else value)
        elif value is not None:
            text = str(_plain(value))
            self.sheet.write_string(row, place, text, self.text if is_formula(text) else None)


def write_parquet(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    """Write each column in its type; lists are lists."""
    count, schema = 0, pa.schema([(column.name, column.type) for column in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            arrays = [
                _array(values, column.type) for values, column in zip(zip(*batch, strict=True), columns, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


WRITERS: Mapping[str, Callable[[Path, Sequence[Column], Iterator[Row]], int]] = {
    "csv": write_csv, "xlsx": write_xlsx, "parquet": write_parquet
}  # fmt: skip


def _array(values: Iterable[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_floating(type_):
        return pa.array([None if value is None else float(value) for value in values], type_)
    return pa.array(list(values), type_)


def _plain(value: Any) -> Any:
    """Return a value as a cell of a text file holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, list | tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return _amount(value) if isinstance(value, Decimal) else value


def _amount(value: Decimal) -> Decimal:
    """Return an amount with the decimals it has, two at least."""
    places = -min(-2, int(value.normalize().as_tuple().exponent))
    return value.quantize(Decimal(1).scaleb(-places))
