"""Texts of few values as ENUMs, as a build has them: the compiled pass reads their codes.

What a build finds among all facts is here what the base has, and what events brought since. A new value stands in its
order among the others, since of equals the smallest is taken: then the types are new ones, and plans over them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.engine.duckdb import quoted, quoted_text
from huaxiang.facts.compile import CODED
from huaxiang.serving.base import Base


class Texts:
    """The few-valued text columns of the fact tables that are read (`columns`: table → schema), with their values."""

    def __init__(self, base: Base, columns: Mapping[str, pa.Schema]) -> None:
        self.columns = columns
        self._values: dict[str, dict[str, list[str]]] = {}
        for table, schema in columns.items():
            coded = base.values_of(table) if table in base.tables else {}
            self._values[table] = {name: sorted(values) for name, values in coded.items() if name in schema.names}

    def take_in(self, table: str, facts: pa.Table) -> bool:
        """Take in the values of facts; return whether one of them is new, so that the table's types are others now."""
        new = False
        for name, values in list(self._values[table].items()):
            more = _texts(facts[name]) - set(values)
            if not more:
                continue
            new = True
            self._values[table][name] = sorted([*values, *more])
            if len(self._values[table][name]) > CODED:
                # As in a build: a text of many values stays a text.
                del self._values[table][name]
        return new

    def select(self, table: str) -> str:
        """Return the columns of the SELECT that gives a table its types."""
        coded = self._values[table]
        return ", ".join(
            f"CAST({quoted(name)} AS ENUM({', '.join(map(quoted_text, coded[name]))})) AS {quoted(name)}"
            if coded.get(name)
            else quoted(name)
            for name in self.columns[table].names
        )


def _texts(column: Any) -> set[str]:
    found: Iterable[str | None] = pc.unique(column).to_pylist()
    return {each for each in found if each is not None}
