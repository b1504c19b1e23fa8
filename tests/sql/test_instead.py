"""What an expression refuses is said once, with what to write instead."""

from __future__ import annotations

import pytest

from huaxiang.definitions.fields import Text
from huaxiang.definitions.nodes import Faults, Place
from huaxiang.model import Type
from huaxiang.sql.check import Scope, check
from huaxiang.sql.functions import FUNCTIONS
from huaxiang.sql.instead import FUNCTIONS as INSTEAD
from huaxiang.words import Words

COLUMNS = {"t": Type.TEXT, "n": Type.NUMBER, "at": Type.TIME, "d": Type.DATE, "b": Type.BOOL}
ELSEWHERE = {"spend": Words("it is a tag", "它是标签")}

CASES = {
    "at < as_of - interval '30' day": "INTERVAL '30' DAY is not allowed in an expression: write window: 30 days",
    "n + (at - interval '1' day) > 3 and b": "INTERVAL '1' DAY is not allowed in an expression: write window",
    "as_of - at > 3": "as_of - at: moments are not added or subtracted: use days_between(from, to)",
    "d + 1 = d": "d + 1: moments are not added or subtracted: use days_between(from, to)",
    "datediff(d, at) > 3": "there is no function 'datediff' here: use days_between(from, to)",
    "median(n) > 1": "there is no function 'median' here: use avg(x)",
    "nvl(n, 0) + 1 > 3": "there is no function 'nvl' here: use coalesce(x, y)",
    "n / population_sum(n) > 1": "there is no function 'population_sum' here: use population_avg(tag)",
    "t ilike 'a%'": "t ILIKE 'a%' is not allowed in an expression: use lower(x) like '…'",
    "cast(n as integer) = 3": "cast",
    "spend > 3": "there is no 'spend' here: it is a tag",
}


@pytest.mark.parametrize(("text", "said"), CASES.items(), ids=CASES.keys())
def test_each_is_one_fault_that_says_what_to_do(text: str, said: str) -> None:
    faults = Faults()
    assert check(Text(text, Place("t.yaml", 1)), Scope(COLUMNS, elsewhere=ELSEWHERE), faults, want=Type.BOOL) is None
    [fault] = faults.found
    assert said in fault.what.en
    assert fault.hint is None
    assert "：" in fault.what.zh


def test_nothing_is_refused_that_there_is() -> None:
    assert not INSTEAD.keys() & FUNCTIONS.keys()
