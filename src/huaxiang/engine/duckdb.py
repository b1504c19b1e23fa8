"""DuckDB: the embedded warehouse. The only file that imports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from huaxiang.damage import damaged
from huaxiang.engine.faults import fault_of
from huaxiang.errors import StepError
from huaxiang.model import MONEY_PLACES, Type

GIB = 1 << 30
SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.MONEY: f"DECIMAL(18,{MONEY_PLACES})",
    Type.DATE: "DATE",
    Type.TIME: "TIMESTAMP",
    Type.BOOL: "BOOLEAN",
    Type.TEXTS: "VARCHAR[]",
    Type.NULL: "VARCHAR",
}
"""How DuckDB keeps each type of the model."""
_MATTERS = 100_000
"""Rows of a table whose gaps are worth a look."""
_Answer = TypeVar("_Answer")
_OF_FILES = (
    duckdb.IOException, duckdb.SerializationException, duckdb.FatalException, duckdb.InternalException,
)  # fmt: skip
"""Errors that a damaged file, or the disk, may be behind."""
_VALUE = re.compile(r"['\"(]|\d{3}")
"""Where a value of a row may begin in a message of the engine."""


class Engine:
    """One connection to a warehouse file, or to a warehouse in memory.

    `memory` bounds what DuckDB may hold, in bytes; `threads` how many cores it may use (None = all). `confined`: SQL
    reads no other file than those below these folders, attaches nothing and loads nothing (None = whatever it names).
    """

    dialect = "duckdb"

    def __init__(
        self,
        path: Path | None = None,
        *,
        read_only: bool = False,
        memory: int = 3 * GIB,
        threads: int | None = None,
        spill: Path | None = None,
        confined: Sequence[Path] | None = None,
    ) -> None:
        try:
            self._connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
        except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException) as error:
            # Whatever else keeps a warehouse from being opened, it is the file.
            raise fault_of(error, path) or damaged(path) from error
        self._path = path
        settings = {
            "enable_progress_bar": "false",
            "memory_limit": f"'{memory // (1 << 20)}MB'",
            "preserve_insertion_order": "false",
            "temp_directory": quoted_text(str(spill)) if spill else "''",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if self._connection.execute("SELECT current_setting('enable_external_access')").fetchone() != (True,):
            # The file is open in this process already, and confined: where it spills is settled.
            del settings["temp_directory"]
        elif confined is not None:
            folders = ", ".join(quoted_text(str(each)) for each in confined)
            settings |= {"allowed_directories": f"[{folders}]", "enable_external_access": "false"}
        if threads:
            settings["threads"] = str(threads)
        self._alone, self._ordered = threads == 1, False
        for name, value in settings.items():
            self._connection.execute(f"SET {name} = {value}")

    def run(self, sql: str, parameters: Sequence[object] | None = None, *, step: str = "query") -> None:
        """Run one statement. Raises StepError with the step's name and the SQL (never a value of a row)."""
        self._execute(sql, parameters, step)

    def rows(
        self, sql: str, parameters: Sequence[object] | None = None, *, step: str = "query"
    ) -> list[tuple[Any, ...]]:
        """Return the answer's rows as tuples."""
        return self._execute(sql, parameters, step).fetchall()

    def dicts(self, sql: str, parameters: Sequence[object] | None = None) -> list[dict[str, Any]]:
        """Return the answer's rows as dictionaries."""
        answer = self._execute(sql, parameters, "query")
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str, parameters: Sequence[object] | None = None) -> Any:
        """Return the first value of the first row, or None when there is no row."""
        row = self._execute(sql, parameters, "query").fetchone()
        return row[0] if row else None

    def arrow(self, sql: str, parameters: Sequence[object] | None = None, *, step: str = "query") -> pa.Table:
        """Return the whole answer as one Arrow table."""
        if self._alone or parameters:
            # With parameters, the other way would forget the order that was asked for.
            return self._execute(sql, parameters, step).to_arrow_table()
        # Asked for so, every core puts its share of the answer into the table; the other way, one does all of it.
        return self._asked(lambda: self._connection.sql(sql).to_arrow_table(), sql, step)

    def arrow_of(self, sql: str, **tables: pa.Table) -> pa.Table:
        """Return the answer to a query over Arrow tables, by the names given."""
        with self.shown(**tables):
            return self.arrow(sql)

    def batches(self, sql: str, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Yield the answer in Arrow batches; bounded memory."""
        reader = self._execute(sql, None, "query").to_arrow_reader(rows)
        try:
            yield from reader
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            # What goes wrong on the way may quote a row, in the words of either library.
            if isinstance(error, duckdb.IOException) and (fault := fault_of(error, self._path)) is not None:
                raise fault from None
            raise StepError("query", sql, type(error).__name__) from None

    def numpy(self, sql: str) -> dict[str, Any]:
        """Return the answer's columns as numpy arrays."""
        return dict(self._execute(sql, None, "query").fetchnumpy())

    @contextmanager
    def shown(self, **tables: pa.Table | pa.RecordBatchReader) -> Iterator[None]:
        """Let SQL read Arrow tables (or streams, once) by the given names, for as long as the block lasts."""
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)

    @contextmanager
    def in_stored_order(self) -> Iterator[None]:
        """Let rows come in the order in which they are stored, on every connection, for as long as the block lasts."""
        if self._ordered:
            yield
            return
        self.run("SET preserve_insertion_order = true")
        # A long IN list would become a join, and a join keeps no order.
        self.run("SET disabled_optimizers = 'in_clause'")
        self._ordered = True
        try:
            yield
        finally:
            self._ordered = False
            self.run("SET disabled_optimizers = ''")
            self.run("SET preserve_insertion_order = false")

    @property
    def threads(self) -> int:
        """How many cores the engine uses."""
        return int(self.one("SELECT current_setting('threads')"))

    def gaps(self) -> float:
        """Return for how many rows that were taken out a table of the warehouse has room, a share of its rows.

        That of the table with the largest share, among those large enough to matter.
        """
        sql = f"""SELECT table_name, estimated_size FROM duckdb_tables()
            WHERE database_name = current_database() AND estimated_size > {_MATTERS}"""
        shares = (
            room / max(1, int(self.one(f"SELECT count(*) FROM {quoted(name)}"))) - 1 for name, room in self.rows(sql)
        )
        return max(shares, default=0.0)

    def leave_gaps(self) -> None:
        """Let the room of rows that are taken out stay empty from now on.

        To give it back, whatever is stored beside them has to be written again.
        """
        self.run("SET max_vacuum_tasks = 0")

    def attach(self, path: Path, name: str) -> None:
        """Attach another warehouse file for reading, as `name`."""
        self.run(f"ATTACH {quoted_text(str(path))} AS {quoted(name)} (READ_ONLY)")

    def tables(self) -> set[str]:
        """Return the names of the tables of the warehouse itself."""
        sql = "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        return {name for (name,) in self.rows(sql)}

    def types(self) -> set[str]:
        """Return the names of the types the warehouse itself defines."""
        sql = "SELECT type_name FROM duckdb_types() WHERE NOT internal AND database_name = current_database()"
        return {name for (name,) in self.rows(sql)}

    def columns(self, table: str) -> dict[str, str]:
        """Return column → engine type of a table or view."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {quoted(table)}")}

    def columns_of(self, database: str, table: str) -> dict[str, str]:
        """Return column → engine type of a table of an attached warehouse; {} when it is not there."""
        sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = ?"
        return dict(self.rows(sql, [database, table]))

    def read_through(self) -> None:
        """Read every block of the warehouse, each of which bears a checksum. Raises DamagedError."""
        for name in sorted(self.tables()):
            self.rows(f"SELECT bit_xor(hash(t)) FROM {quoted(name)} t")

    def cursor(self) -> Engine:
        """Return a second connection to the same warehouse, for another thread."""
        twin = object.__new__(Engine)
        twin._connection, twin._alone, twin._ordered = self._connection.cursor(), self._alone, self._ordered
        twin._path = self._path
        return twin

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _execute(self, sql: str, parameters: Sequence[object] | None, step: str) -> duckdb.DuckDBPyConnection:
        return self._asked(lambda: self._connection.execute(sql, parameters), sql, step)

    def _asked(self, ask: Callable[[], _Answer], sql: str, step: str) -> _Answer:
        try:
            return ask()
        except (duckdb.Error, RuntimeError) as error:
            # With one of these the engine says that Ctrl-C came while it was at work.
            said = str(error)
            told = isinstance(error, duckdb.InterruptException) or not isinstance(error, duckdb.Error)
            # Where it came while the engine asked Python for rows, the engine repeats what Python said.
            if (told and "interrupt" in said.lower()) or said.startswith("KeyboardInterrupt"):
                raise KeyboardInterrupt from None
            if isinstance(error, duckdb.Error):
                # What a row holds may come into the words of any other error, and look like these.
                if _of_a_file(error) and (fault := fault_of(error, self._path)) is not None:
                    raise fault from None
                raise StepError(step, sql, _harmless(error)) from None
            raise


def _of_a_file(error: duckdb.Error) -> bool:
    # What is wrong with a Parquet file is said as a wrong input, or by the library that unpacks it.
    return isinstance(error, _OF_FILES) or ".parquet" in str(error) or type(error) is duckdb.Error


def quoted(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Return a text as an SQL literal (for paths; values of rows go in as parameters)."""
    return "'" + text.replace("'", "''") + "'"


def _harmless(error: duckdb.Error) -> str:
    # The engine's message may quote a value of a row: "Could not convert string '138…'", "Overflow in … (138… * 2)".
    first = str(error).splitlines()[0]
    of_the_sql = isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException)
    return first if of_the_sql else _VALUE.split(first)[0][:120].strip()
