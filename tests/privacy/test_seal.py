from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.privacy.keys import MasterKey
from huaxiang.privacy.seal import RowSealer, SealError, open_box, seal_box

KEY, OTHER = b"k" * 32, b"o" * 32
SECRET = "王小明 13800138000".encode()


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_round_trip(plain: bytes, associated: bytes) -> None:
    box = seal_box(KEY, plain, associated)
    assert open_box(KEY, box, associated) == plain
    assert len(box) == len(plain) + 28


def test_same_text_is_never_sealed_the_same() -> None:
    assert seal_box(KEY, SECRET, b"a") != seal_box(KEY, SECRET, b"a")


def test_any_flipped_bit_any_cut_any_other_place_or_key_is_refused() -> None:
    box = seal_box(KEY, SECRET, b"here")
    broken = [box[:at] + bytes([box[at] ^ (1 << bit)]) + box[at + 1 :] for at in range(len(box)) for bit in range(8)]
    broken += [box[:at] for at in range(len(box))] + [box + b"\0", b""]
    for one in broken:
        with pytest.raises(SealError):
            open_box(KEY, one, b"here")
    for key, place in ((KEY, b"there"), (OTHER, b"here")):
        with pytest.raises(SealError) as told:
            open_box(key, box, place)
        assert repr(key) not in str(told.value)
        assert told.value.say("zh")


@given(st.lists(st.binary(max_size=60), max_size=10), st.text())
def test_rows_round_trip(rows: list[bytes], part: str) -> None:
    sealer = RowSealer(MasterKey(KEY))
    assert RowSealer(MasterKey(KEY)).open_many(sealer.seal_many(rows, part), part) == rows


def test_rows_of_many_parts_open_together_when_no_part_is_bound() -> None:
    sealer = RowSealer(MasterKey(KEY))
    sealed = sealer.seal_many([b"1", b"2"]) + sealer.seal_many([b"3"])
    assert sealer.open_many(sealed[::-1]) == [b"3", b"2", b"1"]


def test_rows_altered_moved_or_under_another_key_are_refused() -> None:
    sealer = RowSealer(MasterKey(KEY))
    (row,) = sealer.seal_many([SECRET], "a.csv")
    assert SECRET not in row
    for at in range(len(row)):
        with pytest.raises(SealError):
            sealer.open_many([row[:at] + bytes([row[at] ^ 1]) + row[at + 1 :]], "a.csv")
    with pytest.raises(SealError):
        sealer.open_many([row], "b.csv")
    with pytest.raises(SealError):
        RowSealer(MasterKey(OTHER)).open_many([row], "a.csv")
