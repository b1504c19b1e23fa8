"""Imported values: identified as sources do it, valid when they say so, and no row vanishes."""

from __future__ import annotations

import json
import random
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.definitions.nodes import Faults
from huaxiang.identify.subject_ids import encode_subject
from huaxiang.inputs.imported import check_imported
from huaxiang.inputs.personal import is_named_so
from huaxiang.inputs.stage import check_inputs
from huaxiang.missing import BLANK_WORDS
from huaxiang.tag.kinds.imported import Imported
from tests.inputs.shop import IDENTITY, PHONES, desk, merge, project_at, staged
from tests.tag.tag_shop import AS_OF, tags_of

LEVEL = "- {tag: x, imported: {read: levels*.csv, by: {phone: mobile}, value: level, valid_from: start, valid_to: end}}"
HEAD = "mobile,level,start,end\n"


def write(root: Path, *lines: str, name: str = "levels.csv") -> None:
    (root / name).write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def test_identifiers_are_read_as_sources_read_them(tmp_path: Path) -> None:
    write(tmp_path, "+86 138-0013-8001,gold,,", "１３８００１３８００２,silver,,")
    with desk(tmp_path) as context:
        assert staged(context, LEVEL)[0] == {1: "gold", 2: "silver"}


def test_every_row_has_its_fate(tmp_path: Path) -> None:
    write(
        tmp_path,
        f"{PHONES[1]},gold,2026-01-01,",
        f"{PHONES[1]},silver,2025-01-01,",
        f"{PHONES[2]},gold,2027-01-01,",
        "12345,gold,,",
        ",gold,,",
        "13900139000,gold,,",
        f"{PHONES[3]},,,",
        f"{PHONES[3]},gold,soon,",
        f"{PHONES[3]},gold,2026-02-01,2026-01-01",
    )
    with desk(tmp_path) as context:
        values, found = staged(context, LEVEL)
    assert values == {1: "gold"}
    assert (found["rows"], found["used"], found["idle"]) == (9, 1, 2)
    assert {rule: (each["rows"], each["examples"]) for rule, each in found["stopped"].items()} == {
        "invalid:phone": (1, [["levels.csv", 5]]),
        "missing:phone": (1, [["levels.csv", 6]]),
        "unknown:phone": (1, [["levels.csv", 7]]),
        "missing:level": (1, [["levels.csv", 8]]),
        "invalid:start": (1, [["levels.csv", 9]]),
        "reject: end <= start": (1, [["levels.csv", 10]]),
    }
    assert "13900139000" not in json.dumps(found)
    assert found["rows"] == found["used"] + found["idle"] + sum(each["rows"] for each in found["stopped"].values())


def test_words_for_no_value_are_missing_and_the_projects_list_counts(tmp_path: Path) -> None:
    write(tmp_path, f"{PHONES[1]},N/A,-,", f"{PHONES[2]},unknown,-,null", "未知,gold,,", f"{PHONES[3]},待定,,")
    with desk(tmp_path) as context:
        mine = replace(context, blanks=(BLANK_WORDS | {"待定"}) - {"unknown"})
        values, found = staged(mine, LEVEL)
    assert values == {2: "unknown"}
    stopped = {rule: each["rows"] for rule, each in found["stopped"].items()}
    assert stopped == {"missing:level": 2, "missing:phone": 1}


def test_a_day_ends_at_its_end_in_the_projects_zone(tmp_path: Path) -> None:
    write(tmp_path, f"{PHONES[1]},gold,2026-11-01,2026-11-01", f"{PHONES[2]},gold,2026-11-01 08:00,2026-11-01 20:00")
    # In New York the clocks go back on this day: it has 25 hours, from 04:00 to 05:00 UTC of the next.
    begin, end = datetime(2026, 11, 1, 4), datetime(2026, 11, 2, 5)
    for at, known in (
        (begin - timedelta(microseconds=1), set()),
        (begin, {1}),
        (datetime(2026, 11, 1, 13), {1, 2}),
        (datetime(2026, 11, 2, 1), {1}),
        (end - timedelta(microseconds=1), {1}),
        (end, set()),
    ):
        with desk(tmp_path, as_of=at, zone="America/New_York") as context:
            assert set(staged(context, LEVEL)[0]) == known, at


