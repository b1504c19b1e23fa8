"""A short run of `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from huaxiang.privacy.keys import KEY_VARIABLE
from tests.fuzz.bodies import try_bodies
from tests.fuzz.counts import Counts
from tests.fuzz.definitions import try_definitions
from tests.fuzz.files import try_files
from tests.read.sample import KEY


@pytest.fixture(autouse=True)
def _key() -> Iterator[None]:
    with patch.dict(os.environ, {KEY_VARIABLE: KEY}):
        yield


@pytest.mark.parametrize(("try_all", "count"), [(try_definitions, 60), (try_files, 24), (try_bodies, 200)])
def test_nothing_raises_and_every_row_is_accounted_for(
    try_all: Callable[[Path, int, int], Counts], count: int, tmp_path: Path
) -> None:
    found = try_all(tmp_path / "fuzz", count, 7)
    assert not found.raised, str(found)
    assert (found.tried, found.unaccounted) == (count, 0)


def test_a_fault_of_ours_and_a_lost_row_are_counted() -> None:
    counts = Counts("x")
    with counts.trying("one"):
        raise KeyError("x")
    counts.account(5, 4)
    assert (len(counts.raised), counts.unaccounted) == (1, 1)
    assert "1 exceptions; 5 rows, 1 unaccounted" in str(counts)
