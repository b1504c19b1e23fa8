"""Whose a row is: nearly always all its identifiers belong to one person; where they do not, the best of them say."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.engine.duckdb import Engine

Numbers = npt.NDArray[np.int64]


class Rank(IntEnum):
    """How much an identifier says about whose a row is, the most first.

    NAMES: of a kind of which a person has only one. CONTESTED: seen with more of a kind than a person has, so others
    use it, too. WEAK: of a kind that follows people.
    """

    NAMES = 0
    SAYS = 1
    CONTESTED = 2
    WEAK = 3


def owner_sql(subjects: Sequence[str], ranks: Sequence[str]) -> str:
    """Return the SQL of whose a row is, by whose its identifiers are (NULL: nobody's) and their ranks.

    Where they belong to several people, the row is whose all those of the best rank are, or nobody's.
    """
    if not subjects:
        return "CAST(NULL AS BIGINT)"
    if len(subjects) == 1:
        return subjects[0]
    first, last = (f"{which}({', '.join(subjects)})" for which in ("least", "greatest"))
    best = f"least({', '.join(ranks)})"
    said = [f"CASE WHEN {rank} = {best} THEN {subject} END" for subject, rank in zip(subjects, ranks, strict=True)]
    lowest, highest = (f"{which}({', '.join(said)})" for which in ("least", "greatest"))
    return f"CASE WHEN {first} = {last} THEN {first} WHEN {lowest} = {highest} THEN {lowest} END"


def owners(engine: Engine, subjects: Numbers, ranks: Numbers) -> Numbers:
    """Return whose each row is, 0 where it is nobody's: `subjects` and `ranks` are by row and identifier."""
    names = [(f"s{place}", f"r{place}") for place in range(subjects.shape[1])]
    columns: dict[str, Any] = {}
    for place, (subject, rank) in enumerate(names):
        nobodys = subjects[:, place] == 0
        columns[subject] = pa.array(subjects[:, place], mask=nobodys)
        columns[rank] = pa.array(ranks[:, place], mask=nobodys)
    sql = f"SELECT coalesce({owner_sql(*zip(*names, strict=True))}, 0) AS subject FROM _rows"
    with engine.in_stored_order():
        found: Numbers = engine.arrow_of(sql, _rows=pa.table(columns))["subject"].to_numpy()
    return found