def test_the_latest_start_wins_then_the_later_file_then_the_smaller_value(tmp_path: Path) -> None:
    write(
        tmp_path, f"{PHONES[1]},old,2026-01-01,", f"{PHONES[2]},b,2026-01-01,", f"{PHONES[3]},z,,", name="levels1.csv"
    )
    write(tmp_path, f"{PHONES[1]},a,2025-06-01,", f"{PHONES[2]},c,2026-01-01,", f"{PHONES[2]},d,2026-01-01,",
          f"{PHONES[3]},a,2020-01-01,", name="levels2.csv")  # fmt: skip
    with desk(tmp_path) as context:
        assert staged(context, LEVEL)[0] == {1: "old", 2: "c", 3: "a"}


@settings(max_examples=15, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(sorted(PHONES)), st.sampled_from("abc"), st.integers(0, 6), st.integers(1, 6)),
        max_size=12,
    ),
    day=st.integers(0, 12),
    seed=st.integers(0, 99),
)
def test_as_a_plain_reading_of_the_rule_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, int, int]], day: int, seed: int
) -> None:
    root, first = tmp_path_factory.mktemp("rows"), datetime(2026, 1, 1)
    expected: dict[int, tuple[int, str]] = {}
    for subject, value, start, length in rows:
        if start <= day < start + length:
            best = expected.get(subject)
            if best is None or (-start, value) < (-best[0], best[1]):
                expected[subject] = (start, value)
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    lines = [
        f"{PHONES[subject]},{value},{first + timedelta(days=start)},{first + timedelta(days=start + length)}"
        for subject, value, start, length in shuffled
    ]
    write(root, *lines)
    with desk(root, as_of=first + timedelta(days=day), zone="UTC") as context:
        values, found = staged(context, LEVEL)
    assert values == {subject: value for subject, (_, value) in expected.items()}
    assert found["rows"] == len(rows) == found["used"] + found["idle"]


def test_values_have_the_type_asked_for(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        f'mobile,n,d\n{PHONES[1]},"1,200",3/5/2026\n{PHONES[2]},much,2026\n', encoding="gbk"
    )
    head = "- {tag: x, imported: {read: v.csv, by: {phone: mobile}, "
    with desk(tmp_path) as context:
        values, found = staged(context, head + "value: n, type: number}}")
        assert values == {1: 1200.0}
        assert found["stopped"].keys() == {"invalid:n"}
        values, _ = staged(context, head + "value: d, type: date, format: '%d/%m/%Y'}}")
        assert values == {1: date(2026, 5, 3)}


def test_customer_ids_follow_merges(tmp_path: Path) -> None:
    lines = [f"{encode_subject(1)},a", f"{encode_subject(2)},b", "C123,c", f"{encode_subject(99)},d"]
    (tmp_path / "v.csv").write_text("\n".join(["who,value", *lines]), encoding="utf-8")
    with desk(tmp_path) as context:
        merge(context.engine, (1, 3, 2))
        values, found = staged(context, "- {tag: x, imported: {read: v.csv, by: {subject: who}, value: value}}")
    assert values == {2: "b", 3: "a"}
    assert {rule: each["rows"] for rule, each in found["stopped"].items()} == {
        "invalid:subject": 1, "unknown:subject": 1,
    }  # fmt: skip


def test_a_database_table_is_read_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE levels (mobile TEXT, level TEXT)")
        database.executemany("INSERT INTO levels VALUES (?, ?)", [(PHONES[1], "gold"), (PHONES[3], "silver")])
    database.close()
    read = f"{{sql: 'sqlite:///{tmp_path}/crm.db', query: 'SELECT mobile, level FROM levels'}}"
    with desk(tmp_path) as context:
        values, _ = staged(context, f"- {{tag: x, imported: {{read: {read}, by: {{phone: mobile}}, value: level}}}}")
    assert values == {1: "gold", 3: "silver"}


def test_values_that_look_personal_are_stopped(tmp_path: Path) -> None:
    write(
        tmp_path, f"{PHONES[1]},call +86 139-0013-9000,2025-01-01,", f"{PHONES[2]},a.b@example.com,2025-01-01,",
        f"{PHONES[3]},gold,2025-01-01,", f"{PHONES[3]},11010519491231002X,2026-01-01,",
    )  # fmt: skip
    with desk(tmp_path) as context:
        values, told = staged(context, LEVEL)
    assert values == {3: "gold"}
    assert told["stopped"] == {"personal:level": {"rows": 3, "examples": ANY}}


