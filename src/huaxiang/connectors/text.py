"""Any text file, plain or gzip, in any encoding, as blocks of valid UTF-8 from which no byte is missing."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from huaxiang.connectors import charset, gbk
from huaxiang.connectors.filekind import GZIP, HEAD, wrong_kind
from huaxiang.connectors.files import chunks, unreadable
from huaxiang.words import Words

BLOCK = 4 << 20
KEPT = 64 << 10
"""Bytes that are kept of a record too long to be one."""
TOO_LONG = "too_long"
"""The rule that stops such a record."""
_TEXT = Words("a text file", "文本文件")


class TextFile:
    """A text file. `encoding` is what was asked for, or found while reading (None while all of it was ASCII)."""

    def __init__(
        self, path: Path, name: str, encoding: str | None = None, block: int = BLOCK, expects: str = charset.CHINESE
    ) -> None:
        self.path, self.name, self.block, self.expects = path, name, block, expects
        self.encoding = None if encoding is None else charset.known(encoding)
        self.guessed = 0
        """How many characters the encoding was guessed from, 0 where it is certain."""

    def utf8(self) -> Iterator[bytes]:
        """Yield the file in UTF-8, without byte order mark. Raises ReadError when it cannot be opened or unpacked."""
        rest = b""
        first = True
        for raw in self._bytes():
            data = rest + raw
            if first:
                if fault := wrong_kind(self.name, data[:HEAD], _TEXT):
                    raise fault
                data, first = self._without_mark(data), False
            text, used = self._decode(data)
            rest = data[used:]
            yield text
        if rest:
            yield rest.decode(self.encoding or "utf-8", charset.KEEP).encode("utf-8", "replace")

    def head(self, size: int = 1 << 18) -> bytes:
        """Return about the first `size` bytes as UTF-8 and leave the file closed."""
        found = b""
        for text in TextFile(self.path, self.name, self.encoding, size, self.expects).utf8():
            found += text
            if len(found) >= size // 2:
                break
        return found

    def original(self, text: bytes) -> bytes:
        """Return the bytes in the file's own encoding that `text` (UTF-8, from utf8()) came from."""
        return charset.encode_back(text.decode(), self.encoding or "utf-8")

    def _bytes(self) -> Iterator[bytes]:
        if self.path.name.lower().endswith(".gz") or next(chunks(self.path, self.name, 2), b"") == GZIP:
            yield from _unpacked(self.path, self.name, self.block)
        else:
            yield from chunks(self.path, self.name, self.block)

    def _without_mark(self, data: bytes) -> bytes:
        marked = charset.by_mark(data)
        if marked is None:
            if self.encoding == "utf-16":
                self.encoding = "utf-16-le"
            return data
        if self.encoding in (None, "utf-8", "utf-16", marked[0]):
            self.encoding = marked[0]
            return data[marked[1] :]
        return data

    def _decode(self, data: bytes) -> tuple[bytes, int]:
        """Return `data` in UTF-8 and how many of its bytes were used."""
        # As long as all is ASCII it does not matter which encoding it is: the first block that is not decides.
        if self.encoding is None and data.isascii():
            return data, len(data)
        if self.encoding is None:
            judged = charset.judge(data, self.expects)
            self.encoding, self.guessed = judged.encoding, 0 if judged.sure else judged.characters
        if self.encoding == "gb18030" and (fast := gbk.to_utf8(data)) is not None:
            return fast
        if self.encoding == "utf-8" and (whole := _valid_utf8(data)):
            return data[:whole], whole
        decoder = codecs.getincrementaldecoder(self.encoding)(charset.KEEP)
        text = decoder.decode(data)
        return text.encode("utf-8", "replace"), len(data) - len(decoder.getstate()[0])


def _valid_utf8(data: bytes) -> int:
    """Return how many bytes of `data` are whole characters, not counting one cut by its end; 0 if some are invalid."""
    if data.isascii():
        return len(data)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data" and error.end == len(data)
        return error.start if is_cut else 0
    return len(data)


def _unpacked(path: Path, name: str, size: int) -> Iterator[bytes]:
    try:
        # Unlike Arrow's, Python's takes the zeros with which tapes and cloud stores fill up a file.
        with gzip.open(path) as stream:
            while chunk := stream.read(size):
                yield chunk
    except (OSError, EOFError, zlib.error):
        raise unreadable(
            name, "is not a whole gzip file, or cannot be opened", "不是完整的 gzip 文件，或无法打开"
        ) from None
