"""Databases through SQLAlchemy: the answer of one SELECT, whole, or in slices that begin where the last one ended."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import sqlalchemy as sa
import sqlglot
from sqlalchemy.pool import NullPool
from sqlglot import exp

from huaxiang.connectors import astext
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Layout, Part, ReadSpec
from huaxiang.connectors.charset import KEEP
from huaxiang.connectors.files import signature, unreadable
from huaxiang.connectors.places import check_place, start_of
from huaxiang.connectors.postgres import take_any_time
from huaxiang.errors import ReadError
from huaxiang.secret import from_environment, remember
from huaxiang.words import Words, nearest

FETCH = 10_000
DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
"""Names of SQLAlchemy that SQLGlot says otherwise."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_CHANGES = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
_COLON = re.compile(r"(?<![:\w\\]):(?=\w)")
_USER = re.compile(r"://.*@", re.DOTALL)
_OF_FILES = ("duckdb",)
"""Engines whose SELECT can open any file of this machine."""


@dataclass(frozen=True)
class DatabaseReader:
    """Reads the answer of a query.

    With `cursor` (a column of the answer that only grows) a part is what lies above the mark of the last time; rows
    whose cursor is null, or is written later with a value at or below the mark, are never seen. Without it, the whole
    answer is one part.
    """

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = "sql"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset({"query", "cursor", "name"})
    required: ClassVar[frozenset[str]] = frozenset({"query"})
    suffixes: ClassVar[tuple[str, ...]] = ()

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return the answer as one part, or the slice after `state`: none when there is nothing new."""
        source = _Source.of(spec, root)
        if source.cursor is None:
            return [Part(name=source.name, signature=source.signature(), order=source.name)]
        mark = _Mark.load(state, source.name)
        with source.connected() as connection:
            latest = source.latest(connection, mark.after)
        if latest is None:
            return []
        new = _Mark(mark.slices + 1, latest)
        return [
            Part(
                name=f"{source.name}@{new.slices}",
                signature=_hash([mark.dump(), new.dump()]),
                order=f"{source.name}@{new.slices:020d}",
                locator={"after": mark.dump(), "upto": new.dump()},
                state=new.dump(),
            )
        ]

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return the hash of the rows, whatever their order: without ORDER BY a database promises none."""
        source, total, count = _Source.of(spec, root), 0, 0
        with source.connected() as connection:
            answer = source.rows(connection, part)
            total = int(_hash(list(answer.keys())), 16)
            for row in answer:
                total = (total + int(_hash([astext.of_value(value) for value in row]), 16)) % (1 << 128)
                count += 1
        return f"{total:032x}-{count}"

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return nothing: there is nothing to tell."""
        return []

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names of the answer's columns."""
        source = _Source.of(spec, root)
        with source.connected() as connection:
            return source.columns(connection)

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the database cannot be reached or refuses the query."""
        source, done = _Source.of(spec, root), 0
        with source.connected() as connection:
            answer = source.rows(connection, part)
            names = list(answer.keys())
            for rows in answer.partitions(min(self.batch_rows, FETCH)):
                yield Batch(_table(rows, names, columns, done))
                done += len(rows)


def query_fault(query: str, url: str) -> Words | None:
    """Return what is wrong with `query` for the database of `url`: it must be one SELECT. None when it is."""
    backend = url.partition(":")[0].partition("+")[0]
    dialect = DIALECTS.get(backend, backend)
    try:
        found = sqlglot.parse(query, dialect=dialect if dialect in sqlglot.Dialect.classes else None)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return Words(en="the query cannot be understood as SQL", zh="无法理解此查询语句")
    statements = [statement for statement in found if statement is not None]
    is_one = len(statements) == 1 and isinstance(statements[0], exp.Query)
    if not is_one or any(isinstance(node, _CHANGES) for node in statements[0].walk()):
        return Words(
            en="the query must be a single SELECT that changes nothing", zh="查询必须是单个不改动数据的 SELECT"
        )
    return None


@dataclass(frozen=True)
class _Mark:
    """How far a cursor has come: the number of slices so far and the highest value seen."""

    slices: int = 0
    after: Any = None

    def dump(self) -> str:
        # The kind is written beside the value: 10 and "10" and a date must come back as what they were.
        return msgspec.json.encode([self.slices, type(self.after).__name__, _exact(self.after)]).decode()

    @staticmethod
    def load(state: str | None, name: str) -> _Mark:
        if state is None:
            return _Mark()
        try:
            slices, kind, text = msgspec.json.decode(state, type=tuple[int, str, str | None])
            return _Mark(slices, None if text is None else _KINDS[kind](text))
        except (msgspec.MsgspecError, KeyError, ValueError, ArithmeticError):
            raise unreadable(name, "its cursor's state is damaged", "游标状态已损坏") from None


def _exact(value: Any) -> str | None:
    """Return a cursor's value as text that _KINDS reads back without loss."""
    if value is None:
        return None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value.hex() if isinstance(value, (float, bytes)) else str(value)


