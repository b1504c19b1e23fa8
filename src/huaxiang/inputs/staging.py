"""What every stager is given, what it answers, and how its table is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.inputs.merged import MERGED, merged_sql
from huaxiang.missing import BLANK_WORDS
from huaxiang.model import Type
from huaxiang.privacy.keys import MasterKey, load_master_key
from huaxiang.registry import Registry
from huaxiang.sources import Source
from huaxiang.tag.kinds.base import input_table
from huaxiang.words import Words

EXAMPLES = 5
"""So many rows are named of those that a rule stopped."""


@dataclass(frozen=True)
class Stopped:
    """How many rows a rule stopped, and where the first of them stand: file and row, never what they hold."""

    rows: int
    examples: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Staged:
    """What became of the rows that were read: each gave a value, was outlived by another, or was stopped by a rule.

    `idle` rows are sound but do not count: not valid at as_of, or another of the same subject counts. `note` says why
    there is nothing at all.
    """

    rows: int
    used: int
    idle: int = 0
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    note: Words | None = None

    def summary(self) -> dict[str, Any]:
        """Return it as the build's summary keeps it."""
        stopped = {
            rule: {"rows": each.rows, "examples": [list(place) for place in each.examples]}
            for rule, each in self.stopped.items()
        }
        return {
            "rows": self.rows, "used": self.used, "idle": self.idle, "stopped": stopped, "note": plain(self.note),
            "failed": None, "stale": False,
        }  # fmt: skip


def plain(words: Words | None) -> dict[str, str] | None:
    """Return words as JSON holds them."""
    return None if words is None else {"en": words.en, "zh": words.zh}


@dataclass(frozen=True)
class Context:
    """What a stager may use. `blanks` are the words for no value of the project.

    `temporary`: its table is only for this connection (a plan over a finished build).
    """

    engine: Engine
    registry: Registry
    root: Path
    store: Path
    project_id: str
    identity: IdentityDefinition
    zone: str
    as_of: datetime
    temporary: bool = False
    sources: Sequence[Source] = ()
    blanks: frozenset[str] = BLANK_WORDS
    currency: str = "CNY"
    between: list[str] = field(default_factory=list)
    """Temporary tables made on the way."""

    @cached_property
    def master(self) -> MasterKey:
        """The key of blind indexes. Raises MasterKeyError when it is missing."""
        return load_master_key(self.project_id, self.root)

    def write(self, code: str, type_: Type, select: str) -> int:
        """Write the table of a tag from a SELECT with subject, value and what says where it is from; return its rows.

        Raises StepError naming the tag when the engine refuses.
        """
        table, kept = quoted(input_table(code)), SQL_TYPES[type_]
        typed = f"SELECT * REPLACE (CAST(value AS {kept}) AS value) FROM (\n{select}\n)"
        head = f"CREATE OR REPLACE {'TEMP ' if self.temporary else ''}TABLE {table} AS"
        self.engine.run(f"{head}\n{typed}\nORDER BY subject", step=f"values of {code}")
        return int(self.engine.one(f"SELECT count(*) FROM {table}"))

    def follow_merges(self, subjects: str) -> None:
        """Make MERGED: for each subject of a SELECT (column subject) who it is today; who is gone is left out."""
        self.keep(MERGED, merged_sql(self.engine, subjects), "customers merged since")

    def keep(self, table: str, select: str, step: str, parameters: list[object] | None = None) -> None:
        """Make a temporary table that lasts until `tidy`."""
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE {table} AS\n{select}", parameters, step=step)
        self.between.append(table)

    def tidy(self) -> None:
        """Drop what was made on the way."""
        while self.between:
            self.engine.run(f"DROP TABLE IF EXISTS {self.between.pop()}")
