"""A warehouse of its own for trying things: some customers of a build with all their facts, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from huaxiang.engine.duckdb import GIB, Engine, quoted
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.tag.measures import literal

STATED = "attributes"
"""Facts that are stated and not done: they tell when nobody did what."""


@dataclass(frozen=True)
class Sample:
    """An engine with `subjects` and the fact tables of so many `customers`, drawn from all who are `eligible`."""

    engine: Engine
    customers: int
    eligible: int
    tables: tuple[str, ...]

    def subjects(self) -> list[int]:
        """Return the customers' numbers, in order."""
        return [subject for (subject,) in self.engine.rows("SELECT subject FROM subjects ORDER BY subject")]


@contextmanager
def sample_of(current: CurrentBuild, since: datetime, most: int) -> Iterator[Sample]:
    """Lend a sample of those who did anything up to `since`: always the same customers, however rows are stored."""
    path = current.project.store / "builds" / current.build.file
    with Engine(memory=2 * GIB, spill=current.project.store / "spill") as engine:
        engine.attach(path, "build")
        tables = [table for table in current.project.model.facts if table in current.tables]
        done = [
            f"SELECT subject FROM build.{quoted(table)} WHERE subject IS NOT NULL AND occurred_at <= {literal(since)}"
            for table in tables
            if table != STATED
        ]
        known = " UNION ".join(done) or "SELECT CAST(NULL AS BIGINT) AS subject WHERE false"
        engine.run(f"CREATE TEMP TABLE known AS SELECT DISTINCT subject FROM ({known})", step="sample: known")
        engine.run(
            "CREATE TABLE subjects AS SELECT subject FROM known "
            f"ORDER BY md5_number_lower(CAST(subject AS VARCHAR)), subject LIMIT {int(most)}",
            step="sample: customers",
        )
        for table in tables:
            engine.run(
                f"CREATE TABLE {quoted(table)} AS SELECT * FROM build.{quoted(table)} "
                "SEMI JOIN subjects USING (subject) ORDER BY subject, occurred_at",
                step=f"sample: {table}",
            )
        eligible = int(engine.one("SELECT count(*) FROM known"))
        yield Sample(engine, int(engine.one("SELECT count(*) FROM subjects")), eligible, tuple(tables))


def as_number(column: str, type_: Type) -> str:
    """Return a tag's column as a DOUBLE, or as a hash where values are only equal or not."""
    if type_.numeric or type_ is Type.BOOL:
        return f"CAST({quoted(column)} AS DOUBLE)"
    if type_ in (Type.DATE, Type.TIME):
        return f"CAST(epoch(CAST({quoted(column)} AS TIMESTAMP)) AS DOUBLE)"
    return f"hash(CAST({quoted(column)} AS VARCHAR))"
