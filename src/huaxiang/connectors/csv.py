"""Separated text: *.csv, *.tsv, *.txt, plain or gzip, in the encodings and with the separators met in practice."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from huaxiang.connectors import csv_records as records
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Broken, Layout, Part, ReadSpec
from huaxiang.connectors.files import file_parts, fingerprint, path_of, unique_names
from huaxiang.connectors.text import BLOCK, KEPT, TOO_LONG, TextFile
from huaxiang.words import Words

MAX_RECORD = 16 << 20
"""A quote that stays open over more bytes than this was never meant to be one."""
CELLS = 2_000_000
SEPARATORS = (",", ";", "\t", "|")
_NAMED = {"whitespace": records.WHITESPACE, "tab": ord("\t")}


@dataclass(frozen=True)
class _Shape:
    """How the records of one file are cut, and how they begin."""

    separator: int
    quote: int
    names: tuple[str, ...]
    skip_lines: int
    skip_records: int


@dataclass(frozen=True)
class CsvReader:
    """Reads separated text. A record with too few or too many fields is Broken, all others are rows."""

    batch_rows: int = BATCH_ROWS
    block: int = BLOCK
    max_record: int = MAX_RECORD

    kind: ClassVar[str] = "csv"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset({"encoding", "separator", "header", "names", "skip", "quote"})
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each file."""
        return file_parts(root, spec)

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return the hash of the file."""
        return fingerprint(path_of(root, part), part.name)

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return nothing: there is nothing to tell."""
        return []

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names in the header, made unique; `names`, or column_1 … where there is no header."""
        return list(_shape(spec, _open(spec, root, part, self.block)).names)

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the file cannot be opened or unpacked."""
        text = _open(spec, root, part, self.block)
        shape = _shape(spec, text)
        return _Reading(self, text, shape, columns).batches() if shape.names else iter(())