_KINDS: Mapping[str, Any] = {
    "int": int,
    "float": float.fromhex,
    "str": str,
    "bytes": bytes.fromhex,
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "UUID": UUID,
    "NoneType": lambda text: None,
}


@dataclass(frozen=True)
class _Source:
    """A database and a query, ready to be asked."""

    url: sa.URL
    query: str
    cursor: str | None
    name: str
    shown: str
    """The address as messages have it: as it was written, so that no variable is told, and without user and options."""

    @staticmethod
    def of(spec: ReadSpec, root: Path) -> _Source:
        """Raises ReadError when a variable is missing, the url is none, or the query is not one SELECT."""
        query = str(spec.options["query"]).strip().rstrip(";").rstrip()
        shown = _shown(spec.target)
        url = _url(spec.target, root, shown)
        name = str(spec.options.get("name") or _table_of(query) or _database_of(spec.target, url))
        fault = query_fault(query, url.drivername)
        if fault is not None:
            raise ReadError(Words(en=f"{name}: {fault.en}", zh=f"{name}：{fault.zh}"))
        cursor = spec.options.get("cursor")
        return _Source(url, query, None if cursor is None else str(cursor), name, shown)

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """Give a connection that streams. Every fault of the database leaves as ReadError without its message:
        drivers quote rows and passwords in theirs."""
        shown = self.shown
        try:
            engine = self._engine()
        except ModuleNotFoundError as error:
            en = f"the driver {error.name} is not installed; for PostgreSQL: pip install 'huaxiang[postgres]'"
            zh = f"未安装驱动 {error.name}；PostgreSQL 请执行 pip install 'huaxiang[postgres]'"
            raise unreadable(shown, en, zh) from None
        except sa.exc.ArgumentError:
            raise unreadable(shown, "is no database url that SQLAlchemy knows", "不是可识别的数据库地址") from None
        try:
            with engine.connect() as connection:
                if self.url.get_backend_name() == "postgresql":
                    take_any_time(connection.connection.driver_connection)
                yield connection.execution_options(stream_results=True, yield_per=FETCH)
        except ReadError:
            raise
        except Exception as error:  # noqa: BLE001 - drivers raise what they like, and quote addresses in it
            kind, code = _kind(error)
            raise unreadable(
                shown, f"the database refused ({kind}{code})", f"数据库拒绝了请求（{kind}{code}）"
            ) from None
        finally:
            engine.dispose()

    def columns(self, connection: sa.Connection) -> list[str]:
        if self._renames:
            return list(connection.execute(self._asked()).keys())
        return list(connection.execute(sa.select(sa.text("*")).select_from(self._answer()).limit(0)).keys())

    def latest(self, connection: sa.Connection, after: Any) -> Any:
        """Return the highest value of the cursor above `after`, or None."""
        column = self._cursor_column(connection)
        # Not max(): PostgreSQL before 18 has none for uuid.
        asked = (
            sa.select(column).select_from(self._answer()).where(column.is_not(None)).order_by(column.desc()).limit(1)
        )
        return connection.execute(asked if after is None else asked.where(column > after)).scalar()

    def rows(self, connection: sa.Connection, part: Part) -> sa.CursorResult[Any]:
        if self.cursor is None:
            return connection.execute(self._asked())
        after, upto = (_Mark.load(str(part.locator[end]), self.name).after for end in ("after", "upto"))
        column = self._cursor_column(connection)
        asked = sa.select(sa.text("*")).select_from(self._answer()).where(column <= upto).order_by(column)
        return connection.execute(asked if after is None else asked.where(column > after))

    def signature(self) -> str:
        """Return size and time of an SQLite file; for a server nothing cheap tells: it may always have changed."""
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            if not Path(self.url.database).is_file():
                raise self._no_file()
            log = Path(f"{self.url.database}-wal")
            beside = signature(log) if log.is_file() else ""
            return _hash([self.query, signature(Path(self.url.database)), beside])
        return f"unknown-{time.time_ns()}"

    @property
    def _renames(self) -> bool:
        """Whether names that differ only in case are changed where the query stands inside another one."""
        return self.url.get_backend_name() == "sqlite" and self.cursor is None

    def _asked(self) -> sa.TextClause:
        # A colon in the user's text is not a parameter of ours; the line's end closes a comment at its end.
        return sa.text(_COLON.sub(r"\\:", self.query) + "\n")

    def _answer(self) -> sa.FromClause:
        return self._asked().columns().subquery("answer")

    def _cursor_column(self, connection: sa.Connection) -> sa.ColumnClause[Any]:
        names = self.columns(connection)
        same = [name for name in names if name.lower() == str(self.cursor).lower()]
        if not same:
            near = nearest(str(self.cursor), names)
            en = f"the answer has no column {self.cursor} (its cursor)" + (f"; did you mean {near}?" if near else "")
            zh = f"查询结果没有游标列 {self.cursor}" + (f"；是不是想写 {near}？" if near else "")
            raise unreadable(self.name, en, zh)
        if len(same) > 1 and same.count(str(self.cursor)) != 1:
            listed = " / ".join(same)
            raise unreadable(
                self.name,
                f"its cursor {self.cursor} can mean each of {listed}",
                f"游标列 {self.cursor} 可能指 {listed}",
            )
        return sa.column(self.cursor if self.cursor in same else same[0])

    def _no_file(self) -> ReadError:
        return unreadable(self.shown, "there is no such database file", "找不到此数据库文件")

    def _engine(self) -> sa.Engine:
        if self.url.get_backend_name() != "sqlite":
            options = {"postgresql_readonly": True} if self.url.get_backend_name() == "postgresql" else {}
            return sa.create_engine(self.url, poolclass=NullPool, execution_options=options)
        path = str(self.url.database)
        if not Path(path).is_file():
            # SQLite would make an empty one.
            raise self._no_file()
        return sa.create_engine("sqlite://", poolclass=NullPool, creator=lambda: _sqlite(path))


