"""Mail: *.mbox and *.eml files, or a folder of them; a row for each message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from huaxiang.connectors import charset
from huaxiang.connectors.base import BATCH_ROWS, ROW, Batch, Broken, Layout, Part, ReadSpec
from huaxiang.connectors.files import file_parts, fingerprint, path_of, unreadable
from huaxiang.connectors.text import KEPT, TOO_LONG
from huaxiang.words import Words

COLUMNS = (
    "message_id",
    "date",
    "from_address",
    "from_name",
    "to_address",
    "subject",
    "body",
    "in_reply_to",
    "size",
    "attachments",
)
GROUP = 1_000
MAX_MESSAGE = 64 << 20
_BEGIN = re.compile(rb"From .*\d\d:\d\d")
"""The line between two messages tells a time; a sentence that begins with "From" seldom does."""
_HEADER_LINE = re.compile(rb"^[\x21-\x39\x3b-\x7e]+:", re.MULTILINE)
_COMMENT = re.compile(r"\s*\([^()]*\)\s*$")
_ZONE_NAME = re.compile(r":\d\d\s+([A-Za-z]{2,5})$")
_UTC = ("GMT", "UT", "UTC")
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True)
class MailboxReader:
    """Reads mail. What has neither sender nor subject nor date nor id is no message, and Broken."""

    batch_rows: int = BATCH_ROWS

    kind: ClassVar[str] = "mailbox"
    layout: ClassVar[Layout] = "columns"
    options: ClassVar[frozenset[str]] = frozenset()
    required: ClassVar[frozenset[str]] = frozenset()
    suffixes: ClassVar[tuple[str, ...]] = (".mbox", ".eml")

    def parts(self, spec: ReadSpec, root: Path, state: str | None) -> list[Part]:
        """Return a part for each file."""
        return file_parts(root, spec, self.suffixes)

    def fingerprint(self, spec: ReadSpec, root: Path, part: Part) -> str:
        """Return the hash of the file."""
        return fingerprint(path_of(root, part), part.name)

    def notes(self, spec: ReadSpec, root: Path) -> list[Words]:
        """Return nothing: there is nothing to tell."""
        return []

    def columns(self, spec: ReadSpec, root: Path, part: Part) -> list[str] | None:
        """Return COLUMNS: they are the same for all mail."""
        return list(COLUMNS)

    def read(self, spec: ReadSpec, root: Path, part: Part, columns: list[str]) -> Iterator[Batch]:
        """Yield the messages. Raises ReadError when the file cannot be opened."""
        rows: list[tuple[int, dict[str, str | None]]] = []
        broken: list[Broken] = []
        for number, raw in enumerate(_messages(path_of(root, part), part.name), start=1):
            found = _row(raw) if len(raw) <= MAX_MESSAGE else None
            if len(raw) > MAX_MESSAGE:
                broken.append(Broken(number, raw[:KEPT], TOO_LONG))
            elif found is None:
                broken.append(Broken(number, raw, "not_a_message"))
            else:
                rows.append((number, found))
            if len(rows) + len(broken) >= min(self.batch_rows, GROUP):
                yield _batch(rows, broken, columns)
                rows, broken = [], []
        if rows or broken:
            yield _batch(rows, broken, columns)


def _batch(rows: list[tuple[int, dict[str, str | None]]], broken: list[Broken], columns: list[str]) -> Batch:
    numbers = pa.array([number for number, _ in rows], pa.int64())
    arrays = [pa.array([row.get(name) for _, row in rows], pa.string()) for name in columns]
    return Batch(pa.table([numbers, *arrays], names=[ROW, *columns]), tuple(broken))


def _messages(path: Path, name: str) -> Iterator[bytes]:
    """Yield the raw messages of a file, of each not much more than MAX_MESSAGE.

    In an mbox a line "From … time" after a blank one begins each.
    """
    try:
        with path.open("rb") as file:
            if path.name.lower().endswith(".eml"):
                yield file.read(MAX_MESSAGE + 1)
                return
            lines: list[bytes] = []
            blank = first = True
            size = 0
            while line := file.readline(MAX_MESSAGE):
                size += len(line)
                if blank and (_BEGIN.match(line) or (first and line.startswith(b"From "))):
                    if lines:
                        yield _unstuffed(lines)
                    lines, size = [], 0
                elif size - len(line) <= MAX_MESSAGE:
                    lines.append(line)
                first = False
                blank = not line.strip(b"\r\n")
            if lines:
                yield _unstuffed(lines)
    except OSError:
        raise unreadable(
            name, "cannot be opened (missing, locked or refused)", "无法打开（不存在、被占用或无权限）"
        ) from None


def _unstuffed(lines: list[bytes]) -> bytes:
    # An mbox writes a ">" before a line of the text that begins with "From ".
    return _STUFFED.sub(rb"\1", b"".join(lines))


def _row(raw: bytes) -> dict[str, str | None] | None:
    """Return the columns of a message, or None when it is none."""
    if not _HEADER_LINE.search(raw[:65536]):
        return None
    try:
        message = message_from_bytes(raw)
        if not any(name in message for name in ("from", "subject", "date", "message-id")):
            return None
        senders = _addresses(message, "from")
        bodies, attachments = _bodies(message)
        return {
            "message_id": _text(message, "message-id"),
            "date": _date(message),
            "from_address": senders[0][1].lower() if senders else None,
            "from_name": (senders[0][0] or None) if senders else None,
            "to_address": ", ".join(address.lower() for _, address in _addresses(message, "to")) or None,
            "subject": _text(message, "subject"),
            "body": bodies,
            "in_reply_to": _text(message, "in-reply-to"),
            "size": str(len(raw)),
            "attachments": str(attachments),
        }
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The standard library's mail parser raises all of these on one malformed message or another.
        return None


def _raw(message: Message, name: str) -> list[str]:
    # Not message[name]: that has already replaced the bytes it could not decode.
    return [str(value) for key, value in message.raw_items() if key.lower() == name]


def _text(message: Message, name: str) -> str | None:
    values = _raw(message, name)
    return " ".join(_decoded(values[0]).split()) if values else None


def _decoded(value: str) -> str:
    """Return a header with its RFC 2047 words decoded; bytes that should not be there are guessed."""
    value = _decoded_bytes(value)
    try:
        pieces = decode_header(value)
    except HeaderParseError:
        return value
    text = "".join(piece if isinstance(piece, str) else _of_bytes(piece, encoding) for piece, encoding in pieces)
    # Words that claim to be base64 and are not decode to nothing: better shown as they came.
    return text or value


def _of_bytes(data: bytes, declared: str | None) -> str:
    """Return `data` as text: in the encoding declared if it can be, else in the one it seems to be in."""
    if data.isascii() and (declared or "").lower() not in ("iso-2022-jp", "hz-gb-2312", "hz", "utf-7"):
        return data.decode()
    for encoding in (declared, charset.detect(data)):
        try:
            return data.decode(charset.known(encoding)) if encoding else data.decode()
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("utf-8", charset.KEEP)


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Return (name, address) of all in a header."""
    values = [_decoded_bytes(value) for value in _raw(message, name)]
    return [(_decoded(who).strip(), address.strip()) for who, address in getaddresses(values) if address or who]


