"""What holds the place of an identifier identifies nobody, in any kind, unless a project says otherwise."""

from __future__ import annotations

import pyarrow as pa
import pytest

from huaxiang.clean.maps import Maps
from huaxiang.clean.normalise import FILLERS, NORMALISERS, Filler, filler
from huaxiang.clean.plan import Personal
from huaxiang.privacy.blind import BlindIndex
from huaxiang.privacy.keys import MasterKey

MASTER = MasterKey(bytes(range(32)))
KINDS = [*(one.kind for one in NORMALISERS), "loyalty_card"]
NUMBERS = ["0", "000", "0-0", "0.00", "00000000-0000-0000-0000-000000000000", "999999", "99999999", "9999999999"]
UNFILLED = ["{{user_id}}", "{{ user.id }}", "${userId}", "{imei}", "%user_id%", "<user_id>", "__IMEI__", "__OAID1__"]


def told(kind: str, *texts: str, never: tuple[str, ...] = (), allow: tuple[str, ...] = ()) -> list[tuple[bool, bool]]:
    """Return for each text whether it identifies, and whether it is told as bad."""
    column = Maps(BlindIndex(MASTER), never, allow).column(
        Personal(kind, "", identifies=True, derived=()), pa.chunked_array([pa.array(texts, pa.string())])
    )
    rows = column.by_row(Personal(kind, "", identifies=True, derived=()), 0)
    return list(zip([node is not None for node in rows[":node 0"].to_pylist()], rows[":bad 0"].to_pylist(),
                    strict=True))  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_holds_a_place_identifies(kind: str) -> None:
    texts = [form for word in FILLERS for form in (word, word.upper(), f" {word}\t")]
    texts += [*NUMBERS, *UNFILLED, *map(str.lower, UNFILLED)]
    for text, (identifies, bad) in zip(texts, told(kind, *texts), strict=True):
        assert (identifies, bad) == (False, filler(text) is Filler.PLACEHOLDER), text


def test_who_is_said_to_be_nobody_is_missing_and_what_only_holds_the_place_is_told() -> None:
    missing = ("", "-", "null", "非会员", "未注册", "散客", "游客", "Guest", "anonymous", "not_authenticated", "-- --")
    placed = (
        "id",
        "Email",
        "distinct_id",
        "INVALID_IDENTIFIER",
        "99999999",
        "0",
        "-1",
        "[object Object]",
        "test",
        "xxx",
    )
    assert told("member_id", *missing) == [(False, False)] * len(missing)
    assert told("member_id", *placed) == [(False, True)] * len(placed)
    # A code loses its blanks before it is known for what it is.
    assert told("member_id", "g u e s t", "非 会员", "9 9 9 9 9 9") == [(False, False), (False, False), (False, True)]


def test_a_number_or_a_word_that_only_begins_so_identifies() -> None:
    real = ("10", "99999", "999990", "9999991", "非会员12", "id7", "guest42", "V0", "test-1", "0a", "user_17")
    assert told("member_id", *real) == [(True, False)] * len(real)


def test_a_project_allows_what_is_on_the_list_and_adds_to_it() -> None:
    assert told("member_id", "0", "Guest", "guest2", allow=("0", "guest")) == [(True, False)] * 3
    assert told("member_id", "0", "00", allow=("0",)) == [(True, False), (False, True)]
    assert told("member_id", "0", "V1", never=("0", "v1"), allow=("0",)) == [(False, True)] * 2
    assert told("phone", "0", allow=("0",)) == [(False, True)], "it still is no phone"