def _sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", KEEP)
    return connection


def _shown(target: str) -> str:
    """Return an address as it was written, without user, password and options (drivers take passwords there too)."""
    return _USER.sub("://***@", target.partition("?")[0])


def _database_of(target: str, url: sa.URL) -> str:
    """Return the name of the database if the address says it in so many words, else "query"."""
    return url.database if url.database and target.partition("?")[0].endswith(url.database) else "query"


def _url(target: str, root: Path, shown: str) -> sa.URL:
    expanded = _expanded(target)
    try:
        url = sa.make_url(expanded)
    except (sa.exc.ArgumentError, ValueError):
        raise unreadable(
            shown, "the url is no database url (kind://user:password@host/name)", "不是数据库地址"
        ) from None
    if url.drivername == "postgresql":
        # Left to itself SQLAlchemy 2.0 would want psycopg2.
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() in _OF_FILES:
        raise unreadable(shown, "this kind of database is not read", "不支持读取这种数据库")
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str(_file_of(root, url.database, shown)))
    return url


def _file_of(root: Path, database: str, shown: str) -> Path:
    """Return the file of a database. Raises ReadError when it is not where definitions may read."""
    try:
        start, wanted = start_of(root, database)
        check_place(root, start / wanted)
    except ReadError as error:
        # The path may come from a variable: what is told is the address as written.
        said = [text.partition(colon)[2] for text, colon in ((error.words.en, ": "), (error.words.zh, "："))]
        raise unreadable(shown, *said) from None
    return start / wanted


def _expanded(target: str) -> str:
    """Return `target` with each ${NAME} replaced from the environment. Raises ReadError that names a missing one."""
    missing = sorted({name for name in _VARIABLE.findall(target) if name not in os.environ})
    if missing:
        names = ", ".join(missing)
        raise unreadable("sql", f"set the environment variable {names}", f"请设置环境变量 {names}")
    if _VARIABLE.fullmatch(target):
        return from_environment(target[2:-1]) or ""
    # A password may hold "@" or "/": before the host it has to be quoted. What follows (a path) is taken as it is.
    host, options = target.rfind("@"), len(target.partition("?")[0])

    def value(found: re.Match[str]) -> str:
        text = os.environ[found[1]]
        if not host < found.start() < options or "@" in text:
            remember(text)
        return quote(text, safe="") if found.start() < host else text

    return _VARIABLE.sub(value, target)


def _table_of(query: str) -> str | None:
    try:
        tables = list(sqlglot.parse_one(query).find_all(exp.Table))
    except sqlglot.errors.SqlglotError:
        return None
    return tables[0].name if tables else None


def _kind(error: Exception) -> tuple[str, str]:
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlstate", None)
    return type(origin).__name__, f" {code}" if code else ""


def _table(rows: Any, names: list[str], columns: list[str], done: int) -> pa.Table:
    place = {name: field for field, name in reversed(list(enumerate(names)))}
    arrays = [
        astext.of_values(row[place[name]] for row in rows) if name in place else pa.nulls(len(rows), pa.string())
        for name in columns
    ]
    numbers = pa.array(np.arange(done + 1, done + len(rows) + 1, dtype=np.int64))
    return pa.table([numbers, *arrays], names=[ROW, *columns])


def _hash(texts: list[str | None]) -> str:
    return blake2b(msgspec.json.encode(texts), digest_size=16).hexdigest()
