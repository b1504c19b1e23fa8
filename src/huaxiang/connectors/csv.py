"""Separated text: *.csv, *.tsv, *.txt, plain or gzip, in the encodings and with the separators met in practice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from huaxiang.connectors import csv_records as records
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Broken, Layout, Part, ReadSpec
from huaxiang.connectors.files import doubled_names, file_parts, fingerprint, path_of, unique_names
from huaxiang.connectors.text import BLOCK, KEPT, TOO_LONG, TextFile
from huaxiang.words import Count, Words

MAX_RECORD = 16 << 20
"""A quote that stays open over more bytes than this was never meant to be one."""
CELLS = 2_000_000
HEAD = 1 << 18
SEPARATORS = (",", ";", "\t", "|")
_MOST_ENDS = 16_384
"""No spreadsheet has more columns, and so no line of one more separators at its end."""
_LF, _CR = 10, 13
_SAID = re.compile(rb"sep=([^\r\n])\r?\n", re.IGNORECASE)
_SHOWN = {"gb18030": "GBK", "utf-8": "UTF-8", "big5": "Big5"}
_NAMED = {"whitespace": records.WHITESPACE, "tab": ord("\t")}


@dataclass(frozen=True)
class _Shape:
    """How the records of one file are cut, and how they begin.

    `written` are the names as they stand in the header. Of the fields of a record the first `needed` must be there:
    columns without a name at the end come of separators at the ends of lines. Those behind the first `stated` stand in
    no header: a value there is one field too many.
    """

    separator: int
    quote: int
    written: tuple[str, ...]
    names: tuple[str, ...]
    needed: int
    stated: int
    skip_lines: int
    skip_records: int


@dataclass(frozen=True)
class CsvReader:
    """Reads separated text. A record with too few or too many fields is Broken, all others are rows.

    A row's number is the one that spreadsheets show: headers, lines passed over and blank ones count, and a line break
    within quotes begins no row.
    """

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
        """Return of which files the encoding was guessed, and which names a header has more than once."""
        found = []
        for part in self.parts(spec, root, None):
            text = _open(spec, root, part, self.block)
            shape = _shape(spec, text)
            next(text.utf8(), None)
            if text.guessed and text.encoding:
                found.append(_guess_words(part.name, text.guessed, text.encoding))
            found += doubled_names(part.name, list(shape.written), list(shape.names))
        return found

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names in the header, made unique; `names`, or column_1 … where there is no header."""
        return list(_shape(spec, _open(spec, root, part, self.block)).names)

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the rows. Raises ReadError when the file cannot be opened or unpacked."""
        text = _open(spec, root, part, self.block)
        shape = _shape(spec, text)
        return _Reading(self, text, shape, columns).batches() if shape.names else iter(())


def _guess_words(part: str, characters: int, encoding: str) -> Words:
    name = _SHOWN.get(encoding, encoding)
    return Words(
        f"{part}: read as {name}, guessed from {characters} "
        f"{Count(characters):character|characters}; if names look wrong, set `encoding`",
        f"{part}：按 {name} 读取，仅凭 {characters} 个字符推断；如文字不对，请设置 encoding",
    )


class _Reading:
    """One pass over one file: the number of rows so far, and how many records of the header are still to come."""

    def __init__(self, reader: CsvReader, text: TextFile, shape: _Shape, columns: list[str]) -> None:
        self.reader, self.text, self.shape, self.columns = reader, text, shape, columns
        self.row, self.to_skip, self.in_long = shape.skip_lines, shape.skip_records, False
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
            numbers = self._numbers(data, at, found)
            if len(found):
                yield from self._batch(data, found, numbers)
            at = found.used
            if found.state == records.ALL and not final and at == len(data) and data.endswith(b"\r"):
                # Its line feed may be the next byte: together they end one line.
                self.row -= 1
                return b"\r"
            if found.state == records.OPEN or (found.state == records.MORE and len(data) - at > self.reader.max_record):
                end = _line_end(data, at)
                self.in_long = not final and end == len(data) and data[end - 1 : end] != b"\n"
                yield self._broken_line(data[at:end])
                at = end
            elif found.state == records.MORE:
                break
        return data[at:]

    def _numbers(self, data: bytes, at: int, found: records.Records) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return the number of each record: one more than lines that ended before it, those within quotes apart."""
        begins = np.append(found.begins, found.used).astype(np.int64)
        ends = np.concatenate([[at], found.ends]).astype(np.int64)
        lines = begins - ends
        # Between most records there is one line's end: only in longer gaps lines have to be counted.
        pair = (lines == 2) & (_byte(data, ends) == _CR) & (_byte(data, ends + 1) == _LF)
        lines[pair] = 1
        unusual = lines > 0 if self.shape.separator == records.WHITESPACE else (lines > 1) & ~pair
        for place in np.flatnonzero(unusual):
            gap = data[ends[place] : begins[place]]
            lines[place] = gap.count(b"\n") + gap.count(b"\r") - gap.count(b"\r\n")
        numbers = self.row + 1 + np.cumsum(lines)
        self.row = int(numbers[-1]) - 1
        return numbers[:-1]

    def _batch(
        self, data: bytes, found: records.Records, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> Iterator[Batch]:
        skipped = min(self.to_skip, len(found))
        self.to_skip -= skipped
        whole = self._whole(data, found) & (found.ends - found.begins <= self.reader.max_record)
        whole[:skipped] = False
        good = np.flatnonzero(whole)
        bad = np.flatnonzero(~whole)[skipped:]
        if len(found) == skipped:
            return
        broken = tuple(
            self._broken(int(numbers[place]), data[found.begins[place] : found.ends[place]], int(found.counts[place]))
            for place in bad
        )
        yield Batch(self._table(data, found, good, numbers[good]), broken)

    def _whole(self, data: bytes, found: records.Records) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which records have as many fields as there are columns, but for empty ones at their end."""
        width, needed = len(self.shape.names), self.shape.needed
        whole = (found.counts >= needed) & (found.counts <= width)
        for field in range(needed, width):
            found.starts[field, found.counts <= field] = 0
            found.stops[field, found.counts <= field] = 0
        for field in range(self.shape.stated, width):
            begins, ends = found.starts[field], found.stops[field]
            for place in np.flatnonzero(whole & (ends > begins)):
                whole[place] = not data[begins[place] : ends[place]].strip(b" ")
        quote, separator = bytes([max(self.shape.quote, 0)]), bytes([self.shape.separator & 255])
        for place in np.flatnonzero(found.counts > width):
            rest = data[found.stops[self.shape.stated - 1, place] : found.ends[place]].removeprefix(quote)
            whole[place] = all(each.strip(b" ") in (b"", quote * 2) for each in rest.split(separator))
        return whole

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


def _byte(data: bytes, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(data, np.uint8)[np.minimum(places, len(data) - 1)]


def _open(spec: ReadSpec, root: Path, part: Part, block: int) -> TextFile:
    return TextFile(path_of(root, part), part.name, spec.options.get("encoding"), block, spec.expects)


def _shape(spec: ReadSpec, text: TextFile) -> _Shape:
    """Return how the file is cut, from the options and, for what they leave open, from its head."""
    skip = int(spec.options.get("skip", 0))
    head = b"".join(_without_lines(iter((_head(text),)), skip))
    asked = spec.options.get("separator")
    said = _SAID.match(head)
    if said:
        # What Excel reads, and writes for those who ask it to: the first line only names the separator.
        head, skip, asked = head[said.end() :], skip + 1, asked or said[1].decode()
    quote = _quote(spec, asked)
    separator = _guess(head, quote) if asked is None else _NAMED.get(asked, ord(asked[0]))
    fields = _fields(head, separator, quote)
    header = spec.options.get("header", True)
    written = list(spec.options.get("names") or (fields if header else [""] * len(fields)))
    stated = len(written)
    if written:
        written += [""] * _empty_ends(head, separator, quote, len(written))
    needed = len(written)
    while any(written) and not written[needed - 1].strip():
        needed -= 1
    names = tuple(unique_names(written))
    return _Shape(separator, quote, tuple(written), names, needed, stated, skip, 1 if header else 0)


def _head(text: TextFile) -> bytes:
    """Return the head of a file, with its first line whole."""
    size = HEAD
    head = text.head(size)
    while b"\n" not in head and b"\r" not in head and len(head) >= size // 2 and size < MAX_RECORD:
        size *= 8
        head = text.head(size)
    return head


def _empty_ends(head: bytes, separator: int, quote: int, width: int) -> int:
    """Return how many separators most of the first records have at their end beyond `width` fields."""
    found = records.scan(head, 0, True, separator, quote, 1, 100)
    more = Counter(int(count) - width for count in found.counts[1:] if count > width).most_common(1)
    if not more or more[0][1] * 2 < len(found) - 1 or more[0][0] > _MOST_ENDS:
        return 0
    extra = more[0][0]
    ends = [head[:end] for end, count in zip(found.ends, found.counts, strict=True) if count == width + extra]
    return extra if all(end.rstrip(b" ").endswith(bytes([separator & 255]) * extra) for end in ends) else 0


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


def _fields(head: bytes, separator: int, quote: int) -> list[str]:
    """Return the fields of the first record as texts."""
    first = records.scan(head, 0, True, separator, quote, 1, 1)
    if not len(first):
        return []
    width = int(first.counts[0])
    found = records.scan(head, 0, True, separator, quote, width, 1)
    row = np.zeros(1, np.int64)
    return [records.column(head, found, field, row, quote)[0].as_py() for field in range(width)]


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
