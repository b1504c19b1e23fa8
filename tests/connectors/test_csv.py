"""Separated text: encodings, separators, quotes, broken records, and the same answer as Python's csv."""

from __future__ import annotations

import csv
import gzip
import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huaxiang.connectors.marks import UNDECODABLE
from huaxiang.connectors.readers import reader_for
from huaxiang.errors import ReadError
from tests.connectors.reading_sources import read_all, real

CHINESE = [["编号", "姓名", "备注"]] + [
    [str(number), name, note]
    for number, (name, note) in enumerate(
        [("张伟", "常客，喜欢生鲜"), ("王芳", "退货\n两次"), ("李娜", '她说"很好"'), ("欧阳修", "地址：北京市朝阳区")]
        * 5
    )
]
TRADITIONAL = [["編號", "姓名", "備註"]] + [
    [str(number), name, note]
    for number, (name, note) in enumerate(
        [("陳美麗", "喜歡購買嬰兒用品，會員"), ("黃國華", "退貨\n兩次，態度很好")] * 8
    )
]
WESTERN = [["id", "prénom", "ville"]] + [
    [str(number), name, town] for number, (name, town) in enumerate([("José", "São Paulo"), ("Zoë", "Genève")] * 8)
]


def text_of(table: list[list[str]], separator: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows(table)
    return stream.getvalue()


def write(root: Path, data: bytes, name: str = "x.csv") -> str:
    (root / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return name


def rows_of(table: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


ENCODED = [
    (encoding, table)
    for table, encodings in (
        (CHINESE, ("utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030")),
        (TRADITIONAL, ("utf-8", "big5")),
        (WESTERN, ("utf-8", "latin-1", "utf-16", "utf-16-be")),
    )
    for encoding in encodings
]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.tsv", "x.txt"])
@pytest.mark.parametrize(("encoding", "table"), ENCODED, ids=[f"{e}-{t[0][1]}" for e, t in ENCODED])
def test_encodings_and_separators_are_found(
    encoding: str, table: list[list[str]], name: str, separator: str, tmp_path: Path
) -> None:
    answer = read_all(write(tmp_path, text_of(table, separator).encode(encoding), name), tmp_path)
    assert answer.values() == rows_of(table)
    assert answer.broken == []


@pytest.mark.parametrize("encoding", ["gbk", "big5", "utf-16", "utf-16-le", "latin-1", "gb2312", "shift_jis"])
def test_an_encoding_that_is_said_is_taken(encoding: str, tmp_path: Path) -> None:
    table = [["a", "b"], ["1", "é" if encoding == "latin-1" else "中"]]
    write(tmp_path, text_of(table).encode(encoding))
    assert read_all({"csv": "x.csv", "encoding": encoding}, tmp_path).values() == rows_of(table)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_first_foreign_character_may_come_late(encoding: str, tmp_path: Path) -> None:
    table = [["id", "name"], *[[str(number), "plain"] for number in range(5000)], *[["x", "张伟在北京购买生鲜"]] * 3]
    write(tmp_path, text_of(table).encode(encoding))
    assert read_all("x.csv", tmp_path, block=4096).values() == rows_of(table)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16", "big5"])
@pytest.mark.parametrize("block", [1, 2, 3, 5, 64, 1000])
def test_characters_and_quotes_may_be_cut_anywhere(encoding: str, block: int, tmp_path: Path) -> None:
    table = TRADITIONAL if encoding == "big5" else CHINESE
    write(tmp_path, text_of(table).encode(encoding))
    answer = read_all({"csv": "x.csv", "encoding": encoding}, tmp_path, block=block)
    assert answer.values() == rows_of(table)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_bytes_that_cannot_be_decoded_are_kept(encoding: str, tmp_path: Path) -> None:
    good = text_of(CHINESE).encode(encoding)
    write(tmp_path, good + b"9,bad\xff\xffbytes,end\r\n" + b"9,\xff,x,too many\r\n")
    answer = read_all("x.csv", tmp_path)
    assert answer.values()[-1]["姓名"] == f"bad{chr(UNDECODABLE + 0xFF)}{chr(UNDECODABLE + 0xFF)}bytes"
    assert answer.values()[:-1] == rows_of(CHINESE)
    assert answer.broken[0].raw == b"9,\xff,x,too many"


def test_gb18030_beyond_gbk(tmp_path: Path) -> None:
    table = [["名", "字"], ["𠮷野家的生鲜蔬菜", "€ é 㐀"]] + [["张伟", "常客"]] * 20
    write(tmp_path, text_of(table).encode("gb18030"))
    assert read_all("x.csv", tmp_path).values() == rows_of(table)


def test_broken_records_keep_their_numbers_and_bytes(tmp_path: Path) -> None:
    lines = ["编号,姓名", "1,张伟", "2", '3,"王\n芳"', "", '4,"a\nb",李娜', "5,欧阳", '"6\n\n"', "7,生鲜"]
    write(tmp_path, "\r\n".join(lines).encode("gbk"))
    answer = read_all({"csv": "x.csv", "encoding": "gbk"}, tmp_path)
    assert [(row["_row"], row["姓名"]) for row in answer.rows] == [(2, "张伟"), (4, "王\n芳"), (7, "欧阳"), (9, "生鲜")]
    assert [(one.row, one.rule) for one in answer.broken] == [
        (3, "too_few_fields"),
        (6, "too_many_fields"),
        (8, "too_few_fields"),
    ]
    assert answer.broken[1].raw == '4,"a\nb",李娜'.encode("gbk")


@pytest.mark.parametrize("block", [7, 4096])
def test_a_quote_that_never_closes_breaks_one_line(block: int, tmp_path: Path) -> None:
    body = "".join(f"{number},text\n" for number in range(2, 300))
    write(tmp_path, f'a,b\n1,"open\n{body}'.encode())
    answer = read_all("x.csv", tmp_path, block=block, max_record=512)
    assert [(one.row, one.rule, one.raw) for one in answer.broken] == [(2, "open_quote", b'1,"open')]
    assert answer.numbers() == list(range(3, 301))


TRAILING = {
    "rows only": (b"a,b\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
    "the header only": (b"a,b,\n1,2\n3,4\n", [("1", "2"), ("3", "4")]),
    "all lines": (b"a,b,\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
    "several": (b'a,b\n1,2,,,\n"3","4",,,\n', [("1", "2"), ("3", "4")]),
    "a few rows": (b'a,b\n1,2\n3,4\n5,6\n7,"8",\n', [("1", "2"), ("3", "4"), ("5", "6"), ("7", "8")]),
    "semicolons": (b"a;b\n1;2;\n3;4;\n", [("1", "2"), ("3", "4")]),
}


def test_separators_at_the_ends_of_lines_where_names_are_given(tmp_path: Path) -> None:
    write(tmp_path, b"1,2,\n3,4,\n5,6\n")
    rows = read_all({"csv": "x.csv", "header": False, "names": ["a", "b"]}, tmp_path).rows
    assert [(row["_row"], row["a"], row["b"]) for row in rows] == [(1, "1", "2"), (2, "3", "4"), (3, "5", "6")]


@pytest.mark.parametrize(("data", "rows"), TRAILING.values(), ids=TRAILING.keys())
def test_separators_at_the_ends_of_lines(data: bytes, rows: list[tuple[str, str]], tmp_path: Path) -> None:
    write(tmp_path, data)
    answer = read_all("x.csv", tmp_path)
    assert [(row["a"], row["b"]) for row in answer.rows] == rows
    assert answer.broken == []


def test_a_value_beyond_the_header_is_too_many(tmp_path: Path) -> None:
    write(tmp_path, b"a,b\n1,2\n3,4,5\n6,7,\n8\n")
    answer = read_all("x.csv", tmp_path)
    assert [row["a"] for row in answer.rows] == ["1", "6"]
    assert [(one.row, one.rule) for one in answer.broken] == [(3, "too_many_fields"), (5, "too_few_fields")]


@pytest.mark.parametrize("block", [7, 4096])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_numbered_as_a_spreadsheet_shows_them(block: int, end: str, tmp_path: Path) -> None:
    lines = ["note", "", "a,b", "1,x", "", "", '2,"two\nlines"', "3", "", "4,y", ""]
    write(tmp_path, end.join(lines).encode())
    answer = read_all({"csv": "x.csv", "skip": 2}, tmp_path, block=block)
    assert [(row["_row"], row["a"]) for row in answer.rows] == [(4, "1"), (7, "2"), (10, "4")]
    assert [one.row for one in answer.broken] == [8]


def test_a_wide_header(tmp_path: Path) -> None:
    names = [f"column {place} of very many" for place in range(9_000)]
    write(tmp_path, (",".join(names) + "\n" + ",".join(map(str, range(9_000)))).encode())
    answer = read_all("x.csv", tmp_path, columns=[names[0], names[8_999]])
    assert answer.values() == [{names[0]: "0", names[8_999]: "8999"}]


def test_a_first_line_that_names_the_separator(tmp_path: Path) -> None:
    write(tmp_path, b"sep=;\r\na;b\r\n1,5;x\r\n")
    assert read_all("x.csv", tmp_path).rows == [{"_row": 3, "a": "1,5", "b": "x"}]


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv"])
def test_gzip_by_any_name_in_pieces_and_filled_up_with_zeros(name: str, tmp_path: Path) -> None:
    pieces = gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n")
    (tmp_path / name).write_bytes(pieces + bytes(1024))
    assert read_all(name, tmp_path).values() == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


KINDS = {
    "an Excel workbook": b"PK\x03\x04 and more",
    "a web page": b"\n<!DOCTYPE html><table><tr><td>a,b",
    "a PDF file": b"%PDF-1.7 a,b",
}


@pytest.mark.parametrize(("said", "data"), KINDS.items())
def test_what_a_file_is_instead_is_said(said: str, data: bytes, tmp_path: Path) -> None:
    write(tmp_path, data)
    with pytest.raises(ReadError, match=said):
        read_all("x.csv", tmp_path)


FEW = ["张喆", "陈赟", "赵旸", "女", "女\n2,女\n3,女\n4,女\n5,女\n6,男", "喆", "张三"]


@pytest.mark.parametrize("text", FEW)
def test_a_few_characters_are_gbk_in_a_chinese_project_and_it_is_said(text: str, tmp_path: Path) -> None:
    write(tmp_path, f"id,name\n1,{text}\n".encode("gbk"))
    assert read_all("x.csv", tmp_path).values()[0] == {"id": "1", "name": text.partition("\n")[0]}
    reader, spec = reader_for("x.csv")
    [note] = reader.notes(spec, tmp_path)
    assert note.en.startswith("x.csv: read as GBK, guessed from ")
    assert reader.notes(replace(spec, options={"encoding": "gbk"}), tmp_path) == []


def test_western_names_stay_western_even_there(tmp_path: Path) -> None:
    write(tmp_path, "id,name\n1,Müller\n2,Zoé Lefèvre\n".encode("cp1252"))
    assert [row["name"] for row in read_all("x.csv", tmp_path).rows] == ["Müller", "Zoé Lefèvre"]


def test_quotes_within_a_field_are_letters(tmp_path: Path) -> None:
    write(tmp_path, b'a,b\n5" pipe,x\n"5"" pipe",y\n"a"b,z\n')
    assert [row["a"] for row in read_all("x.csv", tmp_path).rows] == ['5" pipe', '5" pipe', "ab"]


def test_options(tmp_path: Path) -> None:
    write(tmp_path, b"Report of 2024\nmade by X, Y\n1~'a~b'\n2~c\n")
    read = {"csv": "x.csv", "separator": "~", "quote": "'", "header": False, "names": ["n", "t"], "skip": 2}
    assert read_all(read, tmp_path).values() == [{"n": "1", "t": "a~b"}, {"n": "2", "t": "c"}]
    assert read_all({**read, "quote": "none"}, tmp_path).broken[0].rule == "too_many_fields"
    del read["names"]
    assert read_all(read, tmp_path).values()[0] == {"column_1": "1", "column_2": "a~b"}


def test_names_replace_the_header(tmp_path: Path) -> None:
    write(tmp_path, b"x,y\n1,2\n")
    assert read_all({"csv": "x.csv", "names": ["a", "b"]}, tmp_path).values() == [{"a": "1", "b": "2"}]


def test_header_names_are_made_unique(tmp_path: Path) -> None:
    write(tmp_path, b"name, name,,name_2, last \n1,2,3,4,5\n")
    assert list(read_all("x.csv", tmp_path).values()[0]) == ["name", "name_3", "column_3", "name_2", "last"]


def test_whitespace(tmp_path: Path) -> None:
    write(tmp_path, b"  id   amount\n 1   2.5  \n\n 22 3\t\n  7\n", "x.txt")
    answer = read_all({"csv": "x.txt", "separator": "whitespace"}, tmp_path)
    assert answer.values() == [{"id": "1", "amount": "2.5"}, {"id": "22", "amount": "3"}]
    assert [(one.row, one.raw) for one in answer.broken] == [(5, b"7")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str, tmp_path: Path) -> None:
    write(tmp_path, end.join(["a,b", "1,", ",2"]).encode())
    assert read_all("x.csv", tmp_path).values() == [{"a": "1", "b": ""}, {"a": "", "b": "2"}]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"a,b", b"a,b\r\n"])
def test_nothing_in_it(data: bytes, tmp_path: Path) -> None:
    answer = read_all(write(tmp_path, data), tmp_path)
    assert (answer.rows, answer.broken) == ([], [])


def test_gzip_of_several_members_and_a_cut_one(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))
    assert len(read_all("x.csv.gz", tmp_path).rows) == 2
    whole = gzip.compress("".join(f"{number},13800138000\n" for number in range(9999)).encode())
    for bad in (whole[: len(whole) // 2], b"secret,13800138000\n"):
        (tmp_path / "x.csv.gz").write_bytes(bad)
        with pytest.raises(ReadError) as caught:
            read_all("x.csv.gz", tmp_path)
        assert "13800138000" not in str(caught.value)
        assert "x.csv.gz" in str(caught.value)


CELL = st.text(st.sampled_from('ab,"\n\r 中é;'), max_size=6)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(table=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), block=st.sampled_from([1, 3, 10, 4096]))
@example(table=[("", "")], block=1)
def test_what_python_writes_is_read(table: list[tuple[str, str]], block: int, tmp_path: Path) -> None:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("p", "q"), *table])
    write(tmp_path, stream.getvalue().encode())
    answer = read_all({"csv": "x.csv", "separator": ",", "encoding": "utf-8"}, tmp_path, block=block)
    assert [(row["p"], row["q"]) for row in answer.rows] == table


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.binary(max_size=200), block=st.sampled_from([1, 7, 4096]))
def test_any_bytes_are_read_without_a_fault(data: bytes, block: int, tmp_path: Path) -> None:
    write(tmp_path, b"a,b\n" + data)
    answer = read_all({"csv": "x.csv", "separator": ",", "encoding": "utf-8"}, tmp_path, block=block)
    numbers = [*answer.numbers(), *(one.row for one in answer.broken)]
    assert len(set(numbers)) == len(numbers)