def _decoded_bytes(value: str) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    return value if raw.isascii() else _of_bytes(raw, None)


def _date(message: Message) -> str | None:
    values = _raw(message, "date")
    if not values:
        return None
    written = _COMMENT.sub("", values[0]).strip()
    name = _ZONE_NAME.search(written)
    try:
        moment = parsedate_to_datetime(written)
        if name and name[1].upper() not in _UTC:
            # CST is +08:00 here and -06:00 there: what it means is known where the project's zone is.
            return f"{moment.replace(tzinfo=None).isoformat(' ')} {name[1].upper()}"
        # "-0000" is UTC of a sender who does not say where that is (RFC 5322).
        return (moment.replace(tzinfo=UTC) if written.endswith("-0000") else moment).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return _text(message, "date")


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a message; an attached message is one, and what it holds is its own."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        yield message
        return
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if _is_attached(part) or not isinstance(inner, list):
            yield part
        else:
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]


def _is_attached(part: Message) -> bool:
    return (
        part.get_content_maintype() == "message"
        or bool(part.get_filename())
        or part.get_content_disposition() == "attachment"
    )


def _bodies(message: Message) -> tuple[str | None, int]:
    """Return the text of a message (plain, or else its HTML without tags) and the number of attachments."""
    plain, html, attachments = [], [], 0
    for part in _parts(message):
        kind = part.get_content_type()
        if _is_attached(part):
            attachments += 1
        elif kind == "text/plain":
            plain.append(_payload(part))
        elif kind == "text/html":
            html.append(_without_tags(_payload(part)))
    found = plain if any(text.strip() for text in plain) else html or plain
    return ("\n".join(found).replace("\r\n", "\n").strip() if found else None), attachments


def _payload(part: Message) -> str:
    data = part.get_payload(decode=True)
    return _of_bytes(data, part.get_content_charset()) if isinstance(data, bytes) else ""


class _Words(HTMLParser):
    """Collects what a reader of the page would see."""

    SILENT = frozenset({"script", "style", "head", "title"})
    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self.silent.append(tag)
        if tag in self.BREAKS:
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        if tag in self.BREAKS:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.seen.append(data)


def _without_tags(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.seen).splitlines())
    return "\n".join(line for line in lines if line)
