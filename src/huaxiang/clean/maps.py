"""Maps of personal values: each distinct text is normalised and made a blind index once, and remembered for a while.

A map is a table of the engine's memory only: text, node, lo, canonical value, state, and what derives. It serves every
column of its kind, in all batches and parts that one engine cleans.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from huaxiang.clean.normalise.fillers import is_filler
from huaxiang.clean.normalise.registry import normaliser
from huaxiang.clean.plan import Personal
from huaxiang.engine.duckdb import Engine, quoted
from huaxiang.privacy.blind import BlindIndex

LARGEST = 400_000
"""A map with more texts than this is begun anew: a bound on memory, not on correctness."""


class Maps:
    """The maps of one engine; `never` are the patterns of values that identify nobody."""

    def __init__(self, engine: Engine, blind: BlindIndex, never: Sequence[str]) -> None:
        self.engine, self.blind, self.never = engine, blind, never
        self._never = _patterns(never)
        self._sizes: dict[str, int] = {}

    def take(self, personal: Personal, rows: str) -> None:
        """Let the map of this kind hold every text that `rows` has in the column."""
        name = map_name(personal)
        size = self._sizes.get(name, LARGEST + 1)
        if size > LARGEST:
            self._begin(personal, name)
            size = 0
        texts = self.engine.arrow(
            f"SELECT DISTINCT {personal.sql} AS text FROM {rows} r WHERE {personal.sql} IS NOT NULL", step="distinct"
        )
        if size:
            known = f"SELECT t.text FROM _texts t ANTI JOIN {quoted(name)} m ON m.text = t.text"
            texts = self.engine.arrow_of(known, _texts=texts)
        if texts.num_rows:
            with self.engine.shown(_map=self._normalised(personal, texts["text"].to_pylist())):
                self.engine.run(f"INSERT INTO {quoted(name)} BY NAME SELECT * FROM _map", step="map")
        self._sizes[name] = size + texts.num_rows

    def _begin(self, personal: Personal, name: str) -> None:
        types = {"text": "VARCHAR", "node": "BIGINT", "lo": "BIGINT", "value": "VARCHAR", "state": "VARCHAR"}
        for column in personal.derived:
            types[f"d_{column}"] = "DATE" if normaliser(personal.kind).derived[column] == "date" else "VARCHAR"
        columns = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types.items())
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} ({columns})", step="map")

    def _normalised(self, personal: Personal, texts: list[str]) -> pa.Table:
        kind = normaliser(personal.kind)
        canonical = [kind.normalise(text) for text in texts]
        good = self._allowed(canonical)
        states = [
            "ok" if fine else self._state(text, value) for fine, text, value in zip(good, texts, canonical, strict=True)
        ]
        canonical = [value if fine else None for value, fine in zip(canonical, good, strict=True)]
        there = np.array([value is not None for value in canonical], dtype=bool)
        blind = np.zeros((len(texts), 2), dtype=np.int64)
        if personal.identifies and there.any():
            blind[there] = self.blind.many(personal.kind, [value for value in canonical if value is not None])
        columns = {
            "text": pa.array(texts, pa.string()),
            "node": pa.array(blind[:, 0], mask=~there),
            "lo": pa.array(blind[:, 1], mask=~there),
            "value": pa.array(canonical, pa.string()),
            "state": pa.array(states, pa.string()),
        }
        nothing = (None,) * len(personal.derived)
        derived = [kind.derive(value) if value is not None else nothing for value in canonical] if nothing else []
        for number, name in enumerate(personal.derived):
            columns[f"d_{name}"] = pa.array([values[number] for values in derived], pa.string())
        return pa.table(columns)

    def _allowed(self, canonical: Sequence[str | None]) -> list[bool]:
        """Say of each value whether it is valid and no pattern forbids to join on it."""
        allowed = [value is not None for value in canonical]
        for pattern in self._never:
            match = pattern.fullmatch
            allowed = [fine and not match(value or "") for fine, value in zip(allowed, canonical, strict=True)]
        return allowed

    @staticmethod
    def _state(text: str, canonical: str | None) -> str:
        """Say why a value is not used."""
        if canonical is not None:
            return "blocked"
        return "filler" if is_filler(text) else "invalid"


def map_name(personal: Personal) -> str:
    """Return the name of the table that is the map of a personal column."""
    return f"map {'of' if personal.identifies else 'beside'} {personal.kind}"


def _patterns(never: Sequence[str]) -> list[re.Pattern[str]]:
    """Return the patterns, those that may be put together as one: it is asked of every value."""
    compiled = [re.compile(pattern, re.IGNORECASE) for pattern in never]
    # Groups could be referred to by number, and "(?…" may set flags of the whole.
    simple = [each.pattern for each in compiled if each.groups == 0 and "(?" not in each.pattern]
    others = [each for each in compiled if each.groups > 0 or "(?" in each.pattern]
    together = [re.compile("|".join(f"(?:{pattern})" for pattern in simple), re.IGNORECASE)] if simple else []
    return together + others
