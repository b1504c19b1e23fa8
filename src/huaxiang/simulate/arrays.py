"""Array types, and draws whose odds depend on a row (a persona, a category)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Table = TypeVar("Table")


class Wheel:
    """Odds of columns per row; draws columns for many rows at once."""

    def __init__(self, weights: Sequence[Sequence[float]]) -> None:
        table = np.asarray(weights, dtype=np.float64)
        steps = np.cumsum(table, axis=1) / table.sum(axis=1, keepdims=True)
        steps[:, -1] = 1.0
        self._columns = table.shape[1]
        self._flat = (steps + np.arange(len(table))[:, None]).ravel()

    def draw(self, rng: np.random.Generator, rows: Ints) -> Ints:
        """Return one column number for each of `rows`."""
        rows = rows.astype(np.int64)
        # All rows lie on one line, so one binary search serves every row; the factor keeps u = 1 - ε in its own row.
        found = np.searchsorted(self._flat, rows + rng.random(len(rows)) * (1 - 1e-9), side="right")
        return np.asarray(np.minimum(found - rows * self._columns, self._columns - 1))


def share(rng: np.random.Generator, size: int, odds: float | Floats) -> Bools:
    """Return `size` independent yes/no draws, each yes with `odds`."""
    return np.asarray(rng.random(size) < odds)


def some(rng: np.random.Generator, among: Ints, wanted: int) -> Ints:
    """Return `wanted` different members of `among` (all of them when there are fewer), ascending."""
    return np.asarray(np.sort(rng.choice(among, size=min(wanted, len(among)), replace=False)))


def apportion(rng: np.random.Generator, weights: Floats, total: int) -> Ints:
    """Return `total` row numbers, drawn in proportion to `weights`."""
    steps = np.cumsum(weights)
    return np.asarray(np.searchsorted(steps, rng.random(total) * steps[-1], side="right"))


def part(table: Table, rows: slice | Bools) -> Table:
    """Return the `rows` of a dataclass of arrays; of a slice, what is written into them is seen in the whole."""
    if not is_dataclass(table) or isinstance(table, type):
        return table[rows]  # type: ignore[index, no-any-return]
    return replace(table, **{column.name: part(getattr(table, column.name), rows) for column in fields(table)})
