"""JSON: one document a line (*.jsonl, *.ndjson, *.json), or one file with an array of them somewhere inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import ne
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pyarrow as pa

from huaxiang.connectors.base import BATCH_ROWS, DOCUMENT, ROW, Batch, Broken, Layout, Part, ReadSpec
from huaxiang.connectors.files import file_parts, fingerprint, path_of, unreadable
from huaxiang.connectors.text import BLOCK, KEPT, TOO_LONG, TextFile
from huaxiang.words import Words

MAX_LINE = 64 << 20
MAX_DOCUMENT = 1 << 30
_NEWLINE = ord("\n")
_RAW = msgspec.json.Decoder(msgspec.Raw)
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FAULTS = (msgspec.DecodeError, RecursionError)
"""What a decoder raises: text that is not JSON, not of the shape asked for, or nested beyond reason."""


@dataclass(frozen=True)
class JsonReader:
    """Reads JSON documents as text. A line that is not JSON is Broken.

    A file of lines is streamed; a file that is one document has to be held in memory while it is read.
    """

    batch_rows: int = BATCH_ROWS
    block: int = BLOCK

    kind: ClassVar[str] = "json"
    layout: ClassVar[Layout] = "document"
    options: ClassVar[frozenset[str]] = frozenset({"at", "rows"})
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")

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
        """Return None: documents need not share keys."""
        return None

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the documents. Raises ReadError when the file cannot be opened, or has nothing at `at`."""
        text = TextFile(path_of(root, part), part.name, "utf-8", self.block)
        at = spec.options.get("at")
        groups = _lines(text) if at is None and _is_lines(text) else iter((_group(_documents(text, at)),))
        done = 0
        for group in groups:
            documents, rows = group.documents, group.places + (done + 1)
            done += group.lines
            if isinstance(documents, bytes):
                yield Batch(_batch(text, [], rows[:0]).table, (Broken(done, text.original(documents), TOO_LONG),))
                continue
            for start in range(0, len(rows), self.batch_rows):
                some, numbers = documents[start : start + self.batch_rows], rows[start : start + self.batch_rows]
                yield _batch(text, some, numbers) if isinstance(some, list) else _whole(some, numbers)


Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class _Group:
    """Documents out of so many lines, and the place of each among them; of a line too long its beginning, as bytes."""

    documents: list[bytes] | pa.Array | bytes
    places: Numbers
    lines: int


def _group(documents: list[bytes] | pa.Array) -> _Group:
    return _Group(documents, np.arange(len(documents), dtype=np.int64), len(documents))


def _whole(documents: pa.Array, rows: Numbers) -> Batch:
    return Batch(pa.table([pa.array(rows), documents], names=[ROW, DOCUMENT]))


def _batch(text: TextFile, lines: list[bytes], rows: Numbers) -> Batch:
    bad = [place for place, line in enumerate(lines) if not _is_json(line)]
    broken = tuple(Broken(int(rows[place]), text.original(lines[place]), "not_json") for place in bad)
    if bad:
        rows = np.delete(rows, bad)
        gone = set(bad)
        lines = [line for place, line in enumerate(lines) if place not in gone]
    return Batch(pa.table([pa.array(rows), pa.array(lines, pa.string())], names=[ROW, DOCUMENT]), broken)


def _is_json(line: bytes) -> bool:
    try:
        _RAW.decode(line)
    except _FAULTS:
        return False
    return True


def _is_lines(text: TextFile) -> bool:
    """Tell whether the file has a document a line: by its name, or by a first line that is whole with more after it."""
    if not text.path.name.lower().removesuffix(".gz").endswith(".json"):
        return True
    first, _, more = text.head().lstrip().partition(b"\n")
    return bool(more.strip()) and _is_json(first)


def _lines(text: TextFile) -> Iterator[_Group]:
    """Yield groups of lines that are not blank: as a column of documents, or as bytes that are still to be judged.

    Of a line longer than MAX_LINE its beginning comes alone, as bytes.
    """
    rest, size = list[bytes](), 0
    for block in text.utf8():
        first, end = block.find(b"\n") + 1, block.rfind(b"\n") + 1
        # Most blocks end many lines; those that end none are only put aside, not copied together each time.
        rest.append(block[:first] if end else block)
        size += len(rest[-1])
        if size > MAX_LINE:
            # Nobody needs all of it to see what it is.
            rest = [b"".join(rest)[:KEPT]]
        if not end:
            continue
        if size > MAX_LINE:
            yield _too_long(rest)
            yield _split(block[first:end])
        else:
            yield _split(b"".join([*rest, block[first:end]]))
        rest, size = [block[end:]], len(block) - end
    if size > MAX_LINE:
        yield _too_long(rest)
    else:
        yield _split(b"".join(rest))


def _too_long(pieces: list[bytes]) -> _Group:
    return _Group(b"".join(pieces)[:KEPT].decode(errors="ignore").encode(), np.zeros(1, np.int64), 1)


def _split(data: bytes) -> _Group:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    documents = _at_once(data)
    if documents is not None:
        return _group(documents)
    lines = data.split(b"\n")
    places = np.array([place for place, line in enumerate(lines) if line and not line.isspace()], np.int64)
    written = [lines[place] for place in places]
    if len(written) < len(lines) - 1 and (documents := _at_once(b"\n".join([*written, b""]))) is not None:
        return _Group(documents, places, len(lines) - 1)
    return _Group(written, places, len(lines) - 1)


def _at_once(data: bytes) -> pa.Array | None:
    """Return whole lines as documents if each is exactly one, without an object of Python for each; None if not."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    sizes = np.diff(ends, prepend=-1) - 1
    if not len(ends) or ends[-1] != len(data) - 1 or sizes.min() == 0:
        return None
    try:
        documents = _RAWS.decode(b"[" + data[:-1].replace(b"\n", b",") + b"]")
    except _FAULTS:
        return None
    # Lines that only together are JSON would change where a document begins or ends, and so how long one is.
    if len(documents) != len(sizes) or any(map(ne, map(len, documents), sizes.tolist())):
        return None
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(sizes), pa.py_buffer(starts), pa.py_buffer(data.replace(b"\n", b"")))


def _documents(text: TextFile, at: str | None) -> list[bytes]:
    """Return the elements of the array at `at`, each on one line; a file that is one object is one document."""
    blocks, size = [], 0
    for block in text.utf8():
        blocks.append(block)
        size += len(block)
        if size > MAX_DOCUMENT:
            raise unreadable(
                text.name,
                "is one JSON document larger than 1 GiB: write a document a line (.jsonl)",
                "是超过 1 GiB 的单个 JSON 文档：请改为每行一个文档（.jsonl）",
            )
    data = b"".join(blocks)
    if not data.strip():
        return []
    try:
        found = msgspec.Raw(data)
        for key in at.split(".") if at else ():
            found = _OBJECT.decode(found)[key]
        elements = _ARRAY.decode(found) if bytes(found).lstrip()[:1] == b"[" else [found]
        return [msgspec.json.format(bytes(element), indent=-1) for element in elements]
    except KeyError:
        raise unreadable(
            text.name, f"has nothing at {at}; check the option `at`", f"中没有 {at}，请检查选项 at"
        ) from None
    except _FAULTS:
        raise unreadable(text.name, "is not JSON", "不是 JSON") from None