def test_a_value_behind_the_last_column_is_one_too_many_though_other_lines_end_in_separators(tmp_path: Path) -> None:
    write(tmp_path, b"p,q\n1,a,\n2,b,\n3,c,moved\n4,d, ,,\n5,,e,\n")
    answer = read_all("x.csv", tmp_path)
    assert [(row["p"], row["q"]) for row in answer.rows] == [("1", "a"), ("2", "b"), ("4", "d")]
    assert [(one.row, one.rule) for one in answer.broken] == [(4, "too_many_fields"), (6, "too_many_fields")]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=st.text(st.sampled_from('ab,"\n\r'), max_size=40), block=st.sampled_from([1, 7, 4096]))
def test_records_are_cut_where_python_cuts_them(text: str, block: int, tmp_path: Path) -> None:
    write(tmp_path, b"p,q\n" + text.encode())
    answer = read_all({"csv": "x.csv", "separator": ",", "encoding": "utf-8"}, tmp_path, block=block)
    if any(one.rule == "open_quote" for one in answer.broken):
        return
    theirs = {number: row for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=2) if row}
    whole = {number: row[:2] for number, row in theirs.items() if len(row) >= 2 and not any(row[2:])}
    assert {row["_row"]: [row["p"], row["q"]] for row in answer.rows} == whole
    assert {one.row for one in answer.broken} == theirs.keys() - whole.keys()


