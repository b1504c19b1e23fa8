"""python -m huaxiang.connectors.child BYTES: reads files for whoever started it, within so much memory."""

from __future__ import annotations

import os
import resource
import select
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec
import pyarrow as pa

from huaxiang.connectors.asking import ASKED, Asked, Told
from huaxiang.connectors.base import Batch, Reader
from huaxiang.connectors.excel import ExcelReader
from huaxiang.connectors.files import unreadable
from huaxiang.connectors.frames import Ended, receive, send
from huaxiang.connectors.parquet import ParquetReader
from huaxiang.errors import ReadError

_KINDS: Mapping[str, type[ExcelReader] | type[ParquetReader]] = {"excel": ExcelReader, "parquet": ParquetReader}
_DAMAGED = ("is damaged: its format says what cannot be", "已损坏：内容与其格式不符")
_ENDED = 75
"""The exit code of a child that had not enough memory, or lost whoever started it."""


def main() -> None:
    """Answer until nobody asks any more."""
    threading.Thread(target=_end_with_starter, args=(sys.stdin.fileno(),), daemon=True).start()
    # What libraries print must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        while True:
            _answer(ASKED.decode(receive(sys.stdin.buffer)), answers)
    except Ended:
        return


def _answer(asked: Asked, answers: IO[bytes]) -> None:
    try:
        for told, table in _told(_KINDS[asked.kind](batch_rows=asked.batch_rows), asked):
            send(answers, msgspec.msgpack.encode(told))
            if table is not None:
                send(answers, table)
    except ReadError as error:
        send(answers, msgspec.msgpack.encode(Told(fault=error.words)))
    except (MemoryError, pa.ArrowMemoryError):
        # What is left of the memory may not be enough for anything.
        os._exit(_ENDED)
    except (Ended, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a library of Rust that gives up raises none of Exception's kind
        send(answers, msgspec.msgpack.encode(Told(fault=unreadable(asked.part.name, *_DAMAGED).words)))


def _told(reader: Reader, asked: Asked) -> Iterator[tuple[Told, pa.Buffer | None]]:
    root = Path(asked.root)
    if asked.what == "parts":
        yield Told(parts=reader.parts(asked.spec, root, None)), None
        return
    if asked.what == "notes":
        yield Told(notes=reader.notes(asked.spec, root)), None
        return
    if asked.what == "columns":
        yield Told(columns=reader.columns(asked.spec, root, asked.part)), None
        return
    for batch in reader.read(asked.spec, root, asked.part, asked.columns):
        yield Told(broken=list(batch.broken), table=True), _buffer(batch)
    yield Told(), None


def _buffer(batch: Batch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.table.schema) as writer:
        writer.write_table(batch.table)
    return sink.getvalue()


def _end_with_starter(pipe: int) -> None:
    # Asked for nothing, the system still says when the other end is closed; what is to be read stays there.
    waiting = select.poll()
    waiting.register(pipe, 0)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in waiting.poll()):
        pass
    os._exit(_ENDED)


if __name__ == "__main__":
    main()
