"""Dates that could be read in two ways: the column's own texts may show which way, and the patterns read them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlglot import exp

from huaxiang.clean.convert import convert
from huaxiang.clean.dates import ambiguous
from huaxiang.engine.duckdb import Engine

CASES = {
    "a day above 12 shows that it stands first": (["08/11/2022", "26/02/2023"], ("%d/%m/%Y",)),
    "in the second place it shows the month first": (["8/11/2022", "11/13/2022"], ("%m/%d/%Y",)),
    "each form has a pattern": (["26.02.2023", "1-2-23"], ("%d.%m.%Y", "%d-%m-%y")),
    "clock times": (["26/02/2023 9:05", "1/2/2023 10:00:30"], ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")),
    "half days": (["02/26/2023 9:05 PM"], ("%m/%d/%Y %I:%M %p",)),
    "nothing shows it": (["01/02/2023"], ()),
    "texts contradict": (["26/02/2023", "02/26/2023"], ()),
}


@pytest.mark.parametrize(("texts", "formats"), CASES.values(), ids=CASES.keys())
def test_the_order_that_texts_show(texts: list[str], formats: tuple[str, ...]) -> None:
    found = ambiguous([*texts, "2022-11-08", " "])
    assert found is not None
    assert (found.formats, found.count, found.of) == (formats, len(texts), len(texts) + 1)


def test_other_dates_are_none_of_these() -> None:
    assert ambiguous(["2022-11-08", "20221108", "8-Nov-2022", "44873", "", "1.5"]) is None


@pytest.mark.parametrize("texts", [texts for texts, formats in CASES.values() if formats])
def test_the_patterns_read_the_texts(texts: list[str]) -> None:
    found = ambiguous(texts)
    assert found is not None
    sql = convert(exp.column("t"), "date", format=found.formats).sql(dialect="duckdb")
    with Engine(threads=1) as engine:
        read = [row[0] for row in engine.rows(f"SELECT {sql} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)", [texts])]
    assert all(isinstance(each, date) for each in read)