def test_speed_is_not_lost_by_the_way(tmp_path: Path) -> None:
    """A floor far below what is measured (1 M rows/s), so that only a change of kind, not a busy machine, fails."""
    row = ",".join(["张伟", "2024/01/01", "S001", "13800138000", *["生鲜蔬菜"] * 9])
    write(tmp_path, "\n".join([",".join(f"c{n}" for n in range(13)), *[row] * 200_000]).encode("gbk"), "x.csv.gz")
    read_all("x.csv.gz", tmp_path, columns=[])
    begin = time.process_time()
    reader, spec = reader_for("x.csv.gz")
    part = reader.parts(spec, tmp_path, None)[0]
    batches = reader.read(spec, tmp_path, part, reader.columns(spec, tmp_path, part) or [])
    assert sum(batch.table.num_rows for batch in batches) == 200_000
    assert time.process_time() - begin < 2.0


REAL = [
    ("ecommerce_olist/olist_order_reviews_dataset.csv", {}, 14944),
    ("campaign_bank_marketing/bank-additional-full.csv", {}, 41188),
    ("events_ecom_clickstream/ecom.csv.gz", {}, 31106),
    ("crm_adventureworks/AdventureWorks_Customers.csv", {}, 18148),
    ("crm_adventureworks/AdventureWorks_Products (unclean).csv", {}, 293),
    ("identity_febrl/dataset3.csv", {}, 5000),
    ("churn_telco/Telco-Customer-Churn.csv", {}, 7043),
    (
        "clv_cdnow/CDNOW_master.txt",
        {"separator": "whitespace", "names": ["id", "day", "quantity", "amount"]},
        69659,
    ),
]


@pytest.mark.parametrize(("path", "options", "rows"), REAL, ids=[path for path, _, _ in REAL])
def test_real_files(path: str, options: dict[str, object], rows: int) -> None:
    file = real(path)
    answer = read_all({"csv": file.name, **options}, file.parent)
    assert len(answer.rows) + len(answer.broken) == rows
    assert answer.broken == []


def test_real_newlines_within_quotes() -> None:
    file = real("ecommerce_olist/olist_order_reviews_dataset.csv")
    rows = read_all(file.name, file.parent).rows
    with file.open(newline="", encoding="utf-8") as stream:
        theirs = list(csv.DictReader(stream))
    assert [{key: value for key, value in row.items() if key != "_row"} for row in rows] == theirs
