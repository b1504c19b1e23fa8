"""The protocol every reader keeps, and the parts and batches that pass through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import pyarrow as pa

from huaxiang.errors import ReadError
from huaxiang.words import Words

ROW = "_row"
"""Name of the int64 column of every batch: the number people find the record by in its part, from 1.

Of files with rows it is the row, headers and blank ones counted; of others the record's place.
"""
DOCUMENT = "_document"
"""Name of the text column that holds a whole JSON document, in batches of layout "document"."""
SIZE = "size"
"""Key of a part's locator: about how many bytes it has, where it is no file of its own."""
FROM_1904 = "from_1904"
"""Key of a part's locator: whether its bare numbers of days count from 1904 instead of 1900."""
BATCH_ROWS = 500_000

Layout = Literal["columns", "document"]


@dataclass(frozen=True)
class ReadSpec:
    """What a source's `read:` says. `target` is a glob pattern relative to the project, or a database url.

    `options` are the reader's own (see its OPTIONS): encoding, separator, sheet, query, cursor, rows … `expects` is the
    encoding of texts whose bytes tell too little, "" where none is likelier (charset.judge).
    """

    kind: str
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    expects: str = "gb18030"


@dataclass(frozen=True)
class Part:
    """A unit that is read and replaced as a whole: a file, a sheet of a workbook, a slice of a query's answer.

    `name` is stable and shown to people (a path relative to the project; "book.xlsx#Sheet1"; "orders@3").
    `signature` is cheap to get and changes when the part may have changed (size and mtime); `fingerprint()` of the
    reader is exact. `order` sorts parts in the order in which a later row replaces an earlier one of the same key.
    `state` is what the reader wants to be handed back next time (a database cursor), or None.
    """

    name: str
    signature: str
    order: str
    locator: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None


class Unread(ReadError):
    """Some files of a source cannot be read: `broken` says which and why, `parts` are those of all others."""

    def __init__(self, parts: Sequence[Part], broken: Sequence[tuple[Part, Words]]) -> None:
        self.parts, self.broken = tuple(parts), tuple(broken)
        words = [each for _, each in broken]
        super().__init__(Words("; ".join(each.en for each in words), "；".join(each.zh for each in words)))


def file_of(part: str) -> str:
    """Return the file that the part of a name is in: "book.xlsx" for "book.xlsx#Sheet1"."""
    return part.partition("#")[0]


@dataclass(frozen=True)
class Broken:
    """A record that has no rows to give: its number, its bytes as they came, and the rule that stopped it."""

    row: int
    raw: bytes
    rule: str


@dataclass(frozen=True)
class Batch:
    """Rows as text (all columns pa.string() but ROW), nulls only where the source had no value at all."""

    table: pa.Table
    broken: tuple[Broken, ...] = ()


class Reader(Protocol):
    """One kind of source. Readers know nothing of what rows mean; they never raise for one bad record."""

    kind: ClassVar[str]
    layout: ClassVar[Layout]
    options: ClassVar[frozenset[str]]
    """Names of the options it understands; `required` of them must be there."""
    required: ClassVar[frozenset[str]]
    suffixes: ClassVar[tuple[str, ...]]
    """Endings of file names that choose this reader when `read:` is a plain pattern; none for a database."""

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return the parts there are now (for a database with a cursor: the slice after `state`, if any).

        Raises ReadError when the source cannot be reached or the pattern is outside the project, Unread when only some
        of its files cannot be opened.
        """
        ...

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return a hash that is equal exactly when the part's content is equal."""
        ...

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return what people should know of how the source is read although nothing is wrong. Raises as parts()."""
        ...

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names of the part's columns without reading it whole; None when rows need not share columns."""
        ...

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the part's rows in order, in batches of at most BATCH_ROWS, with `columns` (all text) and ROW.

        A column that the part lacks comes as nulls. Layout "document" gives ROW and DOCUMENT instead.
        Raises ReadError when the part cannot be read at all.
        """
        ...