@pytest.mark.parametrize("column", ["客户姓名", "手机号码（主）", "home_address", "eMail", "buyerName", "id_card_no"])
def test_a_column_called_personal_is_no_value_of_a_tag(tmp_path: Path, column: str) -> None:
    (tmp_path / "levels.csv").write_text(f"mobile,{column}\n{PHONES[1]},x\n", encoding="utf-8")
    with desk(tmp_path) as context:
        values, told = staged(
            context, f"- {{tag: x, imported: {{read: levels.csv, by: {{phone: mobile}}, value: {column!r}}}}}"
        )
    assert not values
    assert "personal values" in told["failed"]["en"]


@pytest.mark.parametrize("column", ["手机品牌", "address_type", "email_opt_in", "name", "level_name", "会员等级"])
def test_a_column_that_only_speaks_of_it_is(column: str) -> None:
    assert not is_named_so(column)


def test_no_value_of_a_file_without_a_heading_is_offered_as_a_column(tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text(f"{PHONES[1]},gold\n{PHONES[2]},silver\n", encoding="utf-8")
    with desk(tmp_path) as context:
        _, told = staged(context, "- {tag: x, imported: {read: levels.csv, by: {phone: '13800138009'}, value: gold}}")
    assert PHONES[1] not in json.dumps(told)


def test_a_column_that_a_source_maps_as_personal_is_no_value_of_a_tag(tmp_path: Path) -> None:
    tag = "- {tag: x, imported: {read: 'data/*.csv', by: {member_id: card}, value: COLUMN}}"
    for column, wrong in (("order", 0), ("phone", 1), ("card", 1)):
        project = project_at(tmp_path / "shop", {"tags/x.yaml": tag.replace("COLUMN", column)})
        faults = Faults()
        check_inputs(project, faults)
        assert len(faults.found) == wrong


def test_where_a_value_is_from(tmp_path: Path) -> None:
    write(tmp_path, f"{PHONES[2]},silver,2025-01-01,", f"{PHONES[1]},gold,2026-01-01,2026-12-31")
    with desk(tmp_path) as context:
        staged(context, LEVEL)
        (row,) = context.engine.dicts("SELECT * FROM tag_input_x WHERE subject = 1")
    assert (row["file"], row["row"]) == ("levels.csv", 3)
    assert (row["valid_from"], row["valid_to"]) == (datetime(2025, 12, 31, 16), datetime(2026, 12, 31, 16))


def test_for_ever_is_a_day_like_any_other(tmp_path: Path) -> None:
    write(tmp_path, f"{PHONES[1]},gold,1900-01-01,9999-12-31")
    with desk(tmp_path, zone="America/New_York") as context:
        assert staged(context, LEVEL)[0] == {1: "gold"}
        assert context.engine.one("SELECT valid_to FROM tag_input_x").year == 9999


def test_what_is_wrong_with_the_file_is_said_with_the_nearest_word(tmp_path: Path) -> None:
    write(tmp_path)
    text = "- tag: x\n  imported:\n    read: levels.csv\n    by: {phon: mobil}\n    value: levl\n"
    meaning = tags_of(text).meanings["x"]
    assert isinstance(meaning, Imported)
    faults = Faults()
    check_imported(IDENTITY, (), tmp_path, meaning, faults)
    assert [fault.say("en") for fault in faults.found] == [
        "tags/test.yaml:4: there is no kind of identifier 'phon' (did you mean phone?)",
        "tags/test.yaml:4: levels.csv has no column 'mobil' (did you mean mobile?)",
        "tags/test.yaml:5: levels.csv has no column 'levl' (did you mean level?)",
    ]


def test_no_file_and_no_rows_are_two_things(tmp_path: Path) -> None:
    with desk(tmp_path, as_of=AS_OF) as context:
        values, found = staged(context, LEVEL)
        assert values == {} and "no file is there" in found["failed"]["en"]
        write(tmp_path)
        values, found = staged(context, LEVEL)
        assert values == {} and found["failed"] is None and found["note"]["zh"] == "没有任何行"
