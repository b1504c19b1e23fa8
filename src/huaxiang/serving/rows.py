"""Rows by place, out of memory-mapped Arrow files: what is not asked for is not read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int64]
_FEW = 8
"""So many values are had one by one in less time than as a table."""


def write_rows(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches of rows as they come; return how many rows there were."""
    rows = 0
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


class Rows:
    """The rows of one file. Keeps it mapped for as long as it lives."""

    def __init__(self, path: Path) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(path)))
        self._batches = [self._file.get_batch(number) for number in range(self._file.num_record_batches)]
        sizes = [batch.num_rows for batch in self._batches]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)

    @property
    def schema(self) -> Any:
        """The columns."""
        return self._file.schema

    def __len__(self) -> int:
        return int(self._starts[-1])

    def whole(self) -> Any:
        """Return all rows as one table."""
        return pa.Table.from_batches(self._batches, self._file.schema)

    def values(self) -> dict[str, list[str]]:
        """Return the values of every ENUM column; {} when there are no rows."""
        if not self._batches:
            return {}
        coded = [field.name for field in self._file.schema if pa.types.is_dictionary(field.type)]
        return {name: self._batches[0].column(name).dictionary.to_pylist() for name in coded}

    def values_at(self, places: Numbers, column: str) -> list[Any]:
        """Return the values of one column at `places` (ascending)."""
        if len(places) > _FEW:
            return list(self.take(places, [column]).column(0).to_pylist())
        values = []
        for place in places.tolist():
            number = bisect_right(self._starts.data, place) - 1
            values.append(self._batches[number].column(column)[place - int(self._starts[number])].as_py())
        return values

    def take(self, places: Numbers, columns: Sequence[str] | None = None) -> Any:
        """Return the rows at `places` (ascending), or some columns of them, as one table, ENUMs as texts."""
        schema = self._file.schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        number = np.searchsorted(self._starts, places, side="right") - 1
        taken = []
        for each in np.unique(number):
            low, high = np.searchsorted(number, [each, each + 1])
            batch = self._batches[int(each)].select(schema.names)
            taken.append(batch.take(pa.array(places[low:high] - self._starts[each])))
        return _without_codes(pa.Table.from_batches(taken, schema))


def _without_codes(table: Any) -> Any:
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(field.type.value_type))
    return table


def places_in(ranges: tuple[Numbers, Numbers]) -> Numbers:
    """Return all numbers of the ranges [start, end), range after range."""
    starts, ends = ranges
    sizes = ends - starts
    if not len(sizes) or not sizes.sum():
        return np.empty(0, np.int64)
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    places: Numbers = np.arange(int(sizes.sum()), dtype=np.int64) + np.repeat(starts - before, sizes)
    return places


def ranges_of(keys: Numbers, wanted: Numbers) -> tuple[Numbers, Numbers]:
    """Return where each wanted key stands in the sorted `keys`: starts and ends."""
    return (
        np.searchsorted(keys, wanted, side="left").astype(np.int64),
        np.searchsorted(keys, wanted, side="right").astype(np.int64),
    )
