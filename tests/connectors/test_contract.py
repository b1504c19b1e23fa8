"""What every reader must keep, tried on the same table through each of them."""

from __future__ import annotations

import json
import mailbox
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import xlwt

from huaxiang.connectors.base import DOCUMENT, ROW, Reader
from huaxiang.connectors.readers import READERS, reader_for
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import read_with

NAMES = ["id", "姓名", "note", "amount"]
TABLE: list[list[str]] = [
    ["001", "张三", 'says "hi", twice', "12.50"],
    ["002", "李 四", "two\nlines", "-3"],
    ["003", "𠮷野家 😀", "tab\there; semi|pipe", "1e3"],
    ["004", "Ünïcode", "  blanks  ", "NULL"],
    ["005", "王五", "=1+1", "99999999999999999999"],
]


@dataclass(frozen=True)
class Case:
    """One reader with a source: `write` makes it from a table, `spoil` a broken record in it, if it can have any."""

    name: str
    read: Any
    write: Callable[[Path, list[list[str]]], None]
    file: str
    spoil: Callable[[Path], None] | None = None
    quiet: bool = True
    """Whether the signature stays as it is while nothing changes."""
    first: int = 1
    """The number of the first row: where a sheet has a header it is the second."""

    @property
    def numbers(self) -> list[int]:
        return list(range(self.first, self.first + len(TABLE)))

    def make(self, root: Path, table: list[list[str]] = TABLE) -> None:
        (root / self.file).parent.mkdir(parents=True, exist_ok=True)
        self.write(root / self.file, table)

    def reader(self, **sizes: int) -> tuple[Reader, Any]:
        reader, spec = reader_for(self.read)
        return type(reader)(**sizes), spec


def write_csv(path: Path, table: list[list[str]]) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [NAMES, *table]]
    path.write_bytes("\n".join(lines).encode())


def write_xlsx(path: Path, table: list[list[str]]) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sheet1")
    for number, row in enumerate([NAMES, *table]):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, cell)
    book.close()


def write_xls(path: Path, table: list[list[str]]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for number, row in enumerate([NAMES, *table]):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.save(str(path))


def write_parquet(path: Path, table: list[list[str]]) -> None:
    pq.write_table(pa.table({name: [row[place] for row in table] for place, name in enumerate(NAMES)}), path)


def documents(table: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in table]


def write_lines(path: Path, table: list[list[str]]) -> None:
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in documents(table)))


def write_array(path: Path, table: list[list[str]]) -> None:
    path.write_text(json.dumps({"data": {"orders": documents(table)}}, ensure_ascii=False, indent=2))


def write_sqlite(path: Path, table: list[list[str]]) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("create table orders (" + ", ".join(f'"{name}" text' for name in NAMES) + ")")
    connection.executemany("insert into orders values (?, ?, ?, ?)", table)
    connection.commit()
    connection.close()


def write_mbox(path: Path, table: list[list[str]]) -> None:
    path.unlink(missing_ok=True)
    box = mailbox.mbox(str(path), create=True)
    for row in table:
        message = EmailMessage()
        message["Message-ID"], message["From"] = f"<{row[0]}@x>", f"{row[0]}@example.com"
        message["Subject"] = row[1]
        message.set_content(row[2], cte="base64")
        box.add(message)
    box.close()


def append(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes() + data)


SQL = {"sql": "sqlite:///data/x.db", "query": "select * from orders"}
CASES = (
    Case("csv", "data/*.csv", write_csv, "data/x.csv", append(b'\nonly,"two"'), first=2),
    Case("xlsx", "data/*.xlsx", write_xlsx, "data/x.xlsx", first=2),
    Case("xls", "data/*.xls", write_xls, "data/x.xls", first=2),
    Case("parquet", "data/*.parquet", write_parquet, "data/x.parquet"),
    Case("jsonl", "data/*.jsonl", write_lines, "data/x.jsonl", append(b'\n{"id": ')),
    Case("json", {"json": "data/*.json", "at": "data.orders"}, write_array, "data/x.json"),
    Case("sql", SQL, write_sqlite, "data/x.db"),
    Case("sql cursor", {**SQL, "cursor": "id"}, write_sqlite, "data/x.db"),
    Case("mailbox", {"mailbox": "data"}, write_mbox, "data/x.mbox", append(b"\nFrom x 10:00\n\n\x00\x01 no mail\n")),
)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def expected(case: Case, table: list[list[str]] = TABLE) -> list[dict[str, Any]]:
    if case.name == "mailbox":
        return [{"message_id": f"<{row[0]}@x>", "subject": row[1], "body": row[2].strip()} for row in table]
    return [dict(one) for one in documents(table)]


