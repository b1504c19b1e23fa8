"""JSON: lines left as they are, documents inside a file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from huaxiang.connectors.base import DOCUMENT
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import read_all


def documents(root: Path, data: bytes, name: str, **options: object) -> list[str]:
    (root / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return [row[DOCUMENT] for row in read_all({"json": name, **options}, root).rows]


@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson", "x.json", "x.jsonl.gz", "x.ndjson.gz", "x.json.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_untouched(name: str, end: str, tmp_path: Path) -> None:
    lines = ['{ "a" : 1.10, "名":"张三" }', '{"a":12345678901234567890}', "[1, 2]", '"text"']
    data = (end.join([lines[0], "", *lines[1:], "  ", ""])).encode()
    assert documents(tmp_path, data, name) == lines
    assert documents(tmp_path, b"\xef\xbb\xbf" + data, name) == lines


def test_lines_that_are_not_json(tmp_path: Path) -> None:
    lines = [b'{"a":1}', b"{'a':1}", b"", b'{"a":1} x', b"[" * 100_000, b'{"b":"\xff"}', b"NaN", b'{"c":"\xff']
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(lines))
    answer = read_all("x.jsonl", tmp_path)
    assert [(row["_row"], row[DOCUMENT]) for row in answer.rows] == [(1, '{"a":1}'), (6, '{"b":"\uf7ff"}')]
    assert [(one.row, one.rule) for one in answer.broken] == [(row, "not_json") for row in (2, 4, 5, 7, 8)]
    assert answer.broken[-1].raw == lines[-1]


@pytest.mark.parametrize("block", [1, 5, 64])
def test_lines_over_blocks(block: int, tmp_path: Path) -> None:
    lines = [json.dumps({"n": number, "名": "张三" * number}, ensure_ascii=False) for number in range(30)]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    assert [row[DOCUMENT] for row in read_all("x.jsonl", tmp_path, block=block).rows] == lines


NESTED = {"meta": 1, "data": {"orders": [{"a": 1.5, "b": [1, 2]}, {"名": "张"}], "one": {"x": 1}}}


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_inside_a_file(indent: int | None, tmp_path: Path) -> None:
    data = json.dumps(NESTED, ensure_ascii=False, indent=indent).encode()
    assert documents(tmp_path, data, "x.json", at="data.orders") == ['{"a":1.5,"b":[1,2]}', '{"名":"张"}']
    assert documents(tmp_path, data, "x.json", at="data.one") == ['{"x":1}']
    assert len(documents(tmp_path, data, "x.json")) == 1
    top = json.dumps(NESTED["data"]["orders"], indent=indent).encode()  # type: ignore[index]
    assert len(documents(tmp_path, top, "x.json")) == 2
    assert documents(tmp_path, b"[]", "x.json") == []


def test_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    data = b'[{"id": 12345678901234567890123, "p": 0.10000000000000000001}]'
    assert documents(tmp_path, data, "x.json") == ['{"id":12345678901234567890123,"p":0.10000000000000000001}']


@pytest.mark.parametrize(
    ("data", "at"), [(b'{"a": 13800138000', None), (b'{"a": 1}', "b"), (b'{"a": 1}', "a.b"), (b"\xff", None)]
)
def test_what_is_not_json_at_all(data: bytes, at: str | None, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        documents(tmp_path, data, "x.json", **({"at": at} if at else {}))
    assert "13800138000" not in str(caught.value)