class _Reading:
    """One pass over one file: the number of the last record, and how many records of the header are still to come."""

    def __init__(self, reader: CsvReader, text: TextFile, shape: _Shape, columns: list[str]) -> None:
        self.reader, self.text, self.shape, self.columns = reader, text, shape, columns
        self.row, self.to_skip, self.in_long = 0, shape.skip_records, False
        self.room = max(1, min(reader.batch_rows, CELLS // max(len(shape.names), 1)))

    def batches(self) -> Iterator[Batch]:
        rest = b""
        for given in _without_lines(self.text.utf8(), self.shape.skip_lines):
            block = self._after_long(given)
            rest = yield from self._of_buffer(rest + block, final=False)
        yield from self._of_buffer(rest, final=True)

    def _of_buffer(self, data: bytes, final: bool) -> Generator[Batch, None, bytes]:
        """Yield the batches of the whole records in `data`; return what is left over."""
        shape, at = self.shape, 0
        while at < len(data):
            found = records.scan(data, at, final, shape.separator, shape.quote, len(shape.names), self.room)
            if len(found):
                yield from self._batch(data, found)
            at = found.used
            if found.state == records.OPEN or (found.state == records.MORE and len(data) - at > self.reader.max_record):
                end = _line_end(data, at)
                self.in_long = not final and end == len(data) and data[end - 1 : end] != b"\n"
                yield self._broken_line(data[at:end])
                at = end
            elif found.state == records.MORE:
                break
        return data[at:]

    def _batch(self, data: bytes, found: records.Records) -> Iterator[Batch]:
        skipped = min(self.to_skip, len(found))
        self.to_skip -= skipped
        long = found.ends - found.begins > self.reader.max_record
        whole = (found.counts == len(self.shape.names)) & ~long
        whole[:skipped] = False
        good = np.flatnonzero(whole)
        numbers = np.arange(len(found), dtype=np.int64) + (self.row + 1 - skipped)
        bad = np.flatnonzero(~whole)[skipped:]
        self.row += len(found) - skipped
        if len(found) == skipped:
            return
        broken = tuple(
            self._broken(int(numbers[place]), data[found.begins[place] : found.ends[place]], int(found.counts[place]))
            for place in bad
        )
        yield Batch(self._table(data, found, good, numbers[good]), broken)

    def _table(
        self, data: bytes, found: records.Records, good: np.ndarray[tuple[int], np.dtype[np.int64]], numbers: object
    ) -> pa.Table:
        place = {name: field for field, name in enumerate(self.shape.names)}
        arrays = [
            records.column(data, found, place[name], good, self.shape.quote)
            if name in place
            else pa.nulls(len(good), pa.string())
            for name in self.columns
        ]
        return pa.table([pa.array(numbers), *arrays], names=[ROW, *self.columns])

    def _after_long(self, block: bytes) -> bytes:
        """Return a block without the rest of a line that was stopped for its length."""
        if not self.in_long:
            return block
        end = block.find(b"\n") + 1
        self.in_long = not end
        return block[end:] if end else b""

    def _broken(self, row: int, record: bytes, fields: int | None = None) -> Broken:
        """Return a record that is no row; None for `fields`: of one whose quote stays open they cannot be counted."""
        rule = "open_quote" if fields is None else "too_few_fields"
        if fields is not None and fields > len(self.shape.names):
            rule = "too_many_fields"
        if len(record) > self.reader.max_record:
            # Nobody needs all of it to see what it is.
            rule, record = TOO_LONG, record[:KEPT].decode(errors="ignore").encode()
        return Broken(row, self.text.original(record), rule)

    def _broken_line(self, line: bytes) -> Batch:
        self.row += 1
        empty = pa.table(
            [pa.array([], pa.int64()), *([pa.array([], pa.string())] * len(self.columns))], names=[ROW, *self.columns]
        )
        return Batch(empty, (self._broken(self.row, line.rstrip(b"\r\n")),))


def _open(spec: ReadSpec, root: Path, part: Part, block: int) -> TextFile:
    return TextFile(path_of(root, part), part.name, spec.options.get("encoding"), block)


def _shape(spec: ReadSpec, text: TextFile) -> _Shape:
    """Return how the file is cut, from the options and, for what they leave open, from its head."""
    head = b"".join(_without_lines(iter((text.head(),)), int(spec.options.get("skip", 0))))
    asked = spec.options.get("separator")
    quote = _quote(spec, asked)
    separator = _guess(head, quote) if asked is None else _NAMED.get(asked, ord(asked[0]))
    first = _fields(head, separator, quote, 1)
    header = spec.options.get("header", True)
    names = spec.options.get("names") or ((first[0] if header else [""] * len(first[0])) if first else [])
    return _Shape(
        separator, quote, tuple(unique_names(list(names))), int(spec.options.get("skip", 0)), 1 if header else 0
    )


def _quote(spec: ReadSpec, separator: str | None) -> int:
    default = "none" if separator == "whitespace" else '"'
    asked = str(spec.options.get("quote", default))
    return records.NO_QUOTE if asked in ("none", "") else ord(asked[0])


def _guess(head: bytes, quote: int) -> int:
    """Return the separator that cuts the first records into the same number of fields, and into most of them."""

    def merit(candidate: str) -> tuple[float, int]:
        counts = records.scan(head, 0, True, ord(candidate), quote, 1, 100).counts.tolist()
        if not counts or counts[0] < 2:
            return (0.0, 0)
        return (counts.count(counts[0]) / len(counts), counts[0])

    merits = {candidate: merit(candidate) for candidate in SEPARATORS}
    return ord(max(merits, key=lambda candidate: (round(merits[candidate][0] * 4), merits[candidate][1])))


def _fields(head: bytes, separator: int, quote: int, room: int) -> list[list[str]]:
    """Return the first records of `head` as texts, with at most 4,096 fields each."""
    found = records.scan(head, 0, True, separator, quote, 4096, room)
    rows = np.arange(len(found), dtype=np.int64)
    result = []
    for row in rows:
        width = min(int(found.counts[row]), 4096)
        one = rows[row : row + 1]
        result.append([records.column(head, found, field, one, quote)[0].as_py() for field in range(width)])
    return result


def _without_lines(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Yield `blocks` without their first `count` lines."""
    for given in blocks:
        block = given
        while count and block:
            end = block.find(b"\n")
            if end < 0:
                block = b""
            else:
                block, count = block[end + 1 :], count - 1
        if block:
            yield block


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end + 1