def seen(case: Case, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows as the expected ones are said: documents opened, without row numbers."""
    if case.name in ("json", "jsonl"):
        return [json.loads(row[DOCUMENT]) for row in rows]
    if case.name == "mailbox":
        return [{key: row[key] for key in ("message_id", "subject", "body")} for row in rows]
    return [{key: value for key, value in row.items() if key != ROW} for row in rows]


def test_every_reader_is_tried() -> None:
    # A door's events only grow and are sealed, which no file is: test_door.py tries the same of it.
    assert {reader_for(case.read)[0].kind for case in CASES} | {"door"} == {reader.kind for reader in READERS}


def test_rows_are_the_table(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    answer = read_with(*case.reader(), tmp_path, None)
    assert seen(case, answer.rows) == expected(case)
    assert answer.numbers() == case.numbers
    assert answer.broken == []


def test_all_is_text(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    for batch in read_with(*case.reader(), tmp_path, None).batches:
        kinds = {field.name: field.type for field in batch.table.schema}
        assert kinds.pop(ROW) == pa.int64()
        assert set(kinds.values()) == {pa.string()}
        batch.table.validate(full=True)


def test_columns(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()
    part = reader.parts(spec, tmp_path, None)[0]
    names = reader.columns(spec, tmp_path, part)
    assert (names is None) == (reader.layout == "document")
    if names is not None and case.name != "mailbox":
        assert names == NAMES


def test_a_missing_column_is_null_and_the_order_is_as_asked(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()
    if reader.layout == "document":
        pytest.skip("documents have no columns")
    have = "subject" if case.name == "mailbox" else "姓名"
    answer = read_with(reader, spec, tmp_path, ["nowhere", have])
    assert answer.batches[0].table.column_names == [ROW, "nowhere", have]
    assert [row["nowhere"] for row in answer.rows] == [None] * 5
    assert [row[have] for row in answer.rows] == [row[1] for row in TABLE]


def test_no_columns_asked_still_counts(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()
    assert len(read_with(reader, spec, tmp_path, []).rows) == 5


def test_read_again_is_equal(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    once, twice = (read_with(*case.reader(), tmp_path, None) for _ in range(2))
    assert once.rows == twice.rows
    assert [part.name for part in once.parts] == [part.name for part in twice.parts]
    assert once.parts == twice.parts


def test_fingerprint_follows_the_content_only(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()

    def now() -> str:
        return reader.fingerprint(spec, tmp_path, reader.parts(spec, tmp_path, None)[0])

    before = now()
    os.utime(tmp_path / case.file, (1, 1))
    assert now() == before
    case.make(tmp_path, [[*TABLE[0][:2], "changed", "1"], *TABLE[1:]])
    assert now() != before


def test_signature_tells_of_change_without_reading(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()
    before = reader.parts(spec, tmp_path, None)[0].signature
    case.make(tmp_path, [*TABLE, ["006", "new", "row", "1"]])
    assert reader.parts(spec, tmp_path, None)[0].signature != before
    monkeypatch.setattr("huaxiang.connectors.files.chunks", lambda *_: pytest.fail("parts() read the file"))
    reader.parts(spec, tmp_path, None)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_batches_are_bounded(case: Case, size: int, tmp_path: Path) -> None:
    case.make(tmp_path)
    answer = read_with(*case.reader(batch_rows=size), tmp_path, None)
    assert max(batch.table.num_rows for batch in answer.batches) <= size
    assert seen(case, answer.rows) == expected(case)
    assert answer.numbers() == case.numbers


@pytest.mark.parametrize("size", [1, 500_000])
def test_a_broken_record_neither_raises_nor_vanishes(case: Case, size: int, tmp_path: Path) -> None:
    if case.spoil is None:
        pytest.skip("this kind has no broken records: it is whole or cannot be read")
    case.make(tmp_path)
    case.spoil(tmp_path / case.file)
    answer = read_with(*case.reader(batch_rows=size), tmp_path, None)
    assert answer.numbers() == case.numbers
    assert [one.row for one in answer.broken] == [case.numbers[-1] + 1]
    assert answer.broken[0].rule
    assert answer.broken[0].raw in (tmp_path / case.file).read_bytes()


def test_what_cannot_be_read_is_an_error_that_tells_nothing_of_it(case: Case, tmp_path: Path) -> None:
    if case.file.endswith((".csv", ".jsonl", ".mbox")):
        pytest.skip("any bytes are text; see the tests of gzip files")
    case.make(tmp_path)
    (tmp_path / case.file).write_bytes(b"secret 13800138000 secret")
    with pytest.raises(ReadError) as caught:
        read_with(*case.reader(), tmp_path, None)
    for language in ("en", "zh"):
        assert "13800138000" not in caught.value.say(language)
        assert "x." in caught.value.say(language)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_file_that_goes_away(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    reader, spec = case.reader()
    part = reader.parts(spec, tmp_path, None)[0]
    (tmp_path / case.file).unlink()
    with pytest.raises(ReadError):
        list(reader.read(spec, tmp_path, part, NAMES))
    with pytest.raises(ReadError):
        reader.fingerprint(spec, tmp_path, part)


def test_an_empty_source_has_no_rows(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path, [])
    answer = read_with(*case.reader(), tmp_path, None)
    assert (answer.rows, answer.broken) == ([], [])
