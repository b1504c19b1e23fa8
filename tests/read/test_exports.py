"""Exports: words for people or codes for programs, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from huaxiang.pipeline import Settings, build
from huaxiang.project import load_project
from huaxiang.read.current import CurrentBuild, Warehouse
from huaxiang.read.export import Written, export_people
from huaxiang.read.filters import Filter
from huaxiang.read.showing import money
from huaxiang.read.spreadsheet import WRITERS, Column, harmless
from tests.read.sample import with_key

FILES = {
    "huaxiang.yaml": "project: exported\nlocale: en\ntime_zone: Asia/Shanghai\n",
    "identity.yaml": """
identifiers:
  member_id: {trust: certain, per_person: 1}
  phone: {trust: certain, per_person: 3}
""",
    "sources/web.yaml": """
source: web
read: data/*.csv
into: events
identifiers: {member_id: card, phone: phone}
columns: {occurred_at: time, event: event, category: kind}
""",
    "tags/all.yaml": """
- {tag: first_event, name: {zh: 首个行为, en: First event}, from: events, value: first(event)}
- {tag: last_event, name: {zh: 末个行为, en: Last event}, from: events, value: last(event)}
- {tag: liked, name: {zh: 偏好, en: Liked}, from: events, prefer: {item: category}}
- {tag: many, name: {zh: 多次, en: Many}, from: events, value: count(*) > 1}
- {tag: events_total, name: {zh: 行为数, en: Events}, from: events, value: count(*)}
- {tag: last_at, name: {zh: 末次时间, en: Last time}, from: events, value: max(occurred_at)}
- {tag: last_day, name: {zh: 末日, en: Last day}, from: events, value: max(day)}
""",
    "segments/all.yaml": "- {segment: everybody, where: events_total > 0}\n",
    "data/web.csv": """time,card,phone,event,kind
2026-05-02 00:10,V01,13800138001,cart,"MEAT, PACKAGED"
2026-05-02 00:20,V01,13800138001,buy,FUEL
2026-05-03 10:00,V02,,＝1+1,-tea
""",
}
TAGS = ["first_event", "last_event", "liked", "many", "events_total", "last_at", "last_day"]
CODES = [
    {
        "customer_id": "", "first_event": "cart", "last_event": "buy", "liked": ["FUEL", "MEAT, PACKAGED"],
        "many": True, "events_total": 2, "last_at": datetime(2026, 5, 1, 16, 20, tzinfo=UTC),
        "last_day": date(2026, 5, 2), "phone": ["1******1"],
    },
    {
        "customer_id": "", "first_event": "＝1+1", "last_event": "＝1+1", "liked": ["-tea"], "many": False,
        "events_total": 1, "last_at": datetime(2026, 5, 3, 2, tzinfo=UTC), "last_day": date(2026, 5, 3), "phone": [],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exported")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with with_key():
        build(load_project(root), as_of=datetime(2026, 6, 1), settings=Settings(workers=1))
    return root


@pytest.fixture
def shop(web: Path) -> Iterator[CurrentBuild]:
    with Warehouse(web) as warehouse, warehouse.current() as current:
        yield current


def exported(shop: CurrentBuild, path: Path, **more: Any) -> Path:
    export_people(shop, Filter(segment="everybody"), path, tags=TAGS, kinds=["phone"], **more)
    return path


def cells(path: Path) -> list[list[Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def sheet(path: Path) -> list[list[Any]]:
    active = load_workbook(path).active
    assert active is not None
    return [list(row) for row in active.iter_rows()]


def test_words_are_those_of_the_reader(shop: CurrentBuild, tmp_path: Path) -> None:
    rows = cells(exported(shop, tmp_path / "a.csv", language="zh"))
    assert rows[0][1:] == ["首个行为", "末个行为", "偏好", "多次", "行为数", "末次时间", "末日", "手机号"]
    assert rows[1][1:6] == ["加入购物车", "buy", "FUEL、MEAT, PACKAGED", "是", "2"]
    assert rows[1][6:] == ["2026-05-02 00:20:00", "2026-05-02", "1******1"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_codes_are_the_same_in_every_language(shop: CurrentBuild, tmp_path: Path, language: Any) -> None:
    path = exported(shop, tmp_path / "a.parquet", language=language, values=Written.CODES)
    table = pq.read_table(path)
    assert table.column_names == list(CODES[0])
    assert table.schema.field("liked").type == pa.list_(pa.string())
    assert table.schema.field("many").type == pa.bool_() and table.schema.field("events_total").type == pa.int64()
    assert [{**row, "customer_id": ""} for row in table.to_pylist()] == CODES

    rows = cells(exported(shop, tmp_path / "a.csv", language=language, values=Written.CODES))
    assert rows[0] == list(CODES[0])
    assert rows[1][1:] == [
        "cart", "buy", '["FUEL", "MEAT, PACKAGED"]', "true", "2", "2026-05-01T16:20:00Z", "2026-05-02",
        '["1******1"]',
    ]  # fmt: skip

    head, first, _ = sheet(exported(shop, tmp_path / "a.xlsx", language=language, values=Written.CODES))
    assert [cell.value for cell in head] == list(CODES[0])
    assert [cell.value for cell in first[1:6]] == ["cart", "buy", '["FUEL", "MEAT, PACKAGED"]', True, 2]


def test_a_column_that_begins_unknown_keeps_its_type(tmp_path: Path) -> None:
    columns = [Column("n", pa.int64()), Column("at", pa.date32())]
    rows = [[None, None]] * 6_000 + [[3, date(2026, 1, 2)]]
    assert WRITERS["parquet"](tmp_path / "a.parquet", columns, iter(rows)) == 6_001
    assert pq.read_table(tmp_path / "a.parquet").to_pylist()[-1] == {"n": 3, "at": date(2026, 1, 2)}


def test_what_a_spreadsheet_would_run_is_a_text_in_every_export(shop: CurrentBuild, tmp_path: Path) -> None:
    for values in Written:
        rows = cells(exported(shop, tmp_path / "a.csv", values=values))
        assert rows[2][1:3] == ["'＝1+1", "'＝1+1"]
        assert rows[2][3] == {Written.WORDS: "'-tea", Written.CODES: '["-tea"]'}[values]
        cell = sheet(exported(shop, tmp_path / "a.xlsx", values=values))[2][1]
        assert (cell.value, cell.data_type, cell.quotePrefix) == ("＝1+1", "s", True)
        kept = pq.read_table(exported(shop, tmp_path / "a.parquet", values=values)).column(1).to_pylist()
        assert kept[1] == "＝1+1", "a program reads what is there"


RUN = [
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\rx", "\nx", "＝1", "＋1", "－1", "＠a", "−1", "﹣1", "﹦1", "⁺1",
    " =1", "\u3000＝1", "\u200b=1", "\ufeff@a", "\u202e=1", "\x00=1",
]  # fmt: skip
KEPT = ["", "tea", "1-1", "a=b", "茶＝好", "li***@example.com", "V-01", " tea", '["=1"]']


@pytest.mark.parametrize("text", RUN)
def test_a_text_that_begins_like_a_formula_is_marked(text: str, tmp_path: Path) -> None:
    columns = [Column(text, pa.string())]
    assert WRITERS["csv"](tmp_path / "a.csv", columns, iter([[text]])) == 1
    assert [row[0] for row in cells(tmp_path / "a.csv")] == ["'" + text] * 2
    if "\x00" not in text:
        WRITERS["xlsx"](tmp_path / "a.xlsx", columns, iter([[text]]))
        head, row = sheet(tmp_path / "a.xlsx")
        assert [head[0].data_type, row[0].data_type, row[0].quotePrefix] == ["s", "s", True]


@pytest.mark.parametrize("text", KEPT)
def test_other_texts_and_numbers_stay(text: str, tmp_path: Path) -> None:
    assert harmless(text) == text
    row = [text, -1, Decimal("-1.5"), None]
    columns = [Column(each, pa.string()) for each in "abcd"]
    WRITERS["csv"](tmp_path / "a.csv", columns, iter([row]))
    assert cells(tmp_path / "a.csv")[1] == [text, "-1", "-1.50", ""]


@pytest.mark.parametrize(
    ("amount", "written"),
    [("918.7850", "918.785"), ("4.0000", "4.00"), ("-0.5000", "-0.50"), ("0.0001", "0.0001"), ("1200.0000", "1200.00")],
)
def test_an_amount_is_written_with_the_decimals_it_has(tmp_path: Path, amount: str, written: str) -> None:
    WRITERS["csv"](tmp_path / "a.csv", [Column("spend", pa.decimal128(18, 4))], iter([[Decimal(amount)]]))
    assert cells(tmp_path / "a.csv")[1] == [written]


def test_an_amount_is_shown_in_cents_rounded_as_people_round() -> None:
    assert [money(Decimal(each), "CNY") for each in ("918.7850", "0.0049", "-0.0050", "1.0049")] == [
        "¥918.79", "¥0", "-¥0.01", "¥1",
    ]  # fmt: skip
