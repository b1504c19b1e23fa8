"""Text to typed values, through DuckDB: golden cases, round trips, and nothing that fails."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from huaxiang.clean.convert import CONVERSIONS, TYPES, convert, fixed_offset
from huaxiang.errors import HuaxiangError, NotFound

GOLDEN = Path(__file__).parent / "golden"
SHOWN = {
    "date": lambda v: v.isoformat(),
    "time": lambda v: v.isoformat(" "),
    "bool": lambda v: str(v).lower(),
    "number": lambda v: f"{v:.15g}",
}
SQL = {
    (to, zone): convert(sqlglot.column("v"), to, zone=zone).sql("duckdb") for to in TYPES for zone in ("Asia/Shanghai",)
}


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(engine, sql: str, texts: list[str | None]) -> list:
    found = engine.execute(
        f"SELECT {sql} FROM (SELECT UNNEST(?::VARCHAR[]) v, GENERATE_SUBSCRIPTS(?::VARCHAR[], 1) i) ORDER BY i",
        [texts, texts],
    ).fetchall()
    return [row[0] for row in found]


def shown(to: str, value: object) -> str:
    return "" if value is None else SHOWN.get(to, str)(value)


def same_moment(to: str, text: str) -> str:
    return datetime.fromisoformat(text).isoformat(" ") if to == "time" and text else text


@pytest.mark.parametrize("to", TYPES)
def test_golden(engine, to: str) -> None:
    cases = rows(to)
    assert len(cases) >= 25
    values = run(engine, SQL[to, "Asia/Shanghai"], [case["input"] for case in cases])
    got = {case["input"]: shown(to, value) for case, value in zip(cases, values, strict=True)}
    assert got == {case["input"]: same_moment(to, case["expected"]) for case in cases}


def test_golden_with_formats(engine) -> None:
    for case in rows("with_format"):
        formats = case["format"].split("|")
        tree = convert(sqlglot.column("v"), case["to"], zone="Asia/Shanghai", format=formats)
        (value,) = run(engine, tree.sql("duckdb"), [case["input"]])
        assert shown(case["to"], value) == same_moment(case["to"], case["expected"]), case


def test_null_stays_null(engine) -> None:
    assert all(run(engine, sql, [None]) == [None] for sql in SQL.values())


def test_a_zone_with_summer_time(engine) -> None:
    tree = convert(sqlglot.column("v"), "time", zone="America/New_York")
    got = run(engine, tree.sql("duckdb"), ["2024-07-05 10:20:30", "2024/1/5 10:20", "2024-01-05T10:20:00Z"])
    assert got == [datetime(2024, 7, 5, 14, 20, 30), datetime(2024, 1, 5, 15, 20), datetime(2024, 1, 5, 10, 20)]
    day = convert(sqlglot.column("v"), "date", zone="America/New_York")
    assert run(engine, day.sql("duckdb"), ["2024-01-05T02:20:00Z"]) == [date(2024, 1, 4)]


def test_icu_is_asked_only_for_zones_that_change() -> None:
    assert fixed_offset("Asia/Shanghai") == timedelta(hours=8)
    assert fixed_offset("America/New_York") is None
    assert "TIME ZONE" not in SQL["time", "Asia/Shanghai"].upper()
    changing = convert(sqlglot.column("v"), "time", zone="America/New_York")
    assert list(changing.find_all(exp.AtTimeZone))


# Every way of writing a date that is understood without a format.
FORMS = (
    *("{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0.year}/{0.month}/{0.day}", "{0.year}.{0.month}.{0.day}", "{0:%Y%m%d}"),
    *(
        "{0.year}年{0.month}月{0.day}日",
        "{0:%d-%b-%Y}",
        "{0:%B} {0.day}, {0.year}",
        " {0:%Y-%m-%d} ",
        "{0:%Y-%m-%d} 08:30",
    ),
    *("{0:%Y-%m-%d} 23:59:59", "{0:%Y-%m-%d}T12:00:00+08:00", "{1}"),
)


@settings(max_examples=60, deadline=None)
@given(days=st.lists(st.dates(date(1954, 10, 3), date(2119, 1, 10)), min_size=1, max_size=40))
def test_any_date_comes_back_from_each_form(engine, days: list[date]) -> None:
    for form in FORMS:
        texts = [form.format(day, (day - date(1899, 12, 30)).days) for day in days]
        assert run(engine, SQL["date", "Asia/Shanghai"], texts) == days, form


@settings(max_examples=60, deadline=None)
@given(moment=st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)))
def test_any_moment_comes_back_from_each_form(engine, moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    local = moment + timedelta(hours=8)
    texts = [
        *(local.isoformat(" "), local.isoformat("T"), f"{local:%Y/%m/%d %H:%M:%S.%f}", f"{moment.isoformat()}Z"),
        *(f"{local.isoformat()}+08:00", f"{local:%Y年%m月%d日 %H:%M:%S.%f}"),
        f"{local.year}-{local.month}-{local.day} {'下午' if local.hour > 11 else '上午'}{local:%I:%M:%S.%f}",
    ]
    assert run(engine, SQL["time", "Asia/Shanghai"], texts) == [moment] * len(texts)


@settings(max_examples=100, deadline=None)
@given(value=st.decimals(-(10**12), 10**12, places=6, allow_nan=False))
def test_money_in_each_form(engine, value: Decimal) -> None:
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    texts = [f"{value:f}", f"{value:,f}", f"¥{value:,f}", f"{value:,f}元", f" {value:f} ", f"RMB {value:f}"]
    if value < 0:
        texts += [f"({-value:,f})", f"-￥{-value:,f}"]
    assert run(engine, SQL["money", "Asia/Shanghai"], texts) == [rounded] * len(texts)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text(st.sampled_from("0123456789-/.:年月日TZ+ PAM¥,%万亿e()１２　x\n"), max_size=24), max_size=60)
)
def test_no_text_makes_it_fail(engine, texts: list[str]) -> None:
    for sql in SQL.values():
        assert len(run(engine, sql, texts)) == len(texts)
    given_format = convert(sqlglot.column("v"), "time", zone="Asia/Shanghai", format="%Y-%m-%d %H:%M")
    assert len(run(engine, given_format.sql("duckdb"), texts)) == len(texts)


def test_an_expression_is_as_good_as_a_column(engine) -> None:
    tree = convert(sqlglot.parse_one("v || '-05'", dialect="duckdb"), "date", zone="Asia/Shanghai")
    assert run(engine, tree.sql("duckdb"), ["2024-03"]) == [date(2024, 3, 5)]


def test_names_of_the_templates_do_not_hide_columns(engine) -> None:
    sql = convert(sqlglot.column("t"), "money", zone="Asia/Shanghai").sql("duckdb")
    assert engine.execute(f"SELECT {sql} FROM (SELECT '1.5万' AS t, 1 AS p, 2 AS v, 3 AS o)").fetchone() == (
        Decimal(15000),
    )
    named = {node.name for template in CONVERSIONS.values() for node in lambdas(template["duckdb"])}
    assert named
    assert all(name.startswith("hx_") for name in named)


def lambdas(template: str) -> list[exp.Expression]:
    tree = sqlglot.parse_one(template, dialect="duckdb")
    return [parameter for found in tree.find_all(exp.Lambda) for parameter in found.expressions]


def test_what_is_refused() -> None:
    with pytest.raises(NotFound, match="did you mean date"):
        convert(sqlglot.column("v"), "dat", zone="Asia/Shanghai")
    with pytest.raises(NotFound, match="time zone"):
        convert(sqlglot.column("v"), "date", zone="Asia/Beijin")
    with pytest.raises(NotFound, match="engine"):
        convert(sqlglot.column("v"), "date", zone="Asia/Shanghai", dialect="postgres")
    for wrong in ("yyyy-mm-dd", "%Q", "%Y-%"):
        with pytest.raises(HuaxiangError, match="date format"):
            convert(sqlglot.column("v"), "date", zone="Asia/Shanghai", format=wrong)


def test_every_template_is_for_duckdb() -> None:
    assert all("duckdb" in by_dialect for by_dialect in CONVERSIONS.values())
    assert set(TYPES) - {"gender"} <= set(CONVERSIONS)
