"""Whose a row is: all of its identifiers agree, or the best of them say."""

from __future__ import annotations

import random

import numpy as np
import pytest

from huaxiang.engine.duckdb import Engine
from huaxiang.whose import Rank, owners

N, S, C, W = Rank
ROWS = {
    "all are one person's": ([7, 7, 0], [N, S, S], 7),
    "nobody's": ([0, 0, 0], [N, S, W], 0),
    "the only one that is anybody's": ([0, 0, 5], [N, S, W], 5),
    "the one that names somebody": ([7, 5, 0], [S, N, S], 5),
    "not the one that others use too": ([7, 5, 0], [C, S, S], 5),
    "two that say different things": ([7, 5, 0], [S, S, W], 0),
    "two that name different people": ([7, 5, 7], [N, N, S], 0),
    "two of three that say the same": ([7, 5, 7], [S, C, S], 7),
    "a weak one says nothing against it": ([7, 5, 0], [C, W, W], 7),
}


@pytest.mark.parametrize("what", ROWS)
def test_whose_a_row_is(what: str) -> None:
    subjects, ranks, owner = ROWS[what]
    with Engine(threads=1) as engine:
        found = owners(engine, np.array([subjects]), np.array([ranks]))
    assert found.tolist() == [owner]


def test_rows_come_in_their_order_and_places_do_not_matter() -> None:
    dice = random.Random(5)
    subjects = np.array([[dice.randrange(3) for _ in range(4)] for _ in range(500)])
    ranks = np.array([[dice.randrange(4) for _ in range(4)] for _ in range(500)])
    with Engine(threads=2) as engine:
        found = owners(engine, subjects, ranks)
        turned = owners(engine, subjects[:, ::-1], ranks[:, ::-1])
    wanted = [_plain(*row) for row in zip(subjects.tolist(), ranks.tolist(), strict=True)]
    assert found.tolist() == turned.tolist() == wanted


def _plain(subjects: list[int], ranks: list[int]) -> int:
    there = [(rank, subject) for subject, rank in zip(subjects, ranks, strict=True) if subject]
    if len({subject for _, subject in there}) == 1:
        return there[0][1]
    best = {subject for rank, subject in there if rank == min(there)[0]}
    return best.pop() if len(best) == 1 else 0
