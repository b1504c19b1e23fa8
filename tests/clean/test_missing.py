"""Words for no value are nothing before any expression sees them; what a definition writes itself is never judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.clean.emptied import emptied
from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults, parse_yaml
from huaxiang.missing import BLANK_WORDS, Missing, parse_missing, plain_word
from huaxiang.model import Type
from huaxiang.project import load_project
from tests.small_shop import Shop, with_columns

AROUND = ["", " ", "\t", "\r\n", "\u3000", "\u00a0", "\u2003", "\ufeff", "\u200b"]
TEXTS = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(AROUND), st.sampled_from(sorted(BLANK_WORDS)), st.sampled_from(AROUND)),
    st.sampled_from(
        ["ＮＡ", "Ｎ／Ａ", "－", "－－", "𝐍𝐀", "Null", "NONE", "无锡", "nah", "n a", "НЕТ", "нет", "é", "É", "----"]
    ),
    st.text(max_size=10),
    st.none(),
)
WORDS = BLANK_WORDS | {"нет", "é", "0"}


@settings(max_examples=300, deadline=None)
@given(chunks=st.lists(st.lists(TEXTS, max_size=8), min_size=1, max_size=3), begin=st.integers(0, 3))
def test_a_cell_is_emptied_if_its_plain_form_is_a_word(chunks: list[list[str | None]], begin: int) -> None:
    arrays = [pa.array(texts, pa.string())[begin:] for texts in chunks]
    expected = [
        None if text is None or plain_word(text) in WORDS else text for each in arrays for text in each.to_pylist()
    ]
    found = emptied(pa.chunked_array(arrays, pa.string()), WORDS)
    found.validate(full=True)
    assert found.to_pylist() == expected


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    own = dict.fromkeys(("either", "known", "joined", "listed", "country"), Type.TEXT)
    return Shop(tmp_path, model=with_columns("interactions", {**own, "flag": Type.BOOL}))


def facts(shop: Shop, columns: str) -> list[tuple[Any, ...]]:
    with shop.facts() as engine:
        return engine.rows(f"SELECT {columns} FROM interactions ORDER BY part, source_row, item")


EXPRESSIONS = """into: interactions, columns: {occurred_at: at, either: "coalesce(a, b)",
    known: "if(a is null, 'none', 'known')", joined: "concat(a, '/', b)", listed: "concat_ws('/', a, b)"}"""
BLANKS = ["", " ", "-", "N/A", "null", "未知", "\u3000", "ＮＵＬＬ"]


def write(shop: Shop, kind: str, cells: list[str | None]) -> None:
    """Write rows (at, a, b) in one kind of file."""
    rows = [{"at": "2026-05-01 10:00:00", "a": cell, "b": "North"} for cell in cells]
    if kind == "csv":
        shop.write("data/a.csv", "at,a,b\n" + "".join(f'{each["at"]},"{each["a"] or ""}",North\n' for each in rows))
    elif kind == "jsonl":
        shop.lines("data/a.jsonl", rows)
    elif kind == "parquet":
        (shop.root / "data").mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), shop.root / "data/a.parquet")
    else:
        (shop.root / "data").mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(shop.root / "data/a.xlsx") as book:
            sheet = book.add_worksheet()
            for number, values in enumerate([("at", "a", "b"), *(tuple(each.values()) for each in rows)]):
                sheet.write_row(number, 0, values)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_word_for_no_value_is_null_in_expressions_of_every_reader(shop: Shop, kind: str) -> None:
    write(shop, kind, [*BLANKS, None, "South"])
    shop.build(f"{{source: s, read: data/a.{kind}, {EXPRESSIONS}}}")
    blank = ("North", "none", None, "North")
    assert facts(shop, "either, known, joined, listed") == [blank] * 9 + [
        ("South", "known", "South/North", "South/North")
    ]


def test_rules_keys_and_identifiers_see_no_value_either(shop: Shop) -> None:
    shop.write(
        "data/a.csv", "at,a,b,m\n2026-05-01 10:00:00,-,x,1\n2026-05-01 10:00:00,y,x,N/A\n2026-05-01 10:00:00,y,x,7\n"
    )
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at},
        identifiers: {member_id: "concat(m, b)"}, reject: ["a is null"]}"""
    )
    assert dict(shop.results["data/a.csv"].quarantined) == {"reject: a is null": 1}
    assert shop.results["data/a.csv"].missing["member_id"] == 1
    with shop.facts() as engine:
        assert engine.one("SELECT count(DISTINCT node) FROM raw_nodes") == 1


def test_a_row_without_its_key_is_stopped_whatever_word_stands_there(shop: Shop) -> None:
    shop.write("data/a.csv", "at,a\n2026-05-01 10:00:00,-\n2026-05-01 10:00:00,x\n")
    shop.build("{source: s, read: data/*.csv, into: interactions, key: [topic], columns: {occurred_at: at, topic: a}}")
    assert dict(shop.results["data/a.csv"].quarantined) == {"missing:topic": 1}


