"""A segment (or any filter) as a file: public ids, chosen tags, masked values where asked for; written as read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from huaxiang.engine.duckdb import quoted
from huaxiang.errors import HuaxiangError
from huaxiang.read.current import CurrentBuild
from huaxiang.read.filters import Filter, condition, known_tag
from huaxiang.read.masks import masked, personal_values
from huaxiang.read.showing import local, show_tag
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.terms import kind_words
from huaxiang.registry.exports import record_export
from huaxiang.registry.health import note_use
from huaxiang.words import Language, Words

FORMATS = ("csv", "xlsx", "parquet")
EXCEL_ROWS = 1_048_575
"""What fits into a sheet below its heading."""
_BATCH = 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Exported:
    """What was written: the file, its rows, its columns."""

    path: Path
    rows: int
    columns: tuple[str, ...]


def export_people(
    current: CurrentBuild,
    wanted: Filter,
    path: Path,
    *,
    tags: Sequence[str] = (),
    kinds: Sequence[str] = (),
    form: str | None = None,
    language: Language | None = None,
    by: str = "",
) -> Exported:
    """Write the customers who meet a filter to `path`; `form` is csv, xlsx or parquet (else the path's ending says).

    Columns: the public id, each of `tags`, and of each of `kinds` of personal values the masked ones. What was written
    is noted in the registry, as done `by` whom. Raises NotFound for a tag or segment that is not there, HuaxiangError
    for another format or more rows than Excel takes.
    """
    form = form or path.suffix.lstrip(".").lower()
    writers: dict[str, Callable[[Path, Sequence[str], Iterator[list[Any]]], int]] = {
        "csv": _csv, "xlsx": _xlsx, "parquet": _parquet
    }  # fmt: skip
    if form not in writers:
        known = ", ".join(FORMATS)
        raise HuaxiangError(Words(f"{form!r} is no format of exports: {known}", f"不能导出为“{form}”：可选 {known}"))
    language = language or current.project.language
    heading = [Words("customer id", "客户编号").say(language)]
    heading += [known_tag(current, code).name.say(language) for code in tags]
    heading += [kind_words(current.project, kind).say(language) for kind in kinds]
    heading = _distinct(heading)
    partial = path.with_name(path.name + ".part")
    rows = writers[form](partial, heading, _rows(current, wanted, tags, kinds, language, raw=form != "csv"))
    partial.replace(path)
    note_use(current.registry, "export", {*tags, *_named(current, wanted)})
    record_export(
        current.registry, build=current.build.id, file=path.name, form=form, rows=rows, segment=wanted.segment,
        tags=tags, filters=[each.tag for each in wanted.tags], kinds=kinds, by=by,
    )  # fmt: skip
    return Exported(path, rows, tuple(heading))


def _named(current: CurrentBuild, wanted: Filter) -> set[str]:
    """Return the tags that decide who is exported."""
    condition = current.project.segments.conditions.get(wanted.segment or "")
    named = {part.tag for part in wanted.tags} | (condition.names if condition else frozenset())
    return named & current.tags.keys()


def _rows(
    current: CurrentBuild, wanted: Filter, tags: Sequence[str], kinds: Sequence[str], language: Language, *, raw: bool
) -> Iterator[list[Any]]:
    """Yield a row per customer, in the order of their numbers; each batch begins after the last number before."""
    sql, parameters = condition(current, wanted)
    listed = ", ".join(["t.subject", *(f"t.{quoted(code)}" for code in tags)])
    last = -1
    while True:
        batch = current.engine.rows(
            f"SELECT {listed} FROM tags t WHERE {sql} AND t.subject > ? ORDER BY t.subject LIMIT {_BATCH}",
            [*parameters, last],
        )
        if not batch:
            return
        last = batch[-1][0]
        personal = personal_values(current, [row[0] for row in batch]) if kinds else {}
        for row in batch:
            values = [_value(current, code, value, language, raw) for code, value in zip(tags, row[1:], strict=True)]
            known = personal.get(row[0], {})
            hidden = ["、".join(masked(current, kind, known.get(kind, [])).values) for kind in kinds]
            yield [encode_subject(row[0]), *values, *hidden]


def _value(current: CurrentBuild, code: str, value: Any, language: Language, raw: bool) -> Any:
    type_ = current.type_of(code)
    if value is None:
        return None
    if isinstance(value, datetime):
        return local(value, current.project.zone)
    if isinstance(value, int | float | Decimal | date) and (raw or not isinstance(value, bool)):
        return value
    return show_tag(value, current.tags[code], type_, current.project).say(language)


def _csv(path: Path, heading: Sequence[str], rows: Iterator[list[Any]]) -> int:
    count = 0
    # The byte order mark makes Excel read it as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_harmless(each) for each in heading])
        for row in rows:
            writer.writerow([_harmless(each) for each in row])
            count += 1
    return count


def _xlsx(path: Path, heading: Sequence[str], rows: Iterator[list[Any]]) -> int:
    count = 0
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 1)
        for place, text in enumerate(heading):
            sheet.set_column(place, place, max(12, min(30, 2 * len(text) + 4)))
            sheet.write_string(0, place, text, bold)
        for row in rows:
            count += 1
            if count > EXCEL_ROWS:
                raise HuaxiangError(
                    Words("too many rows for Excel: export as csv", "行数超过 Excel 上限，请导出为 csv")
                )
            for place, value in enumerate(row):
                _cell(sheet, count, place, value, day, moment)
    finally:
        book.close()
    return count


def _cell(sheet: Any, row: int, place: int, value: Any, day: Any, moment: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, place, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, day)
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, place, float(value) if isinstance(value, Decimal) else value)
    elif value is not None:
        sheet.write_string(row, place, str(value))


def _parquet(path: Path, heading: Sequence[str], rows: Iterator[list[Any]]) -> int:
    """Write texts as texts and numbers as numbers; a column's type is that of its first known values."""
    count, writer, schema = 0, None, None
    try:
        for batch in _batches(rows):
            columns = [list(values) for values in zip(*batch, strict=True)]
            if writer is None or schema is None:
                schema = pa.schema([(name, _arrow_type(values)) for name, values in zip(heading, columns, strict=True)])
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
        if writer is None:
            schema = pa.schema([(name, pa.string()) for name in heading])
            writer = pq.ParquetWriter(path, schema, compression="zstd")
    finally:
        if writer is not None:
            writer.close()
    return count


def _batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _arrow_type(values: Sequence[Any]) -> pa.DataType:
    first = next((value for value in values if value is not None), None)
    kinds: tuple[tuple[type, pa.DataType], ...] = (
        (bool, pa.bool_()),
        (int, pa.float64()),
        (float, pa.float64()),
        (Decimal, pa.float64()),
        (datetime, pa.timestamp("us")),
        (date, pa.date32()),
    )
    return next((type_ for kind, type_ in kinds if isinstance(first, kind)), pa.string())


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_string(type_):
        return pa.array([None if value is None else str(value) for value in values], type_)
    if pa.types.is_floating(type_):
        return pa.array([None if value is None else float(value) for value in values], type_)
    return pa.array(values, type_)


def _harmless(value: Any) -> Any:
    # A text that begins like a formula would be run by the spreadsheet that opens the file.
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
