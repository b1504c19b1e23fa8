"""Readers in a process of their own: the same answers, and files that would take all memory are told in words."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huaxiang.connectors.base import Unread
from huaxiang.connectors.confined import GIB, HINTS, Confined, confined
from huaxiang.connectors.readers import READERS, reader_for
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import read_with
from tests.connectors.test_contract import CASES, NAMES, TABLE, Case, write_xlsx


@pytest.fixture(params=[case for case in CASES if case.name in ("xlsx", "xls", "parquet")], ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_which_readers_are_confined() -> None:
    assert {reader.kind for reader in READERS if confined(reader) is not reader} == set(HINTS) == {"excel", "parquet"}


def test_a_confined_reader_answers_as_the_one_within(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    inner, spec = case.reader(batch_rows=2)
    mine = confined(inner)
    own, other = (read_with(each, spec, tmp_path, ["id", "nowhere", "amount"]) for each in (inner, mine))
    assert (other.rows, other.parts) == (own.rows, own.parts)
    assert mine.columns(spec, tmp_path, other.parts[0]) == NAMES
    assert mine.fingerprint(spec, tmp_path, other.parts[0]) == inner.fingerprint(spec, tmp_path, own.parts[0])
    assert (mine.kind, mine.suffixes, mine.options) == (inner.kind, inner.suffixes, inner.options)


def test_reading_that_is_given_up_leaves_the_next_one_whole(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path, TABLE * 50)
    inner, spec = case.reader()
    mine = Confined(inner, batch_rows=1)
    part = mine.parts(spec, tmp_path, None)[0]
    begun = mine.read(spec, tmp_path, part, ["id"])
    assert next(begun).table.num_rows == 1
    begun.close()
    assert len(read_with(mine, spec, tmp_path, ["id"]).rows) == 250


def test_a_file_that_is_damaged_is_told_and_the_next_one_read(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path)
    broken = (tmp_path / case.file).with_stem("0-broken")
    broken.write_bytes((tmp_path / case.file).read_bytes()[:-100])
    inner, spec = case.reader()
    mine, words = confined(inner), []
    try:
        parts = mine.parts(spec, tmp_path, None)
    except Unread as error:
        parts, words = list(error.parts), [each.en for _, each in error.broken]
    good = 0
    for part in parts:
        try:
            good += sum(batch.table.num_rows for batch in mine.read(spec, tmp_path, part, ["id"]))
        except ReadError as error:
            words.append(error.words.en)
    assert good == 5
    assert len(words) == 1 and "0-broken" in words[0] and ("is not a whole" in words[0] or "damaged" in words[0])
    assert "memory" not in words[0]


def far_corner(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["no", "name"])
    book.active["XFD1048576"] = "far"
    book.save(path)


def many_strings(path: Path) -> None:
    """A few kilobytes that say they are four gigabytes of texts."""
    write_xlsx(path, TABLE)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    text = b"<si><t>" + b"a" * (64 << 20) + b"</t></si>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name, content in members.items():
            with new.open(name, "w", force_zip64=True) as member:
                if name != "xl/sharedStrings.xml":
                    member.write(content)
                    continue
                member.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
                for _ in range(24):
                    member.write(text)
                member.write(b"</sst>")


@pytest.mark.parametrize("write", [far_corner, many_strings], ids=lambda write: write.__name__)
def test_a_workbook_that_would_take_all_memory_is_told_with_what_to_do(write: object, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data/a.xlsx")  # type: ignore[operator]
    write_xlsx(tmp_path / "data/b.xlsx", TABLE)
    inner, spec = reader_for("data/*.xlsx")
    mine = Confined(inner, memory=GIB)
    with pytest.raises(ReadError) as caught:
        read_with(mine, spec, tmp_path, ["no"])
    assert "data/a.xlsx" in caught.value.words.en
    assert "needs more than the 1 GiB of memory" in caught.value.words.en and "Ctrl+End" in caught.value.words.en
    assert "超过单个文件的上限 1 GiB" in caught.value.words.zh
    alone = mine.parts(reader_for("data/b.xlsx")[1], tmp_path, None)
    assert [batch.table.num_rows for batch in mine.read(spec, tmp_path, alone[0], ["id"])] == [5]


def test_a_row_group_that_would_take_all_memory_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = "a" * (1 << 20)
    pq.write_table(pa.table({"t": pa.array([text]).take(pa.array([0] * 1_900))}), tmp_path / "data/a.parquet")
    inner, spec = reader_for("data/*.parquet")
    with pytest.raises(ReadError) as caught:
        read_with(Confined(inner, memory=GIB), spec, tmp_path, ["t"])
    assert "smaller row groups" in caught.value.words.en


def test_children_end_with_whoever_started_them(tmp_path: Path) -> None:
    far_corner(tmp_path / "a.xlsx")
    program = (
        "import os, sys, time; from pathlib import Path; from huaxiang.connectors import confined as c\n"
        "from huaxiang.connectors.readers import reader_for\n"
        "reader, spec = reader_for('a.xlsx'); c.confined(reader).parts(spec, Path(sys.argv[1]), None)\n"
        "print(c._IDLE[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, check=False)
    child = int(ended.stdout)
    for _ in range(200):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        subprocess.run(["sleep", "0.1"], check=True)
    os.kill(child, 9)
    pytest.fail("the child goes on without its starter")
