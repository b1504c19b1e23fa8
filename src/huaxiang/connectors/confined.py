"""Readers of binary formats, run in a process of their own with a bound on its memory.

What such a file says of itself decides how much its library allocates: one cell in the last corner of a sheet is 17
billion cells. In a process of its own that ends that process; the part is told as unreadable, and all else goes on. A
child is started when one is needed, serves one part after another, and ends with whoever started it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import IO, cast

import msgspec
import pyarrow as pa

from huaxiang.connectors.asking import TOLD, Asked, Told
from huaxiang.connectors.base import BATCH_ROWS, Batch, Layout, Part, Reader, ReadSpec, Unread
from huaxiang.connectors.files import find, part_of, path_of, unreadable
from huaxiang.connectors.frames import Ended, receive, send
from huaxiang.errors import ReadError
from huaxiang.words import Words

GIB = 1 << 30
MOST = 4 * GIB
"""Bytes of memory a child may have, on a machine with at least twice as much."""
LARGE = 8 << 20
"""Bytes of a file after which a child is not used again."""
PATIENCE = 900.0
"""Seconds a child may take for one answer."""
HINTS: Mapping[str, Words] = {
    "excel": Words(
        "often a single cell far from all others makes a sheet so large (Ctrl+End goes to it): "
        "delete the empty rows and columns before it and save, or save the sheet as CSV",
        "常见原因是远处有一个孤立的单元格（按 Ctrl+End 可定位）：请删除多余的空行空列后保存，或另存为 CSV",
    ),
    "parquet": Words("write it again with smaller row groups", "请用更小的行组重新写出"),
}
"""The kinds of readers that are confined, each with what mends a file that is too much for it."""
_QUIET = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Keeps libraries from setting room aside that they may never use: it would count."""


def confined(reader: Reader) -> Reader:
    """Return a reader as its kind is to be run: as it is, or in a child."""
    return cast(Reader, Confined(reader)) if reader.kind in HINTS else reader


@dataclass(frozen=True)
class Confined:
    """A reader of files that keeps its protocol, with every look into a file taken by a child."""

    inner: Reader
    batch_rows: int = BATCH_ROWS
    memory: int = MOST

    @property
    def kind(self) -> str:
        """That of the reader within."""
        return self.inner.kind

    @property
    def layout(self) -> Layout:
        """That of the reader within."""
        return self.inner.layout

    @property
    def options(self) -> frozenset[str]:
        """Those of the reader within."""
        return self.inner.options

    @property
    def required(self) -> frozenset[str]:
        """Those of the reader within."""
        return self.inner.required

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Those of the reader within."""
        return self.inner.suffixes

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return the parts of all files. Raises Unread, with those of the others, when some cannot be opened."""
        found: list[Part] = []
        broken: list[tuple[Part, Words]] = []
        for whole, alone in _files(spec, root):
            try:
                with _child(self.memory) as child:
                    found += child.ask(self._asked("parts", alone, root, whole)).parts
            except ReadError as error:
                broken.append((whole, error.words))
        if broken:
            raise Unread(found, broken) from None
        return found

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return what the reader within does: it looks at bytes alone."""
        return self.inner.fingerprint(spec, root, part)

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return the notes of all files that can be opened."""
        found: list[Words] = []
        for whole, alone in _files(spec, root):
            with suppress(ReadError), _child(self.memory) as child:
                found += child.ask(self._asked("notes", alone, root, whole)).notes
        return found

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return the names of the part's columns. Raises ReadError."""
        with _child(self.memory) as child:
            return child.ask(self._asked("columns", spec, root, part)).columns

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the part's rows. Raises ReadError."""
        with _child(self.memory) as child:
            told = child.ask(self._asked("read", spec, root, part, columns))
            while told.table:
                table = pa.ipc.open_stream(child.next_frame()).read_all()
                yield Batch(table, tuple(told.broken))
                told = child.next_told()
            # What a large file leaves behind in a process would count against the next one.
            child.spent = path_of(root, part).stat().st_size > LARGE

    def _asked(self, what: str, spec: ReadSpec, root: Path, part: Part, columns: Sequence[str] = ()) -> Asked:
        return Asked(self.kind, what, spec, str(root), self.batch_rows, part, list(columns))


def _files(spec: ReadSpec, root: Path) -> Iterator[tuple[Part, ReadSpec]]:
    """Yield each file as a part, and the specification of it alone."""
    for file in find(root, spec.target):
        whole = part_of(root, file)
        yield whole, replace(spec, target=escape(whole.name))


class _Child:
    """One process that reads, for one question at a time."""

    def __init__(self, memory: int) -> None:
        self.memory, self.spent = memory, False
        self._kind = self._name = ""
        command = [sys.executable, "-P", "-m", "huaxiang.connectors.child", str(memory)]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | _QUIET
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: Asked) -> Told:
        """Return the first answer. Raises ReadError."""
        self._kind, self._name = asked.kind, asked.part.name
        try:
            send(self._to, msgspec.msgpack.encode(asked))
        except Ended:
            raise self._gone() from None
        return self.next_told()

    def next_told(self) -> Told:
        """Return the next answer. Raises ReadError when it is a fault, or none comes any more."""
        told = TOLD.decode(self.next_frame())
        if told.fault is not None:
            raise ReadError(told.fault)
        return told

    def next_frame(self) -> bytes:
        """Return the next frame. Raises ReadError when none comes any more."""
        late = threading.Timer(PATIENCE, self._process.kill)
        late.daemon = True
        late.start()
        try:
            return receive(self._from)
        except Ended:
            raise self._gone() from None
        finally:
            late.cancel()

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._to.close()
        self._from.close()

    def _gone(self) -> ReadError:
        self.spent = True
        hint = HINTS[self._kind]
        size = f"{self.memory / GIB:g} GiB"
        return unreadable(
            self._name,
            f"needs more than the {size} of memory that reading one file may take, or is damaged; {hint.en}",
            f"读取所需内存超过单个文件的上限 {size}，或文件已损坏；{hint.zh}",
        )


_IDLE: list[_Child] = []
_LOCK = threading.Lock()


@contextmanager
def _child(memory: int) -> Iterator[_Child]:
    """Lend a child that does nothing else meanwhile; one that did not come to the end of its answer is ended."""
    memory = min(memory, _machine() // 2)
    with _LOCK:
        # The one used last may hold the sheet that is asked for next.
        mine = next((each for each in reversed(_IDLE) if each.memory == memory and each.lives), None)
        if mine is not None:
            _IDLE.remove(mine)
    child = mine or _Child(memory)
    whole = False
    try:
        yield child
        whole = True
    except ReadError:
        # What it told itself it has got over; of what it did not, it died.
        whole = True
        raise
    finally:
        if whole and not child.spent:
            with _LOCK:
                _IDLE.append(child)
        else:
            child.end()


def _machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@atexit.register
def _end_all() -> None:
    with _LOCK:
        while _IDLE:
            _IDLE.pop().end()
