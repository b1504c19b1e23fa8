"""Facts that came after the base, in the live store: one table for each fact table, by subject.

A value stands as what it physically is (microseconds, days, ten-thousandths of money), so that it comes back exactly
as it went in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from huaxiang.model import MONEY_PLACES, FactTable, Type

_HEAD = {
    "subject": pa.int64(), "fact_id": pa.int64(), "source": pa.string(), "channel": pa.string(), "part": pa.int32(),
    "source_row": pa.int64(), "item": pa.int32(), "occurred_at": pa.timestamp("us"), "day": pa.date32(),
    "recorded_at": pa.timestamp("us"),
}  # fmt: skip
_TYPES = {
    Type.TEXT: pa.string(), Type.INTEGER: pa.int64(), Type.NUMBER: pa.float64(),
    Type.MONEY: pa.decimal128(18, MONEY_PLACES), Type.DATE: pa.date32(), Type.TIME: pa.timestamp("us"),
    Type.BOOL: pa.bool_(),
}  # fmt: skip


def fact_schema(table: FactTable) -> pa.Schema:
    """Return the columns of a fact table as the live store and the live plan have them."""
    own = {name: _TYPES[column.type] for name, column in table.columns.items()}
    return pa.schema(list((_HEAD | own).items()))


def stored_name(table: str) -> str:
    """Return what the live store calls a fact table: with another scale of money it is another, and never misread."""
    return f"facts {table} {MONEY_PLACES}"


class Deltas:
    """The facts since the base, of every fact table of a model."""

    def __init__(self, db: sqlite3.Connection, tables: Mapping[str, FactTable]) -> None:
        self.db = db
        self.schemas = {name: fact_schema(table) for name, table in tables.items()}

    def make(self) -> None:
        """Make the tables anew, empty: a base has all that was in them, or a model has other columns."""
        for name, schema in self.schemas.items():
            columns, stored = ", ".join(f'"{field.name}"' for field in schema), stored_name(name)
            self.db.execute(f'DROP TABLE IF EXISTS "{stored}"')
            self.db.execute(
                f'CREATE TABLE "{stored}" ({columns}, number INTEGER NOT NULL, PRIMARY KEY (subject, fact_id))'
                " WITHOUT ROWID"
            )

    def add(self, table: str, facts: Any, numbers: Sequence[int]) -> None:
        """Put facts in; one that is there already is replaced. `numbers` are those of the events they came from."""
        schema = self.schemas[table]
        columns = [_stored(facts.column(field.name), field.type) for field in schema]
        marks = ", ".join("?" * (len(columns) + 1))
        self.db.executemany(
            f'INSERT OR REPLACE INTO "{stored_name(table)}" VALUES ({marks})', zip(*columns, numbers, strict=True)
        )

    def held(self, table: str, subjects: Iterable[int]) -> set[tuple[int, int]]:
        """Return (subject, fact_id) of the facts held of some subjects."""
        return set(
            self.db.execute(f'SELECT subject, fact_id FROM "{stored_name(table)}" WHERE {_AMONG}', (_listed(subjects),))
        )

    def facts_of(self, table: str, subjects: Iterable[int], wanted: Sequence[str] | None = None) -> Any:
        """Return the facts of some subjects as a table of `fact_schema`, or of the `wanted` columns, by subject."""
        schema = self.schemas[table]
        if wanted is not None:
            schema = pa.schema([schema.field(name) for name in wanted])
        columns = ", ".join(f'"{field.name}"' for field in schema)
        if not self._made(table):
            return schema.empty_table()
        sql = f'SELECT {columns} FROM "{stored_name(table)}" WHERE {_AMONG}'
        rows = self.db.execute(sql, (_listed(subjects),)).fetchall()
        if not rows:
            return schema.empty_table()
        arrays = [_loaded(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
        return pa.table(arrays, schema=schema)

    def _made(self, table: str) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE name = ?"
        return self.db.execute(sql, (stored_name(table),)).fetchone() is not None

    def move(self, merged: Mapping[int, int]) -> None:
        """Give the facts of merged subjects to those they are part of now."""
        for name in self.schemas:
            self.db.executemany(
                f'UPDATE OR REPLACE "{stored_name(name)}" SET subject = ? WHERE subject = ?',
                [(into, gone) for gone, into in merged.items()],
            )


_AMONG = "subject IN (SELECT value FROM json_each(?))"


def _listed(subjects: Iterable[int]) -> str:
    return msgspec.json.encode([int(subject) for subject in subjects]).decode()


def _stored(column: Any, type_: pa.DataType) -> list[Any]:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    column = column.cast(type_)
    if pa.types.is_timestamp(type_):
        column = column.cast(pa.int64())
    elif pa.types.is_date(type_):
        column = column.cast(pa.int32())
    elif pa.types.is_decimal(type_):
        return [None if value is None else int(value.scaleb(MONEY_PLACES)) for value in column.to_pylist()]
    return list(column.to_pylist())


def _loaded(values: Sequence[Any], type_: pa.DataType) -> Any:
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.int64()).cast(type_)
    if pa.types.is_date(type_):
        return pa.array(values, pa.int32()).cast(type_)
    if pa.types.is_decimal(type_):
        return _money(values, type_)
    if pa.types.is_boolean(type_):
        return pa.array([None if value is None else bool(value) for value in values], type_)
    return pa.array(values, type_)


def _money(values: Sequence[int | None], type_: pa.DataType) -> Any:
    if any(value is not None and abs(value) >= 1 << 62 for value in values):
        return pa.array([None if value is None else Decimal(value).scaleb(-MONEY_PLACES) for value in values], type_)
    units = pa.array(values, pa.int64())
    low = units.fill_null(0).to_numpy()
    # A decimal of 128 bits is its units as two words, the lower first.
    words = np.column_stack([low, low >> 63])
    return pa.Array.from_buffers(type_, len(low), [units.buffers()[0], pa.py_buffer(np.ascontiguousarray(words))])
