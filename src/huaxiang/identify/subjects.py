"""The step that names persons: one known from the last build keeps its id, a new one gets its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.identify.arrays import Flags, Numbers, first_of_each, places_of

POSITIVE = np.int64((1 << 63) - 1)


def write_ids(engine: Engine, build: int) -> None:
    """Write `identify_ids`: each person's subject id and the build since which it is known."""
    kept = engine.numpy("SELECT person, subject, since FROM identify_kept")
    new = engine.numpy(
        "SELECT person FROM identify_people WHERE certain AND node = person"
        " AND person NOT IN (SELECT person FROM identify_kept)"
    )["person"]
    fresh = fresh_ids(np.sort(new), np.sort(engine.numpy("SELECT subject FROM identify_taken")["subject"]))
    table = pa.table(
        {
            "person": np.concatenate([kept["person"], np.sort(new)]),
            "subject": np.concatenate([kept["subject"], fresh]),
            "since": np.concatenate([kept["since"], np.full(len(new), build)]).astype(np.int32),
        }
    )
    with engine.shown(identify_arrow=table):
        engine.run("CREATE OR REPLACE TABLE identify_ids AS SELECT * FROM identify_arrow", step="identify_ids")


def fresh_ids(persons: Numbers, taken: Numbers) -> Numbers:
    """Return a positive id for each person (its smallest node): that number, re-hashed for as long as it is taken.

    Both are sorted; of two persons that would have the same id, the smaller keeps it.
    """
    ids = persons & POSITIVE
    waiting = np.arange(len(ids))
    while len(waiting):
        free = _free(ids[waiting], taken)
        taken = np.sort(np.concatenate([taken, ids[waiting[free]]]))
        waiting = waiting[~free]
        ids[waiting] = _mixed(ids[waiting])
    return ids


def _free(ids: Numbers, taken: Numbers) -> Flags:
    free = np.zeros(len(ids), np.bool_)
    free[first_of_each(ids)] = True
    free &= (ids != 0) & ~places_of(ids, taken)[1]
    return free


def _mixed(ids: Numbers) -> Numbers:
    # splitmix64: every bit of the number changes about half of the bits of the next.
    x: npt.NDArray[np.uint64] = ids.view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).view(np.int64) & POSITIVE
