"""A record that goes on and on is one row in quarantine, of which the beginning is kept; the next ones are read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from huaxiang.connectors import json as json_reader
from huaxiang.connectors import mailbox as mail_reader
from huaxiang.connectors.csv import CsvReader
from huaxiang.connectors.readers import reader_for
from huaxiang.connectors.text import KEPT, TOO_LONG
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import Answer, read_with


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)


def read(root: Path, name: str, **sizes: int) -> Answer:
    reader, spec = reader_for(name)
    return read_with(type(reader)(**sizes), spec, root, None)


@pytest.mark.parametrize("block", [7_000, 100_000, 4 << 20])
@pytest.mark.parametrize(
    "long", [b"2," + b"x" * 900_000, b'2,"' + b"x" * 900_000, b"," * 900_000, b"2," + "国".encode() * 300_000]
)
@pytest.mark.parametrize("end", [b"\n3,c\n4,d\n", b""])
def test_a_line_of_a_csv(long: bytes, end: bytes, block: int, tmp_path: Path) -> None:
    write(tmp_path / "a.csv.gz", b"id,name\n1,a\n" + long + end)
    spec = reader_for("a.csv.gz")[1]
    answer = read_with(CsvReader(block=block, max_record=200_000), spec, tmp_path, None)
    [broken] = answer.broken
    quoted = b'"' in long
    assert broken.row == 3 and (broken.rule == TOO_LONG or (quoted and broken.rule == "open_quote"))
    assert len(broken.raw) <= (len(long) if broken.rule == "open_quote" else KEPT) and long.startswith(broken.raw)
    assert [(row["_row"], row["id"]) for row in answer.rows] == [(2, "1"), *([(4, "3"), (5, "4")] if end else [])]


@pytest.mark.parametrize("block", [7_000, 100_000])
@pytest.mark.parametrize("end", [b"\n{}\n", b"\n", b""])
def test_a_line_of_json(end: bytes, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "MAX_LINE", 200_000)
    write(tmp_path / "a.jsonl.gz", b'{}\n{"a": "' + b"x" * 900_000 + b'"}' + end)
    answer = read(tmp_path, "a.jsonl.gz", block=block)
    assert [(each.row, each.rule) for each in answer.broken] == [(2, TOO_LONG)]
    assert len(answer.broken[0].raw) == KEPT
    assert answer.numbers() == ([1, 3] if end.strip() else [1])


def test_a_document_that_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "MAX_DOCUMENT", 200_000)
    write(tmp_path / "a.json", b"[" + b"1," * 200_000 + b"1]")
    with pytest.raises(ReadError, match="larger than 1 GiB: write a document a line"):
        read(tmp_path, "a.json")


@pytest.mark.parametrize("body", [b"x" * 900_000 + b"\n", b"x" * 70 + b"\n"], ids=["one line", "many"])
def test_a_message_of_a_mailbox(body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_reader, "MAX_MESSAGE", 200_000)
    mail = b"From a 10:00\nFrom: a@example.com\nSubject: %d\n\n"
    write(tmp_path / "a.mbox", mail % 1 + b"hello\n\n" + mail % 2 + body * (900_070 // len(body)) + b"\n" + mail % 3)
    answer = read(tmp_path, "a.mbox")
    assert [(each.row, each.rule, len(each.raw)) for each in answer.broken] == [(2, TOO_LONG, KEPT)]
    assert [row["subject"] for row in answer.rows] == ["1", "3"]
    write(tmp_path / "b.eml", mail[13:] % 1 + body * (900_070 // len(body)))
    assert [each.rule for each in read(tmp_path, "b.eml").broken] == [TOO_LONG]