def test_what_a_definition_writes_is_kept(shop: Shop) -> None:
    shop.write("data/a.csv", "at,a\n2026-05-01 10:00:00,unknown\n")
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at, topic: "'unknown'",
        either: "coalesce(a, 'None')", known: "if(a is null, '-', 'x')", joined: "concat('n', 'a')"}}"""
    )
    assert facts(shop, "topic, either, known, joined") == [("unknown", "None", "-", "na")]


def test_nothing_in_a_bool_column_is_no(shop: Shop) -> None:
    shop.write("data/a.csv", "at,a\n2026-05-01 10:00:00,无\n2026-05-01 10:00:00,有\n2026-05-01 10:00:00,未知\n")
    shop.build("{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at, flag: a, topic: a}}")
    assert facts(shop, "flag, topic") == [(False, None), (True, "有"), (None, None)]


def test_a_lookup_joins_nothing_by_a_word_for_no_value(shop: Shop) -> None:
    shop.write("ref/r.csv", "k,v\n-,wrong\nA,right\nB,N/A\n")
    shop.write("data/a.csv", "at,a\n2026-05-01 10:00:00,-\n2026-05-01 10:00:00,A\n2026-05-01 10:00:00,B\n")
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, lookups: {r: {read: ref/r.csv, key: k, on: a}},
        columns: {occurred_at: at, topic: "coalesce(r.v, 'other')"}}"""
    )
    assert facts(shop, "topic") == [("other",), ("right",), ("other",)]


COUNTRIES = "at,a,b\n2026-05-01 10:00:00,NA,NA\n2026-05-01 10:00:00,待定,-\n2026-05-01 10:00:00,unknown,x\n"


@pytest.mark.parametrize(
    ("source", "column", "expected"),
    [
        ("", "", [(None, None), ("待定", None), (None, "x")]),
        ("missing: {keep: [na]},", "", [("NA", "NA"), ("待定", None), (None, "x")]),
        ("missing: {add: [待定], keep: [Unknown]},", "", [(None, None), (None, None), ("unknown", "x")]),
        ("missing: ['-'],", "", [("NA", "NA"), ("待定", None), ("unknown", "x")]),
        ("missing: [],", "", [("NA", "NA"), ("待定", "-"), ("unknown", "x")]),
        ("", ", missing: {keep: [NA]}", [("NA", None), ("待定", None), (None, "x")]),
        ("missing: ['-'],", ", missing: {add: [NA]}", [(None, "NA"), ("待定", None), ("unknown", "x")]),
        ("", ", missing: [待定]", [("NA", None), (None, None), ("unknown", "x")]),
    ],
)  # fmt: skip
def test_the_list_can_be_changed_by_source_and_column(
    shop: Shop, source: str, column: str, expected: list[tuple[str | None, ...]]
) -> None:
    shop.write("data/a.csv", COUNTRIES)
    shop.build(
        f"""{{source: s, read: data/*.csv, into: interactions, {source} columns: {{occurred_at: at,
        country: {{value: a{column}}}, topic: b}}}}"""
    )
    assert facts(shop, "country, topic") == expected


def test_one_column_read_with_two_lists_is_two_things(shop: Shop) -> None:
    shop.write("data/a.csv", COUNTRIES)
    shop.build(
        """{source: s, read: data/*.csv, into: interactions, columns: {occurred_at: at,
        country: {value: "coalesce(a, 'other')", missing: [待定]}, topic: "coalesce(a, 'other')"}}"""
    )
    assert facts(shop, "country, topic") == [("NA", "other"), ("other", "待定"), ("unknown", "other")]


def test_the_list_of_the_project_holds_where_a_source_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "huaxiang.yaml").write_text("project: x\nmissing: {add: [待定], keep: [null]}\n", encoding="utf-8")
    (tmp_path / "identity.yaml").write_text(
        "identifiers: {member_id: {trust: certain, per_person: 1}}\n", encoding="utf-8"
    )
    source = (
        "{{source: {}, read: data/*.csv, into: attributes, identifiers: {{member_id: id}}, columns: {{level: a}}{}}}"
    )
    for name, more in (("plain", ""), ("own", ", missing: {keep: [待定]}"), ("other", ", missing: [x]")):
        (tmp_path / "sources" / f"{name}.yaml").write_text(source.format(name, more), encoding="utf-8")
    project = load_project(tmp_path)
    words = {source.code: source.blanks for source in project.sources}
    assert words["plain"] == (BLANK_WORDS | {"待定"}) - {"null"}
    assert words["own"] == BLANK_WORDS - {"null"}
    assert words["other"] == {"x", ""}
    before = {source.code: project.clean_hash(source) for source in project.sources}
    (tmp_path / "huaxiang.yaml").write_text("project: x\n", encoding="utf-8")
    after = load_project(tmp_path)
    changed = {source.code for source in after.sources if after.clean_hash(source) != before[source.code]}
    assert changed == {"plain", "own"}


def said(text: str) -> tuple[Missing, list[str]]:
    faults = Faults()
    node = parse_yaml(text, "sources/it.yaml", faults)
    assert node is not None
    found = parse_missing(Fields(node, "it", faults), "missing")
    return found, [fault.what.en for fault in faults.found]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("missing: {ad: [x]}", ["missing has no key 'ad'"]),
        ("missing: {add: [X], keep: [x]}", ["'x' stands under add and under keep"]),
        ("missing: [[x]]", ["missing must be a list of words, or {add: …, keep: …}"]),
        ("missing: {add: {x: y}}", ["missing must be a list of words, or {add: …, keep: …}"]),
    ],
)
def test_faults(text: str, faults: list[str]) -> None:
    assert said(text)[1] == faults


def test_words_are_taken_as_they_are_written() -> None:
    found, faults = said("missing: [null, no, 0, -1, 1.50, ' ＮＡ ']")
    assert (found.only, faults) == (("null", "no", "0", "-1", "1.50", "na"), [])
